/*
 * ledger/instruction/allegement.h - telling a party that somebody waits for its instruction
 *
 * Problem. An instruction that finds no other side waits in silence. Most counterparties instruct
 * within minutes, so telling them at once would be noise; shortly before the cut-off, waiting would
 * be too late.
 *
 * Rule (T5). The first time that no other side is found, the allegement falls due `delay` later;
 * it is sent at once if the cut-off of the intended settlement date is at most `late` away or has
 * passed. Both are rules (rule_set.h): 60 and 300 minutes. What becomes of it:
 *
 *   state   event                          to      told
 *   -       no other side, in good time    due     nobody
 *   -       no other side, late            sent    the counterparty: ALLEGED (sese.028)
 *   due     its time has come              sent    the counterparty: ALLEGED (sese.028)
 *   due     matched or cancelled           none    nobody
 *   sent    matched                        none    the counterparty: ALLEGEMENT_REMOVED (sese.029)
 *   sent    cancelled                      none    ALLEGEMENT_CANCELLED (semt.020)
 *
 * The counterparty may accept what is alleged to it (command_allegement.c): that makes its own
 * instruction, the mirror of the alleged one, and matches the two.
 *
 * Rule, bounds. Deadlines lie in a heap that is a function of the records. A block sends at most
 * ALLEGEMENTS_PER_BLOCK; what is left goes on first in the next block.
 *
 * Example. Submitted 10:00 for a cut-off at 16:00: alleged 11:00. Submitted 11:00: five hours are
 * left, so alleged 11:00.
 *
 * Source: T2S UDFS 3.6.1.2 (allegement); sese.028, sese.029, semt.020.
 */
#ifndef TALLY_LEDGER_INSTRUCTION_ALLEGEMENT_H
#define TALLY_LEDGER_INSTRUCTION_ALLEGEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/instruction/instruction.h"

enum {
    ALLEGEMENTS_PER_BLOCK = 1024,
};

/* No other side was found. Emits at most one event. pre: open, unmatched, not begun. */
void allegement_begin(struct ledger *ledger, uint32_t index);
/*
 * Matched, or cancelled: nothing is alleged any more, and who was told is told so. Emits at most
 * one event. pre: open, begun.
 */
void allegement_end(struct ledger *ledger, uint32_t index, bool cancelled);

/* Sends what is due, within the bounds. True when some of it is left for the next block. */
bool allegement_run(struct ledger *ledger);
/* When the next one falls due; UINT64_MAX when none waits. */
uint64_t allegement_next_due_ms(const struct ledger *ledger);

/* Fills the heap from the records. pre: it is empty. */
void allegement_rebuild(struct ledger *ledger);

#endif
