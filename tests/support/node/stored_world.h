/*
 * A world of the ledger's tests beside a store in memory, for tests of what a node keeps.
 *
 *     struct stored_world stored;
 *     stored_world_open(&stored);
 *     stored_world_deal(&stored, 1000, true);
 *     world_block(&stored.world);
 *     ...
 *     stored_world_close(&stored);
 */
#ifndef TALLY_TESTS_SUPPORT_NODE_STORED_WORLD_H
#define TALLY_TESTS_SUPPORT_NODE_STORED_WORLD_H

#include "netsim/engine/memory_store.h"
#include "tests/support/ledger/world.h"

enum {
    STORED_SELLER = WORLD_PARTICIPANT,
    STORED_BUYER = WORLD_PARTICIPANT + 1,
};

struct stored_world {
    struct memory_store *memory;
    struct store *store;
    struct store_batch *batch;
    struct world world;
};

/* Opens both; the seller has a thousand securities, the buyer a million of cash. */
void stored_world_open(struct stored_world *stored);
void stored_world_close(struct stored_world *stored);

/* Closes the store and opens it again: what was not synced is gone. */
void stored_world_reopen(struct stored_world *stored);

/* Sells one for an amount, as part of the next block; unless `both`, only the seller instructs. */
void stored_world_deal(struct stored_world *stored, int64_t amount, bool both);

#endif
