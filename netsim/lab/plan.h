/*
 * netsim/lab/plan.h - what a command line asks to be run: a file, changes to it, a point
 *
 * Rule. `tally-sim run`, and each child of `tally-sim sweep`, make their scenario in the same way:
 * read the file, apply --set in the order given, then the coordinates, then finish. So a run of a
 * sweep can be repeated by hand, or on another machine, and gives the same.
 */
#ifndef TALLY_NETSIM_LAB_PLAN_H
#define TALLY_NETSIM_LAB_PLAN_H

#include "netsim/lab/scenario.h"
#include "netsim/lab/sweep.h"

enum {
    PLAN_SETTINGS_MAX = 64,
};

struct plan {
    const char *file;
    const char *settings[PLAN_SETTINGS_MAX]; /* section.field=value; borrowed */
    uint32_t setting_count;
    struct sweep_point point;
};

/* Adds a setting. False when there are too many. */
TALLY_MUST_CHECK bool plan_set(struct plan *plan, const char *setting);

/* Makes the scenario, finished. False with the first thing that is wrong. */
TALLY_MUST_CHECK bool plan_scenario(const struct plan *plan, struct scenario *scenario,
                                    struct scenario_error *error);

/* Runs it and writes its result file. False with a line in `why`. */
TALLY_MUST_CHECK bool plan_run(const struct plan *plan, const char *result_path, char *why,
                               size_t why_size);

#endif
