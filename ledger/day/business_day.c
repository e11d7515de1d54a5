#include "ledger/day/business_day.h"

#include <string.h>

#include "base/assert.h"
#include "ledger/values/date.h"

enum {
    MINUTE_MS = 60000
};

const char *day_event_code(uint8_t event)
{
    switch ((enum day_event)event) {
#define X(name, number, code) \
    case DAY_##name:          \
        return code;
        DAY_EVENTS(X)
#undef X
    }
    return "";
}

bool day_event_of_currency(enum day_event event)
{
    return event == DAY_LAST_WINDOW || event == DAY_DVP_CUT_OFF || event == DAY_CASH_CUT_OFF;
}

void business_day_encode(const struct business_day *day, struct bytes_writer *writer)
{
    TALLY_ASSERT(day->entry_count <= DAY_ENTRY_MAX);
    bytes_write_u32(writer, day->date);
    bytes_write_u64(writer, day->begun_ms);
    bytes_write_u8(writer, day->entry_count);
    for (uint8_t i = 0; i < day->entry_count; i++) {
        bytes_write_u8(writer, day->entry[i].event);
        asset_code_write(writer, &day->entry[i].currency);
        bytes_write_u64(writer, day->entry[i].planned_ms);
        bytes_write_u64(writer, day->entry[i].revised_ms);
        bytes_write_u64(writer, day->entry[i].effective_ms);
    }
}

void business_day_decode(struct business_day *day, struct bytes_reader *reader)
{
    memset(day, 0, sizeof *day);
    day->date = bytes_read_u32(reader);
    day->begun_ms = bytes_read_u64(reader);
    day->entry_count = bytes_read_u8(reader);
    if (!date_valid(day->date) || day->entry_count > DAY_ENTRY_MAX) {
        bytes_reader_fail(reader);
        day->entry_count = 0;
    }
    for (uint8_t i = 0; i < day->entry_count; i++) {
        struct day_entry *entry = &day->entry[i];
        entry->event = bytes_read_u8(reader);
        entry->currency = asset_code_read(reader);
        entry->planned_ms = bytes_read_u64(reader);
        entry->revised_ms = bytes_read_u64(reader);
        entry->effective_ms = bytes_read_u64(reader);
        if (day_event_code(entry->event)[0] == '\0' ||
            (entry->currency.size != 0 && (entry->currency.size != CURRENCY_SIZE ||
                                           !day_event_of_currency((enum day_event)entry->event)))) {
            bytes_reader_fail(reader);
        }
    }
}

static uint64_t at(uint32_t date, uint32_t minute)
{
    return (uint64_t)date_to_days(date) * DATE_DAY_MS + (uint64_t)minute * MINUTE_MS;
}

/* What making a day needs to know. */
struct maker {
    struct business_day *day;
    const struct rule_set *rules;
    uint32_t evening; /* the date on which the day begins, at the minute of the change */
};

static void add(struct maker *maker, enum day_event event, const struct asset_code *currency,
                uint64_t planned_ms)
{
    struct business_day *day = maker->day;

    TALLY_ASSERT(day->entry_count < DAY_ENTRY_MAX);
    day->entry[day->entry_count++] = (struct day_entry){
        .event = (uint8_t)event,
        .currency = currency != NULL ? *currency : (struct asset_code){0},
        .planned_ms = planned_ms,
        .revised_ms = planned_ms,
    };
}

static uint64_t opening_ms(const struct maker *maker, uint16_t minute)
{
    uint16_t change = maker->rules->day_change_minute;

    if (maker->rules->plan.continuous) {
        return at(maker->evening, change);
    }
    return at(minute >= change ? maker->evening : maker->day->date, minute);
}

static uint64_t closing_ms(const struct maker *maker, uint16_t minute)
{
    uint16_t change = maker->rules->day_change_minute;

    if (maker->rules->plan.continuous) {
        return at(maker->day->date, change);
    }
    return at(minute > change ? maker->evening : maker->day->date, minute);
}

static void windows_add(struct maker *maker)
{
    const struct day_plan *plan = &maker->rules->plan;

    for (uint8_t i = 0; i < plan->window_count; i++) {
        uint64_t opens_ms = opening_ms(maker, plan->window[i].opens_minute);
        add(maker, DAY_WINDOW_OPENS, NULL, opens_ms);
        add(maker, DAY_WINDOW_CLOSES, NULL,
            opens_ms + (uint64_t)plan->window[i].minutes * MINUTE_MS);
    }
}

