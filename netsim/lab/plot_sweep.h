/*
 * netsim/lab/plot_sweep.h - a picture of many runs: figures against what was varied
 *
 * Rule. The table is one of `tally-sim merge`. X is one of its columns, Y up to four, joined by
 * commas, all with one unit; BY is a column whose values become lines of their own. Rows must be
 * sorted by X within each value of BY, as merge sorts them.
 *
 *     title  Time to finality against load      x   workload.rate
 *     by     network.protocol                   y   finality_p50_ms,finality_p99_ms
 *
 *     four lines: "simplex: half faster", "simplex: 99 of 100 faster", and the same of fixed-leader
 */
#ifndef TALLY_NETSIM_LAB_PLOT_SWEEP_H
#define TALLY_NETSIM_LAB_PLOT_SWEEP_H

#include <stdbool.h>

#include "base/assert.h"
#include "netsim/lab/csv_table.h"

enum {
    PLOT_SWEEP_LINES_MAX = 8,
    PLOT_SWEEP_Y_MAX = 4,
};

struct plot_sweep {
    const char *name; /* of the files, without ending */
    const char *title;
    const char *x;
    const char *y;
    const char *by; /* NULL: one line for each Y */
    bool log_x;
    bool log_y;
};

/* Writes NAME.gp into an existing directory and draws it. False with a line on standard error. */
TALLY_MUST_CHECK bool plot_sweep(const struct plot_sweep *plot, const struct csv_table *table,
                                 const char *directory);

#endif
