/*
 * Goal: a number on a command line is what it says, or is refused.
 */
#include "netsim/number_option.h"

#include "tests/support/cmocka.h"

static void a_number_within_its_bounds_is_taken(void **state)
{
    (void)state;
    struct number_option options[] = {{"--seed", 0, UINT64_MAX, 7, false},
                                      {"--jobs", 1, 64, 1, false}};
    assert_true(number_option_take(options, 2, "--jobs", "64"));
    assert_true(options[1].given);
    assert_int_equal(options[1].value, 64);
    assert_false(options[0].given);
    assert_int_equal(options[0].value, 7);
    assert_true(number_option_take(options, 2, "--seed", "18446744073709551615"));
    assert_true(options[0].value == UINT64_MAX);
}

static void anything_else_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",   "0",   "65", "-1", "+1",  " 1",
                                        "1 ", "1.5", "x",  "1x", "0x2", "18446744073709551616"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct number_option option = {"--jobs", 1, 64, 1, false};
        assert_false(number_option_take(&option, 1, "--jobs", wrong[i]));
        assert_false(option.given);
    }
}

static void an_option_of_another_name_is_refused(void **state)
{
    (void)state;
    struct number_option option = {"--jobs", 1, 64, 1, false};
    assert_false(number_option_take(&option, 1, "--job", "2"));
    assert_int_equal(option.value, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_within_its_bounds_is_taken),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(an_option_of_another_name_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
