#include "ledger/state/record.h"

#include <string.h>

#include "base/mutant.h"
#include "ledger/instruction/rare.h"
#include "ledger/state.h"

uint32_t record_capacity(const struct ledger *ledger, enum record_kind kind)
{
    TALLY_ASSERT(kind < RECORD_KIND_COUNT);
    return ledger->arrays[kind].slots.capacity;
}

uint32_t record_count(const struct ledger *ledger, enum record_kind kind)
{
    TALLY_ASSERT(kind < RECORD_KIND_COUNT);
    return ledger->arrays[kind].slots.count;
}

/* Each look at a record asks: slots_used() as it stands, but for its own look at the capacity where
 * one is needed. */
inline bool record_used(const struct ledger *ledger, enum record_kind kind, uint32_t index)
{
    TALLY_ASSERT(kind < RECORD_KIND_COUNT);
    const struct slots *slots = &ledger->arrays[kind].slots;
    return index < slots->dense ||
           (index < slots->capacity && (slots->full[0][index / 64] >> (index % 64) & 1) != 0);
}

uint32_t record_next(const struct ledger *ledger, enum record_kind kind, uint32_t from)
{
    TALLY_ASSERT(kind < RECORD_KIND_COUNT);
    return slots_next_used(&ledger->arrays[kind].slots, from);
}

uint32_t record_touched_next(const struct ledger *ledger, enum record_kind kind, uint32_t from)
{
    TALLY_ASSERT(kind < RECORD_KIND_COUNT);
    return slots_next_used(&ledger->arrays[kind].touched, from);
}

enum {
    WALK_AHEAD = 16, /* records that memory is asked for ahead of a walk */
    CACHE_LINE = 64
};

static void walk_ask(struct record_walk *walk)
{
    uint32_t index = slots_walk_next(&walk->ledger->arrays[walk->kind].touched, &walk->asked);
    if (index != SLOTS_NONE) {
        record_prefetch(walk->ledger, walk->kind, index);
    }
}

struct record_walk record_walk_begin(const struct ledger *ledger, enum record_kind kind)
{
    struct slots_walk first = slots_walk_begin(&ledger->arrays[kind].touched);
    struct record_walk walk = {.ledger = ledger, .kind = kind, .next = first, .asked = first};
    for (int i = 0; i < WALK_AHEAD; i++) {
        walk_ask(&walk);
    }
    return walk;
}

uint32_t record_walk_next(struct record_walk *walk)
{
    uint32_t next = slots_walk_next(&walk->ledger->arrays[walk->kind].touched, &walk->next);
    if (next != SLOTS_NONE) {
        walk_ask(walk);
    }
    return next;
}

static void mark(struct slots *slots, uint32_t index)
{
    if (!slots_used(slots, index)) {
        slots_take_at(slots, index);
    }
}

/* Apart, so that what was touched before costs next to nothing. */
__attribute__((noinline)) static void touch_first(struct ledger *ledger, enum record_kind kind,
                                                  uint32_t index)
{
    struct record_array *array = &ledger->arrays[kind];
    mark(&array->touched, index);
    if (kind != RECORD_POSITION || !MUTANT(CHANGE_NOT_SAVED)) {
        mark(&array->unsaved, index / SNAPSHOT_CHUNK_SLOTS);
    }
    if (!slots_used(&array->dirty, index) &&
        (kind != RECORD_POSITION || index >= array->extent || !MUTANT(CHANGE_NOT_HASHED))) {
        slots_take_at(&array->dirty, index);
        ledger->dirty_count++;
    }
    if (index >= array->extent) {
        array->extent = index + 1;
    }
}

