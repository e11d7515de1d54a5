#include "node/envelope_index.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

enum {
    CAPACITY_FIRST = 1024,
};

_Static_assert((int)ENVELOPE_SECRET_SIZE == (int)crypto_shorthash_KEYBYTES, "SipHash's key");

void envelope_index_init(struct envelope_index *index, const uint8_t secret[ENVELOPE_SECRET_SIZE])
{
    memset(index, 0, sizeof *index);
    memcpy(index->secret, secret, ENVELOPE_SECRET_SIZE);
}

void envelope_index_free(struct envelope_index *index)
{
    free(index->entries);
    free(index->buckets);
    index->entries = NULL;
    index->buckets = NULL;
}

static uint32_t *bucket_of(const struct envelope_index *index, const struct hash *id)
{
    uint8_t out[crypto_shorthash_BYTES];
    (void)crypto_shorthash(out, id->bytes, sizeof id->bytes, index->secret);
    return &index->buckets[bytes_get_u32(out) & (index->capacity - 1)];
}

static void entry_link(struct envelope_index *index, uint32_t number)
{
    struct envelope_entry *entry = &index->entries[number];
    uint32_t *bucket = bucket_of(index, &entry->id);
    entry->next = *bucket;
    *bucket = number + 1;
}

/* Moves to larger arrays; false without memory, and all is as before. */
static bool grow(struct envelope_index *index, size_t capacity)
{
    uint32_t *buckets = calloc(capacity, sizeof *buckets);
    struct envelope_entry *entries =
        buckets == NULL ? NULL : realloc(index->entries, capacity * sizeof *entries);
    if (entries == NULL) {
        free(buckets);
        return false;
    }
    free(index->buckets);
    index->buckets = buckets;
    index->entries = entries;
    index->capacity = (uint32_t)capacity;
    for (uint32_t i = 0; i < index->count; i++) {
        entry_link(index, i);
    }
    return true;
}

bool envelope_index_reserve(struct envelope_index *index, size_t count)
{
    size_t capacity = index->capacity == 0 ? CAPACITY_FIRST : index->capacity;
    while (capacity - index->count < count) {
        capacity *= 2;
    }
    if (capacity >= UINT32_MAX) {
        return false;
    }
    return capacity == index->capacity || grow(index, capacity);
}

void envelope_index_add(struct envelope_index *index, const struct hash *id,
                        const struct envelope_place *place)
{
    TALLY_ASSERT(index->count < index->capacity);
    index->entries[index->count] = (struct envelope_entry){.id = *id, .place = *place};
    entry_link(index, index->count);
    index->count++;
}

bool envelope_index_find(const struct envelope_index *index, const struct hash *id,
                         struct envelope_place *place)
{
    uint32_t next = index->count == 0 ? 0 : *bucket_of(index, id);
    while (next != 0) {
        const struct envelope_entry *entry = &index->entries[next - 1];
        if (hash_equal(&entry->id, id)) {
            *place = entry->place;
            return true;
        }
        next = entry->next;
    }
    return false;
}

/* Entries stand in the order in which they were noted. */
static int compare(const void *left, const void *right)
{
    const struct envelope_entry *a = *(const struct envelope_entry *const *)left;
    const struct envelope_entry *b = *(const struct envelope_entry *const *)right;
    int order = memcmp(a->id.bytes, b->id.bytes, sizeof a->id.bytes);
    return order != 0 ? order : (a > b) - (a < b);
}

const struct envelope_entry **envelope_index_order(const struct envelope_index *index)
{
    const struct envelope_entry **order = malloc(((size_t)index->count + 1) * sizeof(*order));
    if (order == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < index->count; i++) {
        order[i] = &index->entries[i];
    }
    qsort(order, index->count, sizeof(*order), compare);
    return order;
}

void envelope_index_clear(struct envelope_index *index)
{
    if (index->count > 0) {
        memset(index->buckets, 0, index->capacity * sizeof *index->buckets);
        index->count = 0;
    }
}
