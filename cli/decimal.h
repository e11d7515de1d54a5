/*
 * cli/decimal.h - amounts between what people write and what the ledger counts.
 *
 * Rule. Outside, an amount is a decimal string: digits, at most one point, at most one leading
 * minus, no grouping, no exponent. Inside it is a whole number of the asset's smallest unit. The
 * conversion is exact or refused: never rounded, never through floating point.
 *
 *     "1000.5" with 2 decimals -> 100050      "0.005" with 2 decimals -> DECIMAL_TOO_FINE
 */
#ifndef TALLY_CLI_DECIMAL_H
#define TALLY_CLI_DECIMAL_H

#include <stdint.h>

#include "base/status.h"

#define DECIMAL_TEXT_SIZE 24u /* 19 digits, sign, point, zero */

#define DECIMAL_STATUS_LIST(X)                                                               \
    X(DECIMAL_OK, "a number", "")                                                            \
    X(DECIMAL_NOT_A_NUMBER, "not a number", "write it as 1000 or 1000.50, without grouping") \
    X(DECIMAL_TOO_FINE, "finer than the asset's smallest unit", "write fewer decimals")      \
    X(DECIMAL_TOO_LARGE, "too large", "amounts have at most 18 digits")
STATUS_DECLARE(decimal_status, DECIMAL_STATUS_LIST);

/* Parses text exactly; *value is untouched unless DECIMAL_OK. decimals is at most 18. */
TALLY_MUST_CHECK enum decimal_status decimal_parse(const char *text, unsigned decimals,
                                                   int64_t *value);

/* Writes the value with exactly that many decimals: 100050 with 2 is "1000.50". */
void decimal_format(int64_t value, unsigned decimals, char out[DECIMAL_TEXT_SIZE]);

#endif
