#include "ledger/settlement/settlement.h"

#include "base/amount.h"
#include "base/mutant.h"
#include "ledger/settlement/eligibility.h"
#include "ledger/state.h"

/* Tells both sides why the pair is pending. Whoever is told the same as before causes no event. */
static void pair_pend(struct ledger *ledger, const struct pair *pair, enum reason deliverer_reason,
                      enum reason receiver_reason)
{
    TALLY_ASSERT(deliverer_reason != REASON_NONE);
    TALLY_ASSERT(receiver_reason != REASON_NONE);
    instruction_status_set(
        ledger, pair->deliverer, DIMENSION_SETTLEMENT,
        instruction_view(ledger, pair->deliverer)->status[DIMENSION_SETTLEMENT].value,
        deliverer_reason);
    if (!pair_is_internal(pair)) {
        instruction_status_set(
            ledger, pair->receiver, DIMENSION_SETTLEMENT,
            instruction_view(ledger, pair->receiver)->status[DIMENSION_SETTLEMENT].value,
            receiver_reason);
    }
}

/* T16, T17: the first flow whose giver lacks decides what is told, and to whom. */
static void pair_lack(struct ledger *ledger, const struct pair *pair,
                      const struct pair_flows *flows, uint32_t fault)
{
    bool cash = flows->cash[fault];
    uint32_t giver = cash && !pair_is_internal(pair) ? pair_payer(ledger, pair) : pair->deliverer;
    enum reason own = cash ? REASON_MONY : REASON_LACK;
    enum reason other = cash ? REASON_CMON : REASON_CLAC;
    bool deliverer_gives = giver == pair->deliverer;

    pair_pend(ledger, pair, deliverer_gives ? own : other, deliverer_gives ? other : own);
    waiting_for_position(ledger, pair->deliverer, flows->postings[fault].debit);
}

/* What one side records of a settlement that has been booked. */
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
}

/* T19. The postings are booked; nothing below can fail. */
static void pair_settle(struct ledger *ledger, const struct pair *pair)
{
    const struct instruction *head = instruction_view(ledger, pair->deliverer);
    int64_t quantity = instruction_quantity_left(head);
    int64_t amount = instruction_amount_left(head);

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

void settlement_attempt(struct ledger *ledger, uint32_t head)
{
    struct pair pair = pair_of(ledger, head);
    struct eligibility eligibility;
    struct pair_flows flows;
    enum posting_result result = POSTING_BOOKED;
    uint32_t fault = 0;

    TALLY_ASSERT(pair.deliverer == head);
    TALLY_ASSERT(instruction_view(ledger, head)->queue == QUEUE_NONE);
    eligibility_check(ledger, &pair, &eligibility);
    if (!eligibility_given(&eligibility)) {
        pair_pend(ledger, &pair, eligibility.deliverer_reason, eligibility.receiver_reason);
        if (eligibility.queue == QUEUE_DATE) {
            waiting_for_date(ledger, head);
        } else if (eligibility.queue == QUEUE_POSITION) {
            waiting_for_position(ledger, head, eligibility.position);
        }
        return;
    }
    pair_flows(ledger, &pair, &flows);
    if (MUTANT(SECOND_LEG_FORGOTTEN) && flows.count > 1) {
        flows.count = 1;
    }
    if (flows.count > 0) {
        result = position_post(ledger, flows.postings, flows.count, &fault);
    }
    switch (result) {
    case POSTING_BOOKED:
        pair_settle(ledger, &pair);
        break;
    case POSTING_LACKING:
        pair_lack(ledger, &pair, &flows, fault);
        break;
    case POSTING_OVERFLOW:
        pair_pend(ledger, &pair, REASON_OTHR, REASON_OTHR);
        break;
    }
}
