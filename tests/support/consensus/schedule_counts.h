/*
 * What many schedules had in them, counted, so that what a campaign claims can be read off.
 *
 * A schedule qualifies when it passed and had 4 to 10 members, exactly f of them Byzantine, each of
 * whom did something and all together something of two groups (byzantine_groups) at least, three
 * kinds of fault beside them that struck and were not only drawn, and twenty final blocks.
 */
#ifndef TALLY_TESTS_SUPPORT_CONSENSUS_SCHEDULE_COUNTS_H
#define TALLY_TESTS_SUPPORT_CONSENSUS_SCHEDULE_COUNTS_H

#include "tests/support/consensus/cluster.h"

struct schedule_counts {
    uint64_t schedules;
    uint64_t qualified;
    uint64_t others; /* that passed, and are not in any of these numbers */
    uint64_t by_nodes[CLUSTER_NODES_MAX + 1];
    uint64_t drawn[CLUSTER_FAULT_COUNT];  /* schedules that drew the fault ... */
    uint64_t struck[CLUSTER_FAULT_COUNT]; /* ... and in which it struck */
    uint64_t struck_kinds;                /* sum of the kinds per schedule, byzantine aside */
    uint64_t struck_least;                /* the fewest */
    uint64_t members;                     /* Byzantine ones, of all schedules */
    uint64_t members_by_group[BYZANTINE_GROUP_COUNT];
    uint64_t members_drawn[BYZANTINE_COUNT];  /* ones that drew the kind ... */
    uint64_t members_played[BYZANTINE_COUNT]; /* ... and that did it */
    uint64_t deeds;                           /* messages changed, withheld or added, all in all */
    uint64_t schedules_by_groups[BYZANTINE_GROUP_COUNT + 1]; /* by how many groups they have */
    uint64_t blocks;
    uint64_t blocks_least;
    uint64_t nodes;
    struct cluster_counts events; /* sums */
    struct cluster_marks phases[2];
};

/* Starts at nothing. */
void schedule_counts_init(struct schedule_counts *counts);

/* Adds a schedule that has ended. If strict, one that passed and does not qualify is only counted
 * among the others. */
void schedule_counts_add(struct schedule_counts *counts, const struct cluster *cluster,
                         enum cluster_outcome outcome, bool strict);

/* Adds what another process counted. */
void schedule_counts_merge(struct schedule_counts *counts, const struct schedule_counts *others);

/* The tables, on standard output. */
void schedule_counts_print(const struct schedule_counts *counts);

#endif
