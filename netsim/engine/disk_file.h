/*
 * netsim/engine/disk_file.h - the bytes of one file, and how to undo what is not durable yet
 *
 * Rule. Writes and truncations since the last sync are kept as a list, each with the bytes that it
 * wrote and those that it replaced. A sync forgets the list, so it costs nothing however large the
 * file is. A crash undoes the list backwards and applies an arbitrary selection of it again:
 *
 *     durable "abcd", write 2 "XY", truncate 3        now "abX"
 *     crash keeps the truncation only                 "abc"
 *
 * When very many changes wait, the older ones are durable: a system writes back in the end.
 *
 * A disk_file of zeroes is an empty one.
 */
#ifndef TALLY_NETSIM_ENGINE_DISK_FILE_H
#define TALLY_NETSIM_ENGINE_DISK_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/prng.h"
#include "netsim/engine/disk.h"

struct disk_file_change;

struct disk_file {
    uint8_t *bytes;
    size_t size;
    size_t capacity;
    struct disk_file_change *changes;
    size_t change_count;
    size_t change_capacity;
    uint8_t *log; /* the bytes of the changes */
    size_t log_size;
    size_t log_capacity;
    size_t unsynced; /* bytes written since the last sync */
};

/* Forgets everything and gives the memory back. */
void disk_file_clear(struct disk_file *file);

/* Changes what is there now; durable after a sync, or by chance. */
void disk_file_write(struct disk_file *file, size_t offset, const void *data, size_t size);
void disk_file_resize(struct disk_file *file, size_t size);

/* What is there now is durable. */
void disk_file_sync(struct disk_file *file);

/* The power was cut: chooses what is there now. All of it is durable. */
void disk_file_settle(struct disk_file *file, struct prng *prng, struct disk_damage *damage);

#endif
