/*
 * Goal: the deliverer's amount selects the band, both ends of each band are exact to the cent, and
 * a currency without a band has no tolerance.
 */
#include "ledger/matching/tolerance.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static const struct asset_code eur = {.size = 3, .text = {'E', 'U', 'R'}};
static const struct asset_code usd = {.size = 3, .text = {'U', 'S', 'D'}};

static bool covers(int64_t deliverer, int64_t receiver)
{
    struct rule_set rules;
    rule_set_default(&rules);
    return tolerance_covers(tolerance_of(&rules, &eur), deliverer, receiver);
}

static void test_low_band_is_two_euro(void **state)
{
    (void)state;
    assert_true(covers(10000000, 10000200));
    assert_true(covers(10000000, 9999800));
    assert_false(covers(10000000, 10000201));
    assert_false(covers(10000000, 9999799));
    assert_true(covers(0, 200));
    assert_false(covers(0, 201));
}

static void test_high_band_is_25_euro(void **state)
{
    (void)state;
    assert_true(covers(10000001, 10002501));
    assert_false(covers(10000001, 10002502));
    assert_false(covers(25000000, 25002501));
    assert_true(covers(10000001, 9997501));
    assert_false(covers(10000001, 9997500));
}

/* Two amounts on either side of the threshold match or not, depending on who delivers. */
static void test_the_deliverer_selects_the_band(void **state)
{
    (void)state;
    assert_true(covers(10000001, 9999000));
    assert_false(covers(9999000, 10000001));
}

static void test_a_currency_without_band_is_exact(void **state)
{
    struct rule_set rules;
    (void)state;
    rule_set_default(&rules);
    assert_true(tolerance_covers(tolerance_of(&rules, &usd), 5, 5));
    assert_false(tolerance_covers(tolerance_of(&rules, &usd), 5, 6));
    assert_false(tolerance_covers(tolerance_of(&rules, &usd), 20000000, 19999999));
    assert_int_equal(tolerance_difference_max(tolerance_of(&rules, &usd), INT64_MAX), 0);
}

static void test_extremes_do_not_overflow(void **state)
{
    (void)state;
    assert_false(covers(0, INT64_MAX));
    assert_false(covers(INT64_MAX, 0));
    assert_true(covers(INT64_MAX, INT64_MAX - 2500));
}

static void test_negative_amounts_are_a_bug(void **state)
{
    struct rule_set rules;
    (void)state;
    rule_set_default(&rules);
    expect_assert_failure(tolerance_covers(tolerance_of(&rules, &eur), -1, 0));
    expect_assert_failure(tolerance_covers(tolerance_of(&rules, &eur), 0, -1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_low_band_is_two_euro),
        cmocka_unit_test(test_high_band_is_25_euro),
        cmocka_unit_test(test_the_deliverer_selects_the_band),
        cmocka_unit_test(test_a_currency_without_band_is_exact),
        cmocka_unit_test(test_extremes_do_not_overflow),
        cmocka_unit_test(test_negative_amounts_are_a_bug),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
