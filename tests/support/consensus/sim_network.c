#include "tests/support/consensus/sim_network.h"

#include "base/assert.h"

#include <string.h>

void sim_network_init(struct sim_network *network, const struct cluster_options *options,
                      uint32_t hosts_count, struct prng *prng)
{
    memset(network, 0, sizeof *network);
    network->options = options;
    network->hosts_count = hosts_count;
    network->prng = prng;
}

void sim_network_redraw(struct sim_network *network)
{
    const struct cluster_options *options = network->options;
    bool both_ways = (options->faults & (1u << FAULT_PARTITION)) != 0;
    bool one_way = (options->faults & (1u << FAULT_ONE_WAY)) != 0;
    memset(network->cut, 0, sizeof network->cut);
    if (network->healed || (!both_ways && !one_way) ||
        !prng_chance(network->prng, options->partition_permille, 1000)) {
        return;
    }
    uint32_t everybody = (1u << network->hosts_count) - 1;
    uint32_t part = (uint32_t)prng_below(network->prng, everybody + UINT64_C(1));
    if (prng_chance(network->prng, 1, 3)) { /* isolate one */
        part = 1u << prng_below(network->prng, network->hosts_count);
    }
    bool backwards_too = both_ways && (!one_way || prng_chance(network->prng, 1, 2));
    for (uint32_t node = 0; node < network->hosts_count; node++) {
        if ((part & (1u << node)) != 0) {
            network->cut[node] = everybody & ~part;
        } else if (backwards_too) {
            network->cut[node] = part;
        }
    }
}

void sim_network_heal(struct sim_network *network)
{
    memset(network->cut, 0, sizeof network->cut);
    network->healed = true;
}

static uint32_t delay_draw(struct sim_network *network)
{
    const struct cluster_options *options = network->options;
    uint64_t spread_ms = network->healed ? 4 : options->delay_spread_ms;
    uint64_t least_ms = network->healed ? 1 : options->delay_min_ms;
    bool long_one = !network->healed && prng_chance(network->prng, 1, 16);
    uint64_t beyond_ms = prng_below(network->prng, spread_ms + 1);
    return (uint32_t)(least_ms + beyond_ms * (long_one ? 4 : 1));
}

uint32_t sim_network_send(struct sim_network *network, uint32_t from, uint32_t to,
                          uint32_t delays_ms[SIM_NETWORK_COPIES_MAX])
{
    const struct cluster_options *options = network->options;
    TALLY_ASSERT(from < network->hosts_count && to < network->hosts_count);
    if ((network->cut[from] & (1u << to)) != 0 ||
        (!network->healed && prng_chance(network->prng, options->loss_permille, 1000))) {
        network->lost_count++;
        return 0;
    }
    delays_ms[0] = delay_draw(network);
    if (!network->healed && prng_chance(network->prng, options->duplicate_permille, 1000)) {
        delays_ms[1] = delay_draw(network) * 3;
        return 2;
    }
    return 1;
}
