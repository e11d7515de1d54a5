#include "ledger/partial/part_settlement.h"

#include "ledger/day/day.h"
#include "ledger/day/day_sweep.h"
#include "ledger/restriction/restriction_draw.h"
#include "ledger/settlement/settlement.h"
#include "ledger/state.h"

/* The least amount of a part that is judged by value. */
static int64_t amount_least(const struct ledger *ledger, const struct instruction_terms *terms)
{
    const struct rule_set *rules = rule_set_in_force(ledger);
    bool units = asset_view(ledger, terms->asset)->kind == ASSET_SECURITY_UNIT;
    int64_t value = units ? rules->partial_value_unit : rules->partial_value_nominal;
    int64_t amount = PARTIAL_NO_VALUE;

    if (terms->currency == RECORD_NONE ||
        !valuation_amount(&rules->valuation, &asset_view(ledger, terms->currency)->code, value,
                          &amount)) {
        return PARTIAL_NO_VALUE;
    }
    return amount > 0 ? amount : 1;
}

struct partial_terms part_terms(const struct ledger *ledger, const struct pair *pair)
{
    const struct instruction *head = instruction_view(ledger, pair->deliverer);
    const struct asset *asset = asset_view(ledger, head->terms.asset);

    TALLY_ASSERT(!asset_is_currency(asset));
    return (struct partial_terms){
        .quantity = head->terms.quantity,
        .settled_quantity = head->settled_quantity,
        .amount = head->settlement_amount,
        .settled_amount = head->settled_amount,
        .deliverer = head->terms.partial,
        .receiver = instruction_view(ledger, pair->receiver)->terms.partial,
        .unit_min = asset->settlement_unit_min,
        .unit_multiple = asset->settlement_unit_multiple,
        .amount_least = amount_least(ledger, &head->terms),
    };
}

bool part_whole_only(const struct ledger *ledger, uint32_t head)
{
    return link_binds(ledger, head) || restriction_drawn(ledger, head);
}

/* The least quantity with which something would follow; 0: none. */
static int64_t part_least(const struct ledger *ledger, const struct pair *pair)
{
    struct partial_terms terms = part_terms(ledger, pair);
    struct partial_part part;

    if (part_whole_only(ledger, pair->deliverer)) {
        return 0;
    }
    (void)partial_decide(&terms, 0, &part);
    return part.quantity_least;
}

void part_wait(struct ledger *ledger, uint32_t head)
{
    struct pair pair = pair_of(ledger, head);

    part_queue_join(ledger, head, part_least(ledger, &pair));
}

/* Back to where it waited, for all that is left; `again`: and for a part. */
static void wait_on(struct ledger *ledger, uint32_t head, uint32_t position, bool again)
{
    int64_t left = instruction_quantity_left(instruction_view(ledger, head));

    waiting_for_position(ledger, head, position, left);
    if (again) {
        part_wait(ledger, head);
    }
}

static void part_settle(struct ledger *ledger, const struct pair *part, uint32_t position)
{
    struct settlement_fault fault;

    if (settlement_set_settle_part(ledger, part, &fault)) {
        wait_on(ledger, part->deliverer, position, true);
    } else {
        settlement_pend(ledger, part, &fault.why);
    }
}

static void part_attempt(struct ledger *ledger, uint32_t head, uint32_t position)
{
    struct pair pair = pair_of(ledger, head);
    struct partial_terms terms = part_terms(ledger, &pair);
    int64_t available = position_spendable(ledger, position);
    struct partial_part part;

    waiting_leave(ledger, head);
    if (available >= pair.quantity) {
        settlement_attempt(ledger, head);
        return;
    }
    switch (partial_decide(&terms, available, &part)) {
    case PARTIAL_SETTLES:
        pair.quantity = part.quantity;
        pair.amount = part.amount;
        part_settle(ledger, &pair, position);
        break;
    case PARTIAL_DISAGREED:
        settlement_pend(ledger, &pair,
                        &(struct eligibility){.deliverer_reason = REASON_PATD,
                                              .receiver_reason = REASON_PATD,
                                              .queue = QUEUE_NONE,
                                              .position = RECORD_NONE});
        wait_on(ledger, head, position, false);
        break;
    case PARTIAL_REFUSED:
    case PARTIAL_TOO_LITTLE:
    case PARTIAL_IMPOSSIBLE:
        wait_on(ledger, head, position, true); /* the rules changed since it began to wait */
        break;
    }
}

uint64_t part_due_ms(const struct ledger *ledger)
{
    uint64_t given_ms = part_queue_oldest_ms(ledger);

    return given_ms == UINT64_MAX ? UINT64_MAX : day_partial_due_ms(ledger, given_ms);
}

bool part_due(const struct ledger *ledger)
{
    return part_due_ms(ledger) != UINT64_MAX;
}

/* Of the turns that fell due by a time, the first in line; RECORD_NONE when there is none. */
static uint32_t first_by(const struct ledger *ledger, uint64_t by_ms)
{
    return part_queue_first(ledger, day_partial_due_until_ms(ledger, by_ms));
}

/* Whose turn it is. */
static uint32_t turn_next(const struct ledger *ledger)
{
    uint64_t cause_ms = day_sweep_cause_ms(ledger);
    uint32_t older = cause_ms == UINT64_MAX ? RECORD_NONE : first_by(ledger, cause_ms - 1);

    return older != RECORD_NONE ? older : first_by(ledger, ledger_time_ms(ledger));
}

void part_turn_take(struct ledger *ledger)
{
    uint32_t position = turn_next(ledger);
    uint64_t due_ms = day_partial_due_ms(ledger, position_view(ledger, position)->part_ms);
    uint32_t head = part_queue_take(ledger, position);

    TALLY_ASSERT(due_ms <= ledger_time_ms(ledger));
    if (head != RECORD_NONE) {
        ledger->origin_ms = due_ms;
        if (position_view(ledger, position)->wake_turn == 0) {
            part_attempt(ledger, head, position);
        }
        part_queue_wake(ledger, position);
        ledger->origin_ms = ledger_time_ms(ledger);
    }
}
