#include "ledger/day/day.h"

#include "base/mutant.h"
#include "ledger/day/day_sweep.h"
#include "ledger/state.h"
#include "ledger/values/date.h"

static uint32_t purge_date_at(const struct rule_set *rules, uint32_t day)
{
    return date_add(day, -(int32_t)rules->retention_days);
}

const struct business_day *day_view(const struct ledger *ledger)
{
    TALLY_ASSERT(record_used(ledger, RECORD_BUSINESS_DAY, 0));
    TALLY_ASSERT(ledger->business_day->date == ledger->scalars->business_date);
    return ledger->business_day;
}

/* Rules that are in force do not change, so date and rules tell whether it still holds. */
const struct day_today *day_today(const struct ledger *ledger)
{
    struct day_today *today = ledger->today;
    uint32_t date = ledger->scalars->business_date;
    uint32_t rule_set = rule_set_in_force_index(ledger);

    if (today->date != date || today->rule_set != rule_set) {
        const struct rule_set *rules = rule_set_in_force(ledger);
        *today = (struct day_today){.date = date,
                                    .rule_set = rule_set,
                                    .business_day = rule_set_business_day(rules, date),
                                    .settlement_date_last =
                                        date_add(date, (int32_t)rules->settlement_ahead_days)};
    }
    return today;
}

void day_begin(struct ledger *ledger)
{
    const struct rule_set *rules = rule_set_in_force(ledger);
    struct scalars *scalars = ledger->scalars;
    uint32_t index = record_take(ledger, RECORD_BUSINESS_DAY);
    struct day_entry *entry;

    TALLY_ASSERT(scalars->business_date == 0);
    TALLY_ASSERT(index == 0);
    scalars->business_date = rule_set_day_at(rules, scalars->time_ms);
    scalars->purge_date = purge_date_at(rules, scalars->business_date);
    business_day_make(ledger->business_day, rules, scalars->business_date, scalars->time_ms);
    while ((entry = business_day_due(ledger->business_day, scalars->time_ms)) != NULL) {
        entry->effective_ms = scalars->time_ms;
    }
    record_touch(ledger, RECORD_SCALARS, 0);
}

/* The next settlement day begins, under the rules that are in force on it. */
static void date_change(struct ledger *ledger)
{
    const struct rule_set *rules = rule_set_in_force(ledger);
    struct scalars *scalars = ledger->scalars;
    uint32_t next = rule_set_next_business_day(rules, scalars->business_date);
    uint32_t at = rule_set_day_at(rules, scalars->time_ms);
    struct event event = {.kind = EVENT_DAY_CHANGED, .date = at > next ? at : next};
    uint32_t purge_date;

    TALLY_ASSERT(event.date > scalars->business_date);
    scalars->business_date = event.date;
    ledger_rules_select(ledger);
    rules = rule_set_in_force(ledger);
    purge_date = purge_date_at(rules, event.date);
    if (purge_date > scalars->purge_date) {
        scalars->purge_date = purge_date;
    }
    business_day_make(ledger->business_day, rules, event.date, scalars->time_ms);
    event_emit(ledger, &event);
}

void day_tick(struct ledger *ledger)
{
    struct scalars *scalars = ledger->scalars;
    struct day_entry *entry;

    TALLY_ASSERT(date_valid(scalars->business_date));
    while (event_room(ledger, 2) &&
           (entry = business_day_due(ledger->business_day, scalars->time_ms)) != NULL) {
        enum day_event which = (enum day_event)entry->event;
        struct event event = {.kind = EVENT_DAY_EVENT,
                              .date = scalars->business_date,
                              .value = entry->event,
                              .currency = entry->currency,
                              .due_ms = entry->revised_ms};

        entry->effective_ms = scalars->time_ms;
        event_emit(ledger, &event);
        if (which == DAY_END_OF_DAY) {
            day_sweep_ask(ledger, DAY_SWEEP_END);
        } else if (which == DAY_START_OF_DAY) {
            day_sweep_ask(ledger, DAY_SWEEP_START);
        } else if (which == DAY_CHANGE_OF_DATE) {
            date_change(ledger);
        }
        record_touch(ledger, RECORD_BUSINESS_DAY, 0);
    }
}

uint64_t day_next_due_ms(const struct ledger *ledger)
{
    return business_day_next_ms(day_view(ledger));
}

static bool effective(const struct day_entry *entry)
{
    return entry != NULL && entry->effective_ms != 0;
}

/* The event with which settlement opens. */
static const struct day_entry *opening(const struct ledger *ledger)
{
    const struct business_day *day = day_view(ledger);
    const struct day_entry *night = business_day_view(day, DAY_NIGHT_TIME, NULL);

    return night != NULL ? night : business_day_view(day, DAY_REAL_TIME, NULL);
}

bool day_is_open(const struct ledger *ledger)
{
    return effective(opening(ledger));
}

bool day_has_begun(const struct ledger *ledger)
{
    return day_is_open(ledger) && !day_sweep_asked(ledger);
}

uint64_t day_opened_ms(const struct ledger *ledger)
{
    TALLY_ASSERT(day_is_open(ledger));
    return opening(ledger)->effective_ms;
}

static bool effective_by(const struct day_entry *entry, uint64_t time_ms)
{
    return effective(entry) && entry->effective_ms <= time_ms;
}

/* Had one of the planned windows opened and not closed? */
static bool planned_window_open(const struct business_day *day, uint64_t time_ms)
{
    uint32_t opened = 0;
    uint32_t closed = 0;

    for (uint8_t i = 0; i < day->entry_count; i++) {
        const struct day_entry *entry = &day->entry[i];
        opened += entry->event == DAY_WINDOW_OPENS && effective_by(entry, time_ms);
        closed += entry->event == DAY_WINDOW_CLOSES && effective_by(entry, time_ms);
    }
    return opened > closed;
}

