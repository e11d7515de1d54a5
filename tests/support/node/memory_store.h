/*
 * memory_store.h: a store in memory that loses what LevelDB may lose.
 *
 * It stands behind node/store.h in LevelDB's place. Batches written with STORE_SYNC are durable,
 * and so is every one before them; of the lazy ones since then a crash keeps a prefix, chosen by
 * the seed. A crash can be planned for the n-th write: that write and everything after it answers
 * STORE_IO, and the write itself may or may not have reached the disk.
 *
 * One thread.
 */
#ifndef TALLY_TESTS_SUPPORT_NODE_MEMORY_STORE_H
#define TALLY_TESTS_SUPPORT_NODE_MEMORY_STORE_H

#include "node/store.h"

struct memory_store;

/* An empty store in memory; the seed decides what a crash leaves behind. */
struct memory_store *memory_store_new(uint64_t seed);
void memory_store_free(struct memory_store *memory);

/* Opens it as a store. store_close() leaves the memory as it is. */
enum store_status memory_store_open(struct memory_store *memory, const struct hash *chain_id,
                                    struct store **store);

/* Crashes at the n-th write from now (1 is the next one); 0 plans nothing. */
void memory_store_plan(struct memory_store *memory, uint64_t write);

/* The power goes, and comes back: decides what survived. */
void memory_store_restart(struct memory_store *memory);

#endif
