/*
 * store_leveldb.c: the only file that knows LevelDB.
 *
 * Options: checksums verified on every read, paranoid checks on opening (so that damage is told and
 * not skipped), no compression (hashes and signatures do not shrink), a bloom filter for point
 * reads. What was written last is kept in memory and in LevelDB's log until it is 64 MiB; only then
 * it becomes a table, and each table is merged with those before it. With buffers of 16 MiB the
 * merges of a validator under load wrote more than everything else together. Errors are strings;
 * the words that matter are looked for in them, everything else is STORE_IO.
 */
#include <leveldb/c.h>
#include <stdlib.h>
#include <string.h>

#include "node/store.h"
#include "node/store_logs.h"

enum {
    WRITE_BUFFER_SIZE = 64 << 20,
    CACHE_SIZE = 32 << 20,
    BLOOM_BITS = 10,
    OPEN_FILES_MAX = 256,
    PREFIX_SIZE_MAX = 8,
};

struct store_leveldb {
    leveldb_t *database;
    leveldb_options_t *options;
    leveldb_readoptions_t *read_options;
    leveldb_writeoptions_t *lazy_options;
    leveldb_writeoptions_t *sync_options;
    leveldb_filterpolicy_t *filter; /* these two must outlive the database */
    leveldb_cache_t *cache;
    char directory[FILE_PATH_SIZE_MAX];
};

/* Judges and frees an error string; NULL is STORE_OK. */
static enum store_status status_of(char *error)
{
    if (error == NULL) {
        return STORE_OK;
    }
    enum store_status status = STORE_IO;
    if (strstr(error, "No space left") != NULL || strstr(error, "Disk quota") != NULL) {
        status = STORE_FULL;
    } else if (strstr(error, "lock ") != NULL) {
        status = STORE_LOCKED;
    } else if (strncmp(error, "Corruption", strlen("Corruption")) == 0) {
        status = STORE_CORRUPT;
    }
    leveldb_free(error);
    return status;
}

static void leveldb_context_close(void *context)
{
    struct store_leveldb *store = context;
    if (store->database != NULL) {
        leveldb_close(store->database);
    }
    leveldb_options_destroy(store->options);
    leveldb_readoptions_destroy(store->read_options);
    leveldb_writeoptions_destroy(store->lazy_options);
    leveldb_writeoptions_destroy(store->sync_options);
    leveldb_filterpolicy_destroy(store->filter);
    leveldb_cache_destroy(store->cache);
    free(store);
}

enum store_status store_leveldb_open(const char *directory, void **context)
{
    *context = NULL;
    size_t directory_size = strlen(directory);
    struct store_leveldb *store = calloc(1, sizeof(*store));
    if (store == NULL) {
        return STORE_MEMORY;
    }
    if (directory_size >= sizeof store->directory) {
        free(store);
        return STORE_IO;
    }
    memcpy(store->directory, directory, directory_size);
    store->filter = leveldb_filterpolicy_create_bloom(BLOOM_BITS);
    store->cache = leveldb_cache_create_lru(CACHE_SIZE);
    store->options = leveldb_options_create();
    leveldb_options_set_create_if_missing(store->options, 1);
    leveldb_options_set_paranoid_checks(store->options, 1);
    leveldb_options_set_compression(store->options, leveldb_no_compression);
    leveldb_options_set_write_buffer_size(store->options, WRITE_BUFFER_SIZE);
    leveldb_options_set_max_open_files(store->options, OPEN_FILES_MAX);
    leveldb_options_set_filter_policy(store->options, store->filter);
    leveldb_options_set_cache(store->options, store->cache);
    store->read_options = leveldb_readoptions_create();
    leveldb_readoptions_set_verify_checksums(store->read_options, 1);
    store->lazy_options = leveldb_writeoptions_create();
    store->sync_options = leveldb_writeoptions_create();
    leveldb_writeoptions_set_sync(store->sync_options, 1);
    char *error = NULL;
    store->database = leveldb_open(store->options, directory, &error);
    enum store_status status = status_of(error);
    if (status != STORE_OK) {
        leveldb_context_close(store);
        return status;
    }
    TALLY_ASSERT(store->database != NULL);
    *context = store;
    return STORE_OK;
}

static enum store_status leveldb_context_get(void *context, const uint8_t *key, size_t key_size,
                                             struct store_bytes *value)
{
    const struct store_leveldb *store = context;
    char *error = NULL;
    size_t size = 0;
    char *found = leveldb_get(store->database, store->read_options, (const char *)key, key_size,
                              &size, &error);
    enum store_status status = status_of(error);
    if (status != STORE_OK) {
        return status;
    }
    if (found == NULL) {
        return STORE_NOT_FOUND;
    }
    /* Copied, so that all bytes of a store are freed in one way. */
    value->data = malloc(size == 0 ? 1 : size);
    if (value->data != NULL && size > 0) {
        memcpy(value->data, found, size);
    }
    value->size = size;
    leveldb_free(found);
    return value->data == NULL ? STORE_MEMORY : STORE_OK;
}

