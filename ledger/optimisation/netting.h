/*
 * ledger/optimisation/netting.h - which obligations can settle together, and are worth most
 *
 * Problem. A owes B, B owes C, C owes A, and nobody has anything in hand: each alone lacks, all
 * three together need nothing. Of many obligations in several assets, find the set that every
 * holder can afford and that frees most.
 *
 * Rule, the instance. A *resource* is what one holder has of one asset: how much may be spent, or
 * NETTING_UNBOUNDED for an issuer. A *candidate* is indivisible: it settles with all its *flows*
 * (from a resource, to a resource, amount) or not at all. It may be one obligation, a delivery
 * against payment (two flows in two assets), or a linked group of several (its `obligations`).
 *
 * Rule, feasible. A set of candidates is feasible when, after all its flows, no resource is below
 * zero: spendable + what comes in - what goes out >= 0. Only the net of the set is tested
 * (technical netting); who uses the result books every flow gross.
 *
 * Rule, best. Of two feasible sets the better is that of more value; of equal value, of more
 * obligations; of equal number, the older: sort both by sequence, and the set that has the oldest
 * candidate in which they differ is the better. So there is exactly one best set.
 *
 * Example. A has 5, B 4, C 3. 1: A to B 5.  2: B to A 5.  3: B to C 4.  4: C to B 3.
 *     one by one, oldest first: 1, 2, 3, 4. All together the net is: A 5, B 3, C 4. All settle.
 *     A has 5, B nothing. 1: A to B 7.  2: B to A 9.  Neither settles alone; together A ends with 7
 *     and B would with -2: nothing. With B having 2: both.
 *
 * Method, in this order; every step is counted, and nothing depends on an address or on chance:
 *   a. What can never settle is struck out: its debit exceeds all that could ever be there. What
 *      always can is taken: no resource it draws on could run dry if all others drew as well. Both
 *      until nothing changes.
 *   b. The rest falls into components: candidates that share a resource which may run dry.
 *   c. A component of up to NETTING_EXACT_MAX candidates is solved exactly (netting_exact.h).
 *   d. A larger one is searched (netting_search.h), within the steps given. The result is never
 *      worse than settling one by one, the oldest that fits each time, while anybody fits.
 * A best set of the whole is the union of the best sets of its components, so (a) to (c) lose
 * nothing: without a component beyond the exact size, the result is the best set.
 *
 * All that (a) takes is feasible with every feasible set, so what settles one by one, and all of
 * (a), is feasible too: the search begins with that.
 *
 * Cost. (a) looks at a resource again only when less can reach it or fewer draw on it. (c) is at
 * worst 2^20 leaves, below 8 million steps; one million is the worst seen. (d) ends when its steps
 * are used up, but not before one-by-one settlement and the descents from "all" are done.
 *
 * Source: Bech and Soramaki, Gridlock resolution in interbank payment systems, Bank of Finland DP
 * 9/2001 (the gridlock resolution problem, net feasibility); Guentzer, Jungnickel and Leclerc,
 * Efficient algorithms for the clearing of interbank payments, EJOR 106 (1998) 212-219 (bank
 * clearing is NP-complete; descent from all, and re-insertion); Shafransky and Doudkin, An
 * optimization algorithm for the clearing of interbank payments, EJOR 171 (2006) 743-749; BIS CPSS,
 * Delivery versus payment in securities settlement systems (1992), model 1; T2S UDFS 3.6.1.5
 * (technical netting, circles, back-to-back, chains).
 */
#ifndef TALLY_LEDGER_OPTIMISATION_NETTING_H
#define TALLY_LEDGER_OPTIMISATION_NETTING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/amount.h"
#include "base/arena.h"

#define NETTING_UNBOUNDED INT64_MAX /* spendable of an issuer: never runs dry */
#define NETTING_NONE      UINT32_MAX

enum {
    NETTING_EXACT_MAX = 20, /* candidates of a component that is solved exactly */
    NETTING_CANDIDATES_MAX = 1 << 20,
    NETTING_DELTAS_MAX = 1 << 22,
};

/* How much an instance may hold. */
struct netting_capacity {
    uint32_t candidates;
    uint32_t resources;
    uint32_t deltas; /* (candidate, resource) pairs in which a candidate gives or takes */
};

