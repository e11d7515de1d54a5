/*
 * node/name_index.h - by an instruction's or issue's reference, where its latest milestone stands
 *
 * Problem. Two references of each trade have to lead to an event, for ever. A key of its own in
 * LevelDB for each costs 100 bytes on the disk, merges included, and more time than the results
 * themselves.
 *
 * Rule. A name (party and reference) is known by 76 bits of its hash (SipHash-2-4-128 under a
 * secret of this store, so that nobody can choose names that are taken for each other): 64, and 12
 * that say its bucket. Among 10^9 names it is one to 150,000 that two are the same. What came since
 * the last checkpoint is in memory; with a checkpoint each bucket that has something becomes one
 * row of the store, durable before the checkpoint is:
 *
 *     row     base height u64 (in its key) | entries, 16 bytes each:
 *     entry   64 bits of the hash | u32 blocks below the base height | u32 event index
 *
 *     since the checkpoint    bucket 7: (ab12.., 1001, 5) (77f0.., 1003, 0)
 *     the next checkpoint     row 7 | 1003: ab12.. 2 5 | 77f0.. 0 0
 *
 * A name is looked for in memory, then in the rows of its bucket from the greatest base height
 * down. A row has all that its bucket noted since the checkpoint before, so the first row that has
 * the name has its latest place, that of the greatest height and index. After a crash there is what
 * the last checkpoint has, and the blocks behind it are executed again, which notes their names
 * again.
 *
 * At 50,000 names a checkpoint a row has 12 of them. A recent name is in the first row or one of
 * the next; one that is not there costs all of its bucket, after 1,000,000,000 names 20,000 rows
 * that lie together, 4 MB.
 *
 * One thread at a time.
 */
#ifndef TALLY_NODE_NAME_INDEX_H
#define TALLY_NODE_NAME_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"

enum {
    NAME_SECRET_SIZE = 16,
    NAME_BUCKETS = 4096,
    NAME_ENTRY_SIZE = 16, /* in a row */
};

/* Where an event stands. */
struct name_place {
    uint64_t height;
    uint32_t index;
};

/* What is kept of a name's hash. */
struct name_hash {
    uint64_t bits;
    uint32_t bucket;
};

struct name_entry;

struct name_index {
    uint8_t secret[NAME_SECRET_SIZE];
    uint32_t buckets[NAME_BUCKETS]; /* the entry noted last, plus one; 0: none */
    struct name_entry *entries;
    uint32_t count;
    uint32_t capacity;
    uint64_t height_max; /* of what was noted */
    uint8_t *rows;       /* those made last, of all buckets, one after the other */
    size_t rows_capacity;
    uint32_t row_ends[NAME_BUCKETS]; /* entries up to the end of each */
};

/* Starts empty. */
void name_index_init(struct name_index *index, const uint8_t secret[NAME_SECRET_SIZE]);
/* Gives its memory back. */
void name_index_free(struct name_index *index);

/* The hash of a name. */
struct name_hash name_index_hash(const struct name_index *index, const void *name, size_t size);

/* Room for so many more entries. False without memory. */
TALLY_MUST_CHECK bool name_index_reserve(struct name_index *index, size_t count);
/* Notes a place. pre: there is room. */
void name_index_add(struct name_index *index, const struct name_hash *hash,
                    const struct name_place *place);

/* The latest place noted. False: none. */
bool name_index_find(const struct name_index *index, const struct name_hash *hash,
                     struct name_place *place);

/* Makes the rows of all buckets; their base height is `height_max`. False without memory. */
TALLY_MUST_CHECK bool name_index_rows_make(struct name_index *index);
/* One of them, lent until the index changes; *size 0: nothing was noted. */
const uint8_t *name_index_row(const struct name_index *index, uint32_t bucket, size_t *size);
/* Forgets what was noted. */
void name_index_clear(struct name_index *index);

/* Looks up a hash of the row's bucket; *found, *place: its latest place. False: the row is not
 * well-formed. */
TALLY_MUST_CHECK bool name_row_find(const uint8_t *row, size_t size, uint64_t base_height,
                                    const struct name_hash *hash, struct name_place *place,
                                    bool *found);

#endif
