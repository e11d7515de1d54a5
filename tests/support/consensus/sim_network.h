/*
 * When a message arrives, if at all.
 *
 * Every message is on its own: delayed by a random time, lost, or delivered twice, so later ones
 * overtake earlier ones. That is rougher than the connections of the real node, which keep order
 * while they last. Cuts are drawn again every partition period: two random parts that do not reach
 * each other, or of which one is not heard by the other.
 */
#ifndef TALLY_TESTS_SUPPORT_CONSENSUS_SIM_NETWORK_H
#define TALLY_TESTS_SUPPORT_CONSENSUS_SIM_NETWORK_H

#include "base/prng.h"
#include "tests/support/consensus/cluster_options.h"

enum {
    SIM_NETWORK_COPIES_MAX = 2
};

struct sim_network {
    const struct cluster_options *options; /* borrowed */
    struct prng *prng;                     /* borrowed */
    uint32_t hosts_count;                  /* nodes and twins */
    bool healed;                           /* no more faults */
    uint64_t lost_count;
    uint32_t cut[CLUSTER_HOSTS_MAX]; /* bit j of cut[i]: nothing gets from i to j */
};

/* A network without cuts. */
void sim_network_init(struct sim_network *network, const struct cluster_options *options,
                      uint32_t hosts_count, struct prng *prng);

/* Draws the cuts anew. */
void sim_network_redraw(struct sim_network *network);

/* From here on nothing is cut, lost or doubled, and delays are those of a quiet network. */
void sim_network_heal(struct sim_network *network);

/* Returns how many copies arrive (0, 1 or 2), and after how long each. */
uint32_t sim_network_send(struct sim_network *network, uint32_t from, uint32_t to,
                          uint32_t delays_ms[SIM_NETWORK_COPIES_MAX]);

#endif