/* Was some currency between its last window and its cut-off? */
static bool last_window_open(const struct business_day *day, uint64_t time_ms)
{
    for (uint8_t i = 0; i < day->entry_count; i++) {
        const struct day_entry *entry = &day->entry[i];
        if (entry->event == DAY_LAST_WINDOW && effective_by(entry, time_ms) &&
            !effective_by(business_day_view(day, DAY_DVP_CUT_OFF, &entry->currency), time_ms)) {
            return true;
        }
    }
    return false;
}

static bool window_open(const struct business_day *day, uint64_t time_ms)
{
    return planned_window_open(day, time_ms) || last_window_open(day, time_ms);
}

bool day_partial_window_open(const struct ledger *ledger)
{
    return rule_set_in_force(ledger)->plan.continuous ||
           window_open(day_view(ledger), ledger_time_ms(ledger));
}

uint64_t day_partial_due_ms(const struct ledger *ledger, uint64_t origin_ms)
{
    const struct business_day *day = day_view(ledger);
    uint64_t due_ms = UINT64_MAX;

    if (rule_set_in_force(ledger)->plan.continuous || window_open(day, origin_ms) ||
        MUTANT(PART_WINDOW_IGNORED)) {
        return origin_ms;
    }
    for (uint8_t i = 0; i < day->entry_count; i++) {
        const struct day_entry *entry = &day->entry[i];
        bool opens = entry->event == DAY_WINDOW_OPENS || entry->event == DAY_LAST_WINDOW;
        if (opens && entry->effective_ms > origin_ms && entry->effective_ms < due_ms &&
            window_open(day, entry->effective_ms)) {
            due_ms = entry->effective_ms;
        }
    }
    return due_ms;
}

uint64_t day_partial_due_until_ms(const struct ledger *ledger, uint64_t by_ms)
{
    const struct business_day *day = day_view(ledger);
    uint64_t until_ms = 0;

    if (rule_set_in_force(ledger)->plan.continuous || window_open(day, by_ms) ||
        MUTANT(PART_WINDOW_IGNORED)) {
        return by_ms;
    }
    for (uint8_t i = 0; i < day->entry_count; i++) {
        const struct day_entry *entry = &day->entry[i];
        bool closes = entry->event == DAY_WINDOW_CLOSES || entry->event == DAY_DVP_CUT_OFF;
        if (closes && effective_by(entry, by_ms) && entry->effective_ms > until_ms &&
            window_open(day, entry->effective_ms - 1)) {
            until_ms = entry->effective_ms - 1;
        }
    }
    return until_ms;
}

const struct asset_code *day_currency(const struct ledger *ledger,
                                      const struct instruction_terms *terms)
{
    if (terms->payment == PAYMENT_APMT) {
        return &asset_view(ledger, terms->currency)->code;
    }
    return asset_view(ledger, terms->asset)->kind == ASSET_CURRENCY
               ? &asset_view(ledger, terms->asset)->code
               : NULL;
}

enum day_event day_cut_off_event(const struct ledger *ledger, const struct instruction_terms *terms)
{
    if (terms->payment == PAYMENT_APMT && terms->quantity > 0) {
        return DAY_DVP_CUT_OFF;
    }
    return day_currency(ledger, terms) != NULL ? DAY_CASH_CUT_OFF : DAY_FOP_CUT_OFF;
}

bool day_cut_off_after(const struct ledger *ledger, const struct instruction_terms *terms,
                       uint64_t time_ms)
{
    uint32_t date = terms->settlement_date;
    uint32_t evening;

    if (date <= ledger_date(ledger)) {
        return false;
    }
    evening = rule_set_business_day_before(rule_set_in_force(ledger), date, 1);
    return (uint64_t)date_to_days(evening) * DATE_DAY_MS > time_ms;
}

static uint64_t cut_off_find(const struct ledger *ledger, const struct day_cut_off *sought)
{
    enum day_event event = (enum day_event)sought->event;
    struct business_day planned;

    if (sought->date == ledger_date(ledger)) {
        return business_day_view(day_view(ledger), event, &sought->currency)->revised_ms;
    }
    business_day_make(&planned, rule_set_in_force(ledger), sought->date, 0);
    return business_day_view(&planned, event, &sought->currency)->revised_ms;
}

/* One instruction after the other asks for the same: the last answers are kept. */
static uint64_t cut_off_ms(const struct ledger *ledger, const struct instruction_terms *terms,
                           uint32_t date)
{
    static const struct asset_code none = {0};
    const struct asset_code *currency = day_currency(ledger, terms);
    uint8_t event = (uint8_t)day_cut_off_event(ledger, terms);
    bool another_day = date != day_today(ledger)->date;
    struct day_cut_off *last = &ledger->today->cut_offs[another_day];

    currency = currency != NULL ? currency : &none;
    if (last->date != date || last->event != event ||
        !asset_code_equal(&last->currency, currency)) {
        *last = (struct day_cut_off){.date = date, .event = event, .currency = *currency};
        last->revised_ms = cut_off_find(ledger, last);
    }
    return last->revised_ms;
}

uint64_t day_cut_off_ms(const struct ledger *ledger, const struct instruction_terms *terms)
{
    return cut_off_ms(ledger, terms, terms->settlement_date);
}

uint64_t day_cut_off_today_ms(const struct ledger *ledger, const struct instruction_terms *terms)
{
    return cut_off_ms(ledger, terms, ledger_date(ledger));
}

void day_revised(struct ledger *ledger)
{
    ledger->today->date = 0;
}
