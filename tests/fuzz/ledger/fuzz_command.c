/*
 * Goal: no bytes make the command decoder crash or read beyond its input, and it accepts only what
 * the encoder writes: decode, encode, compare.
 */
#include <string.h>

#include "base/assert.h"
#include "ledger/command/command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct bic party = {{'B', 'A', 'N', 'K', 'D', 'E', 'F', 'F', 'X', 'X', 'X'}};
    struct command command;
    if (!command_decode(&command, &party, data, size)) {
        return 0;
    }
    uint8_t again[COMMAND_BYTES_MAX];
    struct bytes_writer writer;
    bytes_writer_init(&writer, again, sizeof(again));
    command_encode(&command, &writer);
    TALLY_ASSERT(bytes_writer_ok(&writer));
    TALLY_ASSERT(writer.size == size);
    TALLY_ASSERT(memcmp(again, data, size) == 0);
    return 0;
}
