#include "tests/support/ledger/small_trade.h"

#include "ledger/genesis.h"
#include "ledger/holding/position.h"
#include "ledger/register/account.h"
#include "ledger/register/asset.h"
#include "ledger/register/party.h"
#include "tests/support/cmocka.h"

enum {
    SELLER = WORLD_PARTICIPANT,
    BUYER = WORLD_PARTICIPANT + 1,
    QUANTITY = 100,
    AMOUNT = 500000
};

static const struct world_options world_size = {
    .instructions = 64, .references = 256, .wake_budget = 100};

static void small_genesis(struct world_people *people, struct ledger_genesis *genesis)
{
    world_genesis(people, &world_size, genesis);
    genesis->rules.plan.continuous = true; /* hosts' clocks may be hours apart */
    genesis->capacity.accounts = 64;
    genesis->capacity.positions = 128;
    genesis->capacity.nonces = 512;
    genesis->capacity.drafts = 16;
    genesis->capacity.restrictions = 16;
    genesis->capacity.party_limits = 16;
    genesis->capacity.restriction_types = 4;
    genesis->capacity.assets = 16;
    genesis->capacity.keys = 32;
    genesis->capacity.parties = 16;
    genesis->capacity.block_receipts = 10000;
    genesis->capacity.block_events = GENESIS_BLOCK_EVENTS_MIN;
    genesis->limits.nonces_per_key = 64;
    genesis->limits.drafts_per_party = 8;
    genesis->limits.renewal_blocks_max = 1; /* each member has its turn for a checkpoint soon */
}

static void add_fund(struct world *world, uint32_t party, enum world_asset asset, int64_t quantity)
{
    struct command command;
    bool cash = asset == WORLD_EUR;
    world_command(world, cash ? COMMAND_CASH_IN : COMMAND_ISSUE, &command);
    command.issuance = (struct command_issuance){
        .asset = world_asset(asset),
        .bic = world_bic(party),
        .account = world_account(asset, 0),
        .quantity = quantity,
    };
    world_add(world, cash ? WORLD_BANK : WORLD_REGISTRAR, &command);
}

void small_trade_make(struct world *world, struct world_people *people,
                      struct ledger_genesis *genesis)
{
    struct command deliver;
    struct command receive;
    const struct world_trade trade = {
        .deliverer = SELLER,
        .receiver = BUYER,
        .asset = WORLD_ISIN_1,
        .quantity = QUANTITY,
        .amount = AMOUNT,
        .settlement_date = WORLD_TODAY,
    };
    world_open(world, &world_size);
    add_fund(world, SELLER, WORLD_ISIN_1, QUANTITY);
    add_fund(world, BUYER, WORLD_EUR, AMOUNT);
    world_trade(world, &trade, &deliver, &receive);
    world_add(world, SELLER, &deliver);
    world_add(world, BUYER, &receive);
    assert_int_equal(world->envelope_count, SMALL_TRADE_ENVELOPES);
    small_genesis(people, genesis);
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

bool small_trade_is_settled(const struct ledger *ledger)
{
    bool securities = available(ledger, BUYER, WORLD_ISIN_1) == QUANTITY;
    bool cash = available(ledger, SELLER, WORLD_EUR) == AMOUNT;
    assert_int_equal(securities, cash); /* both legs or none */
    return securities;
}
