/* Goal: no bytes break the decoder of replys, and what it accepts has one encoding. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "client/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct reply reply;
    static uint8_t again[REPLY_BYTES_MAX];

    if (reply_decode(data, size, &reply)) {
        size_t again_size = reply_encode(&reply, again, sizeof again);
        TALLY_ASSERT(again_size == size);
        TALLY_ASSERT(memcmp(again, data, size) == 0);
    }
    return 0;
}