static void cut_offs_add(struct maker *maker, const struct asset_code *currency,
                         uint16_t dvp_minute, uint16_t cash_minute)
{
    const struct day_plan *plan = &maker->rules->plan;
    uint64_t dvp_ms = closing_ms(maker, dvp_minute);

    if (plan->last_window_minutes > 0 && !plan->continuous) {
        add(maker, DAY_LAST_WINDOW, currency,
            dvp_ms - (uint64_t)plan->last_window_minutes * MINUTE_MS);
    }
    add(maker, DAY_DVP_CUT_OFF, currency, dvp_ms);
    add(maker, DAY_CASH_CUT_OFF, currency, closing_ms(maker, cash_minute));
}

void business_day_make(struct business_day *day, const struct rule_set *rules, uint32_t date,
                       uint64_t begun_ms)
{
    const struct day_plan *plan = &rules->plan;
    struct maker maker = {day, rules, rule_set_business_day_before(rules, date, 1)};

    memset(day, 0, sizeof *day);
    day->date = date;
    day->begun_ms = begun_ms;
    add(&maker, DAY_START_OF_DAY, NULL, opening_ms(&maker, plan->start_of_day_minute));
    if (plan->night_time_minute != plan->real_time_minute && !plan->continuous) {
        add(&maker, DAY_NIGHT_TIME, NULL, opening_ms(&maker, plan->night_time_minute));
    }
    add(&maker, DAY_REAL_TIME, NULL, opening_ms(&maker, plan->real_time_minute));
    if (!plan->continuous) {
        windows_add(&maker);
    }
    cut_offs_add(&maker, NULL, plan->dvp_cut_off_minute, plan->cash_cut_off_minute);
    for (uint8_t i = 0; i < plan->currency_count; i++) {
        cut_offs_add(&maker, &plan->currency[i].currency, plan->currency[i].dvp_minute,
                     plan->currency[i].cash_minute);
    }
    add(&maker, DAY_FOP_CUT_OFF, NULL, closing_ms(&maker, plan->fop_cut_off_minute));
    add(&maker, DAY_END_OF_DAY, NULL, closing_ms(&maker, plan->end_of_day_minute));
    add(&maker, DAY_CHANGE_OF_DATE, NULL, at(date, rules->day_change_minute));
    TALLY_ASSERT(day->entry_count <= DAY_ENTRY_PLANNED_MAX);
}

const struct day_entry *business_day_view(const struct business_day *day, enum day_event event,
                                          const struct asset_code *currency)
{
    bool named = currency != NULL && currency->size != 0;
    const struct day_entry *of_all = NULL;

    for (uint8_t i = 0; i < day->entry_count; i++) {
        const struct day_entry *entry = &day->entry[i];
        if (entry->event != event) {
            continue;
        }
        if (entry->currency.size != 0) {
            if (named && asset_code_equal(&entry->currency, currency)) {
                return entry;
            }
        } else if (of_all == NULL) {
            if (!named) {
                return entry;
            }
            of_all = entry;
        }
    }
    return of_all;
}

struct day_entry *business_day_entry(struct business_day *day, enum day_event event,
                                     const struct asset_code *currency)
{
    const struct day_entry *found = business_day_view(day, event, currency);

    return found == NULL ? NULL : &day->entry[found - day->entry];
}

static bool before(const struct day_entry *a, const struct day_entry *b)
{
    return a->revised_ms != b->revised_ms ? a->revised_ms < b->revised_ms : a->event < b->event;
}

struct day_entry *business_day_due(struct business_day *day, uint64_t time_ms)
{
    struct day_entry *first = NULL;

    for (uint8_t i = 0; i < day->entry_count; i++) {
        struct day_entry *entry = &day->entry[i];
        if (entry->effective_ms == 0 && entry->revised_ms <= time_ms &&
            (first == NULL || before(entry, first))) {
            first = entry;
        }
    }
    return first;
}

uint64_t business_day_next_ms(const struct business_day *day)
{
    uint64_t next_ms = UINT64_MAX;

    for (uint8_t i = 0; i < day->entry_count; i++) {
        if (day->entry[i].effective_ms == 0 && day->entry[i].revised_ms < next_ms) {
            next_ms = day->entry[i].revised_ms;
        }
    }
    return next_ms;
}

struct day_entry *business_day_own(struct business_day *day, enum day_event event,
                                   const struct asset_code *currency)
{
    const struct day_entry *of_all = business_day_view(day, event, NULL);
    struct day_entry *own = &day->entry[day->entry_count];

    TALLY_ASSERT(day_event_of_currency(event));
    TALLY_ASSERT(of_all != NULL && day->entry_count < DAY_ENTRY_MAX);
    *own = *of_all;
    own->currency = *currency;
    day->entry_count++;
    return own;
}
