/*
 * crypto/sign_lanes.h - the equation of a signature check, eight side by side; for sign_many.c
 *
 * Asked is whether the encoding of [S]B - [k]A is R (sign.h, point 4), for eight (A, R, S, k) at
 * once. All eight are doubled together and add what is theirs: the numbers k and S are written with
 * digits that may be negative, so that small tables of multiples suffice, of -A by lane and of B
 * for all (sign_base.c).
 */
#ifndef TALLY_CRYPTO_SIGN_LANES_H
#define TALLY_CRYPTO_SIGN_LANES_H

#include <stdint.h>

#include "crypto/sign_many.h"

enum {
    SIGN_KEY_DIGITS = 64, /* of k, to the base 16: -8 to 7 */
    SIGN_KEY_MULTIPLES = 8,
    SIGN_BASE_DIGITS = 32, /* of S, to the base 256: -128 to 127 */
    SIGN_BASE_MULTIPLES = 128,
    SIGN_BASE_WORDS = 16,
};

/* The same digit of eight numbers: what is to be added of a table, and a bit for each lane where it
 * is to be taken off. */
struct sign_digit {
    uint8_t size[SIGN_LANES];
    uint8_t negative;
};

struct sign_lanes {
    uint64_t key[4][SIGN_LANES]; /* A as four words, the lowest first */
    uint64_t r[4][SIGN_LANES];
    struct sign_digit k[SIGN_KEY_DIGITS];
    struct sign_digit s[SIGN_BASE_DIGITS];
};

/* The digits of a number below 2^253, the lowest first: 256 / bits of them, from -2^(bits - 1) to
 * 2^(bits - 1) - 1. */
void sign_digits(const uint8_t bytes[32], uint32_t bits, int8_t *digits);

/* Puts a lane's digit where it has none yet, of what was all zero at first. */
void sign_digit_put(struct sign_digit *digit, uint32_t lane, int8_t value);

/* Puts a question into a lane that has none yet, of a group that was all zero at first. pre: k and
 * S are below 2^253. */
void sign_lanes_put(struct sign_lanes *group, uint32_t lane, const struct public_key *public_key,
                    const uint8_t k[32], const struct signature *signature);

/*
 * 0 B to 128 B, affine: the five limbs (field_lanes.h) of y + x, of y - x and of 2 d x y, and a
 * word of nothing.
 */
extern const uint64_t sign_base[SIGN_BASE_MULTIPLES + 1][SIGN_BASE_WORDS];

/*
 * The lanes in which A is on the curve and the equation holds; a lane into which nothing was put
 * may be either. pre: the processor has AVX-512 F, DQ and IFMA; A's y is below p and neither 1 nor
 * p - 1: where it is not, what is said of that lane means nothing.
 */
uint8_t sign_lanes_check_ifma(const struct sign_lanes *group);

#endif
