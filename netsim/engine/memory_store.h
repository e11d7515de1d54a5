/*
 * netsim/engine/memory_store.h - a store in memory that loses what LevelDB may lose
 *
 * It stands behind node/store.h in LevelDB's place. Batches written with STORE_SYNC are durable,
 * and so is every one before them; of the lazy ones since then a power cut keeps a prefix, chosen
 * by the seed. A crash can be planned for the n-th write: that write and everything after it
 * answers STORE_IO, and the write itself may or may not have reached the disk.
 *
 * A store that lies on a disk (disk.h) shares its faults, its space and its time: each write is one
 * operation of the disk, and while the disk is crashed the store answers STORE_IO. Results are
 * files of that disk, written by the code that tallyd writes them with; of a store that lies on
 * none they are on a disk of its own, which loses its power with the store.
 *
 * A value that rotted is found out by LevelDB's checksums, so reading it answers STORE_CORRUPT.
 *
 * One thread.
 */
#ifndef TALLY_NETSIM_ENGINE_MEMORY_STORE_H
#define TALLY_NETSIM_ENGINE_MEMORY_STORE_H

#include "netsim/engine/disk.h"
#include "node/store.h"

struct memory_store;

/* An empty store in memory; the seed decides what a crash leaves behind. */
struct memory_store *memory_store_new(uint64_t seed);
/* Accepts NULL. */
void memory_store_free(struct memory_store *memory);

/* From now on it lies on this disk; borrowed. */
void memory_store_lies_on(struct memory_store *memory, struct disk *disk);

/* Opens it as a store. store_close() leaves the memory as it is. */
enum store_status memory_store_open(struct memory_store *memory, const struct hash *chain_id,
                                    struct store **store);

/* Crashes at the n-th write from now (1 is the next one); 0 plans nothing. */
void memory_store_plan(struct memory_store *memory, uint64_t write);

/* The power goes, and comes back: decides what survived. */
void memory_store_restart(struct memory_store *memory);

/* One of the values rots, or a byte of the results; false when there is nothing. */
bool memory_store_rot(struct memory_store *memory, uint64_t draw);

#endif
