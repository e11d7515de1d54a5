#include "base/arena.h"

#include <string.h>

#include "base/assert.h"

_Static_assert(ARENA_ALIGNMENT >= _Alignof(max_align_t), "any type can be taken from an arena");

void arena_init(struct arena *arena, void *base, size_t size)
{
    TALLY_ASSERT(base != NULL || size == 0);
    TALLY_ASSERT((uintptr_t)base % ARENA_ALIGNMENT == 0);
    *arena = (struct arena){.base = base, .size = size};
}

/* Takes the next place; its size is kept in *taken_size. NULL while counting. */
static uint8_t *take(struct arena *arena, size_t item_size, size_t item_count, size_t alignment,
                     size_t *taken_size)
{
    TALLY_ASSERT(alignment != 0 && (alignment & (alignment - 1)) == 0);
    TALLY_ASSERT(alignment <= ARENA_LINE);
    TALLY_ASSERT((uintptr_t)arena->base % alignment == 0);

    size_t size = 0;
    size_t start = 0;
    size_t end = 0;
    TALLY_ASSERT(!__builtin_mul_overflow(item_size, item_count, &size));
    TALLY_ASSERT(!__builtin_add_overflow(arena->used, alignment - 1, &start));
    start &= ~(alignment - 1);
    TALLY_ASSERT(!__builtin_add_overflow(start, size, &end));
    arena->used = end;

    if (arena->base == NULL) {
        return NULL;
    }
    TALLY_ASSERT(end <= arena->size);
    *taken_size = size;
    return arena->base + start;
}

void *arena_take(struct arena *arena, size_t item_size, size_t item_count, size_t alignment)
{
    size_t size;
    uint8_t *place = take(arena, item_size, item_count, alignment, &size);
    return place == NULL ? NULL : memset(place, 0, size);
}

void *arena_take_unset(struct arena *arena, size_t item_size, size_t item_count, size_t alignment)
{
    size_t size;
    return take(arena, item_size, item_count, alignment, &size);
}
