/*
 * Goal: no bytes from a peer make the frame reader crash, allocate beyond a bound, or give a
 * message that the same bytes in other pieces would not give.
 *
 * Input: the size of the pieces, then the bytes of a connection.
 */
#include <string.h>

#include "base/assert.h"
#include "host/channel_frame.h"

static const uint32_t bounds[CHANNEL_CLASSES] = {64, 70000, 0, 1};

/* Feeds all bytes in pieces; counts whole messages and adds up their bytes. False: cut off. */
static bool connection_run(const uint8_t *data, size_t size, size_t piece, uint64_t *sum)
{
    struct frame_reader reader;
    frame_reader_init(&reader, bounds);
    size_t offset = 0;
    bool good = true;
    *sum = 0;
    while (offset < size && good) {
        size_t left = size - offset;
        size_t taken = 0;
        enum frame_result result =
            frame_reader_feed(&reader, data + offset, piece < left ? piece : left, &taken);
        TALLY_ASSERT(taken > 0);
        offset += taken;
        good = result == FRAME_MORE || result == FRAME_WHOLE;
        if (result == FRAME_WHOLE) {
            TALLY_ASSERT(reader.header.kind != FRAME_MESSAGE ||
                         reader.message_size <= bounds[reader.header.message_class]);
            for (size_t i = 0; i < reader.message_size; i++) {
                *sum = *sum * 31 + reader.message[i] + 1;
            }
            frame_reader_clear(&reader);
        }
    }
    frame_reader_free(&reader);
    return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t whole = 0;
    uint64_t pieces = 0;
    if (size < 2) {
        return 0;
    }
    bool good = connection_run(data + 1, size - 1, size, &whole);
    TALLY_ASSERT(connection_run(data + 1, size - 1, 1u + data[0], &pieces) == good);
    TALLY_ASSERT(whole == pieces);
    return 0;
}
