/*
 * Moving a quantity between the balances of one position: blocking, earmarking, reserving, pledging
 * and their ends (semt.013, intra-position movement). What is held stays the same; only what is
 * available settles.
 *
 * Who. The account's party sets aside for itself: available, earmarked, reserved. The operator may
 * move between any two, and alone touches blocked and pledged. Nothing is put on loan by hand.
 *
 * Checks, in this order: account, owner or operator (SAFE), asset and position (DSEC), the two
 * balances (INVB), quantity (DQUA), what is there (INVB LACK).
 */
#include "base/amount.h"
#include "ledger/command/execute.h"
#include "ledger/state.h"

static bool balance_is_own(uint8_t balance)
{
    return balance == POSITION_AVAILABLE || balance == POSITION_EARMARKED ||
           balance == POSITION_RESERVED;
}

static bool balance_is_anybodys(uint8_t balance)
{
    return balance_is_own(balance) || balance == POSITION_BLOCKED || balance == POSITION_PLEDGED;
}

/* The account if the asking party may move in it, else RECORD_NONE. */
static uint32_t movable_account(const struct ledger *ledger, const struct command_context *context,
                                const struct command_movement *body)
{
    uint32_t party = party_find(ledger, &body->bic);
    bool is_operator = (party_view(ledger, context->party)->roles & PARTY_OPERATOR) != 0;
    if (party == RECORD_NONE || (party != context->party && !is_operator)) {
        return RECORD_NONE;
    }
    return account_find(ledger, party, &body->account);
}

static struct refusal check_balances(const struct ledger *ledger,
                                     const struct command_context *context,
                                     const struct command_movement *body)
{
    bool is_operator = (party_view(ledger, context->party)->roles & PARTY_OPERATOR) != 0;
    bool from = is_operator ? balance_is_anybodys(body->from) : balance_is_own(body->from);
    bool to = is_operator ? balance_is_anybodys(body->to) : balance_is_own(body->to);
    if (!from) {
        return refuse(REASON_INVB, DETAIL_NOT_ALLOWED, FIELD_BALANCE_FROM);
    }
    if (!to) {
        return refuse(REASON_INVB, DETAIL_NOT_ALLOWED, FIELD_BALANCE_TO);
    }
    return body->from == body->to ? refuse(REASON_INVB, DETAIL_SELF, FIELD_BALANCE_TO)
                                  : refusal_none();
}

struct refusal movement_check(const struct ledger *ledger, const struct command_context *context,
                              const struct command *command)
{
    const struct command_movement *body = &command->movement;
    uint32_t account = movable_account(ledger, context, body);
    if (account == RECORD_NONE) {
        return refuse(REASON_SAFE, DETAIL_UNKNOWN, FIELD_ACCOUNT);
    }
    uint32_t asset = asset_find(ledger, &body->asset);
    uint32_t index = asset == RECORD_NONE ? RECORD_NONE : position_find(ledger, account, asset);
    if (index == RECORD_NONE || position_is_counterweight(ledger, index)) {
        return refuse(REASON_DSEC, DETAIL_UNKNOWN, FIELD_ASSET);
    }
    struct refusal refusal = check_balances(ledger, context, body);
    if (!refusal_is_none(refusal)) {
        return refusal;
    }
    if (body->quantity <= 0) {
        return refuse(REASON_DQUA, DETAIL_OUT_OF_RANGE, FIELD_QUANTITY);
    }
    /* Credit is for paying, not for setting aside: only what is really there moves. */
    const struct position *position = position_view(ledger, index);
    int64_t taken = 0;
    if (position->balance[body->from] < body->quantity ||
        !amount_add(position->balance[body->to], body->quantity, &taken)) {
        return refuse(REASON_INVB, DETAIL_LACK, FIELD_QUANTITY);
    }
    return refusal_none();
}

static void movement_event(struct ledger *ledger, const struct command_context *context,
                           const struct command *command)
{
    const struct command_movement *body = &command->movement;
    struct event event = {.kind = EVENT_MOVED,
                          .party = party_view(ledger, context->party)->bic,
                          .reference = command->reference,
                          .counterparty = body->bic,
                          .counter_account = body->account,
                          .asset = body->asset,
                          .quantity = body->quantity,
                          .settlement_date = ledger->scalars->business_date,
                          .balance = body->from,
                          .value = body->to};
    event_emit(ledger, &event, &context->secret);
}

void movement_act(struct ledger *ledger, const struct command_context *context,
                  const struct command *command)
{
    const struct command_movement *body = &command->movement;
    uint32_t account = movable_account(ledger, context, body);
    uint32_t index = position_find(ledger, account, asset_find(ledger, &body->asset));
    TALLY_ASSERT(index != RECORD_NONE);
    bool moved = position_shift(ledger, index, (enum position_balance)body->from,
                                (enum position_balance)body->to, body->quantity);
    TALLY_ASSERT(moved);
    movement_event(ledger, context, command);
}
