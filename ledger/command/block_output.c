#include "ledger/command/block_output.h"

#include <string.h>

#include "base/assert.h"

void leaf_list_layout(struct leaf_list *list, uint32_t capacity, size_t leaf_bytes_max,
                      struct arena *arena)
{
    *list = (struct leaf_list){.capacity = capacity};
    list->bytes_capacity = (size_t)capacity * leaf_bytes_max;
    list->leaves = ARENA_TAKE_UNSET(arena, struct ledger_leaf, capacity);
    list->hashes = ARENA_TAKE_UNSET(arena, struct hash, capacity);
    list->bytes = ARENA_TAKE_UNSET(arena, uint8_t, list->bytes_capacity);
}

void leaf_list_clear(struct leaf_list *list)
{
    list->count = 0;
    list->bytes_used = 0;
}

void leaf_list_add(struct leaf_list *list, enum leaf_kind kind, const struct hash *salt,
                   const void *bytes, size_t size)
{
    TALLY_ASSERT(list->count < list->capacity);
    TALLY_ASSERT(size <= list->bytes_capacity - list->bytes_used);
    uint8_t *place = list->bytes + list->bytes_used;
    memcpy(place, bytes, size);
    list->bytes_used += size;
    struct ledger_leaf *leaf = &list->leaves[list->count];
    *leaf = (struct ledger_leaf){.bytes = place, .size = (uint32_t)size, .salt = *salt};
    leaf_hash(kind, salt, bytes, size, &leaf->hash);
    list->hashes[list->count] = leaf->hash;
    list->count++;
}
