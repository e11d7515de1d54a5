/*
 * netting_brute.h: the best set of a netting instance by looking at every subset, in straight
 * loops, written from the definition (ledger/optimisation/netting.h) and sharing no code with it.
 */
#ifndef TALLY_TESTS_SUPPORT_LEDGER_NETTING_BRUTE_H
#define TALLY_TESTS_SUPPORT_LEDGER_NETTING_BRUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/amount.h"

enum {
    BRUTE_RESOURCES_MAX = 2048,
    BRUTE_CANDIDATES_MAX = 2048,
    BRUTE_FLOWS_MAX = 64,
    BRUTE_EXHAUSTIVE_MAX = 20,
};

#define BRUTE_UNBOUNDED INT64_MAX

struct brute_flow {
    uint32_t from;
    uint32_t to;
    int64_t amount;
};

/* Candidates stand in the order of their age, oldest first. */
struct brute_candidate {
    int64_t value;
    uint32_t obligations;
    uint32_t flow_count;
    struct brute_flow flows[BRUTE_FLOWS_MAX];
};

struct brute_instance {
    uint32_t resource_count;
    int64_t spendable[BRUTE_RESOURCES_MAX];
    uint32_t count;
    struct brute_candidate candidates[BRUTE_CANDIDATES_MAX];
};

/* Is the set feasible: does every resource stay at or above zero on the net of the chosen? */
bool brute_feasible(const struct brute_instance *instance, const bool *chosen);
int128 brute_value(const struct brute_instance *instance, const bool *chosen);
uint64_t brute_obligations(const struct brute_instance *instance, const bool *chosen);
/* The best set. pre: at most BRUTE_EXHAUSTIVE_MAX candidates. */
void brute_best(const struct brute_instance *instance, bool *chosen);
/* What settles one by one, oldest first, begun again after each that settled. */
void brute_one_by_one(const struct brute_instance *instance, bool *chosen);

#endif