void record_touch(struct ledger *ledger, enum record_kind kind, uint32_t index)
{
    TALLY_ASSERT(kind < RECORD_KIND_COUNT);
    const struct record_array *array = &ledger->arrays[kind];
    TALLY_ASSERT(index < array->touched.capacity);
    /* In this block, and marked then? Two words of two sets that are alike. */
    uint64_t marked = array->touched.full[0][index / 64] & array->dirty.full[0][index / 64];
    if ((marked >> (index % 64) & 1) == 0) {
        touch_first(ledger, kind, index);
    }
}

void record_arrays_note(struct ledger *ledger)
{
    struct record_array *arrays = ledger->arrays;
#define NOTE(kind, array)                              \
    arrays[kind].records = (uint8_t *)(ledger)->array; \
    arrays[kind].record_size = sizeof *ledger->array
    NOTE(RECORD_SCALARS, scalars);
    NOTE(RECORD_RULE_SET, rule_sets);
    NOTE(RECORD_PARTY, parties);
    NOTE(RECORD_KEY, keys);
    NOTE(RECORD_ASSET, assets);
    NOTE(RECORD_ACCOUNT, accounts);
    NOTE(RECORD_POSITION, positions);
    NOTE(RECORD_INSTRUCTION, instructions);
    NOTE(RECORD_NONCE, nonces);
    NOTE(RECORD_REFERENCE, references);
    NOTE(RECORD_DRAFT, drafts);
    NOTE(RECORD_BUSINESS_DAY, business_day);
    NOTE(RECORD_RESTRICTION, restrictions);
    NOTE(RECORD_LIMIT, limit_records);
    NOTE(RECORD_RESTRICTION_TYPE, restriction_types);
#undef NOTE
}

/* The memory of one record. */
static inline uint8_t *record_memory(const struct record_array *array, uint32_t index)
{
    return array->records + index * array->record_size;
}

void record_prefetch(const struct ledger *ledger, enum record_kind kind, uint32_t index)
{
    const struct record_array *array = &ledger->arrays[kind];
    const uint8_t *memory = record_memory(array, index);
    size_t size = array->record_size;
    for (size_t at = 0; at < size; at += CACHE_LINE) {
        __builtin_prefetch(memory + at);
    }
    __builtin_prefetch(memory + size - 1);
}

void record_touch_prefetch(const struct ledger *ledger, enum record_kind kind, uint32_t index)
{
    const struct record_array *array = &ledger->arrays[kind];
    __builtin_prefetch(&array->touched.full[0][index / 64], 1);
    __builtin_prefetch(&array->dirty.full[0][index / 64], 1);
}

uint32_t record_take(struct ledger *ledger, enum record_kind kind)
{
    TALLY_ASSERT(kind < RECORD_KIND_COUNT);
    struct record_array *array = &ledger->arrays[kind];
    uint32_t index = slots_take(&array->slots);
    if (index == SLOTS_NONE) {
        return RECORD_NONE;
    }
    memset(record_memory(array, index), 0, array->record_size);
    record_touch(ledger, kind, index);
    return index;
}

void record_give(struct ledger *ledger, enum record_kind kind, uint32_t index)
{
    TALLY_ASSERT(record_used(ledger, kind, index));
    record_touch(ledger, kind, index);
    slots_give(&ledger->arrays[kind].slots, index);
}