static enum store_status leveldb_context_write(void *context, const struct store_change *changes,
                                               size_t change_count,
                                               enum store_durability durability)
{
    const struct store_leveldb *store = context;
    leveldb_writebatch_t *batch = leveldb_writebatch_create();
    for (size_t i = 0; i < change_count; i++) {
        const struct store_change *change = &changes[i];
        const char *key = (const char *)change->key;
        leveldb_writebatch_put(batch, key, change->key_size, (const char *)change->value,
                               change->value_size);
    }
    char *error = NULL;
    leveldb_write(store->database,
                  durability == STORE_SYNC ? store->sync_options : store->lazy_options, batch,
                  &error);
    leveldb_writebatch_destroy(batch);
    return status_of(error);
}

static enum store_status leveldb_context_settle(void *context)
{
    const struct store_leveldb *store = context;
    enum file_status status = store_logs_sync(file_system_posix(), store->directory);
    return status == FILE_OK ? STORE_OK : status == FILE_FULL ? STORE_FULL : STORE_IO;
}

/* Moves to the highest key that begins with `prefix`, if there is one: those are followed by the
 * keys of the next prefix, so it seeks there and steps back. */
static void prefix_seek_last(leveldb_iterator_t *iterator, const uint8_t *prefix,
                             size_t prefix_size)
{
    uint8_t beyond[PREFIX_SIZE_MAX];
    TALLY_ASSERT(prefix_size > 0 && prefix_size <= PREFIX_SIZE_MAX);
    TALLY_ASSERT(prefix[0] < UINT8_MAX);
    memcpy(beyond, prefix, prefix_size);
    while (beyond[prefix_size - 1] == UINT8_MAX) {
        prefix_size--;
    }
    beyond[prefix_size - 1]++;
    leveldb_iter_seek(iterator, (const char *)beyond, prefix_size);
    if (leveldb_iter_valid(iterator)) {
        leveldb_iter_prev(iterator);
    } else {
        leveldb_iter_seek_to_last(iterator);
    }
}

static bool prefix_has(const char *key, size_t key_size, const uint8_t *prefix, size_t prefix_size)
{
    return key_size >= prefix_size && memcmp(key, prefix, prefix_size) == 0;
}

static enum store_status iterator_end(leveldb_iterator_t *iterator)
{
    char *error = NULL;
    leveldb_iter_get_error(iterator, &error);
    leveldb_iter_destroy(iterator);
    return status_of(error);
}

static enum store_status leveldb_context_last(void *context, const uint8_t *prefix,
                                              size_t prefix_size, uint8_t *key, size_t key_capacity,
                                              size_t *key_size)
{
    const struct store_leveldb *store = context;
    leveldb_iterator_t *iterator = leveldb_create_iterator(store->database, store->read_options);
    enum store_status status = STORE_NOT_FOUND;
    prefix_seek_last(iterator, prefix, prefix_size);
    if (leveldb_iter_valid(iterator)) {
        const char *found = leveldb_iter_key(iterator, key_size);
        if (prefix_has(found, *key_size, prefix, prefix_size) && *key_size <= key_capacity) {
            memcpy(key, found, *key_size);
            status = STORE_OK;
        }
    }
    enum store_status failure = iterator_end(iterator);
    return failure != STORE_OK ? failure : status;
}

static enum store_status leveldb_context_each(void *context, const uint8_t *prefix,
                                              size_t prefix_size, store_visit *visit, void *visitor)
{
    const struct store_leveldb *store = context;
    leveldb_iterator_t *iterator = leveldb_create_iterator(store->database, store->read_options);
    bool more = true;
    prefix_seek_last(iterator, prefix, prefix_size);
    while (more && leveldb_iter_valid(iterator)) {
        size_t key_size;
        size_t value_size;
        const char *key = leveldb_iter_key(iterator, &key_size);
        const char *value = leveldb_iter_value(iterator, &value_size);
        more = prefix_has(key, key_size, prefix, prefix_size) &&
               visit(visitor, (const uint8_t *)key, key_size, (const uint8_t *)value, value_size);
        if (more) {
            leveldb_iter_prev(iterator);
        }
    }
    return iterator_end(iterator);
}

const struct store_operations *store_leveldb_operations(void)
{
    static const struct store_operations operations = {
        .get = leveldb_context_get,
        .write = leveldb_context_write,
        .settle = leveldb_context_settle,
        .last = leveldb_context_last,
        .each = leveldb_context_each,
        .close = leveldb_context_close,
    };
    return &operations;
}
