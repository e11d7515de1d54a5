/*
 * One host's disk: journal, batch log and store, and what a crash takes from them.
 *
 * The journal and the batch log are files of their own that only grow. What was synced is there for
 * good. A crash takes any part of what was not: each unsynced record survives or not, and the first
 * one missing ends the file, because recovery cuts a log at its first bad record. The store holds
 * the final blocks in height order, and also loses a part of its unsynced end.
 */
#ifndef TALLY_TESTS_SUPPORT_CONSENSUS_SIM_DISK_H
#define TALLY_TESTS_SUPPORT_CONSENSUS_SIM_DISK_H

#include "base/prng.h"
#include "crypto/hash.h"
#include "tests/support/consensus/sim_queue.h"

/* A file of records. Index 0 is the first record written. */
struct sim_log {
    struct sim_message **records;
    uint32_t count;
    uint32_t capacity;
    uint32_t durable_count;
};

/* Writes a record, not yet synced. Copies. */
void sim_log_append(struct sim_log *log, const void *bytes, size_t size);
/* Keeps the first count records. */
void sim_log_truncate(struct sim_log *log, uint32_t count);

struct sim_batch {
    struct hash digest;
    uint32_t author;
    uint64_t lane_seq;
};

struct sim_disk {
    struct sim_log journal;
    struct sim_log batch_log;
    struct sim_batch *batches; /* what the batch log's records are; same count */
    uint32_t batches_capacity;
    struct sim_log store;      /* stored_block encodings; index = height - 1 */
    struct hash *block_hashes; /* same count */
    uint32_t hashes_capacity;
};

/* An empty disk; sim_disk_free gives its memory back. */
void sim_disk_init(struct sim_disk *disk);
/* Ends a disk. */
void sim_disk_free(struct sim_disk *disk);

/* Writes a batch, not yet synced. Copies. */
void sim_disk_append_batch(struct sim_disk *disk, const struct sim_batch *batch, const void *bytes,
                           size_t size);

/* The record's number in the batch log, or UINT32_MAX. */
uint32_t sim_disk_find_batch(const struct sim_disk *disk, const struct hash *digest);

/* Appends the block of the next height. */
void sim_disk_append_block(struct sim_disk *disk, const struct hash *hash, const void *bytes,
                           size_t size);

/* How many records there are in all, synced or not. */
uint32_t sim_disk_records(const struct sim_disk *disk);

/*
 * The host stops. If torn, unsynced records are lost as described above; else all writes that were
 * made survive, as after a kill -9. What is left counts as synced from then on.
 */
void sim_disk_crash(struct sim_disk *disk, struct prng *prng, bool torn);

#endif
