/*
 * Goal: a header has exactly one encoding, and whatever is not a possible header is refused.
 */
#include "tests/support/cmocka.h"

#include <string.h>

#include "consensus/header.h"

static struct header sample(void)
{
    return (struct header){.epoch = 1,
                           .view = 9,
                           .height = 5,
                           .parent_view = 6,
                           .parent_hash = {{1}},
                           .ts_ms = 1700000000000,
                           .body_root = {{2}},
                           .batch_count = 3,
                           .exec_height = 4,
                           .result_root = {{3}},
                           .just_root = {{4}},
                           .proposer = 2};
}

static bool reads(const uint8_t *bytes, size_t size, struct header *out)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes, size);
    header_read(&reader, out);
    return bytes_reader_done(&reader);
}

static void encode(const struct header *header, uint8_t out[HEADER_SIZE])
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, out, HEADER_SIZE);
    header_write(&writer, header);
    assert_true(bytes_writer_ok(&writer));
    assert_int_equal(writer.size, HEADER_SIZE);
}

/* Goal: encode, decode, encode again gives the same bytes; offsets are those of the essay. */
static void test_round_trip(void **state)
{
    (void)state;
    const struct header header = sample();
    uint8_t bytes[HEADER_SIZE];
    uint8_t again[HEADER_SIZE];
    struct header read;
    encode(&header, bytes);
    assert_true(reads(bytes, sizeof bytes, &read));
    encode(&read, again);
    assert_memory_equal(bytes, again, sizeof bytes);
    assert_int_equal(bytes[8], 9);
    assert_int_equal(bytes[24], 6);
    assert_int_equal(bytes[104], 3);
    assert_int_equal(bytes[108], 4);
    assert_int_equal(bytes[213], 2);
}

/* Goal: every prefix is too short, one byte more is too long. */
static void test_sizes(void **state)
{
    (void)state;
    const struct header header = sample();
    uint8_t bytes[HEADER_SIZE + 1] = {0};
    struct header read;
    encode(&header, bytes);
    for (size_t size = 0; size < HEADER_SIZE; size++) {
        assert_false(reads(bytes, size, &read));
    }
    assert_false(reads(bytes, HEADER_SIZE + 1, &read));
}

/* Goal: impossible places in the chain and non-zero reserved fields are refused. */
static void test_impossible_headers(void **state)
{
    (void)state;
    struct header wrong[7];
    for (size_t i = 0; i < 7; i++) {
        wrong[i] = sample();
    }
    wrong[0].height = 0;
    wrong[1].view = 0;
    wrong[2].parent_view = wrong[2].view;
    wrong[3].parent_view = UINT64_MAX;
    wrong[4].exec_height = wrong[4].height;
    wrong[5].epoch_flags = 1;
    wrong[6].next_set_hash.bytes[31] = 1;
    for (size_t i = 0; i < 7; i++) {
        uint8_t bytes[HEADER_SIZE];
        struct header read;
        encode(&wrong[i], bytes);
        assert_false(reads(bytes, sizeof bytes, &read));
    }
}

/* Goal: every byte of the encoding is bound by the hash. */
static void test_hash_binds_every_byte(void **state)
{
    (void)state;
    const struct header header = sample();
    uint8_t bytes[HEADER_SIZE];
    struct hash original;
    encode(&header, bytes);
    header_hash(&header, &original);
    for (size_t i = 0; i < HEADER_SIZE; i++) {
        struct header read;
        bytes[i] ^= 0x40;
        if (reads(bytes, sizeof bytes, &read)) {
            struct hash changed;
            header_hash(&read, &changed);
            assert_false(hash_equal(&original, &changed));
        }
        bytes[i] ^= 0x40;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_impossible_headers),
        cmocka_unit_test(test_hash_binds_every_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
