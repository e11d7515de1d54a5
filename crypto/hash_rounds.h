/*
 * crypto/hash_rounds.h - the twelve rounds of BLAKE2b, for any kind of vector
 *
 * One group of hashes goes through them, a hash in each lane of the vectors, or two at once whose
 * steps take turns: a chain of steps that each wait for the one before leaves a processor that can
 * do four in a cycle half idle.
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

/* Four words of the working vector of each group are worked on at a time, as many as a row has. */
enum {
    ROW = 4,
    GROUP_WORDS = 16,
};

/* Word number n of a row of all groups: of its column, or of its diagonal when `shift` is 1. */
INLINED lanes *row_word(lanes *v, size_t row, size_t n, size_t shift)
{
    return &v[n / ROW * GROUP_WORDS + row * ROW + (n + row * shift) % ROW];
}

/* Adds to the words of a row those of another one; the same with exclusive or. */
INLINED void row_add(lanes *v, size_t groups, size_t row, size_t other, size_t shift)
{
#pragma GCC unroll 8
    for (size_t n = 0; n < ROW * groups; n++) {
        *row_word(v, row, n, shift) += *row_word(v, other, n, shift);
    }
}

INLINED void row_xor(lanes *v, size_t groups, size_t row, size_t other, size_t shift)
{
#pragma GCC unroll 8
    for (size_t n = 0; n < ROW * groups; n++) {
        *row_word(v, row, n, shift) ^= *row_word(v, other, n, shift);
    }
}

/*
 * Adds words of the blocks to the first row: before the second row is added, which comes late, as
 * the step before made it. A compiler that is free to would add the two first.
 */
INLINED void row_add_block(lanes *v, const lanes *m, size_t groups, const uint8_t *words,
                           size_t shift)
{
#pragma GCC unroll 8
    for (size_t n = 0; n < ROW * groups; n++) {
        lanes *word = row_word(v, 0, n, shift);
        *word += m[n / ROW * HASH_BLOCK_WORDS + words[n % ROW * 2]];
        __asm__("" : "+v"(*word));
    }
}

/*
 * Half of the mixing function G (RFC 7693, section 3.1), four of each group at a time and step by
 * step: each step of one waits for the one before, and the processor does those of the others
 * meanwhile.
 */
INLINED void mix_half(lanes *v, const lanes *m, size_t groups, const uint8_t *words, size_t shift,
                      bool first)
{
    row_add_block(v, m, groups, words, shift);
    row_add(v, groups, 0, 1, shift);
    row_xor(v, groups, 3, 0, shift);
#pragma GCC unroll 8
    for (size_t n = 0; n < ROW * groups; n++) {
        lanes *word = row_word(v, 3, n, shift);
        *word = first ? rotated_32(*word) : rotated_16(*word);
    }
    row_add(v, groups, 2, 3, shift);
    row_xor(v, groups, 1, 2, shift);
#pragma GCC unroll 8
    for (size_t n = 0; n < ROW * groups; n++) {
        lanes *word = row_word(v, 1, n, shift);
        *word = first ? rotated_24(*word) : rotated_63(*word);
    }
}

INLINED void round_of(lanes *v, const lanes *m, size_t groups, size_t number)
{
    const uint8_t *s = schedule[number];
    mix_half(v, m, groups, s, 0, true);
    mix_half(v, m, groups, s + 1, 0, false);
    mix_half(v, m, groups, s + 8, 1, true);
    mix_half(v, m, groups, s + 9, 1, false);
}

/*
 * The states after the blocks whose words are in m: of each group eight words of the states and
 * sixteen of the blocks. All groups end here, or none. The loops over words are known to the
 * compiler, so that these stay in registers; the rounds are a loop, of 2 KiB: one after the other
 * they would drive half of all else from the cache of instructions.
 */
INLINED void rounds(lanes *states, const lanes *m, const lanes *counted, lanes ending,
                    size_t groups)
{
    const lanes zero = {0};
    lanes v[HASH_GROUPS * GROUP_WORDS];
#pragma GCC unroll 2
    for (size_t g = 0; g < groups; g++) {
#pragma GCC unroll 8
        for (size_t i = 0; i < 8; i++) {
            v[GROUP_WORDS * g + i] = states[8 * g + i];
            v[GROUP_WORDS * g + i + 8] = zero + hash_initial[i];
        }
        v[GROUP_WORDS * g + 12] ^= counted[g];
        v[GROUP_WORDS * g + 14] ^= ending;
    }
#pragma GCC unroll 1
    for (size_t number = 0; number < HASH_ROUNDS; number++) {
        round_of(v, m, groups, number);
    }
#pragma GCC unroll 2
    for (size_t g = 0; g < groups; g++) {
#pragma GCC unroll 8
        for (size_t i = 0; i < 8; i++) {
            states[8 * g + i] ^= v[GROUP_WORDS * g + i] ^ v[GROUP_WORDS * g + i + 8];
        }
    }
}

#endif
