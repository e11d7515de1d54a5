/*
 * Transforming an instruction (T26): a mandatory event turned its security into another one, so
 * what is still open is cancelled (CANT) and instructed anew in the new security, with condition
 * TRAN.
 *
 * The operator may, and the registrar who issues the security. Both sides of a pair are transformed
 * together and stay matched; an unmatched instruction is entered anew and looks for its other side.
 * The new ones have the same parties, accounts, dates, priority, partial indicator and holds, the
 * new security and quantity, no links and no pool, and the amount that is given, or the one that
 * was left. Each side's reference is the new one, in its party's name.
 *
 * Checks, in this order: operator or issuer, and reference known (NRGN), not ended (DSET, DCAN), a
 * delivery of securities (DSEC), new security another one (DSEC), new reference given and free with
 * each party (REFE), then all checks of an instruction over each new one (command_instruct.c).
 */
#include "ledger/command/execute.h"
#include "ledger/instruction/instruct.h"
#include "ledger/state.h"

/* The old sides, deliverer first; one of them when unmatched or internal. */
struct old_sides {
    uint32_t index[2];
    uint32_t count;
};

static uint32_t target_find(const struct ledger *ledger, const struct command_context *context,
                            const struct command_transform *body)
{
    uint32_t party = party_find(ledger, &body->party);
    uint32_t index =
        party == RECORD_NONE ? RECORD_NONE : instruction_find(ledger, party, &body->reference);
    if (index == RECORD_NONE) {
        return RECORD_NONE;
    }
    bool operates = (party_view(ledger, context->party)->roles & PARTY_OPERATOR) != 0;
    uint32_t asset = instruction_view(ledger, index)->terms.asset;
    bool issues = asset_view(ledger, asset)->issuer == context->party;
    return operates || issues ? index : RECORD_NONE;
}

static struct old_sides sides_of(const struct ledger *ledger, uint32_t index)
{
    uint32_t counterpart = instruction_view(ledger, index)->counterpart;
    if (counterpart == RECORD_NONE || counterpart == index) {
        return (struct old_sides){{index, RECORD_NONE}, 1};
    }
    struct pair pair = pair_of(ledger, index);
    return (struct old_sides){{pair.deliverer, pair.receiver}, 2};
}

/* What it will still move of money: what was left, or what was named for matching only. */
static int64_t amount_left(const struct instruction *old)
{
    bool free_of_payment = old->terms.payment == PAYMENT_FREE;
    return free_of_payment ? old->terms.amount : instruction_amount_left(old);
}

static void new_make(const struct ledger *ledger, uint32_t index, const struct command *command,
                     struct command *out)
{
    const struct instruction *old = instruction_view(ledger, index);
    const struct command_transform *body = &command->transform;
    *out = (struct command){.kind = COMMAND_INSTRUCT,
                            .reference = body->new_reference,
                            .date = old->terms.trade_date,
                            .content = command->content};
    instruct_body(ledger, index, &out->instruct);
    out->instruct.asset = body->asset;
    out->instruct.quantity = body->quantity;
    out->instruct.amount = body->amount != 0 ? body->amount : amount_left(old);
    out->instruct.conditions |= CONDITION_TRAN;
}

static struct command_context side_context(const struct ledger *ledger,
                                           const struct command_context *context, uint32_t index,
                                           bool second)
{
    uint32_t party = instruction_view(ledger, index)->party;
    struct command_context side = instruct_context(context, party, second);
    side.generated = true;
    return side;
}

static struct refusal check_new(const struct ledger *ledger, const struct command_context *context,
                                const struct command *command, uint32_t target)
{
    struct old_sides sides = sides_of(ledger, target);
    for (uint32_t i = 0; i < sides.count; i++) {
        uint32_t party = instruction_view(ledger, sides.index[i])->party;
        if (instruction_find(ledger, party, &command->transform.new_reference) != RECORD_NONE) {
            return refuse(REASON_REFE, DETAIL_EXISTS_DIFFERENTLY, FIELD_NEW_REFERENCE);
        }
    }
    for (uint32_t i = 0; i < sides.count; i++) {
        struct command_context side = side_context(ledger, context, sides.index[i], i > 0);
        struct command made;
        struct instruct_plan plan;
        new_make(ledger, sides.index[i], command, &made);
        struct refusal refusal = instruct_check(ledger, &side, &made, &plan);
        if (!refusal_is_none(refusal)) {
            return refusal;
        }
    }
    return refusal_none();
}

