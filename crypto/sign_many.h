/*
 * crypto/sign_many.h: many Ed25519 signatures at once, under the rule of sign.h
 *
 * Problem. A node that takes in single instructions spends most of its time checking signatures.
 *
 * Rule. What is said of an item is what sign_verify() says of it alone; an invalid one changes
 * nothing for the others, and all nodes agree whatever else they check along with it. For that
 * reason this is no batch verification in the sense of algebra, where one equation over random
 * multiples stands for all: that one multiplies by the cofactor or else answers by chance, and says
 * only that something is wrong.
 *
 *     struct sign_item items[2] = {
 *         {.public_key = &a, .message = m, .size = 40, .signature = &s},
 *         {.public_key = &b, .message = n, .size = 9, .signature = &t},
 *     };
 *     sign_verify_many(items, 2);
 *     if (items[1].valid) ...
 */
#ifndef TALLY_CRYPTO_SIGN_MANY_H
#define TALLY_CRYPTO_SIGN_MANY_H

#include <stdbool.h>
#include <stddef.h>

#include "crypto/sign.h"

enum {
    SIGN_LANES = 8, /* counts that are multiples of it cost least */
};

/* What is pointed to is borrowed for the call. */
struct sign_item {
    const struct public_key *public_key;
    const void *message;
    size_t size;
    const struct signature *signature;
    bool valid; /* the result */
};

/* Tells of each item whether its signature is valid. Any bytes may be given. Takes as long as the
 * items want: everything in them counts as public. Any thread. */
void sign_verify_many(struct sign_item *items, size_t count);

/* How the items are checked: one by one with libsodium, or side by side. */
enum sign_way {
    SIGN_WAY_EACH,
    SIGN_WAY_IFMA, /* AVX-512 with its 52-bit multiplier */
    SIGN_WAY_COUNT,
};

/* Does this processor have what it needs? */
bool sign_way_supported(enum sign_way way);

/* sign_verify_many() in a way of the caller's, for tests and measurements. pre: supported. */
void sign_verify_many_by(enum sign_way way, struct sign_item *items, size_t count);

/* A verifier with the contract of sign_verify_many. */
typedef void sign_verify_many_function(struct sign_item *items, size_t count);

/* Puts the vectors of the rule (sign.h) to a verifier of many, all at once, and returns the first
 * difference. */
TALLY_MUST_CHECK enum sign_check sign_check_many(sign_verify_many_function *verify);

/* Are signatures judged by the rule when there are many? Asked once, when a program starts. */
bool sign_many_check(void);

#endif
