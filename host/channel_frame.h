/*
 * channel_frame.h: the frames of a channel, and how a message is put together from them.
 *
 * The layout is in channel.h. A reader is fed bytes in any pieces and gives whole messages; it
 * allocates for a message only after its size was checked against the bound of its class. It is
 * strict: every frame of a message but the last is full, repeats kind, class and message size, and
 * nothing comes in between. Anything else is FRAME_BAD, and the connection ends.
 *
 * No thread, clock or socket here. One thread per reader.
 */
#ifndef TALLY_HOST_CHANNEL_FRAME_H
#define TALLY_HOST_CHANNEL_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/channel.h"

enum frame_kind {
    FRAME_HELLO = 1,
    FRAME_PING = 2,
    FRAME_MESSAGE = 3,
};

#define FRAME_PING_SIZE 1u

struct frame_header {
    uint32_t size;
    uint32_t message_size;
    uint8_t kind;
    uint8_t message_class;
};

/* Writes a header. */
void frame_header_encode(const struct frame_header *header,
                         uint8_t bytes[CHANNEL_FRAME_HEADER_SIZE]);

/* Total; false unless frame_header_encode would write these bytes for a legal frame on its own. */
TALLY_MUST_CHECK bool frame_header_decode(struct frame_header *header,
                                          const uint8_t bytes[CHANNEL_FRAME_HEADER_SIZE]);

/* The bytes that a message of `size` takes on the wire. */
size_t frame_message_size(size_t size);

/* Writes a message as frames; `out` has frame_message_size(size) bytes. */
void frame_message_encode(uint8_t kind, uint8_t message_class, const void *message, size_t size,
                          uint8_t *out);

enum frame_result {
    FRAME_MORE,  /* all input was taken; more is needed */
    FRAME_WHOLE, /* a message is complete: take it with frame_reader_clear before feeding on */
    FRAME_BAD,   /* malformed or over a bound */
    FRAME_NO_MEMORY,
};

struct frame_reader {
    uint32_t message_size_max[CHANNEL_CLASSES];
    uint8_t header_bytes[CHANNEL_FRAME_HEADER_SIZE];
    size_t header_size; /* bytes of the header read so far */
    struct frame_header header;
    size_t frame_left; /* payload bytes of the present frame not yet read */
    uint8_t *message;
    size_t message_size; /* bytes of the message read so far */
    bool started;        /* a message is in progress: its first header is complete */
};

/* Starts with no message. Copies the bounds. */
void frame_reader_init(struct frame_reader *reader,
                       const uint32_t message_size_max[CHANNEL_CLASSES]);

/* Frees a message in progress. */
void frame_reader_free(struct frame_reader *reader);

/* Takes input until a message is whole or the input is used up; *taken says how much. */
enum frame_result frame_reader_feed(struct frame_reader *reader, const uint8_t *data, size_t size,
                                    size_t *taken);

/* True between a message's first byte and its last. */
bool frame_reader_busy(const struct frame_reader *reader);

/* Forgets the whole message that was just read. */
void frame_reader_clear(struct frame_reader *reader);

/* As frame_reader_clear, but the message's bytes, from malloc, are the caller's from now on. */
uint8_t *frame_reader_take(struct frame_reader *reader);

#endif
