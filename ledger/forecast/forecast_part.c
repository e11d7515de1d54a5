/*
 * Parts in a dry run. Levels and what is spendable become less by what was given, and more by what
 * was received; the unit's own flows become what is left of them. All of it is taken back before
 * the next run.
 */
#include "ledger/day/day.h"
#include "ledger/forecast/forecast_run.h"
#include "ledger/partial/part_settlement.h"
#include "ledger/state.h"

bool forecast_parts_ahead(const struct forecast *forecast)
{
    const struct ledger *ledger = forecast->ledger;
    const struct business_day *day = day_view(ledger);
    const struct day_plan *plan = &rule_set_in_force(ledger)->plan;

    if (forecast->question->date > ledger_date(ledger)) {
        return plan->continuous || plan->window_count > 0 || plan->last_window_minutes > 0;
    }
    for (uint32_t i = 0; i < day->entry_count; i++) {
        const struct day_entry *entry = &day->entry[i];
        bool opens = entry->event == DAY_WINDOW_OPENS || entry->event == DAY_LAST_WINDOW;
        if (opens && entry->effective_ms == 0) {
            return true;
        }
    }
    return day_partial_window_open(ledger);
}

static const struct forecast_row *only_row(const struct forecast *forecast, uint32_t unit)
{
    return &forecast->rows[forecast->units[unit].row_first];
}

/* What of the unit's pair is left in this run. */
static struct pair rest_of(const struct forecast *forecast, uint32_t unit)
{
    struct pair pair = pair_of(forecast->ledger, only_row(forecast, unit)->deliverer);

    pair.quantity -= forecast->units[unit].part_quantity;
    pair.amount -= forecast->units[unit].part_amount;
    return pair;
}

static struct netting_delta *delta_of(struct forecast *forecast, uint32_t unit, uint32_t slot)
{
    const struct netting_candidate *record = &forecast->netting.candidates[unit];

    for (uint32_t i = 0; i < record->delta_count; i++) {
        struct netting_delta *delta = &forecast->netting.deltas[record->delta_first + i];
        if (delta->resource == slot) {
            return delta;
        }
    }
    TALLY_ASSERT(false); /* every flow of a pair is between two positions of its own */
    return NULL;
}

static void slot_add(struct forecast *forecast, uint32_t slot, int64_t change)
{
    struct netting *netting = &forecast->netting;
    int64_t spendable = netting->spendable[slot];

    netting->level[slot] += change;
    if (spendable != NETTING_UNBOUNDED && !amount_add(spendable, change, &spendable)) {
        spendable = NETTING_UNBOUNDED;
    }
    netting->spendable[slot] = spendable;
}

/* Is there enough of everything but the securities for a part? */
static bool money_suffices(const struct forecast *forecast, const struct pair_flows *flows)
{
    for (uint32_t i = 0; i < flows->count; i++) {
        uint32_t slot = forecast->slots[flows->postings[i].debit] - 1;
        if (forecast->netting.level[slot] < flows->postings[i].quantity) {
            return false;
        }
    }
    return true;
}

/* How much of the unit would settle with what its position has in this run. */
static enum partial_answer part_of(const struct forecast *forecast, uint32_t unit,
                                   struct partial_part *part)
{
    const struct ledger *ledger = forecast->ledger;
    const struct forecast_unit *record = &forecast->units[unit];
    uint32_t head = only_row(forecast, unit)->deliverer;
    struct pair pair = rest_of(forecast, unit);
    struct pair_flows flows;

    *part = (struct partial_part){0};
    pair_flows(ledger, &pair, &flows);
    if (record->row_count != 1 || pair.quantity <= 0 || pair_is_internal(&pair) ||
        part_whole_only(ledger, head) || flows.count == 0 || flows.cash[0]) {
        return PARTIAL_REFUSED;
    }
    int128 level = forecast->netting.level[forecast->slots[flows.postings[0].debit] - 1];
    if (level < 0 || level >= pair.quantity) {
        return PARTIAL_REFUSED; /* it is not the securities that it lacks */
    }
    struct partial_terms terms = part_terms(ledger, &pair);
    terms.settled_quantity += record->part_quantity;
    terms.settled_amount += record->part_amount;
    return partial_decide(&terms, (int64_t)level, part);
}

bool forecast_part_disagreed(const struct forecast *forecast, uint32_t unit)
{
    struct partial_part part;

    return forecast->parts_ahead && part_of(forecast, unit, &part) == PARTIAL_DISAGREED;
}

/* The part that would settle, and what it moves; false when none can. */
static bool part_flows(const struct forecast *forecast, uint32_t unit, struct partial_part *part,
                       struct pair_flows *flows)
{
    struct pair pair = rest_of(forecast, unit);

    if (part_of(forecast, unit, part) != PARTIAL_SETTLES) {
        return false;
    }
    pair.quantity = part->quantity;
    pair.amount = part->amount;
    pair_flows(forecast->ledger, &pair, flows);
    return money_suffices(forecast, flows);
}

bool forecast_part_fits(const struct forecast *forecast, uint32_t unit)
{
    struct partial_part part;
    struct pair_flows flows;

    return part_flows(forecast, unit, &part, &flows);
}

void forecast_part_settle(struct forecast *forecast, uint32_t unit)
{
    struct partial_part part;
    struct pair_flows flows;
    bool fits = part_flows(forecast, unit, &part, &flows);

    TALLY_ASSERT(fits);
    for (uint32_t i = 0; i < flows.count; i++) {
        const struct posting *posting = &flows.postings[i];
        uint32_t from = forecast->slots[posting->debit] - 1;
        uint32_t to = forecast->slots[posting->credit] - 1;
        slot_add(forecast, from, -posting->quantity);
        slot_add(forecast, to, posting->quantity);
        delta_of(forecast, unit, from)->amount += posting->quantity;
        delta_of(forecast, unit, to)->amount -= posting->quantity;
    }
    forecast->units[unit].part_quantity += part.quantity;
    forecast->units[unit].part_amount += part.amount;
}

void forecast_parts_undo(struct forecast *forecast)
{
    for (uint32_t i = 0; i < forecast->unit_count; i++) {
        struct forecast_unit *unit = &forecast->units[i];
        struct pair pair;
        struct pair_flows flows;
        if (unit->part_quantity == 0) {
            continue;
        }
        pair = pair_of(forecast->ledger, only_row(forecast, i)->deliverer);
        pair.quantity = unit->part_quantity;
        pair.amount = unit->part_amount;
        pair_flows(forecast->ledger, &pair, &flows);
        for (uint32_t k = 0; k < flows.count; k++) {
            const struct posting *posting = &flows.postings[k];
            uint32_t from = forecast->slots[posting->debit] - 1;
            uint32_t to = forecast->slots[posting->credit] - 1;
            forecast->netting.spendable[from] =
                position_spendable(forecast->ledger, posting->debit);
            forecast->netting.spendable[to] = position_spendable(forecast->ledger, posting->credit);
            delta_of(forecast, i, from)->amount -= posting->quantity;
            delta_of(forecast, i, to)->amount += posting->quantity;
        }
        unit->part_quantity = 0;
        unit->part_amount = 0;
    }
}
