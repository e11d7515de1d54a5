/*
 * Goal: whole validators, with turn, recovery, execution and checkpoints, run a protocol that is
 * not Simplex, and a settlement survives a power cut of its leader or a member at any instant.
 *
 * As in test_crash_everywhere.c the victim loses power at its n-th disk operation, or its n-th
 * write to the store, for n = 1, 2, 3, ... until a run ends without having met its fault. What it
 * had promised must be on its disk each time it starts again.
 */
#include "netsim/fixed_leader/fixed_leader.h"
#include "tests/simulation/node/scenario.h"
#include "tests/support/cmocka.h"

enum {
    VALIDATORS = 4,
    MEMBER = 2,
    RUNS_MAX = 2000
};

static void judge(struct scenario *scenario)
{
    assert_true(scenario_settled_everywhere(scenario));
    scenario_assert_agreement(scenario);
}

static bool run_with_fault(uint16_t victim_index, uint64_t disk_operation, uint64_t store_write,
                           uint64_t journal_bytes)
{
    struct scenario scenario;
    scenario_open_with(&scenario, VALIDATORS, 900 + disk_operation + store_write,
                       &consensus_fixed_leader);
    scenario.network.journal_bytes = journal_bytes;
    struct local_node *victim = &scenario.network.nodes[victim_index];
    if (disk_operation > 0) {
        disk_plan(victim->disk, FAULT_CRASH, disk_operation);
    }
    if (store_write > 0) {
        memory_store_plan(victim->memory, store_write);
    }
    scenario_play(&scenario);
    bool met = victim->start_count > 1;
    judge(&scenario);
    scenario_close(&scenario);
    return met;
}

static void settles_without_faults(void **state)
{
    (void)state;
    assert_false(run_with_fault(MEMBER, 0, 0, UINT64_MAX));
}

static void survive_at_every_disk_operation(uint16_t victim, uint64_t journal_bytes)
{
    uint64_t n = 1;
    while (run_with_fault(victim, n, 0, journal_bytes)) {
        n++;
        assert_true(n < RUNS_MAX);
    }
    assert_true(n > 5);
}

static void member_survives_at_every_disk_operation(void **state)
{
    (void)state;
    survive_at_every_disk_operation(MEMBER, UINT64_MAX);
}

/* Only the leader journals; the second time its journal is rotated whenever there is anything in
 * it. */
static void leader_survives_at_every_disk_operation(void **state)
{
    (void)state;
    survive_at_every_disk_operation(FIXED_LEADER_INDEX, UINT64_MAX);
    survive_at_every_disk_operation(FIXED_LEADER_INDEX, 1);
}

static void survives_at_every_store_write(void **state)
{
    (void)state;
    const uint16_t victims[] = {FIXED_LEADER_INDEX, MEMBER};
    for (unsigned i = 0; i < 2; i++) {
        uint64_t n = 1;
        while (run_with_fault(victims[i], 0, n, UINT64_MAX)) {
            n++;
            assert_true(n < RUNS_MAX);
        }
        const uint64_t writes =
            victims[i] == MEMBER ? 5 : 4; /* whose turn for a checkpoint comes */
        assert_true(n > writes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settles_without_faults),
        cmocka_unit_test(member_survives_at_every_disk_operation),
        cmocka_unit_test(leader_survives_at_every_disk_operation),
        cmocka_unit_test(survives_at_every_store_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
