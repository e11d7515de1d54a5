#include "ledger/state/snapshot.h"

#include "ledger/instruction/allegement.h"
#include "ledger/state.h"
#include "ledger/state/index.h"
#include "ledger/state/state_tree.h"

enum {
    SLOT_FREE = 0
};

const char *snapshot_check_text(enum snapshot_check check)
{
    switch (check) {
#define X(name, number, text) \
    case SNAPSHOT_##name:     \
        return text;
        SNAPSHOT_CHECKS(X)
#undef X
    }
    return "";
}

bool snapshot_ready(const struct ledger *ledger)
{
    return ledger->dirty_count == 0 && ledger->state_height == ledger->scalars->height;
}

void snapshot_manifest_take(const struct ledger *ledger, struct snapshot_manifest *manifest)
{
    TALLY_ASSERT(snapshot_ready(ledger));
    *manifest = (struct snapshot_manifest){.chain_id = ledger->chain_id,
                                           .height = ledger->scalars->height,
                                           .time_ms = ledger->scalars->time_ms,
                                           .result = ledger->result,
                                           .parts = ledger->parts};
}

static void result_encode(const struct result *result, struct bytes_writer *writer)
{
    bytes_write_copy(writer, result->result_root.bytes, HASH_SIZE);
    bytes_write_copy(writer, result->receipts_root.bytes, HASH_SIZE);
    bytes_write_copy(writer, result->events_root.bytes, HASH_SIZE);
    bytes_write_copy(writer, result->state_root.bytes, HASH_SIZE);
}

static void result_decode(struct result *result, struct bytes_reader *reader)
{
    bytes_read_copy(reader, result->result_root.bytes, HASH_SIZE);
    bytes_read_copy(reader, result->receipts_root.bytes, HASH_SIZE);
    bytes_read_copy(reader, result->events_root.bytes, HASH_SIZE);
    bytes_read_copy(reader, result->state_root.bytes, HASH_SIZE);
}

void snapshot_manifest_encode(const struct snapshot_manifest *manifest, struct bytes_writer *writer)
{
    bytes_write_u16(writer, SNAPSHOT_VERSION);
    bytes_write_copy(writer, manifest->chain_id.bytes, HASH_SIZE);
    bytes_write_u64(writer, manifest->height);
    bytes_write_u64(writer, manifest->time_ms);
    result_encode(&manifest->result, writer);
    state_parts_encode(&manifest->parts, writer);
}

enum snapshot_check snapshot_manifest_decode(struct snapshot_manifest *manifest, const void *bytes,
                                             size_t size)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes, size);
    *manifest = (struct snapshot_manifest){0};
    uint16_t version = bytes_read_u16(&reader);
    bytes_read_copy(&reader, manifest->chain_id.bytes, HASH_SIZE);
    manifest->height = bytes_read_u64(&reader);
    manifest->time_ms = bytes_read_u64(&reader);
    result_decode(&manifest->result, &reader);
    state_parts_decode(&manifest->parts, &reader);
    if (!bytes_reader_done(&reader) || version != SNAPSHOT_VERSION) {
        return SNAPSHOT_MALFORMED;
    }
    for (uint32_t kind = 0; kind < RECORD_KIND_COUNT; kind++) {
        if (manifest->parts.extent[kind] > MERKLE_CAPACITY_MAX) {
            return SNAPSHOT_RANGE;
        }
    }
    struct hash state_root;
    state_parts_root(&manifest->parts, &state_root);
    return hash_equal(&state_root, &manifest->result.state_root) ? SNAPSHOT_OK : SNAPSHOT_ROOT;
}

uint32_t snapshot_chunk_count(const struct snapshot_manifest *manifest, enum record_kind kind)
{
    TALLY_ASSERT(kind < RECORD_KIND_COUNT);
    uint32_t extent = manifest->parts.extent[kind];
    return extent == 0 ? 0 : (extent - 1) / SNAPSHOT_CHUNK_SLOTS + 1;
}

