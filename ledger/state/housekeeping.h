/*
 * ledger/state/housekeeping.h - forgetting what is over, waking what was blocked: a little every
 * block
 *
 * Rule. Each chore looks at a bounded number of records per block and goes on where it stopped; its
 * cursor is in the scalars. So a block's work is bounded whatever accumulated (I10), and an ended
 * instruction leaves the state some blocks after its retention, not at a fixed height.
 *
 *   | chore                                      | per block | order            |
 *   | forget expired nonces                      | 1024      | by end of life   |
 *   | drop lapsed drafts                         | 64        | by end of life   |
 *   | forget command references before the purge | 256       | cursor over slots|
 *   | remove ended instructions before the purge | 256       | cursor over slots|
 *   | forget restrictions that are over         | 256       | cursor over slots|
 *   | wake positions after an unblocking         | 1024      | cursor over slots|
 *
 * Whom the last chore wakes has his turn in the next block, which is asked for at once; so is a
 * further one as long as the chore is not through.
 *
 * The purges run when the purge date has moved, once over all slots, and rest otherwise.
 *
 * An instruction is removed once it has ended, and its trade date and the day it ended lie before
 * the purge date: from then on its reference may be used again, and a re-submission of it is
 * refused by its trade date (I7). A cancelled one that keeps an open one by a link stays with it.
 */
#ifndef TALLY_LEDGER_STATE_HOUSEKEEPING_H
#define TALLY_LEDGER_STATE_HOUSEKEEPING_H

#include <stdbool.h>

struct ledger;

/* Something was unblocked: a sweep over the positions wakes who waited for that. */
void housekeeping_wake_begin(struct ledger *ledger);
/* Starts the two purges from the first slot on: the purge date has moved. */
void housekeeping_purge_begin(struct ledger *ledger);
/* One block's share of all chores. Returns true when waking is not finished. */
bool housekeeping_run(struct ledger *ledger);

#endif
