/*
 * Cancel, hold, release, amend: commands about an instruction that is there already (T6 to T11).
 *
 * A party acts on its own instructions and sets its own hold only; the operator acts on anybody's:
 * it cancels by CTHP, whatever the parties asked (T28), and sets the other three holds.
 *
 * Checks, in this order: party and reference known (NRGN), owner or operator (NRGN as well: whether
 * somebody else's reference exists is not told), fields that fit the kind (INVM), not ended (DSET,
 * DCAN), a partial indicator that can still change (INVM).
 */
#include "base/mutant.h"
#include "ledger/command/execute.h"
#include "ledger/settlement/priority.h"
#include "ledger/state.h"

static bool is_operator(const struct ledger *ledger, const struct command_context *context)
{
    return (party_view(ledger, context->party)->roles & PARTY_OPERATOR) != 0;
}

static uint32_t target_find(const struct ledger *ledger, const struct command_target *body)
{
    uint32_t party = party_find(ledger, &body->party);
    return party == RECORD_NONE ? RECORD_NONE : instruction_find(ledger, party, &body->reference);
}

static struct refusal check_fields(const struct command *command, bool own)
{
    const struct command_target *body = &command->target;
    bool holds = command->kind == COMMAND_HOLD || command->kind == COMMAND_RELEASE;
    bool one_of_four =
        body->hold >= DIMENSION_HOLD_PARTY && body->hold <= DIMENSION_HOLD_CONDITIONAL;
    if (holds ? !one_of_four : body->hold != 0) {
        return refuse(REASON_INVM, DETAIL_NOT_ALLOWED, FIELD_HOLD);
    }
    if (holds && (body->hold == DIMENSION_HOLD_PARTY) != own) {
        return refuse(REASON_INVM, DETAIL_ROLE_MISSING, FIELD_HOLD);
    }
    bool amends = command->kind == COMMAND_AMEND;
    if (body->priority > (amends ? PRIORITY_NORMAL : 0)) {
        return refuse(REASON_INVM, DETAIL_NOT_ALLOWED, FIELD_PRIORITY);
    }
    if (body->partial > (amends ? PARTIAL_PARQ : 0)) {
        return refuse(REASON_INVM, DETAIL_NOT_ALLOWED, FIELD_PARTIAL);
    }
    if (amends && body->priority == 0 && body->partial == 0) {
        return refuse(REASON_INVM, DETAIL_MISSING, FIELD_PRIORITY);
    }
    return refusal_none();
}

/* T10: whether it settles in parts cannot change once it does, and needs securities to part. */
static struct refusal check_partial(const struct instruction *instruction, uint8_t partial)
{
    if (partial == 0) {
        return refusal_none();
    }
    if (instruction->status[DIMENSION_SETTLEMENT].value == SETTLEMENT_PARTIALLY_SETTLED) {
        return refuse(REASON_INVM, DETAIL_PARTLY_SETTLED, FIELD_PARTIAL);
    }
    if (instruction->terms.quantity == 0 && partial != PARTIAL_NPAR) {
        return refuse(REASON_INVM, DETAIL_NOT_APPLICABLE, FIELD_PARTIAL);
    }
    return refusal_none();
}

struct refusal target_check(const struct ledger *ledger, const struct command_context *context,
                            const struct command *command)
{
    uint32_t index = target_find(ledger, &command->target);
    bool may_everything = is_operator(ledger, context) || MUTANT(TARGET_OF_OTHERS);
    if (index == RECORD_NONE ||
        (instruction_view(ledger, index)->party != context->party && !may_everything)) {
        return refuse(REASON_NRGN, DETAIL_UNKNOWN, FIELD_TARGET_REFERENCE);
    }
    const struct instruction *instruction = instruction_view(ledger, index);
    struct refusal refusal = check_fields(command, instruction->party == context->party);
    if (!refusal_is_none(refusal)) {
        return refusal;
    }
    if (!priority_allowed(ledger, context->party, command->target.priority)) {
        return refuse(REASON_INVM, DETAIL_ROLE_MISSING, FIELD_PRIORITY);
    }
    if (instruction->status[DIMENSION_SETTLEMENT].value == SETTLEMENT_SETTLED &&
        !MUTANT(ENDED_AMENDED)) {
        return refuse(REASON_DSET, DETAIL_CLOSED, FIELD_TARGET_REFERENCE);
    }
    if (instruction_ended(instruction) && !MUTANT(ENDED_AMENDED)) {
        return refuse(REASON_DCAN, DETAIL_CLOSED, FIELD_TARGET_REFERENCE);
    }
    return check_partial(instruction, command->target.partial);
}

static struct lifecycle_result target_dispatch(struct ledger *ledger, uint32_t index, bool own,
                                               const struct command *command)
{
    enum instruction_dimension hold = (enum instruction_dimension)command->target.hold;
    switch ((enum command_kind)command->kind) {
    case COMMAND_CANCEL:
        return own ? lifecycle_cancel(ledger, index) : lifecycle_cancel_by_operator(ledger, index);
    case COMMAND_HOLD:
        return lifecycle_hold(ledger, index, hold);
    case COMMAND_RELEASE:
        return lifecycle_release(ledger, index, hold);
    case COMMAND_AMEND:
        return lifecycle_amend(ledger, index, command->target.priority, command->target.partial);
    default:
        TALLY_ASSERT(false);
        return (struct lifecycle_result){OUTCOME_REFUSED, REASON_OTHR};
    }
}

struct command_result target_act(struct ledger *ledger, const struct command_context *context,
                                 const struct command *command)
{
    uint32_t index = target_find(ledger, &command->target);
    const struct instruction *instruction = instruction_view(ledger, index);
    uint64_t sequence = instruction->sequence;
    bool own = instruction->party == context->party;
    struct lifecycle_result came_to = target_dispatch(ledger, index, own, command);
    struct command_result result = result_done();
    result.outcome = came_to.outcome;
    result.refusal.reason = came_to.reason;
    result.instruction_sequence = sequence;
    return result;
}
