#include "ledger/settlement/booking.h"

#include "base/amount.h"
#include "base/mutant.h"
#include "ledger/partial/partial.h"
#include "ledger/state.h"

/* I4: settled and left make what was instructed, and the money keeps step (partial.h). */
static bool settled_in_step(const struct instruction *instruction)
{
    int64_t due = instruction->settlement_amount;

    if (instruction->settled_quantity != instruction->terms.quantity) {
        due = partial_amount(due, instruction->terms.quantity, instruction->settled_quantity);
    }
    return instruction->settled_amount == due;
}

/* T9: who asked to cancel and was not agreed with in time is denied now, before SETTLED says that
 * it has ended. */
static void cancellation_deny(struct ledger *ledger, uint32_t index)
{
    if (instruction_view(ledger, index)->status[DIMENSION_CANCELLATION].value ==
        CANCELLATION_REQUESTED) {
        instruction_status_set(ledger, index, DIMENSION_CANCELLATION, CANCELLATION_NONE,
                               REASON_DSET);
    }
}

static void side_end(struct ledger *ledger, uint32_t index)
{
    const struct instruction *instruction = instruction_view(ledger, index);

    TALLY_ASSERT(instruction->settled_quantity == instruction->terms.quantity);
    TALLY_ASSERT(instruction->settled_amount == instruction->settlement_amount);
    instruction_advance_told(ledger, index, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED,
                             PROCESSING_ENDED);
    if (instruction->ties != NULL) {
        link_ended(ledger, index);
    }
}

static void side_settle(struct ledger *ledger, uint32_t index, const struct pair *pair, bool part)
{
    struct instruction *instruction = instruction_at(ledger, index);
    bool sums =
        amount_add(instruction->settled_quantity, pair->quantity, &instruction->settled_quantity) &&
        amount_add(instruction->settled_amount, pair->amount, &instruction->settled_amount);

    TALLY_ASSERT(sums);
    TALLY_ASSERT(settled_in_step(instruction));
    if (part) {
        record_touch(ledger, RECORD_INSTRUCTION, index);
        instruction_status_set_told(ledger, index, DIMENSION_SETTLEMENT,
                                    SETTLEMENT_PARTIALLY_SETTLED, REASON_PART);
    } else {
        side_end(ledger, index);
    }
}

/* What sese.025 says of it: nothing of a whole, PAIN of a part, PARC of the last. */
static enum reason part_reason(const struct instruction *head, bool part)
{
    if (part) {
        return REASON_PAIN;
    }
    return head->settled_quantity > 0 ? REASON_PARC : REASON_NONE;
}

void booking_record(struct ledger *ledger, const struct pair *pair, bool matched)
{
    const struct instruction *head = instruction_view(ledger, pair->deliverer);
    bool part = pair_is_part(ledger, pair);

    TALLY_ASSERT(head->queue == QUEUE_NONE);
    TALLY_ASSERT(part || pair->amount == instruction_amount_left(head));
    TALLY_ASSERT(!matched || (!part && head->settled_quantity == 0));
    if (!part) {
        cancellation_deny(ledger, pair->deliverer);
        cancellation_deny(ledger, pair->receiver);
    }
    if (!MUTANT(SETTLED_EVENT_FORGOTTEN)) {
        event_emit_settled(ledger, pair->deliverer, pair->receiver, pair->quantity, pair->amount,
                           part_reason(head, part), matched);
    }
    side_settle(ledger, pair->deliverer, pair, part);
    if (!pair_is_internal(pair)) {
        const struct instruction *receiver = instruction_view(ledger, pair->receiver);
        side_settle(ledger, pair->receiver, pair, part);
        /* I3: one side settled, so is the other; same block, quantity and amount. */
        TALLY_ASSERT(receiver->settled_quantity == head->settled_quantity);
        TALLY_ASSERT(receiver->settled_amount == head->settled_amount);
        TALLY_ASSERT(instruction_ended(receiver) == !part && instruction_ended(head) == !part);
    }
}
