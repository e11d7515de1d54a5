#include "ledger/partial/release.h"

#include "base/amount.h"
#include "ledger/partial/part_settlement.h"
#include "ledger/settlement/settlement.h"
#include "ledger/state.h"

bool release_pending(const struct ledger *ledger, uint32_t head)
{
    return instruction_view(ledger, head)->released_quantity > 0;
}

static bool held_otherwise(const struct instruction *instruction)
{
    return instruction->status[DIMENSION_HOLD_CSD].value == HOLD_YES ||
           instruction->status[DIMENSION_HOLD_VALIDATION].value == HOLD_YES ||
           instruction->status[DIMENSION_HOLD_CONDITIONAL].value == HOLD_YES;
}

bool release_covers(const struct ledger *ledger, const struct pair *pair)
{
    const struct instruction *deliverer = instruction_view(ledger, pair->deliverer);
    bool receiver_holds =
        !pair_is_internal(pair) && instruction_held(instruction_view(ledger, pair->receiver));

    return pair->quantity > 0 && pair->quantity <= deliverer->released_quantity &&
           !held_otherwise(deliverer) && !receiver_holds;
}

void release_take_back(struct ledger *ledger, uint32_t head)
{
    instruction_at(ledger, head)->released_quantity = 0;
    record_touch(ledger, RECORD_INSTRUCTION, head);
}

/* On hold again, as if nothing had been released. */
static void release_end(struct ledger *ledger, const struct pair *pair)
{
    const struct instruction *deliverer = instruction_view(ledger, pair->deliverer);
    const struct instruction *receiver = instruction_view(ledger, pair->receiver);

    release_take_back(ledger, pair->deliverer);
    settlement_pend(
        ledger, pair,
        &(struct eligibility){.deliverer_reason = eligibility_hold_reason(deliverer, receiver),
                              .receiver_reason = eligibility_hold_reason(receiver, deliverer),
                              .queue = QUEUE_NONE,
                              .position = RECORD_NONE});
}

static uint32_t securities_position(const struct ledger *ledger, const struct pair *pair)
{
    const struct instruction *head = instruction_view(ledger, pair->deliverer);

    TALLY_ASSERT(head->position != RECORD_NONE);
    return head->position;
}

/* What of the release settles now; false when none of it ever will. */
static bool release_decide(const struct ledger *ledger, const struct pair *pair, uint32_t position,
                           struct partial_part *part)
{
    struct partial_terms terms = part_terms(ledger, pair);
    int64_t released = instruction_view(ledger, pair->deliverer)->released_quantity;
    int64_t spendable = position_spendable(ledger, position);
    enum partial_answer answer =
        partial_decide(&terms, spendable < released ? spendable : released, part);

    return !part_whole_only(ledger, pair->deliverer) && part->quantity_least > 0 &&
           part->quantity_least <= released &&
           (answer == PARTIAL_SETTLES || answer == PARTIAL_TOO_LITTLE);
}

/* The money that goes with the quantity of a part. */
static int64_t part_amount(const struct ledger *ledger, const struct pair *part)
{
    const struct instruction *head = instruction_view(ledger, part->deliverer);
    int64_t settled = 0;
    int64_t amount = 0;
    bool fits = amount_add(head->settled_quantity, part->quantity, &settled) &&
                amount_sub(partial_amount(head->settlement_amount, head->terms.quantity, settled),
                           head->settled_amount, &amount);

    TALLY_ASSERT(fits);
    return amount;
}

/* What is released lacks: told, unless something else is in the way as well. */
static void release_lack(struct ledger *ledger, const struct pair *pair, uint32_t position,
                         int64_t least)
{
    struct eligibility why;
    struct pair_flows flows;

    pair_flows(ledger, pair, &flows);
    eligibility_check(ledger, pair, &flows, &why);
    if (eligibility_given(&why)) {
        why = (struct eligibility){.deliverer_reason = REASON_PREL,
                                   .receiver_reason = REASON_PREL,
                                   .queue = QUEUE_POSITION,
                                   .position = position,
                                   .need = least};
    }
    settlement_pend(ledger, pair, &why);
}

static void release_settled(struct ledger *ledger, const struct pair *part)
{
    struct instruction *head = instruction_at(ledger, part->deliverer);
    bool fits = amount_sub(head->released_quantity, part->quantity, &head->released_quantity);

    TALLY_ASSERT(fits && head->released_quantity >= 0);
    record_touch(ledger, RECORD_INSTRUCTION, part->deliverer);
}

void release_attempt(struct ledger *ledger, uint32_t head)
{
    struct pair pair = pair_of(ledger, head);
    uint32_t position = securities_position(ledger, &pair);
    struct settlement_fault fault;
    struct partial_part part;

    TALLY_ASSERT(release_pending(ledger, head));
    TALLY_ASSERT(instruction_view(ledger, head)->queue == QUEUE_NONE);
    if (!release_decide(ledger, &pair, position, &part)) {
        release_end(ledger, &pair);
        return;
    }
    pair.quantity = part.quantity > 0 ? part.quantity : part.quantity_least;
    pair.amount = part_amount(ledger, &pair);
    if (part.quantity == 0) {
        release_lack(ledger, &pair, position, part.quantity_least);
        return;
    }
    if (!settlement_set_settle_part(ledger, &pair, &fault)) {
        settlement_pend(ledger, &pair, &fault.why);
        return;
    }
    release_settled(ledger, &pair);
    pair = pair_of(ledger, head);
    if (release_pending(ledger, head) && release_decide(ledger, &pair, position, &part)) {
        TALLY_ASSERT(part.quantity == 0); /* it took all there was */
        settlement_pend(ledger, &pair,
                        &(struct eligibility){.deliverer_reason = REASON_PREL,
                                              .receiver_reason = REASON_PREL,
                                              .queue = QUEUE_POSITION,
                                              .position = position,
                                              .need = part.quantity_least});
    } else {
        release_end(ledger, &pair);
    }
}
