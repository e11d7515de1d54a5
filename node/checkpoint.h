/*
 * node/checkpoint.h - the ledger's state in the store, so that a start does not execute everything
 *
 * Rule. A checkpoint is the chunks of a snapshot (ledger/state/snapshot.h), each in a piece of its
 * own (chunk_log.h), and the manifest that belongs to them. It is taken only at a height whose
 * state root was renewed, holds only the chunks that changed since the one before, and is written
 * with the places of its chunks and its manifest in one atomic write: after a crash there is the
 * old checkpoint or the new one. The write is synced, and before it every result that was stored.
 *
 *     checkpoint at 100: chunks A B C, manifest 100        checkpoint at 180: chunk B, manifest 180
 *
 * Records of a chunk are much alike, so a chunk is stored packed: each slot as what differs from
 * one before it (leaf_pack.h).
 *
 * Writing one keeps the disk busy for as long as hundreds of votes. If all members took theirs at
 * the same height, as equal counts of equal bytes would have it, nobody could vote meanwhile, and
 * the network stood still. So each begins with its share of the way to the first behind it:
 *
 *     bytes executed    4 M  8 M  12 M  16 M  20 M  24 M  28 M  32 M      checkpoint_bytes 16 M,
 *     who takes one     3    2    1     0     3     2     1     0         4 members
 *
 * That alone does not keep them apart. Under much load a state root comes after more bytes than lie
 * between two of them, all are due at it, and from then on all count from the same height. So a
 * checkpoint that is due waits for its member's turn, too: the longest that two renewals lie apart
 * belongs to one group of members, the next to the next group, none of which the quorum needs.
 *
 *     height            0-15  16-31  32-47  48-63  64-79    renewal_blocks_max 16, 4 members
 *     whose turn it is  0     1      2      3      0        of 31 members 8 at once
 *
 * Nobody waits for longer than CHECKPOINT_WAIT_MAX times the bytes between two, so what a start may
 * have to execute again is bounded. And what was executed while one waited counts for the next, so
 * that members are evenly apart again when the load is over.
 *
 * A checkpoint that cannot be restored is no loss: the ledger starts from its genesis and executes
 * the stored blocks again.
 */
#ifndef TALLY_NODE_CHECKPOINT_H
#define TALLY_NODE_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "ledger/ledger.h"
#include "node/store.h"

enum checkpoint_result {
    CHECKPOINT_OK = 0,
    CHECKPOINT_NONE,   /* there is none: the ledger stays as it is */
    CHECKPOINT_BROKEN, /* it does not restore: make the ledger anew */
    CHECKPOINT_MEMORY,
    CHECKPOINT_STORE, /* the store failed */
};

/*
 * Appends the changed chunks to the store and puts their places and the manifest into `batch`, for
 * store_sync_results() and a write with STORE_SYNC. If any of it fails the node stops.
 * pre: snapshot_ready(ledger). Clears the ledger's marks of change.
 */
TALLY_MUST_CHECK enum checkpoint_result checkpoint_take(struct ledger *ledger, struct store *store,
                                                        struct store_batch *batch);

enum {
    CHECKPOINT_WAIT_MAX = 16
};

/* When a member takes its checkpoints. */
struct checkpoint_pace {
    uint64_t bytes; /* of executed work, between two */
    uint32_t renewal_blocks_max;
    uint16_t self;
    uint16_t validator_count;
};

/* The bytes that a member counts as executed since its last checkpoint when it begins. */
uint64_t checkpoint_head_start(const struct checkpoint_pace *pace);

/* Does a member that counts so many bytes take one at this height, if the root was renewed? */
bool checkpoint_due(const struct checkpoint_pace *pace, uint64_t bytes, uint64_t height);

/* The bytes that it counts after that. */
uint64_t checkpoint_carry(const struct checkpoint_pace *pace, uint64_t bytes);

/* Restores the checkpoint into a ledger fresh from its genesis. */
TALLY_MUST_CHECK enum checkpoint_result checkpoint_restore(struct ledger *ledger,
                                                           struct store *store);

/* The key of a chunk in the store. */
uint64_t checkpoint_part(enum record_kind kind, uint32_t chunk);

#endif
