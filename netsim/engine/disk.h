/*
 * netsim/engine/disk.h - a disk in memory that fails on purpose and takes its time
 *
 * Problem. Whether a vote survives a power cut is decided by the order of writes and syncs, and
 * only a disk that fails when it is told to can test that. How fast a validator is depends on what
 * its syncs cost.
 *
 * Rule. The disk knows, for each file, its bytes and how to undo every write and truncation since
 * the last sync; for each directory the list of name changes since its last sync. A crash applies
 * to every file, by itself, an arbitrary selection of its unsynced writes, each whole, torn at both
 * ends or not at all, and an arbitrary selection of the unsynced name changes. That is what
 * host/file.h promises, and nothing more.
 *
 * A fault is planned for the n-th operation (counted from the last plan, reads included); a test
 * runs its scenario for n = 1, 2, 3, ... until a run ends without having met its fault. A store in
 * memory (memory_store.h) can lie on the disk: its writes are operations of the disk then.
 *
 * Every operation adds its price to a counter, which the owner reads and resets:
 *
 *     write of 8 KiB, sync:   8 x write_kib_ns + sync_ns + 8 x sync_kib_ns + a stall
 *
 * What is done between the begin and the end of a sync in two steps takes place beside it: the end
 * adds only what is left of the sync. Its bytes are as good as unsynced until the end.
 *
 * Everything follows from the seed. One thread.
 */
#ifndef TALLY_NETSIM_ENGINE_DISK_H
#define TALLY_NETSIM_ENGINE_DISK_H

#include "host/file.h"

enum fault_kind {
    FAULT_NONE,
    FAULT_CRASH, /* the power goes: this and every later operation answers FILE_IO */
    FAULT_IO,    /* this operation answers FILE_IO; a write has left an arbitrary prefix */
    FAULT_FULL,  /* this operation answers FILE_FULL; a write has left an arbitrary prefix */
};

/* What operations cost; all zero at first. */
struct disk_prices {
    uint64_t write_kib_ns;
    uint64_t sync_ns;
    uint64_t sync_kib_ns;
    uint32_t slow_permille;  /* multiplies the three above; 1000 is normal */
    uint64_t extra_ns;       /* more for each sync, whatever the multiplier */
    uint64_t spread_ns;      /* and evenly between 0 and this */
    uint32_t stall_permille; /* this many syncs take stall_ns more */
    uint64_t stall_ns;
};

/* What crashes have done to unsynced data. */
struct disk_damage {
    uint64_t kept;  /* writes that survived whole */
    uint64_t torn;  /* of which a part survived */
    uint64_t lost;  /* writes that are gone */
    uint64_t names; /* name changes that are gone */
};

struct disk;

/* An empty disk without bounds. */
struct disk *disk_new(uint64_t seed);
/* Frees it with all its files. Accepts NULL. */
void disk_free(struct disk *disk);
/* The disk as host/file.h sees it. */
const struct file_system *disk_system(struct disk *disk);

/* Plans one fault at the n-th operation from now (1 is the next one) and starts counting. */
void disk_plan(struct disk *disk, enum fault_kind kind, uint64_t operation);
/* Whether the planned fault has happened. */
bool disk_met(const struct disk *disk);
/* Whether the power is off. */
bool disk_is_crashed(const struct disk *disk);

/* The power goes now. */
void disk_crash(struct disk *disk);
/* The power comes back: decides what survived, closes all handles and frees all locks. */
void disk_restart(struct disk *disk);
/* The process dies but the machine stays up: handles close, everything written is kept. */
void disk_kill(struct disk *disk);
const struct disk_damage *disk_damage(const struct disk *disk);

/* How many bytes all files together may hold from now on, and do hold; what is left of them. */
void disk_space(struct disk *disk, uint64_t bytes);
uint64_t disk_used(const struct disk *disk);
uint64_t disk_space_left(const struct disk *disk);

/* Prices, for changes at any time. */
struct disk_prices *disk_prices(struct disk *disk);
/* What the operations since the last call have cost. */
uint64_t disk_elapsed_ns(struct disk *disk);

/* For a store that lies on this disk: one operation that adds `growth` bytes and is synced or not.
 * FILE_OK, or what the fault planned for it says. */
enum file_status disk_operate(struct disk *disk, uint64_t growth, bool sync);

/* Size of a file as seen now; UINT64_MAX if there is none. */
uint64_t disk_size(struct disk *disk, const char *path);
/* Rot: inverts bits of one durable byte. The file must exist and have that byte. */
void disk_rot(struct disk *disk, const char *path, uint64_t offset, uint8_t bits);
/* The same for some byte of some file directly in a directory; false when they are all empty. */
bool disk_rot_within(struct disk *disk, const char *directory, uint64_t draw);
/* Cuts a durable file, as a stray tool would. */
void disk_cut(struct disk *disk, const char *path, uint64_t size);
/* Copies a file's present bytes; a snapshot for a test of restored backups. Free with free(). */
uint8_t *disk_take(struct disk *disk, const char *path, size_t *size);
/* Puts a file there, durable, replacing what was. */
void disk_put(struct disk *disk, const char *path, const void *data, size_t size);

#endif