/* chunk = kind u8 | chunk u32 | path | { size u16, [salt 16, record bytes] } per slot */
void snapshot_chunk_write(struct ledger *ledger, enum record_kind kind, uint32_t chunk,
                          struct bytes_writer *writer)
{
    TALLY_ASSERT(snapshot_ready(ledger));
    const struct record_array *array = &ledger->arrays[kind];
    uint32_t count = merkle_range_count(array->extent, SNAPSHOT_CHUNK_HEIGHT, chunk);
    TALLY_ASSERT(count > 0);
    struct hash path[MERKLE_PATH_MAX];
    uint32_t path_count = 0;
    merkle_range_path(&array->tree, SNAPSHOT_CHUNK_HEIGHT, chunk, path, &path_count);
    bytes_write_u8(writer, (uint8_t)kind);
    bytes_write_u32(writer, chunk);
    bytes_write_u8(writer, (uint8_t)path_count);
    for (uint32_t i = 0; i < path_count; i++) {
        bytes_write_copy(writer, path[i].bytes, HASH_SIZE);
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t index = chunk * SNAPSHOT_CHUNK_SLOTS + i;
        if (!record_used(ledger, kind, index)) {
            bytes_write_u16(writer, SLOT_FREE);
            continue;
        }
        uint8_t *size = bytes_write_reserve(writer, 2);
        size_t begin = writer->size + SALT_SIZE;
        struct salt salt;
        record_salt(ledger, kind, index, &salt);
        bytes_write_copy(writer, salt.bytes, SALT_SIZE);
        record_encode(ledger, kind, index, writer);
        if (!bytes_writer_ok(writer)) {
            return;
        }
        bytes_put_u16(size, (uint16_t)(writer->size - begin));
    }
}

size_t snapshot_chunk_piece(const uint8_t *chunk, size_t size, size_t at)
{
    enum {
        HEAD_SIZE = 6, /* kind, chunk, length of the path */
        SLOT_SIZE = 2,
    };
    TALLY_ASSERT(at < size);
    size_t end = at;
    if (at == 0) {
        end = HEAD_SIZE + (size_t)chunk[HEAD_SIZE - 1] * HASH_SIZE;
    } else if (bytes_get_u16(chunk + at) != SLOT_FREE) {
        end += SLOT_SIZE + SALT_SIZE + (size_t)bytes_get_u16(chunk + at);
    } else {
        while (end < size && bytes_get_u16(chunk + end) == SLOT_FREE) {
            end += SLOT_SIZE;
        }
    }
    TALLY_ASSERT(end <= size);
    return end - at;
}

/* The head of a chunk as read, and a reader that stands before its first slot. */
struct chunk_view {
    struct bytes_reader reader;
    uint32_t slot_count;
    struct hash path[MERKLE_PATH_MAX];
    uint32_t path_count;
};

static enum snapshot_check chunk_open(struct chunk_view *view,
                                      const struct snapshot_manifest *manifest,
                                      enum record_kind kind, uint32_t chunk, const void *bytes,
                                      size_t size)
{
    if (kind >= RECORD_KIND_COUNT || chunk >= snapshot_chunk_count(manifest, kind)) {
        return SNAPSHOT_RANGE;
    }
    bytes_reader_init(&view->reader, bytes, size);
    uint8_t named_kind = bytes_read_u8(&view->reader);
    uint32_t named_chunk = bytes_read_u32(&view->reader);
    view->path_count = bytes_read_u8(&view->reader);
    if (view->reader.failed || view->path_count > MERKLE_PATH_MAX) {
        return SNAPSHOT_MALFORMED;
    }
    if (named_kind != (uint8_t)kind || named_chunk != chunk) {
        return SNAPSHOT_RANGE;
    }
    for (uint32_t i = 0; i < view->path_count; i++) {
        bytes_read_copy(&view->reader, view->path[i].bytes, HASH_SIZE);
    }
    view->slot_count =
        merkle_range_count(manifest->parts.extent[kind], SNAPSHOT_CHUNK_HEIGHT, chunk);
    return SNAPSHOT_OK;
}

/* One slot of a chunk: its salt and record, or a size of 0 when it is free. */
struct slot_view {
    struct salt salt;
    const uint8_t *bytes;
    size_t size;
};

static bool slot_read(struct bytes_reader *reader, struct slot_view *slot)
{
    *slot = (struct slot_view){.size = bytes_read_u16(reader)};
    if (slot->size == SLOT_FREE) {
        return !reader->failed;
    }
    if (slot->size > RECORD_BYTES_MAX) {
        bytes_reader_fail(reader);
        return false;
    }
    bytes_read_copy(reader, slot->salt.bytes, SALT_SIZE);
    slot->bytes = bytes_read_view(reader, slot->size);
    return !reader->failed;
}

