/*
 * result_log.c: see result_log.h. Readers open the files by themselves, so that an append and a
 * read never wait for the disk of each other.
 *
 * What was appended last stands in memory, at the same remainder by FILE_BLOCK_SIZE as in its file,
 * and goes there in long stretches of whole blocks, past the page cache (file_write): nobody reads
 * it soon, and copies into pages that no cache holds were a tenth of execution. The mutex is held
 * where what readers look at changes, and while they copy.
 */
#include "node/result_log.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/crc32c.h"

enum {
    HEAD_SIZE = 16,
    CHECKED_SIZE = 12, /* of the head, under the checksum */
    NAME_SIZE = 32,
    DIGITS = 16,
    WRITE_BYTES = 512 << 10, /* what an append leaves in memory is less */
};

struct result_log {
    const struct file_system *system;
    struct result_form form;
    char directory[FILE_PATH_SIZE_MAX];
    struct file file; /* the one that is appended to; closed before the first append to it */
    uint64_t first;   /* number of the first file that is kept */
    uint64_t number;  /* of that file */
    uint64_t synced;
    bool name_synced; /* false: a file was made whose name is not durable yet */

    pthread_mutex_t mutex; /* only the one who appends changes what follows, and under it */
    uint64_t end;
    uint64_t written; /* what stands before is in the files, what follows up to the end in memory */
    uint8_t *memory;  /* begins with the block that `written` is in */
    size_t capacity;
};

static void log_lock(struct result_log *results)
{
    int result = pthread_mutex_lock(&results->mutex);
    TALLY_ASSERT(result == 0);
}

static void log_unlock(struct result_log *results)
{
    int result = pthread_mutex_unlock(&results->mutex);
    TALLY_ASSERT(result == 0);
}

static enum store_status status_of(enum file_status status)
{
    switch (status) {
    case FILE_OK:
        return STORE_OK;
    case FILE_FULL:
        return STORE_FULL;
    default:
        return STORE_IO;
    }
}

/* ---- Files -------------------------------------------------------------------------------- */

static enum file_status number_open(const struct result_log *results, uint64_t number,
                                    enum file_mode mode, struct file *file)
{
    char name[NAME_SIZE];
    char path[FILE_PATH_SIZE_MAX];
    (void)snprintf(name, sizeof name, "%s%0*llx", results->form.prefix, DIGITS,
                   (unsigned long long)number);
    enum file_status status = file_path_join(path, results->directory, name);
    return status == FILE_OK ? file_open(file, results->system, path, mode) : status;
}

/* Names of files that hold nothing but what stands before the begin or behind the end. */
struct listing {
    const char *prefix;
    char names[16][NAME_SIZE];
    uint32_t count;
    uint64_t number_first; /* those from here on, */
    uint64_t number_end;   /* and below this one, are kept */
};

static void listing_add(void *context, const char *name)
{
    struct listing *listing = context;
    char *end;
    size_t prefix_size = strlen(listing->prefix);
    if (strlen(name) != prefix_size + DIGITS || strncmp(name, listing->prefix, prefix_size) != 0) {
        return;
    }
    uint64_t number = strtoull(name + prefix_size, &end, 16);
    bool kept = number >= listing->number_first && number < listing->number_end;
    if (*end == '\0' && !kept &&
        listing->count < sizeof listing->names / sizeof listing->names[0]) {
        memcpy(listing->names[listing->count], name, strlen(name) + 1);
        listing->count++;
    }
}

/* Removes all files but those from a number on and below another, as many at a time as a listing
 * takes. */
static enum file_status numbers_keep(const struct result_log *results, uint64_t number_first,
                                     uint64_t number_end)
{
    struct listing listing;
    enum file_status status;
    do {
        listing = (struct listing){
            .prefix = results->form.prefix, .number_first = number_first, .number_end = number_end};
        status = directory_list(results->system, results->directory, listing_add, &listing);
        for (uint32_t i = 0; status == FILE_OK && i < listing.count; i++) {
            char path[FILE_PATH_SIZE_MAX];
            status = file_path_join(path, results->directory, listing.names[i]);
            status = status == FILE_OK ? file_unlink(results->system, path) : status;
        }
    } while (status == FILE_OK && listing.count > 0);
    return status;
}

