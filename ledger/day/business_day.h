/*
 * ledger/day/business_day.h - the settlement day as a record: its events, when they were planned,
 * when they are due, when they took effect
 *
 * Rule. One record, of the present settlement day; it is made from the plan of the rules in force
 * (day_plan.h) when the day begins, and moved by the operator's command (command_day.c). An entry
 * is an event of the day, for all currencies or for one; a currency without an entry of its own
 * has that of all. `planned` never changes. `revised` is when the event is due: the plan, unless
 * somebody moved it. `effective` is the time of the block in which it took effect, 0 before.
 *
 * Example, Thursday 2026-11-19, after the operator moved the cut-off of EUR by half an hour:
 *
 *   event        currency  planned  revised  effective
 *   REAL_TIME    all       05:00    05:00    05:00:02
 *   DVP_CUT_OFF  all       16:00    16:00    -
 *   DVP_CUT_OFF  EUR       16:00    16:30    -
 *
 * Source: T2S UDFS Table 37 (planned, revised and effective time of each event).
 */
#ifndef TALLY_LEDGER_DAY_BUSINESS_DAY_H
#define TALLY_LEDGER_DAY_BUSINESS_DAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "ledger/register/rule_set.h"
#include "ledger/values/identifier.h"

/* In the order of the day. X(NAME, number, code). Numbered for ever. */
#define DAY_EVENTS(X)                    \
    X(START_OF_DAY, 1, "start-of-day")   \
    X(NIGHT_TIME, 2, "night-time")       \
    X(REAL_TIME, 3, "real-time")         \
    X(WINDOW_OPENS, 4, "window-opens")   \
    X(WINDOW_CLOSES, 5, "window-closes") \
    X(LAST_WINDOW, 6, "last-window")     \
    X(DVP_CUT_OFF, 7, "dvp-cut-off")     \
    X(CASH_CUT_OFF, 8, "cash-cut-off")   \
    X(FOP_CUT_OFF, 9, "fop-cut-off")     \
    X(END_OF_DAY, 10, "end-of-day")      \
    X(CHANGE_OF_DATE, 11, "change-of-date")

enum day_event {
#define X(name, number, code) DAY_##name = (number),
    DAY_EVENTS(X)
#undef X
};

enum {
    DAY_ENTRY_MAX = 64,
    /* Entries that a plan makes, so that a currency without own ones can still be moved. */
    DAY_ENTRY_PLANNED_MAX = 9 + 2 * DAY_WINDOW_MAX + 3 * DAY_CURRENCY_MAX,
};
_Static_assert(DAY_ENTRY_PLANNED_MAX <= DAY_ENTRY_MAX, "every planned event has its place");

struct day_entry {
    uint8_t event;              /* enum day_event */
    struct asset_code currency; /* absent: of all that have no own entry */
    uint64_t planned_ms;
    uint64_t revised_ms;
    uint64_t effective_ms; /* 0: not yet */
};

struct business_day {
    uint32_t date;
    uint64_t begun_ms; /* ledger time at which it became the settlement day */
    uint8_t entry_count;
    struct day_entry entry[DAY_ENTRY_MAX];
};

/* Writes the record's bytes, and reads them; reading fails the reader on any other form. */
void business_day_encode(const struct business_day *day, struct bytes_writer *writer);
void business_day_decode(struct business_day *day, struct bytes_reader *reader);

/* Makes the day of a date from the plan. */
void business_day_make(struct business_day *day, const struct rule_set *rules, uint32_t date,
                       uint64_t begun_ms);

/* The entry that holds for a currency (NULL or absent: for all); NULL when the day has no such
 * event. */
struct day_entry *business_day_entry(struct business_day *day, enum day_event event,
                                     const struct asset_code *currency);
const struct day_entry *business_day_view(const struct business_day *day, enum day_event event,
                                          const struct asset_code *currency);
/* The first that is due at a time and has not taken effect: by time, then in the order of the day;
 * NULL when there is none. */
struct day_entry *business_day_due(struct business_day *day, uint64_t time_ms);
/* When the next event is due; UINT64_MAX when all have taken effect. */
uint64_t business_day_next_ms(const struct business_day *day);
/* Adds an entry for one currency, a copy of that of all. pre: there is room, and it has none. */
struct day_entry *business_day_own(struct business_day *day, enum day_event event,
                                   const struct asset_code *currency);

/* Is the event one of those that each currency may have at its own time? */
bool day_event_of_currency(enum day_event event);
/* Its code, as in the table above; "" when unknown. */
const char *day_event_code(uint8_t event);

#endif
