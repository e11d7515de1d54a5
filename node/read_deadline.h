/*
 * node/read_deadline.h - until when an instruction can settle in time, or be mended
 *
 * Problem. A deadline moves with the day - the operator extends a cut-off, a date passes - without
 * a change to the instruction, so what was stored with its row would soon be wrong.
 *
 * Rule. It is read off the ledger when somebody asks. Up to its settlement date the deadline of an
 * open instruction is the cut-off of that day for its kind and currency, as planned or, today, as
 * the operator moved it. Later it is the end of the day on which the ledger cancels what nobody
 * mended, if the rules say so at all. Only its own party, or who reads all, is told.
 *
 * Example. A delivery against payment of 2026-11-24, cut-off 16:00: 2026-11-24T16:00:00Z.
 */
#ifndef TALLY_NODE_READ_DEADLINE_H
#define TALLY_NODE_READ_DEADLINE_H

#include "ledger/ledger.h"
#include "node/read_model.h"

/* The deadline of an instruction in use; 0: none. */
uint64_t read_deadline_ms(const struct ledger *ledger, uint32_t index);

/* Fills it in, and when the next attempt is due, in encoded rows of instructions (client/row.h). */
void read_deadlines_fill(const struct ledger *ledger, const struct read_model_viewer *viewer,
                         uint8_t *rows, size_t size);

#endif
