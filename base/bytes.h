/*
 * bytes.h: read and write the bytes of messages, records and files.
 *
 * Problem. Every encoding here is signed or hashed, so it must have one form on every machine, and
 * every decoder is fed by strangers, so it must survive any input.
 *
 * Rule. Integers are little-endian, without padding, field by field; signed ones are two's
 * complement. Reader and writer carry a sticky failure: after the first read beyond the end (or
 * write beyond the capacity) every further call has no effect and reads give zero. So a decoder
 * reads all its fields in a row and asks once, at the end:
 *
 *     struct bytes_reader reader;
 *     bytes_reader_init(&reader, data, size);
 *     header->view = bytes_read_u64(&reader);
 *     header->height = bytes_read_u64(&reader);
 *     return bytes_reader_done(&reader);          // false if short, failed, or trailing bytes
 *
 *     u16 0x1234            -> 34 12
 *     i64 -2                -> FE FF FF FF FF FF FF FF
 *     "AB" as a view of 2   -> borrowed pointer into the input, nothing is copied
 *
 * A loop over a count that was just read must check `failed` (or bound the count) before it
 * trusts the count. Neither type allocates; both borrow the memory they are given.
 */
#ifndef TALLY_BASE_BYTES_H
#define TALLY_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"

/* The integer codecs on bare memory of at least as many bytes. */

/* Reads two bytes. */
static inline uint16_t bytes_get_u16(const uint8_t *in)
{
    return (uint16_t)(in[0] | (uint16_t)(in[1] << 8));
}

/* Reads four bytes. */
static inline uint32_t bytes_get_u32(const uint8_t *in)
{
    return (uint32_t)in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 | (uint32_t)in[3] << 24;
}

/* Reads eight bytes. */
static inline uint64_t bytes_get_u64(const uint8_t *in)
{
    return (uint64_t)bytes_get_u32(in) | (uint64_t)bytes_get_u32(in + 4) << 32;
}

/* Reads eight bytes of a signed one. */
static inline int64_t bytes_get_i64(const uint8_t *in)
{
    uint64_t bits = bytes_get_u64(in);
    int64_t value = 0;
    memcpy(&value, &bits, sizeof(value)); /* the conversion itself is implementation-defined */
    return value;
}

/* Writes two bytes. */
static inline void bytes_put_u16(uint8_t *out, uint16_t value)
{
    out[0] = (uint8_t)value;
    out[1] = (uint8_t)(value >> 8);
}

/* Writes four bytes. */
static inline void bytes_put_u32(uint8_t *out, uint32_t value)
{
    bytes_put_u16(out, (uint16_t)value);
    bytes_put_u16(out + 2, (uint16_t)(value >> 16));
}

/* Writes eight bytes. */
static inline void bytes_put_u64(uint8_t *out, uint64_t value)
{
    bytes_put_u32(out, (uint32_t)value);
    bytes_put_u32(out + 4, (uint32_t)(value >> 32));
}

enum {
    BYTES_NUMBER_MAX = 10 /* bytes of the largest number */
};

/*
 * Writes a number in as few bytes as it needs, at most BYTES_NUMBER_MAX: seven bits a byte, low
 * ones first, and the top bit of all but the last byte set. Returns how many. 300: 0xac 0x02.
 */