enum snapshot_check snapshot_chunk_verify(const struct snapshot_manifest *manifest,
                                          enum record_kind kind, uint32_t chunk, const void *bytes,
                                          size_t size, struct hash *scratch)
{
    struct chunk_view view;
    enum snapshot_check check = chunk_open(&view, manifest, kind, chunk, bytes, size);
    if (check != SNAPSHOT_OK) {
        return check;
    }
    for (uint32_t i = 0; i < view.slot_count; i++) {
        struct slot_view slot;
        if (!slot_read(&view.reader, &slot)) {
            return SNAPSHOT_MALFORMED;
        }
        scratch[i] = (struct hash){{0}};
        if (slot.size != SLOT_FREE) {
            record_leaf(&slot.salt, kind, chunk * SNAPSHOT_CHUNK_SLOTS + i, slot.bytes, slot.size,
                        &scratch[i]);
        }
    }
    if (!bytes_reader_done(&view.reader)) {
        return SNAPSHOT_MALFORMED;
    }
    bool proven = merkle_range_verify(&manifest->parts.root[kind], scratch, view.slot_count,
                                      SNAPSHOT_CHUNK_HEIGHT, chunk, manifest->parts.extent[kind],
                                      view.path, view.path_count);
    return proven ? SNAPSHOT_OK : SNAPSHOT_ROOT;
}

bool snapshot_chunk_changed(const struct ledger *ledger, enum record_kind kind, uint32_t chunk)
{
    TALLY_ASSERT(kind < RECORD_KIND_COUNT);
    const struct slots *unsaved = &ledger->arrays[kind].unsaved;
    return chunk < unsaved->capacity && slots_used(unsaved, chunk);
}

void snapshot_changes_clear(struct ledger *ledger)
{
    for (uint32_t kind = 0; kind < RECORD_KIND_COUNT; kind++) {
        struct slots *unsaved = &ledger->arrays[kind].unsaved;
        for (uint32_t i = slots_next_used(unsaved, 0); i != SLOTS_NONE;
             i = slots_next_used(unsaved, i + 1)) {
            slots_give(unsaved, i);
        }
    }
}

enum snapshot_check snapshot_restore_begin(struct ledger *ledger,
                                           const struct snapshot_manifest *manifest)
{
    if (!hash_equal(&manifest->chain_id, &ledger->chain_id)) {
        return SNAPSHOT_CHAIN;
    }
    for (uint32_t kind = 0; kind < RECORD_KIND_COUNT; kind++) {
        if (manifest->parts.extent[kind] > record_capacity(ledger, (enum record_kind)kind)) {
            return SNAPSHOT_RANGE;
        }
    }
    ledger_empty(ledger);
    ledger->restoring = true;
    ledger->result = manifest->result;
    ledger->parts = manifest->parts;
    ledger->state_height = manifest->height;
    ledger->restore_time_ms = manifest->time_ms;
    return SNAPSHOT_OK;
}

enum snapshot_check snapshot_restore_chunk(struct ledger *ledger, enum record_kind kind,
                                           uint32_t chunk, const void *bytes, size_t size)
{
    TALLY_ASSERT(ledger->restoring);
    struct snapshot_manifest manifest = {.parts = ledger->parts};
    struct chunk_view view;
    enum snapshot_check check = chunk_open(&view, &manifest, kind, chunk, bytes, size);
    if (check != SNAPSHOT_OK) {
        return check;
    }
    for (uint32_t i = 0; i < view.slot_count; i++) {
        uint32_t index = chunk * SNAPSHOT_CHUNK_SLOTS + i;
        struct slot_view slot;
        if (!slot_read(&view.reader, &slot)) {
            return SNAPSHOT_MALFORMED;
        }
        if (slot.size == SLOT_FREE) {
            continue;
        }
        if (record_used(ledger, kind, index)) {
            return SNAPSHOT_RANGE; /* the chunk was restored before */
        }
        slots_take_at(&ledger->arrays[kind].slots, index);
        record_touch(ledger, kind, index);
        struct bytes_reader record;
        bytes_reader_init(&record, slot.bytes, slot.size);
        if (!record_decode(ledger, kind, index, &slot.salt, &record)) {
            return SNAPSHOT_RECORD;
        }
    }
    return bytes_reader_done(&view.reader) ? SNAPSHOT_OK : SNAPSHOT_MALFORMED;
}

