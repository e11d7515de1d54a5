#include "netsim/market/logarithm.h"

#include "base/assert.h"

__extension__ typedef unsigned __int128 uint128;

enum {
    FRACTION_BITS = 32,
    ROOT_COUNT = 16
};

/* ln 2, Q32. */
#define LOGARITHM_OF_TWO UINT64_C(2977044471)

/* 2^(-1 / 2^(k + 1)), 64 bits behind the point. */
static const uint64_t roots[ROOT_COUNT] = {
    UINT64_C(0xB504F333F9DE6484), UINT64_C(0xD744FCCAD69D6AF4), UINT64_C(0xEAC0C6E7DD24392F),
    UINT64_C(0xF5257D152486CC2C), UINT64_C(0xFA83B2DB722A033A), UINT64_C(0xFD3E0C0CF486C175),
    UINT64_C(0xFE9E115C7B8F884C), UINT64_C(0xFF4ECB59511EC8A5), UINT64_C(0xFFA756521C8DAED2),
    UINT64_C(0xFFD3A751C0F7E10C), UINT64_C(0xFFE9D2B2F7DB2756), UINT64_C(0xFFF4E91BFF1B8C3E),
    UINT64_C(0xFFFA747EA0040664), UINT64_C(0xFFFD3A3B7814EB54), UINT64_C(0xFFFE9D1CC60DDAB1),
    UINT64_C(0xFFFF4E8E25879BFA)};

uint64_t logarithm_base2(uint64_t number)
{
    TALLY_ASSERT(number >= 1);
    uint32_t whole = 63 - (uint32_t)__builtin_clzll(number);
    uint64_t rest = number << (63 - whole); /* 1 <= rest < 2, 63 bits behind the point */
    uint64_t result = whole;
    for (int i = 0; i < FRACTION_BITS; i++) {
        uint128 square = (uint128)rest * rest;
        bool two = (square >> 127) != 0;
        rest = (uint64_t)(square >> (two ? 64 : 63));
        result = result << 1 | (two ? 1 : 0);
    }
    return result;
}

uint64_t logarithm_power(uint64_t exponent)
{
    uint64_t whole = exponent >> FRACTION_BITS;
    uint64_t power = LOGARITHM_POWER_ONE;
    if (whole > 40) {
        return 0;
    }
    for (int i = 0; i < ROOT_COUNT; i++) {
        if ((exponent >> (FRACTION_BITS - 1 - i) & 1) != 0) {
            power = (uint64_t)((uint128)power * roots[i] >> 64);
        }
    }
    return power >> whole;
}

uint64_t logarithm_exponential(struct prng *prng, uint64_t mean)
{
    /* evenly from 2^-32 to 1 */
    uint64_t draw = prng_below(prng, UINT64_C(1) << 32) + 1;
    uint64_t minus_log2 = (UINT64_C(32) << FRACTION_BITS) - logarithm_base2(draw);
    uint64_t minus_ln = (uint64_t)((uint128)minus_log2 * LOGARITHM_OF_TWO >> FRACTION_BITS);
    return (uint64_t)((uint128)mean * minus_ln >> FRACTION_BITS);
}
