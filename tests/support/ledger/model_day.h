/*
 * model_day.h: the settlement day, written down once more and as plainly as possible from the
 * schedule of domain.md 2.6 (T2S UDFS Table 37): a list of the day's events with their times, asked
 * anew each time. It knows the default plan of the rules, and what the operator moved.
 */
#ifndef TALLY_TESTS_SUPPORT_LEDGER_MODEL_DAY_H
#define TALLY_TESTS_SUPPORT_LEDGER_MODEL_DAY_H

#include <stdbool.h>
#include <stdint.h>

enum {
    MODEL_DAY_ROW_MAX = 24
};

struct model_day_row {
    uint8_t event;    /* enum day_event */
    char currency[4]; /* "": of all that have no own row */
    uint64_t planned_ms;
    uint64_t due_ms;
    uint64_t happened_ms; /* 0: not yet */
};

struct model_day {
    uint32_t date;
    uint64_t begun_ms;
    struct model_day_row rows[MODEL_DAY_ROW_MAX];
    uint32_t row_count;
    bool ended; /* an end of day, a start of day was in the last block: */
    bool started;
    bool ended_last;      /* the end of day was the later of both */
    uint32_t ended_date;  /* of that day */
    uint32_t event_count; /* events that happened in the last block, changes of date twice */
};

/* The day of a genesis at this time. */
void model_day_open(struct model_day *day, uint64_t ts_ms);
/* A block comes. */
void model_day_block(struct model_day *day, uint64_t ts_ms);
/* Has the event happened today? */
bool model_day_happened(const struct model_day *day, uint8_t event, const char *currency);
/*
 * The first time, from `from_ms` on, at which a window for parts was open today: a planned one, or
 * the last one of a currency. UINT64_MAX: not yet.
 */
uint64_t model_day_window(const struct model_day *day, uint64_t from_ms);
/* The time at which it is due, or was. */
uint64_t model_day_due(const struct model_day *day, uint8_t event, const char *currency);
/*
 * May the operator move it? Only what has not happened, to a time ahead, within six hours of the
 * plan, and so that the day's order stays: real time, DvP, cash, FOP, end of day, change of date.
 */
bool model_day_may_move(const struct model_day *day, uint64_t ts_ms, uint8_t event,
                        const char *currency, uint64_t due_ms);
/* When settlement opened today; 0: not yet. */
uint64_t model_day_opened(const struct model_day *day);
/* The operator moves an event of all, or of a currency. */
void model_day_move(struct model_day *day, uint8_t event, const char *currency, uint64_t due_ms);

/* The first business day from a date on. */
uint32_t model_business_day_from(uint32_t date);

#endif
