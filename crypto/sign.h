/*
 * sign.h: Ed25519 signatures under one written rule of validity.
 *
 * Problem. RFC 8032 leaves open which odd signatures are valid, and libraries (and versions of
 * one library) differ. On a ledger a signature that one node accepts and another refuses is a
 * fork. See Chalkias, Garillot and Nikolaenko, "Taming the many EdDSAs" (2020).
 *
 * Rule. A signature (R, S) by A on M is valid if and only if
 *     1. S, read little-endian, is below the group order L;
 *     2. A is the canonical encoding (y < p) of a curve point that is not of small order;
 *     3. R is not the encoding of a point of small order;
 *     4. the encoding of [S]B - [k]A, with k = SHA-512(R | A | M), equals R byte by byte.
 * Point 4 is the cofactorless equation, and it makes a non-canonical R invalid.
 *
 *     R, S made by sign_create                        valid
 *     R' = R + a point of order 2, S as it belongs    invalid (a cofactored verifier says valid)
 *     S' = S + L                                      invalid
 *     A or R of small order                           invalid
 *     A with y >= p                                   invalid
 *
 * Every program checks at start that the linked libsodium answers these as written, and so does
 * what checks many signatures at once (sign_many.h), or those by known keys (sign_known.h):
 * crypto/start.h. It does not start if one is answered differently.
 */
#ifndef TALLY_CRYPTO_SIGN_H
#define TALLY_CRYPTO_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/status.h"

#define SIGN_SEED_SIZE       32
#define SIGN_PUBLIC_KEY_SIZE 32
#define SIGN_SECRET_KEY_SIZE 64
#define SIGN_SIGNATURE_SIZE  64

struct public_key {
    uint8_t bytes[SIGN_PUBLIC_KEY_SIZE];
};

/* Seed and public key. Keep it in locked memory (host/secret_memory.h) and wipe it after use. */
struct secret_key {
    uint8_t bytes[SIGN_SECRET_KEY_SIZE];
};

struct signature {
    uint8_t bytes[SIGN_SIGNATURE_SIZE];
};

/* Derives the key pair of a seed, as RFC 8032 section 5.1.5 says. Copies the seed into secret. */
void sign_key_from_seed(const uint8_t seed[SIGN_SEED_SIZE], struct public_key *public_key,
                        struct secret_key *secret_key);

/* Makes a new key pair with the system's randomness. For drivers only: a core never calls it. */
void sign_key_generate(struct public_key *public_key, struct secret_key *secret_key);

/* The public key that belongs to a secret key. */
void sign_key_public(const struct secret_key *secret_key, struct public_key *public_key);

/* Overwrites a secret key in a way that the compiler does not remove. */
void sign_key_wipe(struct secret_key *secret_key);

/* Signs size bytes. Deterministic: the same key and message give the same signature. */
void sign_create(const struct secret_key *secret_key, const void *message, size_t size,
                 struct signature *out);

/* Tells whether a signature is valid by the rule above. Any bytes may be given. */
TALLY_MUST_CHECK bool sign_verify(const struct public_key *public_key, const void *message,
                                  size_t size, const struct signature *signature);

/* Tells whether two public keys are the same. */
bool public_key_equal(const struct public_key *a, const struct public_key *b);

/* Which part of the rule a library breaks. */
#define SIGN_CHECK_LIST(X)                                                                         \
    X(SIGN_CHECK_OK, "the signature rule holds", "")                                               \
    X(SIGN_CHECK_HONEST_REFUSED, "a valid Ed25519 signature was refused", SIGN_CHECK_HINT)         \
    X(SIGN_CHECK_FORGED_ACCEPTED, "an Ed25519 signature on other bytes was accepted",              \
      SIGN_CHECK_HINT)                                                                             \
    X(SIGN_CHECK_COFACTORED, "an Ed25519 signature with R shifted by a small point was accepted",  \
      SIGN_CHECK_HINT)                                                                             \
    X(SIGN_CHECK_SMALL_KEY, "an Ed25519 public key of small order was accepted", SIGN_CHECK_HINT)  \
    X(SIGN_CHECK_SMALL_R, "an Ed25519 signature with R of small order was accepted",               \
      SIGN_CHECK_HINT)                                                                             \
    X(SIGN_CHECK_NONCANONICAL_R, "an Ed25519 signature with R in non-canonical form was accepted", \
      SIGN_CHECK_HINT)                                                                             \
    X(SIGN_CHECK_NONCANONICAL_S,                                                                   \
      "an Ed25519 signature with S beyond the group order was accepted", SIGN_CHECK_HINT)          \
    X(SIGN_CHECK_NONCANONICAL_KEY, "an Ed25519 public key in non-canonical form was accepted",     \
      SIGN_CHECK_HINT)
#define SIGN_CHECK_HINT "link libsodium 1.0.18 (Debian 12): see the signature rule in crypto/sign.h"
STATUS_DECLARE(sign_check, SIGN_CHECK_LIST);

/* A verifier with the contract of sign_verify. */
typedef bool sign_verify_function(const struct public_key *public_key, const void *message,
                                  size_t size, const struct signature *signature);

/* Puts the vectors of the rule to a verifier and returns the first difference. */
TALLY_MUST_CHECK enum sign_check sign_check_verifier(sign_verify_function *verify);

/* The same for sign_verify itself, as linked into this program. */
TALLY_MUST_CHECK enum sign_check sign_self_check(void);

#endif
