/*
 * node/read_feed.h - what a block changed, into the read model
 *
 * Rule. After each block the records that it touched, its events and its receipts become rows. Rows
 * are made while the ledger is kept from others; the database is written afterwards. After a crash,
 * a deletion of the file, or a checkpoint restored, the model may lack blocks that the ledger has:
 * then all records are fed once, and history goes on from there. A read model that fails is left
 * alone, with an alarm; nothing depends on it.
 */
#ifndef TALLY_NODE_READ_FEED_H
#define TALLY_NODE_READ_FEED_H

#include "base/assert.h"
#include "node/alarm.h"
#include "node/execution.h"
#include "node/read_model.h"

struct read_feed;

/* Borrows both. NULL when memory is short. */
struct read_feed *read_feed_new(struct read_model *model, struct alarm_board *alarms);
void read_feed_free(struct read_feed *feed);

/* At start: feeds all records if the model's height is not the ledger's. */
void read_feed_catch_up(struct read_feed *feed, const struct ledger *ledger);

/* Makes the rows of the block just executed; then writes them. */
void read_feed_block(struct read_feed *feed, const struct ledger *ledger,
                     const struct execution_done *done);
void read_feed_commit(struct read_feed *feed);

#endif
