/*
 * netsim/lab/experiment.h - a scenario, carried out
 *
 * Problem. Between a file of fields and a figure stand a market, its clients, a network of
 * validators, a time line of faults and those who watch.
 *
 * Rule. An experiment builds all of them from a scenario, runs it to its end, and has the results.
 * The same scenario gives the same results, byte for byte.
 *
 *     struct experiment *experiment = experiment_new(&scenario, NULL, why, sizeof why);
 *     experiment_run(experiment, NULL, NULL);
 *     results_summary(experiment_results(experiment), stdout);
 *     experiment_free(experiment);
 */
#ifndef TALLY_NETSIM_LAB_EXPERIMENT_H
#define TALLY_NETSIM_LAB_EXPERIMENT_H

#include <stdio.h>

#include "netsim/lab/results.h"
#include "netsim/lab/scenario.h"

struct experiment;

/* Borrows the scenario, which must be finished (scenario_finish), and `trace`, which may be NULL.
 * NULL with a sentence in `why` when it cannot be built: memory is short, or the market does not
 * suffice. */
struct experiment *experiment_new(const struct scenario *scenario, FILE *trace, char *why,
                                  size_t why_size);
/* Accepts NULL. */
void experiment_free(struct experiment *experiment);

/* Called at every interval of the series. */
typedef void experiment_progress(void *context, uint64_t now_us, uint64_t end_us);

/* Runs it to its end. `progress` may be NULL. Once. */
void experiment_run(struct experiment *experiment, experiment_progress *progress, void *context);

/* After the run. Borrowed until experiment_free(). */
const struct results *experiment_results(const struct experiment *experiment);

#endif
