#include "ledger/forecast/forecast_run.h"

#include <string.h>

#include "ledger/optimisation/component.h"
#include "ledger/settlement/priority.h"
#include "ledger/settlement/settlement_set.h"
#include "ledger/state.h"
#include "ledger/state/array_sort.h"

bool forecast_shows(const struct forecast *forecast, const struct forecast_row *row)
{
    uint32_t party = forecast->question->party;

    return party == RECORD_NONE ||
           instruction_view(forecast->ledger, row->deliverer)->party == party ||
           instruction_view(forecast->ledger, row->receiver)->party == party;
}

/* ----------------------------------------------------------------------------- collecting pairs */

/* A matched pair's head, due by the day that is asked about. */
static bool is_asked(const struct forecast *forecast, uint32_t index)
{
    const struct instruction *instruction = instruction_view(forecast->ledger, index);

    return instruction->counterpart != RECORD_NONE && !instruction_ended(instruction) &&
           instruction->terms.movement == MOVEMENT_DELI &&
           instruction->terms.settlement_date <= forecast->question->date;
}

static int head_compare(const void *context, uint32_t a, uint32_t b)
{
    const struct forecast *forecast = context;

    return waiting_compare(forecast->ledger, a, b);
}

static void heads_find(struct forecast *forecast)
{
    uint32_t count = 0;

    forecast->cut = false;
    for (uint32_t i = record_next(forecast->ledger, RECORD_INSTRUCTION, 0); i != RECORD_NONE;
         i = record_next(forecast->ledger, RECORD_INSTRUCTION, i + 1)) {
        if (!is_asked(forecast, i)) {
            continue;
        }
        if (count == forecast->capacity.pairs) {
            forecast->cut = true;
            break;
        }
        forecast->heads[count] = i;
        count++;
    }
    forecast->row_count = count;
    array_sort(forecast->heads, count, head_compare, forecast);
}

static uint32_t slot_of(struct forecast *forecast, uint32_t position)
{
    if (forecast->slots[position] == 0) {
        uint32_t slot = netting_resource_add(&forecast->netting,
                                             position_spendable(forecast->ledger, position));
        TALLY_ASSERT(slot != NETTING_NONE); /* a pair touches four at most */
        forecast->positions[slot] = position;
        forecast->slots[position] = slot + 1;
    }
    return forecast->slots[position] - 1;
}

static void row_make(struct forecast *forecast, uint32_t head, uint32_t at)
{
    struct pair pair = pair_of(forecast->ledger, head);
    const struct instruction *deliverer = instruction_view(forecast->ledger, head);

    forecast->rows[at] = (struct forecast_row){
        .deliverer = pair.deliverer,
        .receiver = pair.receiver,
        .quantity = instruction_quantity_left(deliverer),
        .amount = instruction_amount_left(deliverer),
        .value = component_pair_value(forecast->ledger, head),
        .position = RECORD_NONE,
    };
    forecast->taken[head] = at + 1;
}

/* What must settle with the head, or the head alone where that cannot be tried as a whole. */
static void unit_members(const struct forecast *forecast, uint32_t head, struct link_set *set)
{
    bool whole;

    link_set_find(forecast->ledger, head, set);
    whole = set->whole;
    for (uint32_t i = 0; i < set->count && whole; i++) {
        whole = is_asked(forecast, set->heads[i]) && forecast->taken[set->heads[i]] == 0;
    }
    if (!whole || forecast->cut) {
        *set = (struct link_set){.heads = {head}, .count = 1, .whole = true};
    }
}

