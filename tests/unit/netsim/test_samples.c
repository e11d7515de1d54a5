/*
 * Goal: quantiles are samples, by the definition of the header, whatever the order of coming.
 */
#include <stdlib.h>

#include "netsim/lab/samples.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static struct samples samples;

static void an_empty_set_is_zero(void **state)
{
    (void)state;
    assert_int_equal(samples_quantile(&samples, 500), 0);
    assert_int_equal(samples_mean(&samples), 0);
}

/* The definition, word by word. */
static uint64_t slow_quantile(const uint64_t *values, size_t count, uint32_t permille)
{
    uint64_t best = UINT64_MAX;
    for (size_t i = 0; i < count; i++) {
        size_t below = 0;
        for (size_t j = 0; j < count; j++) {
            below += values[j] <= values[i];
        }
        if (below * 1000 >= count * permille && values[i] < best) {
            best = values[i];
        }
    }
    return best;
}

static void quantiles_are_those_of_the_definition(void **state)
{
    (void)state;
    static const uint32_t permilles[] = {0, 1, 250, 500, 501, 900, 990, 999, 1000};
    uint64_t values[40];
    uint64_t draw = 7;
    for (size_t count = 1; count <= 40; count++) {
        samples_free(&samples);
        for (size_t i = 0; i < count; i++) {
            draw = draw * 6364136223846793005u + 1442695040888963407u;
            values[i] = draw >> 60; /* many are equal */
            samples_add(&samples, values[i]);
        }
        for (size_t i = 0; i < sizeof permilles / sizeof permilles[0]; i++) {
            assert_int_equal(samples_quantile(&samples, permilles[i]),
                             slow_quantile(values, count, permilles[i]));
        }
    }
}

static void what_is_added_after_a_look_counts(void **state)
{
    (void)state;
    samples_free(&samples);
    samples_add(&samples, 5);
    assert_int_equal(samples_quantile(&samples, 1000), 5);
    samples_add(&samples, 2);
    samples_add(&samples, 9);
    assert_int_equal(samples_quantile(&samples, 1000), 9);
    assert_int_equal(samples_quantile(&samples, 0), 2);
    assert_int_equal(samples_mean(&samples), 5);
    expect_assert_failure(samples_quantile(&samples, 1001));
    samples_free(&samples);
    assert_int_equal(samples_quantile(&samples, 500), 0);
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_set_is_zero),
        cmocka_unit_test(quantiles_are_those_of_the_definition),
        cmocka_unit_test(what_is_added_after_a_look_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
