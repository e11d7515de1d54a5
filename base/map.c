#include "base/map.h"

#include "base/assert.h"
#include "base/bytes.h"

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

bool map_remove(struct map *map, uint64_t hash, const void *key)
{
    uint32_t hole = cell_find(map, fold(hash), key);
    if (map->cells[hole].value == 0) {
        return false;
    }
    TALLY_ASSERT(map->count > 0);
    map->count--;
    /* Algorithm R: an entry may move into the hole if that is not before its own place. */
    for (uint32_t at = (hole + 1) & map->mask; map->cells[at].value != 0;
         at = (at + 1) & map->mask) {
        if (cell_distance(map, at) >= ((at - hole) & map->mask)) {
            map->cells[hole] = map->cells[at];
            hole = at;
        }
    }
    map->cells[hole] = (struct map_cell){0};
    return true;
}

static inline uint64_t rotate(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static inline void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

static inline void sip_word(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
}

/* The last word: the bytes beyond the whole words, and above them the size. */
static uint64_t sip_last(const uint8_t *bytes, size_t size)
{
    size_t rest = size % 8;
    uint64_t last = (uint64_t)size << 56;
    if (rest > 0 && size >= 8) { /* read together with bytes before them, which are shifted out */
        return last | bytes_get_u64(bytes + size - 8) >> (8 * (8 - rest));
    }
    for (size_t at = 0; at < rest; at++) {
        last |= (uint64_t)bytes[at] << (8 * at);
    }
    return last;
}

static uint64_t map_secret[2];

void map_secret_set(const uint8_t secret[MAP_SECRET_SIZE])
{
    map_secret[0] = bytes_get_u64(secret);
    map_secret[1] = bytes_get_u64(secret + 8);
}

uint64_t map_hash(uint64_t seed, const void *data, size_t size)
{
    TALLY_ASSERT(data != NULL || size == 0);
    const uint8_t *bytes = data;
    uint64_t key[2] = {seed ^ map_secret[0], seed ^ map_secret[1] ^ UINT64_C(0x9e3779b97f4a7c15)};
    uint64_t v[4] = {
        key[0] ^ UINT64_C(0x736f6d6570736575),
        key[1] ^ UINT64_C(0x646f72616e646f6d),
        key[0] ^ UINT64_C(0x6c7967656e657261),
        key[1] ^ UINT64_C(0x7465646279746573),
    };
    for (size_t at = 0; at + 8 <= size; at += 8) {
        sip_word(v, bytes_get_u64(bytes + at));
    }
    sip_word(v, sip_last(bytes, size));
    v[2] ^= 0xff;
    for (int round = 0; round < 3; round++) {
        sip_round(v);
    }
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
