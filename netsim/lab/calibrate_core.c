/* The price of a consensus event: a small network of real cores under the simulator, each step of
 * which is timed. Signatures are the stand-in's there and cost a hash; those are taken off. */
#include <time.h>

#include "consensus/protocol.h"
#include "netsim/engine/sign_meter.h"
#include "netsim/engine/simulation.h"
#include "netsim/engine/validator.h"
#include "netsim/lab/calibrate.h"
#include "netsim/market/market.h"

enum {
    ROUNDS = 5,
    MEMBERS = 4,
    SIMULATED_US = 10000000,
};

/* Of the round. */
static uint64_t steps;
static uint64_t steps_ns;

static void timed_step(struct consensus *core, const struct consensus_event *event,
                       struct consensus_effects *effects)
{
    struct timespec begin;
    struct timespec end;
    (void)clock_gettime(CLOCK_MONOTONIC, &begin);
    consensus_simplex.step(core, event, effects);
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    steps += 1;
    steps_ns += (uint64_t)(end.tv_sec - begin.tv_sec) * 1000000000 + (uint64_t)end.tv_nsec -
                (uint64_t)begin.tv_nsec;
}

static uint64_t round_measure(const struct market *market, uint64_t hash_ns)
{
    struct simulation_config config;
    struct consensus_protocol timed = consensus_simplex;
    const struct sign_meter before = sign_meter;
    timed.step = timed_step;
    simulation_config_defaults(&config, MEMBERS, market_genesis(market));
    config.timing.heartbeat_ms = 5; /* a busy idle network */
    config.protocol = &timed;
    struct simulation *simulation = simulation_new(&config);
    TALLY_ASSERT(simulation != NULL);
    for (uint32_t host = 0; host < MEMBERS; host++) {
        bool started = validator_start(simulation_validator(simulation, host), true);
        TALLY_ASSERT(started);
    }
    steps = 0;
    steps_ns = 0;
    simulation_run_until(simulation, SIMULATED_US);
    simulation_free(simulation);
    uint64_t signatures =
        sign_meter.created - before.created + sign_meter.verified - before.verified;
    TALLY_ASSERT(steps > 0);
    return (steps_ns > signatures * hash_ns ? steps_ns - signatures * hash_ns : 0) / steps;
}

void calibrate_core(struct cost_model *costs, FILE *log)
{
    struct market_config config;
    uint64_t ns[ROUNDS];
    (void)fputs("the consensus core\n", log);
    market_config_small(&config);
    struct market *market = market_new(&config);
    TALLY_ASSERT(market != NULL);
    for (int round = 0; round < ROUNDS; round++) {
        ns[round] = round_measure(market, costs->hash_ns);
    }
    market_free(market);
    costs->step_ns = calibrate_median(ns, ROUNDS);
}
