/*
 * crypto/hash_many.h: many hashes that do not depend on each other
 *
 * Problem. A block makes thousands of small hashes: salts, leaves, nodes of trees. One BLAKE2b is a
 * long chain of steps that each wait for the one before, so most of the processor stands idle.
 *
 * Rule. The results are those of hash_compute() and hash_keyed() (hash.h), item by item; only the
 * time differs. With AVX-512 eight items are hashed side by side, one in each 64-bit lane, and
 * sixteen if they are alike; with AVX2 four. The longest begin. Elsewhere the items are hashed one
 * after the other. The processor decides which way is taken; every way that it has must
 * agree with libsodium when a program starts.
 *
 *     struct hash_item items[2] = {
 *         {.domain = HASH_EVENT, .data = a, .size = 300, .out = &hashes[0]},
 *         {.domain = HASH_SALT, .key = secret, .key_size = 16, .data = at, .size = 8, .out = &s},
 *     };
 *     hash_many(items, 2);
 *
 * Source: RFC 7693, sections 2.6 to 3.3.
 */
#ifndef TALLY_CRYPTO_HASH_MANY_H
#define TALLY_CRYPTO_HASH_MANY_H

#include <stdbool.h>
#include <stddef.h>

#include "crypto/hash.h"

enum {
    HASH_MANY = 64, /* items that callers put together on the stack */
};

/* Everything is borrowed for the call. */
struct hash_item {
    enum hash_domain domain;
    const void *key; /* of 16 to 64 bytes, as of hash_keyed() */
    size_t key_size; /* 0: no key */
    const void *data;
    size_t size;
    struct hash *out;
};

/*
 * Hashes every item. The result of an item may be written over its own data, but over no other
 * item's.
 */
void hash_many(const struct hash_item *items, size_t count);

/* How the items are hashed: one by one with libsodium, or side by side. */
enum hash_way {
    HASH_WAY_EACH,
    HASH_WAY_AVX2,
    HASH_WAY_AVX512,
    HASH_WAY_COUNT,
};

/* Does this processor have what it needs? */
bool hash_way_supported(enum hash_way way);

/* hash_many() in a way of the caller's, for tests and measurements. pre: supported. */
void hash_many_by(enum hash_way way, const struct hash_item *items, size_t count);

/* Are many hashes what they are one by one on this machine, in every way it has? Asked once, when a
 * program starts. */
bool hash_many_check(void);

#endif
