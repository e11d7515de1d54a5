/*
 * netsim/market/logarithm.h - logarithms and powers of two in integers, for draws
 *
 * Problem. A skewed choice and exponential gaps want real numbers, but a result must be the same on
 * any machine and by any compiler, to the last bit.
 *
 * Rule. Fixed point: 32 bits behind the point ("Q32"). The logarithm comes by repeated squaring,
 * one bit of the result at a time; the power by multiplying constants 2^(-1/2), 2^(-1/4), ... for
 * the 16 highest bits of the fraction (relative error below 2^-15).
 *
 *     logarithm_base2(8)       3 << 32
 *     logarithm_power(1 << 32) half of LOGARITHM_POWER_ONE
 *
 * Source: D. E. Knuth, The Art of Computer Programming, vol. 1, 1.2.2, exercises 25 and 28.
 */
#ifndef TALLY_NETSIM_MARKET_LOGARITHM_H
#define TALLY_NETSIM_MARKET_LOGARITHM_H

#include <stdint.h>

#include "base/prng.h"

/* What logarithm_power(0) is. */
#define LOGARITHM_POWER_ONE (UINT64_C(1) << 40)

/* log2 of a number, rounded down, Q32. pre: number >= 1. */
uint64_t logarithm_base2(uint64_t number);
/* 2^-exponent of LOGARITHM_POWER_ONE; the exponent is Q32. */
uint64_t logarithm_power(uint64_t exponent);
/* A sample of the exponential distribution with this mean (at most 2^58), rounded down. */
uint64_t logarithm_exponential(struct prng *prng, uint64_t mean);

#endif
