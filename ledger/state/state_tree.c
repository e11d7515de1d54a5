#include "ledger/state/state_tree.h"

#include "ledger/state.h"

bool state_tree_due(const struct ledger *ledger, bool idle)
{
    uint64_t age = ledger->scalars->height - ledger->state_height;
    return idle || ledger->dirty_count <= ledger->limits.renewal_records_max ||
           age >= ledger->limits.renewal_blocks_max;
}

enum {
    TOGETHER = 16, /* leaves that are made at once: as many as are hashed side by side */
    ASKED = 24,    /* records that memory is asked for ahead of the one that is written */
    /* What is hashed side by side stands here one after the other: as much as a cache holds. */
    LEAF_BYTES = 8192 + RECORD_LEAF_BYTES_MAX,
};
_Static_assert((int)TOGETHER <= (int)HASH_MANY, "what is made at once is hashed in one go");

/* Changed slots of one kind, in ascending order: those that memory is asked for are a ring. */
struct pending {
    struct slots_walk later;
    uint32_t first; /* how many were taken off it */
    uint32_t slots[ASKED];
};

/* Leaves that are made side by side. */
struct leaf_work {
    struct hash_item items[TOGETHER];
    struct hash leaves[TOGETHER];
    uint32_t slots[TOGETHER];
    uint8_t bytes[LEAF_BYTES];
};

/* The next changed slot; its record and the place of its leaf are asked of memory. */
static uint32_t pending_ask(const struct ledger *ledger, enum record_kind kind,
                            struct pending *pending)
{
    uint32_t slot = slots_walk_next(&ledger->arrays[kind].dirty, &pending->later);
    if (slot != SLOTS_NONE) {
        record_prefetch(ledger, kind, slot);
        merkle_prefetch(&ledger->arrays[kind].tree, slot);
    }
    return slot;
}

static void pending_begin(const struct ledger *ledger, enum record_kind kind,
                          struct pending *pending)
{
    pending->later = slots_walk_begin(&ledger->arrays[kind].dirty);
    pending->first = 0;
    for (uint32_t i = 0; i < ASKED; i++) {
        pending->slots[i] = pending_ask(ledger, kind, pending);
    }
}

/* Is there a slot on the ring? Those that are taken make room for as many. */
static bool pending_any(const struct pending *pending)
{
    return pending->slots[pending->first % ASKED] != SLOTS_NONE;
}

/* Takes the first slot off the ring, asking for a later one. */
static uint32_t pending_take(const struct ledger *ledger, enum record_kind kind,
                             struct pending *pending)
{
    uint32_t *first = &pending->slots[pending->first++ % ASKED];
    uint32_t slot = *first;
    TALLY_ASSERT(slot != SLOTS_NONE);
    *first = pending_ask(ledger, kind, pending);
    return slot;
}

/*
 * Sets the leaves of the first slots that are pending to what they are now: of their records, or
 * the zero hash of those that are free. TOGETHER, or as many as there are, or is room for.
 */
static void leaves_set(struct ledger *ledger, enum record_kind kind, struct pending *pending,
                       struct leaf_work *work)
{
    uint32_t item_count = 0;
    uint32_t count = 0;
    size_t used = 0;
    while (count < TOGETHER && pending_any(pending) && used <= LEAF_BYTES - RECORD_LEAF_BYTES_MAX) {
        uint32_t slot = pending_take(ledger, kind, pending);
        work->slots[count] = slot;
        work->leaves[count] = (struct hash){{0}};
        if (record_used(ledger, kind, slot)) {
            size_t size = record_leaf_write(ledger, kind, slot, work->bytes + used);
            work->items[item_count++] = (struct hash_item){.domain = HASH_RECORD,
                                                           .data = work->bytes + used,
                                                           .size = size,
                                                           .out = &work->leaves[count]};
            used += size;
        }
        count++;
    }
    hash_many(work->items, item_count);
    for (uint32_t i = 0; i < count; i++) {
        merkle_set(&ledger->arrays[kind].tree, work->slots[i], &work->leaves[i]);
    }
    ledger->dirty_count -= count;
}

static void kind_renew(struct ledger *ledger, enum record_kind kind)
{
    struct record_array *array = &ledger->arrays[kind];
    struct pending pending;
    struct leaf_work work;
    TALLY_ASSERT(array->extent >= array->tree.count);
    merkle_grow(&array->tree, array->extent);
    pending_begin(ledger, kind, &pending);
    while (pending_any(&pending)) {
        leaves_set(ledger, kind, &pending, &work);
    }
    slots_clear(&array->dirty);
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
