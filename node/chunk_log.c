#include "node/chunk_log.h"

#include <stdlib.h>

#include "node/log.h"

enum {
    PLACES_FIRST = 64,
    FILES_KEPT = 2, /* out of date and not cleaned */
};

/* The places of a kind, by chunk; size 0: none. */
struct places {
    struct result_place *places;
    uint32_t capacity;
};

struct chunk_log {
    struct result_log *stream;
    uint64_t file_bytes;
    uint64_t begin;
    uint64_t end;
    uint64_t live; /* bytes of latest pieces */
    struct places kinds[CHUNK_KINDS];
};

enum store_status chunk_log_open(const struct file_system *system, const char *directory,
                                 uint64_t file_bytes, uint64_t begin, uint64_t end,
                                 struct chunk_log **out)
{
    const struct result_form form = {.prefix = "chunks-",
                                     .file_bytes = file_bytes,
                                     .unsynced_bytes_max = RESULT_UNSYNCED_BYTES_MAX};
    *out = NULL;
    if (begin > end || begin % file_bytes != 0) {
        return STORE_CORRUPT;
    }
    struct chunk_log *log = calloc(1, sizeof *log);
    if (log == NULL) {
        return STORE_MEMORY;
    }
    log->file_bytes = file_bytes;
    log->begin = begin;
    log->end = end;
    enum store_status status = result_log_open(system, directory, &form, begin, end, &log->stream);
    if (status != STORE_OK) {
        free(log);
        return status;
    }
    *out = log;
    return STORE_OK;
}

void chunk_log_close(struct chunk_log *log)
{
    if (log != NULL) {
        for (uint32_t kind = 0; kind < CHUNK_KINDS; kind++) {
            free(log->kinds[kind].places);
        }
        result_log_close(log->stream);
        free(log);
    }
}

/* ---- Places ------------------------------------------------------------------------------- */

/* NULL: there is no such part, or no memory when it is to be made. */
static struct result_place *place_of(const struct chunk_log *log, uint64_t part)
{
    const struct places *kind = part >> 32 < CHUNK_KINDS ? &log->kinds[part >> 32] : NULL;
    uint32_t chunk = (uint32_t)part;
    return kind != NULL && chunk < kind->capacity ? &kind->places[chunk] : NULL;
}

static bool places_reserve(struct places *kind, uint32_t count)
{
    uint32_t capacity = kind->capacity == 0 ? PLACES_FIRST : kind->capacity;
    while (capacity < count) {
        capacity *= 2;
    }
    if (capacity > kind->capacity) {
        struct result_place *grown = realloc(kind->places, capacity * sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        for (uint32_t i = kind->capacity; i < capacity; i++) {
            grown[i] = (struct result_place){.size = 0};
        }
        kind->places = grown;
        kind->capacity = capacity;
    }
    return true;
}

enum store_status chunk_log_note(struct chunk_log *log, uint64_t part,
                                 const struct result_place *place)
{
    if (part >> 32 >= CHUNK_KINDS || (uint32_t)part >= CHUNK_NUMBER_MAX) {
        return STORE_CORRUPT;
    }
    if (!places_reserve(&log->kinds[part >> 32], (uint32_t)part + 1)) {
        return STORE_MEMORY;
    }
    struct result_place *kept = place_of(log, part);
    TALLY_ASSERT(kept != NULL);
    TALLY_ASSERT(log->live >= kept->size);
    log->live -= kept->size;
    *kept = (struct result_place){.size = 0};
    /* A part of a longer state before has no piece any more when it rotted before it was copied. */
    if (place->offset >= log->begin) {
        log->live += place->size;
        *kept = *place;
    }
    return STORE_OK;
}

/* ---- Writing and reading ------------------------------------------------------------------ */

uint8_t *chunk_log_room(struct chunk_log *log, size_t size)
{
    return result_log_room(log->stream, size);
}

enum store_status chunk_log_append(struct chunk_log *log, uint64_t part, const void *data,
                                   uint32_t size, struct result_place *place)
{
    enum store_status status = result_log_append(log->stream, part, data, size, place);
    if (status == STORE_OK) {
        log->end = place->offset + place->size;
        status = chunk_log_note(log, part, place);
    }
    return status;
}

bool chunk_log_has(const struct chunk_log *log, uint64_t part)
{
    const struct result_place *place = place_of(log, part);
    return place != NULL && place->size > 0;
}

enum store_status chunk_log_read(const struct chunk_log *log, uint64_t part,
                                 struct store_bytes *data)
{
    const struct result_place *place = place_of(log, part);
    *data = (struct store_bytes){.data = NULL};
    return place == NULL || place->size == 0 ? STORE_NOT_FOUND
                                             : result_log_read(log->stream, part, place, data);
}

/* ---- The end of a checkpoint -------------------------------------------------------------- */

/* Appends a part again, as it is. One that rotted is given up: it may be of a state that is no
 * more, and if not, the next checkpoint writes it anew; until then a start executes more blocks. */
static enum store_status part_copy(struct chunk_log *log, uint64_t part, chunk_moved *moved,
                                   void *context)
{
    struct store_bytes bytes;
    struct result_place place;
    enum store_status status = chunk_log_read(log, part, &bytes);
    if (status == STORE_CORRUPT) {
        LOG(LOG_ERROR, "a chunk of the checkpoint is damaged", log_u64("part", part));
        struct result_place *lost = place_of(log, part);
        log->live -= lost->size;
        lost->size = 0;
        return STORE_OK;
    }
    if (status == STORE_OK) {
        status = chunk_log_append(log, part, bytes.data, (uint32_t)bytes.size, &place);
        store_bytes_free(&bytes);
    }
    if (status == STORE_OK) {
        moved(context, part, &place);
    }
    return status;
}

static enum store_status parts_copy(struct chunk_log *log, uint64_t begin, chunk_moved *moved,
                                    void *context)
{
    enum store_status status = STORE_OK;
    for (uint64_t kind = 0; status == STORE_OK && kind < CHUNK_KINDS; kind++) {
        for (uint64_t i = 0; status == STORE_OK && i < log->kinds[kind].capacity; i++) {
            const struct result_place *place = &log->kinds[kind].places[i];
            if (place->size > 0 && place->offset < begin) {
                status = part_copy(log, kind << 32 | i, moved, context);
            }
        }
    }
    return status;
}

enum store_status chunk_log_finish(struct chunk_log *log, chunk_moved *moved, void *context,
                                   uint64_t *begin, uint64_t *end)
{
    uint64_t kept = 2 * log->live + FILES_KEPT * log->file_bytes;
    uint64_t next = log->begin;
    while (log->end - next > kept) {
        next += log->file_bytes;
    }
    enum store_status status = next > log->begin ? parts_copy(log, next, moved, context) : STORE_OK;
    log->begin = next;
    *begin = next;
    return status == STORE_OK ? result_log_sync(log->stream, end) : status;
}

enum store_status chunk_log_clear(struct chunk_log *log)
{
    return result_log_drop(log->stream, log->begin);
}
