/*
 * Connection rate per address: a burst, then one per interval, and no address pays for another.
 */
#include <stdlib.h>

#include "host/channel_admission.h"
#include "tests/support/cmocka.h"

static struct admission admission;

static bool pass(uint64_t address, uint64_t now_ms)
{
    const uint64_t full[2] = {address, 1};
    return admission_pass(&admission, full, now_ms);
}

static void test_a_burst_then_one_per_interval(void **state)
{
    (void)state;
    admission_init(&admission, 3, 100);
    for (int i = 0; i < 3; i++) {
        assert_true(pass(1, 1000));
    }
    assert_false(pass(1, 1000));
    assert_false(pass(1, 1099));
    assert_true(pass(1, 1100));
    assert_false(pass(1, 1100));
    assert_true(pass(2, 1100));
    for (int i = 0; i < 3; i++) { /* credit does not grow beyond the burst */
        assert_true(pass(1, 100000));
    }
    assert_false(pass(1, 100000));
}

static void test_an_earlier_time_gives_nothing(void **state)
{
    (void)state;
    admission_init(&admission, 1, 100);
    assert_true(pass(1, 5000));
    assert_false(pass(1, 1000));
    assert_false(pass(1, 1050));
    assert_true(pass(1, 1100));
}

static void test_a_full_table_forgets_the_oldest(void **state)
{
    (void)state;
    admission_init(&admission, 1, 1000000);
    for (uint64_t address = 0; address < ADMISSION_ADDRESSES; address++) {
        assert_true(pass(address, 1000 + address));
    }
    assert_false(pass(0, 2000));    /* heard of just now */
    assert_true(pass(10000, 2001)); /* takes the place of address 1 */
    assert_false(pass(2, 2002));
    assert_true(pass(1, 2003));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_burst_then_one_per_interval),
        cmocka_unit_test(test_an_earlier_time_gives_nothing),
        cmocka_unit_test(test_a_full_table_forgets_the_oldest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
