#include "base/map.h"

#include "base/assert.h"

static uint32_t fold(uint64_t hash)
{
    return (uint32_t)(hash ^ hash >> 32);
}

enum {
    CELLS_FIRST = 64, /* of an empty map, unless it needs fewer for all it can ever hold */
    LAST_GROWTH = 8,  /* the last time it grows by this factor: so little has to be put aside */
};

/* Number of cells at most: the power of two that keeps the map at most two thirds full. */
static uint32_t cell_count_most(uint32_t capacity)
{
    uint32_t cells = 2;
    while (cells < capacity + capacity / 2 + 1) {
        cells *= 2;
    }
    return cells;
}

static uint32_t cell_count_first(uint32_t most)
{
    return most <= CELLS_FIRST * LAST_GROWTH ? most : CELLS_FIRST;
}

static uint32_t cell_count_next(uint32_t cells, uint32_t most)
{
    return cells * LAST_GROWTH < most ? cells * 2 : most;
}

/* How many entries so many cells take. */
static uint32_t load_most(uint32_t cells)
{
    return cells / 3 * 2 + 1;
}

/* Cells behind the others, where entries stand while the map grows for the last time. */
static uint32_t cell_count_aside(uint32_t most)
{
    return cell_count_first(most) == most ? 0 : load_most(most / LAST_GROWTH);
}

static struct map_cell *cells_take(uint32_t capacity, struct arena *arena)
{
    uint32_t most = cell_count_most(capacity);
    return ARENA_TAKE(arena, struct map_cell, most + cell_count_aside(most));
}

size_t map_footprint(uint32_t capacity)
{
    TALLY_ASSERT(capacity > 0);
    TALLY_ASSERT(capacity <= MAP_CAPACITY_MAX);
    struct arena arena;
    arena_init(&arena, NULL, 0);
    (void)cells_take(capacity, &arena);
    return arena.used;
}

void map_init(struct map *map, uint32_t capacity, map_equal *equal, const void *context,
              struct arena *arena)
{
    TALLY_ASSERT(capacity > 0);
    TALLY_ASSERT(capacity <= MAP_CAPACITY_MAX);
    *map = (struct map){
        .cells = cells_take(capacity, arena),
        .mask = cell_count_first(cell_count_most(capacity)) - 1,
        .capacity = capacity,
        .equal = equal,
        .context = context,
    };
}

static void cell_fill(struct map *map, struct map_cell cell)
{
    uint32_t at = cell.hash & map->mask;
    while (map->cells[at].value != 0) {
        at = (at + 1) & map->mask;
    }
    map->cells[at] = cell;
}

/* Puts all entries aside, behind the cells that will be in use, and enters them again. */
static void grow(struct map *map)
{
    uint32_t most = cell_count_most(map->capacity);
    uint32_t cells = map->mask + 1;
    uint32_t next = cell_count_next(cells, most);
    struct map_cell *aside = &map->cells[next];
    uint32_t count = 0;
    TALLY_ASSERT(next > cells);
    for (uint32_t i = 0; i < cells; i++) {
        if (map->cells[i].value != 0) {
            aside[count++] = map->cells[i];
            map->cells[i] = (struct map_cell){0};
        }
    }
    TALLY_ASSERT(count == map->count);
    map->mask = next - 1;
    for (uint32_t i = 0; i < count; i++) {
        cell_fill(map, aside[i]);
        aside[i] = (struct map_cell){0};
    }
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

bool map_room_make(struct map *map)
{
    TALLY_ASSERT(map->count <= map->capacity);
    if (map->count == map->capacity) {
        return false;
    }
    if (map->count == load_most(map->mask + 1)) {
        grow(map);
    }
    return true;
}

bool map_insert(struct map *map, uint64_t hash, uint32_t value)
{
    TALLY_ASSERT(value != MAP_NONE);
    if (!map_room_make(map)) {
        return false;
    }
    cell_fill(map, (struct map_cell){.hash = fold(hash), .value = value + 1});
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
