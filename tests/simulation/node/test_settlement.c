/*
 * Goal: four validators, each with its journal, batch log, store and ledger, settle a delivery
 * against payment that came in through two of them, and agree on every root.
 */
#include "ledger/command/event.h"
#include "node/stored.h"
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

/* Each block is more than a checkpoint is due after, and yet no two are of one height. */
static void no_two_take_a_checkpoint_together(void **state)
{
    (void)state;
    struct scenario scenario;
    scenario_open(&scenario, 4, 4);
    scenario_play(&scenario);
    uint32_t taken = 0;
    for (uint16_t i = 0; i < 4; i++) {
        const uint64_t height = scenario.network.nodes[i].checkpoint_height;
        taken += height > 0 ? 1u : 0u;
        for (uint16_t j = 0; j < i; j++) {
            assert_true(height == 0 || height != scenario.network.nodes[j].checkpoint_height);
        }
    }
    assert_true(taken > 1);
    scenario_close(&scenario);
}

/* The beginning and the two votes of a block have a sync of the journal each; a certificate has
 * none. */
static void a_certificate_goes_to_the_disk_with_the_next_vote(void **state)
{
    (void)state;
    struct scenario scenario;
    scenario_open(&scenario, 4, 5);
    scenario_play(&scenario);
    for (uint16_t i = 0; i < 4; i++) {
        const struct local_node *node = &scenario.network.nodes[i];
        print_message("node %u: %llu syncs of the journal for %llu blocks\n", (unsigned)i,
                      (unsigned long long)node->journal_sync_count,
                      (unsigned long long)node->committed_height);
        assert_true(node->committed_height > 0);
        assert_true(node->journal_sync_count <= 2 * node->committed_height + 1);
    }
    scenario_close(&scenario);
}

/* Others' batches are checked and logged where the channel put them: nothing is copied between. */
static void a_batch_is_checked_where_it_came(void **state)
{
    (void)state;
    struct scenario scenario;
    uint32_t in_place = 0;
    scenario_open(&scenario, 4, 6);
    scenario_play(&scenario);
    for (uint16_t i = 0; i < 4; i++) {
        in_place += scenario.network.nodes[i].checks_in_place;
        assert_int_equal(scenario.network.nodes[i].checks_of_copies, 0);
    }
    assert_true(in_place >= 2 * 3); /* seller's and buyer's, at the three others each */
    scenario_close(&scenario);
}

/* The last match or settlement in the store, by reading all events there are. */
static void last_milestone(struct store *store, uint64_t heights, struct event *out,
                           uint32_t *place)
{
    *out = (struct event){.kind = 0};
    for (uint64_t h = 1; h <= heights; h++) {
        struct stored_leaves events;
        assert_int_equal(stored_leaves_get(store, LEAF_EVENT, h, &events), STORE_OK);
        for (uint32_t i = 0; i < events.count; i++) {
            struct event event;
            assert_true(event_decode(&event, events.leaves[i].bytes, events.leaves[i].size));
            if (event.kind == EVENT_MATCHED || event.kind == EVENT_SETTLED) {
                *out = event;
                *place = i;
            }
        }
        stored_leaves_free(&events);
    }
}

static void assert_leads_to(struct store *store, const struct bic *party,
                            const struct text35 *reference, uint64_t height, uint32_t place)
{
    uint64_t found_height;
    uint32_t found_place;
    assert_true(reference->size > 0);
    assert_int_equal(store_get_settled(store, party->text, reference->text, reference->size,
                                       &found_height, &found_place),
                     STORE_OK);
    assert_int_equal(found_height, height);
    assert_int_equal(found_place, place);
}

/* A pair that settles when it matches has two milestones in one block: the index has the second. */
static void a_reference_leads_to_its_last_milestone(void **state)
{
    (void)state;
    struct scenario scenario;
    scenario_open(&scenario, 4, 4);
    scenario_play(&scenario);
    for (uint16_t i = 0; i < 4; i++) {
        struct store *store = scenario.network.nodes[i].store;
        uint64_t heights = ledger_height(local_node_ledger(&scenario.network.nodes[i]));
        struct event last;
        uint32_t place = 0;
        last_milestone(store, heights, &last, &place);
        assert_int_equal(last.kind, EVENT_SETTLED);
        assert_leads_to(store, &last.party, &last.reference, last.height, place);
        assert_leads_to(store, &last.counterparty, &last.counter_reference, last.height, place);
    }
    scenario_close(&scenario);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_validators_settle_and_agree),
        cmocka_unit_test(each_validator_restarts_and_catches_up),
        cmocka_unit_test(all_restart_together),
        cmocka_unit_test(no_two_take_a_checkpoint_together),
        cmocka_unit_test(a_certificate_goes_to_the_disk_with_the_next_vote),
        cmocka_unit_test(a_batch_is_checked_where_it_came),
        cmocka_unit_test(a_reference_leads_to_its_last_milestone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
