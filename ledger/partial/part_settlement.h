/*
 * ledger/partial/part_settlement.h - settling parts of pairs that lack securities (T18)
 *
 * Rule, when. A part is tried when all of this holds: the deliverer lacks securities for what is
 * left (never for lack of money alone), neither side is linked to others, it fell due in a window
 * for parts (day.h), and nobody who waits for the position can settle in whole with what is there,
 * alone or by optimisation. How much settles, and for what, is said in partial.h.
 *
 * Rule, share. Wholes and sets of a block come first, but they leave some of its steps and of its
 * room for events to parts that are due (waiting.h): parts settle also where the others never come
 * to an end. Only a position that has a turn to help a whole itself (waiting.h) keeps its parts
 * waiting: they get in line again.
 *
 * Rule, time of origin. A part falls due when its position gets its turn (part_queue.h), or, if no
 * window is open then, when one opens. It is judged as of that time: carried over past the closing
 * of its window, or past its cut-off, it settles all the same. Turns that are due are taken in
 * their order; while the end or the start of a day waits, those before its event come first
 * (waiting.h).
 *
 * Rule, what follows. The part passes the same gates as a whole (settlement.h) and is booked in one
 * step, both legs. EVENT_SETTLED tells its quantity and amount, with reason PAIN; the last one,
 * whatever is left, PARC. In between both sides are partially settled, with reason PART; the pair
 * waits on for all that is left, and for its next part.
 *
 *   the part                             its sides are told    the pair waits for
 *   settles                              PART                  the rest, and the next part
 *   settles but for one side's NPAR      PATD                  the rest
 *   lacks money                          MONY, CMON            the money of that part
 *   meets a closed gate                  as in settlement.h    as in settlement.h
 *
 * Money that is short for the part is told although securities are short for the whole: the
 * securities of the part are there, and who can cure it is the payer. When the money has come all
 * of it is tried anew.
 *
 * A request to cancel stands: what has settled stays settled, the rest is cancelled when the other
 * side asks too (T27).
 *
 * Example. A delivers 100 to B for 1,000.00, both PARQ, minimum 1. A has 40: 40 settle for 400.00,
 * PAIN, both PARTIALLY SETTLED, PART. 60 arrive: the rest settles for 600.00, PARC, both SETTLED.
 *
 * Source: T2S UDFS 1.6.1.9 (partial settlement); sese.025 PAIN, PARC; sese.024 PART, PATD.
 */
#ifndef TALLY_LEDGER_PARTIAL_PART_SETTLEMENT_H
#define TALLY_LEDGER_PARTIAL_PART_SETTLEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/partial/partial.h"
#include "ledger/settlement/pair.h"

/* What a part of the pair is decided from. pre: a security is delivered. */
struct partial_terms part_terms(const struct ledger *ledger, const struct pair *pair);

/* A pair that settles whole only: a link or pool binds it, or a side draws on restrictions. */
bool part_whole_only(const struct ledger *ledger, uint32_t head);

/*
 * Lets a head wait for a part too, if a part of it can ever settle. pre: it was just put in wait
 * for its securities, which it lacks.
 */
void part_wait(struct ledger *ledger, uint32_t head);

/* When the oldest turn fell due; UINT64_MAX: there is none, or its window is still to come. */
uint64_t part_due_ms(const struct ledger *ledger);
/* Is there a turn to take, and may it be taken now? */
bool part_due(const struct ledger *ledger);
/*
 * Takes one turn: one attempt at most, at most PAIR_EVENTS_MAX events. Gives the position another
 * turn, at the end of the line, if it can help more. pre: part_due().
 */
void part_turn_take(struct ledger *ledger);

#endif
