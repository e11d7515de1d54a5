/*
 * bench/support/workspace.h - a directory that is gone when the benchmark is, however that ends
 *
 * Problem. A benchmark with real files and real processes must leave neither behind: not when it
 * fails, not when it is interrupted, not when an assertion stops it.
 *
 * Rule. The work is done by a child process. Its parent makes the directory, waits, passes
 * interruptions on, and removes the directory with all in it. The child dies with its parent; what
 * the child starts must likewise die with it (PR_SET_PDEATHSIG, as netsim/testbed does).
 */
#ifndef TALLY_BENCH_SUPPORT_WORKSPACE_H
#define TALLY_BENCH_SUPPORT_WORKSPACE_H

/* The work: an exit code. The directory is its own and empty. */
typedef int workspace_work(void *context, const char *directory);

/* Does the work in a new directory under `parent`, and returns its exit code; 1, with one line on
 * stderr, when the directory cannot be made or the work was stopped. Single-threaded callers only.
 */
int workspace_run(const char *parent, workspace_work *work, void *context);

#endif
