#include "ledger/settlement/eligibility.h"

#include "base/mutant.h"
#include "ledger/day/day_gate.h"
#include "ledger/partial/release.h"
#include "ledger/state.h"

/* What the gates are asked about. */
struct settlement_query {
    const struct ledger *ledger;
    const struct pair *pair;
    const struct pair_flows *flows; /* of the pair */
    const struct instruction *deliverer;
    const struct instruction *receiver;
    uint32_t day;      /* of the operator's rules */
    bool closed_today; /* day_closed_today() */
};

static bool on_hold(const struct instruction *instruction, enum instruction_dimension which)
{
    return instruction->status[which].value == HOLD_YES;
}

enum reason eligibility_hold_reason(const struct instruction *own,
                                    const struct instruction *counterpart)
{
    if (MUTANT(HOLD_IGNORED)) {
        return REASON_NONE;
    }
    if (on_hold(own, DIMENSION_HOLD_CSD)) {
        return REASON_CSDH;
    }
    if (on_hold(own, DIMENSION_HOLD_VALIDATION)) {
        return REASON_CVAL;
    }
    if (on_hold(own, DIMENSION_HOLD_CONDITIONAL)) {
        return REASON_CDLR;
    }
    if (on_hold(own, DIMENSION_HOLD_PARTY)) {
        bool both = own != counterpart && on_hold(counterpart, DIMENSION_HOLD_PARTY);
        return both ? REASON_BOTH : REASON_PREA;
    }
    return instruction_held(counterpart) ? REASON_PRCY : REASON_NONE;
}

/* BLOC: the account is not open, or its party is blocked. */
static enum reason account_reason(const struct ledger *ledger, uint32_t index)
{
    const struct account *account = &ledger->accounts[index];

    return account->status != ACCOUNT_OPEN ||
                   ledger->parties[account->party].status == PARTY_BLOCKED
               ? REASON_BLOC
               : REASON_NONE;
}

enum reason eligibility_position_reason(const struct ledger *ledger, uint32_t position)
{
    const struct position *view = position_view(ledger, position);
    enum reason reason = account_reason(ledger, view->account);

    if (reason == REASON_NONE && ledger->assets[view->asset].status == ASSET_BLOCKED) {
        reason = REASON_SBLO;
    }
    return MUTANT(BLOCK_IGNORED) ? REASON_NONE : reason;
}

/* Of both positions of a flow: which one is blocked. The asset is that of both. */
static enum reason flow_reason(const struct ledger *ledger, const struct posting *flow,
                               uint32_t *position)
{
    enum reason reason = eligibility_position_reason(ledger, flow->debit);

    *position = flow->debit;
    if (reason == REASON_NONE && !MUTANT(BLOCK_IGNORED)) {
        *position = flow->credit;
        reason = account_reason(ledger, position_view(ledger, flow->credit)->account);
    }
    return reason;
}

/* The same reason for both sides. */
static void gate_close(struct eligibility *out, enum reason reason, enum queue queue,
                       uint32_t position)
{
    *out = (struct eligibility){.deliverer_reason = reason,
                                .receiver_reason = reason,
                                .queue = queue,
                                .position = position};
}

static void gate_date(const struct settlement_query *query, struct eligibility *out)
{
    const struct ledger *ledger = query->ledger;
    const struct instruction_terms *terms = &query->deliverer->terms;

    if (!day_settlement_come(ledger, terms, query->closed_today) && !MUTANT(SETTLED_BEFORE_DATE)) {
        gate_close(out, REASON_FUTU, QUEUE_DATE, RECORD_NONE);
        out->date = day_settlement_date(ledger, terms);
    }
}

static void gate_hold(const struct settlement_query *query, struct eligibility *out)
{
    bool held = instruction_held(query->deliverer) || instruction_held(query->receiver);

    if (!held || release_covers(query->ledger, query->pair)) {
        return;
    }
    out->deliverer_reason = eligibility_hold_reason(query->deliverer, query->receiver);
    out->receiver_reason = eligibility_hold_reason(query->receiver, query->deliverer);
}

