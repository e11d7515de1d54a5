/*
 * prng.h: repeatable pseudo-random numbers for jitter, sampling and simulation.
 *
 * Problem. The cores may not ask the system for randomness, and a failing simulation must be
 * repeatable from one number.
 *
 * Rule. xoshiro256** (Blackman and Vigna, 2018), its state filled from the seed by splitmix64.
 * The same seed gives the same sequence for ever. It is predictable: never make a key, a nonce
 * or a salt with it.
 */
#ifndef TALLY_BASE_PRNG_H
#define TALLY_BASE_PRNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct prng {
    uint64_t state[4];
};

/* Starts the sequence of a seed; every seed is good. */
void prng_init(struct prng *prng, uint64_t seed);

/* The next 64 bits. */
uint64_t prng_next(struct prng *prng);

/* A number from 0 to bound - 1, each equally likely. bound is at least 1. */
uint64_t prng_below(struct prng *prng, uint64_t bound);

/* True numerator times in denominator. denominator is at least 1, numerator at most that. */
bool prng_chance(struct prng *prng, uint32_t numerator, uint32_t denominator);

/* Fills size bytes. */
void prng_fill(struct prng *prng, void *out, size_t size);

#endif
