/*
 * Goal: [S]B - [k]A in lanes is what libsodium's arithmetic of points says for any S and k, also
 * those whose digits are all extreme, with tables of A made beforehand too, and the table of B's
 * multiples holds B's multiples. What needs the lanes is skipped, saying so, where the processor
 * has none.
 */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/prng.h"
#include "crypto/known_lanes.h"
#include "crypto/sign_lanes.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/crypto/slow_field.h"

/* L - 1, the lowest byte first. */
static const uint8_t greatest[32] = {
    0xec, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};

/* Numbers below L: 0, 1, L - 1, every byte the same below the highest, one bit, or any. */
static void scalar_draw(struct prng *prng, uint8_t out[32])
{
    static const uint8_t bytes[] = {0x00, 0x01, 0x07, 0x08, 0x77, 0x78, 0x7f, 0x80,
                                    0x81, 0x87, 0x88, 0x8f, 0xf7, 0xf8, 0xff};
    uint8_t wide[64];
    uint64_t kind = prng_below(prng, 8);
    memset(out, 0, 32);
    if (kind == 0) {
        memcpy(out, greatest, 32);
    } else if (kind == 1) {
        uint64_t bit = prng_below(prng, 252);
        out[bit / 8] = (uint8_t)(1u << bit % 8);
    } else if (kind < 6) {
        memset(out, bytes[prng_below(prng, sizeof(bytes))], 32);
        out[31] = kind == 5 ? 0x0f : 0;
    } else {
        prng_fill(prng, wide, sizeof(wide));
        crypto_core_ed25519_scalar_reduce(out, wide);
    }
}

/* [n]P into out; false where that is the neutral point, which libsodium refuses. */
static bool multiple(const uint8_t n[32], const uint8_t *point, uint8_t out[32])
{
    return (point == NULL ? crypto_scalarmult_ed25519_base_noclamp(out, n)
                          : crypto_scalarmult_ed25519_noclamp(out, n, point)) == 0;
}

/* [S]B - [k]A, with libsodium. */
static void wanted(const uint8_t k[32], const struct public_key *key, struct signature *signature)
{
    const uint8_t *s = signature->bytes + 32;
    uint8_t left[32];
    uint8_t right[32];
    bool has_left = multiple(s, NULL, left);
    bool has_right = multiple(k, key->bytes, right);
    memset(signature->bytes, 0, 32);
    signature->bytes[0] = 1;
    if (has_left) {
        memcpy(signature->bytes, left, sizeof(left));
    }
    if (has_right) {
        assert_int_equal(crypto_core_ed25519_sub(signature->bytes, signature->bytes, right), 0);
    }
}

static void sums_of_multiples_are_those_of_libsodium(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 1);
    if (!sign_way_supported(SIGN_WAY_IFMA)) {
        printf("skipped: this processor has no AVX-512 IFMA\n");
        return;
    }
    for (int round = 0; round < 60; round++) {
        struct sign_lanes group;
        uint8_t expected = 0xff;
        memset(&group, 0, sizeof(group));
        for (uint32_t lane = 0; lane < SIGN_LANES; lane++) {
            struct public_key key;
            struct signature signature;
            uint8_t k[32];
            uint8_t a[32];
            scalar_draw(&prng, a);
            if (!multiple(a, NULL, key.bytes)) {
                memset(a, 1, 16);
                assert_true(multiple(a, NULL, key.bytes));
            }
            scalar_draw(&prng, k);
            scalar_draw(&prng, signature.bytes + 32);
            wanted(k, &key, &signature);
            if (prng_below(&prng, 4) == 0) {
                uint64_t bit = prng_below(&prng, 256);
                signature.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
                expected ^= (uint8_t)(1u << lane);
            }
            sign_lanes_put(&group, lane, &key, k, &signature);
        }
        assert_int_equal(sign_lanes_check_ifma(&group), expected);
    }
}

/* Where the lanes share a single sum, by the tables of a key. */
static void sums_for_a_known_key_are_those_of_libsodium(void **state)
{
    (void)state;
    static struct known_tables base;
    static struct known_tables tables;
    uint8_t minus_base[32];
    uint8_t a[32] = {1};
    struct prng prng;
    prng_init(&prng, 3);
    if (!sign_way_supported(SIGN_WAY_IFMA)) {
        printf("skipped: this processor has no AVX-512 IFMA\n");
        return;
    }
    assert_true(multiple(a, NULL, minus_base));
    minus_base[31] ^= 0x80;
    assert_true(known_tables_make_ifma(minus_base, &base));
    for (int round = 0; round < 800; round++) {
        struct public_key key;
        struct signature signature;
        struct known_digits digits[2];
        uint8_t k[32];
        uint8_t sum[32];
        scalar_draw(&prng, a);
        if (!multiple(a, NULL, key.bytes)) {
            continue;
        }
        scalar_draw(&prng, k);
        scalar_draw(&prng, signature.bytes + 32);
        wanted(k, &key, &signature);
        assert_true(known_tables_make_ifma(key.bytes, &tables));
        known_digits_put(k, &digits[0]);
        known_digits_put(signature.bytes + 32, &digits[1]);
        known_combine_ifma(&tables, &digits[0], &base, &digits[1], sum);
        assert_memory_equal(sum, signature.bytes, sizeof(sum));
    }
}

