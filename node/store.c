/* store.c: see store.h. Keys, batches and their encoding; the disk is behind store_operations. */
#include "node/store.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "node/chunk_log.h"
#include "node/envelope_index.h"
#include "node/result_log.h"

STATUS_DEFINE(store_status, STORE_STATUS_LIST)

enum {
    KEY_SIZE_MAX = 64,
    RESULT_FILE_BYTES = 1 << 30,
    CHUNK_FILE_BYTES = 16 << 20,
    FORMAT = 8, /* raised when the layout of a record, receipt or event changes */
};

/* The first byte of a key; also its place in the order of keys. */
enum key_kind {
    KEY_BLOCK = 'B',
    KEY_CHECKPOINT = 'C',
    KEY_ENVELOPE = 'I',
    KEY_META = 'M',
    KEY_ROOTS = 'O',
    KEY_PART = 'P',
    KEY_NAMES = 'T',
};

struct store {
    const struct store_operations *operations;
    void *context;
    struct result_log *results;
    struct chunk_log *chunks; /* of the checkpoint */
    pthread_mutex_t noted_mutex;
    /* What was noted since the last checkpoint; under the mutex. */
    struct name_index names;
    struct envelope_index envelopes;
    /* Noted is what blocks up to executed_height came to; those up to again_height were final
     * before this process began, and may have been executed. */
    _Atomic uint64_t executed_height;
    uint64_t again_height;
};

static const struct result_form result_form = {.prefix = "results-",
                                               .file_bytes = RESULT_FILE_BYTES,
                                               .unsynced_bytes_max = RESULT_UNSYNCED_BYTES_MAX};
static const char chunk_range_name[] = "chunks";
static const char result_end_name[] = "results"; /* of the meta value */
static const char secret_name[] = "names_secret";
static const char names_end_name[] = "names";
static const char result_directory_name[] = "results";

/* Keys and values stand one after the other in `bytes`; a change refers to them by offset, since
 * `bytes` moves when it grows. */
struct batch_change {
    size_t key_offset;
    size_t key_size;
    size_t value_offset;
    size_t value_size;
};

/* A name and where its milestone stands. */
struct batch_name {
    struct name_place place;
    uint32_t size;
    char name[STORE_PARTY_SIZE + STORE_REFERENCE_SIZE_MAX];
};

struct store_batch {
    uint8_t *bytes;
    size_t size;
    size_t capacity;
    struct batch_change *changes;
    size_t change_count;
    size_t change_capacity;
    struct batch_name *names;
    size_t name_count;
    size_t name_capacity;
    struct envelope_entry *envelopes; /* linked to nothing */
    size_t envelope_count;
    size_t envelope_capacity;
    uint64_t executed_height; /* the highest whose roots are in it */
    bool is_checkpoint;       /* made by store_sync_results() */
    bool failed;              /* a copy did not get its memory */
};

struct key {
    uint8_t bytes[KEY_SIZE_MAX];
    size_t size;
};

/* ---- Keys ------------------------------------------------------------------------------- */

static struct key key_of_bytes(enum key_kind kind, const void *bytes, size_t size)
{
    TALLY_ASSERT(size < KEY_SIZE_MAX);
    struct key key = {.size = 1 + size};
    key.bytes[0] = (uint8_t)kind;
    memcpy(key.bytes + 1, bytes, size);
    return key;
}

/* Big-endian, so that keys sort by number. */
static struct key key_of_number(enum key_kind kind, uint64_t number)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(number >> (56 - 8 * i));
    }
    return key_of_bytes(kind, bytes, sizeof(bytes));
}

/* A number in a key. */
static uint64_t number_at(const uint8_t *bytes)
{
    uint64_t number = 0;
    for (size_t i = 0; i < 8; i++) {
        number = number << 8 | bytes[i];
    }
    return number;
}

/* The rows of a bucket begin with the same PREFIX_SIZE bytes. */
enum {
    NAMES_PREFIX_SIZE = 3,
    NAMES_KEY_SIZE = NAMES_PREFIX_SIZE + 8
};

static struct key key_of_names(uint32_t bucket, uint64_t height)
{
    uint8_t bytes[NAMES_KEY_SIZE - 1] = {(uint8_t)(bucket >> 8), (uint8_t)bucket};
    for (size_t i = 0; i < 8; i++) {
        bytes[2 + i] = (uint8_t)(height >> (56 - 8 * i));
    }
    return key_of_bytes(KEY_NAMES, bytes, sizeof(bytes));
}

