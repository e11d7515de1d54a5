/*
 * ledger/register/day_plan.h - when what happens in a settlement day, and when nothing does
 *
 * Problem. A market's day has a fixed order of events: it opens, payments against delivery end,
 * then central-bank money, then free deliveries, then the books are closed. The times are the
 * market's, differ between currencies, and change from one year to the next.
 *
 * Rule. The plan is part of the dated rule set. A time is a minute after midnight UTC. The
 * settlement day lasts from one change of date (rule_set.h, `day_change_minute`) to the next, so
 * its first hours lie in the evening before:
 *
 *   opening events (start of day, night-time, real time, windows): a minute at or after the change
 *     lies in the evening in which the day begins, an earlier one on the day itself;
 *   closing events (cut-offs, end of day): a minute at or before the change lies on the day
 * itself,     a later one in the evening before.
 *
 * In time, they never go back: start of day, night-time, real time, cut-off for delivery versus
 * payment, for cash, for free deliveries, end of day, change of date. Two may coincide. Night-time
 * at the minute of real time means: no night-time.
 *
 * A currency may have cut-offs of its own, and closing days beside the common ones. A `continuous`
 * plan ignores all times: the day opens as it begins, its cut-offs come with its end, and parts
 * settle at any time.
 *
 * Example. T2S: change 18:45, start of day 18:45, night-time 20:00, real time 05:00, DvP cut-off
 * 16:00, cash 17:40, FOP 18:00, end of day 18:00. The day of Monday begins on Friday 18:45, its
 * night-time on Friday 20:00, its real time on Monday 05:00.
 *
 * Source: T2S UDFS Table 37 (schedule), 3.6.3 (recycling periods); Delegated Regulation (EU)
 * 2018/1229 article 9 (recycling until settled or cancelled: both periods 0).
 */
#ifndef TALLY_LEDGER_REGISTER_DAY_PLAN_H
#define TALLY_LEDGER_REGISTER_DAY_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "ledger/values/identifier.h"

enum {
    DAY_WINDOW_MAX = 8,           /* partial windows of a day, beside the last one */
    DAY_CURRENCY_MAX = 8,         /* currencies with cut-offs of their own */
    DAY_CLOSING_MAX = 64,         /* closing days of single currencies */
    DAY_RECYCLING_DAYS_MAX = 250, /* business days */
    DAY_EXTENSION_MINUTES_MAX = 720,
    DAY_SWEEP_BUDGET_MAX = 1000000,
};

/* Parts may settle from this minute on, for so long. */
struct partial_window {
    uint16_t opens_minute;
    uint16_t minutes;
};

/* Cut-offs of one currency. */
struct currency_cut_offs {
    struct asset_code currency;
    uint16_t dvp_minute;
    uint16_t cash_minute;
};

/* A day on which nothing settles in this currency. */
struct currency_closing {
    struct asset_code currency;
    uint32_t date;
};

struct day_plan {
    bool continuous;
    uint16_t start_of_day_minute;      /* pending instructions are validated anew */
    uint16_t night_time_minute;        /* settlement opens */
    uint16_t real_time_minute;         /* settlement opens if there is no night-time */
    uint16_t dvp_cut_off_minute;       /* delivery against or with payment */
    uint16_t cash_cut_off_minute;      /* payment without delivery, transfer of cash */
    uint16_t fop_cut_off_minute;       /* delivery free of payment, transfer of securities */
    uint16_t end_of_day_minute;        /* failing, recycling, purge, statements */
    uint16_t extension_minutes_max;    /* how far an event of today may be moved off its plan */
    uint16_t last_window_minutes;      /* parts settle this long before the DvP cut-off; 0 never */
    uint16_t recycling_unmatched_days; /* business days until an unmatched one is cancelled; 0 never
                                        */
    uint16_t recycling_matched_days;   /* the same when matched; 0 never (CSDR) */
    uint32_t sweep_budget;             /* instructions looked at per block by the day's sweeps */
    uint8_t window_count;
    struct partial_window window[DAY_WINDOW_MAX]; /* ascending, not overlapping */
    uint8_t currency_count;
    struct currency_cut_offs currency[DAY_CURRENCY_MAX]; /* ascending by code */
    uint8_t closing_count;
    struct currency_closing closing[DAY_CLOSING_MAX]; /* ascending by code, then date */
};

/* What is wrong with a plan; the first fault in this order. */
enum day_plan_check {
    DAY_PLAN_SOUND,
    DAY_PLAN_MINUTE,         /* an opening not before midnight, a closing after it */
    DAY_PLAN_ORDER,          /* an event lies before one that precedes it */
    DAY_PLAN_EXTENSION,      /* more than 720 minutes */
    DAY_PLAN_RECYCLING,      /* more than 250 days */
    DAY_PLAN_SWEEP_BUDGET,   /* not 1 to 1000000 */
    DAY_PLAN_WINDOW,         /* more than 8, empty, overlapping, or outside real time and cut-off */
    DAY_PLAN_CURRENCY,       /* more than 8, no currency code, or they do not ascend */
    DAY_PLAN_CURRENCY_ORDER, /* its cut-offs lie outside real time, FOP cut-off, or their order */
    DAY_PLAN_CLOSING,        /* more than 64, no currency code or date, or they do not ascend */
};

/* The first fault, for a day that changes at this minute. pre: 1 to 1440. */
enum day_plan_check day_plan_check(const struct day_plan *plan, uint16_t change_minute);
/* The times and periods of T2S. */
void day_plan_default(struct day_plan *plan);

/* Writes the plan, and reads it; reading fails the reader on counts out of range. */
void day_plan_encode(const struct day_plan *plan, struct bytes_writer *writer);
void day_plan_decode(struct day_plan *plan, struct bytes_reader *reader);

/* Is the date no closing day of this currency alone? */
bool day_plan_currency_open(const struct day_plan *plan, const struct asset_code *currency,
                            uint32_t date);
/* The currency's own cut-offs; NULL when it has those of all. */
const struct currency_cut_offs *day_plan_cut_offs(const struct day_plan *plan,
                                                  const struct asset_code *currency);

#endif
