/*
 * arena.h: lay out all the memory of a state machine in one block of the caller's.
 *
 * Problem. The cores may not allocate after set-up, and the size of the one block they get must be
 * known before it is allocated.
 *
 * Rule. The same layout code runs twice: over a NULL arena, where it only counts, and over the
 * real block. So the two can never disagree.
 *
 *     static void pool_layout(struct pool *pool, uint32_t capacity, struct arena *arena)
 *     {
 *         pool->items = ARENA_TAKE(arena, struct item, capacity);
 *         slots_init(&pool->slots, capacity, arena);
 *     }
 *
 *     struct arena count;
 *     arena_init(&count, NULL, 0);
 *     pool_layout(&scratch, capacity, &count);        // pointers in scratch are NULL
 *     size_t footprint = count.used;
 *
 *     struct arena arena;
 *     arena_init(&arena, memory, footprint);
 *     pool_layout(&pool, capacity, &arena);
 *
 * Layout code must not write through the pointers it takes: while counting they are NULL. What
 * is taken is zeroed (unless taken by ARENA_TAKE_UNSET), and every init function of base/ and
 * crypto/ that takes an arena relies on nothing else, so they all work while counting.
 */
#ifndef TALLY_BASE_ARENA_H
#define TALLY_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

/* Alignment that the caller's block must have (malloc's). */
#define ARENA_ALIGNMENT 16
/* The largest that can be asked for, if the block has it, too. */
#define ARENA_LINE 64

struct arena {
    uint8_t *base; /* borrowed; NULL while counting */
    size_t size;
    size_t used;
};

/*
 * Starts an arena over size bytes at base, aligned to ARENA_ALIGNMENT; borrows them. With base
 * NULL the arena only counts and size must be 0.
 */
void arena_init(struct arena *arena, void *base, size_t size);

/*
 * Takes item_count items of item_size bytes, zeroed, at the given alignment (a power of two, at
 * most ARENA_LINE, and at most that of the block). Returns NULL while counting, else never NULL.
 * Running out of the block, or a size that overflows, is a bug and asserts.
 */
void *arena_take(struct arena *arena, size_t item_size, size_t item_count, size_t alignment);

/* The same, but the bytes hold rubbish: for buffers that are always written before they are read.
 * The pages of a large one that is never full are then never touched. */
void *arena_take_unset(struct arena *arena, size_t item_size, size_t item_count, size_t alignment);

/* Takes an array of count objects of a type. */
#define ARENA_TAKE(arena, type, count) \
    ((type *)arena_take((arena), sizeof(type), (count), _Alignof(type)))
/* The same, so that an item whose size is a multiple of ARENA_LINE fills whole cache lines. */
#define ARENA_TAKE_LINES(arena, type, count) \
    ((type *)arena_take((arena), sizeof(type), (count), ARENA_LINE))
#define ARENA_TAKE_UNSET(arena, type, count) \
    ((type *)arena_take_unset((arena), sizeof(type), (count), _Alignof(type)))

#endif
