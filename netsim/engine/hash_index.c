#include "netsim/engine/hash_index.h"

#include "base/assert.h"
#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

static uint32_t slot_of(const struct hash_index *index, const struct hash *hash)
{
    uint32_t slot = bytes_get_u32(hash->bytes) & (index->capacity - 1);
    while (index->values[slot] != 0 &&
           memcmp(index->keys[slot].bytes, hash->bytes, sizeof hash->bytes) != 0) {
        slot = (slot + 1) & (index->capacity - 1);
    }
    return slot;
}

void hash_index_init(struct hash_index *index, uint32_t capacity)
{
    TALLY_ASSERT(capacity > 0 && (capacity & (capacity - 1)) == 0);
    index->capacity = capacity;
    index->count = 0;
    index->keys = malloc(capacity * sizeof *index->keys);
    index->values = calloc(capacity, sizeof *index->values);
    TALLY_ASSERT(index->keys != NULL && index->values != NULL);
}

void hash_index_free(struct hash_index *index)
{
    free(index->keys);
    free(index->values);
}

void hash_index_clear(struct hash_index *index)
{
    if (index->count > 0) {
        memset(index->values, 0, index->capacity * sizeof *index->values);
        index->count = 0;
    }
}

/* Puts it into a free slot. pre: there is room, and the hash is not there. */
static void put(struct hash_index *index, const struct hash *hash, uint32_t number)
{
    uint32_t slot = slot_of(index, hash);
    TALLY_ASSERT(index->values[slot] == 0);
    index->keys[slot] = *hash;
    index->values[slot] = number + 1;
    index->count++;
}

static void grow(struct hash_index *index)
{
    struct hash_index smaller = *index;
    hash_index_init(index, smaller.capacity * 2);
    for (uint32_t slot = 0; slot < smaller.capacity; slot++) {
        if (smaller.values[slot] != 0) {
            put(index, &smaller.keys[slot], smaller.values[slot] - 1);
        }
    }
    hash_index_free(&smaller);
}

void hash_index_put(struct hash_index *index, const struct hash *hash, uint32_t number)
{
    TALLY_ASSERT(number < HASH_INDEX_NONE);
    if (2 * (index->count + 1) > index->capacity) {
        grow(index);
    }
    put(index, hash, number);
}

uint32_t hash_index_find(const struct hash_index *index, const struct hash *hash)
{
    return index->values[slot_of(index, hash)] - 1; /* a free slot holds 0 */
}
