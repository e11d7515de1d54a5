/*
 * ledger/partial/release.h - a part of an instruction on hold is let go
 *
 * Problem. A deliverer holds an instruction of 100 because only 40 of it are meant to go now.
 * Releasing it would let all go, or whatever happens to be there.
 *
 * Rule. The deliverer of a matched pair releases a quantity of his instruction on party hold: less
 * than is left, enough for a part (partial.h), both sides allowing parts. At once, in a window or
 * not, so much of it settles as is there, as a part; what is released and lacks is tried again
 * whenever more arrives. What settles is counted off. The rest stays on hold; releases add up.
 *
 *   after the attempt                                   both sides are told   the pair waits for
 *   all that was released has settled                   as on hold (PREA..)   the next release
 *   some of it lacks                                    PREL                  the least that helps
 *   its money lacks, another gate is closed             as of any part        as of any part
 *
 * A release ends, and what is left of it is on hold again, when a new hold says so, when the hold
 * is released as a whole, or when no part of it could settle any more.
 *
 * Example. 100 on hold, minimum 1. 60 are released, 40 are there: 40 settle (PAIN), PREL. 30
 * arrive: 20 settle, PREA and PRCY; 10 stay where they are.
 *
 * Source: T2S URD T2S-0653 (partial release), T2S-0827 (attempted at once, also outside windows);
 * UDFS table 62 (any hold: no attempt, except a partially released quantity); sese.024 PREL.
 */
#ifndef TALLY_LEDGER_PARTIAL_RELEASE_H
#define TALLY_LEDGER_PARTIAL_RELEASE_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/settlement/pair.h"

/* Is a quantity of this head released from its hold? */
bool release_pending(const struct ledger *ledger, uint32_t head);
/* For the gate of holds: is what would settle now released, and nothing else holds it? */
bool release_covers(const struct ledger *ledger, const struct pair *pair);
/*
 * Tries what is released, tells both sides, and puts the head where it waits. Emits at most
 * PAIR_EVENTS_MAX events. pre: release_pending(), matched or internal, not ended, the head waits
 * nowhere.
 */
void release_attempt(struct ledger *ledger, uint32_t head);
/* What is released and has not settled is on hold again. */
void release_take_back(struct ledger *ledger, uint32_t head);

#endif
