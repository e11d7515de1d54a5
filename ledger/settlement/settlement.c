#include "ledger/settlement/settlement.h"

#include "ledger/partial/part_settlement.h"
#include "ledger/partial/release.h"
#include "ledger/state.h"

static void side_pend(struct ledger *ledger, uint32_t index, enum reason reason, bool failing)
{
    uint8_t value = instruction_view(ledger, index)->status[DIMENSION_SETTLEMENT].value;

    TALLY_ASSERT(reason != REASON_NONE);
    instruction_status_set(ledger, index, DIMENSION_SETTLEMENT, value, reason);
    if (failing) { /* T20 */
        instruction_status_set(ledger, index, DIMENSION_PROCESSING, PROCESSING_FAILING,
                               REASON_NONE);
    }
}

void settlement_pend(struct ledger *ledger, const struct pair *pair, const struct eligibility *why)
{
    if (why->need == INT64_MAX) {
        restriction_type_tell_pair(ledger, pair, why->deliverer_reason);
    }
    side_pend(ledger, pair->deliverer, why->deliverer_reason, why->failing);
    if (!pair_is_internal(pair)) {
        side_pend(ledger, pair->receiver, why->receiver_reason, why->failing);
    }
    switch (why->queue) {
    case QUEUE_NONE:
        break;
    case QUEUE_DATE:
        waiting_for_date(ledger, pair->deliverer, why->date);
        break;
    case QUEUE_POSITION:
        waiting_for_position(ledger, pair->deliverer, why->position, why->need);
        if (why->deliverer_reason == REASON_LACK) {
            part_wait(ledger, pair->deliverer);
        }
        break;
    case QUEUE_LIMIT:
        limit_tell(ledger, why->position, pair->deliverer, why->need);
        waiting_for_limit(ledger, pair->deliverer, why->position, why->need);
        break;
    }
}

/* Settles a pair that is a set by itself, or says why not. */
static enum reason attempt_alone(struct ledger *ledger, uint32_t head)
{
    struct pair pair = pair_of(ledger, head);
    struct settlement_fault fault;

    TALLY_ASSERT(pair.deliverer == head);
    TALLY_ASSERT(instruction_view(ledger, head)->queue == QUEUE_NONE);
    if (release_pending(ledger, head)) {
        release_attempt(ledger, head);
        return REASON_NONE;
    }
    if (settlement_set_settle(ledger, &head, 1, &fault)) {
        return REASON_NONE;
    }
    settlement_pend(ledger, &pair, &fault.why);
    return fault.why.deliverer_reason;
}

/* What is tied to others is tried with them, in the work of the block. */
static void tied_soon(struct ledger *ledger, uint32_t head, enum reason reason)
{
    if (reason == REASON_LINK && link_ties(ledger, head)) {
        waiting_soon(ledger, head);
    }
}

void settlement_attempt(struct ledger *ledger, uint32_t head)
{
    tied_soon(ledger, head, attempt_alone(ledger, head));
}

void settlement_object(struct ledger *ledger, uint32_t head, const struct eligibility *why)
{
    struct pair pair = pair_of(ledger, head);

    TALLY_ASSERT(!release_pending(ledger, head));
    settlement_pend(ledger, &pair, why);
    tied_soon(ledger, head, why->deliverer_reason);
}

/* Each member is told what is in its own way, else what kept the set, else LINK. */
static void members_pend(struct ledger *ledger, const struct link_set *set,
                         const struct settlement_fault *fault)
{
    struct eligibility why[LINK_SET_MAX];

    settlement_set_reasons(ledger, set->heads, set->count, why);
    for (uint32_t i = 0; i < set->count; i++) {
        struct pair pair = pair_of(ledger, set->heads[i]);
        bool at_fault = fault->head == set->heads[i] || fault->head == RECORD_NONE;
        if (set->whole && at_fault) {
            why[i] = fault->why;
        } else if (eligibility_given(&why[i])) {
            why[i] = (struct eligibility){.deliverer_reason = REASON_LINK,
                                          .receiver_reason = REASON_LINK,
                                          .queue = QUEUE_NONE,
                                          .position = RECORD_NONE};
        }
        settlement_pend(ledger, &pair, &why[i]);
    }
}

void settlement_attempt_set(struct ledger *ledger, const struct link_set *set)
{
    struct settlement_fault fault = {.head = RECORD_NONE};

    TALLY_ASSERT(set->count >= 1 && set->count <= LINK_SET_MAX);
    for (uint32_t i = 0; i < set->count; i++) {
        waiting_leave(ledger, set->heads[i]);
    }
    if (set->count == 1 && set->whole) {
        (void)attempt_alone(ledger, set->heads[0]);
    } else if (!set->whole || !settlement_set_settle(ledger, set->heads, set->count, &fault)) {
        members_pend(ledger, set, &fault);
    }
}
