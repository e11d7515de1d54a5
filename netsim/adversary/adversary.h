/*
 * netsim/adversary/adversary.h - a Byzantine member in a simulation
 *
 * Problem. The tricks of byzantine.h need a host: somebody at the door to the network, a clock, a
 * processor that computes wrong results, a second program under the same key.
 *
 * Rule. An adversary stands at the gate of one host (validator_gate) from the moment it is made.
 * All that the core of that host says passes through the actor; beside it
 *
 *     result   lies to the core about half of the results, so that it signs them
 *     time     sets the host's clock an hour wrong, either way
 *     late     holds messages back, each for a time of its own, a part of them beyond every timer
 *     twin     is for the hosts of one member, given the same seed: time is cut into spells, and in
 *              each spell every other member talks with one of the two, or with both
 *
 *     for (host of the member) {
 *         adversaries[i++] = adversary_new(simulation, host, kinds, seed);
 *     }
 *
 * It acts unprompted every ADVERSARY_ACT_US. It signs with its own member's key only. Its chance
 * comes from its seed: the rest of the simulation draws as before.
 */
#ifndef TALLY_NETSIM_ADVERSARY_ADVERSARY_H
#define TALLY_NETSIM_ADVERSARY_ADVERSARY_H

#include <stdint.h>

#include "netsim/adversary/byzantine_kind.h"
#include "netsim/engine/simulation.h"

enum {
    ADVERSARY_ACT_US = 80000,
    ADVERSARY_SPELL_US = 250000, /* of twins */
};

struct adversary;

/* `kinds` is a bit set of enum byzantine_kind. Lives until adversary_free, after which the
 * simulation must not run on. */
struct adversary *adversary_new(struct simulation *simulation, uint32_t host, uint32_t kinds,
                                uint64_t seed);
void adversary_free(struct adversary *adversary);

/* How many messages each kind changed, withheld or added so far. */
void adversary_deeds(const struct adversary *adversary, uint64_t counts[BYZANTINE_COUNT]);

#endif
