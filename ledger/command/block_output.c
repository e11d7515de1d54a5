#include "ledger/command/block_output.h"

#include <string.h>

#include "base/assert.h"

void leaf_list_layout(struct leaf_list *list, enum leaf_kind kind, uint32_t capacity,
                      size_t leaf_bytes_max, struct arena *arena)
{
    *list = (struct leaf_list){
        .salts.kind = kind, .capacity = capacity, .leaf_bytes_max = leaf_bytes_max};
    list->bytes_capacity = (size_t)capacity * (SALT_SIZE + leaf_bytes_max);
    list->leaves = ARENA_TAKE_UNSET(arena, struct ledger_leaf, capacity);
    list->hashes = ARENA_TAKE_UNSET(arena, struct hash, capacity);
    list->bytes = ARENA_TAKE_UNSET(arena, uint8_t, list->bytes_capacity);
}

void leaf_list_begin(struct leaf_list *list, uint64_t height, const struct hash *secret)
{
    list->count = 0;
    list->hashed_count = 0;
    list->bytes_used = 0;
    leaf_salts_begin(&list->salts, secret, height, list->salts.kind);
}

/* Makes the salts and hashes of what came together. */
static void leaf_list_hash(struct leaf_list *list)
{
    uint32_t first = list->hashed_count;
    uint32_t count = list->count - first;
    leaves_hash(&list->salts, first, count, list->bytes, &list->leaves[first]);
    for (uint32_t i = first; i < list->count; i++) {
        list->hashes[i] = list->leaves[i].hash;
    }
    list->hashed_count = list->count;
}

uint8_t *leaf_list_place(struct leaf_list *list)
{
    TALLY_ASSERT(list->count < list->capacity);
    TALLY_ASSERT(SALT_SIZE + list->leaf_bytes_max <= list->bytes_capacity - list->bytes_used);
    return list->bytes + list->bytes_used + SALT_SIZE;
}

void leaf_list_commit(struct leaf_list *list, size_t size)
{
    uint8_t *place = leaf_list_place(list);
    TALLY_ASSERT(size <= list->leaf_bytes_max);
    list->hashed_count -= list->hashed_count % HASH_MANY; /* whole groups stay hashed */
    list->bytes_used += SALT_SIZE + size;
    list->leaves[list->count].bytes = place;
    list->leaves[list->count].size = (uint32_t)size;
    list->count++;
    if (list->count - list->hashed_count == HASH_MANY) {
        leaf_list_hash(list);
    }
}

void leaf_list_finish(struct leaf_list *list)
{
    if (list->hashed_count < list->count) {
        leaf_list_hash(list);
    }
}

void leaves_hash(const struct leaf_salts *salts, uint32_t first, uint32_t count, uint8_t *memory,
                 struct ledger_leaf *leaves)
{
    struct salt made[HASH_MANY];
    struct hash_item items[HASH_MANY];
    leaf_salts_make(salts, first, count, made);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t *salted = memory + (leaves[i].bytes - memory) - SALT_SIZE;
        memcpy(salted, made[i].bytes, SALT_SIZE);
        leaves[i].salt = made[i];
        items[i] = (struct hash_item){.domain = leaf_domain(salts->kind),
                                      .data = salted,
                                      .size = SALT_SIZE + leaves[i].size,
                                      .out = &leaves[i].hash};
    }
    hash_many(items, count);
}
