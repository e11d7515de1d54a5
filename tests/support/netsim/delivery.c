#include "tests/support/netsim/delivery.h"

#include <string.h>

#include "ledger/account.h"
#include "ledger/asset.h"
#include "ledger/party.h"
#include "ledger/position.h"
#include "tests/support/cmocka.h"

enum {
    SELLER = WORLD_PARTICIPANT,
    BUYER = WORLD_PARTICIPANT + 1,
    RESUBMIT_US = 200000
};

static const struct world_options world_size = {
    .instructions = 64, .references = 256, .wake_budget = 100};

/* Many networks are made and thrown away: each ledger is as small as it may be. */
static void small_genesis(struct delivery *delivery)
{
    world_genesis(&delivery->people, &world_size, &delivery->genesis);
    struct ledger_capacity *capacity = &delivery->genesis.capacity;
    capacity->accounts = 64;
    capacity->positions = 128;
    capacity->nonces = 512;
    capacity->drafts = 16;
    capacity->assets = 16;
    capacity->keys = 32;
    capacity->parties = 16;
    capacity->block_receipts = 10000;
    capacity->block_events = 2048;
    delivery->genesis.limits.nonces_per_key = 64;
    delivery->genesis.limits.drafts_per_party = 8;
}

static void add_fund(struct delivery *delivery, uint32_t party, enum world_asset asset,
                     int64_t quantity)
{
    struct command command;
    bool cash = asset == WORLD_EUR;
    world_command(&delivery->world, cash ? COMMAND_CASH_IN : COMMAND_ISSUE, &command);
    command.issuance = (struct command_issuance){
        .asset = world_asset(asset),
        .bic = world_bic(party),
        .account = world_account(asset, 0),
        .quantity = quantity,
    };
    world_add(&delivery->world, cash ? WORLD_BANK : WORLD_REGISTRAR, &command);
}

void delivery_open(struct delivery *delivery)
{
    struct command deliver;
    struct command receive;
    const struct world_trade trade = {
        .deliverer = SELLER,
        .receiver = BUYER,
        .asset = WORLD_ISIN_1,
        .quantity = DELIVERY_QUANTITY,
        .amount = DELIVERY_AMOUNT,
        .settlement_date = WORLD_TODAY,
    };
    memset(delivery, 0, sizeof *delivery);
    world_open(&delivery->world, &world_size);
    add_fund(delivery, SELLER, WORLD_ISIN_1, DELIVERY_QUANTITY);
    add_fund(delivery, BUYER, WORLD_EUR, DELIVERY_AMOUNT);
    world_trade(&delivery->world, &trade, &deliver, &receive);
    world_add(&delivery->world, SELLER, &deliver);
    world_add(&delivery->world, BUYER, &receive);
    assert_int_equal(delivery->world.envelope_count, DELIVERY_ENVELOPES);
    small_genesis(delivery);
}

void delivery_close(struct delivery *delivery)
{
    world_close(&delivery->world);
}

void delivery_start(struct simulation *simulation)
{
    for (uint32_t i = 0; i < simulation_host_count(simulation); i++) {
        assert_true(validator_start(simulation_validator(simulation, i), true));
    }
}

void delivery_send(struct delivery *delivery, struct simulation *simulation)
{
    uint32_t member_count = simulation_configuration(simulation)->member_count;
    for (uint32_t i = 0; i < DELIVERY_ENVELOPES; i++) {
        const struct ledger_envelope *envelope = &delivery->world.envelopes[i];
        uint32_t host = (uint32_t)((i + delivery->rounds) % member_count);
        simulation_submit(simulation, host, i, envelope->bytes, envelope->size);
    }
    delivery->rounds++;
}

void delivery_play(struct delivery *delivery, struct simulation *simulation, uint64_t until_us)
{
    while (simulation_now_us(simulation) < until_us && !delivery_is_settled(simulation)) {
        delivery_send(delivery, simulation);
        uint64_t next_us = simulation_now_us(simulation) + RESUBMIT_US;
        simulation_run_until(simulation, next_us < until_us ? next_us : until_us);
    }
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

bool delivery_is_settled_on(struct simulation *simulation, uint32_t host)
{
    const struct ledger *ledger = validator_ledger(simulation_validator(simulation, host));
    bool securities = available(ledger, BUYER, WORLD_ISIN_1) == DELIVERY_QUANTITY;
    bool cash = available(ledger, SELLER, WORLD_EUR) == DELIVERY_AMOUNT;
    assert_int_equal(securities, cash); /* both legs or none */
    return securities;
}

bool delivery_is_settled(struct simulation *simulation)
{
    bool settled = true;
    for (uint32_t i = 0; i < simulation_host_count(simulation); i++) {
        bool up = validator_is_up(simulation_validator(simulation, i));
        settled = settled && (!up || delivery_is_settled_on(simulation, i));
    }
    return settled;
}
