#include "tests/simulation/node/scenario.h"

#include <string.h>

#include "ledger/account.h"
#include "ledger/asset.h"
#include "ledger/party.h"
#include "ledger/position.h"
#include "node/stored.h"
#include "tests/support/cmocka.h"

enum {
    SELLER = WORLD_PARTICIPANT,
    BUYER = WORLD_PARTICIPANT + 1,
    STEP_MS = 25,
    RESUBMIT_MS = 200,
    DOWN_MS = 100,
    PLAY_MS_MAX = 20000
};

static const struct world_options world_size = {
    .instructions = 64, .references = 256, .wake_budget = 100};

/* Many networks are made and thrown away: each ledger is as small as it may be. */
static void small_genesis(struct scenario *scenario)
{
    world_genesis(&scenario->people, &world_size, &scenario->genesis);
    struct ledger_capacity *capacity = &scenario->genesis.capacity;
    capacity->accounts = 64;
    capacity->positions = 128;
    capacity->nonces = 512;
    capacity->drafts = 16;
    capacity->assets = 16;
    capacity->keys = 32;
    capacity->parties = 16;
    capacity->block_receipts = 10000;
    capacity->block_events = 2048;
    scenario->genesis.limits.nonces_per_key = 64;
    scenario->genesis.limits.drafts_per_party = 8;
}

static void add_fund(struct scenario *scenario, uint32_t party, enum world_asset asset,
                     int64_t quantity)
{
    struct command command;
    bool cash = asset == WORLD_EUR;
    world_command(&scenario->world, cash ? COMMAND_CASH_IN : COMMAND_ISSUE, &command);
    command.issuance = (struct command_issuance){
        .asset = world_asset(asset),
        .bic = world_bic(party),
        .account = world_account(asset, 0),
        .quantity = quantity,
    };
    world_add(&scenario->world, cash ? WORLD_BANK : WORLD_REGISTRAR, &command);
}

static void add_trade(struct scenario *scenario)
{
    struct command deliver;
    struct command receive;
    const struct world_trade trade = {
        .deliverer = SELLER,
        .receiver = BUYER,
        .asset = WORLD_ISIN_1,
        .quantity = SCENARIO_QUANTITY,
        .amount = SCENARIO_AMOUNT,
        .settlement_date = WORLD_TODAY,
    };
    world_trade(&scenario->world, &trade, &deliver, &receive);
    world_add(&scenario->world, SELLER, &deliver);
    world_add(&scenario->world, BUYER, &receive);
}

void scenario_open(struct scenario *scenario, uint16_t validators, uint64_t seed)
{
    scenario_open_with(scenario, validators, seed, &consensus_simplex);
}

void scenario_open_with(struct scenario *scenario, uint16_t validators, uint64_t seed,
                        const struct consensus_protocol *protocol)
{
    memset(scenario, 0, sizeof *scenario);
    world_open(&scenario->world, &world_size);
    add_fund(scenario, SELLER, WORLD_ISIN_1, SCENARIO_QUANTITY);
    add_fund(scenario, BUYER, WORLD_EUR, SCENARIO_AMOUNT);
    add_trade(scenario);
    assert_int_equal(scenario->world.envelope_count, SCENARIO_ENVELOPES);
    small_genesis(scenario);
    local_network_open_with(&scenario->network, validators, seed, &scenario->genesis, protocol);
}

void scenario_close(struct scenario *scenario)
{
    local_network_close(&scenario->network);
    world_close(&scenario->world);
}

static int64_t available(const struct ledger *ledger, uint32_t party, enum world_asset asset)
{
    struct bic bic = world_bic(party);
    struct asset_code code = world_asset(asset);
    struct text35 id = world_account(asset, 0);
    uint32_t account = account_find(ledger, party_find(ledger, &bic), &id);
    uint32_t position = position_find(ledger, account, asset_find(ledger, &code));
    return position == RECORD_NONE ? 0
                                   : position_view(ledger, position)->balance[POSITION_AVAILABLE];
}

bool scenario_settled_on(const struct local_node *node)
{
    const struct ledger *ledger = local_node_ledger(node);
    bool securities = available(ledger, BUYER, WORLD_ISIN_1) == SCENARIO_QUANTITY;
    bool cash = available(ledger, SELLER, WORLD_EUR) == SCENARIO_AMOUNT;
    assert_int_equal(securities, cash); /* both legs or none */
    return securities;
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
    for (uint32_t i = 0; i < SCENARIO_ENVELOPES; i++) {
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
