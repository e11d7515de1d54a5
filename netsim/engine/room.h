/*
 * netsim/engine/room.h - arrays that grow
 *
 *     items = room_for(items, &capacity, index, sizeof *items);
 *     items[index] = item;
 *
 * Starts from NULL and capacity 0. Doubles, so growing costs little; new memory is zero. Given back
 * with free().
 */
#ifndef TALLY_NETSIM_ENGINE_ROOM_H
#define TALLY_NETSIM_ENGINE_ROOM_H

#include <stddef.h>
#include <stdint.h>

/* The array, in perhaps another place, with room for the item at an index. */
void *room_for(void *items, uint32_t *capacity, uint64_t index, size_t item_size);

#endif
