/*
 * netsim/lab/merge.h - result files of a sweep, joined to one table
 *
 * Rule. Files belong together when they are of one experiment (the same scenario but for the
 * coordinates) and have the same coordinates in the same order; no point may be there twice. Then
 * the table has a row for each, sorted by the coordinates. Coordinates are numbers in the smallest
 * unit, which the column's name says; words stay words:
 *
 *     network.validators,network.latency_us,network.protocol,offered_per_s,...
 *     4,10000,simplex,99.960,...
 */
#ifndef TALLY_NETSIM_LAB_MERGE_H
#define TALLY_NETSIM_LAB_MERGE_H

#include "netsim/lab/result_file.h"

struct merge;

/* An empty one; stops the program when memory is short. */
struct merge *merge_new(void);
/* Accepts NULL. */
void merge_free(struct merge *merge);

/* Adds one file; `path` is for messages. False with a sentence when it does not belong. */
TALLY_MUST_CHECK bool merge_add(struct merge *merge, const struct result_file *file,
                                const char *path, char *why, size_t why_size);

/* Files added so far. */
uint32_t merge_count(const struct merge *merge);
/* pre: at least one file. */
void merge_write(struct merge *merge, FILE *out);

#endif
