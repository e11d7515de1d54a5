/*
 * node/envelope_index.h - by an envelope's identifier, where its receipts stand: what is not yet in
 * the store
 *
 * Problem. An identifier is a hash, so its key in LevelDB belongs between any two others. Put there
 * block by block, each key searches the whole of LevelDB's memory for its place and misses a line
 * at every step: as much time as all else that the execution of a single instruction takes.
 *
 * Rule. What came since the last checkpoint is noted here and found by a keyed hash. Before the
 * next checkpoint the keys are written in their order, so that the way to a place is nearly that to
 * the one before.
 *
 *     since the checkpoint    77f0.. (1001, 5)   ab12.. (1001, 6)   0c44.. (1003, 0)
 *     the keys written        0c44.. 77f0.. ab12..
 *
 * An envelope noted twice stands where it was noted last.
 *
 * One thread at a time.
 */
#ifndef TALLY_NODE_ENVELOPE_INDEX_H
#define TALLY_NODE_ENVELOPE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "crypto/hash.h"

enum {
    ENVELOPE_SECRET_SIZE = 16,
};

/* Where the first receipt of an envelope stands. */
struct envelope_place {
    uint64_t height;
    uint32_t index;
};

struct envelope_entry {
    struct hash id;
    struct envelope_place place;
    uint32_t next; /* in its bucket, noted before; plus one, 0: none */
};

struct envelope_index {
    uint8_t secret[ENVELOPE_SECRET_SIZE]; /* so that nobody can choose envelopes of one bucket */
    struct envelope_entry *entries;
    uint32_t *buckets; /* as many as `capacity`: the entry noted last, plus one; 0: none */
    uint32_t count;
    uint32_t capacity; /* 0, or a power of two */
};

/* Starts empty. */
void envelope_index_init(struct envelope_index *index, const uint8_t secret[ENVELOPE_SECRET_SIZE]);
/* Gives its memory back. */
void envelope_index_free(struct envelope_index *index);

/* Room for so many more. False without memory. */
TALLY_MUST_CHECK bool envelope_index_reserve(struct envelope_index *index, size_t count);
/* Notes a place. pre: there is room. */
void envelope_index_add(struct envelope_index *index, const struct hash *id,
                        const struct envelope_place *place);

/* The place noted last. False: none. */
bool envelope_index_find(const struct envelope_index *index, const struct hash *id,
                         struct envelope_place *place);

/* All entries by their identifiers; those of one envelope in the order in which they were noted.
 * `count` pointers for the caller to free, which lead into the index; NULL without memory. */
const struct envelope_entry **envelope_index_order(const struct envelope_index *index);
/* Forgets what was noted. */
void envelope_index_clear(struct envelope_index *index);

#endif
