/*
 * crypto/known_lanes.h - [k]P + [S]B for a point with tables, in eight lanes; for sign_known.c
 *
 * A number has 64 digits to the base 16. A lane works with eight of them, lane i with multiples of
 * 2^(32 i) P, and its eight are split between two tables: so four steps of an addition from each
 * table are enough, with twelve doublings between them, and in the end the lanes are added up.
 *
 *     digits   0..3           4..7           8..11          ...   60..63
 *     lane     0, table 0     0, table 1     1, table 0     ...   7, table 1
 */
#ifndef TALLY_CRYPTO_KNOWN_LANES_H
#define TALLY_CRYPTO_KNOWN_LANES_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/sign_lanes.h"

enum {
    KNOWN_DIGIT_BITS = 4,
    KNOWN_TABLES = 2, /* of a lane */
    KNOWN_STEPS = SIGN_KEY_DIGITS / SIGN_LANES / KNOWN_TABLES,
};

/* Table t of lane i: 0 to 8 times 16^(8 i + 4 t) P, as sign_base has B's. */
struct known_tables {
    _Alignas(64) uint64_t of[KNOWN_TABLES][SIGN_LANES][SIGN_KEY_MULTIPLES + 1][SIGN_BASE_WORDS];
};

/* The digits of a number, step by step. */
struct known_digits {
    struct sign_digit of[KNOWN_STEPS][KNOWN_TABLES];
};

/* pre: the number is below 2^253. */
void known_digits_put(const uint8_t number[32], struct known_digits *out);

/* The tables of minus the point that 32 bytes encode. False: they encode none. pre: the processor
 * has AVX-512 F, DQ and IFMA; of bytes whose y is p or more, 1 or p - 1 the tables mean nothing. */
bool known_tables_make_ifma(const uint8_t encoded[32], struct known_tables *out);

/* The encoding of [k]P + [S]B. pre: the same. */
void known_combine_ifma(const struct known_tables *key, const struct known_digits *k,
                        const struct known_tables *base, const struct known_digits *s,
                        uint8_t out[32]);

#endif
