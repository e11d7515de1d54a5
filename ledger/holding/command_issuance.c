/*
 * Issue and redeem securities; pay cash in and out: the two ways in which assets come and go.
 *
 * Both are one posting between the issuance account, whose position is the negative counterweight,
 * and an account of a holder. Only the issuer may, in its role: a registrar for securities, a
 * settlement bank for a currency. Redeeming takes from the holder's account on the issuer's word;
 * that is what the role means.
 *
 * Checks, in this order: asset (DSEC, NCRR), issuer and role, quantity (DQUA, DMON), multiple
 * (MUNO), holder's account (SAFE, CASH), balance to redeem (INVB), range of the balances, room.
 */
#include "ledger/command/execute.h"
#include "ledger/state.h"

static bool command_takes_back(const struct command *command)
{
    return command->kind == COMMAND_REDEEM || command->kind == COMMAND_CASH_OUT;
}

static bool command_is_cash(const struct command *command)
{
    return command->kind == COMMAND_CASH_IN || command->kind == COMMAND_CASH_OUT;
}

static struct refusal asset_check(const struct ledger *ledger,
                                  const struct command_context *context,
                                  const struct command *command)
{
    bool cash = command_is_cash(command);
    uint32_t index = asset_find(ledger, &command->issuance.asset);
    if (index == RECORD_NONE || asset_is_currency(asset_view(ledger, index)) != cash) {
        return refuse(cash ? REASON_NCRR : REASON_DSEC, DETAIL_UNKNOWN, FIELD_ASSET);
    }
    uint32_t role = cash ? PARTY_SETTLEMENT_BANK : PARTY_REGISTRAR;
    if (asset_view(ledger, index)->issuer != context->party ||
        (party_view(ledger, context->party)->roles & role) == 0) {
        return refuse(REASON_VALR, DETAIL_ROLE_MISSING, FIELD_ISSUER);
    }
    return refusal_none();
}

static struct refusal quantity_check(const struct asset *asset, int64_t quantity, bool cash)
{
    if (quantity <= 0) {
        return refuse(cash ? REASON_DMON : REASON_DQUA, DETAIL_OUT_OF_RANGE, FIELD_QUANTITY);
    }
    if (quantity % asset->settlement_unit_multiple != 0) {
        return refuse(REASON_MUNO, DETAIL_NONE, FIELD_QUANTITY);
    }
    return refusal_none();
}

/* The holder's account; RECORD_NONE when it cannot be used for the asset. */
static uint32_t holder_account(const struct ledger *ledger, const struct asset *asset,
                               const struct command_issuance *body, bool cash)
{
    uint32_t party = party_find(ledger, &body->bic);
    uint32_t index =
        party == RECORD_NONE ? RECORD_NONE : account_find(ledger, party, &body->account);
    if (index == RECORD_NONE || index == asset->issuance_account ||
        party_view(ledger, party)->status == PARTY_BLOCKED) {
        return RECORD_NONE;
    }
    const struct account *account = account_view(ledger, index);
    bool fits = account->kind == (cash ? ACCOUNT_CASH : ACCOUNT_SECURITIES);
    return fits && account->status == ACCOUNT_OPEN ? index : RECORD_NONE;
}

/* Credit in use lets holders have more than was issued, so every balance is asked by itself. */
static struct refusal range_check(const struct ledger *ledger, uint32_t holder, uint32_t asset,
                                  const struct command *command)
{
    int64_t quantity = command->issuance.quantity;
    uint32_t index = position_find(ledger, asset_view(ledger, asset)->issuance_account, asset);
    const struct position *counterweight = position_view(ledger, index);
    bool fits = command_takes_back(command)
                    ? position_can_take(counterweight, quantity)
                    : position_can_give(counterweight, quantity) &&
                          (holder == RECORD_NONE ||
                           position_can_take(position_view(ledger, holder), quantity));
    return fits ? refusal_none() : refuse(REASON_VALR, DETAIL_ISSUED_OVERFLOW, FIELD_QUANTITY);
}

static struct refusal balance_check(const struct ledger *ledger, uint32_t account, uint32_t asset,
                                    const struct command *command)
{
    uint32_t position = position_find(ledger, account, asset);
    if (command_takes_back(command)) {
        int64_t quantity = command->issuance.quantity;
        bool enough = position != RECORD_NONE &&
                      position_view(ledger, position)->balance[POSITION_AVAILABLE] >= quantity;
        return enough ? range_check(ledger, position, asset, command)
                      : refuse(REASON_INVB, DETAIL_LACK, FIELD_QUANTITY);
    }
    struct refusal refusal = range_check(ledger, position, asset, command);
    if (!refusal_is_none(refusal)) {
        return refusal;
    }
    if (position == RECORD_NONE &&
        record_count(ledger, RECORD_POSITION) == record_capacity(ledger, RECORD_POSITION)) {
        return refuse(REASON_VALR, DETAIL_CAPACITY_FULL, FIELD_ACCOUNT);
    }
    return refusal_none();
}

struct refusal issuance_check(const struct ledger *ledger, const struct command_context *context,
                              const struct command *command)
{
    bool cash = command_is_cash(command);
    struct refusal refusal = asset_check(ledger, context, command);
    if (!refusal_is_none(refusal)) {
        return refusal;
    }
    uint32_t index = asset_find(ledger, &command->issuance.asset);
    const struct asset *asset = asset_view(ledger, index);
    refusal = quantity_check(asset, command->issuance.quantity, cash);
    if (!refusal_is_none(refusal)) {
        return refusal;
    }
    uint32_t account = holder_account(ledger, asset, &command->issuance, cash);
    if (account == RECORD_NONE ||
        account_view(ledger, asset->issuance_account)->status != ACCOUNT_OPEN) {
        return refuse(cash ? REASON_CASH : REASON_SAFE, DETAIL_NOT_ALLOWED, FIELD_ACCOUNT);
    }
    return balance_check(ledger, account, index, command);
}

static void issuance_event(struct ledger *ledger, const struct command_context *context,
                           const struct command *command, const struct asset *asset,
                           uint32_t account)
{
    bool back = command_takes_back(command);
    struct event event = {.kind = back ? EVENT_REDEEMED : EVENT_ISSUED,
                          .party = party_view(ledger, context->party)->bic,
                          .reference = command->reference,
                          .counterparty = command->issuance.bic,
                          .asset = asset->code,
                          .quantity = command->issuance.quantity,
                          .account = account_view(ledger, asset->issuance_account)->id,
                          .counter_account = account_view(ledger, account)->id,
                          .settlement_date = ledger->scalars->business_date};
    event_emit(ledger, &event);
}

void issuance_act(struct ledger *ledger, const struct command_context *context,
                  const struct command *command)
{
    uint32_t index = asset_find(ledger, &command->issuance.asset);
    const struct asset *asset = asset_view(ledger, index);
    uint32_t account = holder_account(ledger, asset, &command->issuance, command_is_cash(command));
    TALLY_ASSERT(account != RECORD_NONE);
    uint32_t counterweight = position_find(ledger, asset->issuance_account, index);
    uint32_t holder = position_open(ledger, account, index);
    TALLY_ASSERT(counterweight != RECORD_NONE && holder != RECORD_NONE);
    bool back = command_takes_back(command);
    struct posting posting = {.debit = back ? holder : counterweight,
                              .credit = back ? counterweight : holder,
                              .quantity = command->issuance.quantity};
    enum posting_result booked = position_post(ledger, &posting, 1, NULL);
    TALLY_ASSERT(booked == POSTING_BOOKED);
    issuance_event(ledger, context, command, asset, account);
}