struct refusal transform_check(const struct ledger *ledger, const struct command_context *context,
                               const struct command *command)
{
    const struct command_transform *body = &command->transform;
    uint32_t target = target_find(ledger, context, body);
    if (target == RECORD_NONE) {
        return refuse(REASON_NRGN, DETAIL_UNKNOWN, FIELD_TARGET_REFERENCE);
    }
    const struct instruction *old = instruction_view(ledger, target);
    if (old->status[DIMENSION_SETTLEMENT].value == SETTLEMENT_SETTLED) {
        return refuse(REASON_DSET, DETAIL_CLOSED, FIELD_TARGET_REFERENCE);
    }
    if (instruction_ended(old)) {
        return refuse(REASON_DCAN, DETAIL_CLOSED, FIELD_TARGET_REFERENCE);
    }
    bool delivers = instruction_quantity_left(old) > 0 &&
                    !asset_is_currency(asset_view(ledger, old->terms.asset));
    if (!delivers) {
        return refuse(REASON_DSEC, DETAIL_NOT_APPLICABLE, FIELD_TARGET_REFERENCE);
    }
    uint32_t asset = asset_find(ledger, &body->asset);
    if (asset == RECORD_NONE) {
        return refuse(REASON_DSEC, DETAIL_UNKNOWN, FIELD_ASSET);
    }
    if (asset == old->terms.asset || asset_is_currency(asset_view(ledger, asset))) {
        return refuse(REASON_DSEC, DETAIL_NOT_ALLOWED, FIELD_ASSET);
    }
    if (body->quantity <= 0) {
        return refuse(REASON_DQUA, DETAIL_OUT_OF_RANGE, FIELD_QUANTITY);
    }
    if (body->new_reference.size == 0) {
        return refuse(REASON_REFE, DETAIL_MISSING, FIELD_NEW_REFERENCE);
    }
    return check_new(ledger, context, command, target);
}

static void transformed_tell(struct ledger *ledger, uint32_t old_index, uint32_t new_index)
{
    const struct instruction *old = instruction_view(ledger, old_index);
    const struct instruction *made = instruction_view(ledger, new_index);
    struct event event = {
        .kind = EVENT_TRANSFORMED,
        .party = party_view(ledger, old->party)->bic,
        .reference = old->reference,
        .instruction_sequence = old->sequence,
        .counterparty = party_view(ledger, made->party)->bic,
        .counter_reference = made->reference,
        .counter_sequence = made->sequence,
        .asset = asset_view(ledger, made->terms.asset)->code,
        .quantity = made->terms.quantity,
        .amount = made->terms.amount,
        .settlement_date = made->terms.settlement_date,
        .reason = REASON_CANT,
    };
    event_emit(ledger, &event);
}

/* The depository's holds stay; the party's was instructed anew with the rest. */
static void holds_copy(struct ledger *ledger, uint32_t old_index, uint32_t new_index)
{
    const struct instruction *old = instruction_view(ledger, old_index);
    struct instruction *made = instruction_at(ledger, new_index);
    for (uint32_t i = DIMENSION_HOLD_CSD; i <= DIMENSION_HOLD_CONDITIONAL; i++) {
        made->status[i].value = old->status[i].value;
        made->status[i].reason = old->status[i].reason;
    }
}

struct command_result transform_act(struct ledger *ledger, const struct command_context *context,
                                    const struct command *command)
{
    uint32_t target = target_find(ledger, context, &command->transform);
    TALLY_ASSERT(target != RECORD_NONE);
    struct old_sides sides = sides_of(ledger, target);
    struct command_result result = result_done();
    struct command made[2];
    uint32_t index[2] = {RECORD_NONE, RECORD_NONE};
    for (uint32_t i = 0; i < sides.count; i++) {
        new_make(ledger, sides.index[i], command, &made[i]);
    }
    lifecycle_cancel_by_ledger(ledger, target, REASON_CANT);
    for (uint32_t i = 0; i < sides.count; i++) {
        struct command_context side = side_context(ledger, context, sides.index[i], i > 0);
        struct instruct_plan plan;
        instruct_plan_make(ledger, &side, &made[i], &plan);
        index[i] = instruct_make(ledger, &side, &made[i], &plan);
        holds_copy(ledger, sides.index[i], index[i]);
        transformed_tell(ledger, sides.index[i], index[i]);
        if (sides.index[i] == target) {
            result.instruction_sequence = instruction_view(ledger, index[i])->sequence;
        }
    }
    if (sides.count == 2) {
        lifecycle_accept_pair(ledger, index[0], index[1]);
    } else {
        lifecycle_accept(ledger, index[0], 0);
    }
    return result;
}
