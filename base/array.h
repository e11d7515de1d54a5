/*
 * array.h: an ordered list of bounded length over caller memory.
 *
 * Problem. Queues and sorted lists in the cores need push, insert and remove, with "full" as an
 * answer and every index checked.
 *
 * Rule. Items are equal-sized, contiguous and kept in order; removing closes the gap. Pointers
 * into the array are good until the next insert or remove.
 *
 *     array_init(&array, sizeof(struct entry), 8, &arena);
 *     struct entry *entry = array_push(&array);            // NULL when full, else zeroed
 *     struct entry *first = array_insert(&array, 0);       // the others move up by one
 *     array_remove(&array, 0);                             // and down again
 */
#ifndef TALLY_BASE_ARRAY_H
#define TALLY_BASE_ARRAY_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct array {
    uint8_t *items;
    size_t item_size;
    uint32_t count;
    uint32_t capacity;
};

/* Starts empty. Keeps capacity * item_size bytes from the arena, at its largest alignment. */
void array_init(struct array *array, size_t item_size, uint32_t capacity, struct arena *arena);

/* The item at an index below count; never NULL. */
void *array_at(const struct array *array, uint32_t index);

/* Appends a zeroed item and returns it; NULL, and no change, when full. */
void *array_push(struct array *array);

/* Opens a zeroed item at index (0 to count) and returns it; NULL, and no change, when full. */
void *array_insert(struct array *array, uint32_t index);

/* Removes the item at an index below count; those behind it move down by one. */
void array_remove(struct array *array, uint32_t index);

/* Removes the first item_count items (at most count); those behind them move down. */
void array_remove_first(struct array *array, uint32_t item_count);

/* Removes all items. */
void array_clear(struct array *array);

#endif
