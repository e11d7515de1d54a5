/*
 * netsim/lab/latency_matrix.h - how far apart regions are
 *
 * Rule. A CSV file: lines that begin with # say where the figures are from; the first other line is
 * "from" and the names of the regions; then one line for each region in the same order, with the
 * round trip in ms to each of them. The diagonal is empty. One way is taken to be half.
 *
 *     # measured by us on 3 May 2026
 *     from,paris,tokyo
 *     paris,,240
 *     tokyo,241.5,             one way tokyo -> paris: 120,750 us
 */
#ifndef TALLY_NETSIM_LAB_LATENCY_MATRIX_H
#define TALLY_NETSIM_LAB_LATENCY_MATRIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/assert.h"

enum {
    LATENCY_REGIONS_MAX = 64,
    LATENCY_NAME_SIZE = 32,
};

struct latency_matrix {
    uint32_t region_count;
    char names[LATENCY_REGIONS_MAX][LATENCY_NAME_SIZE];
    uint32_t one_way_us[LATENCY_REGIONS_MAX][LATENCY_REGIONS_MAX]; /* 0 on the diagonal */
};

struct latency_error {
    uint32_t line;
    char text[160];
};

/* Takes a file's text apart; `text` is changed. False with the first error. */
TALLY_MUST_CHECK bool latency_matrix_parse(char *text, struct latency_matrix *matrix,
                                           struct latency_error *error);

/* Writes a file that is read to the same. */
void latency_matrix_write(const struct latency_matrix *matrix, FILE *out);

/* The index of a region; LATENCY_REGIONS_MAX when there is none of this name. */
uint32_t latency_matrix_find(const struct latency_matrix *matrix, const char *name);

#endif
