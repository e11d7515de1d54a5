/*
 * Goal: no bytes make the envelope decoder crash or read beyond its input; what it accepts is
 * covered by its parts to the last byte, and built again from them it is the same.
 */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "ledger/command/command.h"
#include "ledger/command/envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct envelope envelope;
    if (envelope_decode(&envelope, data, size) != ENVELOPE_OK) {
        return 0;
    }
    uint8_t *again = malloc(size);
    TALLY_ASSERT(again != NULL);
    struct envelope_builder builder;
    bool begun = envelope_begin(&builder, again, size, &envelope.chain_id, &envelope.party,
                                &envelope.key, &envelope.nonce, envelope.valid_until_ms);
    TALLY_ASSERT(begun);
    struct bytes_reader commands = envelope_commands(&envelope);
    const uint8_t *bytes = NULL;
    size_t command_size = 0;
    uint32_t count = 0;
    while (envelope_next(&commands, &bytes, &command_size)) {
        struct command command;
        (void)command_decode(&command, &envelope.party, bytes, command_size);
        TALLY_ASSERT(envelope_append(&builder, bytes, command_size));
        count++;
    }
    TALLY_ASSERT(count == envelope.command_count);
    /* The signature cannot be made again; everything before it can. */
    struct secret_key secret;
    struct public_key public_key;
    static const uint8_t seed[32] = {1};
    struct hash id;
    size_t sealed_size = 0;
    sign_key_from_seed(seed, &public_key, &secret);
    TALLY_ASSERT(envelope_seal(&builder, &secret, &sealed_size, &id));
    TALLY_ASSERT(sealed_size == size);
    TALLY_ASSERT(memcmp(again, data, size - 64) == 0);
    TALLY_ASSERT(hash_equal(&id, &envelope.id));
    free(again);
    return 0;
}
