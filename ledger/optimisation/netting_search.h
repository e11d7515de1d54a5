/*
 * ledger/optimisation/netting_search.h - a good set for a component too large to be solved exactly
 *
 * Rule. Three sets are made, and the best is improved:
 *   a. one by one: the oldest that fits settles, again and again, over the whole instance. This is
 *      what a ledger without optimisation would do.
 *   b. descent: all are in; while a resource is below zero, the one that is most below it loses the
 *      candidate whose going cures most and harms least; then whoever fits goes in again.
 *   c. descent by value: the same, and what leaves is what is worth least for what it cures.
 * Improvement. Around each candidate that is out, most valuable first, a window is drawn: itself,
 * those that could bring what it lacks, those in the set that draw on the same, and so on outwards.
 * The window is decided anew, exactly, everything else staying as it is (netting_exact.h), and the
 * choice is taken if it is better. So circles and chains are found, and weaker members give way to
 * stronger. It ends when a round improves nothing, or the steps are used up. The set only ever gets
 * better, so it is never worse than (a).
 *
 * Source: Guentzer, Jungnickel and Leclerc 1998 (descent); Shaw, Using constraint programming and
 * local search methods to solve vehicle routing problems, CP 1998 (large neighbourhood search).
 */
#ifndef TALLY_LEDGER_OPTIMISATION_NETTING_SEARCH_H
#define TALLY_LEDGER_OPTIMISATION_NETTING_SEARCH_H

#include "ledger/optimisation/netting.h"

/*
 * Settles the open ones one by one and remembers in `best` who settled; leaves them open, and the
 * levels spoilt.
 */
void netting_one_by_one(struct netting *netting);

/*
 * Decides `members`, oldest first, all of them open: each is IN or OUT afterwards, and the set is
 * feasible. Begins with what `best` remembers; stops improving at steps_end. pre: the set without
 * them is feasible.
 */
void netting_search(struct netting *netting, const uint32_t *members, uint32_t count);

#endif
