/*
 * crypto/sign_form.h - what a check in lanes asks before the equation; for sign_way.c and
 * sign_known.c
 */
#ifndef TALLY_CRYPTO_SIGN_FORM_H
#define TALLY_CRYPTO_SIGN_FORM_H

#include "crypto/sign.h"

/* Points 1, 2 and 3 of the rule (sign.h), but for whether A is on the curve. */
bool sign_form_valid(const struct public_key *public_key, const struct signature *signature);

/* k = SHA-512(R | A | M) modulo L. */
void sign_challenge(const struct public_key *public_key, const void *message, size_t size,
                    const struct signature *signature, uint8_t out[32]);

#endif