/* Has a file before the last one the bytes that it must have? */
static enum store_status number_check(const struct result_log *results, uint64_t number)
{
    struct file file;
    uint64_t size = 0;
    file_init(&file);
    enum file_status status = number_open(results, number, FILE_READ, &file);
    status = status == FILE_OK ? file_size(&file, &size) : status;
    file_close(&file);
    if (status == FILE_NOT_FOUND || (status == FILE_OK && size != results->form.file_bytes)) {
        return STORE_CORRUPT;
    }
    return status_of(status);
}

/* Opens the file in which the stream ends and cuts it there. */
static enum store_status tail_cut(struct result_log *results, uint64_t bytes)
{
    uint64_t size = 0;
    if (bytes == 0) {
        return STORE_OK; /* it is made with the first append */
    }
    enum file_status status = number_open(results, results->number, FILE_WRITE, &results->file);
    status = status == FILE_OK ? file_size(&results->file, &size) : status;
    if (status == FILE_NOT_FOUND || (status == FILE_OK && size < bytes)) {
        return STORE_CORRUPT;
    }
    return status_of(status == FILE_OK ? file_truncate(&results->file, bytes) : status);
}

/* ---- Life --------------------------------------------------------------------------------- */

static enum store_status stream_cut(struct result_log *results, uint64_t begin, uint64_t end)
{
    uint64_t first = begin / results->form.file_bytes;
    results->first = first;
    uint64_t bytes = end % results->form.file_bytes;
    results->number = end / results->form.file_bytes;
    results->end = end;
    results->written = end;
    results->synced = end;
    results->name_synced = true;
    enum store_status status = STORE_OK;
    for (uint64_t number = first; status == STORE_OK && number < results->number; number++) {
        status = number_check(results, number);
    }
    status = status == STORE_OK ? tail_cut(results, bytes) : status;
    if (status == STORE_OK) {
        status = status_of(numbers_keep(results, first, results->number + (bytes > 0)));
    }
    return status;
}

enum store_status result_log_open(const struct file_system *system, const char *directory,
                                  const struct result_form *form, uint64_t begin, uint64_t end,
                                  struct result_log **file)
{
    TALLY_ASSERT(strlen(form->prefix) + DIGITS < NAME_SIZE);
    *file = NULL;
    struct result_log *results = calloc(1, sizeof *results);
    if (results == NULL) {
        return STORE_MEMORY;
    }
    results->system = system;
    results->form = *form;
    file_init(&results->file);
    TALLY_ASSERT(pthread_mutex_init(&results->mutex, NULL) == 0);
    size_t size = strlen(directory) + 1;
    enum store_status status = size > sizeof results->directory ? STORE_IO : STORE_OK;
    if (status == STORE_OK) {
        memcpy(results->directory, directory, size);
        status = status_of(directory_create(system, directory));
    }
    status = status == STORE_OK ? stream_cut(results, begin, end) : status;
    if (status != STORE_OK) {
        result_log_close(results);
        return status;
    }
    *file = results;
    return STORE_OK;
}

void result_log_close(struct result_log *file)
{
    if (file != NULL) {
        file_close(&file->file);
        (void)pthread_mutex_destroy(&file->mutex);
        free(file->memory);
        free(file);
    }
}

/* ---- Writing ------------------------------------------------------------------------------ */

static enum file_status tail_sync(struct result_log *results)
{
    enum file_status status = file_sync(&results->file);
    if (status == FILE_OK && !results->name_synced) {
        status = directory_sync(results->system, results->directory);
        results->name_synced = status == FILE_OK;
    }
    return status;
}

