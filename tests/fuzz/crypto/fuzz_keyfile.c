/*
 * Goal: no bytes make the key file reader crash, read beyond its input, or show a header that does
 * not stand in the bytes; and what opens is what was sealed.
 */
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "crypto/keyfile.h"
#include "crypto/start.h"

/* Opening costs what the header asks for; only cheap ones are tried. */
#define MEMORY_TRIED_MAX_KIB 64

int LLVMFuzzerInitialize(int *argument_count, char ***arguments);
int LLVMFuzzerInitialize(int *argument_count, char ***arguments)
{
    (void)argument_count;
    (void)arguments;
    TALLY_ASSERT(crypto_start() == CRYPTO_START_OK);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct keyfile_header header;
    enum keyfile_status status = keyfile_inspect(data, size, &header);
    if (status != KEYFILE_OK) {
        return 0;
    }
    TALLY_ASSERT(size == KEYFILE_SIZE);
    TALLY_ASSERT(bytes_get_u16(data + 10) == (uint16_t)header.kind);
    TALLY_ASSERT(bytes_get_u32(data + 12) == header.cost.passes);
    TALLY_ASSERT(bytes_get_u32(data + 16) == header.cost.memory_kib);
    TALLY_ASSERT(memcmp(data + 64, header.public_key.bytes, SIGN_PUBLIC_KEY_SIZE) == 0);
    if (header.cost.memory_kib > MEMORY_TRIED_MAX_KIB) {
        return 0;
    }
    struct secret_key secret_key;
    struct public_key public_key;
    status = keyfile_open(data, size, header.kind, "tally", 5, &secret_key);
    if (status == KEYFILE_OK) {
        /* Sealing again with the same random bytes gives the same file. */
        uint8_t again[KEYFILE_SIZE];
        sign_key_public(&secret_key, &public_key);
        TALLY_ASSERT(public_key_equal(&public_key, &header.public_key));
        TALLY_ASSERT(keyfile_seal(header.kind, &header.cost, &secret_key, "tally", 5, data + 24,
                                  again) == KEYFILE_OK);
        TALLY_ASSERT(memcmp(again, data, KEYFILE_SIZE) == 0);
    }
    return 0;
}
