/*
 * node/stored.h - how final blocks and their results lie in the store
 *
 * Rule. The store (store.h) knows keys; the values are encoded here, little-endian:
 *
 *     block     stored block (consensus/block.h): what a RANGE message carries
 *     roots     height u64 | ledger time u64 | state height u64 | next due u64 | flags u8 |
 *               block id | receipts root | events root | state root | result root | secret |
 *               place of the receipts | place of the events, each: offset u64 | size u32, 0: none
 *               flags: 1 the block has content, 2 work was carried over
 *     receipts, events (results, store.h)
 *               u32 count | u32 size of all of them | the leaves, packed (leaf_pack.h)
 *
 * Salts and hashes of leaves are not stored: the block's secret gives them again (leaf_salt.h), and
 * few leaves are ever asked for.
 * What is read back is checked for form; the store's checksums stand for the bytes.
 */
#ifndef TALLY_NODE_STORED_H
#define TALLY_NODE_STORED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "consensus/block.h"
#include "ledger/ledger.h"
#include "ledger/state/leaf_salt.h"
#include "node/store.h"

/* Names of meta values. */
#define STORED_JOURNAL_MARK "journal_mark" /* journal.h, with the last final block */
#define STORED_CHECKPOINT   "checkpoint"   /* snapshot manifest (ledger/state/snapshot.h) */
#define STORED_STARTED      "started"      /* present from the first start on */

/* The size of a stored block. */
size_t stored_block_size(uint32_t block_size, uint32_t certificate_size);

/* A final block read back; `bytes` backs the views in `stored`. */
struct stored_block_read {
    struct store_bytes bytes;
    struct stored_block stored;
};

/* Reads the block of a height. On STORE_OK give it back with stored_block_free(). */
TALLY_MUST_CHECK enum store_status stored_block_get(struct store *store, uint16_t validator_count,
                                                    uint64_t height, struct stored_block_read *out);
void stored_block_free(struct stored_block_read *block);

/*
 * Makes a RANGE message of the blocks from a height on: at most `count`, about
 * CONSENSUS_RANGE_BYTES_MAX bytes, ending with a block that has a certificate. False when there is
 * none. *message is from malloc.
 */
TALLY_MUST_CHECK bool stored_range_message(struct store *store, uint16_t validator_count,
                                           uint64_t from_height, uint32_t count, uint8_t **message,
                                           size_t *size);

/* The header of the first stored block from `height` + 1 on whose exec_height is at least `height`:
 * the one that certifies it. `*by` is its height. STORE_NOT_FOUND: not certified yet. */
TALLY_MUST_CHECK enum store_status stored_certifier(struct store *store, uint16_t validator_count,
                                                    uint64_t height, uint64_t *by);

/* The roots of one height, and what else its execution said (struct ledger_output). */
struct stored_roots {
    uint64_t height;
    uint64_t ledger_ms;
    uint64_t state_height;
    uint64_t next_due_ms;
    bool has_content;
    bool more_due;
    struct hash block_id;
    struct result result;
    struct hash secret; /* of the salts */
    struct result_place receipts;
    struct result_place events;
};

/* Write and read the roots of a height. The batch copies them. */
void stored_roots_put(struct store_batch *batch, const struct stored_roots *roots);
TALLY_MUST_CHECK enum store_status stored_roots_get(struct store *store, uint64_t height,
                                                    struct stored_roots *out);

/* Appends the leaves of one kind of one height to the results; *place is for the roots. */
TALLY_MUST_CHECK enum store_status stored_leaves_append(struct store *store, uint64_t height,
                                                        const struct ledger_leaf *leaves,
                                                        uint32_t count, struct result_place *place);

/* Leaves read back. Free with stored_leaves_free(). */
struct stored_leaves {
    struct leaf_salts salts;
    uint8_t *bytes; /* of all leaves, each behind room for its salt; from malloc, as the next */
    uint32_t count;
    struct ledger_leaf *leaves; /* views; salt and hash are there after stored_leaves_hash() */
};

/* Reads the leaves of one kind of one height; free them afterwards. STORE_NOT_FOUND: there is no
 * such block, or its results are not there again yet. */
TALLY_MUST_CHECK enum store_status stored_leaves_get(struct store *store, enum leaf_kind kind,
                                                     uint64_t height, struct stored_leaves *out);
/* Makes the salts and hashes of all. */
void stored_leaves_hash(struct stored_leaves *leaves);
void stored_leaves_free(struct stored_leaves *leaves);

#endif
