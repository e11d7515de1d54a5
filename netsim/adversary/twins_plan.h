/*
 * netsim/adversary/twins_plan.h - all that twins can do, counted and numbered
 *
 * Problem. A member that runs twice under one key, each copy honest and unaware of the other, shows
 * most of what a liar can do: two proposals, two votes, forgotten state. What happens then depends
 * on who hears whom, and when. Small cases can be tried exhaustively; nothing else is as thorough.
 *
 * Rule. A scenario is a leader order and, for each of a few rounds, who hears whom. A *link plan*
 * says that for one round, in one of two forms:
 *
 *     parts    the hosts fall into parts that do not hear each other: every partition of the set
 *     masks    the honest members fall into parts; beside that each of them hears any of the
 *              copies, or all, or none: more, among them all of the former
 *
 *     n = 4, one twin: 5 hosts, 52 partitions; 5 * 4^3 = 320 masks
 *
 * Leaders rotate, so the leaders' order is that of the members; it matters in which round the twins
 * lead, if at all. Scenarios that differ only by the names of members that lead no round, or by
 * which copy is which, are one: that with the lowest number stands for all. Numbers count leader
 * orders, then link plans of the rounds, the last round fastest; they are as stable as this file.
 *
 *     struct twins_plan *plan = twins_plan_new(&config);
 *     for (uint64_t number = 0; number < twins_plan_raw_count(plan); number++) {
 *         if (twins_plan_scenario(plan, number, &scenario)) ... one of twins_plan_count() ...
 *     }
 *
 * Source: Bano and others, "Twins: BFT Systems Made Robust" (OPODIS 2021). The count is Burnside's:
 * the mean, over all renamings, of how many sequences of plans each leaves alone.
 */
#ifndef TALLY_NETSIM_ADVERSARY_TWINS_PLAN_H
#define TALLY_NETSIM_ADVERSARY_TWINS_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TWINS_MEMBERS_MAX = 7,
    TWINS_TWINS_MAX = 2,
    TWINS_HOSTS_MAX = TWINS_MEMBERS_MAX + TWINS_TWINS_MAX,
    TWINS_ROUNDS_MAX = 8,
    TWINS_MASK_HOSTS_MAX = 6 /* beyond, there are too many masks to list */
};

enum twins_links {
    TWINS_PARTS,
    TWINS_MASKS
};

struct twins_plan_config {
    uint32_t members; /* 2 to TWINS_MEMBERS_MAX */
    uint32_t twins;   /* members with two hosts: the last ones; at least 1, fewer than members */
    uint32_t rounds;  /* 1 to TWINS_ROUNDS_MAX */
    enum twins_links links;
};

/* Host i < members is member i; host members + i is the second copy of member members - 1 - i. */
struct twins_scenario {
    uint32_t rounds;
    uint8_t leaders[TWINS_MEMBERS_MAX];                /* of views 1, 2, ...: members, each once */
    uint16_t heard[TWINS_ROUNDS_MAX][TWINS_HOSTS_MAX]; /* bit j of [r][i]: j hears i in round r */
};

struct twins_plan;

/* NULL when the config is out of range. */
struct twins_plan *twins_plan_new(const struct twins_plan_config *config);
void twins_plan_free(struct twins_plan *plan);

/* Link plans of one round, and leader orders. */
uint32_t twins_plan_links_count(const struct twins_plan *plan);
uint32_t twins_plan_orders_count(const struct twins_plan *plan);
/* Numbers of scenarios, and scenarios that are not one another's renaming; UINT64_MAX: too many. */
uint64_t twins_plan_raw_count(const struct twins_plan *plan);
uint64_t twins_plan_count(const struct twins_plan *plan);

/* The scenario of a number below the raw count; false when a lower number stands for it. */
bool twins_plan_scenario(const struct twins_plan *plan, uint64_t number,
                         struct twins_scenario *scenario);

/* Any scenario, each round's link plan and the leader order drawn evenly, by seed and number. */
void twins_plan_draw(const struct twins_plan *plan, uint64_t seed, uint64_t number,
                     struct twins_scenario *scenario);

/* "leaders 3 0 1 2; round 1: {0 3} {1 2 3'}" in parts; in masks who hears whom. */
void twins_scenario_print(const struct twins_plan *plan, const struct twins_scenario *scenario,
                          char *text, size_t size);

#endif
