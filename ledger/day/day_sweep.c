#include "ledger/day/day_sweep.h"

#include "ledger/day/day.h"
#include "ledger/day/day_gate.h"
#include "ledger/instruction/lifecycle.h"
#include "ledger/state.h"
#include "ledger/values/date.h"

enum {
    /* Of one instruction: a cancelled pair, and why. */
    SWEEP_EVENTS_MAX = LIFECYCLE_EVENTS_MAX + 2,
};

static void cause_encode(const struct day_sweep_cause *cause, struct bytes_writer *writer)
{
    bytes_write_u32(writer, cause->date);
    bytes_write_u64(writer, cause->time_ms);
}

static void cause_decode(struct day_sweep_cause *cause, struct bytes_reader *reader)
{
    cause->date = bytes_read_u32(reader);
    cause->time_ms = bytes_read_u64(reader);
    if (cause->date != 0 && !date_valid(cause->date)) {
        bytes_reader_fail(reader);
    }
}

void day_sweep_encode(const struct day_sweep *sweep, struct bytes_writer *writer)
{
    bytes_write_u8(writer, sweep->kind);
    bytes_write_u32(writer, sweep->cursor);
    cause_encode(&sweep->cause, writer);
    cause_encode(&sweep->end, writer);
    cause_encode(&sweep->start, writer);
    bytes_write_u8(writer, sweep->last);
}

void day_sweep_decode(struct day_sweep *sweep, struct bytes_reader *reader)
{
    sweep->kind = bytes_read_u8(reader);
    sweep->cursor = bytes_read_u32(reader);
    cause_decode(&sweep->cause, reader);
    cause_decode(&sweep->end, reader);
    cause_decode(&sweep->start, reader);
    sweep->last = bytes_read_u8(reader);
    if (sweep->kind > DAY_SWEEP_START || sweep->last > DAY_SWEEP_START) {
        bytes_reader_fail(reader);
    }
}

static bool cause_equal(const struct day_sweep_cause *a, const struct day_sweep_cause *b)
{
    return a->date == b->date && a->time_ms == b->time_ms;
}

bool day_sweep_equal(const struct day_sweep *a, const struct day_sweep *b)
{
    return a->kind == b->kind && a->cursor == b->cursor && cause_equal(&a->cause, &b->cause) &&
           cause_equal(&a->end, &b->end) && cause_equal(&a->start, &b->start) && a->last == b->last;
}

void day_sweep_ask(struct ledger *ledger, enum day_sweep_kind kind)
{
    struct scalars *scalars = ledger->scalars;
    struct day_sweep_cause cause = {scalars->business_date, scalars->time_ms};

    TALLY_ASSERT(kind == DAY_SWEEP_END || kind == DAY_SWEEP_START);
    if (kind == DAY_SWEEP_END) {
        scalars->sweep.end = cause;
    } else {
        scalars->sweep.start = cause;
    }
    scalars->sweep.last = (uint8_t)kind;
    record_touch(ledger, RECORD_SCALARS, 0);
}

bool day_sweep_asked(const struct ledger *ledger)
{
    const struct day_sweep *sweep = &ledger->scalars->sweep;

    return sweep->kind != DAY_SWEEP_NONE || sweep->end.date != 0 || sweep->start.date != 0;
}

uint64_t day_sweep_cause_ms(const struct ledger *ledger)
{
    const struct day_sweep *sweep = &ledger->scalars->sweep;

    return sweep->kind == DAY_SWEEP_NONE ? UINT64_MAX : sweep->cause.time_ms;
}

/* The next that waits begins; false when none does. */
static bool sweep_begin(struct day_sweep *sweep)
{
    struct day_sweep_cause none = {0};
    bool start_first = sweep->start.date != 0 && sweep->last == DAY_SWEEP_END;

    if (sweep->end.date != 0 && !start_first) {
        sweep->kind = DAY_SWEEP_END;
        sweep->cause = sweep->end;
        sweep->end = none;
    } else if (sweep->start.date != 0) {
        sweep->kind = DAY_SWEEP_START;
        sweep->cause = sweep->start;
        sweep->start = none;
    } else {
        return false;
    }
    sweep->cursor = 0;
    return true;
}

