#include "ledger/instruction/explain.h"

#include "ledger/link/contradiction.h"
#include "ledger/settlement/pair.h"
#include "ledger/state.h"

/* How far an instruction is from matching: fields first, then amount, then age. */
struct distance {
    uint32_t field_count;
    int64_t amount;
    uint64_t sequence;
};

static uint32_t field_set_count(match_field_set set)
{
    uint32_t count = 0;

    for (match_field_set rest = set; rest != 0; rest &= rest - 1) {
        count++;
    }
    return count;
}

static bool distance_less(const struct distance *a, const struct distance *b)
{
    if (a->field_count != b->field_count) {
        return a->field_count < b->field_count;
    }
    if (a->amount != b->amount) {
        return a->amount < b->amount;
    }
    return a->sequence < b->sequence;
}

/* Looks at one instruction that is alleged against the party of `own`. */
static void candidate_consider(const struct ledger *ledger, uint32_t own, uint32_t candidate,
                               struct distance *best, struct explanation *out)
{
    const struct instruction_terms *terms = &instruction_view(ledger, own)->terms;
    const struct instruction *other = instruction_view(ledger, candidate);
    match_field_set differing;
    struct distance distance;

    out->examined++;
    if (candidate == own) {
        return;
    }
    differing = match_field_compare(terms, &other->terms, matching_tolerance(ledger, terms));
    distance.field_count = field_set_count(differing);
    distance.amount = terms->amount > other->terms.amount ? terms->amount - other->terms.amount
                                                          : other->terms.amount - terms->amount;
    distance.sequence = other->sequence;
    if (out->nearest == RECORD_NONE || distance_less(&distance, best)) {
        *best = distance;
        out->nearest = candidate;
        out->differing = differing;
    }
}

/* True when it may look at no more. */
static bool steps_over(struct explanation *out)
{
    out->complete = out->complete && out->examined < EXPLAIN_STEPS_MAX;
    return out->examined == EXPLAIN_STEPS_MAX;
}

/* Those in the same security first: they are likely to be near. */
static void explain_unmatched(const struct ledger *ledger, uint32_t index, struct explanation *out)
{
    const struct alleged *alleged = &ledger->matching.alleged;
    const struct instruction *instruction = instruction_view(ledger, index);
    uint32_t asset = instruction->terms.asset;
    struct distance best = {0};

    for (uint32_t i = alleged_first_in_asset(alleged, instruction->party, asset);
         i != RECORD_NONE && !steps_over(out); i = alleged_next_in_asset(alleged, i)) {
        candidate_consider(ledger, index, i, &best, out);
    }
    for (uint32_t i = alleged_first(alleged, instruction->party);
         i != RECORD_NONE && !steps_over(out); i = alleged_next(alleged, i)) {
        if (instruction_view(ledger, i)->terms.asset != asset) {
            candidate_consider(ledger, index, i, &best, out);
        }
    }
    out->actor = out->nearest == RECORD_NONE ? EXPLAIN_COUNTERPARTY : EXPLAIN_BOTH_PARTIES;
}

/* Whose links, or pool, keep the pair. */
static enum explain_actor linked_actor(const struct instruction *own,
                                       const struct instruction *other)
{
    bool owns = instruction_ties(own)->link_count > 0 || instruction_ties(own)->pool.total > 0;
    bool others =
        instruction_ties(other)->link_count > 0 || instruction_ties(other)->pool.total > 0;

    if (owns == others) {
        return EXPLAIN_BOTH_PARTIES;
    }
    return owns ? EXPLAIN_OWN_PARTY : EXPLAIN_COUNTERPARTY;
}

/* Whose limit keeps the pair (limit.h); whatever else a rule keeps is the operator's. */
static enum explain_actor limited_actor(const struct ledger *ledger, const struct instruction *own,
                                        const struct instruction *other)
{
    const struct instruction *head = own->terms.movement == MOVEMENT_DELI ? own : other;
    uint32_t owner = RECORD_NONE;

    if (head->queue == QUEUE_LIMIT) {
        owner = limit_view(ledger, head->waiting_for)->party;
    }
    if (owner == own->party) {
        return EXPLAIN_OWN_PARTY;
    }
    return owner == other->party ? EXPLAIN_COUNTERPARTY : EXPLAIN_OPERATOR;
}

