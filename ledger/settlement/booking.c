#include "ledger/settlement/booking.h"

#include "base/amount.h"
#include "base/mutant.h"
#include "ledger/state.h"

static void side_settle(struct ledger *ledger, uint32_t index, int64_t quantity, int64_t amount)
{
    struct instruction *instruction = instruction_at(ledger, index);
    bool sums =
        amount_add(instruction->settled_quantity, quantity, &instruction->settled_quantity) &&
        amount_add(instruction->settled_amount, amount, &instruction->settled_amount);

    TALLY_ASSERT(sums);
    /* I4: settled and remaining make what was instructed. */
    TALLY_ASSERT(instruction->settled_quantity == instruction->terms.quantity);
    TALLY_ASSERT(instruction->settled_amount == instruction->settlement_amount);
    record_touch(ledger, RECORD_INSTRUCTION, index);
    if (instruction->status[DIMENSION_CANCELLATION].value == CANCELLATION_REQUESTED) {
        /* T9: who asked to cancel and was not agreed with in time is denied now. */
        instruction_status_set(ledger, index, DIMENSION_CANCELLATION, CANCELLATION_NONE,
                               REASON_DSET);
    }
    instruction_status_set(ledger, index, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED, REASON_NONE);
    instruction_status_set(ledger, index, DIMENSION_PROCESSING, PROCESSING_ENDED, REASON_NONE);
    link_ended(ledger, index);
}

void booking_record(struct ledger *ledger, const struct pair *pair, int64_t quantity,
                    int64_t amount)
{
    const struct instruction *head = instruction_view(ledger, pair->deliverer);

    TALLY_ASSERT(head->queue == QUEUE_NONE);
    if (!MUTANT(SETTLED_EVENT_FORGOTTEN)) {
        event_emit_pair(ledger, EVENT_SETTLED, pair->deliverer, pair->receiver, quantity, amount,
                        REASON_NONE);
    }
    side_settle(ledger, pair->deliverer, quantity, amount);
    if (!pair_is_internal(pair)) {
        const struct instruction *receiver = instruction_view(ledger, pair->receiver);
        side_settle(ledger, pair->receiver, quantity, amount);
        /* I3: one side settled, so is the other; same block, quantity and amount. */
        TALLY_ASSERT(receiver->settled_quantity == head->settled_quantity);
        TALLY_ASSERT(receiver->settled_amount == head->settled_amount);
        TALLY_ASSERT(instruction_ended(receiver) && instruction_ended(head));
    }
}
