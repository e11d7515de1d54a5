/*
 * node/read_cells.h - ledger records and events as rows of the lists of client/list.h
 *
 * Rule. A record that is listed makes one row, under its index; a record that is gone takes its row
 * along. An event makes one row of its subject's history, and one of the other side's when it is
 * the other side's business, too (node/asker.h): never two rows under one key.
 *
 * All are reads: the ledger is given as it is between two blocks.
 */
#ifndef TALLY_NODE_READ_CELLS_H
#define TALLY_NODE_READ_CELLS_H

#include "client/row_cells.h"
#include "ledger/command/command.h"
#include "ledger/command/event.h"
#include "ledger/command/receipt.h"
#include "ledger/ledger.h"
#include "ledger/state/record.h"

/* The list that shows records of this kind; LIST_NONE when none does. */
enum list_kind read_cells_list(enum record_kind kind);
/* The row of such a record; false: this one is not listed, or no longer. pre: in use. */
bool read_cells_record(const struct ledger *ledger, enum record_kind kind, uint32_t index,
                       struct row_cells *row);

/* The history's row of an event for its subject, or for the other side. False: it has none there.
 */
bool read_cells_history(const struct ledger *ledger, const struct event *event, bool other_side,
                        struct row_cells *row);

/* The history's first line of an instruction, from the receipt of its submission. False: it is the
 * receipt of something else. */
bool read_cells_instructed(const struct ledger *ledger, const struct receipt *receipt,
                           uint64_t ledger_ms, struct row_cells *row);

/* What a command would do, in a line: "DELI 100 DE000TALY010 to BUYRDEFFXXX against 5000.00 EUR".
 */
void read_cells_what(const struct ledger *ledger, const struct command *command,
                     char out[CELL_SIZE]);

#endif
