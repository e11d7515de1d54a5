/*
 * crypto/sign_known.h: checking signatures by keys that are known beforehand
 *
 * Problem. A validator checks votes and batches one at a time, as they come, all signed by the
 * same few keys. Most of such a check is decoding the key and doubling points, which comes to the
 * same for all signatures by a key.
 *
 * Rule. Multiples of a known key are kept, 18 KiB of them, and a check adds up the right ones. What
 * it says is what sign.h says, whichever way it goes.
 *
 *     at start:     sign_known_add(&validator)
 *     from then on: sign_verify(&validator, ...) takes a sixth of the time
 */
#ifndef TALLY_CRYPTO_SIGN_KNOWN_H
#define TALLY_CRYPTO_SIGN_KNOWN_H

#include <stdbool.h>
#include <stddef.h>

#include "crypto/known_lanes.h"
#include "crypto/sign.h"

enum {
    SIGN_KNOWN_MAX = 128, /* keys; of any more, signatures are checked as those by all others */
};

/* A key with the multiples of -A. */
struct sign_known {
    struct known_tables tables;
    struct public_key public_key;
};

/* Makes a key known to sign_verify() and all that goes by it; one that is known already, or is no
 * point, or where the processor lacks what is needed, changes nothing. pre: crypto_start(), and no
 * other thread checks signatures meanwhile. */
void sign_known_add(const struct public_key *public_key);

/* A key that was made known, or NULL. Any thread. */
const struct sign_known *sign_known_find(const struct public_key *public_key);

/* The tables of a key, for sign_known_add(), tests and measurements. False: the key is no point, or
 * the processor lacks AVX-512 IFMA; then out is not to be used. pre: as sign_known_add(). */
TALLY_MUST_CHECK bool sign_known_prepare(const struct public_key *public_key,
                                         struct sign_known *out);

/* Tells whether a signature by the key is valid by the rule of sign.h. Takes as long as the
 * arguments want: all of them count as public. pre: sign_known_prepare() said true. Any thread. */
TALLY_MUST_CHECK bool sign_known_verify(const struct sign_known *known, const void *message,
                                        size_t size, const struct signature *signature);

/* Are signatures by known keys judged by the rule? Asked once, when a program starts. */
bool sign_known_check(void);

#endif
