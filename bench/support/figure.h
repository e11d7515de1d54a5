/*
 * bench/support/figure.h - one row for each figure, beside what the machine could do at most
 *
 * Problem. A figure alone means nothing on a machine that is shared and noisy. What a reader can
 * use is how much of the machine's own limit it is, with the limit measured in the same run.
 *
 * Rule. Every benchmark prints rows of this one form; `make bench` prints the head once:
 *
 *     layer     figure                                 value unit        limit  share  the limit
 *     merkle    update, 1,000 of 1,000,000 leaves      3,210 ns a leaf   2,410   75 %  its hashes
 *     channel   messages of 1 MiB                        610 MiB/s       1,900   32 %  bare TCP
 *
 * The limit is in the unit of the value. The share says how near the value comes to it: 100 % is
 * as fast as the machine allows, for a rate and for a cost alike. A row without a limit leaves both
 * empty. Shell scripts print the same form with bench/support/rows.sh.
 */
#ifndef TALLY_BENCH_SUPPORT_FIGURE_H
#define TALLY_BENCH_SUPPORT_FIGURE_H

#include <stdbool.h>
#include <stdint.h>

struct figure {
    const char *layer;
    const char *what;
    double value;
    const char *unit;
    double limit;           /* in the same unit; 0: none is known */
    const char *limit_what; /* the work that the limit is */
    bool cost;              /* less is better: time, bytes; else a rate */
};

/* Prints a row, at once. */
void figure_print(const struct figure *figure);

/* A label made as by printf, in one of eight buffers that are used in turn. */
const char *figure_label(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The number with separators of thousands, as short as its size allows; a buffer as above. */
const char *figure_number(double value);

/* Ends the program with a line on standard error unless the condition holds. */
void figure_require(bool condition, const char *what);

/* The middle one of `count` values, which are sorted; count is at least 1. */
double figure_median(double *values, uint32_t count);

#endif
