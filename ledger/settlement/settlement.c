#include "ledger/settlement/settlement.h"

#include "ledger/state.h"

static void side_pend(struct ledger *ledger, uint32_t index, enum reason reason)
{
    uint8_t value = instruction_view(ledger, index)->status[DIMENSION_SETTLEMENT].value;

    TALLY_ASSERT(reason != REASON_NONE);
    instruction_status_set(ledger, index, DIMENSION_SETTLEMENT, value, reason);
}

/*
 * Tells both sides why the pair is pending, and puts it where it waits. Whoever is told the same as
 * before causes no event.
 */
static void pair_pend(struct ledger *ledger, const struct pair *pair, const struct eligibility *why)
{
    side_pend(ledger, pair->deliverer, why->deliverer_reason);
    if (!pair_is_internal(pair)) {
        side_pend(ledger, pair->receiver, why->receiver_reason);
    }
    switch (why->queue) {
    case QUEUE_NONE:
        break;
    case QUEUE_DATE:
        waiting_for_date(ledger, pair->deliverer);
        break;
    case QUEUE_POSITION:
        waiting_for_position(ledger, pair->deliverer, why->position, why->need);
        break;
    }
}

void settlement_attempt(struct ledger *ledger, uint32_t head)
{
    struct pair pair = pair_of(ledger, head);
    struct settlement_fault fault;

    TALLY_ASSERT(pair.deliverer == head);
    TALLY_ASSERT(instruction_view(ledger, head)->queue == QUEUE_NONE);
    if (!settlement_set_settle(ledger, &head, 1, &fault)) {
        pair_pend(ledger, &pair, &fault.why);
    }
}
