/*
 * ledger/register/valuation.h - what an amount of one currency is worth in another
 *
 * Problem. A threshold in euro, or the total of a set of trades in several currencies, needs one
 * measure, the same on every node and in every release: no rate may be looked up elsewhere, and no
 * result may depend on how a machine rounds.
 *
 * Rule. A rule set names one reference currency and a rate for others. A rate is a fraction of two
 * whole numbers: `own` smallest units of the currency are worth `reference` smallest units of the
 * reference currency. The reference currency itself is worth what it is. Rates are dated as the
 * rule set that holds them; a new rate is a new rule set. What a currency without a rate is worth
 * is unknown, and whoever asks has to say what follows.
 *
 * Rounding. A value is rounded down, an amount that has to reach a value is rounded up, so that an
 * amount reaches a value exactly if its value does.
 *
 * Example. Reference EUR; 1 EUR = 1.0825 USD, both with two decimals: USD own 10825, reference
 * 10000. 100.00 USD are worth 92.37 EUR (92.378...); to be worth 10,000.00 EUR takes 10,825.00 USD.
 *
 * Source: T2S UDFS Table 57 and 3.6.1.5: amounts are laid down in euro and converted at the rates
 * of the European Central Bank.
 */
#ifndef TALLY_LEDGER_REGISTER_VALUATION_H
#define TALLY_LEDGER_REGISTER_VALUATION_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/values/identifier.h"

enum {
    VALUATION_RATE_MAX = 8, /* currencies beside the reference currency */
};

struct currency_rate {
    struct asset_code currency;
    int64_t own;
    int64_t reference;
};

struct valuation {
    struct asset_code reference_currency;
    uint8_t rate_count;
    struct currency_rate rate[VALUATION_RATE_MAX]; /* ascending by currency code */
};

/* What is wrong with a valuation; the first fault in this order. */
enum valuation_check {
    VALUATION_SOUND,
    VALUATION_REFERENCE,     /* the reference currency is no currency code */
    VALUATION_RATE_COUNT,    /* more than 8 rates */
    VALUATION_RATE_CURRENCY, /* no currency code, the reference currency, or they do not ascend */
    VALUATION_RATE_VALUE,    /* a side of a rate is not above 0 */
};

/* The first fault. */
enum valuation_check valuation_check(const struct valuation *valuation);

/* Writes the fields in the order of the structs. pre: sound. */
void valuation_encode(const struct valuation *valuation, struct bytes_writer *writer);
/* Fails the reader on too many rates; the caller checks the rest. Unused places are zero. */
void valuation_decode(struct valuation *valuation, struct bytes_reader *reader);

/*
 * What an amount of the currency is worth, in smallest units of the reference currency, rounded
 * down. False, and nothing is stored, when it has no rate or the value does not fit. pre: amount
 * not negative.
 */
bool valuation_value(const struct valuation *valuation, const struct asset_code *currency,
                     int64_t amount, int64_t *value);
/*
 * The least amount of the currency that is worth at least `value`. False, and nothing is stored,
 * when it has no rate or the amount does not fit. pre: value not negative.
 */
bool valuation_amount(const struct valuation *valuation, const struct asset_code *currency,
                      int64_t value, int64_t *amount);

#endif
