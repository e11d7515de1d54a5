#include "ledger/instruction/lifecycle.h"

#include "base/amount.h"
#include "base/mutant.h"
#include "ledger/day/day_gate.h"
#include "ledger/instruction/allegement.h"
#include "ledger/link/contradiction.h"
#include "ledger/partial/release.h"
#include "ledger/state.h"

static struct lifecycle_result result_of(enum outcome outcome, enum reason reason)
{
    return (struct lifecycle_result){outcome, reason};
}

/* T9: what has ended stays as it is. pre: ended. */
static struct lifecycle_result denied(const struct instruction *instruction)
{
    bool settled = instruction->status[DIMENSION_SETTLEMENT].value == SETTLEMENT_SETTLED;

    TALLY_ASSERT(instruction_ended(instruction));
    return result_of(OUTCOME_REFUSED, settled ? REASON_DSET : REASON_DCAN);
}

static bool paired(const struct instruction *instruction)
{
    return instruction->counterpart != RECORD_NONE;
}

/* Does it settle without another side? */
static bool internal(const struct instruction *instruction)
{
    return instruction->status[DIMENSION_MATCH].value == MATCH_NOT_REQUIRED;
}

bool lifecycle_has_room(const struct ledger *ledger, const struct instruction_terms *terms)
{
    return matching_has_room(&ledger->matching, terms);
}

static void side_match(struct ledger *ledger, uint32_t index, uint32_t counterpart, int64_t amount)
{
    struct instruction *instruction = instruction_at(ledger, index);

    TALLY_ASSERT(!paired(instruction));
    instruction->counterpart = counterpart;
    instruction->settlement_amount = amount;
    instruction_advance_told(ledger, index, DIMENSION_MATCH, MATCH_MATCHED, PROCESSING_PENDING);
}

/* Tells the match of what did not settle at once; of an internal transfer, that it pends. */
static void match_tell(struct ledger *ledger, uint32_t head)
{
    struct pair pair = pair_of(ledger, head);

    if (pair_is_internal(&pair)) {
        event_emit_status(ledger, head, DIMENSION_PROCESSING, PROCESSING_PENDING, REASON_NONE);
        return;
    }
    event_emit_pair(ledger, EVENT_MATCHED, pair.deliverer, pair.receiver, pair.quantity,
                    pair.amount, REASON_NONE);
    link_contradiction_tell(ledger, head);
}

/* The first attempt of a pair. One that settles tells the match as well, and nothing contradicts
 * it any more. */
static void attempt_first(struct ledger *ledger, uint32_t head)
{
    struct settlement_fault fault;

    if (!settlement_set_settle_matched(ledger, head, &fault)) {
        match_tell(ledger, head);
        settlement_object(ledger, head, &fault.why);
    }
}

/* T4: both sides in one block; the deliverer's amount is the one that settles. Tries the pair. */
static void match(struct ledger *ledger, uint32_t index, uint32_t found)
{
    bool delivers = instruction_view(ledger, index)->terms.movement == MOVEMENT_DELI;
    uint32_t deliverer = delivers ? index : found;
    uint32_t receiver = delivers ? found : index;
    const struct instruction_terms *terms = &instruction_view(ledger, deliverer)->terms;
    int64_t amount = terms->payment == PAYMENT_APMT ? terms->amount : 0;

    if (MUTANT(AMOUNT_ROUNDED) && amount > 100) {
        amount -= amount % 100;
    }
    side_match(ledger, deliverer, receiver, amount);
    side_match(ledger, receiver, deliverer, amount);
    attempt_first(ledger, deliverer);
}

void lifecycle_accept(struct ledger *ledger, uint32_t index, uint32_t group_hash)
{
    struct instruction *instruction = instruction_at(ledger, index);
    uint32_t found;

    TALLY_ASSERT(!paired(instruction));
    TALLY_ASSERT(instruction->queue == QUEUE_NONE);
    if (internal(instruction)) {
        instruction->counterpart = index;
        record_touch(ledger, RECORD_INSTRUCTION, index);
        instruction_status_set_told(ledger, index, DIMENSION_PROCESSING, PROCESSING_PENDING,
                                    REASON_NONE);
        attempt_first(ledger, index);
        return;
    }
    TALLY_ASSERT(instruction->status[DIMENSION_MATCH].reason == REASON_CMIS);
    found = matching_find_or_add(&ledger->matching, index, group_hash);
    if (found == RECORD_NONE) {
        allegement_begin(ledger, index);
        return;
    }
    lifecycle_accept_matched(ledger, index, found);
}

static void position_ask(const struct ledger *ledger, uint32_t position)
{
    if (position != RECORD_NONE) {
        position_prefetch(ledger, position);
    }
}

static void account_ask(const struct ledger *ledger, uint32_t account)
{
    if (account != RECORD_NONE) {
        record_prefetch(ledger, RECORD_ACCOUNT, account);
    }
}

/* Over what an instruction settles that was entered long ago: wanted when the instruction is out of
 * the index. */