/* The unit of a head, with its rows and its place in the netting. */
static void unit_make(struct forecast *forecast, uint32_t head, uint32_t row_first)
{
    struct netting_flow flows[2 * LINK_SET_MAX];
    struct forecast_unit *unit = &forecast->units[forecast->unit_count];
    struct link_set set;
    int64_t value = 0;
    uint32_t count = 0;

    unit_members(forecast, head, &set);
    for (uint32_t i = 0; i < set.count; i++) {
        struct pair pair = pair_of(forecast->ledger, set.heads[i]);
        struct pair_flows moved;
        pair_flows(forecast->ledger, &pair, &moved);
        for (uint32_t k = 0; k < moved.count; k++, count++) {
            flows[count] = (struct netting_flow){slot_of(forecast, moved.postings[k].debit),
                                                 slot_of(forecast, moved.postings[k].credit),
                                                 moved.postings[k].quantity};
        }
        row_make(forecast, set.heads[i], row_first + i);
        if (!amount_add(value, forecast->rows[row_first + i].value, &value)) {
            value = INT64_MAX;
        }
    }
    *unit = (struct forecast_unit){.row_first = row_first, .row_count = set.count};
    uint32_t added = netting_candidate_add(&forecast->netting, value, set.count,
                                           pair_sequence(forecast->ledger, head), flows, count);
    TALLY_ASSERT(added == forecast->unit_count);
    forecast->unit_count++;
}

/* Counts the unit's pairs as settling with whoever is asked about, or not any more. */
static void unit_suppose(const struct forecast *forecast, const struct forecast_unit *unit,
                         bool settles)
{
    for (uint32_t i = 0; i < unit->row_count; i++) {
        settlement_set_suppose(forecast->ledger, forecast->rows[unit->row_first + i].deliverer,
                               settles);
    }
}

/* The first gate that is closed for a member; `out` says for whom and why. */
static bool unit_asks(const struct forecast *forecast, const struct forecast_unit *unit,
                      uint32_t skipped, struct forecast_row **in_the_way, struct eligibility *why)
{
    bool open = true;

    unit_suppose(forecast, unit, true);
    for (uint32_t i = 0; i < unit->row_count && open; i++) {
        struct pair pair = pair_of(forecast->ledger, forecast->rows[unit->row_first + i].deliverer);
        *in_the_way = &forecast->rows[unit->row_first + i];
        eligibility_check_but(forecast->ledger, &pair, skipped, forecast->question->date, why);
        open = eligibility_given(why);
    }
    unit_suppose(forecast, unit, false);
    return open;
}

static void unit_gate(const struct forecast *forecast, struct forecast_unit *unit)
{
    const uint32_t time = ELIGIBILITY_TIME;
    struct forecast_row *row = NULL;
    struct eligibility why;

    unit->gate = FORECAST_SHUT;
    if (unit_asks(forecast, unit, time, &row, &why)) {
        unit->gate = FORECAST_OPEN;
    } else if (unit_asks(forecast, unit, time | ELIGIBILITY_LINKS, &row, &why)) {
        unit->gate = FORECAST_LINKED;
    } else if (unit_asks(forecast, unit, time | ELIGIBILITY_HOLD, &row, &why)) {
        unit->gate = FORECAST_HELD;
    }
}

static void memory_clear(struct forecast *forecast)
{
    for (uint32_t i = 0; i < forecast->row_count; i++) {
        forecast->taken[forecast->rows[i].deliverer] = 0;
    }
    for (uint32_t i = 0; i < forecast->netting.resource_count; i++) {
        forecast->slots[forecast->positions[i]] = 0;
    }
    forecast->unit_count = 0;
    forecast->row_count = 0;
}

void forecast_collect(struct forecast *forecast)
{
    uint32_t rows = 0;

    memory_clear(forecast);
    forecast->parts_ahead = forecast_parts_ahead(forecast);
    netting_begin(&forecast->netting);
    heads_find(forecast);
    for (uint32_t i = 0; i < forecast->row_count; i++) {
        if (forecast->taken[forecast->heads[i]] == 0) {
            unit_make(forecast, forecast->heads[i], rows);
            rows += forecast->units[forecast->unit_count - 1].row_count;
        }
    }
    TALLY_ASSERT(rows == forecast->row_count);
    for (uint32_t i = 0; i < forecast->unit_count; i++) {
        unit_gate(forecast, &forecast->units[i]);
    }
}

/* -------------------------------------------------------------------------------------- one run */

struct run {
    struct forecast *forecast;
    const struct forecast_trial *trial;
    int128 level_first; /* of the slot without limit */
    int128 level_least;
    bool links_changed; /* something settled: links may be kept now */
};

static void slot_watch(struct run *run)
{
    if (run->trial->slot != NETTING_NONE) {
        int128 level = run->forecast->netting.level[run->trial->slot];
        run->level_least = level < run->level_least ? level : run->level_least;
    }
}

