/*
 * netsim/lab/result_file.h - what one run of a sweep leaves behind
 *
 * Rule. A text file, written whole or not at all:
 *
 *     tally-sim result 1
 *     experiment 3f2a9c0d11e45b67           digest of the scenario without its coordinates
 *     point workload.rate 100               coordinates, in the order of the axes
 *     figure finality_p50_ms 12.345         all figures of results.h
 *     end
 *
 * Files of one experiment and the same coordinates belong together; no others can be joined.
 */
#ifndef TALLY_NETSIM_LAB_RESULT_FILE_H
#define TALLY_NETSIM_LAB_RESULT_FILE_H

#include "netsim/lab/results.h"
#include "netsim/lab/sweep.h"

enum {
    RESULT_DIGEST_SIZE = 17,
};

struct result_file {
    char experiment[RESULT_DIGEST_SIZE];
    struct sweep_point point;
    int64_t figures[FIGURE_COUNT];
};

/* The digest of a finished scenario with the fields of a point taken out. */
void experiment_digest(const struct scenario *scenario, const struct sweep_point *point,
                       char digest[RESULT_DIGEST_SIZE]);

/* Fills one from the results of a run. */
void result_file_fill(struct result_file *file, const struct scenario *scenario,
                      const struct sweep_point *point, const struct results *results);

/* Writes it so that after an interruption it is there whole or not at all. */
TALLY_MUST_CHECK bool result_file_write(const struct result_file *file, const char *path, char *why,
                                        size_t why_size);
/* False with a sentence in `why`, also for a file that is not whole. */
TALLY_MUST_CHECK bool result_file_read(struct result_file *file, const char *path, char *why,
                                       size_t why_size);
/* The same, from text. */
TALLY_MUST_CHECK bool result_file_parse(struct result_file *file, char *text, char *why,
                                        size_t why_size);

#endif
