/*
 * Seeds of `tally-sim fuzz` that once failed, and why. A seed means another schedule when the draw
 * of options changes; the directed test beside each repair stays.
 */
#ifndef TALLY_TESTS_SIMULATION_NETSIM_SEEDS_H
#define TALLY_TESTS_SIMULATION_NETSIM_SEEDS_H

#include <stdint.h>

static const struct {
    uint64_t seed;
    const char *why;
} seeds[] = {
    {1390, "more batches in check than the workers' queue holds: one was lost, and a member that "
           "caught up waited for its verdict for ever (test_points_blocks)"},
    {31006,
     "a read that failed in a restart passed for a batch that was never made: its number was "
     "used twice (test_crash_everywhere)"},
    {718, "a disk that fails as the faults stop"},
    {20625, "rot in the last record of a batch log: a member accuses itself"},
    {1007563, "a block whose write failed was in the store all the same, and executed"},
    {4028862, "a fault planned for a validator met the hand that took its journal away"},
    {9075613, "each leader named the newest result that a quorum reported, one of them mute: the "
              "slowest voter was always a block behind, and nothing was certified any more "
              "(test_points_blocks)"},
    {10292, "killed between its checkpoint and the end of the run: a height nobody was told of"},
    {950068,
     "a vote that was sent again before the first record of a run did not wait for the batch "
     "that had come back (test_turn)"},
    {81082304, "liars who vote for whatever they hear of, and one who garbles hashes: their votes "
               "for each other's grew without end, and the honest waited for simulated time"},
};

#endif
