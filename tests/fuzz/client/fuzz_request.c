/* Goal: no bytes break the decoder of requests, and what it accepts has one encoding. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "client/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct request request;
    static uint8_t again[REQUEST_BYTES_MAX];

    if (request_decode(data, size, &request)) {
        size_t again_size = request_encode(&request, again, sizeof again);
        TALLY_ASSERT(again_size == size);
        TALLY_ASSERT(memcmp(again, data, size) == 0);
    }
    return 0;
}
