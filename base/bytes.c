#include "base/bytes.h"

#include <string.h>

#include "base/assert.h"

void bytes_reader_init(struct bytes_reader *reader, const void *data, size_t size)
{
    TALLY_ASSERT(data != NULL || size == 0);
    /* A view of an empty input must still be distinguishable from a failure. */
    static const uint8_t nothing[1];
    *reader = (struct bytes_reader){.data = data != NULL ? data : nothing, .size = size};
}

const uint8_t *bytes_read_view(struct bytes_reader *reader, size_t size)
{
    TALLY_ASSERT(reader->offset <= reader->size);
    if (reader->failed || size > reader->size - reader->offset) {
        reader->failed = true;
        return NULL;
    }
    const uint8_t *view = reader->data + reader->offset;
    reader->offset += size;
    return view;
}

uint8_t bytes_read_u8(struct bytes_reader *reader)
{
    const uint8_t *view = bytes_read_view(reader, 1);
    return view != NULL ? view[0] : 0;
}

uint16_t bytes_read_u16(struct bytes_reader *reader)
{
    const uint8_t *view = bytes_read_view(reader, 2);
    return view != NULL ? bytes_get_u16(view) : 0;
}

uint32_t bytes_read_u32(struct bytes_reader *reader)
{
    const uint8_t *view = bytes_read_view(reader, 4);
    return view != NULL ? bytes_get_u32(view) : 0;
}

uint64_t bytes_read_u64(struct bytes_reader *reader)
{
    const uint8_t *view = bytes_read_view(reader, 8);
    return view != NULL ? bytes_get_u64(view) : 0;
}

int64_t bytes_read_i64(struct bytes_reader *reader)
{
    uint64_t bits = bytes_read_u64(reader);
    int64_t value = 0;
    memcpy(&value, &bits, sizeof(value)); /* the conversion itself is implementation-defined */
    return value;
}

bool bytes_read_bool(struct bytes_reader *reader)
{
    uint8_t value = bytes_read_u8(reader);
    if (value > 1) {
        bytes_reader_fail(reader);
        return false;
    }
    return value == 1;
}

void bytes_read_copy(struct bytes_reader *reader, void *out, size_t size)
{
    TALLY_ASSERT(out != NULL || size == 0);
    const uint8_t *view = bytes_read_view(reader, size);
    if (size == 0) {
        return;
    }
    if (view != NULL) {
        memcpy(out, view, size);
    } else {
        memset(out, 0, size);
    }
}

size_t bytes_reader_left(const struct bytes_reader *reader)
{
    TALLY_ASSERT(reader->offset <= reader->size);
    return reader->failed ? 0 : reader->size - reader->offset;
}

bool bytes_reader_done(const struct bytes_reader *reader)
{
    TALLY_ASSERT(reader->offset <= reader->size);
    return !reader->failed && reader->offset == reader->size;
}

void bytes_reader_fail(struct bytes_reader *reader)
{
    reader->failed = true;
}

void bytes_writer_init(struct bytes_writer *writer, void *data, size_t capacity)
{
    TALLY_ASSERT(data != NULL || capacity == 0);
    *writer = (struct bytes_writer){.data = data, .capacity = capacity};
}

/* Returns where the next size bytes go, or NULL; an empty piece has no place either. */
static uint8_t *writer_advance(struct bytes_writer *writer, size_t size)
{
    TALLY_ASSERT(writer->size <= writer->capacity);
    if (writer->failed || size > writer->capacity - writer->size) {
        writer->failed = true;
        return NULL;
    }
    if (size == 0) {
        return NULL;
    }
    uint8_t *place = writer->data + writer->size;
    writer->size += size;
    return place;
}

void bytes_write_u8(struct bytes_writer *writer, uint8_t value)
{
    uint8_t *place = writer_advance(writer, 1);
    if (place != NULL) {
        place[0] = value;
    }
}

void bytes_write_u16(struct bytes_writer *writer, uint16_t value)
{
    uint8_t *place = writer_advance(writer, 2);
    if (place != NULL) {
        bytes_put_u16(place, value);
    }
}

void bytes_write_u32(struct bytes_writer *writer, uint32_t value)
{
    uint8_t *place = writer_advance(writer, 4);
    if (place != NULL) {
        bytes_put_u32(place, value);
    }
}

void bytes_write_u64(struct bytes_writer *writer, uint64_t value)
{
    uint8_t *place = writer_advance(writer, 8);
    if (place != NULL) {
        bytes_put_u64(place, value);
    }
}

void bytes_write_i64(struct bytes_writer *writer, int64_t value)
{
    bytes_write_u64(writer, (uint64_t)value);
}

void bytes_write_bool(struct bytes_writer *writer, bool value)
{
    bytes_write_u8(writer, value ? 1 : 0);
}

void bytes_write_copy(struct bytes_writer *writer, const void *data, size_t size)
{
    TALLY_ASSERT(data != NULL || size == 0);
    uint8_t *place = writer_advance(writer, size);
    if (place != NULL) {
        memcpy(place, data, size);
    }
}

void bytes_write_zero(struct bytes_writer *writer, size_t size)
{
    (void)bytes_write_reserve(writer, size);
}

uint8_t *bytes_write_reserve(struct bytes_writer *writer, size_t size)
{
    uint8_t *place = writer_advance(writer, size);
    if (place != NULL) {
        memset(place, 0, size);
    }
    return place;
}

bool bytes_writer_ok(const struct bytes_writer *writer)
{
    TALLY_ASSERT(writer->size <= writer->capacity);
    return !writer->failed;
}
