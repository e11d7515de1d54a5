/*
 * Goal: encodings are exact and little-endian, and no input makes a reader or writer leave its
 * memory or forget a failure.
 */
#include <string.h>

#include "base/bytes.h"
#include "base/prng.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static void integers_are_little_endian(void **state)
{
    (void)state;
    uint8_t data[23];
    struct bytes_writer writer;
    bytes_writer_init(&writer, data, sizeof(data));
    bytes_write_u8(&writer, 0x01);
    bytes_write_u16(&writer, 0x0203);
    bytes_write_u32(&writer, 0x04050607);
    bytes_write_u64(&writer, UINT64_C(0x08090a0b0c0d0e0f));
    bytes_write_i64(&writer, -2);
    assert_true(bytes_writer_ok(&writer));
    assert_int_equal(writer.size, sizeof(data));
    const uint8_t expected[23] = {0x01, 0x03, 0x02, 0x07, 0x06, 0x05, 0x04, 0x0f,
                                  0x0e, 0x0d, 0x0c, 0x0b, 0x0a, 0x09, 0x08, 0xfe,
                                  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    assert_memory_equal(data, expected, sizeof(data));

    struct bytes_reader reader;
    bytes_reader_init(&reader, data, sizeof(data));
    assert_int_equal(bytes_read_u8(&reader), 0x01);
    assert_int_equal(bytes_read_u16(&reader), 0x0203);
    assert_int_equal(bytes_read_u32(&reader), 0x04050607);
    assert_true(bytes_read_u64(&reader) == UINT64_C(0x08090a0b0c0d0e0f));
    assert_false(bytes_reader_done(&reader));
    assert_true(bytes_read_i64(&reader) == -2);
    assert_true(bytes_reader_done(&reader));
}

static void extreme_integers_survive(void **state)
{
    (void)state;
    const int64_t values[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        uint8_t data[8];
        struct bytes_writer writer;
        struct bytes_reader reader;
        bytes_writer_init(&writer, data, sizeof(data));
        bytes_write_i64(&writer, values[i]);
        bytes_reader_init(&reader, data, sizeof(data));
        assert_true(bytes_read_i64(&reader) == values[i]);
    }
}

static void reading_beyond_the_end_fails_for_good(void **state)
{
    (void)state;
    const uint8_t data[3] = {1, 2, 3};
    struct bytes_reader reader;
    bytes_reader_init(&reader, data, sizeof(data));
    assert_int_equal(bytes_read_u32(&reader), 0);
    assert_true(reader.failed);
    /* One byte would have fitted, but a failed reader gives nothing any more. */
    assert_int_equal(bytes_read_u8(&reader), 0);
    assert_null(bytes_read_view(&reader, 0));
    assert_int_equal(bytes_reader_left(&reader), 0);
    assert_false(bytes_reader_done(&reader));
    uint8_t out[2] = {9, 9};
    bytes_read_copy(&reader, out, sizeof(out));
    assert_int_equal(out[0] + out[1], 0);
}

static void trailing_bytes_are_not_done(void **state)
{
    (void)state;
    struct bytes_reader reader;
    bytes_reader_init(&reader, "ab", 2);
    assert_int_equal(bytes_read_u8(&reader), 'a');
    assert_int_equal(bytes_reader_left(&reader), 1);
    assert_false(bytes_reader_done(&reader));
}

static void huge_sizes_do_not_wrap(void **state)
{
    (void)state;
    struct bytes_reader reader;
    bytes_reader_init(&reader, "abcd", 4);
    assert_int_equal(bytes_read_u8(&reader), 'a');
    assert_null(bytes_read_view(&reader, SIZE_MAX));
    assert_true(reader.failed);

    uint8_t data[4];
    struct bytes_writer writer;
    bytes_writer_init(&writer, data, sizeof(data));
    bytes_write_u8(&writer, 1);
    assert_null(bytes_write_reserve(&writer, SIZE_MAX));
    assert_false(bytes_writer_ok(&writer));
}

static void booleans_have_two_forms_only(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        uint8_t data = (uint8_t)byte;
        struct bytes_reader reader;
        bytes_reader_init(&reader, &data, 1);
        bool value = bytes_read_bool(&reader);
        assert_int_equal(bytes_reader_done(&reader), byte <= 1);
        assert_int_equal(value, byte == 1);
    }
}

