/*
 * leader.h: who leads which view.
 *
 * Rule. leader(view) = permutation[view % n]: every validator leads once in n views. The
 * permutation is a Fisher-Yates shuffle by base/prng.h, seeded with the first eight bytes
 * (little-endian) of the anchor's hash plus the epoch, so all know it and nobody chose it.
 */
#ifndef TALLY_CONSENSUS_LEADER_H
#define TALLY_CONSENSUS_LEADER_H

#include "consensus/quorum.h"
#include "crypto/hash.h"

struct leader_schedule {
    uint16_t validator_count;
    uint16_t permutation[CONSENSUS_VALIDATORS_MAX];
};

/* Draws the permutation of an epoch from its anchor, which nobody could choose. */
void leader_schedule_init(struct leader_schedule *schedule, uint16_t validator_count,
                          const struct hash *anchor_hash, uint64_t epoch);

/* The index of the validator that leads a view. */
uint16_t leader_of(const struct leader_schedule *schedule, uint64_t view);

#endif
