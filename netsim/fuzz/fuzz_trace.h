/*
 * netsim/fuzz/fuzz_trace.h - what happens in a simulation, a line each
 *
 * For reading: the words of consensus, what is asked for and sent, what is executed, who starts and
 * stops, what disks and clocks suffer.
 *
 *     [   246.118] 1  notarize view 9 of 3 5e11
 *          |       |     |           |    |
 *          |       |     |           |    block, the first two bytes
 *          |       |     |           whose proposal or vote it is
 *          |       |     what happened, in which view
 *          |       host; beyond the members: a twin
 *          virtual milliseconds
 */
#ifndef TALLY_NETSIM_FUZZ_FUZZ_TRACE_H
#define TALLY_NETSIM_FUZZ_FUZZ_TRACE_H

#include <stdint.h>
#include <stdio.h>

#include "netsim/engine/simulation.h"

struct fuzz_trace {
    struct simulation *simulation; /* borrowed, like the stream */
    FILE *stream;
};

/* Adds an observer to the simulation, which prints to the stream; borrows `trace`. */
void fuzz_trace_begin(struct fuzz_trace *trace, struct simulation *simulation, FILE *stream);

/* One line of somebody else's; nothing when trace is NULL. */
__attribute__((format(printf, 3, 4))) void fuzz_trace_line(const struct fuzz_trace *trace,
                                                           uint32_t host, const char *format, ...);

#endif
