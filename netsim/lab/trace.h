/*
 * netsim/lab/trace.h - what every member does, microsecond by microsecond, for a viewer
 *
 * Problem. A figure says that finality took 80 ms; only a picture of the threads says where they
 * went.
 *
 * Rule. An observer writes Chrome's trace format (JSON), which https://ui.perfetto.dev and
 * chrome://tracing open, for the time [run] trace_from to trace_from + trace_for:
 *
 *     process "member 2, uk-south"    tracks for its consensus thread, its execution thread, the
 *                                     read model's, its workers, its channels and its waits for
 *                                     the disk; an instant for each block that becomes final there
 *     process "network"               a span for each view, from the leader's proposal to the first
 *                                     member that holds the block final; a mark for each fault
 *     arrows                          from a leader's proposal to where it arrives
 *
 * Source: the "Trace Event Format" of the Chromium project.
 */
#ifndef TALLY_NETSIM_LAB_TRACE_H
#define TALLY_NETSIM_LAB_TRACE_H

#include <stdio.h>

#include "netsim/engine/simulation.h"
#include "netsim/lab/scenario.h"

struct trace;

/* Adds an observer to a simulation that has not begun. Borrows all three, takes no ownership of
 * `out`. NULL when memory is short. */
struct trace *trace_new(const struct scenario *scenario, struct simulation *simulation, FILE *out);
/* Completes the file and frees the rest. Accepts NULL. */
void trace_free(struct trace *trace);

/* A fault of the time line happens now. */
void trace_fault(struct trace *trace, const char *text);

#endif
