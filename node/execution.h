/*
 * node/execution.h - the next final block: from the store, through the ledger, its results back
 *
 * Problem. Execution needs bytes from two places (blocks in the store, batches in the batch log),
 * must not hold the ledger longer than it computes, and after a crash must come to the same results
 * again.
 *
 * Rule. The store is the queue: what is final and above the ledger's height is to be executed. One
 * block is done in three calls, of which only the second touches the ledger:
 *
 *     execution_load()    reads block and batches
 *     execution_apply()   executes; the caller keeps others off the ledger meanwhile
 *     execution_save()    stores receipts, events, roots and indexes, without sync
 *
 * Results need not be synced: they are a function of what is. After `checkpoint_bytes` of executed
 * work a checkpoint follows when it is this member's turn, and at the latest after sixteen times as
 * much (checkpoint.h): results are synced, and with the state goes where they end. After a crash
 * the ledger starts from the checkpoint, results behind their end are cut off, and the blocks above
 * it are executed again, with the same results in the same places under the same keys.
 *
 * A block may order more commands than its results have room for. Then the ledger leaves whole
 * envelopes out, the same on every node, and each author hands those of its lane in again.
 *
 * One thread; ledger queries of others go between apply and the next apply, under the caller's
 * lock.
 */
#ifndef TALLY_NODE_EXECUTION_H
#define TALLY_NODE_EXECUTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "node/batch_identifiers.h"
#include "node/batch_log.h"
#include "node/replica/executor.h"
#include "node/store.h"

/* clang-format off */
#define EXECUTION_STATUS_LIST(X)                                                                   \
    X(EXECUTION_OK, "done", "")                                                                    \
    X(EXECUTION_IDLE, "no final block waits", "")                                                  \
    X(EXECUTION_BATCH_LOST, "a batch of a final block cannot be read from the batch log",          \
      "the disk lost synced data: keep the data directory and see the runbook")                    \
    X(EXECUTION_BATCH_TORN, "a batch of a final block is malformed",                               \
      "more than a third of the validators are faulty, or the disk lied: keep the data directory") \
    X(EXECUTION_STORE_FAILED, "the store failed", "look at the system log; free space")            \
    X(EXECUTION_MEMORY, "out of memory", "give the machine more memory")
/* clang-format on */
STATUS_DECLARE(execution_status, EXECUTION_STATUS_LIST);

struct execution_config {
    struct executor *executor; /* borrowed, like all here */
    struct store *store;
    struct batch_log *batch_log;
    struct batch_identifiers *identifiers; /* of batches that were checked; NULL: none are kept */
    uint16_t validator_count;
    uint16_t self;             /* whose lane is the own one */
    uint64_t checkpoint_bytes; /* between two; members take theirs in turn, not all at once */
};

/* What one block came to. */
struct execution_done {
    uint64_t height;
    uint64_t ledger_ms;
    uint64_t certified_height; /* the block's header names the result of this height */
    struct hash block_id;
    uint32_t envelope_count;
    uint32_t batch_count;
    uint64_t payload_bytes;
    /* Envelopes of the own lane that the ledger left out for lack of room in this block's results:
     * they are as good as never ordered, and whoever packed them packs them again. */
    const struct payload_item *skipped;
    uint32_t skipped_count;
    struct ledger_output output; /* borrowed until the next execution_apply() */
};

struct execution;

/* NULL when memory is short. */
struct execution *execution_new(const struct execution_config *config);
void execution_free(struct execution *execution);

/* Load the last checkpoint; execute the next stored block; keep what came out. Each is a step of
 * the thread that owns the execution, in this order. */
TALLY_MUST_CHECK enum execution_status execution_load(struct execution *execution);
TALLY_MUST_CHECK enum execution_status execution_apply(struct execution *execution,
                                                       struct execution_done *done);
TALLY_MUST_CHECK enum execution_status execution_save(struct execution *execution,
                                                      const struct execution_done *done);

/* Is a checkpoint due and possible? Then, with the ledger kept from others, take it; then write
 * it. */
bool execution_checkpoint_due(const struct execution *execution);
TALLY_MUST_CHECK enum execution_status execution_checkpoint_take(struct execution *execution);
TALLY_MUST_CHECK enum execution_status execution_checkpoint_write(struct execution *execution);

#endif
