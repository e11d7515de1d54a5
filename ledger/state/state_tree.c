#include "ledger/state/state_tree.h"

#include "ledger/state.h"

bool state_tree_due(const struct ledger *ledger)
{
    uint64_t age = ledger->scalars->height - ledger->state_height;
    return ledger->dirty_count <= ledger->limits.renewal_records_max ||
           age >= ledger->limits.renewal_blocks_max;
}

/* The leaf of a slot as it is now: of its record, or the zero hash when it is free. */
static void slot_leaf(const struct ledger *ledger, enum record_kind kind, uint32_t index,
                      struct hash *leaf)
{
    if (!record_used(ledger, kind, index)) {
        *leaf = (struct hash){{0}};
        return;
    }
    uint8_t bytes[RECORD_BYTES_MAX];
    struct bytes_writer writer;
    bytes_writer_init(&writer, bytes, sizeof(bytes));
    record_encode(ledger, kind, index, &writer);
    TALLY_ASSERT(bytes_writer_ok(&writer));
    struct hash salt;
    record_salt(ledger, kind, index, &salt);
    record_leaf(&salt, kind, index, bytes, writer.size, leaf);
}

static void kind_renew(struct ledger *ledger, enum record_kind kind)
{
    struct record_array *array = &ledger->arrays[kind];
    TALLY_ASSERT(array->extent >= array->tree.count);
    merkle_grow(&array->tree, array->extent);
    for (uint32_t i = slots_next_used(&array->dirty, 0); i != SLOTS_NONE;
         i = slots_next_used(&array->dirty, i + 1)) {
        struct hash leaf;
        slot_leaf(ledger, kind, i, &leaf);
        merkle_set(&array->tree, i, &leaf);
        slots_give(&array->dirty, i);
        ledger->dirty_count--;
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
