/*
 * Exhaustive search over the states of the rules (rules.h), breadth first, so that a
 * counter-example is a shortest one. Every state is kept, with the state it was reached from.
 */
#ifndef TALLY_TESTS_EXPLORER_EXPLORE_H
#define TALLY_TESTS_EXPLORER_EXPLORE_H

#include "tests/explorer/rules.h"

#include <stdio.h>

struct explore_result {
    enum rules_verdict verdict; /* RULES_HOLD when no reachable state breaks the property */
    uint32_t states_count;      /* visited, until the end or the first conflict */
    uint32_t steps_count;       /* length of the counter-example */
};

/*
 * Visits everything reachable, or stops at the first pair of conflicting finals (and, with
 * watch_lemmas, at the first broken lemma). The counter-example, if any, goes to trace, unless that
 * is NULL. Aborts when memory is short: a partial search proves nothing.
 */
struct explore_result explore(const struct rules *rules, bool watch_lemmas, FILE *trace);

#endif
