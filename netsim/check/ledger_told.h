/*
 * netsim/check/ledger_told.h - what the statuses of instructions are by the word of the events
 *
 * Problem. Whoever has only events must know how each instruction stands. A change that no event
 * tells is lost to its party; one that is told twice happened once.
 *
 * Rule. An instruction begins as its command says: unmatched (CMIS), or without need of a match,
 * accepted, on party hold or not. From then on its eight statuses and their reasons are what events
 * make of them (docs/data-ledger.md, "Event"), block by block from the first one on, and its record
 * says the same. No event tells what was so already, but a part that follows a part. This follows
 * the document, not the ledger's own table.
 */
#ifndef TALLY_NETSIM_CHECK_LEDGER_TOLD_H
#define TALLY_NETSIM_CHECK_LEDGER_TOLD_H

#include "ledger/ledger.h"

enum {
    LEDGER_TOLD_TEXT_SIZE = 160
};

struct ledger_told;

/* Of a ledger before its first block. */
struct ledger_told *ledger_told_new(void);
/* `told` may be NULL. */
void ledger_told_free(struct ledger_told *told);

/* Takes a block's events, and compares the records that it touched. `ledger` is as after the block.
 * False: they differ; `text` says where. */
bool ledger_told_block(struct ledger_told *told, const struct ledger *ledger,
                       const struct ledger_output *output, char text[LEDGER_TOLD_TEXT_SIZE]);

#endif
