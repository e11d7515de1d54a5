/*
 * Goal: arrivals follow their rate exactly (even) or on average (random), never before the first
 * point; the integer logarithm, power and choice are as exact as their headers say.
 */
#include "netsim/market/arrivals.h"

#include "netsim/market/logarithm.h"
#include "netsim/market/zipf.h"
#include "tests/support/cmocka.h"

enum {
    SECOND_US = 1000000
};

/* The example of the header: 5 t^2 arrivals up to t. */
static void a_rising_rate(void **state)
{
    const struct workload_point points[] = {{0, 0}, {10 * SECOND_US, 100}};
    struct arrivals arrivals;
    (void)state;
    arrivals_init(&arrivals, points, 2, true, 1, 0);
    assert_int_equal(arrivals_next(&arrivals, 0), 0);
    assert_in_range(arrivals_next(&arrivals, 1), 447213, 447215);
    assert_in_range(arrivals_next(&arrivals, 1), 632455, 632457);
    assert_in_range(arrivals_next(&arrivals, 1), 774596, 774598);
    assert_int_equal(arrivals_next(&arrivals, 497), 10 * SECOND_US);
    assert_int_equal(arrivals_next(&arrivals, 100), 11 * SECOND_US);
}

static void a_falling_rate_ends(void **state)
{
    const struct workload_point points[] = {{2 * SECOND_US, 100}, {4 * SECOND_US, 0}};
    struct arrivals arrivals;
    (void)state;
    arrivals_init(&arrivals, points, 2, true, 1, 0);
    assert_int_equal(arrivals_next(&arrivals, 0), 2 * SECOND_US);
    assert_in_range(arrivals_next(&arrivals, 75), 3 * SECOND_US - 1, 3 * SECOND_US + 1);
    assert_in_range(arrivals_next(&arrivals, 25), 4 * SECOND_US - 200, 4 * SECOND_US);
    assert_int_equal(arrivals_next(&arrivals, 1), UINT64_MAX);
}

/* Whoever begins late has missed what came before. */
static void beginning_late(void **state)
{
    const struct workload_point points[] = {{0, 1000}};
    struct arrivals arrivals;
    (void)state;
    arrivals_init(&arrivals, points, 1, true, 1, 5 * SECOND_US + 300);
    assert_int_equal(arrivals_next(&arrivals, 0), 5 * SECOND_US + 300);
    assert_int_equal(arrivals_next(&arrivals, 1), 5 * SECOND_US + 1300);
}

static void random_arrivals_keep_the_rate(void **state)
{
    const struct workload_point points[] = {{0, 500}};
    struct arrivals arrivals;
    uint64_t last_us = 0;
    uint64_t shorter = 0;
    (void)state;
    arrivals_init(&arrivals, points, 1, false, 7, 0);
    for (int i = 0; i < 100000; i++) {
        uint64_t time_us = arrivals_next(&arrivals, 1);
        assert_true(time_us >= last_us);
        shorter += time_us - last_us < 1386 ? 1 : 0; /* the median of the gaps: 2000 ln 2 */
        last_us = time_us;
    }
    assert_in_range(last_us, 198 * (uint64_t)SECOND_US, 202 * (uint64_t)SECOND_US);
    assert_in_range(shorter, 49000, 51000);
}

static void illegal_points(void **state)
{
    const struct workload_point backwards[] = {{5, 1}, {4, 1}};
    const struct workload_point twice[] = {{5, 1}, {5, 2}};
    const struct workload_point late[] = {{ARRIVALS_TIME_MAX + 1, 1}};
    const struct workload_point fast[] = {{0, ARRIVALS_RATE_MAX + 1}};
    const struct workload_point good[] = {{0, ARRIVALS_RATE_MAX}, {ARRIVALS_TIME_MAX, 0}};
    (void)state;
    assert_false(arrivals_legal(backwards, 2));
    assert_false(arrivals_legal(twice, 2));
    assert_false(arrivals_legal(late, 1));
    assert_false(arrivals_legal(fast, 1));
    assert_false(arrivals_legal(good, 0));
    assert_false(arrivals_legal(good, WORKLOAD_POINTS_MAX + 1));
    assert_true(arrivals_legal(good, 2));
}

static void logarithms(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 64; i++) {
        assert_int_equal(logarithm_base2(UINT64_C(1) << i), i << 32);
    }
    assert_in_range(logarithm_base2(10), 14267572526, 14267572528); /* 3.3219280948873623 */
    assert_in_range(logarithm_base2(UINT64_MAX), (UINT64_C(64) << 32) - 2, UINT64_C(64) << 32);
}

static void powers(void **state)
{
    (void)state;
    assert_int_equal(logarithm_power(0), LOGARITHM_POWER_ONE);
    assert_int_equal(logarithm_power(UINT64_C(7) << 32), LOGARITHM_POWER_ONE >> 7);
    assert_int_equal(logarithm_power(UINT64_C(41) << 32), 0);
    /* 2^-log2(n) is 1/n */
    for (uint64_t n = 1; n < 5000; n++) {
        uint64_t power = logarithm_power(logarithm_base2(n));
        uint64_t exact = LOGARITHM_POWER_ONE / n;
        assert_in_range(power, exact - (exact >> 15) - 1, exact + (exact >> 15) + 1);
    }
}

/* s = 1, n = 3: 6 : 3 : 2. */
static void zipf_of_three(void **state)
{
    struct prng prng;
    struct zipf zipf;
    uint32_t counts[3] = {0};
    (void)state;
    prng_init(&prng, 3);
    assert_true(zipf_init(&zipf, 3, 1000));
    for (int i = 0; i < 110000; i++) {
        counts[zipf_draw(&zipf, &prng)]++;
    }
    assert_in_range(counts[0], 59000, 61000);
    assert_in_range(counts[1], 29000, 31000);
    assert_in_range(counts[2], 19000, 21000);
    zipf_free(&zipf);
}

static void zipf_evenly(void **state)
{
    struct prng prng;
    struct zipf zipf;
    uint32_t counts[10] = {0};
    (void)state;
    prng_init(&prng, 3);
    assert_true(zipf_init(&zipf, 10, 0));
    for (int i = 0; i < 100000; i++) {
        counts[zipf_draw(&zipf, &prng)]++;
    }
    for (int i = 0; i < 10; i++) {
        assert_in_range(counts[i], 9600, 10400);
    }
    zipf_free(&zipf);
}

static void zipf_out_of_range(void **state)
{
    struct zipf zipf;
    (void)state;
    assert_false(zipf_init(&zipf, 0, 1000));
    assert_false(zipf_init(&zipf, ZIPF_COUNT_MAX + 1, 1000));
    assert_false(zipf_init(&zipf, 10, ZIPF_EXPONENT_MAX + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rising_rate),  cmocka_unit_test(a_falling_rate_ends),
        cmocka_unit_test(beginning_late), cmocka_unit_test(random_arrivals_keep_the_rate),
        cmocka_unit_test(illegal_points), cmocka_unit_test(logarithms),
        cmocka_unit_test(powers),         cmocka_unit_test(zipf_of_three),
        cmocka_unit_test(zipf_evenly),    cmocka_unit_test(zipf_out_of_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
