/*
 * hash.h: BLAKE2b-256 with a domain for every kind of thing that is hashed.
 *
 * Problem. If a header and a Merkle node could have the same bytes, one could be passed off as
 * the other.
 *
 * Rule. Each kind of object has its own domain, and the domain's name goes into BLAKE2b's
 * personalisation parameter (RFC 7693 names the parameter block; BLAKE2 paper, section 2.8). Hashes
 * of equal bytes under two domains are unrelated. Anyone can recompute them: with Python,
 *
 *     hashlib.blake2b(data, digest_size=32, person=b"tally1:header")
 *
 * gives hash_compute(&out, HASH_HEADER, data, size); the name is padded with zero bytes to 16.
 */
#ifndef TALLY_CRYPTO_HASH_H
#define TALLY_CRYPTO_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HASH_SIZE 32

struct hash {
    uint8_t bytes[HASH_SIZE];
};

/* Every domain and the name hashed with it. Names are for ever; new domains go at the end. */
#define HASH_DOMAIN_LIST(X)          \
    X(HASH_GENESIS, "genesis")       \
    X(HASH_HEADER, "header")         \
    X(HASH_BODY, "body")             \
    X(HASH_BATCH, "batch")           \
    X(HASH_JUSTIFICATION, "justify") \
    X(HASH_MERKLE_NODE, "node")      \
    X(HASH_MERKLE_ROOT, "root")      \
    X(HASH_RESULT, "result")         \
    X(HASH_STATE, "state")           \
    X(HASH_RECEIPT, "receipt")       \
    X(HASH_EVENT, "event")           \
    X(HASH_RECORD, "record")         \
    X(HASH_SALT, "salt")             \
    X(HASH_ENVELOPE, "envelope")     \
    X(HASH_SOURCE, "source")         \
    X(HASH_MESSAGE, "message")       \
    X(HASH_JOURNAL, "journal")       \
    X(HASH_COMMAND, "command")       \
    X(HASH_KEYFILE, "keyfile")       \
    X(HASH_SECRET, "secret")         \
    X(HASH_PIECE, "piece")           \
    X(HASH_PIECES, "pieces")

#define HASH_DOMAIN_ENUMERATOR(symbol, name) symbol,
enum hash_domain {
    HASH_DOMAIN_LIST(HASH_DOMAIN_ENUMERATOR) HASH_DOMAIN_COUNT
};

/* The 16 bytes of BLAKE2b's personalisation that stand for a domain. */
const uint8_t *hash_domain_personal(enum hash_domain domain);

/* The state of a hash in progress; opaque, may be copied to fork it. */
struct hash_state {
    _Alignas(64) uint8_t opaque[384];
};

/* Hashes size bytes. data may be NULL if size is 0. */
void hash_compute(struct hash *out, enum hash_domain domain, const void *data, size_t size);

/* Begins, extends and ends a hash over bytes that are not in one piece. */
void hash_begin(struct hash_state *state, enum hash_domain domain);
void hash_add(struct hash_state *state, const void *data, size_t size);
void hash_end(struct hash_state *state, struct hash *out);

/* Adds integers in their little-endian encoding (base/bytes.h). */
void hash_add_u32(struct hash_state *state, uint32_t value);
void hash_add_u64(struct hash_state *state, uint64_t value);

/* Hashes under a secret key of 16 to 64 bytes (BLAKE2b's keyed mode): a MAC, or a salt per item. */
void hash_keyed(struct hash *out, enum hash_domain domain, const void *key, size_t key_size,
                const void *data, size_t size);

/* Compares. Hashes are public, so the time taken may tell where they differ. */
bool hash_equal(const struct hash *a, const struct hash *b);

/* Orders hashes as byte strings: negative, 0 or positive. */
int hash_compare(const struct hash *a, const struct hash *b);

/* Tells whether all bytes are zero, which stands for "none". */
bool hash_is_zero(const struct hash *hash);

#endif
