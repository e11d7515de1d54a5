/*
 * netsim/market/arrivals.h - when the next instruction comes, at a rate that changes with time
 *
 * Rule. The rate is given by points; between two it changes linearly, before the first it is zero,
 * after the last it stays. Arrivals are what the integral of the rate makes them: the n-th comes
 * when the integral has reached n (even), or when it has reached the sum of n draws of the
 * exponential distribution of mean 1, which makes a Poisson process (random).
 *
 *     points 0 s: 0/s, 10 s: 100/s, even     the integral is 5 t^2: arrivals 0, 1, 2, 3 come at
 *                                            0 s, 0.447 s, 0.632 s, 0.775 s
 *
 * Integers only: the integral is counted in millionths of an instruction.
 *
 * Source: E. Cinlar, Introduction to Stochastic Processes, 1975, 4.7 (change of time scale).
 */
#ifndef TALLY_NETSIM_MARKET_ARRIVALS_H
#define TALLY_NETSIM_MARKET_ARRIVALS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/prng.h"

enum {
    WORKLOAD_POINTS_MAX = 64,
    ARRIVALS_SALT = 0x6172, /* xor the seed of deals: the seed of their instants */
};

/* The rate from this instant on, changing linearly to that of the next point. */
struct workload_point {
    uint64_t time_us;
    uint64_t per_s; /* instructions, at most 10^7 */
};

/* Times of day and more: beyond, nothing arrives. */
#define ARRIVALS_TIME_MAX UINT64_C(1000000000000)
#define ARRIVALS_RATE_MAX UINT64_C(10000000)

struct arrivals {
    struct workload_point points[WORKLOAD_POINTS_MAX];
    uint64_t sums[WORKLOAD_POINTS_MAX]; /* the integral up to each point */
    uint32_t count;
    bool even;
    struct prng prng;
    uint64_t due; /* the integral at the next arrival */
};

/* Are the points 1 to WORKLOAD_POINTS_MAX, in ascending order of time, and in their bounds? */
bool arrivals_legal(const struct workload_point *points, uint32_t count);

/* Starts with what comes at or after an instant. pre: legal. */
void arrivals_init(struct arrivals *arrivals, const struct workload_point *points, uint32_t count,
                   bool even, uint64_t seed, uint64_t from_us);

/* Goes on by so many instructions (at first by 0, to the one at the beginning) and tells when that
 * is; UINT64_MAX: never. */
uint64_t arrivals_next(struct arrivals *arrivals, uint32_t instruction_count);

#endif
