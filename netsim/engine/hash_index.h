/*
 * netsim/engine/hash_index.h - finds a number by a hash
 *
 * The books of a checker are arrays; this says at which place of an array the thing of a hash is.
 * Open addressing, doubled when half full. Hashes are digests, so their first bytes are spread
 * well.
 */
#ifndef TALLY_NETSIM_ENGINE_HASH_INDEX_H
#define TALLY_NETSIM_ENGINE_HASH_INDEX_H

#include <stdint.h>

#include "crypto/hash.h"

#define HASH_INDEX_NONE UINT32_MAX

struct hash_index {
    struct hash *keys;
    uint32_t *values; /* number + 1, 0 when free */
    uint32_t capacity;
    uint32_t count;
};

/* An empty index. hash_index_free gives the memory back; hash_index_clear only empties it. */
void hash_index_init(struct hash_index *index, uint32_t capacity); /* a power of two */
void hash_index_free(struct hash_index *index);
void hash_index_clear(struct hash_index *index);

/* pre: the hash is not there. */
void hash_index_put(struct hash_index *index, const struct hash *hash, uint32_t number);
/* HASH_INDEX_NONE if it is not there. */
uint32_t hash_index_find(const struct hash_index *index, const struct hash *hash);

#endif
