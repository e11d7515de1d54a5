#include "node/name_index.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

enum {
    ENTRIES_FIRST = 1024,
};

_Static_assert((NAME_BUCKETS & (NAME_BUCKETS - 1)) == 0, "a bucket is some bits of the hash");
_Static_assert((int)NAME_SECRET_SIZE == (int)crypto_shorthash_siphashx24_KEYBYTES, "SipHash's key");
_Static_assert(NAME_ENTRY_SIZE == 8 + 4 + 4, "see the header");

struct name_entry {
    struct name_hash hash;
    struct name_place place;
    uint32_t next; /* in its bucket, noted before; plus one, 0: none */
};

void name_index_init(struct name_index *index, const uint8_t secret[NAME_SECRET_SIZE])
{
    memset(index, 0, sizeof *index);
    memcpy(index->secret, secret, NAME_SECRET_SIZE);
}

void name_index_free(struct name_index *index)
{
    free(index->entries);
    free(index->rows);
    index->entries = NULL;
    index->rows = NULL;
}

struct name_hash name_index_hash(const struct name_index *index, const void *name, size_t size)
{
    uint8_t out[crypto_shorthash_siphashx24_BYTES];
    (void)crypto_shorthash_siphashx24(out, name, size, index->secret);
    return (struct name_hash){.bits = bytes_get_u64(out),
                              .bucket = bytes_get_u32(out + 8) % NAME_BUCKETS};
}

bool name_index_reserve(struct name_index *index, size_t count)
{
    size_t capacity = index->capacity == 0 ? ENTRIES_FIRST : index->capacity;
    while (capacity - index->count < count) {
        capacity *= 2;
    }
    if (capacity >= UINT32_MAX) {
        return false;
    }
    if (capacity > index->capacity) {
        struct name_entry *grown = realloc(index->entries, capacity * sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        index->entries = grown;
        index->capacity = (uint32_t)capacity;
    }
    return true;
}

void name_index_add(struct name_index *index, const struct name_hash *hash,
                    const struct name_place *place)
{
    TALLY_ASSERT(index->count < index->capacity);
    uint32_t *bucket = &index->buckets[hash->bucket];
    index->entries[index->count] =
        (struct name_entry){.hash = *hash, .place = *place, .next = *bucket};
    index->count++;
    *bucket = index->count;
    if (place->height > index->height_max) {
        index->height_max = place->height;
    }
}

/* Keeps the later of two places. */
static void place_keep(struct name_place *place, bool *found, const struct name_place *other)
{
    bool later = other->height > place->height ||
                 (other->height == place->height && other->index >= place->index);
    if (!*found || later) {
        *place = *other;
    }
    *found = true;
}

bool name_index_find(const struct name_index *index, const struct name_hash *hash,
                     struct name_place *place)
{
    bool found = false;
    uint32_t next = index->buckets[hash->bucket];
    while (next != 0) {
        const struct name_entry *entry = &index->entries[next - 1];
        if (entry->hash.bits == hash->bits) {
            place_keep(place, &found, &entry->place);
        }
        next = entry->next;
    }
    return found;
}

static bool rows_reserve(struct name_index *index)
{
    size_t size = (size_t)index->capacity * NAME_ENTRY_SIZE;
    if (size > index->rows_capacity) {
        free(index->rows);
        index->rows = malloc(size);
        index->rows_capacity = index->rows != NULL ? size : 0;
    }
    return size <= index->rows_capacity;
}

static void entry_write(const struct name_index *index, const struct name_entry *entry,
                        uint8_t *out)
{
    uint64_t below = index->height_max - entry->place.height;
    TALLY_ASSERT(below <= UINT32_MAX);
    bytes_put_u64(out, entry->hash.bits);
    bytes_put_u32(out + 8, (uint32_t)below);
    bytes_put_u32(out + 12, entry->place.index);
}

/* Counted, then laid in their places: the entries are read in the order in which they stand, since
 * their chains lead all over memory. */
bool name_index_rows_make(struct name_index *index)
{
    if (!rows_reserve(index)) {
        return false;
    }
    uint32_t *ends = index->row_ends;
    memset(ends, 0, sizeof index->row_ends);
    for (uint32_t i = 0; i < index->count; i++) {
        ends[index->entries[i].hash.bucket]++;
    }
    uint32_t begin = 0;
    for (uint32_t bucket = 0; bucket < NAME_BUCKETS; bucket++) {
        uint32_t count = ends[bucket];
        ends[bucket] = begin;
        begin += count;
    }
    for (uint32_t i = 0; i < index->count; i++) {
        uint32_t *end = &ends[index->entries[i].hash.bucket];
        entry_write(index, &index->entries[i], index->rows + (size_t)*end * NAME_ENTRY_SIZE);
        (*end)++;
    }
    return true;
}

const uint8_t *name_index_row(const struct name_index *index, uint32_t bucket, size_t *size)
{
    TALLY_ASSERT(bucket < NAME_BUCKETS);
    uint32_t begin = bucket == 0 ? 0 : index->row_ends[bucket - 1];
    *size = (size_t)(index->row_ends[bucket] - begin) * NAME_ENTRY_SIZE;
    return index->rows + (size_t)begin * NAME_ENTRY_SIZE;
}

void name_index_clear(struct name_index *index)
{
    memset(index->buckets, 0, sizeof index->buckets);
    index->count = 0;
    index->height_max = 0;
}

bool name_row_find(const uint8_t *row, size_t size, uint64_t base_height,
                   const struct name_hash *hash, struct name_place *place, bool *found)
{
    *found = false;
    if (size == 0 || size % NAME_ENTRY_SIZE != 0) {
        return false;
    }
    for (size_t at = 0; at < size; at += NAME_ENTRY_SIZE) {
        const uint8_t *entry = row + at;
        uint64_t below = bytes_get_u32(entry + 8);
        if (below > base_height) {
            return false;
        }
        if (bytes_get_u64(entry) == hash->bits) {
            struct name_place other = {base_height - below, bytes_get_u32(entry + 12)};
            place_keep(place, found, &other);
        }
    }
    return true;
}
