#include "client/wire.h"

#include <string.h>

#include "base/assert.h"
#include "client/text.h"

static bool prose_valid(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] < 0x20 || text[i] > 0x7e) {
            return false;
        }
    }
    return true;
}

/* Bounded length: `size` when there is no terminating zero among the first `size` bytes. */
static size_t text_length(const char *text, size_t size)
{
    const char *end = memchr(text, 0, size);
    return end == NULL ? size : (size_t)(end - text);
}

static void text_write(struct bytes_writer *writer, const char *text, size_t length)
{
    TALLY_ASSERT(length <= UINT8_MAX);
    bytes_write_u8(writer, (uint8_t)length);
    bytes_write_copy(writer, text, length);
}

static size_t text_read(struct bytes_reader *reader, char *out, size_t size)
{
    size_t length = bytes_read_u8(reader);

    TALLY_ASSERT(size > 0);
    memset(out, 0, size);
    if (length >= size) {
        bytes_reader_fail(reader);
        return 0;
    }
    bytes_read_copy(reader, out, length);
    return reader->failed ? 0 : length;
}

void wire_write_text(struct bytes_writer *writer, const char *text, size_t size)
{
    size_t length = text_length(text, size);

    if (length == size || (length > 0 && !client_text_valid(text, size))) {
        writer->failed = true;
        return;
    }
    text_write(writer, text, length);
}

void wire_read_text(struct bytes_reader *reader, char *out, size_t size)
{
    size_t length = text_read(reader, out, size);

    /* A zero byte inside would make two encodings of one text. */
    if (length > 0 && (strlen(out) != length || !client_text_valid(out, size))) {
        bytes_reader_fail(reader);
    }
}

void wire_write_prose(struct bytes_writer *writer, const char *text, size_t size)
{
    size_t length = text_length(text, size);

    if (length == size || !prose_valid(text, length)) {
        writer->failed = true;
        return;
    }
    text_write(writer, text, length);
}

void wire_read_prose(struct bytes_reader *reader, char *out, size_t size)
{
    size_t length = text_read(reader, out, size);

    if (!prose_valid(out, length)) {
        bytes_reader_fail(reader);
    }
}
