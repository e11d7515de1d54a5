/*
 * Goal: quantiles are within 1/32 above the exact ones from a sorted list, for any distribution,
 * and merging is the same as recording everything in one.
 */
#include <stdlib.h>
#include <string.h>

#include "base/histogram.h"
#include "base/prng.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

#define SAMPLES 2000

static int value_compare(const void *a, const void *b)
{
    uint64_t first = 0;
    uint64_t second = 0;
    memcpy(&first, a, sizeof(first));
    memcpy(&second, b, sizeof(second));
    return (first > second) - (first < second);
}

/* The smallest sample that at least permille thousandths do not exceed. */
static uint64_t exact_quantile(const uint64_t *sorted, uint64_t count, uint32_t permille)
{
    uint64_t rank = (count * permille + 999) / 1000;
    return sorted[rank == 0 ? 0 : rank - 1];
}

static void quantiles_are_close_to_the_sorted_list(void **state)
{
    (void)state;
    static struct histogram histogram;
    static uint64_t samples[SAMPLES];
    struct prng prng;
    prng_init(&prng, 1);
    for (unsigned round = 0; round < 100; round++) {
        histogram_init(&histogram);
        uint64_t count = 1 + prng_below(&prng, SAMPLES);
        unsigned spread = (unsigned)prng_below(&prng, 64);
        histogram_sum sum = 0;
        for (uint64_t i = 0; i < count; i++) {
            samples[i] = prng_next(&prng) >> (prng_below(&prng, 63 - spread / 2) + spread / 2);
            histogram_record(&histogram, samples[i]);
            sum += samples[i];
        }
        qsort(samples, (size_t)count, sizeof(samples[0]), value_compare);
        assert_true(histogram_count(&histogram) == count);
        assert_true(histogram_min(&histogram) == samples[0]);
        assert_true(histogram_max(&histogram) == samples[count - 1]);
        assert_true(histogram_mean(&histogram) == (uint64_t)(sum / count));
        for (uint32_t permille = 0; permille <= 1000; permille++) {
            uint64_t exact = exact_quantile(samples, count, permille);
            uint64_t got = histogram_quantile(&histogram, permille);
            assert_true(got >= exact);
            assert_true(got - exact <= exact / HISTOGRAM_PARTS);
        }
    }
}

static void small_values_are_exact(void **state)
{
    (void)state;
    static struct histogram histogram;
    histogram_init(&histogram);
    for (uint64_t value = 0; value < 64; value++) {
        histogram_record(&histogram, value);
    }
    for (uint32_t value = 0; value < 64; value++) {
        assert_true(histogram_quantile(&histogram, (value + 1) * 1000 / 64) == value);
    }
}

static void the_whole_range_can_be_recorded(void **state)
{
    (void)state;
    static struct histogram histogram;
    histogram_init(&histogram);
    for (int i = 0; i < 3; i++) {
        histogram_record(&histogram, UINT64_MAX);
    }
    histogram_record(&histogram, 0);
    assert_true(histogram_max(&histogram) == UINT64_MAX);
    assert_true(histogram_quantile(&histogram, 1000) == UINT64_MAX);
    assert_true(histogram_quantile(&histogram, 0) == 0);
    assert_true(histogram_mean(&histogram) == UINT64_MAX / 4 * 3 + 2);
}

static void merging_is_recording_in_one(void **state)
{
    (void)state;
    static struct histogram parts[3];
    static struct histogram merged;
    static struct histogram whole;
    struct prng prng;
    prng_init(&prng, 2);
    histogram_init(&merged);
    histogram_init(&whole);
    for (int i = 0; i < 3; i++) {
        histogram_init(&parts[i]);
    }
    for (int i = 0; i < 1000; i++) {
        uint64_t value = prng_next(&prng) >> prng_below(&prng, 64);
        histogram_record(&parts[prng_below(&prng, 2)], value); /* the third stays empty */
        histogram_record(&whole, value);
    }
    for (int i = 2; i >= 0; i--) {
        histogram_merge(&merged, &parts[i]);
    }
    assert_true(merged.count == whole.count && merged.sum == whole.sum);
    assert_true(merged.min == whole.min && merged.max == whole.max);
    assert_memory_equal(merged.buckets, whole.buckets, sizeof(whole.buckets));
}

static void empty_gives_zeros(void **state)
{
    (void)state;
    static struct histogram histogram;
    histogram_init(&histogram);
    assert_true(histogram_quantile(&histogram, 500) == 0);
    assert_true(histogram_mean(&histogram) == 0);
    assert_true(histogram_min(&histogram) == 0 && histogram_max(&histogram) == 0);
    expect_assert_failure((void)histogram_quantile(&histogram, 1001));
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_are_close_to_the_sorted_list),
        cmocka_unit_test(small_values_are_exact),
        cmocka_unit_test(the_whole_range_can_be_recorded),
        cmocka_unit_test(merging_is_recording_in_one),
        cmocka_unit_test(empty_gives_zeros),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
