/*
 * netsim/fuzz/fuzz_totals.h - what many schedules came to, added up
 *
 * Totals of parts can be merged, in any order: the digest of a campaign does not depend on how its
 * schedules were shared out among processes.
 */
#ifndef TALLY_NETSIM_FUZZ_FUZZ_TOTALS_H
#define TALLY_NETSIM_FUZZ_FUZZ_TOTALS_H

#include <stdint.h>
#include <stdio.h>

#include "netsim/fuzz/fuzz_schedule.h"

struct fuzz_totals {
    uint64_t schedules;
    uint64_t outcomes[FUZZ_UNSAFE + 1];
    struct fuzz_figures figures[FUZZ_PHASE_COUNT];
    uint64_t drawn[FUZZ_FAULT_COUNT];  /* schedules that have the class */
    uint64_t struck[FUZZ_FAULT_COUNT]; /* how often it struck */
    uint64_t deeds[BYZANTINE_COUNT];
    uint64_t done[WORKLOAD_COMMAND_KINDS];    /* commands of clients, by kind */
    uint64_t refused[WORKLOAD_COMMAND_KINDS]; /* likewise */
    uint64_t drafted;
    uint64_t members[FUZZ_MEMBERS_MAX + 1];  /* schedules by number of members */
    uint64_t byzantine[FUZZ_FAULTY_MAX + 1]; /* and by number of Byzantine ones */
    uint64_t digest;
};

/* Adds a schedule, or other totals. */
void fuzz_totals_add(struct fuzz_totals *totals, const struct fuzz_options *options,
                     const struct fuzz_verdict *verdict);
void fuzz_totals_merge(struct fuzz_totals *into, const struct fuzz_totals *from);

/* Tables of all of it. `seconds`: of processor time. */
void fuzz_totals_print(const struct fuzz_totals *totals, double seconds, FILE *stream);

#endif
