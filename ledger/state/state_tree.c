#include "ledger/state/state_tree.h"

#include "ledger/state.h"

bool state_tree_due(const struct ledger *ledger)
{
    uint64_t age = ledger->scalars->height - ledger->state_height;
    return ledger->dirty_count <= ledger->limits.renewal_records_max ||
           age >= ledger->limits.renewal_blocks_max;
}

enum {
    LEAF_BATCH = 16, /* leaves made side by side: their bytes are on the stack */
};
_Static_assert((int)LEAF_BATCH <= (int)HASH_MANY, "what is made side by side is set side by side");

/* Leaves of slots as they are now: of their records, or the zero hash of those that are free. */
static void slot_leaves(const struct ledger *ledger, enum record_kind kind, const uint32_t *indexes,
                        uint32_t count, struct hash *leaves)
{
    struct record_leaf_bytes bytes[LEAF_BATCH];
    struct hash_item items[LEAF_BATCH];
    uint32_t item_count = 0;
    TALLY_ASSERT(count <= LEAF_BATCH);
    for (uint32_t i = 0; i < count; i++) {
        record_prefetch(ledger, kind, indexes[i]);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (record_used(ledger, kind, indexes[i])) {
            items[item_count++] = record_leaf_item(ledger, kind, indexes[i], &bytes[i], &leaves[i]);
        } else {
            leaves[i] = (struct hash){{0}};
        }
    }
    hash_many(items, item_count);
}

/* The next slots whose leaves have to be made anew, from one on; how many there are. */
static uint32_t dirty_next(const struct record_array *array, uint32_t from,
                           uint32_t indexes[LEAF_BATCH])
{
    uint32_t count = 0;
    uint32_t i = slots_next_used(&array->dirty, from);
    while (i != SLOTS_NONE && count < LEAF_BATCH) {
        indexes[count++] = i;
        i = slots_next_used(&array->dirty, i + 1);
    }
    return count;
}

static void kind_renew(struct ledger *ledger, enum record_kind kind)
{
    struct record_array *array = &ledger->arrays[kind];
    TALLY_ASSERT(array->extent >= array->tree.count);
    merkle_grow(&array->tree, array->extent);
    uint32_t indexes[LEAF_BATCH];
    struct hash leaves[LEAF_BATCH];
    uint32_t count = dirty_next(array, 0, indexes);
    while (count > 0) {
        slot_leaves(ledger, kind, indexes, count, leaves);
        for (uint32_t i = 0; i < count; i++) {
            merkle_set(&array->tree, indexes[i], &leaves[i]);
            slots_give(&array->dirty, indexes[i]);
        }
        ledger->dirty_count -= count;
        count = dirty_next(array, indexes[count - 1] + 1, indexes);
    }
    merkle_update(&array->tree);
    ledger->parts.extent[kind] = array->extent;
    ledger->parts.root[kind] = *merkle_root(&array->tree);
}

void state_tree_renew(struct ledger *ledger)
{
    for (uint32_t kind = 0; kind < RECORD_KIND_COUNT; kind++) {
        kind_renew(ledger, (enum record_kind)kind);
    }
    TALLY_ASSERT(ledger->dirty_count == 0);
    state_parts_root(&ledger->parts, &ledger->result.state_root);
    ledger->state_height = ledger->scalars->height;
}
