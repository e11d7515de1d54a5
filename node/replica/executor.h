/*
 * node/replica/executor.h - final blocks into the ledger
 *
 * Problem. Consensus delivers blocks that name batches; the ledger takes blocks of envelopes. What
 * lies between must be the same on every member, and must survive any bytes that a quorum voted
 * for.
 *
 * Rule. The envelopes of a block are those of its batches, in the order in which the body names the
 * batches and in which each payload lists them. A payload that a quorum accepted was checked by
 * payload_check() on f + 1 honest members, so a torn one here means that more than f are faulty or
 * that a disk lied: executor_execute() says so and leaves the ledger untouched.
 *
 *     body: batch A (envelopes a b), batch B (envelope c)    ->    ledger block [a b c]
 *
 * The executor owns the ledger; between blocks the driver may query it. The driver's duties are
 * those of ledger/ledger.h; the same thread at a time.
 */
#ifndef TALLY_NODE_REPLICA_EXECUTOR_H
#define TALLY_NODE_REPLICA_EXECUTOR_H

#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "ledger/ledger.h"
#include "node/replica/payload.h"

struct executor_config {
    const struct ledger_genesis *genesis; /* borrowed for executor_new() only */
    uint32_t envelope_count_max; /* in one block; executor_envelope_bound() gives a safe value */
};

/* A final block, its payloads in the order of its body. Borrowed for the call. */
struct executor_block {
    uint64_t height;
    uint64_t ts_ms;
    struct hash block_id;
    const struct payload_item *payloads;
    uint32_t payload_count;
    /* Of each payload its envelopes' identifiers, as payload_check_identify() gave them, or NULL
     * where they are not known; NULL when none are. */
    const struct hash *const *identifiers;
};

enum executor_result {
    EXECUTOR_DONE = 0,
    EXECUTOR_TORN_PAYLOAD,       /* a payload is no list of envelopes */
    EXECUTOR_TOO_MANY_ENVELOPES, /* more than a legal block can hold */
};

struct executor;

/*
 * The most envelopes that a block can hold: `block_bytes` of payload, filled with the smallest
 * envelopes there are.
 */
uint32_t executor_envelope_bound(uint64_t block_bytes);

/* Memory for executor_new(), aligned to 64; 0 when the capacity is illegal. */
size_t executor_footprint(const struct executor_config *config);

/* Lays out the memory and executes the genesis. `*executor` is set when the result is GENESIS_OK.
 *  */
TALLY_MUST_CHECK enum genesis_check executor_new(void *memory, const struct executor_config *config,
                                                 struct executor **executor);

/*
 * Executes the block after the last one. `output` borrows the ledger's memory until the next call.
 * pre: height and time as ledger_apply() demands.
 */
TALLY_MUST_CHECK enum executor_result executor_execute(struct executor *executor,
                                                       const struct executor_block *block,
                                                       struct ledger_output *output);

/* The ledger, for queries, proofs and snapshots between blocks. */
struct ledger *executor_ledger(struct executor *executor);

#endif
