/*
 * map.h: a hash index of fixed capacity, from a key to the number of a record.
 *
 * Problem. Records are found by business identifiers. The index must not allocate, and nothing
 * about its order may reach a result.
 *
 * Rule. The map holds 32-bit values only (record indexes); the keys stay in the records and are
 * compared through a callback. It cannot be iterated, so its inner order cannot leak.
 *
 *     static bool account_equal(const void *context, uint32_t value, const void *key)
 *     {
 *         const struct account *accounts = context;
 *         return account_id_equal(&accounts[value].id, key);
 *     }
 *
 *     map_init(&map, 1000, account_equal, accounts, &arena);
 *     uint64_t hash = map_hash(seed, id, sizeof(*id));
 *     if (map_find(&map, hash, id) == MAP_NONE) {
 *         accounts[7].id = *id;
 *         stored = map_insert(&map, hash, 7);
 *     }
 *
 * Open addressing with linear probing (Knuth, TAOCP vol. 3, 6.4, Algorithms L and R): a removal
 * moves later entries back, so there are no tombstones and the map never ages. At most two thirds
 * full, 8 bytes a cell. The key given to map_hash must have no padding.
 *
 * Memory is taken for all it can ever hold, but only as much of it is used as the most it has held
 * asks for: a small map in a large ledger stays in the caches. It grows to the double when it is
 * two thirds full, and by eight the last time, each time moving all it holds; it does not shrink.
 */
#ifndef TALLY_BASE_MAP_H
#define TALLY_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/assert.h"
#include "base/map_hash.h"

/* No such key. Not a legal value. */
#define MAP_NONE UINT32_MAX

/* Largest capacity: the cells are counted in 32 bits. */
#define MAP_CAPACITY_MAX (UINT32_C(1) << 30)

/* Tells whether the record numbered value has this key. Must not change anything. */
typedef bool map_equal(const void *context, uint32_t value, const void *key);

struct map_cell {
    uint32_t hash;  /* the 64-bit hash folded to 32 */
    uint32_t value; /* plus one; 0 is an empty cell */
};

struct map {
    struct map_cell *cells;
    uint32_t mask; /* number of cells in use, a power of two, minus one */
    uint32_t capacity;
    uint32_t count;
    map_equal *equal;
    const void *context; /* borrowed */
};

/* Bytes that map_init takes from an arena, padding included. */
size_t map_footprint(uint32_t capacity);

/*
 * Starts empty. capacity is 1 to MAP_CAPACITY_MAX. Keeps memory from the arena; borrows context,
 * which is handed to equal with every call.
 */
void map_init(struct map *map, uint32_t capacity, map_equal *equal, const void *context,
              struct arena *arena);

/* The value stored under the key, or MAP_NONE. hash must be the one it was inserted with. */
uint32_t map_find(const struct map *map, uint64_t hash, const void *key);

/*
 * The same with the comparison that the map was made with, and its context: where a compiler sees
 * which it is, nothing is called.
 */
__attribute__((always_inline)) static inline uint32_t map_find_by(const struct map *map,
                                                                  uint64_t hash, map_equal *equal,
                                                                  const void *context,
                                                                  const void *key)
{
    uint32_t folded = (uint32_t)(hash ^ hash >> 32);
    uint32_t at = folded & map->mask;
    while (map->cells[at].value != 0) {
        const struct map_cell *cell = &map->cells[at];
        if (cell->hash == folded && equal(context, cell->value - 1, key)) {
            break;
        }
        at = (at + 1) & map->mask;
    }
    return map->cells[at].value - 1; /* of an empty cell: MAP_NONE */
}

/*
 * A value stored under a key of this hash, likely the sought one, or MAP_NONE: no record is looked
 * at, so nothing may depend on it but what memory is asked for ahead of its use.
 */
static inline uint32_t map_guess(const struct map *map, uint64_t hash)
{
    uint32_t folded = (uint32_t)(hash ^ hash >> 32);
    uint32_t at = folded & map->mask;
    while (map->cells[at].value != 0 && map->cells[at].hash != folded) {
        at = (at + 1) & map->mask;
    }
    return map->cells[at].value - 1; /* of an empty cell: MAP_NONE */
}

/* Asks memory for the cell where a search under the hash begins, and does not wait for it. */
static inline void map_prefetch(const struct map *map, uint64_t hash)
{
    __builtin_prefetch(&map->cells[(uint32_t)(hash ^ hash >> 32) & map->mask]);
}

/* Stores a value whose key must not be in the map yet. False, and no change, if the map is full. */
bool map_insert(struct map *map, uint64_t hash, uint32_t value);

/* Makes room for one more value; false if the map is full. For map_insert_new() alone. */
bool map_room_make(struct map *map);

/*
 * map_insert() with the comparison, by which it asserts on its way that the key is not in the map:
 * one walk for both.
 */
__attribute__((always_inline)) static inline bool map_insert_new(struct map *map, uint64_t hash,
                                                                 uint32_t value, map_equal *equal,
                                                                 const void *context,
                                                                 const void *key)
{
    TALLY_ASSERT(value != MAP_NONE);
    if (!map_room_make(map)) {
        return false;
    }
    uint32_t folded = (uint32_t)(hash ^ hash >> 32);
    uint32_t at = folded & map->mask;
    while (map->cells[at].value != 0) {
        const struct map_cell *cell = &map->cells[at];
        TALLY_ASSERT(cell->hash != folded || !equal(context, cell->value - 1, key));
        at = (at + 1) & map->mask;
    }
    map->cells[at] = (struct map_cell){.hash = folded, .value = value + 1};
    map->count++;
    return true;
}

/* Removes the key. False if it was not there. */
bool map_remove(struct map *map, uint64_t hash, const void *key);
/* Removes a value, which was inserted under the hash, without looking at keys. False if it is not
 * there. */
bool map_remove_value(struct map *map, uint64_t hash, uint32_t value);

#endif