/* Whoever draws on what this unit brings is tried again. */
static void drawers_line_up(struct forecast *forecast, uint32_t index)
{
    const struct netting *netting = &forecast->netting;
    const struct netting_candidate *record = &netting->candidates[index];

    for (uint32_t k = 0; k < record->delta_count; k++) {
        const struct netting_delta *delta = &netting->deltas[record->delta_first + k];
        for (uint32_t i = netting->touch_first[delta->resource];
             delta->amount > 0 && i < netting->touch_first[delta->resource + 1]; i++) {
            forecast->units[netting->owner[netting->touch[i]]].in_line = true;
        }
    }
}

static void unit_settled(struct run *run, uint32_t index, enum forecast_outcome outcome)
{
    struct forecast *forecast = run->forecast;

    forecast->units[index].outcome = (uint8_t)outcome;
    unit_suppose(forecast, &forecast->units[index], true);
    drawers_line_up(forecast, index);
    run->links_changed = true;
    slot_watch(run);
}

/* May the unit be tried in this run, at this point? */
static bool unit_may(const struct run *run, uint32_t index)
{
    const struct forecast_unit *unit = &run->forecast->units[index];
    struct forecast_row *row = NULL;
    struct eligibility why;

    switch ((enum forecast_gate)unit->gate) {
    case FORECAST_OPEN:
        return true;
    case FORECAST_LINKED:
        return unit_asks(run->forecast, unit, ELIGIBILITY_TIME, &row, &why);
    case FORECAST_HELD:
        return run->trial->unit == index;
    case FORECAST_SHUT:
        break;
    }
    return false;
}

/* One after the other, in the order of waiting, and again while one settles. */
static void units_try(struct run *run)
{
    struct forecast *forecast = run->forecast;
    bool settled = true;

    while (settled) {
        settled = false;
        for (uint32_t i = 0; i < forecast->unit_count; i++) {
            struct forecast_unit *unit = &forecast->units[i];
            bool linked = unit->gate == FORECAST_LINKED && run->links_changed;
            if (unit->outcome != FORECAST_WAITS || !(unit->in_line || linked)) {
                continue;
            }
            unit->in_line = false;
            if (unit_may(run, i) && netting_fits(&forecast->netting, i)) {
                netting_apply(&forecast->netting, i, true);
                unit_settled(run, i, FORECAST_ALONE);
                settled = true;
            }
        }
    }
    run->links_changed = false;
}

/* The best set of the rest; true when there is one. */
static bool units_optimise(struct run *run)
{
    struct forecast *forecast = run->forecast;
    struct netting *netting = &forecast->netting;
    struct netting_result result;
    bool any = false;

    for (uint32_t i = 0; i < forecast->unit_count; i++) {
        if (forecast->units[i].outcome == FORECAST_WAITS) {
            netting_decide(netting, i, unit_may(run, i) ? NETTING_OPEN : NETTING_OUT);
        }
    }
    netting_solve(netting, forecast->steps_max, &result);
    for (uint32_t i = 0; i < forecast->unit_count; i++) {
        if (forecast->units[i].outcome == FORECAST_WAITS && netting_chosen(netting, i)) {
            unit_settled(run, i, FORECAST_TOGETHER);
            any = true;
        }
    }
    return any;
}

/*
 * Of all whose securities would come from where this unit's would, the first of which a part can
 * settle, in the order of that position (priority.h); NETTING_NONE when there is none.
 */
static uint32_t part_first(const struct run *run, uint32_t index)
{
    const struct forecast *forecast = run->forecast;
    const struct netting *netting = &forecast->netting;
    struct pair pair =
        pair_of(forecast->ledger, forecast->rows[forecast->units[index].row_first].deliverer);
    struct pair_flows flows;
    uint32_t first = NETTING_NONE;

    pair_flows(forecast->ledger, &pair, &flows);
    uint32_t position = flows.count > 0 ? flows.postings[0].debit : RECORD_NONE;
    uint32_t slot = position == RECORD_NONE ? 0 : forecast->slots[position] - 1;
    for (uint32_t i = netting->touch_first[slot];
         position != RECORD_NONE && i < netting->touch_first[slot + 1]; i++) {
        uint32_t other = netting->owner[netting->touch[i]];
        uint32_t head = forecast->rows[forecast->units[other].row_first].deliverer;
        if (netting->deltas[netting->touch[i]].amount >= 0 ||
            forecast->units[other].outcome != FORECAST_WAITS || !unit_may(run, other) ||
            !forecast_part_fits(forecast, other)) {
            continue;
        }
        if (first == NETTING_NONE ||
            priority_compare(forecast->ledger, position, head,
                             forecast->rows[forecast->units[first].row_first].deliverer) < 0) {
            first = other;
        }
    }
    return first;
}