void record_encode(const struct ledger *ledger, enum record_kind kind, uint32_t index,
                   struct bytes_writer *writer)
{
    TALLY_ASSERT(record_used(ledger, kind, index));
    switch (kind) {
    case RECORD_SCALARS:
        scalars_encode(&ledger->scalars[index], writer);
        return;
    case RECORD_RULE_SET:
        rule_set_encode(&ledger->rule_sets[index], writer);
        return;
    case RECORD_PARTY:
        party_encode(&ledger->parties[index], writer);
        return;
    case RECORD_KEY:
        key_encode(&ledger->keys[index], writer);
        return;
    case RECORD_ASSET:
        asset_encode(&ledger->assets[index], writer);
        return;
    case RECORD_ACCOUNT:
        account_encode(&ledger->accounts[index], writer);
        return;
    case RECORD_POSITION:
        position_encode(&ledger->positions[index], writer);
        return;
    case RECORD_INSTRUCTION:
        instruction_encode(&ledger->instructions[index], writer);
        return;
    case RECORD_NONCE:
        nonce_entry_encode(&ledger->nonces[index], writer);
        return;
    case RECORD_REFERENCE:
        reference_entry_encode(&ledger->references[index], writer);
        return;
    case RECORD_DRAFT:
        draft_encode(&ledger->drafts[index], writer);
        return;
    case RECORD_LIMIT:
        limit_encode(&ledger->limit_records[index], writer);
        return;
    case RECORD_BUSINESS_DAY:
        business_day_encode(&ledger->business_day[index], writer);
        return;
    case RECORD_RESTRICTION:
        restriction_encode(&ledger->restrictions[index], writer);
        return;
    case RECORD_RESTRICTION_TYPE:
        restriction_type_encode(&ledger->restriction_types[index], writer);
        return;
    case RECORD_KIND_COUNT:
        break;
    }
    TALLY_ASSERT(false);
}

/* Where the secret nonce of a record stands, which is its salt; NULL if it has none. */
static struct nonce_secret *record_nonce(const struct ledger *ledger, enum record_kind kind,
                                         uint32_t index)
{
    switch (kind) {
    case RECORD_RULE_SET:
        return &ledger->rule_sets[index].secret;
    case RECORD_PARTY:
        return &ledger->parties[index].secret;
    case RECORD_KEY:
        return &ledger->keys[index].secret;
    case RECORD_ASSET:
        return &ledger->assets[index].secret;
    case RECORD_ACCOUNT:
        return &ledger->accounts[index].secret;
    case RECORD_POSITION:
        return &ledger->positions[index].secret;
    case RECORD_INSTRUCTION:
        return &ledger->instructions[index].secret;
    case RECORD_DRAFT:
        return &ledger->drafts[index].secret;
    case RECORD_RESTRICTION:
        return &ledger->restrictions[index].secret;
    case RECORD_LIMIT:
        return &ledger->limit_records[index].secret;
    case RECORD_RESTRICTION_TYPE:
        return &ledger->restriction_types[index].secret;
    case RECORD_SCALARS:
    case RECORD_BUSINESS_DAY:
    case RECORD_NONCE:
    case RECORD_REFERENCE:
    case RECORD_KIND_COUNT:
        break;
    }
    return NULL;
}

/* Reads an instruction, and what few have of it into the store for that. */
static bool instruction_restore(struct ledger *ledger, uint32_t index, struct bytes_reader *reader)
{
    struct instruction_rare rare;
    rare_drop(ledger, index);
    instruction_decode(&ledger->instructions[index], &rare, reader);
    return rare_keep(ledger, index);
}

bool record_decode(struct ledger *ledger, enum record_kind kind, uint32_t index,
                   const struct salt *salt, struct bytes_reader *reader)
{
    TALLY_ASSERT(record_used(ledger, kind, index));
    struct nonce_secret *nonce = record_nonce(ledger, kind, index);
    switch (kind) {
    case RECORD_SCALARS:
        scalars_decode(&ledger->scalars[index], reader);
        break;
    case RECORD_RULE_SET:
        rule_set_decode(&ledger->rule_sets[index], reader);
        break;
    case RECORD_PARTY:
        party_decode(&ledger->parties[index], reader);
        break;
    case RECORD_KEY:
        key_decode(&ledger->keys[index], reader);
        break;
    case RECORD_ASSET:
        asset_decode(&ledger->assets[index], reader);
        break;
    case RECORD_ACCOUNT:
        account_decode(&ledger->accounts[index], reader);
        break;
    case RECORD_POSITION:
        position_decode(&ledger->positions[index], reader);
        break;
    case RECORD_INSTRUCTION:
        if (!instruction_restore(ledger, index, reader)) {
            return false;
        }
        break;
    case RECORD_NONCE:
        nonce_entry_decode(&ledger->nonces[index], reader);
        break;
    case RECORD_REFERENCE:
        reference_entry_decode(&ledger->references[index], reader);
        break;
    case RECORD_DRAFT:
        draft_decode(&ledger->drafts[index], reader);
        break;
    case RECORD_LIMIT:
        limit_decode(&ledger->limit_records[index], reader);
        break;
    case RECORD_BUSINESS_DAY:
        business_day_decode(&ledger->business_day[index], reader);
        break;
    case RECORD_RESTRICTION:
        restriction_decode(&ledger->restrictions[index], reader);
        break;
    case RECORD_RESTRICTION_TYPE:
        restriction_type_decode(&ledger->restriction_types[index], reader);
        break;
    case RECORD_KIND_COUNT:
        TALLY_ASSERT(false);
    }
    if (nonce != NULL) {
        memcpy(nonce->bytes, salt->bytes, NONCE_SIZE);
    }
    return bytes_reader_done(reader);
}

