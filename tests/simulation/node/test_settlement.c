/*
 * Goal: four validators, each with its journal, batch log, store and ledger, settle a delivery
 * against payment that came in through two of them, and agree on every root.
 */
#include "tests/simulation/node/scenario.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/world.h"
#include "tests/support/node/local_network.h"

static void four_validators_settle_and_agree(void **state)
{
    (void)state;
    struct scenario scenario;
    scenario_open(&scenario, 4, 1);
    scenario_play(&scenario);
    assert_true(scenario_settled_everywhere(&scenario));
    scenario_assert_agreement(&scenario);
    scenario_close(&scenario);
}

/* Power cuts in turn, each validator once, while the others go on. */
static void each_validator_restarts_and_catches_up(void **state)
{
    (void)state;
    struct scenario scenario;
    scenario_open(&scenario, 4, 2);
    for (uint16_t i = 0; i < 4; i++) {
        local_network_run(&scenario.network, 100);
        local_node_crash(&scenario.network.nodes[i]);
        local_network_run(&scenario.network, 200);
        local_node_start(&scenario.network.nodes[i], false);
        assert_true(scenario.network.nodes[i].alive);
    }
    scenario_play(&scenario);
    assert_true(scenario_settled_everywhere(&scenario));
    scenario_assert_agreement(&scenario);
    scenario_close(&scenario);
}

/* Everybody loses power in the middle; nothing that was final is lost. */
static void all_restart_together(void **state)
{
    (void)state;
    struct scenario scenario;
    scenario_open(&scenario, 4, 3);
    scenario_play(&scenario);
    uint64_t height = ledger_height(local_node_ledger(&scenario.network.nodes[0]));
    for (uint16_t i = 0; i < 4; i++) {
        local_node_crash(&scenario.network.nodes[i]);
    }
    for (uint16_t i = 0; i < 4; i++) {
        local_node_start(&scenario.network.nodes[i], false);
        assert_true(scenario.network.nodes[i].alive);
    }
    local_network_run(&scenario.network, 1500);
    assert_true(ledger_height(local_node_ledger(&scenario.network.nodes[0])) >= height);
    assert_true(scenario_settled_everywhere(&scenario));
    scenario_assert_agreement(&scenario);
    scenario_close(&scenario);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_validators_settle_and_agree),
        cmocka_unit_test(each_validator_restarts_and_catches_up),
        cmocka_unit_test(all_restart_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
