/*
 * Goal: the stream is that of the standard's examples, the same whether drawn whole or in pieces,
 * another for another key, and is not asked for beyond its end.
 */
#include "crypto/stream.h"

#include <string.h>

#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

/* RFC 8439, appendix A.1, test vectors 1 and 2: key and nonce of zeros, counter 0 and 1. */
static const uint8_t standard[2 * STREAM_BLOCK_SIZE] = {
    0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90, 0x40, 0x5d, 0x6a, 0xe5, 0x53, 0x86, 0xbd, 0x28,
    0xbd, 0xd2, 0x19, 0xb8, 0xa0, 0x8d, 0xed, 0x1a, 0xa8, 0x36, 0xef, 0xcc, 0x8b, 0x77, 0x0d, 0xc7,
    0xda, 0x41, 0x59, 0x7c, 0x51, 0x57, 0x48, 0x8d, 0x77, 0x24, 0xe0, 0x3f, 0xb8, 0xd8, 0x4a, 0x37,
    0x6a, 0x43, 0xb8, 0xf4, 0x15, 0x18, 0xa1, 0x1c, 0xc3, 0x87, 0xb6, 0x69, 0xb2, 0xee, 0x65, 0x86,
    0x9f, 0x07, 0xe7, 0xbe, 0x55, 0x51, 0x38, 0x7a, 0x98, 0xba, 0x97, 0x7c, 0x73, 0x2d, 0x08, 0x0d,
    0xcb, 0x0f, 0x29, 0xa0, 0x48, 0xe3, 0x65, 0x69, 0x12, 0xc6, 0x53, 0x3e, 0x32, 0xee, 0x7a, 0xed,
    0x29, 0xb7, 0x21, 0x76, 0x9c, 0xe6, 0x4e, 0x43, 0xd5, 0x71, 0x33, 0xb0, 0x74, 0xd8, 0x39, 0xd5,
    0x31, 0xed, 0x1f, 0x28, 0x51, 0x0a, 0xfb, 0x45, 0xac, 0xe1, 0x0a, 0x1f, 0x4b, 0x79, 0x4d, 0x6f,
};

enum {
    LONG = 40 * STREAM_BLOCK_SIZE,
};

static void test_the_stream_is_the_standards(void **state)
{
    const struct hash key = {{0}};
    uint8_t bytes[2 * STREAM_BLOCK_SIZE];
    (void)state;
    stream_draw(&key, 0, bytes, sizeof bytes);
    assert_memory_equal(bytes, standard, sizeof bytes);
    memset(bytes, 0xee, sizeof bytes);
    stream_draw(&key, 1, bytes, STREAM_BLOCK_SIZE);
    assert_memory_equal(bytes, standard + STREAM_BLOCK_SIZE, STREAM_BLOCK_SIZE);
    assert_true(stream_check());
}

static void test_pieces_make_the_whole(void **state)
{
    const struct hash key = {{1, 2, 3}};
    uint8_t whole[LONG];
    uint8_t piece[LONG + 1];
    (void)state;
    stream_draw(&key, 7, whole, LONG);
    for (uint32_t first = 0; first < 12; first++) {
        for (size_t size = 1; size <= LONG - first * (size_t)STREAM_BLOCK_SIZE; size += 61) {
            memset(piece, 0xee, sizeof piece);
            stream_draw(&key, 7 + first, piece, size);
            assert_memory_equal(piece, whole + first * (size_t)STREAM_BLOCK_SIZE, size);
            assert_int_equal(piece[size], 0xee);
        }
    }
}

static void test_another_key_gives_another_stream(void **state)
{
    uint8_t one[16];
    uint8_t other[16];
    (void)state;
    for (uint32_t bit = 0; bit < 8 * HASH_SIZE; bit++) {
        struct hash key = {{0}};
        stream_draw(&key, 0, one, sizeof one);
        key.bytes[bit / 8] = (uint8_t)(1u << bit % 8);
        stream_draw(&key, 0, other, sizeof other);
        assert_memory_not_equal(one, other, sizeof one);
    }
}

static void test_a_stream_ends(void **state)
{
    const struct hash key = {{9}};
    uint8_t bytes[2 * STREAM_BLOCK_SIZE];
    (void)state;
    stream_draw(&key, UINT32_MAX, bytes, STREAM_BLOCK_SIZE);
    stream_draw(&key, UINT32_MAX - 1, bytes, 2 * STREAM_BLOCK_SIZE);
    expect_assert_failure(stream_draw(&key, UINT32_MAX, bytes, STREAM_BLOCK_SIZE + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_stream_is_the_standards),
        cmocka_unit_test(test_pieces_make_the_whole),
        cmocka_unit_test(test_another_key_gives_another_stream),
        cmocka_unit_test(test_a_stream_ends),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
