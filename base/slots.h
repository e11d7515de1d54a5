/*
 * slots.h: which places of a dense array are in use.
 *
 * Problem. Records live in arrays that are hashed by index, so every node must put the same record
 * at the same index, and a freed place must be found again without a scan.
 *
 * Rule. The lowest free index is taken first. It is a function of the set of used indexes alone,
 * so a node restored from a snapshot goes on exactly as one that ran from genesis.
 *
 *     used {}          take -> 0
 *     used {0}         take -> 1
 *     used {0,1,2}     give 1
 *     used {0,2}       take -> 1
 *     used {0,1,2}     take -> 3
 *
 * Two trees of 64-ary bitmaps stand over the array: in one a bit says "everything below is used"
 * (which leads to the lowest free index), in the other "something below is used" (which leads to
 * the next used one). Every operation costs at most SLOTS_LEVELS_MAX words read and written.
 * About capacity / 7 bytes of memory, zero when empty.
 */
#ifndef TALLY_BASE_SLOTS_H
#define TALLY_BASE_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/assert.h"

/* No index: nothing free, or nothing used from here on. */
#define SLOTS_NONE UINT32_MAX

/* 64^6 exceeds every uint32_t. */
#define SLOTS_LEVELS_MAX 6

struct slots {
    uint32_t capacity;
    uint32_t count; /* used indexes */
    uint32_t level_count;
    uint32_t dense; /* all indexes below it are used; perhaps not only they */
    uint64_t
        *full[SLOTS_LEVELS_MAX]; /* level 0: the index is used; above: the word below is full */
    uint64_t *some[SLOTS_LEVELS_MAX]; /* level 0 is full[0]; above: the word below is not empty */
};

/* Bytes that slots_init takes from an arena, padding included. */
size_t slots_footprint(uint32_t capacity);

/* Starts with every index free. capacity is 1 to UINT32_MAX - 1. Keeps memory from the arena. */
void slots_init(struct slots *slots, uint32_t capacity, struct arena *arena);

/* Takes the lowest free index, or returns SLOTS_NONE when all are used. */
uint32_t slots_take(struct slots *slots);

/* Says above level 0 what has become of its word at `index`: it was empty, or is full now. */
void slots_take_above(struct slots *slots, uint32_t index, bool full);

/* Takes a given index, which must be below capacity and free. For a set of whatever else is
 * numbered so, and for restoring a saved one. */
static inline void slots_take_at(struct slots *slots, uint32_t index)
{
    TALLY_ASSERT(index < slots->capacity);
    uint64_t *word = &slots->full[0][index / 64];
    uint64_t before = *word;
    uint64_t bit = UINT64_C(1) << (index % 64);
    TALLY_ASSERT((before & bit) == 0);
    *word = before | bit;
    slots->count++;
    if (before == 0 || (before | bit) == UINT64_MAX) {
        slots_take_above(slots, index / 64, (before | bit) == UINT64_MAX);
    }
}

/* Frees an index, which must be used. */
void slots_give(struct slots *slots, uint32_t index);

/* Frees all that are used. Costs a store for each word of the bitmap that is not empty. */
void slots_clear(struct slots *slots);

/*
 * Tells whether an index below capacity is used. Mostly that is known without a look at the bitmap:
 * what is taken is the lowest free index, so all below the one taken last are used.
 */
static inline bool slots_used(const struct slots *slots, uint32_t index)
{
    TALLY_ASSERT(index < slots->capacity);
    return index < slots->dense || (slots->full[0][index / 64] >> (index % 64) & 1) != 0;
}

/*
 * A walk over the used indexes in order: begin, then next until SLOTS_NONE. Those of the word at
 * hand are known from the start, and so are the words of its group, the 64 of one word above;
 * nothing may be taken or given meanwhile.
 */
struct slots_walk {
    uint64_t bits;  /* of the word at hand: those that come next */
    uint64_t words; /* of its group: those that are not empty and come next */
    uint32_t word;
};
static inline struct slots_walk slots_walk_begin(const struct slots *slots)
{
    return (struct slots_walk){.bits = slots->full[0][0],
                               .words =
                                   slots->level_count > 1 ? slots->some[1][0] & ~UINT64_C(1) : 0};
}
/* The same when the word at hand is used up. */
uint32_t slots_walk_far(const struct slots *slots, struct slots_walk *walk);
static inline uint32_t slots_walk_next(const struct slots *slots, struct slots_walk *walk)
{
    if (walk->bits == 0) {
        return slots_walk_far(slots, walk);
    }
    uint32_t index = walk->word * 64 + (uint32_t)__builtin_ctzll(walk->bits);
    walk->bits &= walk->bits - 1;
    return index;
}

/* The lowest used index that is at least from, or SLOTS_NONE. from may be beyond the capacity. */
uint32_t slots_next_used(const struct slots *slots, uint32_t from);

#endif