static void place_put(uint8_t place[RECORD_PLACE_SIZE], enum record_kind kind, uint32_t index)
{
    place[0] = (uint8_t)kind;
    bytes_put_u32(place + 1, index);
}

/* The salt that a record has from a secret of something else. */
static void salt_draw(const struct nonce_secret *secret, enum record_kind kind, uint32_t index,
                      struct salt *salt)
{
    uint8_t source[NONCE_SIZE + RECORD_PLACE_SIZE];
    struct hash hash;
    memcpy(source, secret->bytes, NONCE_SIZE);
    place_put(source + NONCE_SIZE, kind, index);
    hash_compute(&hash, HASH_SALT, source, sizeof(source));
    memcpy(salt->bytes, hash.bytes, SALT_SIZE);
}

void record_salt(const struct ledger *ledger, enum record_kind kind, uint32_t index,
                 struct salt *salt)
{
    TALLY_ASSERT(record_used(ledger, kind, index));
    const struct nonce_secret *nonce = record_nonce(ledger, kind, index);
    if (nonce != NULL) {
        memcpy(salt->bytes, nonce->bytes, SALT_SIZE);
    } else if (kind == RECORD_NONCE) {
        salt_draw(&ledger->nonces[index].nonce, kind, index, salt);
    } else if (kind == RECORD_REFERENCE) {
        salt_draw(&ledger->parties[ledger->references[index].party].secret, kind, index, salt);
    } else {
        memcpy(salt->bytes, ledger->chain_id.bytes, SALT_SIZE);
    }
}

void record_leaf(const struct salt *salt, enum record_kind kind, uint32_t index, const void *bytes,
                 size_t size, struct hash *leaf)
{
    uint8_t place[RECORD_PLACE_SIZE];
    place_put(place, kind, index);
    struct hash_state state;
    hash_begin(&state, HASH_RECORD);
    hash_add(&state, salt->bytes, SALT_SIZE);
    hash_add(&state, place, sizeof(place));
    hash_add(&state, bytes, size);
    hash_end(&state, leaf);
}

_Static_assert((int)SALT_SIZE == (int)NONCE_SIZE, "a nonce is a salt");

size_t record_leaf_write(const struct ledger *ledger, enum record_kind kind, uint32_t index,
                         uint8_t *out)
{
    struct bytes_writer writer;
    struct salt salt;
    record_salt(ledger, kind, index, &salt);
    memcpy(out, salt.bytes, SALT_SIZE);
    place_put(out + SALT_SIZE, kind, index);
    bytes_writer_init(&writer, out + SALT_SIZE + RECORD_PLACE_SIZE, RECORD_BYTES_MAX);
    record_encode(ledger, kind, index, &writer);
    TALLY_ASSERT(bytes_writer_ok(&writer));
    return SALT_SIZE + RECORD_PLACE_SIZE + writer.size;
}
