#include "ledger/settlement/eligibility.h"

#include "base/mutant.h"
#include "ledger/day/day_gate.h"
#include "ledger/partial/release.h"
#include "ledger/state.h"

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

enum reason eligibility_position_reason(const struct ledger *ledger, uint32_t position)
{
    const struct position *view = position_view(ledger, position);

    if (MUTANT(BLOCK_IGNORED)) {
        return REASON_NONE;
    }
    const struct account *account = account_view(ledger, view->account);
    if (account->status != ACCOUNT_OPEN ||
        party_view(ledger, account->party)->status == PARTY_BLOCKED) {
        return REASON_BLOC;
    }
    return asset_view(ledger, view->asset)->status == ASSET_BLOCKED ? REASON_SBLO : REASON_NONE;
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

static void gate_date(const struct ledger *ledger, const struct pair *pair, uint32_t day,
                      struct eligibility *out)
{
    const struct instruction *deliverer = instruction_view(ledger, pair->deliverer);
    uint32_t date = day_settlement_date(ledger, &deliverer->terms);

    (void)day;
    if (date > ledger_date(ledger) && !MUTANT(SETTLED_BEFORE_DATE)) {
        gate_close(out, REASON_FUTU, QUEUE_DATE, RECORD_NONE);
        out->date = date;
    }
}

static void gate_hold(const struct ledger *ledger, const struct pair *pair, uint32_t day,
                      struct eligibility *out)
{
    const struct instruction *deliverer = instruction_view(ledger, pair->deliverer);
    const struct instruction *receiver = instruction_view(ledger, pair->receiver);

    (void)day;
    if (release_covers(ledger, pair)) {
        return;
    }
    out->deliverer_reason = eligibility_hold_reason(deliverer, receiver);
    out->receiver_reason = eligibility_hold_reason(receiver, deliverer);
}

/* The first blocked position among those the pair's flows touch; then the operator's rules. */
static void gate_restriction(const struct ledger *ledger, const struct pair *pair, uint32_t day,
                             struct eligibility *out)
{
    struct pair_flows flows;

    pair_flows(ledger, pair, &flows);
    for (uint32_t i = 0; i < 2 * flows.count; i++) {
        const struct posting *posting = &flows.postings[i / 2];
        uint32_t position = i % 2 == 0 ? posting->debit : posting->credit;
        enum reason reason = eligibility_position_reason(ledger, position);
        if (reason != REASON_NONE) {
            gate_close(out, reason, QUEUE_POSITION, position);
            return;
        }
    }
    struct restriction_hit hit;
    enum reason reason =
        flows.count > 0 ? restriction_type_blocks(ledger, pair, day, &hit) : REASON_NONE;
    if (reason != REASON_NONE) {
        gate_close(out, reason, QUEUE_POSITION, flows.postings[0].debit);
        out->need = INT64_MAX; /* no arrival helps: the review after a type's end does */
    }
}

/* T15. What binds one side binds the pair. */
static void gate_links(const struct ledger *ledger, const struct pair *pair, uint32_t day,
                       struct eligibility *out)
{
    enum reason reason = link_reason(ledger, pair->deliverer);

    (void)day;
    if (reason == REASON_NONE) {
        reason = link_reason(ledger, pair->receiver);
    }
    if (reason != REASON_NONE) {
        gate_close(out, reason, QUEUE_NONE, RECORD_NONE);
    }
}

/* T20. Last, since what else is in the way tells more, and has to be put right first. */
static void gate_day(const struct ledger *ledger, const struct pair *pair, uint32_t day,
                     struct eligibility *out)
{
    struct day_gate gate;

    (void)day;
    day_gate_check(ledger, pair, &gate);
    if (!gate.open) {
        *out = (struct eligibility){.deliverer_reason = gate.deliverer_reason,
                                    .receiver_reason = gate.receiver_reason,
                                    .queue = QUEUE_DATE,
                                    .position = RECORD_NONE,
                                    .date = gate.retry_date,
                                    .failing = gate.failing};
    }
}

/* Leaves `out` as it is when the gate is open. The day is that of the operator's rules. */
typedef void settlement_gate(const struct ledger *ledger, const struct pair *pair, uint32_t day,
                             struct eligibility *out);

/* In the order in which they are asked; provision follows (settlement_set.h). */
static const struct {
    settlement_gate *gate;
    uint32_t kind; /* enum eligibility_skip, or 0 */
} gates[] = {
    {gate_date, ELIGIBILITY_TIME},   {gate_hold, ELIGIBILITY_HOLD}, {gate_restriction, 0},
    {gate_links, ELIGIBILITY_LINKS}, {gate_day, ELIGIBILITY_TIME},
};

void eligibility_check(const struct ledger *ledger, const struct pair *pair,
                       struct eligibility *out)
{
    eligibility_check_but(ledger, pair, 0, ledger_date(ledger), out);
}

void eligibility_check_but(const struct ledger *ledger, const struct pair *pair, uint32_t skipped,
                           uint32_t day, struct eligibility *out)
{
    TALLY_ASSERT(!instruction_ended(instruction_view(ledger, pair->deliverer)));
    TALLY_ASSERT(!instruction_ended(instruction_view(ledger, pair->receiver)));
    *out = (struct eligibility){.queue = QUEUE_NONE, .position = RECORD_NONE};
    for (size_t i = 0; i < sizeof(gates) / sizeof(gates[0]) && eligibility_given(out); i++) {
        if ((gates[i].kind & skipped) == 0) {
            gates[i].gate(ledger, pair, day, out);
        }
    }
}

bool eligibility_given(const struct eligibility *eligibility)
{
    return eligibility->deliverer_reason == REASON_NONE &&
           eligibility->receiver_reason == REASON_NONE;
}
