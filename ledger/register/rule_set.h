/*
 * ledger/register/rule_set.h - the parameters of the rules: data with an effective date, never
 * constants in code
 *
 * Problem. A tolerance or a budget that is compiled in can only be changed by changing all nodes at
 * the same instant. As records they change at a height, by a signed command, for everybody.
 *
 * Rule. The rule set with the latest effective date not after the settlement day is in force. Times
 * of day are minutes after midnight UTC. Amounts are in the currency's smallest unit.
 *
 * Rule, the settlement day. A closing day is a Saturday or Sunday (if `closed_on_weekends`) or a
 * named holiday. Until `day_change_minute` a calendar day belongs to itself, from then on to the
 * next day; if that is a closing day, to the first business day after it. Example, change at 18:45:
 * Friday 18:44 is Friday; Friday 18:45 and all of Saturday and Sunday are Monday.
 *
 * Source: T2S UDFS Table 37 (day), Table 57 (tolerance); Delegated Regulation (EU) 2018/1229
 * article 6.
 */
#ifndef TALLY_LEDGER_REGISTER_RULE_SET_H
#define TALLY_LEDGER_REGISTER_RULE_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/register/approval_policy.h"
#include "ledger/register/day_plan.h"
#include "ledger/register/valuation.h"
#include "ledger/state/record.h"
#include "ledger/values/identifier.h"

enum {
    RULE_TOLERANCE_MAX = 16, /* currencies with own bands */
    RULE_HOLIDAY_MAX = 64,   /* closing days named by date, beside Saturday and Sunday */
    RULE_DAY_MINUTES = 1440,
    RULE_RETENTION_DAYS_MAX = 3660,
    RULE_WAKE_BUDGET_MAX = 1000000,
    RULE_OPTIMISATION_BUDGET_MAX = 100000000,
    RULE_OPTIMISATION_PAIRS_MAX = 2048,
};

/*
 * Cash tolerance of one currency: `below` up to and including `threshold`, `above` beyond
 * (tolerance.h).
 */
struct tolerance_band {
    struct asset_code currency;
    int64_t threshold;
    int64_t below;
    int64_t above;
};

struct rule_set {
    uint32_t effective_date;
    uint16_t day_change_minute; /* 1 to 1440: the settlement day changes to the next business day */
    bool closed_on_weekends;
    uint16_t retention_days;        /* calendar days that ended instructions and references stay */
    uint16_t settlement_ahead_days; /* calendar days a settlement date may lie ahead */
    uint32_t wake_budget;           /* settlement attempts of one block that no command asked for */
    uint16_t allegement_delay_minutes; /* allegement.h */
    uint16_t allegement_late_minutes;
    uint32_t optimisation_budget; /* counted steps of one block (optimisation.h); 0: none */
    uint32_t optimisation_pairs;  /* at most so many pairs are optimised together */
    struct day_plan plan;         /* the events of a settlement day, calendars, recycling */
    uint8_t tolerance_count;
    struct tolerance_band tolerance[RULE_TOLERANCE_MAX]; /* ascending by currency code */
    struct valuation valuation; /* the reference currency, and what others are worth in it */
    int64_t partial_value_unit; /* least value of a part that is judged by value (partial.h), in */
    int64_t partial_value_nominal; /* the reference currency: quoted in units, in face amount */
    uint8_t holiday_count;
    uint32_t holiday[RULE_HOLIDAY_MAX]; /* ascending */
    struct approval_policy approval;    /* of the consortium: what needs two persons */
    struct nonce_secret secret;
};

/* What is wrong with a rule set; the first fault in this order. */
enum rule_set_check {
    RULE_SET_SOUND,
    RULE_SET_EFFECTIVE_DATE,     /* no calendar date */
    RULE_SET_DAY_CHANGE,         /* not a minute of the day, 1 to 1440 */
    RULE_SET_RETENTION,          /* not 1 to 3660 days */
    RULE_SET_WAKE_BUDGET,        /* settlement attempts per block not 1 to 1000000 */
    RULE_SET_OPTIMISATION,       /* more than 100000000 steps, or not 2 to 2048 pairs */
    RULE_SET_TOLERANCE_COUNT,    /* more than 16 currencies */
    RULE_SET_TOLERANCE_CURRENCY, /* no currency code, or they do not ascend */
    RULE_SET_TOLERANCE_AMOUNT,   /* a tolerance or its threshold is negative */
    RULE_SET_REFERENCE_CURRENCY, /* the reference currency is no currency code */
    RULE_SET_RATE_COUNT,         /* more than 8 rates */
    RULE_SET_RATE_CURRENCY,      /* no currency code, the reference currency, or not ascending */
    RULE_SET_RATE_VALUE,         /* a side of a rate is not above 0 */
    RULE_SET_PARTIAL_VALUE,      /* the least value of a part is negative */
    RULE_SET_HOLIDAY_COUNT,      /* more than 64 */
    RULE_SET_HOLIDAY_DATE,       /* no calendar date, or they do not ascend */
    RULE_SET_DAY_PLAN,           /* see day_plan_check() */
    RULE_SET_APPROVAL,           /* an unknown command kind, or a negative amount */
};

/* The first fault of a rule set. */
enum rule_set_check rule_set_check(const struct rule_set *rules);
/* Without a fault? */
static inline bool rule_set_valid(const struct rule_set *rules)
{
    return rule_set_check(rules) == RULE_SET_SOUND;
}

/* Writes the record; the order of fields is that of the struct. pre: valid. */
void rule_set_encode(const struct rule_set *rules, struct bytes_writer *writer);
/* Fails the reader on anything rule_set_encode() would not have written. Unused places are zero. */
void rule_set_decode(struct rule_set *rules, struct bytes_reader *reader);
/*
 * T2S: day change 18:45, its plan, closed on weekends, 2 and 25 EUR around 100,000, parts from EUR
 * 10,000 (units) and 100,000 (face amount); two persons for a change of the rules.
 */
void rule_set_default(struct rule_set *rules);

/* The rules in force. Borrowed until the next block. And the index of their record. */
const struct rule_set *rule_set_in_force(const struct ledger *ledger);
uint32_t rule_set_in_force_index(const struct ledger *ledger);

/* Is the date a business day? pre: date_valid(date). */
bool rule_set_business_day(const struct rule_set *rules, uint32_t date);
/* The first business day after the date; the date itself when the calendar ends. */
uint32_t rule_set_next_business_day(const struct rule_set *rules, uint32_t date);
/* The settlement day of a time. */
uint32_t rule_set_day_at(const struct rule_set *rules, uint64_t time_ms);
/*
 * The business day that lies `count` business days before the date; the date itself for 0, and the
 * calendar's beginning when there are not so many.
 */
uint32_t rule_set_business_day_before(const struct rule_set *rules, uint32_t date, uint32_t count);
/* Does nothing settle in this currency on the date: a closing day of all, or of the currency? */
bool rule_set_currency_closed(const struct rule_set *rules, const struct asset_code *currency,
                              uint32_t date);
/* The first business day of a currency (absent: of all) at or after the date. */
uint32_t rule_set_currency_day_from(const struct rule_set *rules, const struct asset_code *currency,
                                    uint32_t date);

#endif
