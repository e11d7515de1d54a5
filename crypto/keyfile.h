/*
 * keyfile.h: a signing key sealed under a pass phrase.
 *
 * Problem. Key files are copied, backed up and mixed up. A stolen one must be useless, a wrong one
 * must be recognised before it signs, and its owner must be able to tell whose it is without the
 * pass phrase.
 *
 * Rule. The first 96 bytes are readable and bound to the secret: any change to them makes the file
 * unopenable.
 *
 *     offset size
 *          0    8   "TALLYKEY"
 *          8    2   version, 1
 *         10    2   kind (enum keyfile_kind)
 *         12    4   Argon2id passes
 *         16    4   Argon2id memory in KiB
 *         20    4   zero
 *         24   16   salt
 *         40   24   nonce
 *         64   32   Ed25519 public key
 *         96   48   the 32-byte seed in a secretbox (XSalsa20-Poly1305)
 *
 *     box key = hash_keyed(HASH_KEYFILE, Argon2id(pass phrase, salt), the first 96 bytes)
 *
 * Argon2id is RFC 9106. This module turns bytes into bytes: reading and writing the file, asking
 * for the pass phrase and supplying random bytes are the driver's. It is for drivers only, since
 * Argon2id allocates.
 */
#ifndef TALLY_CRYPTO_KEYFILE_H
#define TALLY_CRYPTO_KEYFILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "crypto/sign.h"

#define KEYFILE_HEADER_SIZE 96
#define KEYFILE_SIZE        144
#define KEYFILE_RANDOM_SIZE 40 /* salt and nonce */

/* Bounds on the cost that a file may ask of its reader. */
#define KEYFILE_PASSES_MAX     16
#define KEYFILE_MEMORY_MIN_KIB 8
#define KEYFILE_MEMORY_MAX_KIB (1024 * 1024)

/* What the key is for. The numbers are in files: they are for ever. */
enum keyfile_kind {
    KEYFILE_VALIDATOR_SIGNING = 1,
    KEYFILE_VALIDATOR_CHANNEL = 2,
    KEYFILE_PARTY_SIGNING = 3,
    KEYFILE_PARTY_CHANNEL = 4,
};

/* The price of one guess at the pass phrase. */
struct keyfile_cost {
    uint32_t passes;
    uint32_t memory_kib;
};

/* For real keys: 3 passes over 64 MiB (RFC 9106, second recommended option). */
extern const struct keyfile_cost keyfile_cost_normal;

/* Readable without the pass phrase. */
struct keyfile_header {
    enum keyfile_kind kind;
    struct keyfile_cost cost;
    struct public_key public_key;
};

#define KEYFILE_STATUS_LIST(X)                                                            \
    X(KEYFILE_OK, "the key file is good", "")                                             \
    X(KEYFILE_NOT_ONE, "this is not a Tally key file", "check the path of the key file")  \
    X(KEYFILE_WRONG_SIZE, "the key file is truncated or has trailing bytes",              \
      "restore the key file from its backup")                                             \
    X(KEYFILE_WRONG_VERSION, "the key file has an unknown version",                       \
      "use a newer Tally to open it")                                                     \
    X(KEYFILE_WRONG_KIND, "the key file holds a key for another purpose",                 \
      "name the key file of the right kind")                                              \
    X(KEYFILE_BAD_HEADER, "the key file's header is damaged",                             \
      "restore the key file from its backup")                                             \
    X(KEYFILE_WRONG_PASS_PHRASE, "the pass phrase is wrong, or the key file was altered", \
      "try the pass phrase again, or restore the key file from its backup")               \
    X(KEYFILE_NO_MEMORY, "there is not enough memory to check the pass phrase",           \
      "free some memory: the key file names how much it takes")
STATUS_DECLARE(keyfile_status, KEYFILE_STATUS_LIST);

/* The word for a kind, as shown to people: "validator signing" and so on. "unknown" for others. */
const char *keyfile_kind_text(enum keyfile_kind kind);

/*
 * Seals a secret key. random must be fresh from the system's random source for every call; the pass
 * phrase is any bytes, also none. Borrows everything, writes out. Wipes what it made on the way.
 * KEYFILE_NO_MEMORY is the only failure; cost outside the bounds above is a bug.
 */
TALLY_MUST_CHECK enum keyfile_status keyfile_seal(enum keyfile_kind kind,
                                                  const struct keyfile_cost *cost,
                                                  const struct secret_key *secret_key,
                                                  const char *pass_phrase, size_t pass_phrase_size,
                                                  const uint8_t random[KEYFILE_RANDOM_SIZE],
                                                  uint8_t out[KEYFILE_SIZE]);

/* Reads the readable part of any bytes. Says nothing about who wrote them. */
TALLY_MUST_CHECK enum keyfile_status keyfile_inspect(const uint8_t *data, size_t size,
                                                     struct keyfile_header *header);

/*
 * Opens any bytes as a key file of the wanted kind. Results in order of precedence: not one, wrong
 * version, wrong size, bad header, wrong kind, no memory, wrong pass phrase. On success writes the
 * secret key, which the caller must have placed in locked memory, else wipes it.
 */
TALLY_MUST_CHECK enum keyfile_status keyfile_open(const uint8_t *data, size_t size,
                                                  enum keyfile_kind kind, const char *pass_phrase,
                                                  size_t pass_phrase_size,
                                                  struct secret_key *secret_key);

#endif
