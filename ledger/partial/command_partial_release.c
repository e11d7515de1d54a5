/*
 * Partial release: the deliverer lets a quantity of an instruction go that stays on party hold
 * (release.h).
 *
 * Checks, in this order: an own instruction under that reference (NRGN), not ended (DSET, DCAN);
 * then all INVM: it delivers, it is matched, its party holds it, it settles in parts
 * (part_whole_only), both sides allow parts of it, and the quantity with what is released already
 * is a part: at least the least, a multiple, less than is left.
 */
#include "base/amount.h"
#include "ledger/command/execute.h"
#include "ledger/instruction/lifecycle.h"
#include "ledger/partial/part_settlement.h"
#include "ledger/partial/release.h"
#include "ledger/settlement/settlement.h"
#include "ledger/state.h"

static uint32_t own_find(const struct ledger *ledger, const struct command_context *context,
                         const struct command_partial_release *body)
{
    return instruction_find(ledger, context->party, &body->reference);
}

static struct refusal refuse_release(enum detail detail, enum field field)
{
    return refuse(REASON_INVM, detail, field);
}

/* Can a part of it be released at all? pre: not ended. */
static struct refusal check_state(const struct ledger *ledger, uint32_t index)
{
    const struct instruction *own = instruction_view(ledger, index);

    if (own->terms.movement != MOVEMENT_DELI || own->terms.quantity == 0) {
        return refuse_release(DETAIL_DELIVERER_ONLY, FIELD_TARGET_REFERENCE);
    }
    if (own->counterpart == RECORD_NONE) {
        return refuse_release(DETAIL_NOT_MATCHED, FIELD_TARGET_REFERENCE);
    }
    if (own->status[DIMENSION_HOLD_PARTY].value != HOLD_YES) {
        return refuse_release(DETAIL_NOT_HELD, FIELD_HOLD);
    }
    if (part_whole_only(ledger, index)) {
        return refuse_release(DETAIL_SETTLES_WHOLE, FIELD_TARGET_REFERENCE);
    }
    const struct instruction *other = instruction_view(ledger, own->counterpart);
    if (own->terms.partial == PARTIAL_NPAR || other->terms.partial == PARTIAL_NPAR ||
        asset_is_currency(asset_view(ledger, own->terms.asset))) {
        return refuse_release(DETAIL_SETTLES_WHOLE, FIELD_PARTIAL);
    }
    return refusal_none();
}

/* Is it, with what was released before, a quantity that could settle as a part? */
static struct refusal check_quantity(const struct ledger *ledger, uint32_t index, int64_t quantity)
{
    struct pair pair = pair_of(ledger, index);
    struct partial_terms terms = part_terms(ledger, &pair);
    struct partial_part part;
    int64_t released = 0;

    (void)partial_decide(&terms, 0, &part);
    if (quantity <= 0 || quantity % terms.unit_multiple != 0 ||
        !amount_add(instruction_view(ledger, index)->released_quantity, quantity, &released) ||
        released >= pair.quantity || part.quantity_least == 0 || released < part.quantity_least) {
        return refuse_release(DETAIL_NO_PART, FIELD_QUANTITY);
    }
    return refusal_none();
}

struct refusal partial_release_check(const struct ledger *ledger,
                                     const struct command_context *context,
                                     const struct command *command)
{
    const struct command_partial_release *body = &command->partial_release;
    uint32_t index = own_find(ledger, context, body);
    struct refusal refusal;

    if (index == RECORD_NONE) {
        return refuse(REASON_NRGN, DETAIL_UNKNOWN, FIELD_TARGET_REFERENCE);
    }
    if (instruction_ended(instruction_view(ledger, index))) {
        const struct instruction *ended = instruction_view(ledger, index);
        bool settled = ended->status[DIMENSION_SETTLEMENT].value == SETTLEMENT_SETTLED;
        return refuse(settled ? REASON_DSET : REASON_DCAN, DETAIL_CLOSED, FIELD_TARGET_REFERENCE);
    }
    refusal = check_state(ledger, index);
    return refusal_is_none(refusal) ? check_quantity(ledger, index, body->quantity) : refusal;
}

struct command_result partial_release_act(struct ledger *ledger,
                                          const struct command_context *context,
                                          const struct command *command)
{
    const struct command_partial_release *body = &command->partial_release;
    uint32_t index = own_find(ledger, context, body);
    struct command_result result = result_done();

    result.instruction_sequence = instruction_view(ledger, index)->sequence;
    lifecycle_release_part(ledger, index, body->quantity);
    return result;
}
