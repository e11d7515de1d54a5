/*
 * netsim/verbs.h - what tally-sim can do: a verb, a file
 *
 * Each reads its own arguments, argv[0] being its name, has a --help of its own and returns the
 * exit code of the program: 0 done, 1 something was found to be wrong, 2 the arguments were.
 * verb_fuzz() has more (fuzz_runner.h).
 */
#ifndef TALLY_NETSIM_VERBS_H
#define TALLY_NETSIM_VERBS_H

/* Exit codes that all verbs share. */
enum verb_exit {
    VERB_DONE = 0,
    VERB_FAILED = 1,
    VERB_USAGE = 2,
};

/* Random schedules of faults. */
int verb_fuzz(int argc, char **argv);
/* One scenario. */
int verb_run(int argc, char **argv);
/* Joins the results of a sweep. */
int verb_merge(int argc, char **argv);
/* A scenario at many points. */
int verb_sweep(int argc, char **argv);
/* What work costs on this machine. */
int verb_calibrate(int argc, char **argv);
/* Scenarios, shown on a page. */
int verb_gallery(int argc, char **argv);
/* The chain of real nodes, once more. */
int verb_replay(int argc, char **argv);
/* All constellations of twins. */
int verb_twins(int argc, char **argv);

#endif