static struct key key_of_part(uint64_t instruction, uint64_t settled)
{
    uint8_t bytes[16];
    for (size_t i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(instruction >> (56 - 8 * i));
        bytes[8 + i] = (uint8_t)(settled >> (56 - 8 * i));
    }
    return key_of_bytes(KEY_PART, bytes, sizeof(bytes));
}

static struct key key_of_envelope(const struct hash *envelope_id)
{
    return key_of_bytes(KEY_ENVELOPE, envelope_id->bytes, sizeof(envelope_id->bytes));
}

static struct key key_of_name(const char *name)
{
    size_t size = strlen(name);
    TALLY_ASSERT(size > 0);
    TALLY_ASSERT(size <= STORE_META_NAME_SIZE_MAX);
    return key_of_bytes(KEY_META, name, size);
}

/* ---- Batches ---------------------------------------------------------------------------- */

struct store_batch *store_batch_new(void)
{
    return calloc(1, sizeof(struct store_batch));
}

void store_batch_free(struct store_batch *batch)
{
    if (batch != NULL) {
        free(batch->bytes);
        free(batch->changes);
        free(batch->names);
        free(batch->envelopes);
        free(batch);
    }
}

void store_batch_clear(struct store_batch *batch)
{
    batch->size = 0;
    batch->change_count = 0;
    batch->name_count = 0;
    batch->envelope_count = 0;
    batch->executed_height = 0;
    batch->is_checkpoint = false;
    batch->failed = false;
}

size_t store_batch_size(const struct store_batch *batch)
{
    return batch->size;
}

/* Makes room for `needed` items in an array that grows by doubling. */
static bool array_reserve(void **array, size_t *capacity, size_t needed, size_t item_size)
{
    if (needed <= *capacity) {
        return true;
    }
    size_t grown_capacity = *capacity == 0 ? 256 : *capacity;
    while (grown_capacity < needed) {
        grown_capacity *= 2;
    }
    void *grown = realloc(*array, grown_capacity * item_size);
    if (grown == NULL) {
        return false;
    }
    *array = grown;
    *capacity = grown_capacity;
    return true;
}

static bool batch_reserve(struct store_batch *batch, size_t size)
{
    void *bytes = batch->bytes;
    void *changes = batch->changes;
    bool reserved = array_reserve(&bytes, &batch->capacity, batch->size + size, 1) &&
                    array_reserve(&changes, &batch->change_capacity, batch->change_count + 1,
                                  sizeof(*batch->changes));
    batch->bytes = bytes;
    /* When only the first could grow, `changes` is still what it was. */
    batch->changes = changes;
    return reserved;
}

static void batch_put(struct store_batch *batch, struct key key, const void *value, size_t size)
{
    TALLY_ASSERT(size == 0 || value != NULL);
    TALLY_ASSERT(key.size > 1);
    if (batch->failed || !batch_reserve(batch, key.size + size)) {
        batch->failed = true;
        return;
    }
    batch->changes[batch->change_count] =
        (struct batch_change){batch->size, key.size, batch->size + key.size, size};
    memcpy(batch->bytes + batch->size, key.bytes, key.size);
    if (size > 0) {
        memcpy(batch->bytes + batch->size + key.size, value, size);
    }
    batch->size += key.size + size;
    batch->change_count += 1;
}

void store_put_block(struct store_batch *batch, uint64_t height, const void *block, size_t size)
{
    batch_put(batch, key_of_number(KEY_BLOCK, height), block, size);
}

void store_put_roots(struct store_batch *batch, uint64_t height, const void *data, size_t size)
{
    batch->executed_height = height > batch->executed_height ? height : batch->executed_height;
    batch_put(batch, key_of_number(KEY_ROOTS, height), data, size);
}

/* Where a chunk stands, as a value. */
enum {
    CHUNK_PLACE_SIZE = 12,
    CHUNK_RANGE_SIZE = 16
};

static void chunk_put(void *context, uint64_t part, const struct result_place *place)
{
    struct store_batch *batch = context;
    uint8_t bytes[CHUNK_PLACE_SIZE];
    bytes_put_u64(bytes, place->offset);
    bytes_put_u32(bytes + 8, place->size);
    batch_put(batch, key_of_number(KEY_CHECKPOINT, part), bytes, sizeof bytes);
}

