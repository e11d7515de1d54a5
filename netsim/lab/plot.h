/*
 * netsim/lab/plot.h - pictures of results, drawn by gnuplot
 *
 * Problem. A table of a hundred rows is not read; a picture without units, title and scale is not
 * believed.
 *
 * Rule. Each picture is a gnuplot script that carries its data and can be drawn again, edited, and
 * put into a paper; it is written first, then drawn as SVG and PNG when gnuplot is there. When it
 * is not, the script stays and a line says so.
 *
 *     timeline    throughput and time to finality against time, the faults marked
 *     bandwidth   what each member sent, by what it was for
 *     cpu         what each member's processors did
 *     sweep       one figure against another over the runs of a sweep, a line for each value of a
 *                 third
 */
#ifndef TALLY_NETSIM_LAB_PLOT_H
#define TALLY_NETSIM_LAB_PLOT_H

#include <stdbool.h>

#include "base/assert.h"
#include "netsim/lab/results.h"

/* Writes and draws the pictures of one run into an existing directory. False, with a line on
 * standard error, when a file cannot be written or gnuplot refuses a script. */
TALLY_MUST_CHECK bool plot_run(const struct results *results, const char *directory);

/* Begins a script DIRECTORY/NAME.gp that will draw NAME.svg and NAME.png; NULL with a line on
 * standard error. */
FILE *plot_begin(const char *directory, const char *name);
/* The terminals: what is printed after this is drawn once for each. Data goes before. */
void plot_canvas(FILE *script, const char *name, unsigned width, unsigned height);
/* Ends a script and draws it. */
TALLY_MUST_CHECK bool plot_end(FILE *script, const char *directory, const char *name);

/* Text within a gnuplot string in single quotes; what could end it is left out. */
void plot_text(FILE *script, const char *text);

#endif
