/*
 * ledger/state/state_tree.h - the state root: when it is renewed, and how
 *
 * Rule. At the end of a block the root is renewed if at most `renewal_records_max` records changed
 * since the last renewal, or if `renewal_blocks_max` blocks have passed since. Both limits are part
 * of the genesis, so every node renews in the same blocks. Renewing costs one encoding and a
 * handful of hashes per changed record, whatever the size of the ledger.
 *
 * Example, renewal_records_max 1000, renewal_blocks_max 8: blocks with 300 changes each renew every
 * time; under 5000 changes a block, every eighth does.
 */
#ifndef TALLY_LEDGER_STATE_STATE_TREE_H
#define TALLY_LEDGER_STATE_STATE_TREE_H

#include <stdbool.h>
#include <stdint.h>

struct ledger;

/* Is a renewal due after the block at hand? */
bool state_tree_due(const struct ledger *ledger);
/* Renews trees, parts, state root and state height. */
void state_tree_renew(struct ledger *ledger);

#endif