uint8_t *store_checkpoint_room(struct store *store, size_t size)
{
    return chunk_log_room(store->chunks, size);
}

enum store_status store_append_checkpoint(struct store *store, struct store_batch *batch,
                                          uint64_t part, const void *data, uint32_t size)
{
    struct result_place place;
    enum store_status status = chunk_log_append(store->chunks, part, data, size, &place);
    if (status == STORE_OK) {
        chunk_put(batch, part, &place);
    }
    return status;
}

/* A place in a block, as a value. */
enum {
    PLACE_SIZE = 12
};

static void place_encode(uint8_t bytes[PLACE_SIZE], uint64_t height, uint32_t index)
{
    bytes_put_u64(bytes, height);
    bytes_put_u32(bytes + 8, index);
}

void store_put_envelope(struct store_batch *batch, const struct hash *envelope_id, uint64_t height,
                        uint32_t index)
{
    void *envelopes = batch->envelopes;
    if (!array_reserve(&envelopes, &batch->envelope_capacity, batch->envelope_count + 1,
                       sizeof(*batch->envelopes))) {
        batch->failed = true;
        return;
    }
    batch->envelopes = envelopes;
    batch->envelopes[batch->envelope_count] =
        (struct envelope_entry){.id = *envelope_id, .place = {height, index}};
    batch->envelope_count++;
}

/* A name as it is hashed; returns its size. */
static size_t name_make(char name[STORE_PARTY_SIZE + STORE_REFERENCE_SIZE_MAX], const char *party,
                        const char *reference, size_t reference_size)
{
    TALLY_ASSERT(reference_size <= STORE_REFERENCE_SIZE_MAX);
    memcpy(name, party, STORE_PARTY_SIZE);
    memcpy(name + STORE_PARTY_SIZE, reference, reference_size);
    return STORE_PARTY_SIZE + reference_size;
}

void store_put_settled(struct store_batch *batch, const char *party, const char *reference,
                       size_t reference_size, uint64_t height, uint32_t event_index)
{
    void *names = batch->names;
    if (!array_reserve(&names, &batch->name_capacity, batch->name_count + 1,
                       sizeof(*batch->names))) {
        batch->failed = true;
        return;
    }
    batch->names = names;
    struct batch_name *name = &batch->names[batch->name_count];
    name->place = (struct name_place){height, event_index};
    name->size = (uint32_t)name_make(name->name, party, reference, reference_size);
    batch->name_count++;
}

void store_put_part(struct store_batch *batch, uint64_t instruction, uint64_t settled,
                    uint64_t height, uint32_t event_index)
{
    uint8_t place[PLACE_SIZE];
    place_encode(place, height, event_index);
    batch_put(batch, key_of_part(instruction, settled), place, sizeof(place));
}

void store_put_meta(struct store_batch *batch, const char *name, const void *data, size_t size)
{
    batch_put(batch, key_of_name(name), data, size);
}

static enum store_status changes_write(struct store *store, const struct store_batch *batch,
                                       enum store_durability durability)
{
    struct store_change *changes =
        malloc((batch->change_count == 0 ? 1 : batch->change_count) * sizeof(*changes));
    if (changes == NULL) {
        return STORE_MEMORY;
    }
    for (size_t i = 0; i < batch->change_count; i++) {
        const struct batch_change *change = &batch->changes[i];
        changes[i] = (struct store_change){.key = batch->bytes + change->key_offset,
                                           .key_size = change->key_size,
                                           .value = batch->bytes + change->value_offset,
                                           .value_size = change->value_size};
    }
    enum store_status status =
        store->operations->write(store->context, changes, batch->change_count, durability);
    free(changes);
    return status;
}

static void noted_lock(struct store *store)
{
    int result = pthread_mutex_lock(&store->noted_mutex);
    TALLY_ASSERT(result == 0);
}

static void noted_unlock(struct store *store)
{
    int result = pthread_mutex_unlock(&store->noted_mutex);
    TALLY_ASSERT(result == 0);
}

