/*
 * ledger/optimisation/netting_exact.h - the best choice among a few candidates, all others fixed
 *
 * Problem. Netting is NP-hard (a knapsack with one holder already), but twenty candidates have a
 * million subsets only, and most of those need not be looked at.
 *
 * Rule. Branch and bound: the candidates are decided oldest first, "in" before "out". For each
 * resource the highest level still possible is kept: what is there, less what those in draw, plus
 * what those in or undecided bring. A branch ends when
 *   a. such a level falls below zero: whatever follows, that resource stays short; or
 *   b. everything undecided together could not make it better (value, then number) than the best.
 * Sets are met in the order of age, and only a better one replaces the best, so of equal ones the
 * oldest stays.
 *
 * Source: Land and Doig 1960; the bound on levels is that of Guentzer, Jungnickel and Leclerc 1998.
 */
#ifndef TALLY_LEDGER_OPTIMISATION_NETTING_EXACT_H
#define TALLY_LEDGER_OPTIMISATION_NETTING_EXACT_H

#include "ledger/optimisation/netting.h"

/* The candidates to decide, and what was decided. */
struct netting_window {
    uint32_t members[NETTING_EXACT_MAX]; /* oldest first; none is NETTING_IN */
    uint32_t count;
    /* Only a choice better than this is looked for. */
    int128 value;
    uint64_t obligations;
    uint64_t steps_max; /* gives up after so many; UINT64_MAX: never */
    uint32_t chosen;    /* out: bit i for members[i] */
    bool found;         /* out: `chosen` is better, and `value` and `obligations` are its own */
};

/*
 * Looks for the best choice. Uses `reach` of the resources that the members touch; changes no
 * state.
 */
void netting_exact(struct netting *netting, struct netting_window *window);

#endif
