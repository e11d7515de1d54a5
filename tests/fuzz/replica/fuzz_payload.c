/*
 * Goal: any bytes at all may stand in a batch. Walking, counting and checking them never reads
 * outside, the three agree with each other, and what is walked writes back to the same bytes.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "node/replica/payload.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes_reader reader;
    struct bytes_writer writer;
    struct payload_item item;
    uint32_t walked = 0;
    uint32_t count = 0;
    uint8_t *copy = malloc(size + 1);
    TALLY_ASSERT(copy != NULL);
    bytes_writer_init(&writer, copy, size);
    payload_reader_init(&reader, data, size);
    while (payload_next(&reader, &item)) {
        payload_append(&writer, item.bytes, item.size);
        walked++;
    }
    bool whole = payload_count(data, size, &count);
    TALLY_ASSERT(whole == (bytes_reader_done(&reader) && walked > 0));
    TALLY_ASSERT(!whole || count == walked);
    TALLY_ASSERT(!whole || (writer.size == size && memcmp(copy, data, size) == 0));
    const struct payload_rules rules = {.payload_bytes_max = UINT32_MAX};
    enum payload_result result = payload_check(&rules, data, size);
    TALLY_ASSERT(whole || result == PAYLOAD_EMPTY || result == PAYLOAD_TORN);
    TALLY_ASSERT(strlen(payload_result_text(result)) > 0);
    free(copy);
    return 0;
}
