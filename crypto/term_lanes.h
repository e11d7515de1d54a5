/*
 * crypto/term_lanes.h - what is read of tables of points, by each lane another entry
 *
 * An entry lies in one piece, its limbs one after the other: each lane's is read as rows of eight
 * words, and the rows of all lanes are turned to be the limbs of points_term.
 */
#ifndef TALLY_CRYPTO_TERM_LANES_H
#define TALLY_CRYPTO_TERM_LANES_H

#include <string.h>

#include "crypto/point_lanes.h"

enum {
    ROW_WORDS = 8,
};

/* From two rows, word by word, the words 0, 2, 4 and 6, or 1, 3, 5 and 7. */
FIELD_INLINED lanes even_words(lanes low, lanes high)
{
    return __builtin_shufflevector(low, high, 0, 8, 2, 10, 4, 12, 6, 14);
}

FIELD_INLINED lanes odd_words(lanes low, lanes high)
{
    return __builtin_shufflevector(low, high, 1, 9, 3, 11, 5, 13, 7, 15);
}

/* From two rows, one after the other, the pairs of words 0 and 2, or 1 and 3. */
FIELD_INLINED lanes even_pairs(lanes low, lanes high)
{
    return __builtin_shufflevector(low, high, 0, 1, 4, 5, 8, 9, 12, 13);
}

FIELD_INLINED lanes odd_pairs(lanes low, lanes high)
{
    return __builtin_shufflevector(low, high, 2, 3, 6, 7, 10, 11, 14, 15);
}

/* Rows become columns: out[i][j] = in[j][i]. */
FIELD_INLINED void turn(const lanes in[ROW_WORDS], lanes out[ROW_WORDS])
{
    lanes even[4];
    lanes odd[4];
#pragma GCC unroll 4
    for (size_t i = 0; i < 4; i++) {
        even[i] = even_words(in[2 * i], in[2 * i + 1]);
        odd[i] = odd_words(in[2 * i], in[2 * i + 1]);
    }
    out[0] = even_pairs(even_pairs(even[0], even[1]), even_pairs(even[2], even[3]));
    out[1] = even_pairs(even_pairs(odd[0], odd[1]), even_pairs(odd[2], odd[3]));
    out[2] = even_pairs(odd_pairs(even[0], even[1]), odd_pairs(even[2], even[3]));
    out[3] = even_pairs(odd_pairs(odd[0], odd[1]), odd_pairs(odd[2], odd[3]));
    out[4] = odd_pairs(even_pairs(even[0], even[1]), even_pairs(even[2], even[3]));
    out[5] = odd_pairs(even_pairs(odd[0], odd[1]), even_pairs(odd[2], odd[3]));
    out[6] = odd_pairs(odd_pairs(even[0], even[1]), odd_pairs(even[2], even[3]));
    out[7] = odd_pairs(odd_pairs(odd[0], odd[1]), odd_pairs(odd[2], odd[3]));
}

/* The limbs of y + x, of y - x and of 2 d x y; z is not set. */
FIELD_INLINED void term_from(const lanes words[15], struct points_term *out)
{
#pragma GCC unroll 5
    for (size_t i = 0; i < FIELD_LIMBS; i++) {
        out->plus.limb[i] = words[i];
        out->minus.limb[i] = words[5 + i];
        out->td.limb[i] = words[10 + i];
    }
}

/* From affine entries of two rows, the last word of which is nothing; z is 1 and is not set. */
FIELD_INLINED void term_read(const uint64_t *const entries[ROW_WORDS], struct points_term *out)
{
    lanes words[2 * ROW_WORDS];
#pragma GCC unroll 2
    for (size_t row = 0; row < 2; row++) {
        lanes rows[ROW_WORDS];
#pragma GCC unroll 8
        for (size_t lane = 0; lane < ROW_WORDS; lane++) {
            memcpy(&rows[lane], entries[lane] + row * ROW_WORDS, sizeof(rows[lane]));
        }
        turn(rows, &words[row * ROW_WORDS]);
    }
    term_from(words, out);
}

#endif
