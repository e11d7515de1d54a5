#include "base/amount.h"

bool amount_mul_div(int64_t a, int64_t b, int64_t divisor, int64_t *out)
{
    TALLY_ASSERT(out != NULL);
    if (divisor == 0) {
        return false;
    }
    /* The product of two int64_t is at most 2^126, so neither it nor the quotient can overflow. */
    int128 product = (int128)a * b;
    int128 quotient = product / divisor;
    int128 remainder = product % divisor;
    /* C truncates towards zero; step down if the exact quotient is negative and not whole. */
    if (remainder != 0 && (remainder < 0) != (divisor < 0)) {
        quotient--;
    }
    if (quotient < INT64_MIN || quotient > INT64_MAX) {
        return false;
    }
    *out = (int64_t)quotient;
    return true;
}
