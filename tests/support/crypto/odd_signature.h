/*
 * odd_signature.h: signatures that a strict rule and a lax one judge differently, and those that
 * are wrong in one bit, each drawn at random; whether one is valid is for sign_verify() to say.
 */
#ifndef TALLY_TESTS_SUPPORT_CRYPTO_ODD_SIGNATURE_H
#define TALLY_TESTS_SUPPORT_CRYPTO_ODD_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/prng.h"
#include "crypto/sign.h"

enum {
    ODD_MESSAGE_MAX = 300,
    ODD_SMALL_POINTS = 8,
    ODD_KEYS_NOT_CANONICAL = 38, /* y from p to 2^255 - 1, each with both signs */
};

/* What is wrong with it, if anything. */
enum odd_kind {
    ODD_NOTHING,
    ODD_BIT_OF_R,
    ODD_BIT_OF_S,
    ODD_BIT_OF_KEY,
    ODD_BIT_OF_MESSAGE,
    ODD_S_PLUS_ORDER,    /* S + L, S + 2 L and so on, as far as 32 bytes go */
    ODD_KEY_BEYOND_P,    /* A with y >= p */
    ODD_KEY_SMALL,       /* A of small order, often with [k]A = 0 */
    ODD_R_SMALL,         /* R of small order, S as it belongs */
    ODD_R_SHIFTED,       /* R with a small point added, which a cofactored rule accepts */
    ODD_R_BEYOND_P,      /* R with y >= p */
    ODD_KEY_MIXED,       /* A with a small point added */
    ODD_KEY_MIXED_VALID, /* the same, with the R that [S]B - [k]A really is: valid */
    ODD_KEY_NO_POINT,    /* A with a y that no x belongs to, or does: any 32 bytes */
    ODD_RANDOM,          /* any bytes */
    ODD_KIND_COUNT,
};

struct odd_signature {
    struct public_key public_key;
    struct signature signature;
    uint8_t message[ODD_MESSAGE_MAX];
    size_t size;
};

/* The encoding of the n-th of the points of small order. */
void odd_small_point(size_t at, uint8_t out[32]);

/* The n-th of the encodings whose y is p or more. */
void odd_key_beyond_p(size_t at, uint8_t out[32]);

/* May so many of `count` of a kind be valid? All of them, none, or of ODD_KEY_MIXED some. */
bool odd_kind_fits(enum odd_kind kind, size_t valid, size_t count);

/* One of a kind, with a key of its own. */
void odd_signature_draw(struct prng *prng, enum odd_kind kind, struct odd_signature *out);

#endif