/* The file that the next byte is written to; the one before is left synced. */
static enum file_status tail_open(struct result_log *results)
{
    if (results->written % results->form.file_bytes != 0) {
        return FILE_OK;
    }
    enum file_status status = FILE_OK;
    if (results->written / results->form.file_bytes != results->number) {
        status = tail_sync(results);
        file_close(&results->file);
        results->number++;
    }
    if (status == FILE_OK) {
        status = number_open(results, results->number, FILE_CREATE, &results->file);
        results->name_synced = false;
    }
    return status;
}

/* Where the block begins that a byte of the stream is in. */
static uint64_t block_begin(const struct result_log *results, uint64_t offset)
{
    return offset - offset % results->form.file_bytes % FILE_BLOCK_SIZE;
}

/* What a byte that is not written yet has in memory. */
static uint8_t *memory_of(const struct result_log *results, uint64_t offset)
{
    return results->memory + (offset - block_begin(results, results->written));
}

/* So much is written: memory begins there. */
static void written_note(struct result_log *results, uint64_t written)
{
    log_lock(results);
    const uint8_t *left = memory_of(results, written);
    results->written = written;
    memmove(memory_of(results, written), left, results->end - written);
    log_unlock(results);
}

/* Writes what is in memory, up to there. */
static enum file_status stretch_write(struct result_log *results, uint64_t end)
{
    enum file_status status = FILE_OK;
    while (status == FILE_OK && results->written < end) {
        status = tail_open(results);
        uint64_t at = results->written % results->form.file_bytes;
        uint64_t left = results->form.file_bytes - at;
        uint64_t count = end - results->written;
        count = count < left ? count : left;
        if (status == FILE_OK) {
            status = file_write(&results->file, at, memory_of(results, results->written), count);
        }
        if (status == FILE_OK) {
            written_note(results, results->written + count);
        }
    }
    return status;
}

/* Room for so many bytes behind the end. */
static bool memory_reserve(struct result_log *results, size_t size)
{
    uint64_t begin = block_begin(results, results->written);
    size_t needed = (size_t)(results->end - begin) + size;
    if (needed <= results->capacity) {
        return true;
    }
    size_t capacity = (needed + needed / 2 + FILE_BLOCK_SIZE) / FILE_BLOCK_SIZE * FILE_BLOCK_SIZE;
    uint8_t *larger = aligned_alloc(FILE_BLOCK_SIZE, capacity);
    if (larger == NULL) {
        return false;
    }
    if (results->memory != NULL) {
        memcpy(larger, results->memory, (size_t)(results->end - begin));
    }
    log_lock(results);
    free(results->memory);
    results->memory = larger;
    results->capacity = capacity;
    log_unlock(results);
    return true;
}

uint8_t *result_log_room(struct result_log *file, size_t size)
{
    return memory_reserve(file, HEAD_SIZE + size) ? memory_of(file, file->end) + HEAD_SIZE : NULL;
}

enum store_status result_log_append(struct result_log *file, uint64_t height, const void *data,
                                    uint32_t size, struct result_place *place)
{
    TALLY_ASSERT(size > 0 && size <= UINT32_MAX - HEAD_SIZE);
    bool in_place = file->memory != NULL && data == memory_of(file, file->end) + HEAD_SIZE;
    if (!memory_reserve(file, HEAD_SIZE + (size_t)size)) {
        return STORE_MEMORY;
    }
    uint8_t *piece = memory_of(file, file->end);
    bytes_put_u64(piece, height);
    bytes_put_u32(piece + 8, size);
    bytes_put_u32(piece + CHECKED_SIZE, crc32c(crc32c(0, piece, CHECKED_SIZE), data, size));
    if (!in_place) {
        memcpy(piece + HEAD_SIZE, data, size);
    }
    *place = (struct result_place){.offset = file->end, .size = HEAD_SIZE + size};
    log_lock(file);
    file->end += HEAD_SIZE + (uint64_t)size;
    log_unlock(file);
    uint64_t end;
    if (file->end - file->synced > file->form.unsynced_bytes_max) {
        return result_log_sync(file, &end);
    }
    bool many = file->end - file->written >= WRITE_BYTES;
    return many ? status_of(stretch_write(file, block_begin(file, file->end))) : STORE_OK;
}

