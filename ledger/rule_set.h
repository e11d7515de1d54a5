/*
 * ledger/rule_set.h - the parameters of the rules in force: never constants in code
 *
 * Rule. A rule set has an effective date; the one with the latest effective date not after the
 * ledger's date is in force. Times of day are minutes after midnight UTC. Amounts are in the
 * currency's smallest unit.
 *
 * Source: T2S UDFS Table 37 (day), Table 57 (tolerance), 3.6.1.3 (recycling); Regulation (EU)
 * 2018/1229 Art. 6.
 */
#ifndef TALLY_LEDGER_RULE_SET_H
#define TALLY_LEDGER_RULE_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/identifier.h"
#include "ledger/record.h"

enum {
    RULE_TOLERANCE_MAX = 16, /* currencies with own bands */
    RULE_HOLIDAY_MAX = 64,   /* closing days named by date, beside Saturday and Sunday */
};

/* Cash tolerance of one currency: `below` up to and including `threshold`, `above` beyond
 * (deliverer's amount). */
struct tolerance_band {
    struct asset_code currency;
    int64_t threshold;
    int64_t below;
    int64_t above;
};

struct rule_set {
    uint32_t effective_date;
    /* day, minutes after midnight UTC */
    uint16_t day_change_minute;     /* the settlement day changes to the next business day */
    uint16_t cutoff_payment_minute; /* DVP, DWP, PFOD */
    uint16_t cutoff_free_minute;    /* FOP */
    uint16_t allegement_delay_minutes;
    uint16_t allegement_rush_minutes; /* before the cut-off of the settlement date: at once */
    bool closed_on_weekends;
    /* periods, in days */
    uint16_t recycle_unmatched_days; /* business days; 0: never */
    uint16_t recycle_matched_days;   /* business days; 0: never */
    uint16_t retention_days;         /* calendar days an ended instruction stays, and references are
                                        remembered */
    uint16_t settlement_ahead_days;  /* calendar days a settlement date may lie ahead of the ledger
                                        date */
    /* partial settlement */
    int64_t partial_cash_unit;    /* cash value threshold, securities quoted in units */
    int64_t partial_cash_nominal; /* the same, quoted in face amount */
    /* work budgets per block, in counted steps */
    uint32_t wake_budget;
    uint32_t day_budget;
    uint32_t optimise_budget;
    /* matching tolerance */
    uint32_t tolerance_count;
    struct tolerance_band tolerance[RULE_TOLERANCE_MAX];
    /* closing days */
    uint32_t holiday_count;
    uint32_t holiday[RULE_HOLIDAY_MAX]; /* ascending */
    struct nonce_secret secret;
};

void rule_set_encode(const struct rule_set *rules, struct bytes_writer *writer);
void rule_set_decode(struct rule_set *rules, struct bytes_reader *reader);
/* Consistent in itself: bounds, order, known currencies' form. */
bool rule_set_valid(const struct rule_set *rules);
/* A usable default: the European day of T2S, tolerance 2 and 25 EUR (two decimals) around 100,000.
 */
void rule_set_default(struct rule_set *rules);

/* The rules in force. Never NULL after genesis. */
const struct rule_set *rule_set_in_force(const struct ledger *ledger);
/* Is the date a business day, and the next one after it? */
bool rule_set_business_day(const struct rule_set *rules, uint32_t date);
uint32_t rule_set_next_business_day(const struct rule_set *rules, uint32_t date);

#endif
