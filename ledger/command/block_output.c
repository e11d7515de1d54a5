#include "ledger/command/block_output.h"

#include <string.h>

#include "base/assert.h"

void leaf_list_layout(struct leaf_list *list, enum leaf_kind kind, uint32_t capacity,
                      size_t leaf_bytes_max, struct arena *arena)
{
    *list = (struct leaf_list){.kind = kind, .capacity = capacity};
    list->bytes_capacity = (size_t)capacity * (HASH_SIZE + leaf_bytes_max);
    list->leaves = ARENA_TAKE_UNSET(arena, struct ledger_leaf, capacity);
    list->hashes = ARENA_TAKE_UNSET(arena, struct hash, capacity);
    list->bytes = ARENA_TAKE_UNSET(arena, uint8_t, list->bytes_capacity);
}

void leaf_list_clear(struct leaf_list *list)
{
    list->count = 0;
    list->hashed_count = 0;
    list->bytes_used = 0;
}

void leaf_list_add(struct leaf_list *list, const struct leaf_salt_source *source, const void *bytes,
                   size_t size)
{
    TALLY_ASSERT(list->count < list->capacity);
    TALLY_ASSERT(HASH_SIZE + size <= list->bytes_capacity - list->bytes_used);
    uint8_t *place = list->bytes + list->bytes_used + HASH_SIZE;
    memcpy(place, bytes, size);
    list->bytes_used += HASH_SIZE + size;
    list->leaves[list->count].bytes = place;
    list->leaves[list->count].size = (uint32_t)size;
    list->sources[list->count - list->hashed_count] = *source;
    list->count++;
    if (list->count - list->hashed_count == HASH_MANY) {
        leaf_list_finish(list);
    }
}

static void salts_make(struct leaf_list *list, struct ledger_leaf *leaves, uint32_t count)
{
    struct hash_item items[HASH_MANY];
    for (uint32_t i = 0; i < count; i++) {
        items[i] = (struct hash_item){.domain = HASH_SALT,
                                      .key = list->sources[i].secret.bytes,
                                      .key_size = NONCE_SIZE,
                                      .data = list->sources[i].number,
                                      .size = list->sources[i].number_size,
                                      .out = &leaves[i].salt};
    }
    hash_many(items, count);
}

static void hashes_make(const struct leaf_list *list, struct ledger_leaf *leaves, uint32_t count)
{
    struct hash_item items[HASH_MANY];
    for (uint32_t i = 0; i < count; i++) {
        uint8_t *salted = list->bytes + (leaves[i].bytes - list->bytes) - HASH_SIZE;
        memcpy(salted, leaves[i].salt.bytes, HASH_SIZE);
        items[i] = (struct hash_item){.domain = leaf_domain(list->kind),
                                      .data = salted,
                                      .size = HASH_SIZE + leaves[i].size,
                                      .out = &leaves[i].hash};
    }
    hash_many(items, count);
}

void leaf_list_finish(struct leaf_list *list)
{
    uint32_t count = list->count - list->hashed_count;
    struct ledger_leaf *leaves = &list->leaves[list->hashed_count];
    TALLY_ASSERT(count <= HASH_MANY);
    salts_make(list, leaves, count);
    hashes_make(list, leaves, count);
    for (uint32_t i = 0; i < count; i++) {
        list->hashes[list->hashed_count + i] = leaves[i].hash;
    }
    list->hashed_count = list->count;
}