static void expected_bytes_are_skipped_and_others_are_not(void **state)
{
    (void)state;
    static const uint8_t data[] = {1, 2, 3, 4, 5};
    static const uint8_t expected[] = {1, 2, 4, 5};
    volatile size_t beyond = SIZE_MAX; /* no compiler sees how much */
    struct bytes_reader reader;
    bytes_reader_init(&reader, data, 4);
    assert_false(bytes_read_same(&reader, expected, 3));
    assert_true(bytes_read_same(&reader, expected, 2));
    assert_false(bytes_read_same(&reader, data + 2, 3)); /* beyond the end, and no failure */
    assert_int_equal(bytes_reader_left(&reader), 2);
    assert_int_equal(bytes_read_u8(&reader), 3);
    assert_false(bytes_read_same(&reader, data, beyond));
    assert_true(bytes_read_same(&reader, data + 3, 1));
    assert_true(bytes_read_same(&reader, data, 0));
    assert_true(bytes_reader_done(&reader));
    bytes_reader_fail(&reader);
    assert_false(bytes_read_same(&reader, data, 0));
}

static void empty_input_is_legal(void **state)
{
    (void)state;
    struct bytes_reader reader;
    bytes_reader_init(&reader, NULL, 0);
    assert_non_null(bytes_read_view(&reader, 0));
    bytes_read_copy(&reader, NULL, 0);
    assert_true(bytes_reader_done(&reader));
    assert_int_equal(bytes_read_u8(&reader), 0);
    assert_false(bytes_reader_done(&reader));

    struct bytes_writer writer;
    bytes_writer_init(&writer, NULL, 0);
    bytes_write_copy(&writer, NULL, 0);
    assert_true(bytes_writer_ok(&writer));
    bytes_write_u8(&writer, 1);
    assert_false(bytes_writer_ok(&writer));
}

static void a_full_writer_fails_for_good(void **state)
{
    (void)state;
    uint8_t data[4] = {7, 7, 7, 7};
    struct bytes_writer writer;
    bytes_writer_init(&writer, data, 3);
    bytes_write_u16(&writer, 0);
    bytes_write_u16(&writer, 0);
    assert_false(bytes_writer_ok(&writer));
    /* One byte is free, yet nothing is written after a failure: no field can go missing. */
    bytes_write_u8(&writer, 0);
    assert_int_equal(writer.size, 2);
    assert_int_equal(data[2], 7);
    assert_int_equal(data[3], 7);
}

static void reserved_bytes_are_zero_and_can_be_filled(void **state)
{
    (void)state;
    uint8_t data[6];
    memset(data, 0xff, sizeof(data));
    struct bytes_writer writer;
    bytes_writer_init(&writer, data, sizeof(data));
    uint8_t *length = bytes_write_reserve(&writer, 4);
    assert_ptr_equal(length, data);
    assert_int_equal(bytes_get_u32(length), 0);
    bytes_write_zero(&writer, 2);
    bytes_put_u32(length, 2);
    const uint8_t expected[6] = {2, 0, 0, 0, 0, 0};
    assert_memory_equal(data, expected, sizeof(data));
}

