/*
 * Goal: the quorum rule is what its header promises for every size a network may have.
 */
#include "tests/support/cmocka.h"

#include "consensus/quorum.h"
#include "tests/support/assert_hook.h"

/* Goal: the table in quorum.h, also where n is not 3f + 1. */
static void test_table(void **state)
{
    (void)state;
    const uint16_t faults[] = {0, 0, 0, 1, 1, 1, 2, 2, 2, 3};
    const uint16_t quorums[] = {1, 2, 3, 3, 4, 5, 5, 6, 7, 7};
    for (uint16_t n = 1; n <= 10; n++) {
        assert_int_equal(quorum_faults(n), faults[n - 1]);
        assert_int_equal(quorum_size(n), quorums[n - 1]);
        assert_int_equal(quorum_witness(n), faults[n - 1] + 1);
    }
}

/* Goal: any two quorums share an honest member, and the honest are a quorum, for every n. */
static void test_overlap_and_liveness(void **state)
{
    (void)state;
    for (uint16_t n = 1; n <= CONSENSUS_VALIDATORS_MAX; n++) {
        const int f = quorum_faults(n);
        const int q = quorum_size(n);
        assert_true(2 * q - n > f);
        assert_true(n - f >= q);
        assert_true(3 * (2 * q - n) > n); /* conflicting quorums convict more than a third */
        assert_true(q - f >= f + 1);      /* a quorum contains a witness of honest members */
        assert_true(3 * (f + 1) + 1 > n); /* one more fault would be too many */
    }
}

/* Goal: sizes that cannot be are bugs. */
static void test_refused_sizes(void **state)
{
    (void)state;
    expect_assert_failure((void)quorum_size(0));
    expect_assert_failure((void)quorum_faults(0));
    expect_assert_failure((void)quorum_size(CONSENSUS_VALIDATORS_MAX + 1));
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_overlap_and_liveness),
        cmocka_unit_test(test_refused_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
