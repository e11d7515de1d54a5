/*
 * start.h: the first call of every program that signs or verifies.
 *
 * It initialises libsodium and puts the signature vectors of crypto/sign.h to it. A program that
 * gets anything but CRYPTO_START_OK prints text and hint and exits: a node whose library judges
 * signatures by another rule would fork itself off the ledger. For the same reason the vectors
 * are put to what checks many signatures at once, and to what checks those by known keys, and
 * hashes made side by side are compared with those made one by one.
 */
#ifndef TALLY_CRYPTO_START_H
#define TALLY_CRYPTO_START_H

#include "base/status.h"
#include "crypto/sign.h"

#define CRYPTO_START_LIST(X)                                                                    \
    X(CRYPTO_START_OK, "cryptography is ready", "")                                             \
    X(CRYPTO_START_NO_LIBRARY, "libsodium did not initialise",                                  \
      "check that the system's random source works")                                            \
    X(CRYPTO_START_RULE_DIFFERS, "this libsodium judges Ed25519 signatures by another rule",    \
      SIGN_CHECK_HINT)                                                                          \
    X(CRYPTO_START_MANY_DIFFERS, "many signatures at once are judged by another rule than one", \
      "this processor computes wrongly: use another machine")                                   \
    X(CRYPTO_START_KNOWN_DIFFERS, "signatures by known keys are judged by another rule",        \
      "this processor computes wrongly: use another machine")                                   \
    X(CRYPTO_START_HASH_DIFFERS, "hashes made side by side differ from those made one by one",  \
      "this processor computes wrongly: use another machine")                                   \
    X(CRYPTO_START_STREAM_DIFFERS, "this libsodium's ChaCha20 is not that of RFC 8439",         \
      "install libsodium anew, or use another machine")
STATUS_DECLARE(crypto_start_status, CRYPTO_START_LIST);

/* Makes cryptography ready. May be called again; must be called before other threads exist. */
TALLY_MUST_CHECK enum crypto_start_status crypto_start(void);

/* The same with another verifier in place of sign_verify: how the refusal to start is tested. */
TALLY_MUST_CHECK enum crypto_start_status crypto_start_with(sign_verify_function *verify);

#endif