/* A random script of reads over random input agrees with a reader that is written naively. */
static void random_reads_agree_with_a_naive_reader(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 1);
    for (int round = 0; round < 20000; round++) {
        uint8_t data[40];
        size_t size = (size_t)prng_below(&prng, sizeof(data) + 1);
        prng_fill(&prng, data, sizeof(data));
        struct bytes_reader reader;
        bytes_reader_init(&reader, data, size);
        size_t offset = 0;
        bool failed = false;
        for (int step = 0; step < 12; step++) {
            size_t width = (size_t)1 << prng_below(&prng, 4);
            failed = failed || offset + width > size;
            uint64_t expected = 0;
            for (size_t i = 0; i < width && !failed; i++) {
                expected |= (uint64_t)data[offset + i] << (8 * i);
            }
            uint64_t got = width == 1   ? bytes_read_u8(&reader)
                           : width == 2 ? bytes_read_u16(&reader)
                           : width == 4 ? bytes_read_u32(&reader)
                                        : bytes_read_u64(&reader);
            assert_true(got == expected);
            assert_int_equal(reader.failed, failed);
            offset += failed ? 0 : width;
            assert_int_equal(bytes_reader_left(&reader), failed ? 0 : size - offset);
        }
    }
}

static void misuse_is_asserted(void **state)
{
    (void)state;
    struct bytes_reader reader;
    struct bytes_writer writer;
    expect_assert_failure(bytes_reader_init(&reader, NULL, 1));
    expect_assert_failure(bytes_writer_init(&writer, NULL, 1));
}

static bool number_reads(const uint8_t *bytes, size_t size, uint64_t *value)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes, size);
    *value = bytes_read_number(&reader);
    return bytes_reader_done(&reader);
}

/* Puts three bytes of at most four together; how they are appended is the writer's business. */
static bool three_append(struct bytes_writer *writer, bool *in_place)
{
    uint8_t own[4];
    uint8_t *start = bytes_write_begin(writer, own, sizeof(own));
    *in_place = start != own;
    for (uint8_t i = 0; i < 3; i++) {
        start[i] = (uint8_t)(i + 1);
    }
    bytes_write_end(writer, own, start, start + 3);
    return bytes_writer_ok(writer);
}

/* What is put together lands in the writer, whether or not the longest would have fitted. */
static void what_is_put_together_is_appended(void **state)
{
    (void)state;
    const uint8_t expected[] = {9, 1, 2, 3};
    for (size_t capacity = 3; capacity <= 6; capacity++) {
        uint8_t memory[6] = {0};
        struct bytes_writer writer;
        bool in_place = false;
        bytes_writer_init(&writer, memory, capacity);
        bytes_write_u8(&writer, 9);
        bool fits = three_append(&writer, &in_place);
        assert_int_equal(fits, capacity >= 4);
        assert_int_equal(in_place, capacity >= 5);
        assert_int_equal(writer.size, fits ? 4 : 1);
        assert_memory_equal(memory, expected, writer.size);
    }
}

/* A number is as short as can be, and nothing else is read as one. */
static void numbers_have_one_form(void **state)
{
    (void)state;
    static const struct {
        uint64_t value;
        size_t size;
    } rows[] = {{0, 1},
                {1, 1},
                {127, 1},
                {128, 2},
                {16383, 2},
                {16384, 3},
                {UINT32_MAX, 5},
                {UINT64_C(1) << 56, 9},
                {300, 2},
                {INT64_MAX, 9},
                {UINT64_C(1) << 63, 10},
                {UINT64_MAX, 10}};
    uint64_t value;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t bytes[BYTES_NUMBER_MAX];
        struct bytes_writer writer;
        bytes_writer_init(&writer, bytes, rows[i].size - 1);
        bytes_write_number(&writer, rows[i].value);
        assert_true(writer.failed && writer.size == 0);
        bytes_writer_init(&writer, bytes, rows[i].size);
        bytes_write_number(&writer, rows[i].value);
        assert_true(bytes_writer_ok(&writer));
        assert_int_equal(bytes_put_number(bytes, rows[i].value), rows[i].size);
        assert_true(number_reads(bytes, rows[i].size, &value));
        assert_true(value == rows[i].value);
        assert_false(number_reads(bytes, rows[i].size - 1, &value));
    }
    const uint8_t three_hundred[] = {0xac, 0x02};
    assert_true(number_reads(three_hundred, 2, &value) && value == 300);
    const uint8_t longer[] = {0xac, 0x82, 0x00};
    assert_false(number_reads(longer, 3, &value));
    const uint8_t long_zero[] = {0x80, 0x00};
    assert_false(number_reads(long_zero, 2, &value));
    const uint8_t beyond[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02};
    assert_false(number_reads(beyond, 10, &value));
    const uint8_t endless[] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x81, 0x01};
    assert_false(number_reads(endless, 11, &value));
}

