/*
 * crypto/hash_rounds.h - the twelve rounds of BLAKE2b, for any kind of vector
 *
 * Whoever includes it has defined before: `lanes`, the vector of one word of each lane; INLINED,
 * how a function is declared that may use it; and rotated_32(), _24, _16 and _63, to the right.
 *
 * Source: RFC 7693, sections 2.7 and 3.1.
 */
#ifndef TALLY_CRYPTO_HASH_ROUNDS_H
#define TALLY_CRYPTO_HASH_ROUNDS_H

#include <stdbool.h>
#include <stddef.h>

#include "crypto/hash_lanes.h"

/* Which words of the block each round takes. */
static const uint8_t schedule[HASH_ROUNDS][HASH_BLOCK_WORDS] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
    {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
    {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
    {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
    {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
};

/*
 * The mixing function G (RFC 7693, section 3.1), four at a time and step by step: each step of one
 * waits for the one before, and the processor does those of the other three meanwhile. `b`, `c` and
 * `d` say by how many columns their rows are shifted: none, or 1, 2 and 3 for the diagonals.
 */
INLINED void mix_half(lanes *v, const lanes *m, const uint8_t *words, size_t b, size_t c, size_t d,
                      bool first)
{
#pragma GCC unroll 4
    for (size_t i = 0; i < 4; i++) {
        v[i] += m[words[2 * i]];
    }
#pragma GCC unroll 4
    for (size_t i = 0; i < 4; i++) {
        v[i] += v[4 + (i + b) % 4];
    }
#pragma GCC unroll 4
    for (size_t i = 0; i < 4; i++) {
        v[12 + (i + d) % 4] ^= v[i];
    }
#pragma GCC unroll 4
    for (size_t i = 0; i < 4; i++) {
        v[12 + (i + d) % 4] =
            first ? rotated_32(v[12 + (i + d) % 4]) : rotated_16(v[12 + (i + d) % 4]);
    }
#pragma GCC unroll 4
    for (size_t i = 0; i < 4; i++) {
        v[8 + (i + c) % 4] += v[12 + (i + d) % 4];
    }
#pragma GCC unroll 4
    for (size_t i = 0; i < 4; i++) {
        v[4 + (i + b) % 4] ^= v[8 + (i + c) % 4];
    }
#pragma GCC unroll 4
    for (size_t i = 0; i < 4; i++) {
        v[4 + (i + b) % 4] =
            first ? rotated_24(v[4 + (i + b) % 4]) : rotated_63(v[4 + (i + b) % 4]);
    }
}

/* The schedule and the loops are known to the compiler: no index is looked up. */
INLINED void round_of(lanes *v, const lanes *m, size_t number)
{
    const uint8_t *s = schedule[number];
    mix_half(v, m, s, 0, 0, 0, true);
    mix_half(v, m, s + 1, 0, 0, 0, false);
    mix_half(v, m, s + 8, 1, 2, 3, true);
    mix_half(v, m, s + 9, 1, 2, 3, false);
}

INLINED void three_rounds(lanes *v, const lanes *m, size_t first)
{
    round_of(v, m, first);
    round_of(v, m, first + 1);
    round_of(v, m, first + 2);
}

/* The states after the blocks whose words are in m. */
INLINED void rounds(lanes *state, const lanes *m, lanes counted, lanes ending)
{
    const lanes zero = {0};
    lanes v[16];
    for (size_t i = 0; i < 8; i++) {
        v[i] = state[i];
        v[i + 8] = zero + hash_initial[i];
    }
    v[12] ^= counted;
    v[14] ^= ending;
    three_rounds(v, m, 0);
    three_rounds(v, m, 3);
    three_rounds(v, m, 6);
    three_rounds(v, m, 9);
    for (size_t i = 0; i < 8; i++) {
        state[i] ^= v[i] ^ v[i + 8];
    }
}

#endif
