/*
 * Setting up, increasing, decreasing and releasing restrictions (semt.013, intra-position
 * movement).
 *
 * Who. A party sets aside for itself: blocking, reservation, earmarking. The operator restricts
 * anybody's position, alone pledges, and may change what others set up.
 *
 * Checks of a set-up, in this order: account, owner or operator (SAFE), asset and position (DSEC),
 * kind (INVB), reference free (REFE), quantity (DQUA), then as an increase. Of a change:
 * restriction found, own or by the operator (NRGN), not cancelled (INVB), quantity (DQUA); an
 * increase: what it would take (INVB LACK, for an earmarking that gets nothing), room to wait
 * (VALR); a decrease: what there is to give up (INVB LACK).
 */
#include "base/amount.h"
#include "base/mutant.h"
#include "ledger/command/execute.h"
#include "ledger/state.h"
#include "ledger/state/index.h"

static bool asks_as_operator(const struct ledger *ledger, const struct command_context *context)
{
    return (party_view(ledger, context->party)->roles & PARTY_OPERATOR) != 0 ||
           MUTANT(RESTRICTION_OF_OTHERS);
}

/* The account if the asking party may restrict what it holds, else RECORD_NONE. */
static uint32_t account_of(const struct ledger *ledger, const struct command_context *context,
                           const struct command_restriction_set *body)
{
    uint32_t party = party_find(ledger, &body->bic);
    if (party == RECORD_NONE || (party != context->party && !asks_as_operator(ledger, context))) {
        return RECORD_NONE;
    }
    return account_find(ledger, party, &body->account);
}

/* Can it take `quantity` more, or wait for it? `waits`: it waits already. */
static struct refusal extend_check(const struct ledger *ledger, uint32_t position, uint8_t kind,
                                   int64_t quantity, bool waits)
{
    int64_t takes = restriction_takes(ledger, position, kind, quantity);
    if (kind == RESTRICTION_EARMARKING) {
        return takes > 0 ? refusal_none() : refuse(REASON_INVB, DETAIL_LACK, FIELD_QUANTITY);
    }
    if (waits) {
        return restriction_all_or_none(kind)
                   ? refuse(REASON_VALR, DETAIL_RESTRICTION_WAITS, FIELD_RESTRICTION)
                   : refusal_none();
    }
    return takes < quantity && restriction_waiting(ledger, position) == RESTRICTION_WAITING_MAX
               ? refuse(REASON_VALR, DETAIL_RESTRICTIONS_WAITING, FIELD_ACCOUNT)
               : refusal_none();
}

static struct refusal set_check(const struct ledger *ledger, const struct command_context *context,
                                const struct command *command)
{
    const struct command_restriction_set *body = &command->restriction_set;
    uint32_t account = account_of(ledger, context, body);
    if (account == RECORD_NONE) {
        return refuse(REASON_SAFE, DETAIL_UNKNOWN, FIELD_ACCOUNT);
    }
    uint32_t asset = asset_find(ledger, &body->asset);
    uint32_t index = asset == RECORD_NONE ? RECORD_NONE : position_find(ledger, account, asset);
    if (index == RECORD_NONE || position_is_counterweight(ledger, index)) {
        return refuse(REASON_DSEC, DETAIL_UNKNOWN, FIELD_ASSET);
    }
    if (!restriction_kind_known(body->kind) ||
        (body->kind == RESTRICTION_PLEDGING && !asks_as_operator(ledger, context))) {
        return refuse(REASON_INVB, DETAIL_NOT_ALLOWED, FIELD_RESTRICTION_KIND);
    }
    if (restriction_find(ledger, context->party, &command->reference) != RECORD_NONE) {
        return refuse(REASON_REFE, DETAIL_EXISTS_DIFFERENTLY, FIELD_REFERENCE);
    }
    if (body->quantity <= 0) {
        return refuse(REASON_DQUA, DETAIL_OUT_OF_RANGE, FIELD_QUANTITY);
    }
    struct refusal refusal = extend_check(ledger, index, body->kind, body->quantity, false);
    if (!refusal_is_none(refusal)) {
        return refusal;
    }
    if (record_count(ledger, RECORD_RESTRICTION) == record_capacity(ledger, RECORD_RESTRICTION)) {
        return refuse(REASON_VALR, DETAIL_CAPACITY_FULL, FIELD_RESTRICTION);
    }
    uint32_t used = party_view(ledger, context->party)->restriction_count;
    return party_share_allows(ledger, RECORD_RESTRICTION, used, 1)
               ? refusal_none()
               : refuse(REASON_VALR, DETAIL_QUOTA_FULL, FIELD_RESTRICTION);
}

