/*
 * Goal: checked arithmetic agrees with exact 128-bit arithmetic everywhere, and stores nothing when
 * it refuses.
 */
#include "base/amount.h"
#include "base/prng.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

#define UNTOUCHED 4242

/* Values at which something can tip over. */
static const int64_t edges[] = {
    INT64_MIN, INT64_MIN + 1,       -INT64_C(4294967297), -3,        -2, -1, 0, 1, 2, 3, 10,
    97,        INT64_C(3037000500), INT64_MAX - 1,        INT64_MAX,
};
#define EDGE_COUNT (sizeof(edges) / sizeof(edges[0]))

/* Mostly edges, else any magnitude. */
static int64_t draw(struct prng *prng)
{
    if (prng_chance(prng, 1, 3)) {
        return edges[prng_below(prng, EDGE_COUNT)];
    }
    uint64_t bits = prng_next(prng) >> prng_below(prng, 64);
    int64_t value = (int64_t)(bits >> 1);
    return prng_chance(prng, 1, 2) ? value : -value;
}

static void check(bool fits, int128 exact, int64_t stored)
{
    bool expected = exact >= INT64_MIN && exact <= INT64_MAX;
    assert_int_equal(fits, expected);
    assert_true(stored == (expected ? (int64_t)exact : UNTOUCHED));
}

static void sums_differences_products_are_exact(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 1);
    for (int round = 0; round < 200000; round++) {
        int64_t a = draw(&prng);
        int64_t b = draw(&prng);
        int64_t out = UNTOUCHED;
        bool fits = amount_add(a, b, &out);
        check(fits, (int128)a + b, out);
        out = UNTOUCHED;
        fits = amount_sub(a, b, &out);
        check(fits, (int128)a - b, out);
        out = UNTOUCHED;
        fits = amount_mul(a, b, &out);
        check(fits, (int128)a * b, out);
    }
}

/* floor(n / d) is the one integer q with 0 <= n - q d < d, or the mirror of it for d < 0. */
static int128 slow_floor(int128 numerator, int128 divisor)
{
    if (divisor < 0) {
        numerator = -numerator;
        divisor = -divisor;
    }
    int128 quotient = numerator / divisor;
    while (quotient * divisor > numerator) {
        quotient--;
    }
    return quotient;
}

static void mul_div_is_the_floor_of_the_exact_quotient(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 2);
    for (int round = 0; round < 200000; round++) {
        int64_t a = draw(&prng);
        int64_t b = draw(&prng);
        int64_t divisor = draw(&prng);
        int64_t out = UNTOUCHED;
        bool fits = amount_mul_div(a, b, divisor, &out);
        if (divisor == 0) {
            assert_false(fits);
            assert_true(out == UNTOUCHED);
        } else {
            check(fits, slow_floor((int128)a * b, divisor), out);
        }
    }
}

static void the_examples_of_the_header_hold(void **state)
{
    (void)state;
    int64_t out = UNTOUCHED;
    assert_false(amount_add(INT64_MAX, 1, &out));
    assert_true(out == UNTOUCHED);
    assert_true(amount_mul_div(10, 7, 3, &out));
    assert_true(out == 23);
    assert_true(amount_mul_div(-10, 7, 3, &out));
    assert_true(out == -24);
    assert_true(amount_mul_div(INT64_MAX, 4, 8, &out));
    assert_true(out == INT64_C(4611686018427387903));
    assert_false(amount_mul_div(INT64_MIN, 1, -1, &out));
    assert_false(amount_mul_div(INT64_MAX, INT64_MAX, 1, &out));
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_differences_products_are_exact),
        cmocka_unit_test(mul_div_is_the_floor_of_the_exact_quotient),
        cmocka_unit_test(the_examples_of_the_header_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
