/*
 * netsim/fuzz/fuzz_runner.h - many schedules, and what to tell of those that fail
 *
 * Rule. Each job is a process of its own, so that a crash is a result too; jobs share the seeds out
 * among them by turns. A schedule that fails ends its process; the runner tells of it, and starts
 * the job again behind it until there are enough failures.
 *
 * A failure is told with its reason, its options, and the options that are left when every class of
 * fault that does not matter is taken away; and with the command that runs just that.
 *
 * Every FUZZ_TWICE_PERIODth schedule is run twice, and must come to the same digest.
 *
 * Wall clock time decides when a campaign ends and whether a schedule hangs, never what happens in
 * it.
 */
#ifndef TALLY_NETSIM_FUZZ_FUZZ_RUNNER_H
#define TALLY_NETSIM_FUZZ_FUZZ_RUNNER_H

#include <stdbool.h>
#include <stdint.h>

#include "netsim/fuzz/fuzz_schedule.h"

enum {
    FUZZ_JOBS_MAX = 64,
    FUZZ_TWICE_PERIOD = 64,
    FUZZ_HANG_S = 300, /* no schedule takes that long */
};

/* Exit codes. */
enum fuzz_exit {
    FUZZ_EXIT_PASSED = 0,    /* none failed; those that were lost are counted apart */
    FUZZ_EXIT_UNREACHED = 1, /* a mark was not reached */
    FUZZ_EXIT_USAGE = 2,
    FUZZ_EXIT_CRASHED = 127, /* an assertion, a signal, a schedule without end */
    FUZZ_EXIT_STUCK = 128,
    FUZZ_EXIT_UNSAFE = 129,
};

struct fuzz_campaign {
    uint64_t seed; /* of the first schedule; the next one's is one more */
    uint64_t schedule_count;
    uint32_t minutes; /* 0: until all schedules are run */
    uint32_t jobs_count;
    uint32_t without;      /* bit set of enum fuzz_fault */
    uint32_t failures_max; /* then the campaign ends; at least 1 */
    bool trace;
    bool verbose; /* options and table of each schedule */
    bool digest;  /* only seed and digest of each, a line */
    bool canary;
    bool minimise;
    bool marks; /* list the marks that no schedule reached */
};

/* Prints to the standard output. */
enum fuzz_exit fuzz_campaign_run(const struct fuzz_campaign *campaign);

/*
 * Makes a failure smaller. `trial` runs the schedule without these classes and says whether it
 * fails the same way. Returns the classes of `faults` that can be taken away together, found by
 * taking away one at a time until no single one more can go.
 */
typedef bool fuzz_trial(void *context, uint32_t without);
uint32_t fuzz_minimise(uint32_t faults, uint32_t without, fuzz_trial *trial, void *context);

#endif