static uint32_t restriction_named(const struct ledger *ledger,
                                  const struct command_restriction_change *body)
{
    uint32_t party = party_find(ledger, &body->party);
    return party == RECORD_NONE ? RECORD_NONE : restriction_find(ledger, party, &body->reference);
}

static struct refusal increase_check(const struct ledger *ledger,
                                     const struct restriction *restriction, int64_t quantity)
{
    int64_t initial = 0;
    if (!amount_add(restriction->initial, quantity, &initial)) {
        return refuse(REASON_DQUA, DETAIL_OUT_OF_RANGE, FIELD_QUANTITY);
    }
    return extend_check(ledger, restriction->position, restriction->kind, quantity,
                        restriction->to_fill > 0);
}

static struct refusal change_check(const struct ledger *ledger,
                                   const struct command_context *context,
                                   const struct command *command)
{
    const struct command_restriction_change *body = &command->restriction_change;
    uint32_t index = restriction_named(ledger, body);
    if (index == RECORD_NONE || (restriction_view(ledger, index)->party != context->party &&
                                 !asks_as_operator(ledger, context))) {
        return refuse(REASON_NRGN, DETAIL_UNKNOWN, FIELD_TARGET_REFERENCE);
    }
    const struct restriction *restriction = restriction_view(ledger, index);
    if (restriction->cancellation == CANCELLATION_CANCELLED) {
        return refuse(REASON_INVB, DETAIL_CLOSED, FIELD_TARGET_REFERENCE);
    }
    if (command->kind == COMMAND_RESTRICTION_RELEASE) {
        return body->quantity == 0 ? refusal_none()
                                   : refuse(REASON_DQUA, DETAIL_NOT_APPLICABLE, FIELD_QUANTITY);
    }
    if (body->quantity <= 0) {
        return refuse(REASON_DQUA, DETAIL_OUT_OF_RANGE, FIELD_QUANTITY);
    }
    if (command->kind == COMMAND_RESTRICTION_INCREASE) {
        return increase_check(ledger, restriction, body->quantity);
    }
    return body->quantity > restriction->remaining + restriction->to_fill
               ? refuse(REASON_INVB, DETAIL_LACK, FIELD_QUANTITY)
               : refusal_none();
}

struct refusal restriction_check(const struct ledger *ledger, const struct command_context *context,
                                 const struct command *command)
{
    return command->kind == COMMAND_RESTRICTION_SET ? set_check(ledger, context, command)
                                                    : change_check(ledger, context, command);
}

static void set_act(struct ledger *ledger, const struct command_context *context,
                    const struct command *command)
{
    const struct command_restriction_set *body = &command->restriction_set;
    uint32_t account = account_of(ledger, context, body);
    uint32_t index = record_take(ledger, RECORD_RESTRICTION);
    TALLY_ASSERT(index != RECORD_NONE);
    ledger->restrictions[index] = (struct restriction){
        .sequence = ++ledger->scalars->restriction_sequence,
        .party = context->party,
        .reference = command->reference,
        .position = position_find(ledger, account, asset_find(ledger, &body->asset)),
        .kind = body->kind,
        .secret = context->secret};
    index_enter(ledger, RECORD_RESTRICTION, index);
    party_at(ledger, context->party)->restriction_count++;
    record_touch(ledger, RECORD_PARTY, context->party);
    restriction_extend(ledger, index, body->quantity);
}

void restriction_act(struct ledger *ledger, const struct command_context *context,
                     const struct command *command)
{
    if (command->kind == COMMAND_RESTRICTION_SET) {
        set_act(ledger, context, command);
        return;
    }
    const struct command_restriction_change *body = &command->restriction_change;
    uint32_t index = restriction_named(ledger, body);
    TALLY_ASSERT(index != RECORD_NONE);
    bool own = restriction_view(ledger, index)->party == context->party;
    switch ((enum command_kind)command->kind) {
    case COMMAND_RESTRICTION_INCREASE:
        restriction_extend(ledger, index, body->quantity);
        return;
    case COMMAND_RESTRICTION_DECREASE:
        restriction_reduce(ledger, index, body->quantity);
        return;
    default:
        TALLY_ASSERT(command->kind == COMMAND_RESTRICTION_RELEASE);
        restriction_release(ledger, index, own ? REASON_CANI : REASON_CTHP);
        return;
    }
}