enum explain_actor explain_actor(const struct ledger *ledger, uint32_t index, enum reason reason)
{
    const struct instruction *own = instruction_view(ledger, index);
    const struct instruction *other = instruction_view(ledger, own->counterpart);

    switch (reason) {
    case REASON_FUTU:
    case REASON_CYCL:
    case REASON_LATE:
    case REASON_ADEA:
    case REASON_CLAT:
        return EXPLAIN_NOBODY;
    case REASON_PREA:
    case REASON_LACK:
    case REASON_MONY:
    case REASON_LALO:
        return EXPLAIN_OWN_PARTY;
    case REASON_PRCY:
        return other->status[DIMENSION_HOLD_PARTY].value == HOLD_YES ? EXPLAIN_COUNTERPARTY
                                                                     : EXPLAIN_OPERATOR;
    case REASON_CLAC:
    case REASON_CMON:
        return EXPLAIN_COUNTERPARTY;
    case REASON_PART: /* the deliverer provides the rest, or releases it */
    case REASON_PREL:
        return own->terms.movement == MOVEMENT_DELI ? EXPLAIN_OWN_PARTY : EXPLAIN_COUNTERPARTY;
    case REASON_BOTH:
    case REASON_PATD:
        return EXPLAIN_BOTH_PARTIES;
    case REASON_LINK:
    case REASON_INBC:
        return linked_actor(own, other);
    case REASON_OTHR:
        return limited_actor(ledger, own, other);
    default: /* CSDH, CVAL, CDLR, PRSY, BLOC, SBLO */
        return EXPLAIN_OPERATOR;
    }
}

static void explain_pending(const struct ledger *ledger, uint32_t index, struct explanation *out)
{
    const struct instruction *instruction = instruction_view(ledger, index);
    uint32_t head = pair_of(ledger, index).deliverer;

    out->actor = explain_actor(ledger, index, out->reason);
    if (out->reason == REASON_LINK) {
        out->detail = link_contradiction(ledger, head);
    }
    bool own_lack = out->reason == REASON_LACK || out->reason == REASON_MONY;
    bool own_rest = (out->reason == REASON_PART || out->reason == REASON_PATD) &&
                    instruction->terms.movement == MOVEMENT_DELI;
    if ((own_lack || own_rest) && instruction_view(ledger, head)->queue == QUEUE_POSITION) {
        out->position = instruction_view(ledger, head)->waiting_for;
        out->needed = instruction_view(ledger, head)->waiting_need;
        out->spendable = position_spendable(ledger, out->position);
    }
}

static enum instruction_dimension deciding_dimension(const struct instruction *instruction)
{
    if (instruction->status[DIMENSION_CANCELLATION].value == CANCELLATION_CANCELLED) {
        return DIMENSION_CANCELLATION;
    }
    if (instruction->status[DIMENSION_MATCH].value == MATCH_UNMATCHED) {
        return DIMENSION_MATCH;
    }
    return DIMENSION_SETTLEMENT;
}

static bool asks_to_cancel(const struct instruction *instruction)
{
    return instruction->status[DIMENSION_CANCELLATION].value == CANCELLATION_REQUESTED;
}

void explain_instruction(const struct ledger *ledger, uint32_t index, struct explanation *out)
{
    const struct instruction *instruction = instruction_view(ledger, index);
    enum instruction_dimension dimension = deciding_dimension(instruction);
    const struct instruction_status *status = &instruction->status[dimension];

    *out = (struct explanation){
        .dimension = dimension,
        .value = status->value,
        .reason = status->reason,
        .since_height = status->height,
        .since_ms = status->time_ms,
        .actor = EXPLAIN_NOBODY,
        .position = RECORD_NONE,
        .nearest = RECORD_NONE,
        .complete = true,
    };
    if (instruction_ended(instruction)) {
        return;
    }
    out->alleged_ms = instruction->allegement == ALLEGEMENT_SENT ? instruction->allegement_ms : 0;
    out->own_cancels = asks_to_cancel(instruction);
    out->counterparty_cancels = instruction->counterpart != RECORD_NONE &&
                                instruction->counterpart != index &&
                                asks_to_cancel(instruction_view(ledger, instruction->counterpart));
    if (dimension == DIMENSION_MATCH) {
        explain_unmatched(ledger, index, out);
    } else {
        explain_pending(ledger, index, out);
    }
}
