/*
 * netsim/replay/node_chain.h - the chain that a stopped node left on its disk
 *
 * Problem. Whoever executes a real chain once more needs what went in (blocks, and the batches that
 * they name) and what the node said that it came to, height by height.
 *
 * Rule. The data directory of a tallyd that does not run is opened with the node's own readers: the
 * store (node/store.h) and the batch log (node/batch_log.h). Only blocks are read whose results the
 * node had stored: what was final but not executed when it stopped is not part of the chain here.
 *
 *     block 7: two batches, header: "the result of 6 is R6"   roots 7: receipts, events, state, R7
 *
 * A block's `certified` result is the one that its header names: more than two thirds of the
 * validators voted for it.
 *
 * One thread. The directory stays as it is, but for the lock of the store and what the batch log
 * mends when it is opened.
 */
#ifndef TALLY_NETSIM_REPLAY_NODE_CHAIN_H
#define TALLY_NETSIM_REPLAY_NODE_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/genesis.h"
#include "node/batch_log.h"
#include "node/replica/executor.h"
#include "node/stored.h"

struct node_chain {
    struct store *store;
    struct batch_log *batch_log;
    uint16_t validator_count;
    uint64_t height; /* the last one with a result; at least 1 */
};

/* One block with what it names; given back with node_chain_block_free(). */
struct node_chain_block {
    struct stored_block_read stored;
    struct stored_roots roots;     /* what the node said it came to */
    struct executor_block execute; /* borrows the payloads */
    uint64_t certified_height;     /* 0: none yet */
    struct hash certified_root;
    struct payload_item *payloads;
    struct batch_log_entry *entries; /* of each batch; `size` is that of the bytes below */
    uint8_t **batches;               /* signed batches, which back the payloads */
    uint32_t batch_count;
};

/* Opens a data directory of this genesis. False, with a sentence in `why`: not there, in use, of
 * another chain, or without a result. Close it in either case. */
TALLY_MUST_CHECK bool node_chain_open(struct node_chain *chain, const struct genesis *genesis,
                                      const char *directory, char *why, size_t why_size);
void node_chain_close(struct node_chain *chain);

/* Reads a height from 1 to chain->height. False: the disk does not have it whole. */
TALLY_MUST_CHECK bool node_chain_read(const struct node_chain *chain, uint64_t height,
                                      struct node_chain_block *block);
void node_chain_block_free(struct node_chain_block *block);

/* How many envelopes a block of this network may hold at most, as tallyd reckons it. */
uint32_t node_chain_envelope_bound(const struct genesis *genesis);

#endif