/* What a written batch means for what is noted in memory. */
static bool batch_note(struct store *store, const struct store_batch *batch)
{
    noted_lock(store);
    struct name_index *names = &store->names;
    bool room = name_index_reserve(names, batch->name_count) &&
                envelope_index_reserve(&store->envelopes, batch->envelope_count);
    if (batch->is_checkpoint) {
        name_index_clear(names);
        envelope_index_clear(&store->envelopes);
    }
    for (size_t i = 0; room && i < batch->name_count; i++) {
        const struct batch_name *name = &batch->names[i];
        struct name_hash hash = name_index_hash(names, name->name, name->size);
        name_index_add(names, &hash, &name->place);
    }
    for (size_t i = 0; room && i < batch->envelope_count; i++) {
        const struct envelope_entry *envelope = &batch->envelopes[i];
        envelope_index_add(&store->envelopes, &envelope->id, &envelope->place);
    }
    noted_unlock(store);
    if (batch->executed_height > store->executed_height) {
        store->executed_height = batch->executed_height;
    }
    return room;
}

enum store_status store_write(struct store *store, const struct store_batch *batch,
                              enum store_durability durability)
{
    TALLY_ASSERT(!batch->is_checkpoint || batch->name_count + batch->envelope_count == 0);
    if (batch->failed) {
        return STORE_MEMORY;
    }
    enum store_status status = changes_write(store, batch, durability);
    bool notes = batch->name_count > 0 || batch->envelope_count > 0 || batch->is_checkpoint ||
                 batch->executed_height > 0;
    if (status == STORE_OK && notes && !batch_note(store, batch)) {
        status = STORE_MEMORY;
    }
    if (status == STORE_OK && batch->is_checkpoint) {
        status = chunk_log_clear(store->chunks);
    }
    return status;
}

uint8_t *store_results_room(struct store *store, size_t size)
{
    return result_log_room(store->results, size);
}

enum store_status store_append_results(struct store *store, uint64_t height, const void *data,
                                       uint32_t size, struct result_place *place)
{
    return result_log_append(store->results, height, data, size, place);
}

/* ---- What was noted, written before a checkpoint --------------------------------------------- */

enum {
    NOTED_WRITE_SIZE = 64 << 10, /* in one batch: whoever writes beside it does not wait long */
};

/* Writes what was put if it is enough for a batch, or the last. */
static enum store_status noted_write(struct store *store, struct store_batch *noted, bool last)
{
    if (noted->size < NOTED_WRITE_SIZE && !last) {
        return STORE_OK;
    }
    enum store_status status =
        noted->failed ? STORE_MEMORY : changes_write(store, noted, STORE_LAZY);
    store_batch_clear(noted);
    return status;
}

/* Names as rows. */
static enum store_status names_write(struct store *store, struct store_batch *rows)
{
    struct name_index *names = &store->names;
    enum store_status status = STORE_OK;
    noted_lock(store);
    bool any = names->count > 0;
    if (any && !name_index_rows_make(names)) {
        status = STORE_MEMORY;
    }
    noted_unlock(store);
    /* Only this thread changes them; readers look at what was noted, not at the rows. */
    for (uint32_t bucket = 0; any && status == STORE_OK && bucket < NAME_BUCKETS; bucket++) {
        size_t size;
        const uint8_t *row = name_index_row(names, bucket, &size);
        if (size > 0) {
            batch_put(rows, key_of_names(bucket, names->height_max), row, size);
        }
        status = noted_write(store, rows, bucket + 1 == NAME_BUCKETS);
    }
    return status;
}

/* Envelopes by their identifiers. Only this thread changes them. */
static enum store_status envelopes_write(struct store *store, struct store_batch *keys)
{
    const uint32_t count = store->envelopes.count;
    const struct envelope_entry **order = envelope_index_order(&store->envelopes);
    enum store_status status = order == NULL ? STORE_MEMORY : STORE_OK;
    for (uint32_t i = 0; status == STORE_OK && i < count; i++) {
        uint8_t place[PLACE_SIZE];
        place_encode(place, order[i]->place.height, order[i]->place.index);
        batch_put(keys, key_of_envelope(&order[i]->id), place, sizeof place);
        status = noted_write(store, keys, i + 1 == count);
    }
    free(order);
    return status;
}

/* They are durable before the checkpoint's own batch is written. What was written for a checkpoint
 * that never comes says what its blocks say again when they are executed again. */
static enum store_status all_noted_write(struct store *store)
{
    struct store_batch *noted = store_batch_new();
    enum store_status status = noted == NULL ? STORE_MEMORY : names_write(store, noted);
    if (status == STORE_OK) {
        status = envelopes_write(store, noted);
    }
    store_batch_free(noted);
    return status;
}

bool store_has_checkpoint(const struct store *store, uint64_t part)
{
    return chunk_log_has(store->chunks, part);
}

