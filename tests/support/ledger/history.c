#include "tests/support/ledger/history.h"

#include "ledger/instruction/instruction.h"
#include "ledger/state.h"

enum {
    COMMANDS_PER_BLOCK_MAX = 12
};

static uint32_t pick(struct prng *prng, uint32_t bound)
{
    return (uint32_t)prng_below(prng, bound);
}

static enum world_asset pick_security(struct prng *prng)
{
    return pick(prng, 2) == 0 ? WORLD_ISIN_1 : WORLD_ISIN_2;
}

static void add_issuance(struct world *world, struct prng *prng)
{
    bool cash = pick(prng, 2) == 0;
    enum world_asset asset = cash ? WORLD_EUR : pick_security(prng);
    uint32_t receiver = WORLD_PARTICIPANT + pick(prng, WORLD_PARTICIPANT_COUNT);
    int64_t quantity = 1 + (int64_t)pick(prng, 500);
    struct command command;
    world_command(world, cash ? COMMAND_CASH_IN : COMMAND_ISSUE, &command);
    command.issuance = (struct command_issuance){.asset = world_asset(asset),
                                                 .bic = world_bic(receiver),
                                                 .account = world_account(asset, 0),
                                                 .quantity = quantity};
    world_add(world, cash ? WORLD_BANK : WORLD_REGISTRAR, &command);
}

/* Both sides, or one of them only; due today or later; in money or free. */
static void add_trade(struct world *world, struct prng *prng)
{
    uint32_t seller = pick(prng, WORLD_PARTICIPANT_COUNT);
    uint32_t buyer =
        (seller + 1 + pick(prng, WORLD_PARTICIPANT_COUNT - 1)) % WORLD_PARTICIPANT_COUNT;
    struct world_trade trade = {.deliverer = WORLD_PARTICIPANT + seller,
                                .receiver = WORLD_PARTICIPANT + buyer};
    trade.asset = pick_security(prng);
    trade.quantity = 1 + (int64_t)pick(prng, 200);
    trade.amount = (int64_t)pick(prng, 3) * 100;
    trade.settlement_date = pick(prng, 4) == 0 ? WORLD_MONDAY : ledger_date(world->ledger);
    if (trade.settlement_date < ledger_date(world->ledger)) {
        trade.settlement_date = ledger_date(world->ledger);
    }
    struct command sell;
    struct command buy;
    world_trade(world, &trade, &sell, &buy);
    sell.instruct.hold = pick(prng, 8) == 0;
    world_add(world, trade.deliverer, &sell);
    if (pick(prng, 5) != 0) {
        world_add(world, trade.receiver, &buy);
    }
}

/* Cancel, hold, release or amend a random instruction, by its party or by somebody else. */
static void add_target(struct world *world, struct prng *prng)
{
    static const enum command_kind kinds[] = {COMMAND_CANCEL, COMMAND_HOLD, COMMAND_RELEASE,
                                              COMMAND_AMEND};
    uint32_t index = record_next(world->ledger, RECORD_INSTRUCTION,
                                 pick(prng, 1 + record_count(world->ledger, RECORD_INSTRUCTION)));
    if (index == RECORD_NONE) {
        return;
    }
    const struct instruction *instruction = instruction_view(world->ledger, index);
    enum command_kind kind = kinds[pick(prng, 4)];
    bool holds = kind == COMMAND_HOLD || kind == COMMAND_RELEASE;
    struct command command;
    world_command(world, kind, &command);
    command.target.reference = instruction->reference;
    command.target.hold = holds ? DIMENSION_HOLD_PARTY : 0;
    command.target.priority = kind == COMMAND_AMEND ? PRIORITY_HIGH : 0;
    for (uint32_t party = WORLD_PARTICIPANT; party < WORLD_PARTY_COUNT; party++) {
        if (world_party_index(world, party) == instruction->party) {
            command.target.party = world_bic(party);
            world_add(world, pick(prng, 10) == 0 ? WORLD_OPERATOR : party, &command);
        }
    }
}

void history_add_commands(struct world *world, struct prng *prng)
{
    uint32_t count = pick(prng, COMMANDS_PER_BLOCK_MAX);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t what = pick(prng, 10);
        if (what < 3) {
            add_issuance(world, prng);
        } else if (what < 8) {
            add_trade(world, prng);
        } else {
            add_target(world, prng);
        }
    }
}