/* Each bit length, written, read back, and in no byte more than it needs. */
static void numbers_take_the_bytes_they_need(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits <= 64; bits++) {
        uint64_t value = bits == 0 ? 0 : UINT64_MAX >> (64 - bits);
        uint8_t bytes[BYTES_NUMBER_MAX];
        struct bytes_writer writer;
        uint64_t read = 0;
        bytes_writer_init(&writer, bytes, sizeof(bytes));
        bytes_write_number(&writer, value);
        assert_true(bytes_writer_ok(&writer));
        size_t size = bits == 0 ? 1 : (bits + 6) / 7;
        assert_int_equal(writer.size, size);
        assert_true(number_reads(bytes, size, &read) && read == value);
        struct bytes_reader reader;
        bytes_reader_init(&reader, bytes, size);
        uint32_t narrow = bytes_read_number_u32(&reader);
        assert_int_equal(bytes_reader_done(&reader), bits <= 32);
        assert_int_equal(narrow, bits <= 32 ? value : 0);
        for (size_t room = 0; room < BYTES_NUMBER_MAX; room++) {
            uint8_t exact[BYTES_NUMBER_MAX] = {0};
            bytes_writer_init(&writer, exact, room);
            bytes_write_number(&writer, value);
            assert_int_equal(bytes_writer_ok(&writer), room >= size);
            assert_int_equal(writer.size, room >= size ? size : 0);
            assert_true(room < size || memcmp(exact, bytes, size) == 0);
        }
    }
}

static void signed_numbers_are_short_on_both_sides_of_zero(void **state)
{
    (void)state;
    static const int64_t values[] = {0,   -1,  1,         -2,        63,
                                     -64, 64,  -65,       INT64_MAX, INT64_MIN,
                                     100, 999, INT32_MIN, INT32_MAX, -(INT64_C(1) << 51)};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        uint8_t bytes[BYTES_NUMBER_MAX];
        struct bytes_writer writer;
        struct bytes_reader reader;
        bytes_writer_init(&writer, bytes, sizeof(bytes));
        bytes_write_signed_number(&writer, values[i]);
        assert_true(bytes_writer_ok(&writer));
        assert_int_equal(writer.size == 1, values[i] >= -64 && values[i] < 64);
        bytes_reader_init(&reader, bytes, writer.size);
        assert_true(bytes_read_signed_number(&reader) == values[i]);
        assert_true(bytes_reader_done(&reader));
    }
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_little_endian),
        cmocka_unit_test(extreme_integers_survive),
        cmocka_unit_test(reading_beyond_the_end_fails_for_good),
        cmocka_unit_test(trailing_bytes_are_not_done),
        cmocka_unit_test(huge_sizes_do_not_wrap),
        cmocka_unit_test(booleans_have_two_forms_only),
        cmocka_unit_test(what_is_put_together_is_appended),
        cmocka_unit_test(numbers_have_one_form),
        cmocka_unit_test(numbers_take_the_bytes_they_need),
        cmocka_unit_test(signed_numbers_are_short_on_both_sides_of_zero),
        cmocka_unit_test(expected_bytes_are_skipped_and_others_are_not),
        cmocka_unit_test(empty_input_is_legal),
        cmocka_unit_test(a_full_writer_fails_for_good),
        cmocka_unit_test(reserved_bytes_are_zero_and_can_be_filled),
        cmocka_unit_test(random_reads_agree_with_a_naive_reader),
        cmocka_unit_test(misuse_is_asserted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