static enum store_status chunks_put(struct store *store, struct store_batch *batch)
{
    uint64_t begin;
    uint64_t end;
    enum store_status status = chunk_log_finish(store->chunks, chunk_put, batch, &begin, &end);
    if (status == STORE_OK) {
        uint8_t bytes[CHUNK_RANGE_SIZE];
        bytes_put_u64(bytes, begin);
        bytes_put_u64(bytes + 8, end);
        store_put_meta(batch, chunk_range_name, bytes, sizeof bytes);
    }
    return status;
}

enum store_status store_sync_results(struct store *store, struct store_batch *batch)
{
    uint64_t end = 0;
    uint8_t bytes[8];
    enum store_status status = result_log_sync(store->results, &end);
    if (status == STORE_OK) {
        status = all_noted_write(store);
    }
    if (status == STORE_OK) {
        status = chunks_put(store, batch);
    }
    if (status == STORE_OK) {
        status = store->operations->settle(store->context);
    }
    bytes_put_u64(bytes, end);
    store_put_meta(batch, result_end_name, bytes, sizeof bytes);
    bytes_put_u64(bytes, store->executed_height);
    store_put_meta(batch, names_end_name, bytes, sizeof bytes);
    batch->is_checkpoint = true;
    return status;
}

/* ---- Reading ---------------------------------------------------------------------------- */

void store_bytes_free(struct store_bytes *bytes)
{
    free(bytes->data);
    bytes->data = NULL;
    bytes->size = 0;
}

static enum store_status store_get(struct store *store, struct key key, struct store_bytes *value)
{
    value->data = NULL;
    value->size = 0;
    enum store_status status = store->operations->get(store->context, key.bytes, key.size, value);
    TALLY_ASSERT((status == STORE_OK) == (value->data != NULL));
    return status;
}

enum store_status store_get_block(struct store *store, uint64_t height, struct store_bytes *block)
{
    return store_get(store, key_of_number(KEY_BLOCK, height), block);
}

enum store_status store_get_roots(struct store *store, uint64_t height, struct store_bytes *data)
{
    return store_get(store, key_of_number(KEY_ROOTS, height), data);
}

enum store_status store_get_checkpoint(struct store *store, uint64_t part, struct store_bytes *data)
{
    return chunk_log_read(store->chunks, part, data);
}

enum store_status store_get_meta(struct store *store, const char *name, struct store_bytes *data)
{
    return store_get(store, key_of_name(name), data);
}

/* Reads a value that must have `size` bytes. */
static enum store_status store_get_fixed(struct store *store, struct key key, uint8_t *out,
                                         size_t size)
{
    struct store_bytes value;
    enum store_status status = store_get(store, key, &value);
    if (status == STORE_OK && value.size != size) {
        status = STORE_CORRUPT;
    }
    if (status == STORE_OK) {
        memcpy(out, value.data, size);
    }
    store_bytes_free(&value);
    return status;
}

static enum store_status store_get_place(struct store *store, struct key key, uint64_t *height,
                                         uint32_t *index)
{
    uint8_t bytes[PLACE_SIZE] = {0};
    enum store_status status = store_get_fixed(store, key, bytes, sizeof(bytes));
    *height = bytes_get_u64(bytes);
    *index = bytes_get_u32(bytes + 8);
    return status;
}

enum store_status store_get_envelope(struct store *store, const struct hash *envelope_id,
                                     uint64_t *height, uint32_t *index)
{
    /* Read before the search: what comes meanwhile may be missed. */
    bool pending = store->executed_height < store->again_height;
    struct envelope_place place;
    noted_lock(store);
    bool found = envelope_index_find(&store->envelopes, envelope_id, &place);
    noted_unlock(store);
    if (found) {
        *height = place.height;
        *index = place.index;
        return STORE_OK;
    }
    enum store_status status = store_get_place(store, key_of_envelope(envelope_id), height, index);
    return status == STORE_NOT_FOUND && pending ? STORE_PENDING : status;
}

/* A name that is looked for in rows. */
struct name_search {
    struct name_hash hash;
    struct name_place place;
    bool found;
    bool damaged;
};

static bool names_search(void *visitor, const uint8_t *key, size_t key_size, const uint8_t *value,
                         size_t value_size)
{
    struct name_search *search = visitor;
    search->damaged = key_size != NAMES_KEY_SIZE ||
                      !name_row_find(value, value_size, number_at(key + NAMES_PREFIX_SIZE),
                                     &search->hash, &search->place, &search->found);
    return !search->damaged && !search->found;
}

