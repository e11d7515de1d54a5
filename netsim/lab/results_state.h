/* What results.c counts; results_print.c and results_write.c read it. */
#ifndef TALLY_NETSIM_LAB_RESULTS_STATE_H
#define TALLY_NETSIM_LAB_RESULTS_STATE_H

#include "netsim/lab/results.h"
#include "netsim/lab/samples.h"

enum {
    RESULTS_NOTES_MAX = 32,
    RESULTS_NOTE_SIZE = 240,
};

struct results {
    const struct scenario *scenario;
    struct simulation *simulation;
    struct workload *workload;
    uint32_t host_count;
    struct workload_results *clients; /* as of the end */

    /* Within the window. */
    struct results_host hosts[SIMULATION_HOSTS_MAX];
    uint64_t handed;
    uint64_t final;
    uint64_t settled;
    uint64_t settled_of_handed; /* handed in within the window, settled whenever */
    uint64_t blocks;
    uint64_t views_lost;
    struct samples finality;
    struct samples received;
    struct samples executed;
    struct samples settlement;

    /* From the beginning. */
    uint64_t height;
    uint64_t view;
    uint64_t alarms;
    uint64_t evidence;

    struct results_interval *intervals;
    size_t interval_count;
    size_t interval_capacity;
    struct results_interval interval;        /* the current one */
    uint64_t bytes_of[SIMULATION_HOSTS_MAX]; /* in the current one */
    uint64_t work_of[SIMULATION_HOSTS_MAX];

    int64_t figures[FIGURE_COUNT];
    char notes[RESULTS_NOTES_MAX][RESULTS_NOTE_SIZE];
    uint32_t note_count;
};

#endif
