/* channel_frame.c: see channel_frame.h. */
#include "host/channel_frame.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

void frame_header_encode(const struct frame_header *header,
                         uint8_t bytes[CHANNEL_FRAME_HEADER_SIZE])
{
    bytes_put_u32(bytes, header->size);
    bytes_put_u32(bytes + 4, header->message_size);
    bytes[8] = header->kind;
    bytes[9] = header->message_class;
    bytes[10] = 0;
    bytes[11] = 0;
}

bool frame_header_decode(struct frame_header *header,
                         const uint8_t bytes[CHANNEL_FRAME_HEADER_SIZE])
{
    header->size = bytes_get_u32(bytes);
    header->message_size = bytes_get_u32(bytes + 4);
    header->kind = bytes[8];
    header->message_class = bytes[9];
    if (bytes[10] != 0 || bytes[11] != 0 || header->size == 0 ||
        header->size > CHANNEL_FRAME_PAYLOAD_MAX || header->size > header->message_size) {
        return false;
    }
    switch (header->kind) {
    case FRAME_HELLO:
        return header->message_class == 0 && header->message_size == CHANNEL_HELLO_SIZE &&
               header->size == CHANNEL_HELLO_SIZE;
    case FRAME_PING:
        return header->message_class == 0 && header->message_size == FRAME_PING_SIZE;
    case FRAME_MESSAGE:
        return header->message_class < CHANNEL_CLASSES;
    default:
        return false;
    }
}

size_t frame_message_size(size_t size)
{
    TALLY_ASSERT(size > 0);
    size_t frames = (size + CHANNEL_FRAME_PAYLOAD_MAX - 1) / CHANNEL_FRAME_PAYLOAD_MAX;
    return size + frames * CHANNEL_FRAME_HEADER_SIZE;
}

void frame_message_encode(uint8_t kind, uint8_t message_class, const void *message, size_t size,
                          uint8_t *out)
{
    TALLY_ASSERT(size > 0);
    TALLY_ASSERT(size <= UINT32_MAX);
    const uint8_t *from = message;
    size_t left = size;
    while (left > 0) {
        size_t part = left < CHANNEL_FRAME_PAYLOAD_MAX ? left : CHANNEL_FRAME_PAYLOAD_MAX;
        struct frame_header header = {(uint32_t)part, (uint32_t)size, kind, message_class};
        frame_header_encode(&header, out);
        memcpy(out + CHANNEL_FRAME_HEADER_SIZE, from, part);
        out += CHANNEL_FRAME_HEADER_SIZE + part;
        from += part;
        left -= part;
    }
}

void frame_reader_init(struct frame_reader *reader,
                       const uint32_t message_size_max[CHANNEL_CLASSES])
{
    memset(reader, 0, sizeof(*reader));
    memcpy(reader->message_size_max, message_size_max, sizeof(reader->message_size_max));
}

void frame_reader_free(struct frame_reader *reader)
{
    free(reader->message);
    reader->message = NULL;
}

/* A complete header: does it fit what came before, and the bounds? */
static enum frame_result reader_header(struct frame_reader *reader)
{
    struct frame_header header;
    if (!frame_header_decode(&header, reader->header_bytes)) {
        return FRAME_BAD;
    }
    if (!reader->started) {
        if (header.kind == FRAME_MESSAGE &&
            header.message_size > reader->message_size_max[header.message_class]) {
            return FRAME_BAD;
        }
        reader->message = malloc(header.message_size);
        if (reader->message == NULL) {
            return FRAME_NO_MEMORY;
        }
        reader->started = true;
        reader->message_size = 0;
        reader->header = header;
    }
    size_t left = reader->header.message_size - reader->message_size;
    size_t expected = left < CHANNEL_FRAME_PAYLOAD_MAX ? left : CHANNEL_FRAME_PAYLOAD_MAX;
    if (header.kind != reader->header.kind ||
        header.message_class != reader->header.message_class ||
        header.message_size != reader->header.message_size || header.size != expected) {
        return FRAME_BAD;
    }
    reader->frame_left = header.size;
    return FRAME_MORE;
}

enum frame_result frame_reader_feed(struct frame_reader *reader, const uint8_t *data, size_t size,
                                    size_t *taken)
{
    *taken = 0;
    while (*taken < size) {
        size_t left = size - *taken;
        if (reader->frame_left == 0) {
            size_t part = CHANNEL_FRAME_HEADER_SIZE - reader->header_size;
            part = part < left ? part : left;
            memcpy(reader->header_bytes + reader->header_size, data + *taken, part);
            reader->header_size += part;
            *taken += part;
            if (reader->header_size < CHANNEL_FRAME_HEADER_SIZE) {
                return FRAME_MORE;
            }
            reader->header_size = 0;
            enum frame_result result = reader_header(reader);
            if (result != FRAME_MORE) {
                return result;
            }
            continue;
        }
        size_t part = reader->frame_left < left ? reader->frame_left : left;
        TALLY_ASSERT(reader->message_size + part <= reader->header.message_size);
        memcpy(reader->message + reader->message_size, data + *taken, part);
        reader->message_size += part;
        reader->frame_left -= part;
        *taken += part;
        if (reader->message_size == reader->header.message_size) {
            return FRAME_WHOLE;
        }
    }
    return FRAME_MORE;
}

bool frame_reader_busy(const struct frame_reader *reader)
{
    return reader->started || reader->header_size > 0;
}

uint8_t *frame_reader_take(struct frame_reader *reader)
{
    TALLY_ASSERT(reader->started);
    TALLY_ASSERT(reader->message_size == reader->header.message_size);
    uint8_t *message = reader->message;
    reader->message = NULL;
    reader->message_size = 0;
    reader->started = false;
    return message;
}

void frame_reader_clear(struct frame_reader *reader)
{
    free(frame_reader_take(reader));
}