static enum store_status rows_search(struct store *store, struct name_search *search)
{
    struct key key = key_of_names(search->hash.bucket, 0);
    enum store_status status =
        store->operations->each(store->context, key.bytes, NAMES_PREFIX_SIZE, names_search, search);
    if (status == STORE_OK && search->damaged) {
        status = STORE_CORRUPT;
    }
    return status;
}

enum store_status store_get_settled(struct store *store, const char *party, const char *reference,
                                    size_t reference_size, uint64_t *height, uint32_t *event_index)
{
    char name[STORE_PARTY_SIZE + STORE_REFERENCE_SIZE_MAX];
    size_t size = name_make(name, party, reference, reference_size);
    /* Read before the search: what comes meanwhile may be missed. */
    bool pending = store->executed_height < store->again_height;
    struct name_search search = {.hash = name_index_hash(&store->names, name, size)};
    enum store_status status = STORE_OK;
    noted_lock(store);
    search.found = name_index_find(&store->names, &search.hash, &search.place);
    noted_unlock(store);
    if (!search.found) {
        status = rows_search(store, &search);
    }
    if (status == STORE_OK && !search.found) {
        status = pending ? STORE_PENDING : STORE_NOT_FOUND;
    }
    *height = search.place.height;
    *event_index = search.place.index;
    return status;
}

enum store_status store_get_part(struct store *store, uint64_t instruction, uint64_t settled,
                                 uint64_t *height, uint32_t *event_index)
{
    return store_get_place(store, key_of_part(instruction, settled), height, event_index);
}

enum store_status store_get_results(struct store *store, uint64_t height,
                                    const struct result_place *place, struct store_bytes *data)
{
    return result_log_read(store->results, height, place, data);
}

/* The highest number among the keys of a kind. */
static enum store_status store_last(struct store *store, enum key_kind kind, uint64_t *number)
{
    const uint8_t prefix[1] = {(uint8_t)kind};
    uint8_t key[KEY_SIZE_MAX];
    size_t size = 0;
    *number = 0;
    enum store_status status =
        store->operations->last(store->context, prefix, sizeof(prefix), key, sizeof(key), &size);
    if (status == STORE_OK && size != 1 + 8) {
        status = STORE_CORRUPT;
    }
    if (status == STORE_OK) {
        *number = number_at(key + 1);
    }
    return status;
}

enum store_status store_last_height(struct store *store, uint64_t *height)
{
    return store_last(store, KEY_BLOCK, height);
}

/* ---- Life ------------------------------------------------------------------------------- */

/* A new store is marked with chain and format; an old one must have been marked with ours. */
static enum store_status store_claim(struct store *store, const struct hash *chain_id,
                                     const uint8_t secret[NAME_SECRET_SIZE])
{
    struct hash found;
    uint8_t format[4];
    enum store_status status =
        store_get_fixed(store, key_of_name("chain"), found.bytes, sizeof(found.bytes));
    if (status == STORE_OK) {
        status = store_get_fixed(store, key_of_name("format"), format, sizeof(format));
        if (status == STORE_OK && !hash_equal(&found, chain_id)) {
            return STORE_CHAIN;
        }
        return status == STORE_OK && bytes_get_u32(format) != FORMAT ? STORE_FORMAT : status;
    }
    if (status != STORE_NOT_FOUND) {
        return status;
    }
    struct store_batch *batch = store_batch_new();
    if (batch == NULL) {
        return STORE_MEMORY;
    }
    bytes_put_u32(format, FORMAT);
    store_put_meta(batch, "chain", chain_id->bytes, sizeof(chain_id->bytes));
    store_put_meta(batch, "format", format, sizeof(format));
    store_put_meta(batch, secret_name, secret, NAME_SECRET_SIZE);
    status = store_write(store, batch, STORE_SYNC);
    store_batch_free(batch);
    return status;
}

/* The results up to the end that was stored last. */
static enum store_status results_open(struct store *store, const struct store_files *files)
{
    uint8_t bytes[8] = {0};
    enum store_status status =
        store_get_fixed(store, key_of_name(result_end_name), bytes, sizeof bytes);
    if (status != STORE_OK && status != STORE_NOT_FOUND) {
        return status;
    }
    return result_log_open(files->system, files->directory, &result_form, 0, bytes_get_u64(bytes),
                           &store->results);
}

