#include "cli/decimal.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/amount.h"

#define DECIMALS_MAX 18u

STATUS_DEFINE(decimal_status, DECIMAL_STATUS_LIST)

/* Appends one decimal digit to a number that is kept negative, since INT64_MIN has no positive. */
static bool digit_append(int64_t *number, char digit)
{
    int64_t tenfold;

    return amount_mul(*number, 10, &tenfold) && amount_sub(tenfold, digit - '0', number);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

enum decimal_status decimal_parse(const char *text, unsigned decimals, int64_t *value)
{
    bool negative = *text == '-';
    int64_t number = 0;
    unsigned places = 0;

    TALLY_ASSERT(decimals <= DECIMALS_MAX);
    text += negative ? 1 : 0;
    if (!is_digit(*text)) {
        return DECIMAL_NOT_A_NUMBER;
    }
    for (; is_digit(*text); text++) {
        if (!digit_append(&number, *text)) {
            return DECIMAL_TOO_LARGE;
        }
    }
    if (*text == '.') {
        text++;
        if (!is_digit(*text)) {
            return DECIMAL_NOT_A_NUMBER;
        }
        for (; is_digit(*text); text++, places++) {
            /* zeros beyond the smallest unit say nothing, other digits would have to be rounded */
            if (places >= decimals && *text != '0') {
                return DECIMAL_TOO_FINE;
            }
            if (places < decimals && !digit_append(&number, *text)) {
                return DECIMAL_TOO_LARGE;
            }
        }
    }
    if (*text != 0) {
        return DECIMAL_NOT_A_NUMBER;
    }
    for (; places < decimals; places++) {
        if (!digit_append(&number, '0')) {
            return DECIMAL_TOO_LARGE;
        }
    }
    if (!negative && !amount_sub(0, number, &number)) {
        return DECIMAL_TOO_LARGE;
    }
    *value = number;
    return DECIMAL_OK;
}

void decimal_format(int64_t value, unsigned decimals, char out[DECIMAL_TEXT_SIZE])
{
    char digits[DECIMAL_TEXT_SIZE];
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    size_t length, whole;

    TALLY_ASSERT(decimals <= DECIMALS_MAX);
    (void)snprintf(digits, sizeof digits, "%0*llu", (int)decimals + 1,
                   (unsigned long long)magnitude);
    length = strlen(digits);
    whole = length - decimals;
    (void)snprintf(out, DECIMAL_TEXT_SIZE, "%s%.*s%s%s", value < 0 ? "-" : "", (int)whole, digits,
                   decimals > 0 ? "." : "", digits + whole);
}
