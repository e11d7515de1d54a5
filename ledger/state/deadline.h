/*
 * ledger/state/deadline.h - which record falls due next
 *
 * Rule. A binary min-heap of record indexes ordered by (time, index), of fixed capacity. Entries
 * leave in exactly that order whatever the order in which they entered, so the heap is a function
 * of the records and is rebuilt from them.
 *
 * Example. Push (50, 7), (20, 9), (20, 3): they leave as (20, 3), (20, 9), (50, 7).
 *
 * Source: Williams, "Algorithm 232: Heapsort", 1964.
 */
#ifndef TALLY_LEDGER_STATE_DEADLINE_H
#define TALLY_LEDGER_STATE_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

/* In 12 bytes: one for each record that may be due. */
struct __attribute__((packed, aligned(4))) deadline {
    uint64_t time_ms;
    uint32_t index;
};
_Static_assert(sizeof(struct deadline) == 12, "nothing is behind the fields");

struct deadline_heap {
    struct deadline *entries;
    uint32_t *place; /* per record index: its place in the heap plus one; 0 when absent */
    uint32_t capacity;
    uint32_t index_capacity;
    uint32_t count;
};

/* Lays out an empty heap of at most `capacity` records with indexes below `index_capacity`. Works
 * while the arena only counts. */
void deadline_layout(struct deadline_heap *heap, uint32_t capacity, uint32_t index_capacity,
                     struct arena *arena);
/* pre: index below its capacity and not in the heap, which is not full. */
void deadline_push(struct deadline_heap *heap, uint64_t time_ms, uint32_t index);
/* The earliest; false when there is none. */
bool deadline_first(const struct deadline_heap *heap, struct deadline *out);
/* Removes a record; does nothing when it is not in the heap. */
void deadline_remove(struct deadline_heap *heap, uint32_t index);

#endif
