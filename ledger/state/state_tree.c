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
    PENDING = 128, /* room for those: a power of two */
    /* What is hashed side by side stands here one after the other: as much as a cache holds. */
    LEAF_BYTES = 8192 + RECORD_LEAF_BYTES_MAX,
};
_Static_assert(ASKED + TOGETHER + SLOTS_DRAIN_MAX <= PENDING, "what is drained at once finds room");
_Static_assert((int)TOGETHER <= (int)HASH_MANY, "what is made at once is hashed in one go");

/* Changed slots of one kind, in ascending order: a ring. The three count up for ever. */
struct pending {
    uint32_t first;
    uint32_t asked; /* the first one that is not asked for */
    uint32_t end;
    uint32_t slots[PENDING];
};

/* Leaves that are made side by side. */
struct leaf_work {
    struct hash_item items[TOGETHER];
    struct hash leaves[TOGETHER];
    uint32_t slots[TOGETHER];
    uint8_t bytes[LEAF_BYTES];
};

/* Takes in the changed slots of one word of the bitmap; false when there is none. */
static bool pending_fill(struct ledger *ledger, enum record_kind kind, struct pending *pending)
{
    uint32_t slots[SLOTS_DRAIN_MAX];
    uint32_t count = slots_drain(&ledger->arrays[kind].dirty, slots);
    for (uint32_t i = 0; i < count; i++) {
        TALLY_ASSERT(pending->end - pending->first < PENDING);
        pending->slots[pending->end++ % PENDING] = slots[i];
    }
    return count > 0;
}

/*
 * Asks memory for the next records and their leaves' places. Two for each that is written, no more:
 * a processor that is asked for more than some twenty lines at once forgets the rest.
 */
static void pending_ask(const struct ledger *ledger, enum record_kind kind, struct pending *pending)
{
    for (uint32_t i = 0;
         i < 2 && pending->asked != pending->end && pending->asked - pending->first < ASKED; i++) {
        uint32_t slot = pending->slots[pending->asked++ % PENDING];
        record_prefetch(ledger, kind, slot);
        merkle_prefetch(&ledger->arrays[kind].tree, slot);
    }
}

/* Takes the first slot off the ring, asking for later ones. */
static uint32_t pending_take(const struct ledger *ledger, enum record_kind kind,
                             struct pending *pending)
{
    TALLY_ASSERT(pending->first != pending->end);
    pending_ask(ledger, kind, pending);
    return pending->slots[pending->first++ % PENDING];
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
    while (count < TOGETHER && pending->first != pending->end &&
           used <= LEAF_BYTES - RECORD_LEAF_BYTES_MAX) {
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
    struct pending pending = {0};
    struct leaf_work work;
    TALLY_ASSERT(array->extent >= array->tree.count);
    merkle_grow(&array->tree, array->extent);
    while (pending_fill(ledger, kind, &pending)) {
        while (pending.end - pending.first >= ASKED + TOGETHER) {
            leaves_set(ledger, kind, &pending, &work);
        }
    }
    while (pending.end != pending.first) {
        leaves_set(ledger, kind, &pending, &work);
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
