/*
 * netsim/lab/timeline.h - makes the faults of a scenario happen
 *
 * Rule. Every line of [fault] (scenario_fault.h) happens at its instant. A line that has nothing to
 * act on (a crash of a member that is down), or that fails (a start on a disk that is full), does
 * nothing, and the summary says so.
 */
#ifndef TALLY_NETSIM_LAB_TIMELINE_H
#define TALLY_NETSIM_LAB_TIMELINE_H

#include "netsim/lab/results.h"
#include "netsim/lab/scenario.h"
#include "netsim/lab/trace.h"

struct timeline;

/* Puts all lines into a simulation that has not begun. Borrows all; `trace` may be NULL. To be
 * freed when the simulation has run, and before it. */
struct timeline *timeline_new(const struct scenario *scenario, struct simulation *simulation,
                              struct results *results, struct trace *trace);
/* Accepts NULL. */
void timeline_free(struct timeline *timeline);

#endif
