/*
 * Goal: everybody leads once in n views, in an order that depends on the anchor and the epoch only.
 */
#include "tests/support/cmocka.h"

#include <string.h>

#include "consensus/leader.h"

static void test_everyone_leads_once(void **state)
{
    (void)state;
    const struct hash anchor = {{1, 2, 3}};
    for (uint16_t n = 1; n <= CONSENSUS_VALIDATORS_MAX; n++) {
        struct leader_schedule schedule;
        bool led[CONSENSUS_VALIDATORS_MAX] = {false};
        leader_schedule_init(&schedule, n, &anchor, 1);
        for (uint64_t view = UINT64_MAX - n; view != UINT64_MAX; view++) {
            const uint16_t leader = leader_of(&schedule, view);
            assert_true(leader < n);
            assert_false(led[leader]);
            led[leader] = true;
        }
    }
}

static void test_order_follows_anchor_and_epoch(void **state)
{
    (void)state;
    const struct hash anchor = {{1, 2, 3}};
    const struct hash other = {{1, 2, 4}};
    struct leader_schedule a;
    struct leader_schedule b;
    leader_schedule_init(&a, 64, &anchor, 1);
    leader_schedule_init(&b, 64, &anchor, 1);
    assert_memory_equal(a.permutation, b.permutation, 64 * sizeof a.permutation[0]);
    leader_schedule_init(&b, 64, &other, 1);
    assert_memory_not_equal(a.permutation, b.permutation, 64 * sizeof a.permutation[0]);
    leader_schedule_init(&b, 64, &anchor, 2);
    assert_memory_not_equal(a.permutation, b.permutation, 64 * sizeof a.permutation[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everyone_leads_once),
        cmocka_unit_test(test_order_follows_anchor_and_epoch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
