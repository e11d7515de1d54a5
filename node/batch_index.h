/*
 * batch_index.h: where each batch stands, by digest, in memory.
 *
 * A list of entries in the order of arrival and a hash table over it, both growing by doubling. The
 * table's hash is keyed with a random seed, since whoever writes batches chooses their digests.
 * About 90 bytes a batch. One thread at a time.
 */
#ifndef TALLY_NODE_BATCH_INDEX_H
#define TALLY_NODE_BATCH_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/batch_log.h"

struct batch_place {
    struct batch_log_entry entry;
    uint64_t offset; /* of its record in the segment */
};

struct batch_index {
    struct batch_place *places;
    size_t count;
    size_t capacity;
    uint32_t *table;   /* index + 1 into places; 0: empty */
    size_t table_size; /* a power of two, at least twice count */
    uint64_t seed;
};

/* Starts empty; `seed` keys the hash and should be random. */
void batch_index_init(struct batch_index *index, uint64_t seed);
/* Gives all memory back. */
void batch_index_free(struct batch_index *index);

/* The place of a digest, borrowed until the index changes, or NULL. */
struct batch_place *batch_index_find(const struct batch_index *index, const struct hash *digest);

/* Adds a place (copied) whose digest is not there yet. False without memory: nothing changed. */
TALLY_MUST_CHECK bool batch_index_add(struct batch_index *index, const struct batch_place *place);

/* Forgets all places in `segment`. */
void batch_index_forget(struct batch_index *index, uint64_t segment);

#endif