static bool refers(const struct ledger *ledger, enum record_kind kind, uint32_t index)
{
    return record_used(ledger, kind, index);
}

static bool refers_or_none(const struct ledger *ledger, enum record_kind kind, uint32_t index)
{
    return index == RECORD_NONE || record_used(ledger, kind, index);
}

static bool links_refer(const struct ledger *ledger, const struct instruction *instruction)
{
    const struct instruction_ties *ties = instruction_ties(instruction);
    for (uint32_t i = 0; i < ties->link_count; i++) {
        if (!refers(ledger, RECORD_INSTRUCTION, ties->links[i].partner)) {
            return false;
        }
    }
    return true;
}

static bool waiting_refers(const struct ledger *ledger, const struct instruction *instruction)
{
    switch ((enum queue)instruction->queue) {
    case QUEUE_POSITION:
        return refers(ledger, RECORD_POSITION, instruction->waiting_for);
    case QUEUE_LIMIT:
        return refers(ledger, RECORD_LIMIT, instruction->waiting_for);
    case QUEUE_NONE:
    case QUEUE_DATE:
        break;
    }
    return true;
}

static bool instruction_refers(const struct ledger *ledger, const struct instruction *instruction)
{
    const struct instruction_terms *terms = &instruction->terms;
    return refers(ledger, RECORD_PARTY, instruction->party) &&
           refers(ledger, RECORD_ASSET, terms->asset) &&
           refers_or_none(ledger, RECORD_ASSET, terms->currency) &&
           refers_or_none(ledger, RECORD_ACCOUNT, terms->account) &&
           refers_or_none(ledger, RECORD_ACCOUNT, terms->cash_account) &&
           refers_or_none(ledger, RECORD_INSTRUCTION, instruction->counterpart) &&
           waiting_refers(ledger, instruction) && links_refer(ledger, instruction);
}

static bool attorneys_refer(const struct ledger *ledger, const struct attorneys *attorneys)
{
    for (uint8_t i = 0; i < attorneys->count; i++) {
        if (!refers(ledger, RECORD_PARTY, attorneys->party[i])) {
            return false;
        }
    }
    return true;
}

static bool limit_refers(const struct ledger *ledger, const struct limit *limit)
{
    enum record_kind subject = limit->scope == LIMIT_ACCOUNT ? RECORD_ACCOUNT : RECORD_PARTY;
    return refers(ledger, RECORD_PARTY, limit->party) && refers(ledger, subject, limit->subject) &&
           refers(ledger, RECORD_ASSET, limit->asset);
}

/* Does every index in the record lead to a record? */
static bool record_refers(const struct ledger *ledger, enum record_kind kind, uint32_t index)
{
    switch (kind) {
    case RECORD_PARTY:
        return attorneys_refer(ledger, &ledger->parties[index].attorneys);
    case RECORD_KEY:
        return refers(ledger, RECORD_PARTY, ledger->keys[index].party);
    case RECORD_ASSET:
        return refers(ledger, RECORD_PARTY, ledger->assets[index].issuer) &&
               refers(ledger, RECORD_ACCOUNT, ledger->assets[index].issuance_account);
    case RECORD_ACCOUNT:
        return refers(ledger, RECORD_PARTY, ledger->accounts[index].party) &&
               attorneys_refer(ledger, &ledger->accounts[index].attorneys);
    case RECORD_POSITION:
        return refers(ledger, RECORD_ACCOUNT, ledger->positions[index].account) &&
               refers(ledger, RECORD_ASSET, ledger->positions[index].asset);
    case RECORD_INSTRUCTION:
        return instruction_refers(ledger, &ledger->instructions[index]);
    case RECORD_NONCE:
        return refers(ledger, RECORD_KEY, ledger->nonces[index].key);
    case RECORD_REFERENCE:
        return refers(ledger, RECORD_PARTY, ledger->references[index].party);
    case RECORD_DRAFT:
        return refers(ledger, RECORD_PARTY, ledger->drafts[index].party) &&
               refers(ledger, RECORD_KEY, ledger->drafts[index].key);
    case RECORD_RESTRICTION:
        return refers(ledger, RECORD_PARTY, ledger->restrictions[index].party) &&
               refers(ledger, RECORD_POSITION, ledger->restrictions[index].position);
    case RECORD_LIMIT:
        return limit_refers(ledger, &ledger->limit_records[index]);
    case RECORD_RESTRICTION_TYPE:
        return restriction_type_refers(ledger, index);
    default:
        return true;
    }
}

