#include "tests/support/node/memory_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/prng.h"

struct entry {
    uint8_t *key;
    size_t key_size;
    uint8_t *value;
    size_t value_size;
};

/* Entries in key order. */
struct table {
    struct entry *entries;
    size_t count;
    size_t capacity;
};

/* A batch that is not durable yet: its changes. */
struct pending {
    struct entry *changes;
    size_t count;
};

struct memory_store {
    struct prng prng;
    struct table seen;
    struct table durable;
    struct pending *pending;
    size_t pending_count;
    size_t pending_capacity;
    uint64_t writes_until_crash; /* 0: none planned */
    bool crashed;
};

static void *must(void *memory)
{
    TALLY_ASSERT(memory != NULL);
    return memory;
}

static uint8_t *copy_of(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = must(malloc(size + 1));
    memcpy(copy, bytes, size);
    return copy;
}

static int compare(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
    int order = memcmp(a, b, a_size < b_size ? a_size : b_size);
    return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

/* The place of the first entry that is not below the key. */
static size_t place(const struct table *table, const uint8_t *key, size_t key_size)
{
    size_t low = 0;
    size_t high = table->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct entry *entry = &table->entries[middle];
        if (compare(entry->key, entry->key_size, key, key_size) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool is_at(const struct table *table, size_t index, const uint8_t *key, size_t key_size)
{
    return index < table->count &&
           compare(table->entries[index].key, table->entries[index].key_size, key, key_size) == 0;
}

static void table_set(struct table *table, const struct entry *change)
{
    size_t index = place(table, change->key, change->key_size);
    bool there = is_at(table, index, change->key, change->key_size);
    if (there) {
        free(table->entries[index].value);
    }
    if (!there) {
        if (table->count == table->capacity) {
            table->capacity = table->capacity * 2 + 64;
            table->entries =
                must(realloc(table->entries, table->capacity * sizeof *table->entries));
        }
        memmove(&table->entries[index + 1], &table->entries[index],
                (table->count - index) * sizeof *table->entries);
        table->count++;
        table->entries[index].key = copy_of(change->key, change->key_size);
        table->entries[index].key_size = change->key_size;
    }
    table->entries[index].value = copy_of(change->value, change->value_size);
    table->entries[index].value_size = change->value_size;
}

static void table_clear(struct table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        free(table->entries[i].key);
        free(table->entries[i].value);
    }
    free(table->entries);
    *table = (struct table){.entries = NULL};
}

static void pending_apply(struct table *table, const struct pending *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        table_set(table, &batch->changes[i]);
    }
}

static void pending_clear(struct memory_store *memory)
{
    for (size_t i = 0; i < memory->pending_count; i++) {
        struct pending *batch = &memory->pending[i];
        for (size_t k = 0; k < batch->count; k++) {
            free(batch->changes[k].key);
            free(batch->changes[k].value);
        }
        free(batch->changes);
    }
    memory->pending_count = 0;
}

static void pending_add(struct memory_store *memory, const struct store_change *changes,
                        size_t count)
{
    if (memory->pending_count == memory->pending_capacity) {
        memory->pending_capacity = memory->pending_capacity * 2 + 16;
        memory->pending =
            must(realloc(memory->pending, memory->pending_capacity * sizeof *memory->pending));
    }
    struct pending *batch = &memory->pending[memory->pending_count];
    memory->pending_count++;
    batch->count = count;
    batch->changes = must(calloc(count + 1, sizeof *batch->changes));
    for (size_t i = 0; i < count; i++) {
        struct entry *change = &batch->changes[i];
        change->key = copy_of(changes[i].key, changes[i].key_size);
        change->key_size = changes[i].key_size;
        change->value = copy_of(changes[i].value, changes[i].value_size);
        change->value_size = changes[i].value_size;
    }
}

struct memory_store *memory_store_new(uint64_t seed)
{
    struct memory_store *memory = must(calloc(1, sizeof *memory));
    prng_init(&memory->prng, seed);
    return memory;
}

void memory_store_free(struct memory_store *memory)
{
    table_clear(&memory->seen);
    table_clear(&memory->durable);
    pending_clear(memory);
    free(memory->pending);
    free(memory);
}

void memory_store_plan(struct memory_store *memory, uint64_t write)
{
    memory->writes_until_crash = write;
}

void memory_store_restart(struct memory_store *memory)
{
    size_t kept = (size_t)prng_below(&memory->prng, memory->pending_count + 1);
    for (size_t i = 0; i < kept; i++) {
        pending_apply(&memory->durable, &memory->pending[i]);
    }
    pending_clear(memory);
    table_clear(&memory->seen);
    for (size_t i = 0; i < memory->durable.count; i++) {
        table_set(&memory->seen, &memory->durable.entries[i]);
    }
    memory->crashed = false;
    memory->writes_until_crash = 0;
}

/* ---- The operations of a store ------------------------------------------------------------- */

static enum store_status get(void *context, const uint8_t *key, size_t key_size,
                             struct store_bytes *value)
{
    struct memory_store *memory = context;
    if (memory->crashed) {
        return STORE_IO;
    }
    size_t index = place(&memory->seen, key, key_size);
    if (!is_at(&memory->seen, index, key, key_size)) {
        return STORE_NOT_FOUND;
    }
    const struct entry *entry = &memory->seen.entries[index];
    value->data = copy_of(entry->value, entry->value_size);
    value->size = entry->value_size;
    return STORE_OK;
}

static enum store_status write(void *context, const struct store_change *changes,
                               size_t change_count, enum store_durability durability)
{
    struct memory_store *memory = context;
    if (memory->crashed) {
        return STORE_IO;
    }
    pending_add(memory, changes, change_count);
    if (memory->writes_until_crash > 0) {
        memory->writes_until_crash--;
        if (memory->writes_until_crash == 0) {
            memory->crashed = true;
            return STORE_IO;
        }
    }
    pending_apply(&memory->seen, &memory->pending[memory->pending_count - 1]);
    if (durability == STORE_SYNC) {
        for (size_t i = 0; i < memory->pending_count; i++) {
            pending_apply(&memory->durable, &memory->pending[i]);
        }
        pending_clear(memory);
    }
    return STORE_OK;
}

static bool begins_with(const struct entry *entry, const uint8_t *prefix, size_t prefix_size)
{
    return entry->key_size >= prefix_size && memcmp(entry->key, prefix, prefix_size) == 0;
}

static enum store_status last(void *context, const uint8_t *prefix, size_t prefix_size,
                              uint8_t *key, size_t key_capacity, size_t *key_size)
{
    struct memory_store *memory = context;
    if (memory->crashed) {
        return STORE_IO;
    }
    for (size_t i = memory->seen.count; i > 0; i--) {
        const struct entry *entry = &memory->seen.entries[i - 1];
        if (begins_with(entry, prefix, prefix_size)) {
            TALLY_ASSERT(entry->key_size <= key_capacity);
            memcpy(key, entry->key, entry->key_size);
            *key_size = entry->key_size;
            return STORE_OK;
        }
    }
    return STORE_NOT_FOUND;
}

static void close_nothing(void *context)
{
    (void)context; /* the memory outlives the store */
}

enum store_status memory_store_open(struct memory_store *memory, const struct hash *chain_id,
                                    struct store **store)
{
    static const struct store_operations operations = {
        .get = get,
        .write = write,
        .last = last,
        .close = close_nothing,
    };
    return store_open_over(&operations, memory, chain_id, store);
}
