/*
 * Goal: a validator whose journal cannot be trusted never votes again, says so, and still follows;
 * and nothing but the operator's word makes a journal.
 */
#include "tests/simulation/node/scenario.h"
#include "tests/support/cmocka.h"

enum {
    VALIDATORS = 4,
    VICTIM = 2
};

static struct local_node *victim_of(struct scenario *scenario)
{
    return &scenario->network.nodes[VICTIM];
}

static enum consensus_alarm muteness(const struct local_node *node)
{
    struct consensus_summary summary;
    replica_summary(node->recovered.replica, &summary);
    return summary.mute;
}

/* The others settle, and the mute one has the same result without having voted. */
static void assert_follows_mute(struct scenario *scenario)
{
    struct local_node *victim = victim_of(scenario);
    assert_true(victim->alive);
    assert_int_not_equal(muteness(victim), CONSENSUS_ALARM_NONE);
    assert_true(victim->alarm_count > 0);
    victim->promise_count = 0;
    scenario_play(scenario);
    assert_true(scenario_settled_everywhere(scenario));
    assert_int_equal(victim->promise_count, 0); /* neither a vote nor a batch left it */
}

static void restart(struct local_node *node, bool first_start)
{
    node->promise_count = 0; /* broken on purpose, below */
    node->committed_height = 0;
    local_node_start(node, first_start);
}

static void lost_journal_makes_mute(void **state)
{
    (void)state;
    struct scenario scenario;
    scenario_open(&scenario, VALIDATORS, 21);
    local_network_run(&scenario.network, 1500);
    struct local_node *victim = victim_of(&scenario);
    local_node_crash(victim);
    local_node_lose_journal(victim);
    restart(victim, false);
    assert_int_equal(victim->recovered.journal_status, JOURNAL_MISSING);
    assert_follows_mute(&scenario);
    scenario_close(&scenario);
}

/* --first-start is no remedy for a lost journal once the store knows of a start. */
static void first_start_is_not_believed_twice(void **state)
{
    (void)state;
    struct scenario scenario;
    scenario_open(&scenario, VALIDATORS, 22);
    local_network_run(&scenario.network, 50);
    struct local_node *victim = victim_of(&scenario);
    local_node_crash(victim);
    local_node_lose_journal(victim);
    restart(victim, true);
    assert_follows_mute(&scenario);
    scenario_close(&scenario);
}

/* An empty disk without the operator's word: perhaps this key has voted before. */
static void wiped_disk_makes_mute(void **state)
{
    (void)state;
    struct scenario scenario;
    scenario_open(&scenario, VALIDATORS, 23);
    local_network_run(&scenario.network, 1000);
    struct local_node *victim = victim_of(&scenario);
    local_node_crash(victim);
    local_node_wipe(victim);
    restart(victim, false);
    assert_follows_mute(&scenario);
    scenario_close(&scenario);
}

/* A copy of the journal that was taken earlier is whole, and older than the store. */
static void rolled_back_journal_makes_mute(void **state)
{
    (void)state;
    struct scenario scenario;
    scenario_open(&scenario, VALIDATORS, 24);
    local_network_run(&scenario.network, 600);
    struct local_node *victim = victim_of(&scenario);
    struct local_backup backup;
    local_node_back_up_journal(victim, &backup);
    local_network_run(&scenario.network, 2000);
    local_node_crash(victim);
    local_node_restore_journal(victim, &backup);
    restart(victim, false);
    assert_int_equal(victim->recovered.journal_status, JOURNAL_ROLLED_BACK);
    assert_follows_mute(&scenario);
    scenario_close(&scenario);
}

/* A mute validator stays mute when it starts again. */
static void mute_for_ever(void **state)
{
    (void)state;
    struct scenario scenario;
    scenario_open(&scenario, VALIDATORS, 25);
    local_network_run(&scenario.network, 1000);
    struct local_node *victim = victim_of(&scenario);
    local_node_crash(victim);
    local_node_lose_journal(victim);
    restart(victim, false);
    local_network_run(&scenario.network, 500);
    local_node_crash(victim);
    restart(victim, false);
    assert_follows_mute(&scenario);
    scenario_close(&scenario);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lost_journal_makes_mute),
        cmocka_unit_test(first_start_is_not_believed_twice),
        cmocka_unit_test(wiped_disk_makes_mute),
        cmocka_unit_test(rolled_back_journal_makes_mute),
        cmocka_unit_test(mute_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
