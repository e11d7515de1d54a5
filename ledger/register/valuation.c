#include "ledger/register/valuation.h"

#include <string.h>

#include "base/amount.h"

static bool is_currency(const struct asset_code *code)
{
    return code->size == CURRENCY_SIZE && asset_code_valid(code);
}

static bool rate_in_order(const struct valuation *valuation, uint8_t index)
{
    const struct asset_code *code = &valuation->rate[index].currency;

    if (!is_currency(code) || asset_code_equal(code, &valuation->reference_currency)) {
        return false;
    }
    return index == 0 ||
           memcmp(valuation->rate[index - 1].currency.text, code->text, CURRENCY_SIZE) < 0;
}

enum valuation_check valuation_check(const struct valuation *valuation)
{
    if (!is_currency(&valuation->reference_currency)) {
        return VALUATION_REFERENCE;
    }
    if (valuation->rate_count > VALUATION_RATE_MAX) {
        return VALUATION_RATE_COUNT;
    }
    for (uint8_t i = 0; i < valuation->rate_count; i++) {
        if (!rate_in_order(valuation, i)) {
            return VALUATION_RATE_CURRENCY;
        }
        if (valuation->rate[i].own <= 0 || valuation->rate[i].reference <= 0) {
            return VALUATION_RATE_VALUE;
        }
    }
    return VALUATION_SOUND;
}

void valuation_encode(const struct valuation *valuation, struct bytes_writer *writer)
{
    TALLY_ASSERT(valuation->rate_count <= VALUATION_RATE_MAX);
    asset_code_write(writer, &valuation->reference_currency);
    bytes_write_u8(writer, valuation->rate_count);
    for (uint8_t i = 0; i < valuation->rate_count; i++) {
        asset_code_write(writer, &valuation->rate[i].currency);
        bytes_write_i64(writer, valuation->rate[i].own);
        bytes_write_i64(writer, valuation->rate[i].reference);
    }
}

void valuation_decode(struct valuation *valuation, struct bytes_reader *reader)
{
    memset(valuation, 0, sizeof *valuation);
    valuation->reference_currency = asset_code_read(reader);
    valuation->rate_count = bytes_read_u8(reader);
    if (valuation->rate_count > VALUATION_RATE_MAX) {
        bytes_reader_fail(reader);
        valuation->rate_count = 0;
    }
    for (uint8_t i = 0; i < valuation->rate_count; i++) {
        valuation->rate[i].currency = asset_code_read(reader);
        valuation->rate[i].own = bytes_read_i64(reader);
        valuation->rate[i].reference = bytes_read_i64(reader);
    }
}

/* The rate of a currency; false when it has none. The reference currency is worth itself. */
static bool rate_of(const struct valuation *valuation, const struct asset_code *currency,
                    struct currency_rate *rate)
{
    if (asset_code_equal(currency, &valuation->reference_currency)) {
        *rate = (struct currency_rate){*currency, 1, 1};
        return true;
    }
    for (uint8_t i = 0; i < valuation->rate_count; i++) {
        if (asset_code_equal(currency, &valuation->rate[i].currency)) {
            *rate = valuation->rate[i];
            return true;
        }
    }
    return false;
}

bool valuation_value(const struct valuation *valuation, const struct asset_code *currency,
                     int64_t amount, int64_t *value)
{
    struct currency_rate rate;

    TALLY_ASSERT(amount >= 0);
    return rate_of(valuation, currency, &rate) &&
           amount_mul_div(amount, rate.reference, rate.own, value);
}

bool valuation_amount(const struct valuation *valuation, const struct asset_code *currency,
                      int64_t value, int64_t *amount)
{
    struct currency_rate rate;
    int64_t rounded_down;

    TALLY_ASSERT(value >= 0);
    /* amount_mul_div() rounds towards minus infinity: below zero, away from it. */
    if (!rate_of(valuation, currency, &rate) ||
        !amount_mul_div(-value, rate.own, rate.reference, &rounded_down)) {
        return false;
    }
    return amount_sub(0, rounded_down, amount);
}