/* Checks what the records refer to, and makes the indexes and heaps from them. */
static enum snapshot_check records_link(struct ledger *ledger)
{
    for (uint32_t number = 0; number < RECORD_KIND_COUNT; number++) {
        enum record_kind kind = (enum record_kind)number;
        for (uint32_t i = record_next(ledger, kind, 0); i != RECORD_NONE;
             i = record_next(ledger, kind, i + 1)) {
            if (!record_refers(ledger, kind, i) || index_taken(ledger, kind, i)) {
                return SNAPSHOT_RECORD;
            }
            index_enter(ledger, kind, i);
            if (kind == RECORD_INSTRUCTION && !instruction_indexes_find(ledger, i)) {
                return SNAPSHOT_RECORD;
            }
            if (kind == RECORD_NONCE) {
                deadline_push(&ledger->nonce_deadlines, ledger->nonces[i].valid_until_ms, i);
            } else if (kind == RECORD_DRAFT) {
                deadline_push(&ledger->draft_deadlines, ledger->drafts[i].lapses_ms, i);
            }
        }
    }
    return SNAPSHOT_OK;
}

/* The rules in force are those that were: the latest one effective on the settlement day. */
static bool rules_restore(struct ledger *ledger)
{
    uint32_t first = record_next(ledger, RECORD_RULE_SET, 0);
    if (first == RECORD_NONE) {
        return false;
    }
    uint32_t chosen = first;
    for (uint32_t i = first; i != RECORD_NONE; i = record_next(ledger, RECORD_RULE_SET, i + 1)) {
        uint32_t effective = ledger->rule_sets[i].effective_date;
        if (effective <= ledger->scalars->business_date &&
            (ledger->rule_sets[chosen].effective_date > ledger->scalars->business_date ||
             effective > ledger->rule_sets[chosen].effective_date)) {
            chosen = i;
        }
    }
    ledger->rule_set_current = chosen;
    return true;
}

/* The trees over the restored records must be those of the manifest. */
static bool roots_restore(struct ledger *ledger)
{
    struct state_parts claimed = ledger->parts;
    for (uint32_t kind = 0; kind < RECORD_KIND_COUNT; kind++) {
        ledger->arrays[kind].extent = claimed.extent[kind];
    }
    struct hash state_root = ledger->result.state_root;
    state_tree_renew(ledger);
    return hash_equal(&state_root, &ledger->result.state_root);
}

enum snapshot_check snapshot_restore_end(struct ledger *ledger)
{
    TALLY_ASSERT(ledger->restoring);
    if (record_count(ledger, RECORD_SCALARS) != 1 ||
        record_count(ledger, RECORD_BUSINESS_DAY) != 1) {
        return SNAPSHOT_INCOMPLETE;
    }
    for (uint32_t kind = 0; kind < RECORD_KIND_COUNT; kind++) {
        if (ledger->arrays[kind].extent > ledger->parts.extent[kind]) {
            return SNAPSHOT_RANGE;
        }
    }
    enum snapshot_check check = records_link(ledger);
    if (check != SNAPSHOT_OK) {
        return check;
    }
    if (!rules_restore(ledger) || ledger->business_day->date != ledger->scalars->business_date) {
        return SNAPSHOT_RECORD;
    }
    ledger->scalars->height = ledger->state_height;
    ledger->scalars->time_ms = ledger->restore_time_ms;
    if (!roots_restore(ledger)) {
        return SNAPSHOT_INCOMPLETE;
    }
    matching_rebuild(ledger);
    allegement_rebuild(ledger);
    waiting_rebuild(ledger);
    part_queue_rebuild(ledger);
    pool_rebuild(ledger);
    optimisation_rebuild(ledger);
    restriction_rebuild(ledger);
    invariant_totals_begin(ledger);
    if (invariant_first_broken(ledger) != INVARIANT_NONE) {
        return SNAPSHOT_INVARIANT;
    }
    snapshot_changes_clear(ledger);
    ledger->restoring = false;
    return SNAPSHOT_OK;
}
