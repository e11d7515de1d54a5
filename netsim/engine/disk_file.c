#include "netsim/engine/disk_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

enum {
    CHANGES_MAX = 256, /* that wait for a sync */
    CHANGES_KEPT = 128 /* when there are more, the system has written the older ones */
};

struct disk_file_change {
    size_t offset;
    size_t size; /* of what was written */
    size_t size_before;
    size_t new_at; /* where in the log the bytes written are */
    size_t old_at; /* and those replaced */
    size_t old_size;
    bool is_truncation; /* to `offset` bytes */
};

static void *grown(void *array, size_t bytes)
{
    void *larger = realloc(array, bytes);
    TALLY_ASSERT(larger != NULL);
    return larger;
}

void disk_file_clear(struct disk_file *file)
{
    free(file->bytes);
    free(file->changes);
    free(file->log);
    *file = (struct disk_file){.bytes = NULL};
}

/* Makes the file this long, with zeros where it had nothing. */
static void set_size(struct disk_file *file, size_t size)
{
    if (size > file->capacity) {
        file->capacity = size + file->capacity + 64;
        file->bytes = grown(file->bytes, file->capacity);
    }
    if (size > file->size) {
        memset(file->bytes + file->size, 0, size - file->size);
    }
    file->size = size;
}

static void put(struct disk_file *file, size_t offset, const uint8_t *data, size_t size)
{
    if (size > 0) {
        if (offset + size > file->size) {
            set_size(file, offset + size);
        }
        memcpy(file->bytes + offset, data, size);
    }
}

static size_t log_add(struct disk_file *file, const uint8_t *data, size_t size)
{
    size_t at = file->log_size;
    if (at + size > file->log_capacity) {
        file->log_capacity = file->log_capacity * 2 + size + 1024;
        file->log = grown(file->log, file->log_capacity);
    }
    if (size > 0) {
        memcpy(file->log + at, data, size);
    }
    file->log_size += size;
    return at;
}

/* Older changes are durable without a sync: a system writes back what has waited for long. */
static void write_back(struct disk_file *file)
{
    size_t gone = file->change_count - CHANGES_KEPT;
    size_t log_gone = file->changes[gone].old_at;
    memmove(file->changes, file->changes + gone, CHANGES_KEPT * sizeof *file->changes);
    memmove(file->log, file->log + log_gone, file->log_size - log_gone);
    file->change_count = CHANGES_KEPT;
    file->log_size -= log_gone;
    for (size_t i = 0; i < CHANGES_KEPT; i++) {
        file->changes[i].old_at -= log_gone;
        file->changes[i].new_at -= log_gone;
    }
}

/* Notes a change whose old bytes begin at `offset` and reach no further than `end`. */
static struct disk_file_change *change_add(struct disk_file *file, size_t offset, size_t end)
{
    if (file->change_count == CHANGES_MAX) {
        write_back(file);
    }
    if (file->change_count == file->change_capacity) {
        file->change_capacity = file->change_capacity * 2 + 16;
        file->changes = grown(file->changes, file->change_capacity * sizeof *file->changes);
    }
    struct disk_file_change *change = &file->changes[file->change_count++];
    size_t old_end = end < file->size ? end : file->size;
    *change = (struct disk_file_change){
        .offset = offset,
        .size_before = file->size,
        .old_size = offset < old_end ? old_end - offset : 0,
    };
    change->old_at =
        log_add(file, change->old_size == 0 ? NULL : file->bytes + offset, change->old_size);
    return change;
}

void disk_file_write(struct disk_file *file, size_t offset, const void *data, size_t size)
{
    if (size > 0) {
        struct disk_file_change *change = change_add(file, offset, offset + size);
        change->size = size;
        change->new_at = log_add(file, data, size);
        put(file, offset, data, size);
        file->unsynced += size;
    }
}

void disk_file_resize(struct disk_file *file, size_t size)
{
    struct disk_file_change *change = change_add(file, size, SIZE_MAX);
    change->is_truncation = true;
    set_size(file, size);
}

void disk_file_sync(struct disk_file *file)
{
    file->change_count = 0;
    file->log_size = 0;
    file->unsynced = 0;
}

static void undo(struct disk_file *file, const struct disk_file_change *change)
{
    set_size(file, change->size_before);
    put(file, change->offset, file->log + change->old_at, change->old_size);
}

void disk_file_settle(struct disk_file *file, struct prng *prng, struct disk_damage *damage)
{
    for (size_t i = file->change_count; i > 0; i--) {
        undo(file, &file->changes[i - 1]);
    }
    for (size_t i = 0; i < file->change_count; i++) {
        const struct disk_file_change *change = &file->changes[i];
        uint64_t fate = prng_below(prng, 4);
        if (fate == 0) {
            damage->lost++;
            continue;
        }
        if (change->is_truncation) {
            damage->kept++;
            set_size(file, change->offset);
            continue;
        }
        size_t from = 0;
        size_t to = change->size;
        if (fate == 1) {
            to = (size_t)prng_below(prng, change->size + 1);
            from = (size_t)prng_below(prng, to + 1);
        }
        damage->torn += fate == 1 ? 1 : 0;
        damage->kept += fate == 1 ? 0 : 1;
        put(file, change->offset + from, file->log + change->new_at + from, to - from);
    }
    disk_file_sync(file);
}