/* Whoever fell due before the event goes first, so that a flood does not push him past it. */
static bool earlier_work_left(const struct ledger *ledger)
{
    return waiting_first_due_ms(ledger) < day_sweep_cause_ms(ledger);
}

uint32_t day_recycled_before(const struct rule_set *rules, uint32_t today, uint16_t business_days)
{
    return business_days == 0 ? 0 : rule_set_business_day_before(rules, today, business_days - 1u);
}

/* What a sweep compares dates with: who changed last before these is cancelled. */
struct recycling {
    uint32_t unmatched_before;
    uint32_t matched_before;
};

static uint32_t later(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* The last change that counts for recycling: of both sides, if there are two. */
static uint32_t changed_date(const struct ledger *ledger, const struct instruction *instruction)
{
    uint32_t changed = later(instruction->changed_date, instruction->terms.settlement_date);

    return instruction->counterpart == RECORD_NONE
               ? changed
               : later(changed, instruction_view(ledger, instruction->counterpart)->changed_date);
}

static void unmatched_end(struct ledger *ledger, uint32_t index, const struct recycling *recycling)
{
    const struct instruction *instruction = instruction_view(ledger, index);
    const struct day_sweep_cause *cause = &ledger->scalars->sweep.cause;

    if (changed_date(ledger, instruction) < recycling->unmatched_before) {
        lifecycle_cancel_by_ledger(ledger, index, REASON_CANS); /* T23 */
    } else if (instruction->terms.settlement_date <= cause->date &&
               instruction->submitted_ms < cause->time_ms) {
        event_emit_instruction(ledger, EVENT_FAILS_TO_MATCH, index, DIMENSION_MATCH,
                               MATCH_UNMATCHED,
                               instruction->status[DIMENSION_MATCH].reason); /* T21 */
    }
}

/* Could it have settled on the day that ended, as far as dates go? */
static bool was_due(const struct ledger *ledger, const struct instruction *instruction)
{
    const struct day_sweep_cause *cause = &ledger->scalars->sweep.cause;
    const struct asset_code *currency = day_currency(ledger, &instruction->terms);
    const struct instruction_status *status = instruction->status;
    bool closed = currency != NULL &&
                  rule_set_currency_closed(rule_set_in_force(ledger), currency, cause->date);

    return !closed && instruction->submitted_ms < cause->time_ms &&
           status[DIMENSION_MATCH].time_ms < cause->time_ms &&
           day_settlement_date(ledger, &instruction->terms) <= cause->date;
}

static void matched_end(struct ledger *ledger, uint32_t index, const struct recycling *recycling)
{
    const struct instruction *instruction = instruction_view(ledger, index);

    if (changed_date(ledger, instruction) < recycling->matched_before) {
        lifecycle_cancel_by_ledger(ledger, index, REASON_CANS); /* T24 */
    } else if (was_due(ledger, instruction)) {
        instruction_status_set(ledger, index, DIMENSION_PROCESSING, PROCESSING_FAILING,
                               REASON_NONE); /* T20 */
    }
}

static void end_of_day(struct ledger *ledger, uint32_t index, const struct recycling *recycling)
{
    if (instruction_view(ledger, index)->counterpart == RECORD_NONE) {
        unmatched_end(ledger, index, recycling);
    } else {
        matched_end(ledger, index, recycling);
    }
}

static bool account_closed(const struct ledger *ledger, uint32_t account)
{
    return account != RECORD_NONE && account_view(ledger, account)->status == ACCOUNT_CLOSED;
}

/* Why an instruction is no longer valid; REASON_NONE when it is. */
static enum reason invalid_reason(const struct ledger *ledger,
                                  const struct instruction *instruction)
{
    const struct instruction_terms *terms = &instruction->terms;

    if (party_view(ledger, instruction->party)->status == PARTY_SUSPENDED) {
        return REASON_ICAG;
    }
    if (account_closed(ledger, terms->account)) {
        return REASON_SAFE;
    }
    if (account_closed(ledger, terms->cash_account)) {
        return REASON_CASH;
    }
    /* An internal transfer names the taking account. */
    return terms->transaction_type == TRANSACTION_OWNI &&
                   account_closed(ledger, account_find(ledger, instruction->party,
                                                       &terms_particulars(terms)->receiver_account))
               ? REASON_SAFE
               : REASON_NONE;
}

static void start_of_day(struct ledger *ledger, uint32_t index)
{
    const struct instruction *instruction = instruction_view(ledger, index);
    enum reason reason = invalid_reason(ledger, instruction);

    if (reason != REASON_NONE) {
        event_emit_instruction(ledger, EVENT_REVALIDATION_FAILED, index, DIMENSION_PROCESSING,
                               PROCESSING_ENDED, reason);
        lifecycle_cancel_by_ledger(ledger, index, REASON_CANS); /* T25 */
    } else if (instruction->status[DIMENSION_PROCESSING].value == PROCESSING_FAILING) {
        instruction_status_set(ledger, index, DIMENSION_PROCESSING, PROCESSING_PENDING,
                               REASON_NONE); /* T22 */
    }
}

static void sweep_end(struct ledger *ledger)
{
    struct day_sweep *sweep = &ledger->scalars->sweep;
    struct event event = {.kind = EVENT_STATEMENTS, .date = sweep->cause.date};

    if (sweep->kind == DAY_SWEEP_END) {
        event_emit(ledger, &event);
    }
    sweep->kind = DAY_SWEEP_NONE;
    sweep->cursor = 0;
    sweep->cause = (struct day_sweep_cause){0};
}

/* Looks at the next instruction; the sweep ends when there is none. */
static void sweep_step(struct ledger *ledger, const struct recycling *recycling)
{
    struct day_sweep *sweep = &ledger->scalars->sweep;
    uint32_t index = record_next(ledger, RECORD_INSTRUCTION, sweep->cursor);

    if (index == RECORD_NONE) {
        sweep_end(ledger);
        return;
    }
    sweep->cursor = index + 1;
    if (instruction_ended(instruction_view(ledger, index))) {
        return;
    }
    if (sweep->kind == DAY_SWEEP_END) {
        end_of_day(ledger, index, recycling);
    } else {
        start_of_day(ledger, index);
    }
}

static struct recycling recycling_of(const struct ledger *ledger)
{
    const struct rule_set *rules = rule_set_in_force(ledger);
    uint32_t today = ledger->scalars->sweep.cause.date;

    return (struct recycling){
        day_recycled_before(rules, today, rules->plan.recycling_unmatched_days),
        day_recycled_before(rules, today, rules->plan.recycling_matched_days)};
}

bool day_sweep_run(struct ledger *ledger)
{
    struct day_sweep *sweep = &ledger->scalars->sweep;
    uint32_t steps_left = rule_set_in_force(ledger)->plan.sweep_budget;

    while (sweep->kind != DAY_SWEEP_NONE || sweep_begin(sweep)) {
        struct recycling recycling = recycling_of(ledger);
        if (earlier_work_left(ledger)) {
            return true;
        }
        while (sweep->kind != DAY_SWEEP_NONE) {
            if (steps_left == 0 ||
                !event_room(ledger, SWEEP_EVENTS_MAX + SETTLEMENT_CARRIED_EVENTS)) {
                return true;
            }
            steps_left--;
            sweep_step(ledger, &recycling);
        }
    }
    return false;
}
