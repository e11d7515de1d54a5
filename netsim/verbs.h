/*
 * netsim/verbs.h - what tally-sim can do: a verb, a file
 *
 * Each reads its own arguments, argv[0] being its name, has a --help of its own and returns the exit
 * code of the program: 0 done, 1 something was found to be wrong, 2 the arguments were. verb_fuzz()
 * has more (fuzz_runner.h).
 */
#ifndef TALLY_NETSIM_VERBS_H
#define TALLY_NETSIM_VERBS_H

int verb_fuzz(int argc, char **argv);
int verb_run(int argc, char **argv);
int verb_merge(int argc, char **argv);
int verb_sweep(int argc, char **argv);
int verb_calibrate(int argc, char **argv);
int verb_twins(int argc, char **argv);

#endif