enum store_status result_log_sync(struct result_log *file, uint64_t *end)
{
    enum file_status status = stretch_write(file, file->end);
    if (status == FILE_OK && file->synced < file->end) {
        status = tail_sync(file);
    }
    if (status == FILE_OK) {
        file->synced = file->end;
    }
    *end = file->synced;
    return status_of(status);
}

enum store_status result_log_drop(struct result_log *file, uint64_t begin)
{
    TALLY_ASSERT(begin <= file->end);
    uint64_t first = begin / file->form.file_bytes;
    if (first <= file->first) {
        return STORE_OK;
    }
    file->first = first;
    return status_of(numbers_keep(file, first, UINT64_MAX));
}

/* ---- Reading ------------------------------------------------------------------------------ */

static enum store_status stream_read(const struct result_log *results, uint64_t offset,
                                     uint8_t *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        uint64_t at = (offset + done) % results->form.file_bytes;
        size_t count = size - done;
        size_t got = 0;
        struct file file;
        count =
            count < results->form.file_bytes - at ? count : (size_t)(results->form.file_bytes - at);
        file_init(&file);
        enum file_status status =
            number_open(results, (offset + done) / results->form.file_bytes, FILE_READ, &file);
        status = status == FILE_OK ? file_read(&file, at, bytes + done, count, &got) : status;
        file_close(&file);
        if (status != FILE_OK && status != FILE_NOT_FOUND) {
            return STORE_IO;
        }
        if (got != count) {
            return STORE_CORRUPT;
        }
        done += count;
    }
    return STORE_OK;
}

/* What stands in memory of a piece, to where it belongs behind what the files have of it. Returns
 * how much they have; false when the piece ends behind the end. */
static bool memory_read(struct result_log *results, const struct result_place *place,
                        uint8_t *bytes, size_t *from_files)
{
    log_lock(results);
    uint64_t end = place->offset + place->size;
    uint64_t begin = place->offset > results->written ? place->offset : results->written;
    bool there = end <= results->end;
    if (there && begin < end) {
        memcpy(bytes + (begin - place->offset), memory_of(results, begin), end - begin);
    }
    *from_files = begin < end ? (size_t)(begin - place->offset) : place->size;
    log_unlock(results);
    return there;
}

enum store_status result_log_read(struct result_log *file, uint64_t height,
                                  const struct result_place *place, struct store_bytes *data)
{
    *data = (struct store_bytes){.data = NULL};
    if (place->size <= HEAD_SIZE || place->offset > UINT64_MAX - place->size) {
        return STORE_CORRUPT;
    }
    uint8_t *bytes = malloc(place->size);
    if (bytes == NULL) {
        return STORE_MEMORY;
    }
    size_t from_files;
    enum store_status status = STORE_NOT_FOUND;
    if (memory_read(file, place, bytes, &from_files)) {
        status = stream_read(file, place->offset, bytes, from_files);
    }
    uint32_t size = place->size - HEAD_SIZE;
    if (status == STORE_OK) {
        uint32_t sum = crc32c(crc32c(0, bytes, CHECKED_SIZE), bytes + HEAD_SIZE, size);
        bool right = bytes_get_u64(bytes) == height && bytes_get_u32(bytes + 8) == size &&
                     bytes_get_u32(bytes + CHECKED_SIZE) == sum;
        status = right ? STORE_OK : STORE_CORRUPT;
    }
    if (status != STORE_OK) {
        free(bytes);
        return status;
    }
    memmove(bytes, bytes + HEAD_SIZE, size);
    *data = (struct store_bytes){.data = bytes, .size = size};
    return STORE_OK;
}
