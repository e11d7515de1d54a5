/*
 * node/read_feed.h - what a block changed, into the read model
 *
 * Rule. After each block the records that it touched, its events and its receipts become rows. They
 * are made while the ledger is kept from others, which is quick, and written to the database by a
 * thread of the feed's own, which is not: so neither execution nor readers of the ledger wait for
 * SQLite. At most READ_FEED_BLOCKS blocks wait for it; then execution does.
 *
 * After a crash, a deletion of the file, or a checkpoint restored, the model may lack blocks that
 * the ledger has: then all records are fed once, and history goes on from there. A read model that
 * fails is left alone, with an alarm; nothing depends on it.
 */
#ifndef TALLY_NODE_READ_FEED_H
#define TALLY_NODE_READ_FEED_H

#include "base/assert.h"
#include "node/alarm.h"
#include "node/execution.h"
#include "node/read_model.h"

#define READ_FEED_BLOCKS 4u

struct read_feed;

/* Starts the thread. Borrows both. NULL when memory or threads are short. */
struct read_feed *read_feed_start(struct read_model *model, struct alarm_board *alarms);
/* Writes what waits, ends the thread, frees. Accepts NULL. */
void read_feed_stop(struct read_feed *feed);

/* At start: feeds all records if the model's height is not the ledger's. */
void read_feed_catch_up(struct read_feed *feed, const struct ledger *ledger);

/* Makes the rows of the block just executed. The caller keeps the ledger from others. */
void read_feed_block(struct read_feed *feed, const struct ledger *ledger,
                     const struct execution_done *done);
/* Hands them to the thread; waits while too many blocks wait. */
void read_feed_commit(struct read_feed *feed);

#endif
