/*
 * Goal: a failure is made as small as it can be by taking away single classes, whatever the reasons
 * for it are, and no class is tried that the schedule does not have.
 */
#include "netsim/fuzz/fuzz_runner.h"

#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

struct cause {
    uint32_t needs[2]; /* fails while all classes of either of these sets are there */
    uint32_t faults;
    uint32_t trials;
};

static bool still_fails(void *context, uint32_t without)
{
    struct cause *cause = context;
    cause->trials++;
    assert_int_equal(without & ~cause->faults, 0);
    const uint32_t left = cause->faults & ~without;
    return (left & cause->needs[0]) == cause->needs[0] ||
           (left & cause->needs[1]) == cause->needs[1];
}

static void what_does_not_matter_goes(void **state)
{
    (void)state;
    struct cause cause = {{0x0012, 0x0012}, 0x1F3F, 0};
    const uint32_t without = fuzz_minimise(cause.faults, 0, still_fails, &cause);
    assert_int_equal(cause.faults & ~without, 0x0012);
}

static void one_of_two_reasons_is_left(void **state)
{
    (void)state;
    struct cause cause = {{0x0003, 0x0018}, 0x001F, 0};
    const uint32_t left = cause.faults & ~fuzz_minimise(cause.faults, 0, still_fails, &cause);
    assert_true(left == 0x0003 || left == 0x0018);
}

/* With class 0 gone the others are needed; with class 4 gone first, class 0 can go. */
static bool order_matters(void *context, uint32_t without)
{
    (void)context;
    return (without & 0x01) == 0 || (without & 0x10) != 0;
}

static void a_class_that_could_not_go_at_first_is_tried_again(void **state)
{
    (void)state;
    assert_int_equal(fuzz_minimise(0x11, 0, order_matters, NULL), 0x11);
}

static void a_failure_without_any_class_is_left_with_none(void **state)
{
    (void)state;
    struct cause cause = {{0, 0}, 0x0FF, 0};
    assert_int_equal(fuzz_minimise(cause.faults, 0, still_fails, &cause), 0x0FF);
}

static void a_failure_that_needs_all_stays(void **state)
{
    (void)state;
    struct cause cause = {{0x0FF, 0x0FF}, 0x0FF, 0};
    assert_int_equal(fuzz_minimise(cause.faults, 0, still_fails, &cause), 0);
    assert_int_equal(cause.trials, 8);
}

static void what_was_left_out_before_is_not_tried(void **state)
{
    (void)state;
    struct cause cause = {{0x0001, 0x0001}, 0x000F, 0};
    assert_int_equal(fuzz_minimise(0x000F, 0x000E, still_fails, &cause), 0x000E);
    assert_int_equal(cause.trials, 1);
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_does_not_matter_goes),
        cmocka_unit_test(one_of_two_reasons_is_left),
        cmocka_unit_test(a_class_that_could_not_go_at_first_is_tried_again),
        cmocka_unit_test(a_failure_without_any_class_is_left_with_none),
        cmocka_unit_test(a_failure_that_needs_all_stays),
        cmocka_unit_test(what_was_left_out_before_is_not_tried),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