/* The first blocked position among those the pair's flows touch; then the operator's rules. */
static void gate_restriction(const struct settlement_query *query, struct eligibility *out)
{
    const struct pair_flows *flows = query->flows;

    for (uint32_t i = 0; i < flows->count; i++) {
        uint32_t position = RECORD_NONE;
        enum reason reason = flow_reason(query->ledger, &flows->postings[i], &position);
        if (reason != REASON_NONE) {
            gate_close(out, reason, QUEUE_POSITION, position);
            return;
        }
    }
    struct restriction_hit hit;
    enum reason reason = flows->count > 0
                             ? restriction_type_blocks(query->ledger, query->pair, query->day, &hit)
                             : REASON_NONE;
    if (reason != REASON_NONE) {
        gate_close(out, reason, QUEUE_POSITION, flows->postings[0].debit);
        out->need = INT64_MAX; /* no arrival helps: the review after a type's end does */
    }
}

/* T15. What binds one side binds the pair. */
static void gate_links(const struct settlement_query *query, struct eligibility *out)
{
    enum reason reason = REASON_NONE;

    if (query->deliverer->ties != NULL) {
        reason = link_reason(query->ledger, query->pair->deliverer);
    }
    if (query->receiver->ties != NULL && reason == REASON_NONE) {
        reason = link_reason(query->ledger, query->pair->receiver);
    }
    if (reason != REASON_NONE) {
        gate_close(out, reason, QUEUE_NONE, RECORD_NONE);
    }
}

/* T20. Last, since what else is in the way tells more, and has to be put right first. */
static void gate_day(const struct settlement_query *query, struct eligibility *out)
{
    struct day_gate gate;

    day_gate_check(query->ledger, query->pair, query->closed_today, &gate);
    if (!gate.open) {
        *out = (struct eligibility){.deliverer_reason = gate.deliverer_reason,
                                    .receiver_reason = gate.receiver_reason,
                                    .queue = QUEUE_DATE,
                                    .position = RECORD_NONE,
                                    .date = gate.retry_date,
                                    .failing = gate.failing};
    }
}

/* Leaves `out` as it is when the gate is open. */
typedef void settlement_gate(const struct settlement_query *query, struct eligibility *out);

/* In the order in which they are asked; provision follows (settlement_set.h). */
static const struct {
    settlement_gate *gate;
    uint32_t kind; /* enum eligibility_skip, or 0 */
} gates[] = {
    {gate_date, ELIGIBILITY_TIME},   {gate_hold, ELIGIBILITY_HOLD}, {gate_restriction, 0},
    {gate_links, ELIGIBILITY_LINKS}, {gate_day, ELIGIBILITY_TIME},
};

static void gates_ask(const struct settlement_query *query, uint32_t skipped,
                      struct eligibility *out)
{
    TALLY_ASSERT(!instruction_ended(query->deliverer));
    TALLY_ASSERT(!instruction_ended(query->receiver));
    *out = (struct eligibility){.queue = QUEUE_NONE, .position = RECORD_NONE};
    for (size_t i = 0; i < sizeof(gates) / sizeof(gates[0]) && eligibility_given(out); i++) {
        if ((gates[i].kind & skipped) == 0) {
            gates[i].gate(query, out);
        }
    }
}

void eligibility_check(const struct ledger *ledger, const struct pair *pair,
                       const struct pair_flows *flows, struct eligibility *out)
{
    const struct instruction *deliverer = instruction_view(ledger, pair->deliverer);
    struct settlement_query query = {.ledger = ledger,
                                     .pair = pair,
                                     .flows = flows,
                                     .deliverer = deliverer,
                                     .receiver = instruction_view(ledger, pair->receiver),
                                     .day = ledger_date(ledger),
                                     .closed_today = day_closed_today(ledger, &deliverer->terms)};
    gates_ask(&query, 0, out);
}

void eligibility_check_but(const struct ledger *ledger, const struct pair *pair, uint32_t skipped,
                           uint32_t day, struct eligibility *out)
{
    const struct instruction *deliverer = instruction_view(ledger, pair->deliverer);
    struct pair_flows flows;
    struct settlement_query query = {.ledger = ledger,
                                     .pair = pair,
                                     .flows = &flows,
                                     .deliverer = deliverer,
                                     .receiver = instruction_view(ledger, pair->receiver),
                                     .day = day,
                                     .closed_today = day_closed_today(ledger, &deliverer->terms)};
    pair_flows(ledger, pair, &flows);
    gates_ask(&query, skipped, out);
}

bool eligibility_given(const struct eligibility *eligibility)
{
    return eligibility->deliverer_reason == REASON_NONE &&
           eligibility->receiver_reason == REASON_NONE;
}