static inline size_t bytes_put_number(uint8_t *out, uint64_t value)
{
    size_t size = 0;
    while (value >= 0x80) {
        out[size++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    out[size++] = (uint8_t)value;
    return size;
}

/* The number that stands for a signed one: the sign is the lowest bit. -1 is 1, 1 is 2. */
static inline uint64_t bytes_number_of_signed(int64_t value)
{
    return (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
}

/* Puts a number and returns what is behind it, for what is put together at a pointer. */
static inline uint8_t *bytes_put_number_at(uint8_t *at, uint64_t value)
{
    return at + bytes_put_number(at, value);
}

/* The same of a signed one. */
static inline uint8_t *bytes_put_signed_at(uint8_t *at, int64_t value)
{
    return bytes_put_number_at(at, bytes_number_of_signed(value));
}

struct bytes_reader {
    const uint8_t *data; /* borrowed */
    size_t size;
    size_t offset; /* of the next byte to read */
    bool failed;
};

/* Starts reading at the first byte. Borrows data, which may be NULL if size is 0. */
static inline void bytes_reader_init(struct bytes_reader *reader, const void *data, size_t size)
{
    TALLY_ASSERT(data != NULL || size == 0);
    /* A view of an empty input must still be distinguishable from a failure. */
    static const uint8_t nothing[1];
    *reader = (struct bytes_reader){.data = data != NULL ? data : nothing, .size = size};
}

/* What is read and written by the dozen for each command and record stands in this header. */

/*
 * Returns a pointer to the next size bytes, borrowed from the input, and skips them. NULL on
 * failure. A view of 0 bytes is not NULL unless the reader has failed.
 */
static inline const uint8_t *bytes_read_view(struct bytes_reader *reader, size_t size)
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

/* Skips the next size bytes if they are the expected ones; else false, and nothing happens. */
static inline bool bytes_read_same(struct bytes_reader *reader, const void *expected, size_t size)
{
    TALLY_ASSERT(reader->offset <= reader->size);
    if (reader->failed || size > reader->size - reader->offset ||
        memcmp(reader->data + reader->offset, expected, size) != 0) {
        return false;
    }
    reader->offset += size;
    return true;
}

/* Each reads one integer, or returns 0 and fails the reader if too few bytes are left. */
static inline uint8_t bytes_read_u8(struct bytes_reader *reader)
{
    const uint8_t *view = bytes_read_view(reader, 1);
    return view != NULL ? view[0] : 0;
}

/* As above, two bytes. */
static inline uint16_t bytes_read_u16(struct bytes_reader *reader)
{
    const uint8_t *view = bytes_read_view(reader, 2);
    return view != NULL ? bytes_get_u16(view) : 0;
}

/* As above, four bytes. */
static inline uint32_t bytes_read_u32(struct bytes_reader *reader)
{
    const uint8_t *view = bytes_read_view(reader, 4);
    return view != NULL ? bytes_get_u32(view) : 0;
}

/* As above, eight bytes. */
static inline uint64_t bytes_read_u64(struct bytes_reader *reader)
{
    const uint8_t *view = bytes_read_view(reader, 8);
    return view != NULL ? bytes_get_u64(view) : 0;
}

/* As above, eight bytes of a signed one. */
static inline int64_t bytes_read_i64(struct bytes_reader *reader)
{
    const uint8_t *view = bytes_read_view(reader, 8);
    return view != NULL ? bytes_get_i64(view) : 0;
}

/* Reads what bytes_put_number() wrote; any other form of the number fails the reader. */
uint64_t bytes_read_number(struct bytes_reader *reader);

/* The same of a number that must fit in 32 bits. */
uint32_t bytes_read_number_u32(struct bytes_reader *reader);

/* The same of a signed one, whose sign is the lowest bit: 0, -1, 1, -2 are 0, 1, 2, 3. */
int64_t bytes_read_signed_number(struct bytes_reader *reader);

/* Reads a byte that must be 0 or 1; any other value fails the reader, since it would re-encode
 * differently. */
bool bytes_read_bool(struct bytes_reader *reader);

/* Copies size bytes to out; on failure fills out with zeros. */
void bytes_read_copy(struct bytes_reader *reader, void *out, size_t size);

/* Bytes not yet read; 0 after a failure. */
static inline size_t bytes_reader_left(const struct bytes_reader *reader)
{
    TALLY_ASSERT(reader->offset <= reader->size);
    return reader->failed ? 0 : reader->size - reader->offset;
}

/* True when nothing failed and nothing is left: the only proof that the whole input was taken. */
static inline bool bytes_reader_done(const struct bytes_reader *reader)
{
    TALLY_ASSERT(reader->offset <= reader->size);
    return !reader->failed && reader->offset == reader->size;
}

/* Fails the reader because of what the bytes say, such as a value out of range. */
void bytes_reader_fail(struct bytes_reader *reader);

struct bytes_writer {
    uint8_t *data; /* borrowed */
    size_t capacity;
    size_t size; /* bytes written so far */
    bool failed;
};

/* Starts writing at the first byte. Borrows data, which may be NULL if capacity is 0. */
static inline void bytes_writer_init(struct bytes_writer *writer, void *data, size_t capacity)
{
    TALLY_ASSERT(data != NULL || capacity == 0);
    *writer = (struct bytes_writer){.data = data, .capacity = capacity};
}

/* Sixty calls in a row are one piece of work: weighed one by one, a compiler would call each. */
#define BYTES_INLINE static inline __attribute__((always_inline))

/*
 * Takes the next size bytes, to be filled in at once by whoever asks. Returns where they are, as
 * they were before, or NULL: they do not fit and the writer fails, or size is 0.
 */
BYTES_INLINE uint8_t *bytes_write_place(struct bytes_writer *writer, size_t size)
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

/* Each appends one integer, or fails the writer and writes nothing if it does not fit. */
BYTES_INLINE void bytes_write_u8(struct bytes_writer *writer, uint8_t value)
{
    uint8_t *place = bytes_write_place(writer, 1);
    if (place != NULL) {
        place[0] = value;
    }
}

/* As above, two bytes. */
BYTES_INLINE void bytes_write_u16(struct bytes_writer *writer, uint16_t value)
{
    uint8_t *place = bytes_write_place(writer, 2);
    if (place != NULL) {
        bytes_put_u16(place, value);
    }
}

/* As above, four bytes. */
BYTES_INLINE void bytes_write_u32(struct bytes_writer *writer, uint32_t value)
{
    uint8_t *place = bytes_write_place(writer, 4);
    if (place != NULL) {
        bytes_put_u32(place, value);
    }
}

/* As above, eight bytes. */
BYTES_INLINE void bytes_write_u64(struct bytes_writer *writer, uint64_t value)
{
    uint8_t *place = bytes_write_place(writer, 8);
    if (place != NULL) {
        bytes_put_u64(place, value);
    }
}

/* As above, eight bytes of a signed one. */
BYTES_INLINE void bytes_write_i64(struct bytes_writer *writer, int64_t value)
{
    bytes_write_u64(writer, (uint64_t)value);
}

/* Appends 1 for true and 0 for false. */
static inline void bytes_write_bool(struct bytes_writer *writer, bool value)
{
    bytes_write_u8(writer, value ? 1 : 0);
}

/* Appends a number as bytes_put_number() puts it. */
static inline void bytes_write_number(struct bytes_writer *writer, uint64_t value)
{
    uint8_t bytes[BYTES_NUMBER_MAX];
    if (!writer->failed && writer->capacity - writer->size >= BYTES_NUMBER_MAX) {
        writer->size += bytes_put_number(writer->data + writer->size, value);
        return;
    }
    size_t size = bytes_put_number(bytes, value);
    uint8_t *place = bytes_write_place(writer, size);
    if (place != NULL) {
        memcpy(place, bytes, size);
    }
}

/* The same of a signed one, as bytes_read_signed_number() reads it. */
static inline void bytes_write_signed_number(struct bytes_writer *writer, int64_t value)
{
    bytes_write_number(writer, bytes_number_of_signed(value));
}

/* Appends size bytes, or fails the writer. data may be NULL if size is 0. */
static inline void bytes_write_copy(struct bytes_writer *writer, const void *data, size_t size)
{
    TALLY_ASSERT(data != NULL || size == 0);
    uint8_t *place = bytes_write_place(writer, size);
    if (place != NULL) {
        memcpy(place, data, size);
    }
}

/*
 * Where to put together what is at most `longest` bytes, without a look at the room for each field:
 * in the writer, or in `own` if the writer has less room. Then bytes_write_end() appends it.
 */
static inline uint8_t *bytes_write_begin(const struct bytes_writer *writer, uint8_t *own,
                                         size_t longest)
{
    bool room = !writer->failed && writer->capacity - writer->size >= longest;
    return room ? writer->data + writer->size : own;
}

/* Appends what was put from `start` to `end`, or fails the writer. */
static inline void bytes_write_end(struct bytes_writer *writer, const uint8_t *own,
                                   const uint8_t *start, const uint8_t *end)
{
    size_t size = (size_t)(end - start);
    if (start == own) {
        bytes_write_copy(writer, start, size);
        return;
    }
    TALLY_ASSERT(size <= writer->capacity - writer->size);
    writer->size += size;
}

/* Appends size zero bytes, or fails the writer. */
void bytes_write_zero(struct bytes_writer *writer, size_t size);

/*
 * Reserves size bytes to be filled in by the caller, such as a length known only later. Returns
 * where they are (zeroed, inside the writer's memory) or NULL on failure.
 */
uint8_t *bytes_write_reserve(struct bytes_writer *writer, size_t size);

/* True if nothing failed; writer->size is then the size of the encoding. */
static inline bool bytes_writer_ok(const struct bytes_writer *writer)
{
    TALLY_ASSERT(writer->size <= writer->capacity);
    return !writer->failed;
}

#endif
