#include "tests/simulation/node/scenario.h"

#include <string.h>

#include "node/stored.h"
#include "tests/support/cmocka.h"

enum {
    STEP_MS = 25,
    RESUBMIT_MS = 200,
    DOWN_MS = 100,
    PLAY_MS_MAX = 20000
};

void scenario_open(struct scenario *scenario, uint16_t validators, uint64_t seed)
{
    scenario_open_with(scenario, validators, seed, &consensus_simplex);
}

void scenario_open_with(struct scenario *scenario, uint16_t validators, uint64_t seed,
                        const struct consensus_protocol *protocol)
{
    memset(scenario, 0, sizeof *scenario);
    small_trade_make(&scenario->world, &scenario->people, &scenario->genesis);
    local_network_open_with(&scenario->network, validators, seed, &scenario->genesis, protocol);
}

void scenario_close(struct scenario *scenario)
{
    local_network_close(&scenario->network);
    world_close(&scenario->world);
}

bool scenario_settled_on(const struct local_node *node)
{
    return small_trade_is_settled(local_node_ledger(node));
}

bool scenario_settled_everywhere(const struct scenario *scenario)
{
    bool settled = true;
    for (uint16_t i = 0; i < scenario->network.count; i++) {
        const struct local_node *node = &scenario->network.nodes[i];
        settled = node->alive && scenario_settled_on(node) && settled;
    }
    return settled;
}

void scenario_send(struct scenario *scenario, uint64_t number)
{
    for (uint32_t i = 0; i < SMALL_TRADE_ENVELOPES; i++) {
        const struct ledger_envelope *envelope = &scenario->world.envelopes[i];
        uint16_t to = (uint16_t)((i + number) % scenario->network.count);
        if (local_network_submit(&scenario->network, to, envelope->bytes, envelope->size)) {
            scenario->resubmissions++;
        }
    }
}

void scenario_play(struct scenario *scenario)
{
    struct local_network *network = &scenario->network;
    uint64_t dead_since_ms[LOCAL_NODES_MAX] = {0};
    uint64_t begin_ms = network->now_ms;
    uint64_t turn = 0;
    while (network->now_ms - begin_ms < PLAY_MS_MAX) {
        if ((network->now_ms - begin_ms) % RESUBMIT_MS == 0) {
            scenario_send(scenario, turn++);
        }
        local_network_run(network, STEP_MS);
        for (uint16_t i = 0; i < network->count; i++) {
            struct local_node *node = &network->nodes[i];
            if (node->alive) {
                dead_since_ms[i] = network->now_ms;
            } else if (network->now_ms - dead_since_ms[i] >= DOWN_MS) {
                local_node_start(node, node->start_count == 0);
            }
        }
        if (scenario_settled_everywhere(scenario)) {
            break;
        }
    }
}

static bool root_of(const struct local_node *node, uint64_t height, struct hash *root)
{
    struct stored_roots roots;
    bool there = stored_roots_get(node->store, height, &roots) == STORE_OK;
    if (there) {
        *root = roots.result.result_root;
    }
    return there;
}

void scenario_assert_agreement(const struct scenario *scenario)
{
    const struct local_network *network = &scenario->network;
    uint64_t compared = 0;
    for (uint16_t i = 0; i < network->count; i++) {
        assert_true(network->nodes[i].alive);
        assert_int_equal(network->nodes[i].evidence_count, 0);
        assert_int_equal(network->nodes[i].alarm_count, 0);
        uint64_t height = ledger_height(local_node_ledger(&network->nodes[i]));
        for (uint64_t h = 1; h <= height; h++) {
            struct hash first;
            struct hash own;
            assert_true(root_of(&network->nodes[i], h, &own));
            if (root_of(&network->nodes[0], h, &first)) {
                assert_memory_equal(first.bytes, own.bytes, sizeof own.bytes);
                compared++;
            }
        }
    }
    assert_true(compared > 0);
}