static void memory_ask(const struct ledger *ledger, uint32_t index)
{
    const struct instruction *instruction = instruction_view(ledger, index);

    position_ask(ledger, instruction->position);
    position_ask(ledger, instruction->other_position);
    account_ask(ledger, instruction->terms.account);
    account_ask(ledger, instruction->terms.cash_account);
}

/* What it settles over will be marked as changed. */
static void marks_ask(const struct ledger *ledger, uint32_t index)
{
    const struct instruction *instruction = instruction_view(ledger, index);

    if (instruction->position != RECORD_NONE) {
        record_touch_prefetch(ledger, RECORD_POSITION, instruction->position);
    }
    if (instruction->other_position != RECORD_NONE) {
        record_touch_prefetch(ledger, RECORD_POSITION, instruction->other_position);
    }
}

void lifecycle_accept_matched(struct ledger *ledger, uint32_t index, uint32_t alleged)
{
    TALLY_ASSERT(!paired(instruction_view(ledger, index)));
    memory_ask(ledger, alleged);
    marks_ask(ledger, alleged);
    marks_ask(ledger, index);
    matching_remove(&ledger->matching, alleged);
    allegement_end(ledger, alleged, false);
    match(ledger, index, alleged);
}

void lifecycle_accept_pair(struct ledger *ledger, uint32_t deliverer, uint32_t receiver)
{
    TALLY_ASSERT(instruction_view(ledger, deliverer)->terms.movement == MOVEMENT_DELI);
    match(ledger, deliverer, receiver);
}

/* Ends one side as cancelled. pre: open, in no index and no queue. */
static void side_cancel(struct ledger *ledger, uint32_t index, enum reason reason)
{
    const struct instruction *instruction = instruction_view(ledger, index);
    uint8_t settlement = instruction->status[DIMENSION_SETTLEMENT].value;

    TALLY_ASSERT(!instruction_ended(instruction));
    TALLY_ASSERT(settlement != SETTLEMENT_SETTLED);
    event_emit_instruction(ledger, EVENT_CANCELLED, index, DIMENSION_CANCELLATION,
                           CANCELLATION_CANCELLED, reason);
    instruction_status_set_told(ledger, index, DIMENSION_CANCELLATION, CANCELLATION_CANCELLED,
                                reason);
    instruction_status_set_told(ledger, index, DIMENSION_SETTLEMENT, settlement, REASON_NONE);
    instruction_status_set_told(ledger, index, DIMENSION_PROCESSING, PROCESSING_ENDED, reason);
    link_ended(ledger, index);
}

/* Ends an instruction and, if it has one, its counterpart. */
static struct lifecycle_result cancel(struct ledger *ledger, uint32_t index, enum reason reason)
{
    const struct instruction *instruction = instruction_view(ledger, index);
    uint32_t counterpart = instruction->counterpart;

    if (paired(instruction)) {
        waiting_leave(ledger, pair_of(ledger, index).deliverer);
    } else {
        matching_remove(&ledger->matching, index);
        allegement_end(ledger, index, true);
    }
    side_cancel(ledger, index, reason);
    if (counterpart != RECORD_NONE && counterpart != index) {
        side_cancel(ledger, counterpart, reason);
    }
    return result_of(OUTCOME_DONE, reason);
}

struct lifecycle_result lifecycle_cancel(struct ledger *ledger, uint32_t index)
{
    const struct instruction *instruction = instruction_view(ledger, index);

    if (instruction_ended(instruction)) {
        return denied(instruction);
    }
    /* T6, and an internal transfer, which concerns nobody else. */
    if (!paired(instruction) || internal(instruction) || MUTANT(CANCELLED_BY_ONE_SIDE)) {
        return cancel(ledger, index, REASON_CANI);
    }
    if (instruction->status[DIMENSION_CANCELLATION].value == CANCELLATION_REQUESTED) {
        return result_of(OUTCOME_ALREADY, REASON_CONF);
    }
    /* T8 */
    if (instruction_view(ledger, instruction->counterpart)->status[DIMENSION_CANCELLATION].value ==
        CANCELLATION_REQUESTED) {
        return cancel(ledger, index, REASON_CANI);
    }
    /* T7 */
    instruction_status_set(ledger, index, DIMENSION_CANCELLATION, CANCELLATION_REQUESTED,
                           REASON_CONF);
    event_emit_instruction(ledger, EVENT_CANCELLATION_REQUESTED, index, DIMENSION_CANCELLATION,
                           CANCELLATION_REQUESTED, REASON_CONF);
    return result_of(OUTCOME_PENDING, REASON_CONF);
}

struct lifecycle_result lifecycle_cancel_by_operator(struct ledger *ledger, uint32_t index)
{
    const struct instruction *instruction = instruction_view(ledger, index);

    return instruction_ended(instruction) ? denied(instruction)
                                          : cancel(ledger, index, REASON_CTHP);
}

void lifecycle_cancel_by_ledger(struct ledger *ledger, uint32_t index, enum reason reason)
{
    struct lifecycle_result result = cancel(ledger, index, reason);

    TALLY_ASSERT(result.outcome == OUTCOME_DONE);
}