/* Parts, as long as there is one in this round; true when one has settled. */
static bool units_part(struct run *run)
{
    struct forecast *forecast = run->forecast;
    bool any = false;

    for (uint32_t i = 0; i < forecast->unit_count && forecast->parts_ahead; i++) {
        uint32_t first;
        if (forecast->units[i].outcome != FORECAST_WAITS || !forecast_part_fits(forecast, i)) {
            continue;
        }
        while ((first = part_first(run, i)) != NETTING_NONE) {
            forecast_part_settle(forecast, first);
            drawers_line_up(forecast, first);
            forecast->units[first].in_line = true;
            slot_watch(run);
            any = true;
        }
    }
    return any;
}

static void run_begin(struct run *run)
{
    struct forecast *forecast = run->forecast;

    for (uint32_t i = 0; i < forecast->unit_count; i++) {
        forecast->units[i].outcome = FORECAST_WAITS;
        forecast->units[i].in_line = true;
        netting_decide(&forecast->netting, i, NETTING_OUT);
    }
    netting_prepare(&forecast->netting);
    if (run->trial->slot != NETTING_NONE) {
        run->level_first = forecast->netting.level[run->trial->slot];
        run->level_least = run->level_first;
    }
}

static void run_sum(const struct run *run, int64_t spendable, struct forecast_outcome_sum *sum)
{
    const struct forecast *forecast = run->forecast;
    int128 drawn = run->level_first - run->level_least - spendable;

    *sum = (struct forecast_outcome_sum){0, 0, 0};
    for (uint32_t i = 0; i < forecast->unit_count; i++) {
        const struct forecast_unit *unit = &forecast->units[i];
        for (uint32_t k = 0; k < unit->row_count && unit->outcome != FORECAST_WAITS; k++) {
            const struct forecast_row *row = &forecast->rows[unit->row_first + k];
            if (!forecast_shows(forecast, row)) {
                continue;
            }
            sum->pairs++;
            if (!amount_add(sum->value, row->value, &sum->value)) {
                sum->value = INT64_MAX;
            }
        }
    }
    if (run->trial->slot != NETTING_NONE && drawn > 0) {
        sum->drawn = drawn < INT64_MAX ? (int64_t)drawn : INT64_MAX;
    }
}

void forecast_try(struct forecast *forecast, const struct forecast_trial *trial,
                  struct forecast_outcome_sum *sum)
{
    struct run run = {.forecast = forecast, .trial = trial};
    int64_t spendable = 0;
    uint32_t rounds = 0;

    forecast_parts_undo(forecast);
    if (trial->slot != NETTING_NONE) {
        spendable = forecast->netting.spendable[trial->slot];
        forecast->netting.spendable[trial->slot] = NETTING_UNBOUNDED;
    }
    run_begin(&run);
    do {
        units_try(&run);
    } while (units_optimise(&run) || (rounds++ < FORECAST_PART_ROUNDS && units_part(&run)));
    run_sum(&run, spendable, sum);
    if (trial->slot != NETTING_NONE) {
        forecast->netting.spendable[trial->slot] = spendable;
    }
    for (uint32_t i = 0; i < forecast->unit_count; i++) {
        if (forecast->units[i].outcome != FORECAST_WAITS) {
            unit_suppose(forecast, &forecast->units[i], false);
        }
    }
}

/* -------------------------------------------------------------------------------------- reasons */

