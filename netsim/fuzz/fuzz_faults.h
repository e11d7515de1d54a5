/*
 * netsim/fuzz/fuzz_faults.h - makes things go wrong in a simulation, as its options say
 *
 * Rule. Faults begin with the simulation and end with fuzz_faults_stop(). Periodic ones come at
 * irregular times about their period. Every host may crash, also Byzantine ones and twins; a host
 * that is down is started again after a while. Damage strikes only the members that the options
 * name, once each.
 *
 * When the faults stop, the network is whole and calm for the core and the faulty members, disks
 * are fast and have room, and every member of the core is up. The healthy members outside the core
 * stay away, each in the way that the options say.
 *
 * What was done is counted by class: a class that is drawn but never strikes tests nothing.
 *
 * Deterministic: a generator of its own, seeded from the options.
 */
#ifndef TALLY_NETSIM_FUZZ_FUZZ_FAULTS_H
#define TALLY_NETSIM_FUZZ_FUZZ_FAULTS_H

#include "netsim/engine/simulation.h"
#include "netsim/fuzz/fuzz_options.h"
#include "netsim/fuzz/fuzz_trace.h"

/* Told before a member's disk is damaged: its journal, or all of it, will be other than it was. */
typedef void fuzz_damage_told(void *context, uint32_t member, enum fuzz_fault damage);

struct fuzz_faults;

/*
 * Starts all hosts of a simulation that has not begun, and its faults. Borrows all but `told`;
 * tells `trace`, which may be NULL. NULL when memory is short.
 */
struct fuzz_faults *fuzz_faults_new(struct simulation *simulation,
                                    const struct fuzz_options *options,
                                    const struct fuzz_trace *trace, fuzz_damage_told *told,
                                    void *context);
/* After the simulation is freed. Accepts NULL. */
void fuzz_faults_free(struct fuzz_faults *faults);

/* The liveness phase begins. False: a member of the core could not be started. */
bool fuzz_faults_stop(struct fuzz_faults *faults);

/* A member of the core stopped for its disk although nothing was done to it; NULL: none did. */
const char *fuzz_faults_unexplained(const struct fuzz_faults *faults);

/* How often each class struck so far, by enum fuzz_fault; messages for those of the network. */
void fuzz_faults_count(const struct fuzz_faults *faults, uint64_t counts[FUZZ_FAULT_COUNT]);

#endif