static enum reason hold_code(enum instruction_dimension which)
{
    switch (which) {
    case DIMENSION_HOLD_PARTY:
        return REASON_PTYH;
    case DIMENSION_HOLD_CSD:
        return REASON_CSDH;
    case DIMENSION_HOLD_VALIDATION:
        return REASON_CVAL;
    default:
        TALLY_ASSERT(which == DIMENSION_HOLD_CONDITIONAL);
        return REASON_CDEL;
    }
}

static void attempt_unless_early(struct ledger *ledger, uint32_t index)
{
    uint32_t head;

    if (!paired(instruction_view(ledger, index))) {
        return;
    }
    head = pair_of(ledger, index).deliverer;
    if (day_settlement_date(ledger, &instruction_view(ledger, head)->terms) > ledger_date(ledger) ||
        waiting_soon_asked(ledger, head)) {
        return;
    }
    waiting_leave(ledger, head);
    settlement_attempt(ledger, head);
}

static struct lifecycle_result hold_set(struct ledger *ledger, uint32_t index,
                                        enum instruction_dimension which, enum hold_status value)
{
    const struct instruction *instruction = instruction_view(ledger, index);

    if (instruction_ended(instruction)) {
        return denied(instruction);
    }
    bool takes_back = which == DIMENSION_HOLD_PARTY && instruction->released_quantity > 0;
    if (instruction->status[which].value == value && !takes_back) {
        return result_of(OUTCOME_ALREADY, REASON_NONE);
    }
    if (takes_back) {
        release_take_back(ledger, index);
    }
    instruction_status_set(ledger, index, which, (uint8_t)value,
                           value == HOLD_YES ? hold_code(which) : REASON_NONE);
    attempt_unless_early(ledger, index);
    return result_of(OUTCOME_DONE, REASON_NONE);
}

struct lifecycle_result lifecycle_hold(struct ledger *ledger, uint32_t index,
                                       enum instruction_dimension which)
{
    return hold_set(ledger, index, which, HOLD_YES);
}

struct lifecycle_result lifecycle_release(struct ledger *ledger, uint32_t index,
                                          enum instruction_dimension which)
{
    TALLY_ASSERT(hold_code(which) != REASON_NONE);
    return hold_set(ledger, index, which, HOLD_NO);
}

void lifecycle_release_part(struct ledger *ledger, uint32_t index, int64_t quantity)
{
    struct instruction *instruction = instruction_at(ledger, index);
    bool fits =
        amount_add(instruction->released_quantity, quantity, &instruction->released_quantity);

    TALLY_ASSERT(fits && paired(instruction));
    TALLY_ASSERT(instruction->status[DIMENSION_HOLD_PARTY].value == HOLD_YES);
    record_touch(ledger, RECORD_INSTRUCTION, index);
    event_emit_quantity(ledger, EVENT_PARTIALLY_RELEASED, index, quantity);
    attempt_unless_early(ledger, index);
}

static void prioritise(struct ledger *ledger, uint32_t index, uint8_t priority)
{
    struct instruction *instruction = instruction_at(ledger, index);
    if (!paired(instruction)) {
        instruction->terms.priority = priority;
        return;
    }
    /* The order of a queue is made of the records: out, change, in again. */
    uint32_t head = pair_of(ledger, index).deliverer;
    const struct instruction before = *instruction_view(ledger, head);
    bool ordered = before.queue == QUEUE_POSITION || before.queue == QUEUE_LIMIT;
    if (ordered) {
        waiting_leave(ledger, head);
    }
    instruction->terms.priority = priority;
    if (before.queue == QUEUE_POSITION) {
        waiting_for_position(ledger, head, before.waiting_for, before.waiting_need);
        part_queue_join(ledger, head, before.part_least);
    } else if (before.queue == QUEUE_LIMIT) {
        waiting_for_limit(ledger, head, before.waiting_for, before.waiting_need);
    }
}

struct lifecycle_result lifecycle_amend(struct ledger *ledger, uint32_t index, uint8_t priority,
                                        uint8_t partial)
{
    struct instruction *instruction = instruction_at(ledger, index);
    bool other_priority = priority != 0 && priority != instruction->terms.priority;
    bool other_partial = partial != 0 && partial != instruction->terms.partial;

    TALLY_ASSERT(priority <= PRIORITY_NORMAL);
    TALLY_ASSERT(partial <= PARTIAL_PARQ);
    if (instruction_ended(instruction) && !MUTANT(ENDED_AMENDED)) {
        return denied(instruction);
    }
    if (!other_priority && !other_partial) {
        return result_of(OUTCOME_ALREADY, REASON_NONE);
    }
    if (other_priority) {
        prioritise(ledger, index, priority);
    }
    if (other_partial) {
        instruction->terms.partial = partial;
    }
    record_touch(ledger, RECORD_INSTRUCTION, index);
    event_emit_instruction(ledger, EVENT_AMENDED, index, DIMENSION_PROCESSING,
                           instruction->status[DIMENSION_PROCESSING].value, REASON_NONE);
    if (other_partial) {
        attempt_unless_early(ledger, index);
    }
    return result_of(OUTCOME_DONE, REASON_NONE);
}