/* The whole unit is short at a slot: by how much? 0 when it is not. */
static int64_t slot_short_by(const struct forecast *forecast, uint32_t unit, uint32_t slot)
{
    const struct netting *netting = &forecast->netting;
    const struct netting_candidate *record = &netting->candidates[unit];

    for (uint32_t i = 0; i < record->delta_count; i++) {
        const struct netting_delta *delta = &netting->deltas[record->delta_first + i];
        int128 level = netting->level[slot] + delta->amount;
        if (delta->resource == slot && delta->amount < 0 && level < 0) {
            return -level < INT64_MAX ? (int64_t)-level : INT64_MAX;
        }
    }
    return 0;
}

/* A pair gives from a position that is short: who is told what (T16, T17). */
static bool row_lacks(const struct forecast *forecast, uint32_t unit, struct forecast_row *row,
                      bool cash)
{
    struct pair pair = pair_of(forecast->ledger, row->deliverer);
    struct pair_flows flows;

    pair_flows(forecast->ledger, &pair, &flows);
    for (uint32_t i = 0; i < flows.count; i++) {
        uint32_t position = flows.postings[i].debit;
        int64_t short_by = slot_short_by(forecast, unit, forecast->slots[position] - 1);
        if (flows.cash[i] != cash || short_by == 0) {
            continue;
        }
        bool deliverer_gives = !cash || pair_is_internal(&pair) ||
                               pair_payer(forecast->ledger, &pair) == pair.deliverer;
        enum reason own = cash ? REASON_MONY : REASON_LACK;
        enum reason other = cash ? REASON_CMON : REASON_CLAC;
        row->deliverer_reason = deliverer_gives ? own : other;
        row->receiver_reason = deliverer_gives ? other : own;
        row->position = position;
        row->short_by = short_by;
        return true;
    }
    return false;
}

/* What settles in part says so, and why not the rest; what would if both allowed it, that. */
static void unit_tell_parts(struct forecast *forecast, uint32_t index)
{
    struct forecast_row *row = &forecast->rows[forecast->units[index].row_first];

    if (row->part_quantity > 0) {
        row->outcome = FORECAST_PART;
        row->deliverer_reason = REASON_PART;
        row->receiver_reason = REASON_PART;
    } else if (row->deliverer_reason == REASON_LACK && forecast_part_disagreed(forecast, index)) {
        row->deliverer_reason = REASON_PATD;
        row->receiver_reason = REASON_PATD;
    }
}

static void unit_tell(struct forecast *forecast, uint32_t index)
{
    const struct forecast_unit *unit = &forecast->units[index];
    struct forecast_row *in_the_way = NULL;
    struct eligibility why;
    bool told = false;

    for (uint32_t i = 0; i < unit->row_count; i++) {
        struct forecast_row *row = &forecast->rows[unit->row_first + i];
        row->outcome = unit->outcome;
        row->part_quantity = unit->outcome == FORECAST_WAITS ? unit->part_quantity : 0;
        row->part_amount = unit->outcome == FORECAST_WAITS ? unit->part_amount : 0;
        if (unit->outcome == FORECAST_WAITS) {
            row->deliverer_reason = REASON_LINK; /* unless something is in its own way */
            row->receiver_reason = REASON_LINK;
        }
    }
    if (unit->outcome != FORECAST_WAITS) {
        return;
    }
    if (!unit_asks(forecast, unit, ELIGIBILITY_TIME, &in_the_way, &why)) {
        in_the_way->deliverer_reason = why.deliverer_reason;
        in_the_way->receiver_reason = why.receiver_reason;
        return;
    }
    for (uint32_t cash = 0; cash < 2; cash++) {
        for (uint32_t i = 0; i < unit->row_count && !told; i++) {
            told = row_lacks(forecast, index, &forecast->rows[unit->row_first + i], cash == 1);
        }
    }
    TALLY_ASSERT(told); /* else it would have been settled */
    unit_tell_parts(forecast, index);
}

void forecast_tell(struct forecast *forecast)
{
    for (uint32_t i = 0; i < forecast->unit_count; i++) {
        if (forecast->units[i].outcome != FORECAST_WAITS) {
            unit_suppose(forecast, &forecast->units[i], true);
        }
    }
    for (uint32_t i = 0; i < forecast->unit_count; i++) {
        unit_tell(forecast, i);
    }
    for (uint32_t i = 0; i < forecast->unit_count; i++) {
        if (forecast->units[i].outcome != FORECAST_WAITS) {
            unit_suppose(forecast, &forecast->units[i], false);
        }
    }
}