/* With k = 0 nothing but the curve can tell whether A is a point. */
static void a_key_off_the_curve_is_refused(void **state)
{
    (void)state;
    const uint8_t neutral[32] = {1};
    uint32_t off = 0;
    if (!sign_way_supported(SIGN_WAY_IFMA)) {
        printf("skipped: this processor has no AVX-512 IFMA\n");
        return;
    }
    for (uint8_t first = 2; first < 100; first = (uint8_t)(first + SIGN_LANES)) {
        const uint8_t k[32] = {0};
        struct sign_lanes group;
        uint8_t expected = 0;
        memset(&group, 0, sizeof(group));
        for (uint32_t lane = 0; lane < SIGN_LANES; lane++) {
            const struct public_key key = {{(uint8_t)(first + lane)}};
            struct signature signature = {{0}};
            uint8_t sum[32];
            signature.bytes[32] = 5;
            assert_true(multiple(signature.bytes + 32, NULL, signature.bytes));
            if (crypto_core_ed25519_add(sum, key.bytes, neutral) == 0) {
                expected |= (uint8_t)(1u << lane);
            } else {
                off++;
            }
            sign_lanes_put(&group, lane, &key, k, &signature);
        }
        assert_int_equal(sign_lanes_check_ifma(&group), expected);
    }
    assert_true(off > 30);
    assert_true(off < 70);
}

/* A row of the table: y + x, y - x and 2 d x y. */
static void row_check(const uint64_t row[SIGN_BASE_WORDS], const uint8_t encoding[32])
{
    uint8_t bytes[32];
    memcpy(bytes, encoding, 32);
    bytes[31] &= 0x7f;
    struct slow y = slow_from_bytes(bytes);
    struct slow plus = slow_from_limbs(row);
    struct slow minus = slow_from_limbs(row + 5);
    struct slow x = slow_add(plus, slow_negate(y));
    struct slow xy = slow_multiply(x, y);
    /* d = -121665 / 121666 */
    struct slow product = slow_multiply(slow_from_limbs(row + 10), slow_from_word(121666));
    struct slow twice = slow_multiply(slow_add(xy, xy), slow_from_word(121665));
    assert_true(slow_equal(slow_add(plus, minus), slow_add(y, y)));
    assert_int_equal(x.bytes[0] & 1, encoding[31] >> 7);
    assert_true(slow_equal(product, slow_negate(twice)));
    for (size_t i = 0; i < 15; i++) {
        assert_true(row[i] < UINT64_C(1) << 51);
    }
    assert_int_equal(row[15], 0);
    /* (y^2 - x^2) 121666 = 121666 - 121665 x^2 y^2: x is the right one but for its sign. */
    struct slow left = slow_add(slow_multiply(y, y), slow_negate(slow_multiply(x, x)));
    struct slow right = slow_multiply(slow_multiply(xy, xy), slow_from_word(121665));
    assert_true(slow_equal(slow_multiply(left, slow_from_word(121666)),
                           slow_add(slow_from_word(121666), slow_negate(right))));
}

static void the_table_holds_the_multiples_of_the_base_point(void **state)
{
    (void)state;
    uint8_t encoding[32] = {1};
    row_check(sign_base[0], encoding);
    for (uint32_t i = 1; i <= SIGN_BASE_MULTIPLES; i++) {
        const uint8_t n[32] = {(uint8_t)i};
        assert_true(multiple(n, NULL, encoding));
        row_check(sign_base[i], encoding);
    }
}

/* The digits add up to the number, each from -half to half - 1 of the base. */
static void digits_check(const struct sign_digit *digits, uint32_t bits, uint32_t lane,
                         const uint8_t number[32])
{
    int64_t carry = 0;
    int32_t half = 1 << (bits - 1);
    for (uint32_t i = 0; i < 256 / bits; i++) {
        int32_t size = digits[i].size[lane];
        int32_t digit = digits[i].negative >> lane & 1 ? -size : size;
        assert_true(digit >= -half);
        assert_true(digit < half);
        carry += digit;
        int64_t own = number[i * bits / 8] >> i * bits % 8 & (2 * half - 1);
        assert_int_equal((carry - own) % (2 * half), 0);
        carry = (carry - own) / (2 * half);
    }
    assert_int_equal(carry, 0);
}

static void digits_add_up_to_the_number(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 2);
    for (int round = 0; round < 200; round++) {
        const struct public_key key = {{7}};
        struct sign_lanes group;
        struct signature signatures[SIGN_LANES] = {{{0}}};
        uint8_t k[SIGN_LANES][32];
        memset(&group, 0, sizeof(group));
        for (uint32_t lane = 0; lane < SIGN_LANES; lane++) {
            scalar_draw(&prng, k[lane]);
            scalar_draw(&prng, signatures[lane].bytes + 32);
            sign_lanes_put(&group, lane, &key, k[lane], &signatures[lane]);
        }
        for (uint32_t lane = 0; lane < SIGN_LANES; lane++) {
            digits_check(group.k, 4, lane, k[lane]);
            digits_check(group.s, 8, lane, signatures[lane].bytes + 32);
        }
    }
}

static void misuse_is_asserted(void **state)
{
    (void)state;
    static struct sign_lanes group;
    const struct public_key key = {{7}};
    struct signature signature = {{0}};
    uint8_t k[32] = {0};
    expect_assert_failure(sign_lanes_put(&group, SIGN_LANES, &key, k, &signature));
    memset(k, 0xff, sizeof(k));
    expect_assert_failure(sign_lanes_put(&group, 0, &key, k, &signature));
}

static int set_up(void **state)
{
    (void)state;
    return sodium_init() < 0 ? -1 : 0;
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_of_multiples_are_those_of_libsodium),
        cmocka_unit_test(sums_for_a_known_key_are_those_of_libsodium),
        cmocka_unit_test(a_key_off_the_curve_is_refused),
        cmocka_unit_test(the_table_holds_the_multiples_of_the_base_point),
        cmocka_unit_test(digits_add_up_to_the_number),
        cmocka_unit_test(misuse_is_asserted),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