struct netting_flow {
    uint32_t from;  /* resource */
    uint32_t to;    /* resource; not `from` */
    int64_t amount; /* positive */
};

/* What a candidate does to one resource when it settles, all its flows together. */
struct netting_delta {
    uint32_t resource;
    int128 amount; /* not 0; negative: draws */
};

enum netting_state {
    NETTING_OPEN = 0, /* not decided */
    NETTING_IN = 1,
    NETTING_OUT = 2, /* can never settle, or was not chosen */
};

struct netting_candidate {
    int64_t value;
    uint64_t sequence;
    uint32_t obligations;
    uint32_t delta_first;
    uint32_t delta_count;
    uint8_t state; /* enum netting_state */
};

/* What was found. */
struct netting_result {
    int128 value;
    uint64_t obligations;
    uint32_t chosen;        /* candidates */
    uint32_t component_max; /* candidates of the largest component that had to be decided */
    bool exact;             /* the best set for certain: no component was larger than exact size */
    uint64_t steps;         /* counted work */
};

/* One instance and the memory to solve it; filled anew each time. */
struct netting {
    struct netting_capacity capacity;
    uint32_t resource_count;
    uint32_t candidate_count;
    uint32_t delta_count;
    int64_t *spendable; /* per resource */
    struct netting_candidate *candidates;
    struct netting_delta *deltas;

    /* Solving. Per resource: */
    int128 *level;         /* spendable and the deltas of all candidates that are IN */
    int128 *reach;         /* the level if all that is undecided and brings something were IN */
    int128 *demand;        /* what all that is undecided would draw */
    uint32_t *touch_first; /* per resource and one more: its part of `touch` */
    uint32_t *touch;       /* deltas, by resource, then by age of the candidate */
    uint32_t *queue;       /* resources to look at again */
    uint8_t *queued;
    /* Per candidate: */
    uint32_t *by_age;    /* candidates, oldest first */
    uint32_t *component; /* union-find; then the members of one component, oldest first */
    uint32_t *members;
    uint32_t *order;  /* scratch of the search */
    uint8_t *best;    /* scratch of the search: the best set so far */
    uint8_t *in_line; /* scratch of the search */
    uint32_t *owner;  /* per delta: its candidate */
    uint64_t steps;
    uint64_t steps_end; /* the search stops here */
};

/* Lays the memory out. Works while the arena only counts. pre: every capacity at least 1. */
void netting_layout(struct netting *netting, const struct netting_capacity *capacity,
                    struct arena *arena);

/* Empties it for a new instance. */
void netting_begin(struct netting *netting);
/* Adds a resource; its index, or NETTING_NONE when there is no room. pre: spendable >= 0. */
uint32_t netting_resource_add(struct netting *netting, int64_t spendable);
/*
 * Adds a candidate; its index, or NETTING_NONE, and nothing is added, when there is no room.
 * `sequence` is its age, lower is older; equal ones are ordered by index. pre: value >= 0,
 * obligations >= 1, flows as described.
 */
uint32_t netting_candidate_add(struct netting *netting, int64_t value, uint32_t obligations,
                               uint64_t sequence, const struct netting_flow *flows, uint32_t count);

/*
 * Solves the instance: decides all candidates that are open. Those that are in stay in, those that
 * are out stay out. `steps_max` bounds the search of components beyond the exact size. pre: those
 * that are in are feasible.
 */
void netting_solve(struct netting *netting, uint64_t steps_max, struct netting_result *result);
/* What the chosen do to a resource, all together. pre: solved. */
int128 netting_resource_change(const struct netting *netting, uint32_t resource);
/* Was the candidate chosen? pre: solved. */
bool netting_chosen(const struct netting *netting, uint32_t candidate);

/* For a caller who tries candidates himself, or decides some before solving: makes the levels of
 * all that are in, after the last candidate was added or decided. */
void netting_prepare(struct netting *netting);
/* Sets a state, without regard to the levels. */
void netting_decide(struct netting *netting, uint32_t candidate, enum netting_state state);
/* Puts a candidate into the set, or takes it out. pre: prepared; it is out or open, or in. */
void netting_apply(struct netting *netting, uint32_t candidate, bool in);
/* Would no resource that the candidate draws on fall below zero? pre: prepared. */
bool netting_fits(struct netting *netting, uint32_t candidate);

#endif
