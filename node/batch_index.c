/* batch_index.c: see batch_index.h. Linear probing; deletion rebuilds, since it is rare. */
#include "node/batch_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"

enum {
    TABLE_SIZE_MIN = 1024
};

void batch_index_init(struct batch_index *index, uint64_t seed)
{
    memset(index, 0, sizeof(*index));
    index->seed = seed;
}

void batch_index_free(struct batch_index *index)
{
    free(index->places);
    free(index->table);
    memset(index, 0, sizeof(*index));
}

/* Where a digest stands in the table, or the empty slot where it would. */
static size_t table_slot(const struct batch_index *index, const struct hash *digest)
{
    size_t mask = index->table_size - 1;
    size_t slot = (size_t)map_hash(index->seed, digest->bytes, sizeof(digest->bytes)) & mask;
    while (index->table[slot] != 0 && memcmp(&index->places[index->table[slot] - 1].entry.digest,
                                             digest, sizeof(*digest)) != 0) {
        slot = (slot + 1) & mask;
    }
    return slot;
}

static void table_fill(struct batch_index *index)
{
    memset(index->table, 0, index->table_size * sizeof(*index->table));
    for (size_t i = 0; i < index->count; i++) {
        size_t slot = table_slot(index, &index->places[i].entry.digest);
        TALLY_ASSERT(index->table[slot] == 0);
        index->table[slot] = (uint32_t)(i + 1);
    }
}

static bool index_grow(struct batch_index *index)
{
    size_t capacity = index->capacity == 0 ? TABLE_SIZE_MIN / 2 : index->capacity * 2;
    if (capacity > UINT32_MAX / 2) {
        return false;
    }
    struct batch_place *places = realloc(index->places, capacity * sizeof(*places));
    if (places == NULL) {
        return false;
    }
    index->places = places;
    uint32_t *table = malloc(2 * capacity * sizeof(*table));
    if (table == NULL) {
        return false;
    }
    free(index->table);
    index->table = table;
    index->table_size = 2 * capacity;
    index->capacity = capacity;
    table_fill(index);
    return true;
}

struct batch_place *batch_index_find(const struct batch_index *index, const struct hash *digest)
{
    if (index->count == 0) {
        return NULL;
    }
    size_t slot = table_slot(index, digest);
    return index->table[slot] == 0 ? NULL : &index->places[index->table[slot] - 1];
}

bool batch_index_add(struct batch_index *index, const struct batch_place *place)
{
    if (index->count == index->capacity && !index_grow(index)) {
        return false;
    }
    size_t slot = table_slot(index, &place->entry.digest);
    TALLY_ASSERT(index->table[slot] == 0);
    TALLY_ASSERT(index->count < index->capacity);
    index->places[index->count] = *place;
    index->count += 1;
    index->table[slot] = (uint32_t)index->count;
    return true;
}

void batch_index_forget(struct batch_index *index, uint64_t segment)
{
    size_t kept = 0;
    for (size_t i = 0; i < index->count; i++) {
        if (index->places[i].entry.segment != segment) {
            index->places[kept++] = index->places[i];
        }
    }
    if (kept < index->count) {
        index->count = kept;
        table_fill(index);
    }
}
