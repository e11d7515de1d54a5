/*
 * node/read_cells.h - ledger records and events as rows of the lists of client/list.h
 *
 * Rule. A record that is listed makes one row, or some, under its index; a record that is gone
 * takes them along. An event makes one row of its subject's history, and one of the other side's
 * when it is the other side's business, too (node/asker.h): never two rows under one key.
 *
 * All are reads: the ledger is given as it is between two blocks.
 */
#ifndef TALLY_NODE_READ_CELLS_H
#define TALLY_NODE_READ_CELLS_H

#include "client/row_cells.h"
#include "ledger/command/command.h"
#include "ledger/command/event_status.h"
#include "ledger/command/receipt.h"
#include "ledger/ledger.h"
#include "ledger/state/record.h"

enum {
    READ_CELLS_ROWS_MAX = 64,                       /* of one record in one list */
    READ_CELLS_HISTORY_MAX = 1 + EVENT_STATUSES_MAX /* of one event in one side's history */
};

/* The lists that show records of this kind: number n of them, LIST_NONE behind the last. */
enum list_kind read_cells_list(enum record_kind kind, unsigned n);
/* By which number a list knows a record: its index, but where a list shows records of two kinds:
 * of powers of attorney, accounts have the numbers behind all parties. It is the `index` below. */
uint32_t read_cells_number(const struct ledger *ledger, enum list_kind list, enum record_kind kind,
                           uint32_t index);
/* The key of a record's first row in a list; the others follow. Days keep their rows when the next
 * one begins, so theirs is drawn from the date. */
uint64_t read_cells_key(const struct ledger *ledger, enum list_kind list, uint32_t index);
/* Row number `place` of a record in a list, from 0; false: it has no more, or none at all. pre: in
 * use, and the list shows records of its kind. */
bool read_cells_record(const struct ledger *ledger, enum list_kind list, uint32_t index,
                       unsigned place, struct row_cells *row);

/*
 * Row number `place` of an event in the history of its subject, or of the other side, from 0: what
 * happened, then a line for each status that the event tells (ledger/command/event_status.h).
 * False: it has no more, or none there. Of an event that says what happened first, event_first() is
 * asked for before it.
 */
bool read_cells_history(const struct ledger *ledger, const struct event *event, bool other_side,
                        unsigned place, struct row_cells *row);

/* The history's first line of an instruction, from the receipt of its submission. False: it is the
 * receipt of something else. */
bool read_cells_instructed(const struct ledger *ledger, const struct receipt *receipt,
                           uint64_t ledger_ms, struct row_cells *row);

/* What a command would do, in a line: "DELI 100 DE000TALY010 to BUYRDEFFXXX against 5000.00 EUR".
 */
void read_cells_what(const struct ledger *ledger, const struct command *command,
                     char out[CELL_SIZE]);

#endif
