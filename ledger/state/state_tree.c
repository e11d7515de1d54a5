#include "ledger/state/state_tree.h"

#include "ledger/state.h"

bool state_tree_due(const struct ledger *ledger, bool idle)
{
    uint64_t age = ledger->scalars->height - ledger->state_height;
    return idle || ledger->dirty_count <= ledger->limits.renewal_records_max ||
           age >= ledger->limits.renewal_blocks_max;
}

enum {
    /* What is hashed side by side stands here one after the other: as much as a cache holds. */
    LEAF_BYTES = 8192 + RECORD_LEAF_BYTES_MAX,
    AHEAD = 8, /* records that memory is asked for ahead of the one that is written */
};
_Static_assert((int)SLOTS_DRAIN_MAX <= (int)HASH_MANY, "what is drained at once is hashed at once");

/* Leaves that are made side by side. */
struct leaf_work {
    struct hash_item items[SLOTS_DRAIN_MAX];
    struct hash leaves[SLOTS_DRAIN_MAX];
    uint8_t bytes[LEAF_BYTES];
};

/*
 * Sets the leaves of the first slots of a list to what they are now: of their records, or the zero
 * hash of those that are free. How many: all, or as many as there was room for.
 */
static uint32_t leaves_set(struct ledger *ledger, enum record_kind kind, const uint32_t *indexes,
                           uint32_t count, struct leaf_work *work)
{
    uint32_t item_count = 0;
    uint32_t done = 0;
    size_t used = 0;
    for (uint32_t i = 0; i < AHEAD && i < count; i++) {
        record_prefetch(ledger, kind, indexes[i]);
    }
    for (; done < count && used <= LEAF_BYTES - RECORD_LEAF_BYTES_MAX; done++) {
        if (done + AHEAD < count) {
            record_prefetch(ledger, kind, indexes[done + AHEAD]);
        }
        work->leaves[done] = (struct hash){{0}};
        if (record_used(ledger, kind, indexes[done])) {
            size_t size = record_leaf_write(ledger, kind, indexes[done], work->bytes + used);
            work->items[item_count++] = (struct hash_item){.domain = HASH_RECORD,
                                                           .data = work->bytes + used,
                                                           .size = size,
                                                           .out = &work->leaves[done]};
            used += size;
        }
    }
    hash_many(work->items, item_count);
    for (uint32_t i = 0; i < done; i++) {
        merkle_set(&ledger->arrays[kind].tree, indexes[i], &work->leaves[i]);
    }
    return done;
}

static void kind_renew(struct ledger *ledger, enum record_kind kind)
{
    struct record_array *array = &ledger->arrays[kind];
    TALLY_ASSERT(array->extent >= array->tree.count);
    merkle_grow(&array->tree, array->extent);
    uint32_t indexes[SLOTS_DRAIN_MAX];
    struct leaf_work work;
    uint32_t count = slots_drain(&array->dirty, indexes);
    while (count > 0) {
        for (uint32_t done = 0; done < count;) {
            done += leaves_set(ledger, kind, indexes + done, count - done, &work);
        }
        ledger->dirty_count -= count;
        count = slots_drain(&array->dirty, indexes);
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
