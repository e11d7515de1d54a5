/*
 * amount.h: arithmetic on money and quantities that cannot overflow unnoticed.
 *
 * Problem. An amount is a whole number of an asset's smallest unit in an int64_t. A silent wrap
 * would create or destroy money.
 *
 * Rule. Money never meets a plain operator. Each function returns true and stores the exact
 * result, or returns false and stores nothing; the caller decides which outcome that is. Products
 * go through 128 bits, so only the final result has to fit.
 *
 *     amount_add(INT64_MAX, 1, &sum)           false, sum untouched
 *     amount_mul_div(10, 7, 3, &out)           true,  23     70/3 = 23.33
 *     amount_mul_div(-10, 7, 3, &out)          true, -24     rounded down, not towards zero
 *     amount_mul_div(INT64_MAX, 4, 8, &out)    true,  4611686018427387903
 *
 * Rounding is always towards minus infinity, so that a remainder can be computed exactly.
 */
#ifndef TALLY_BASE_AMOUNT_H
#define TALLY_BASE_AMOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"

__extension__ typedef __int128 int128;

/* Stores a + b in *sum. */
TALLY_MUST_CHECK static inline bool amount_add(int64_t a, int64_t b, int64_t *sum)
{
    int64_t result = 0;
    if (__builtin_add_overflow(a, b, &result)) {
        return false;
    }
    *sum = result;
    return true;
}

/* Stores a - b in *difference. */
TALLY_MUST_CHECK static inline bool amount_sub(int64_t a, int64_t b, int64_t *difference)
{
    int64_t result = 0;
    if (__builtin_sub_overflow(a, b, &result)) {
        return false;
    }
    *difference = result;
    return true;
}

/* Stores a * b in *product. */
TALLY_MUST_CHECK static inline bool amount_mul(int64_t a, int64_t b, int64_t *product)
{
    int64_t result = 0;
    if (__builtin_mul_overflow(a, b, &result)) {
        return false;
    }
    *product = result;
    return true;
}

/* Stores floor(a * b / divisor) in *out. False if that does not fit or divisor is 0. */
TALLY_MUST_CHECK bool amount_mul_div(int64_t a, int64_t b, int64_t divisor, int64_t *out);

#endif
