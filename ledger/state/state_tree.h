/*
 * ledger/state/state_tree.h - the state root: when it is renewed, and how
 *
 * Rule. At the end of a block the root is renewed if at most `renewal_records_max` records changed
 * since the last renewal, or if `renewal_blocks_max` blocks have passed since, or if the block
 * brought no envelope. Both limits are part of the genesis, so every node renews in the same
 * blocks. While records wait for it another block is due (struct ledger_output, more_due): so after
 * a rush an empty block follows, and everything can be proved. Renewing costs one encoding and a
 * handful of hashes per changed record, whatever the size of the ledger; a record that is entered,
 * matched and settled in blocks between two renewals costs that once.
 *
 * Example, renewal_records_max 1000, renewal_blocks_max 8: blocks with 300 changes each renew every
 * time; under 5000 changes a block, every eighth does.
 */
#ifndef TALLY_LEDGER_STATE_STATE_TREE_H
#define TALLY_LEDGER_STATE_STATE_TREE_H

#include <stdbool.h>
#include <stdint.h>

struct ledger;

/* Is a renewal due after the block at hand? `idle`: it brought no envelope. */
bool state_tree_due(const struct ledger *ledger, bool idle);
/* Renews trees, parts, state root and state height. */
void state_tree_renew(struct ledger *ledger);

#endif
