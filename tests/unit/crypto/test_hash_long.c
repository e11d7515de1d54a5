/*
 * Goal: the hash of many bytes is what its rule says, whatever their number, and every byte, the
 * size and the order of the pieces count.
 */
#include <sodium.h>
#include <string.h>

#include "base/prng.h"
#include "crypto/hash_long.h"
#include "crypto/hash_many.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

enum {
    BYTES_MAX = 100000,
};

static uint8_t data[BYTES_MAX + 2];

/* The rule, piece by piece. */
static void model(struct hash *out, const uint8_t *bytes, size_t size)
{
    struct hash_state state;
    hash_begin(&state, HASH_PIECES);
    hash_add_u64(&state, size);
    for (size_t at = 0; at < size; at += HASH_PIECE_SIZE) {
        struct hash piece;
        hash_compute(&piece, HASH_PIECE, bytes + at,
                     size - at < HASH_PIECE_SIZE ? size - at : HASH_PIECE_SIZE);
        hash_add(&state, piece.bytes, HASH_SIZE);
    }
    hash_end(&state, out);
}

static void hex_is(size_t size, const char *expected)
{
    char hex[2 * HASH_SIZE + 1];
    struct hash hash;
    hash_long(&hash, data, size);
    sodium_bin2hex(hex, sizeof(hex), hash.bytes, HASH_SIZE);
    assert_string_equal(hex, expected);
}

/* Made with the lines of Python in the header. */
static void other_implementations_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)(i % 251);
    }
    hex_is(0, "0efaacccfb2557160d0f991c36437091b8f8001aecc2dd5a4ac12da586f14106");
    hex_is(1024, "b6f2d7ccd2578c78c6c48719d36b9e96feef3e70c3e027283b04d0d4f655fa70");
    hex_is(100000, "8661e13dc264461ca1acaf1e29aab67ac0b2f6e3ace1d5896d5af37e7a5597dc");
    memcpy(data, "tally", 5);
    hex_is(5, "b89fc536d53b386baefa58290d4961b9e02dbeb677dd05b05a20f01e77cc5eb5");
}

static void every_size_is_as_the_rule_says(void **state)
{
    (void)state;
    struct prng prng;
    struct hash wanted;
    struct hash got;
    prng_init(&prng, 1);
    prng_fill(&prng, data, sizeof(data));
    for (size_t size = 0; size <= BYTES_MAX; size += size < 3 * HASH_PIECE_SIZE ? 1 : 977) {
        model(&wanted, data, size);
        hash_long(&got, data, size);
        assert_true(hash_equal(&wanted, &got));
    }
    for (size_t pieces = HASH_MANY - 1; pieces <= HASH_MANY + 1; pieces++) {
        for (size_t size = pieces * HASH_PIECE_SIZE - 1; size <= pieces * HASH_PIECE_SIZE + 1;
             size++) {
            model(&wanted, data, size);
            hash_long(&got, data, size);
            assert_true(hash_equal(&wanted, &got));
        }
    }
}

static void every_byte_counts(void **state)
{
    (void)state;
    struct hash before;
    struct hash after;
    size_t size = 2 * HASH_PIECE_SIZE + 7;
    hash_long(&before, data, size);
    for (size_t i = 0; i < size; i++) {
        data[i] ^= 1;
        hash_long(&after, data, size);
        assert_false(hash_equal(&before, &after));
        data[i] ^= 1;
    }
    hash_long(&after, data, size - 1);
    assert_false(hash_equal(&before, &after));
    hash_long(&after, data, size + 1);
    assert_false(hash_equal(&before, &after));
}

/* Pieces that change places, and a list of hashes shown as bytes, are other hashes. */
static void pieces_stay_where_they_are(void **state)
{
    (void)state;
    struct hash hash;
    struct hash other;
    uint8_t list[8 + 2 * HASH_SIZE] = {0};
    memset(data, 1, HASH_PIECE_SIZE);
    memset(data + HASH_PIECE_SIZE, 2, HASH_PIECE_SIZE);
    hash_long(&hash, data, (size_t)2 * HASH_PIECE_SIZE);
    list[1] = 8; /* 2048 */
    hash_compute(&other, HASH_PIECE, data, HASH_PIECE_SIZE);
    memcpy(list + 8, other.bytes, HASH_SIZE);
    hash_compute(&other, HASH_PIECE, data + HASH_PIECE_SIZE, HASH_PIECE_SIZE);
    memcpy(list + 8 + HASH_SIZE, other.bytes, HASH_SIZE);
    hash_compute(&other, HASH_PIECES, list, sizeof(list));
    assert_true(hash_equal(&hash, &other));
    hash_long(&other, list, sizeof(list));
    assert_false(hash_equal(&hash, &other));
    memset(data, 2, HASH_PIECE_SIZE);
    memset(data + HASH_PIECE_SIZE, 1, HASH_PIECE_SIZE);
    hash_long(&other, data, (size_t)2 * HASH_PIECE_SIZE);
    assert_false(hash_equal(&hash, &other));
}

static void misuse_is_asserted(void **state)
{
    (void)state;
    struct hash hash;
    hash_long(&hash, NULL, 0);
    expect_assert_failure(hash_long(&hash, NULL, 1));
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_implementations_agree),
        cmocka_unit_test(every_size_is_as_the_rule_says),
        cmocka_unit_test(every_byte_counts),
        cmocka_unit_test(pieces_stay_where_they_are),
        cmocka_unit_test(misuse_is_asserted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
