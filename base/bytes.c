#include "base/bytes.h"

uint64_t bytes_read_number(struct bytes_reader *reader)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 7 * BYTES_NUMBER_MAX; shift += 7) {
        uint8_t byte = bytes_read_u8(reader);
        uint64_t bits = byte & 0x7f;
        bool fits = bits <= UINT64_MAX >> shift;
        value |= bits << shift;
        if (byte < 0x80) {
            if (!fits || (byte == 0 && shift > 0)) {
                break; /* beyond 64 bits, or longer than it must be */
            }
            return value;
        }
        if (!fits) {
            break;
        }
    }
    bytes_reader_fail(reader);
    return 0;
}

uint32_t bytes_read_number_u32(struct bytes_reader *reader)
{
    uint64_t value = bytes_read_number(reader);
    if (value > UINT32_MAX) {
        bytes_reader_fail(reader);
        return 0;
    }
    return (uint32_t)value;
}

int64_t bytes_read_signed_number(struct bytes_reader *reader)
{
    uint64_t number = bytes_read_number(reader);
    uint64_t bits = number >> 1 ^ (UINT64_C(0) - (number & 1));
    int64_t value = 0;
    memcpy(&value, &bits, sizeof(value));
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

void bytes_reader_fail(struct bytes_reader *reader)
{
    reader->failed = true;
}

void bytes_write_zero(struct bytes_writer *writer, size_t size)
{
    (void)bytes_write_reserve(writer, size);
}

uint8_t *bytes_write_reserve(struct bytes_writer *writer, size_t size)
{
    uint8_t *place = bytes_write_place(writer, size);
    if (place != NULL) {
        memset(place, 0, size);
    }
    return place;
}
