/*
 * Goal: a full disk stops a validator's voice and nothing else.
 *
 * One of four validators finds its disk full at some point of a settlement and for a long time: the
 * others settle without it, it neither dies nor breaks a promise, and when there is space again it
 * catches up without a restart. With two full disks there is no quorum: nothing becomes final, and
 * everything does once there is space. A power cut in the middle of it changes nothing.
 */
#include "tests/simulation/node/scenario.h"
#include "tests/support/cmocka.h"

enum {
    VALIDATORS = 4,
    STEPS = 20,
    STEP_MS = 100,
    SPACES = 12,
    SPACE_STEP = 997, /* bytes; so that the disk fills up within headers, bodies and groups */
};

/* From now on this validator's disk takes only so many more bytes. */
static void fill(struct local_node *node, uint64_t bytes_left)
{
    disk_space(node->disk, disk_used(node->disk) + bytes_left);
}

static void empty(struct local_node *node)
{
    disk_space(node->disk, UINT64_MAX);
}

/* Lets a client try for a while, whatever comes of it. */
static void try_for_a_while(struct scenario *scenario)
{
    for (uint64_t step = 0; step < STEPS; step++) {
        scenario_send(scenario, step);
        local_network_run(&scenario->network, STEP_MS);
    }
}

static void assert_settled_in_the_end(struct scenario *scenario, uint32_t starts)
{
    scenario_play(scenario);
    assert_true(scenario_settled_everywhere(scenario));
    scenario_assert_agreement(scenario);
    for (uint16_t i = 0; i < VALIDATORS; i++) {
        assert_int_equal(scenario->network.nodes[i].evidence_count, 0);
    }
    assert_int_equal(scenario->network.nodes[0].start_count, starts);
}

static void test_one_full_disk_stops_nobody_else(void **state)
{
    (void)state;
    for (uint64_t space = 0; space < SPACES; space++) {
        struct scenario scenario;
        scenario_open(&scenario, VALIDATORS, space);
        struct local_node *full = &scenario.network.nodes[0];
        fill(full, space * SPACE_STEP);
        try_for_a_while(&scenario);
        assert_true(full->alive);
        for (uint16_t i = 1; i < VALIDATORS; i++) {
            assert_true(scenario_settled_on(&scenario.network.nodes[i]));
        }
        empty(full);
        assert_settled_in_the_end(&scenario, 1);
        scenario_close(&scenario);
    }
}

static void test_two_full_disks_stop_finality_until_there_is_space(void **state)
{
    (void)state;
    struct scenario scenario;
    scenario_open(&scenario, VALIDATORS, 77);
    struct local_node *full = scenario.network.nodes;
    fill(&full[0], 0);
    fill(&full[1], 0);
    try_for_a_while(&scenario);
    for (uint16_t i = 0; i < VALIDATORS; i++) {
        assert_true(scenario.network.nodes[i].alive);
        assert_false(scenario_settled_on(&scenario.network.nodes[i]));
    }
    empty(&full[0]);
    try_for_a_while(&scenario);
    for (uint16_t i = 2; i < VALIDATORS; i++) {
        assert_true(scenario_settled_on(&scenario.network.nodes[i]));
    }
    empty(&full[1]);
    assert_settled_in_the_end(&scenario, 1);
    scenario_close(&scenario);
}

static void test_a_power_cut_while_the_disk_is_full_breaks_no_promise(void **state)
{
    (void)state;
    for (uint64_t space = 0; space < SPACES; space++) {
        struct scenario scenario;
        scenario_open(&scenario, VALIDATORS, 1000 + space);
        struct local_node *full = &scenario.network.nodes[0];
        fill(full, space * SPACE_STEP);
        try_for_a_while(&scenario);
        local_node_crash(full);
        empty(full);
        local_node_start(full, false); /* looks for everything that was promised */
        assert_settled_in_the_end(&scenario, 2);
        scenario_close(&scenario);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_full_disk_stops_nobody_else),
        cmocka_unit_test(test_two_full_disks_stop_finality_until_there_is_space),
        cmocka_unit_test(test_a_power_cut_while_the_disk_is_full_breaks_no_promise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
