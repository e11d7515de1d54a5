/*
 * Goal: hashes are BLAKE2b-256 with the domain's name as personalisation, the same in pieces as in
 * one, and unrelated across domains.
 */
#include <sodium.h>
#include <string.h>

#include "base/prng.h"
#include "crypto/hash.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static void hex_is(const struct hash *hash, const char *expected)
{
    char hex[2 * HASH_SIZE + 1];
    sodium_bin2hex(hex, sizeof(hex), hash->bytes, HASH_SIZE);
    assert_string_equal(hex, expected);
}

/* Made with Python: hashlib.blake2b(data, digest_size=32, person=b"tally1:header").hexdigest() */
static void other_implementations_agree(void **state)
{
    (void)state;
    struct hash hash;
    hash_compute(&hash, HASH_HEADER, "tally", 5);
    hex_is(&hash, "f11a974d9e56f003c51eff638b8625afc83b8729cf74e1bd3cc5410e7b6b2b5d");
    hash_compute(&hash, HASH_HEADER, NULL, 0);
    hex_is(&hash, "159439e877dabf4bbb7a1bde9c8f34469be9ba120db816f5c06d437e98a5becd");
    hash_compute(&hash, HASH_MERKLE_NODE, "tally", 5);
    hex_is(&hash, "c747d7d6b8e99b2d0839c2232e3cadf61a5314cc09348514e20bf715b44445a1");
    hash_keyed(&hash, HASH_SALT, "0123456789abcdef", 16, "tally", 5);
    hex_is(&hash, "a39512acb679951574b6c32c1c6725938afdcca0f2c19157578652d6249a9c13");
}

static void domains_are_unrelated(void **state)
{
    (void)state;
    struct hash hashes[HASH_DOMAIN_COUNT];
    for (int i = 0; i < HASH_DOMAIN_COUNT; i++) {
        hash_compute(&hashes[i], (enum hash_domain)i, "same", 4);
        for (int j = 0; j < i; j++) {
            assert_false(hash_equal(&hashes[i], &hashes[j]));
        }
    }
}

static void pieces_make_the_same_hash(void **state)
{
    (void)state;
    uint8_t data[500];
    struct prng prng;
    prng_init(&prng, 1);
    prng_fill(&prng, data, sizeof(data));
    for (int round = 0; round < 500; round++) {
        size_t size = (size_t)prng_below(&prng, sizeof(data) + 1);
        struct hash whole;
        struct hash pieced;
        struct hash_state in_progress;
        hash_compute(&whole, HASH_BATCH, data, size);
        hash_begin(&in_progress, HASH_BATCH);
        for (size_t at = 0; at < size;) {
            size_t piece = 1 + (size_t)prng_below(&prng, size - at);
            hash_add(&in_progress, data + at, piece);
            hash_add(&in_progress, NULL, 0);
            at += piece;
        }
        struct hash_state fork = in_progress;
        hash_add(&fork, "x", 1);
        hash_end(&in_progress, &pieced);
        assert_true(hash_equal(&whole, &pieced));
        hash_end(&fork, &pieced);
        assert_false(hash_equal(&whole, &pieced));
    }
}

static void integers_are_added_little_endian(void **state)
{
    (void)state;
    const uint8_t bytes[12] = {4, 3, 2, 1, 12, 11, 10, 9, 8, 7, 6, 5};
    struct hash expected;
    struct hash got;
    struct hash_state in_progress;
    hash_compute(&expected, HASH_RESULT, bytes, sizeof(bytes));
    hash_begin(&in_progress, HASH_RESULT);
    hash_add_u32(&in_progress, 0x01020304);
    hash_add_u64(&in_progress, UINT64_C(0x05060708090a0b0c));
    hash_end(&in_progress, &got);
    assert_true(hash_equal(&expected, &got));
}

static void keys_separate_hashes(void **state)
{
    (void)state;
    uint8_t key[64] = {0};
    struct hash plain;
    struct hash first;
    struct hash second;
    hash_compute(&plain, HASH_SALT, "m", 1);
    hash_keyed(&first, HASH_SALT, key, 32, "m", 1);
    key[31] = 1;
    hash_keyed(&second, HASH_SALT, key, 32, "m", 1);
    assert_false(hash_equal(&plain, &first));
    assert_false(hash_equal(&first, &second));
    hash_keyed(&second, HASH_SALT, key, 64, "m", 1);
    expect_assert_failure(hash_keyed(&first, HASH_SALT, key, 15, "m", 1));
    expect_assert_failure(hash_keyed(&first, HASH_SALT, key, 65, "m", 1));
}

static void comparisons_see_every_bit(void **state)
{
    (void)state;
    struct hash zero = {{0}};
    assert_true(hash_is_zero(&zero));
    for (size_t bit = 0; bit < 8 * HASH_SIZE; bit++) {
        struct hash one = zero;
        one.bytes[bit / 8] = (uint8_t)(1u << bit % 8);
        assert_false(hash_is_zero(&one));
        assert_false(hash_equal(&zero, &one));
        assert_true(hash_compare(&zero, &one) < 0 && hash_compare(&one, &zero) > 0);
    }
    assert_true(hash_equal(&zero, &zero) && hash_compare(&zero, &zero) == 0);
}

static void misuse_is_asserted(void **state)
{
    (void)state;
    struct hash hash;
    expect_assert_failure(hash_compute(&hash, HASH_DOMAIN_COUNT, "", 0));
    expect_assert_failure(hash_compute(&hash, HASH_BODY, NULL, 1));
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_implementations_agree),
        cmocka_unit_test(domains_are_unrelated),
        cmocka_unit_test(pieces_make_the_same_hash),
        cmocka_unit_test(integers_are_added_little_endian),
        cmocka_unit_test(keys_separate_hashes),
        cmocka_unit_test(comparisons_see_every_bit),
        cmocka_unit_test(misuse_is_asserted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
