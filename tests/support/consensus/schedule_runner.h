/*
 * Runs many random schedules, and tells what went wrong in a way that can be run again.
 *
 *     test_schedules                             the default number, from seed 1
 *     test_schedules --mix campaign --schedules 100000 --jobs 2
 *                                                a campaign: cluster_options.h tells the mixes
 *     test_schedules --seed 4711 --schedules 1 --trace
 *                                                one schedule, every event on a line
 *     test_schedules --seed 4711 --schedules 1 --without loss,crash
 *                                                the same with less going wrong
 *
 * Each job is a process of its own, so that a crash is a result too. What the schedules had in them
 * is printed in the end (schedule_counts.h). A failing schedule is printed
 * with its options, then run again with one class of fault less at a time as long as it still fails
 * the same way, and the smallest is printed as a command.
 */
#ifndef TALLY_TESTS_SUPPORT_CONSENSUS_SCHEDULE_RUNNER_H
#define TALLY_TESTS_SUPPORT_CONSENSUS_SCHEDULE_RUNNER_H

#include "tests/support/consensus/cluster_options.h"

#include <stdint.h>

/* Exit codes of a test program. */
enum schedule_exit {
    SCHEDULE_PASSED = 0,
    SCHEDULE_USAGE = 2,
    SCHEDULE_UNQUALIFIED = 3, /* all passed, but one of a campaign is not of its mix */
    SCHEDULE_CRASHED = 127,   /* an assertion, a signal */
    SCHEDULE_STUCK = 128,     /* liveness: no progress although all faults stopped */
    SCHEDULE_UNSAFE = 129     /* correctness: the checker objects */
};

/* The whole main() of a test program; the defaults are how many it runs unasked, of which mix. */
int schedule_runner_main(int argc, char **argv, uint64_t schedules_default,
                         enum cluster_mix mix_default);

#endif
