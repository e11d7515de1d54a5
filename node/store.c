/* store.c: see store.h. Keys, batches and their encoding; the disk is behind store_operations. */
#include "node/store.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "node/result_log.h"

STATUS_DEFINE(store_status, STORE_STATUS_LIST)

enum {
    KEY_SIZE_MAX = 64,
    RESULT_FILE_BYTES = 1 << 30,
    FORMAT = 6, /* raised when the layout of a record, receipt or event changes */
};

/* The first byte of a key; also its place in the order of keys. */
enum key_kind {
    KEY_BLOCK = 'B',
    KEY_CHECKPOINT = 'C',
    KEY_ENVELOPE = 'I',
    KEY_META = 'M',
    KEY_ROOTS = 'O',
    KEY_PART = 'P',
    KEY_SETTLED = 'T',
};

struct store {
    const struct store_operations *operations;
    void *context;
    struct result_log *results;
};

static const char result_end_name[] = "results"; /* of the meta value */
static const char result_directory_name[] = "results";

/* Keys and values stand one after the other in `bytes`; a change refers to them by offset, since
 * `bytes` moves when it grows. */
struct batch_change {
    size_t key_offset;
    size_t key_size;
    size_t value_offset;
    size_t value_size;
};

struct store_batch {
    uint8_t *bytes;
    size_t size;
    size_t capacity;
    struct batch_change *changes;
    size_t change_count;
    size_t change_capacity;
    bool failed; /* a copy did not get its memory */
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

/* The number in a key of key_of_number. */
static uint64_t number_of_key(const uint8_t *key, size_t size)
{
    TALLY_ASSERT(size == 1 + 8);
    uint64_t number = 0;
    for (size_t i = 1; i < size; i++) {
        number = number << 8 | key[i];
    }
    return number;
}

static struct key key_of_settled(const char *party, const char *reference, size_t reference_size)
{
    TALLY_ASSERT(reference_size <= STORE_REFERENCE_SIZE_MAX);
    uint8_t bytes[STORE_PARTY_SIZE + STORE_REFERENCE_SIZE_MAX];
    memcpy(bytes, party, STORE_PARTY_SIZE);
    memcpy(bytes + STORE_PARTY_SIZE, reference, reference_size);
    return key_of_bytes(KEY_SETTLED, bytes, STORE_PARTY_SIZE + reference_size);
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
        free(batch);
    }
}

void store_batch_clear(struct store_batch *batch)
{
    batch->size = 0;
    batch->change_count = 0;
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
    batch_put(batch, key_of_number(KEY_ROOTS, height), data, size);
}

void store_put_checkpoint(struct store_batch *batch, uint64_t part, const void *data, size_t size)
{
    batch_put(batch, key_of_number(KEY_CHECKPOINT, part), data, size);
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
    uint8_t place[PLACE_SIZE];
    place_encode(place, height, index);
    batch_put(batch, key_of_bytes(KEY_ENVELOPE, envelope_id->bytes, sizeof(envelope_id->bytes)),
              place, sizeof(place));
}

void store_put_settled(struct store_batch *batch, const char *party, const char *reference,
                       size_t reference_size, uint64_t height, uint32_t event_index)
{
    uint8_t place[PLACE_SIZE];
    place_encode(place, height, event_index);
    batch_put(batch, key_of_settled(party, reference, reference_size), place, sizeof(place));
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

enum store_status store_write(struct store *store, const struct store_batch *batch,
                              enum store_durability durability)
{
    if (batch->failed) {
        return STORE_MEMORY;
    }
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

uint8_t *store_results_room(struct store *store, size_t size)
{
    return result_log_room(store->results, size);
}

enum store_status store_append_results(struct store *store, uint64_t height, const void *data,
                                       uint32_t size, struct result_place *place)
{
    return result_log_append(store->results, height, data, size, place);
}

enum store_status store_sync_results(struct store *store, struct store_batch *batch)
{
    uint64_t end;
    enum store_status status = result_log_sync(store->results, &end);
    if (status == STORE_OK) {
        uint8_t bytes[8];
        bytes_put_u64(bytes, end);
        store_put_meta(batch, result_end_name, bytes, sizeof bytes);
    }
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
    return store_get(store, key_of_number(KEY_CHECKPOINT, part), data);
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
    return store_get_place(
        store, key_of_bytes(KEY_ENVELOPE, envelope_id->bytes, sizeof(envelope_id->bytes)), height,
        index);
}

enum store_status store_get_settled(struct store *store, const char *party, const char *reference,
                                    size_t reference_size, uint64_t *height, uint32_t *event_index)
{
    return store_get_place(store, key_of_settled(party, reference, reference_size), height,
                           event_index);
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

enum store_status store_last_height(struct store *store, uint64_t *height)
{
    static const uint8_t prefix[1] = {KEY_BLOCK};
    uint8_t key[KEY_SIZE_MAX];
    size_t size = 0;
    *height = 0;
    enum store_status status =
        store->operations->last(store->context, prefix, sizeof(prefix), key, sizeof(key), &size);
    if (status == STORE_OK && size != 1 + 8) {
        status = STORE_CORRUPT;
    }
    if (status == STORE_OK) {
        *height = number_of_key(key, size);
    }
    return status;
}

/* ---- Life ------------------------------------------------------------------------------- */

/* A new store is marked with chain and format; an old one must have been marked with ours. */
static enum store_status store_claim(struct store *store, const struct hash *chain_id)
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
    status = store_write(store, batch, STORE_SYNC);
    store_batch_free(batch);
    return status;
}

/* The results up to the end that was stored last. */
static enum store_status results_open(struct store *store, const struct file_system *system,
                                      const char *directory)
{
    uint8_t bytes[8] = {0};
    enum store_status status =
        store_get_fixed(store, key_of_name(result_end_name), bytes, sizeof bytes);
    if (status != STORE_OK && status != STORE_NOT_FOUND) {
        return status;
    }
    return result_log_open(system, directory, RESULT_FILE_BYTES, bytes_get_u64(bytes),
                           &store->results);
}

enum store_status store_open_over(const struct store_operations *operations, void *context,
                                  const struct file_system *system, const char *result_directory,
                                  const struct hash *chain_id, struct store **out)
{
    *out = NULL;
    struct store *store = calloc(1, sizeof(*store));
    if (store == NULL) {
        operations->close(context);
        return STORE_MEMORY;
    }
    store->operations = operations;
    store->context = context;
    enum store_status status = store_claim(store, chain_id);
    if (status == STORE_OK) {
        status = results_open(store, system, result_directory);
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
    char results[FILE_PATH_SIZE_MAX];
    if (file_path_join(results, directory, result_directory_name) != FILE_OK) {
        store_leveldb_operations()->close(context);
        return STORE_IO;
    }
    return store_open_over(store_leveldb_operations(), context, file_system_posix(), results,
                           chain_id, store);
}

void store_close(struct store *store)
{
    if (store != NULL) {
        result_log_close(store->results);
        store->operations->close(store->context);
        free(store);
    }
}
