/*
 * node/prover_block.h - receipts and events of a block, to be read and proved one by one
 *
 * Problem. What the store keeps of a leaf are its bytes; a proof needs salts, hashes and the tree
 * of the whole block, which of thousands of instructions take tens of milliseconds. The outcome of
 * an envelope is asked for in pages, and one block by many clients.
 *
 * Rule. A block is opened with its bytes; salts, hashes and tree are made with the first proof. The
 * blocks that were asked about last stay in memory, with their trees, within PROVER_CACHE_BLOCKS
 * and PROVER_CACHE_BYTES; the one that was asked about longest ago goes first. Nothing in it can
 * become wrong: results of a height never change.
 *
 * Any thread may open and prove; a block that several have open is the same one.
 */
#ifndef TALLY_NODE_PROVER_BLOCK_H
#define TALLY_NODE_PROVER_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "client/proof.h"
#include "ledger/ledger.h"
#include "node/store.h"

enum {
    PROVER_CACHE_BLOCKS = 8,
    PROVER_CACHE_BYTES = 64 << 20,
};

enum prover_result {
    PROVER_OK = 0,
    PROVER_PENDING, /* not certified yet, or the record changed since the last renewal: later */
    PROVER_FAILED,  /* the store failed, or memory is short */
};

/* Blocks that were asked about last. NULL when memory is short. */
struct prover_cache;
struct prover_cache *prover_cache_new(void);
/* Accepts NULL. pre: every block is closed. */
void prover_cache_free(struct prover_cache *cache);

/* The leaves of one kind of one block, to be read and proved one by one. */
struct prover_block;

/*
 * Opens the leaves of a block; close it when done. The count is of its leaves. PROVER_PENDING:
 * there is no such block, or its results are not there again after a crash. Salts, hashes and the
 * tree are made with the first proof, so that reading alone costs nothing more than reading.
 */
TALLY_MUST_CHECK enum prover_result prover_block_open(struct prover_cache *cache,
                                                      struct store *store, enum leaf_kind kind,
                                                      uint64_t height, struct prover_block **block);
void prover_block_close(struct prover_block *block);
uint32_t prover_block_count(const struct prover_block *block);
/* Borrows the block. pre: index below the count. */
const struct ledger_leaf *prover_block_leaf(const struct prover_block *block, uint32_t index);
/* PROVER_FAILED: memory is short. pre: index below the count. */
TALLY_MUST_CHECK enum prover_result prover_block_prove(struct prover_block *block, uint32_t index,
                                                       struct proof_leaf *out);

#endif
