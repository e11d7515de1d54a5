/*
 * faulty_file.h: a disk in memory that fails on purpose.
 *
 * It keeps, for each file, what is durable and the list of writes and truncations since the last
 * sync; for each directory the list of name changes since its last sync. A crash applies to every
 * file, by itself, an arbitrary selection of its unsynced writes, each whole, torn at both ends or
 * not at all, and an arbitrary selection of the unsynced name changes. That is what host/file.h
 * promises, and nothing more.
 *
 * A fault is planned for the n-th operation (counted from the last plan, reads included); a test
 * runs its scenario for n = 1, 2, 3, ... until a run ends without having met its fault.
 *
 * Everything follows from the seed. One thread.
 */
#ifndef TALLY_TESTS_SUPPORT_HOST_FAULTY_FILE_H
#define TALLY_TESTS_SUPPORT_HOST_FAULTY_FILE_H

#include "host/file.h"

enum fault_kind {
    FAULT_NONE,
    FAULT_CRASH, /* the power goes: this and every later operation answers FILE_IO */
    FAULT_IO,    /* this operation answers FILE_IO; a write has left an arbitrary prefix */
    FAULT_FULL,  /* this operation answers FILE_FULL; a write has left an arbitrary prefix */
};

struct faulty_disk;

/* An empty disk without bounds. */
struct faulty_disk *faulty_disk_new(uint64_t seed);
/* Frees it with all its files. */
void faulty_disk_free(struct faulty_disk *disk);
/* The disk as host/file.h sees it. */
const struct file_system *faulty_disk_system(struct faulty_disk *disk);

/* Plans one fault at the n-th operation from now (1 is the next one) and starts counting. */
void faulty_disk_plan(struct faulty_disk *disk, enum fault_kind kind, uint64_t operation);
/* Whether the planned fault has happened. */
bool faulty_disk_met(const struct faulty_disk *disk);

/* The power goes now. */
void faulty_disk_crash(struct faulty_disk *disk);
/* The power comes back: decides what survived, closes all handles and frees all locks. */
void faulty_disk_restart(struct faulty_disk *disk);
/* The process dies but the machine stays up: handles close, everything written is kept. */
void faulty_disk_kill(struct faulty_disk *disk);

/* How many bytes all files together may hold from now on. */
void faulty_disk_space(struct faulty_disk *disk, uint64_t bytes);
uint64_t faulty_disk_used(const struct faulty_disk *disk);

/* Size of a file as seen now; UINT64_MAX if there is none. */
uint64_t faulty_disk_size(struct faulty_disk *disk, const char *path);
/* Rot: inverts bits of one durable byte. The file must exist and have that byte. */
void faulty_disk_rot(struct faulty_disk *disk, const char *path, uint64_t offset, uint8_t bits);
/* Cuts a durable file, as a stray tool would. */
void faulty_disk_cut(struct faulty_disk *disk, const char *path, uint64_t size);
/* Copies a file's present bytes; a snapshot for a test of restored backups. Free with free(). */
uint8_t *faulty_disk_take(struct faulty_disk *disk, const char *path, size_t *size);
/* Puts a file there, durable, replacing what was. */
void faulty_disk_put(struct faulty_disk *disk, const char *path, const void *data, size_t size);

#endif
