#include "base/map.h"

#include "base/assert.h"

static uint32_t fold(uint64_t hash)
{
    return (uint32_t)(hash ^ hash >> 32);
}

/* Number of cells: the power of two that keeps the map at most two thirds full. */
static uint32_t cell_count(uint32_t capacity)
{
    uint32_t cells = 2;
    while (cells < capacity + capacity / 2 + 1) {
        cells *= 2;
    }
    return cells;
}

size_t map_footprint(uint32_t capacity)
{
    TALLY_ASSERT(capacity > 0);
    TALLY_ASSERT(capacity <= MAP_CAPACITY_MAX);
    struct arena arena;
    arena_init(&arena, NULL, 0);
    (void)ARENA_TAKE(&arena, struct map_cell, cell_count(capacity));
    return arena.used;
}

void map_init(struct map *map, uint32_t capacity, map_equal *equal, const void *context,
              struct arena *arena)
{
    TALLY_ASSERT(capacity > 0);
    TALLY_ASSERT(capacity <= MAP_CAPACITY_MAX);
    uint32_t cells = cell_count(capacity);
    *map = (struct map){
        .cells = ARENA_TAKE(arena, struct map_cell, cells),
        .mask = cells - 1,
        .capacity = capacity,
        .equal = equal,
        .context = context,
    };
}

/* The cell that holds the key, or the empty cell where the search ended. */
static uint32_t cell_find(const struct map *map, uint32_t hash, const void *key)
{
    uint32_t at = hash & map->mask;
    while (map->cells[at].value != 0) {
        const struct map_cell *cell = &map->cells[at];
        if (cell->hash == hash && map->equal(map->context, cell->value - 1, key)) {
            return at;
        }
        at = (at + 1) & map->mask;
    }
    return at;
}

uint32_t map_find(const struct map *map, uint64_t hash, const void *key)
{
    TALLY_ASSERT(map->count <= map->capacity);
    uint32_t value = map->cells[cell_find(map, fold(hash), key)].value;
    return value != 0 ? value - 1 : MAP_NONE;
}

bool map_insert(struct map *map, uint64_t hash, uint32_t value)
{
    TALLY_ASSERT(value != MAP_NONE);
    TALLY_ASSERT(map->count <= map->capacity);
    if (map->count == map->capacity) {
        return false;
    }
    uint32_t at = fold(hash) & map->mask;
    while (map->cells[at].value != 0) {
        at = (at + 1) & map->mask;
    }
    map->cells[at] = (struct map_cell){.hash = fold(hash), .value = value + 1};
    map->count++;
    return true;
}

/* Distance that a cell's entry was pushed away from where its hash points. */
static uint32_t cell_distance(const struct map *map, uint32_t at)
{
    return (at - map->cells[at].hash) & map->mask;
}

/* Algorithm R: an entry may move into the hole if that is not before its own place. */
static void cell_empty(struct map *map, uint32_t hole)
{
    TALLY_ASSERT(map->count > 0);
    map->count--;
    for (uint32_t at = (hole + 1) & map->mask; map->cells[at].value != 0;
         at = (at + 1) & map->mask) {
        if (cell_distance(map, at) >= ((at - hole) & map->mask)) {
            map->cells[hole] = map->cells[at];
            hole = at;
        }
    }
    map->cells[hole] = (struct map_cell){0};
}

bool map_remove(struct map *map, uint64_t hash, const void *key)
{
    uint32_t hole = cell_find(map, fold(hash), key);
    if (map->cells[hole].value == 0) {
        return false;
    }
    cell_empty(map, hole);
    return true;
}

bool map_remove_value(struct map *map, uint64_t hash, uint32_t value)
{
    uint32_t at = fold(hash) & map->mask;
    TALLY_ASSERT(value != MAP_NONE);
    while (map->cells[at].value != value + 1) {
        if (map->cells[at].value == 0) {
            return false;
        }
        at = (at + 1) & map->mask;
    }
    cell_empty(map, at);
    return true;
}