struct chunk_visit {
    struct chunk_log *chunks;
    enum store_status status;
};

static bool chunk_note(void *visitor, const uint8_t *key, size_t key_size, const uint8_t *value,
                       size_t value_size)
{
    struct chunk_visit *visit = visitor;
    visit->status = STORE_CORRUPT;
    if (key_size == 1 + 8 && value_size == CHUNK_PLACE_SIZE) {
        struct result_place place = {bytes_get_u64(value), bytes_get_u32(value + 8)};
        visit->status = chunk_log_note(visit->chunks, number_at(key + 1), &place);
    }
    return visit->status == STORE_OK;
}

/* The chunks of the last checkpoint. */
static enum store_status chunks_open(struct store *store, const struct store_files *files)
{
    static const uint8_t prefix[1] = {KEY_CHECKPOINT};
    uint8_t range[CHUNK_RANGE_SIZE] = {0};
    enum store_status status =
        store_get_fixed(store, key_of_name(chunk_range_name), range, sizeof range);
    if (status != STORE_OK && status != STORE_NOT_FOUND) {
        return status;
    }
    status = chunk_log_open(files->system, files->directory, files->chunk_file_bytes,
                            bytes_get_u64(range), bytes_get_u64(range + 8), &store->chunks);
    if (status != STORE_OK) {
        return status;
    }
    struct chunk_visit visit = {store->chunks, STORE_OK};
    status = store->operations->each(store->context, prefix, sizeof prefix, chunk_note, &visit);
    return status == STORE_OK ? visit.status : status;
}

/* Nothing noted yet; whether something is to be noted again. */
static enum store_status noted_open(struct store *store)
{
    uint8_t secret[NAME_SECRET_SIZE];
    uint8_t end[8] = {0};
    enum store_status status =
        store_get_fixed(store, key_of_name(secret_name), secret, sizeof secret);
    if (status != STORE_OK) {
        return status == STORE_NOT_FOUND ? STORE_CORRUPT : status;
    }
    name_index_init(&store->names, secret);
    envelope_index_init(&store->envelopes, secret);
    status = store_get_fixed(store, key_of_name(names_end_name), end, sizeof end);
    store->executed_height = bytes_get_u64(end);
    if (status == STORE_OK || status == STORE_NOT_FOUND) {
        status = store_last(store, KEY_BLOCK, &store->again_height);
    }
    return status == STORE_NOT_FOUND ? STORE_OK : status;
}

enum store_status store_open_over(const struct store_operations *operations, void *context,
                                  const struct store_files *files, const struct hash *chain_id,
                                  struct store **out)
{
    *out = NULL;
    struct store *store = calloc(1, sizeof(*store));
    if (store == NULL) {
        operations->close(context);
        return STORE_MEMORY;
    }
    store->operations = operations;
    store->context = context;
    TALLY_ASSERT(pthread_mutex_init(&store->noted_mutex, NULL) == 0);
    enum store_status status = store_claim(store, chain_id, files->secret);
    if (status == STORE_OK) {
        status = noted_open(store);
    }
    if (status == STORE_OK) {
        status = results_open(store, files);
    }
    if (status == STORE_OK) {
        status = chunks_open(store, files);
    }
    if (status != STORE_OK) {
        store_close(store);
        return status;
    }
    *out = store;
    return STORE_OK;
}

enum store_status store_open(const char *directory, const struct hash *chain_id,
                             struct store **store)
{
    void *context = NULL;
    *store = NULL;
    enum store_status status = store_leveldb_open(directory, &context);
    if (status != STORE_OK) {
        return status;
    }
    char path[FILE_PATH_SIZE_MAX];
    if (file_path_join(path, directory, result_directory_name) != FILE_OK) {
        store_leveldb_operations()->close(context);
        return STORE_IO;
    }
    struct store_files files = {
        .system = file_system_posix(), .directory = path, .chunk_file_bytes = CHUNK_FILE_BYTES};
    randombytes_buf(files.secret, sizeof files.secret);
    return store_open_over(store_leveldb_operations(), context, &files, chain_id, store);
}

void store_close(struct store *store)
{
    if (store != NULL) {
        result_log_close(store->results);
        chunk_log_close(store->chunks);
        name_index_free(&store->names);
        envelope_index_free(&store->envelopes);
        (void)pthread_mutex_destroy(&store->noted_mutex);
        store->operations->close(store->context);
        free(store);
    }
}
