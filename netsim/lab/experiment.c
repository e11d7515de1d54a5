/* A scenario, carried out: see experiment.h. What the time line does is timeline.c. */
#include "netsim/lab/experiment.h"

#include <stdlib.h>
#include <string.h>

#include "netsim/engine/validator.h"
#include "netsim/fixed_leader/fixed_leader.h"
#include "netsim/lab/timeline.h"
#include "netsim/lab/trace.h"
#include "netsim/market/market.h"
#include "netsim/market/workload.h"
#include "node/replica/executor.h"
#include "node/replica/payload.h"

enum {
    ENVELOPES_MAX = 1 << 16,   /* of a block */
    BLOCK_BYTES_MAX = 1 << 30, /* enough for them */
    WAITING_MAX = 8192,        /* as in tallyd */
    REMEMBERED_MAX = 1 << 16,
    CHECKPOINT_BYTES = 16 << 20,
    JOURNAL_BYTES = 64 << 20,
    SEGMENT_BYTES = 256 << 20,
};

struct experiment {
    const struct scenario *scenario;
    struct market *market;
    struct simulation *simulation;
    struct workload *workload;
    struct results *results;
    struct trace *trace;
    struct timeline *timeline;
    uint32_t *latency_us;
};

/* ---- The parts -------------------------------------------------------------------------- */

static bool make_market(struct experiment *experiment)
{
    const struct scenario *scenario = experiment->scenario;
    struct market_config config;
    uint32_t instructions = (uint32_t)scenario->instructions_expected;
    uint64_t later = scenario->workload.lack_securities_permille; /* each is cured by one more */
    market_config_small(&config);
    config.seed = scenario->run.seed;
    market_config_size(
        &config, (uint32_t)scenario->workload.participants, (uint32_t)scenario->workload.accounts,
        (uint32_t)scenario->workload.securities, (uint32_t)scenario->workload.currencies,
        instructions + (uint32_t)(instructions * later / 1000));
    experiment->market = market_new(&config);
    return experiment->market != NULL;
}

static void configure_network(struct experiment *experiment, struct network_config *config)
{
    const struct scenario *scenario = experiment->scenario;
    const uint32_t members = (uint32_t)scenario->network.validators;
    *config = (struct network_config){
        .base_latency_us = (uint32_t)scenario->network.latency_us,
        .jitter_us = (uint32_t)scenario->network.jitter_us,
        .straggler_permille = (uint32_t)scenario->network.straggler_permille,
        .straggler_us = (uint32_t)scenario->network.straggler_us,
        .uplink_bytes_per_s = scenario->network.uplink_bytes_per_s,
        .queue_bytes_max = scenario->network.queue_bytes_max,
        .reorder = scenario->network.reorder != 0,
        .loss_permille = (uint32_t)scenario->network.loss_permille,
        .duplicate_permille = (uint32_t)scenario->network.duplicate_permille,
    };
    if (scenario->matrix.region_count == 0) {
        return;
    }
    experiment->latency_us = calloc((size_t)members * members, sizeof *experiment->latency_us);
    TALLY_ASSERT(experiment->latency_us != NULL);
    for (uint32_t from = 0; from < members; from++) {
        for (uint32_t to = 0; to < members; to++) {
            uint32_t here = scenario->region_of[from];
            uint32_t there = scenario->region_of[to];
            experiment->latency_us[from * members + to] =
                here == there ? (uint32_t)scenario->network.latency_within_us
                              : scenario->matrix.one_way_us[here][there];
        }
    }
    config->latency_us = experiment->latency_us;
}

static void configure_consensus(const struct scenario *scenario, struct simulation_config *config)
{
    config->timing = (struct consensus_timing){
        .d0_ms = (uint32_t)scenario->consensus.d0_ms,
        .d_max_ms = (uint32_t)scenario->consensus.d_max_ms,
        .heartbeat_ms = (uint32_t)scenario->consensus.heartbeat_ms,
        .block_interval_min_ms = (uint32_t)scenario->consensus.block_interval_min_ms,
        .retry_ms = (uint32_t)scenario->consensus.retry_ms,
        .skip_ms = (uint32_t)scenario->consensus.skip_ms,
        .clock_drift_ms = (uint32_t)scenario->consensus.clock_drift_ms,
    };
    config->limits = (struct consensus_limits){
        .batch_bytes_max = (uint32_t)scenario->consensus.batch_bytes_max,
        .lane_quota_batches = (uint32_t)scenario->consensus.lane_quota_batches,
        .lane_quota_bytes = (uint32_t)scenario->consensus.lane_quota_bytes,
        .lane_window = (uint32_t)scenario->consensus.lane_window,
        .skipped_views_max = (uint32_t)scenario->consensus.skipped_views_max,
    };
}

/* NULL, or why the core would not take these timing and limits. */
static const char *consensus_fault(const struct simulation_config *config)
{
    static char text[256];
    static const struct public_key keys[SIMULATION_MEMBERS_MAX];
    static const struct secret_key key;
    const struct consensus_config consensus = {.validator_count = config->member_count,
                                               .validators = keys,
                                               .secret_key = &key,
                                               .timing = config->timing,
                                               .limits = config->limits};
    enum consensus_config_check check = consensus_config_check(&consensus);
    (void)snprintf(text, sizeof text, "[consensus]: %s; %s", consensus_config_check_text(check),
                   consensus_config_check_hint(check));
    return check == CONSENSUS_CONFIG_OK ? NULL : text;
}

/* NULL, or why there is none. */
static const char *make_simulation(struct experiment *experiment)
{
    const struct scenario *scenario = experiment->scenario;
    const struct ledger_genesis *genesis = market_genesis(experiment->market);
    const uint32_t batch_bytes = (uint32_t)scenario->consensus.batch_bytes_max;
    uint64_t envelopes = executor_envelope_bound(scenario->consensus.lane_quota_bytes *
                                                 scenario->network.validators);
    struct simulation_config config = {
        .seed = scenario->run.seed,
        .protocol =
            scenario->network.protocol == PROTOCOL_FIXED_LEADER ? &consensus_fixed_leader : NULL,
        .member_count = (uint16_t)scenario->network.validators,
        .genesis = genesis,
        .admission = {.batch_bytes_max = batch_bytes,
                      .batch_age_ms = (uint32_t)scenario->consensus.batch_age_ms,
                      .envelope_bytes_max = batch_bytes - PAYLOAD_PREFIX_BYTES,
                      .validity_ahead_ms = genesis->limits.validity_ahead_ms,
                      .waiting_bytes_max = 4 * batch_bytes,
                      .waiting_count_max = WAITING_MAX,
                      .remembered_count_max = REMEMBERED_MAX},
        .envelope_count_max = (uint32_t)(envelopes < ENVELOPES_MAX ? envelopes : ENVELOPES_MAX),
        .checkpoint_bytes = CHECKPOINT_BYTES,
        .journal_bytes = JOURNAL_BYTES,
        .segment_bytes = SEGMENT_BYTES,
        .costs = scenario->cost,
        .machine_cores = (uint16_t)scenario->machine.cores,
        .hosts_per_machine = (uint16_t)scenario->machine.hosts,
        .signature_workers = (uint16_t)scenario->machine.signature_workers,
    };
    configure_consensus(scenario, &config);
    const char *fault = consensus_fault(&config);
    if (fault != NULL) {
        return fault;
    }
    configure_network(experiment, &config.network);
    experiment->simulation = simulation_new(&config);
    return experiment->simulation == NULL ? "the simulation cannot be made; fewer validators or "
                                            "instructions"
                                          : NULL;
}

static void configure_deals(const struct scenario *scenario, struct workload_source_config *config)
{
    config->seed = scenario->run.seed;
    config->instruction_count_max = (uint32_t)scenario->instructions_expected;
    config->instructions_per_envelope = (uint32_t)scenario->workload.instructions_per_envelope;
    config->validity_ms = (uint32_t)scenario->workload.validity_ms;
    config->share[WORKLOAD_FREE] = (uint16_t)scenario->workload.free_permille;
    config->share[WORKLOAD_UNMATCHED] = (uint16_t)scenario->workload.unmatched_permille;
    config->share[WORKLOAD_LACK_SECURITIES] = (uint16_t)scenario->workload.lack_securities_permille;
    config->share[WORKLOAD_LACK_CASH] = (uint16_t)scenario->workload.lack_cash_permille;
    config->share[WORKLOAD_HOLD] = (uint16_t)scenario->workload.hold_permille;
    config->share[WORKLOAD_CANCEL] = (uint16_t)scenario->workload.cancel_permille;
    config->share[WORKLOAD_CIRCLE] = (uint16_t)scenario->workload.circle_permille;
    config->share[WORKLOAD_AHEAD] = (uint16_t)scenario->workload.ahead_permille;
    config->share[WORKLOAD_DISAGREE] = (uint16_t)scenario->workload.disagree_permille;
    config->flaw_permille = (uint16_t)scenario->workload.flaw_permille;
    config->hot_permille = (uint16_t)scenario->workload.hot_permille;
    config->zipf_permille = (uint32_t)scenario->workload.zipf_permille;
}

/* NULL, or why the workload cannot be made. */
static const char *make_workload(struct experiment *experiment)
{
    const struct scenario *scenario = experiment->scenario;
    struct workload_config config;
    workload_config_default(&config);
    configure_deals(scenario, &config.source);
    memcpy(config.points, scenario->points, sizeof config.points);
    config.point_count = scenario->point_count;
    config.even = scenario->workload.even != 0;
    config.client_count =
        scenario->workload.loop == LOOP_CLOSED ? (uint32_t)scenario->workload.clients : 0;
    config.think_us = scenario->workload.think_us;
    config.begin_us = 0;
    config.end_us = scenario->run.duration_us;
    config.measure_us = scenario->run.warm_up_us;
    config.follow_up_us = scenario->workload.follow_up_us;
    config.latency_us = (uint32_t)scenario->workload.client_latency_us;
    config.timeout_us = scenario->workload.timeout_us;
    config.home = (enum workload_home)scenario->workload.home;
    config.home_member = (uint32_t)scenario->workload.home_member;
    config.duplicate_permille = (uint16_t)scenario->workload.duplicate_permille;
    config.duplicate_members = (uint32_t)scenario->workload.duplicate_members;
    const char *fault =
        workload_fault(&config, experiment->market, (uint32_t)scenario->network.validators);
    if (fault != NULL) {
        return fault;
    }
    experiment->workload = workload_new(&config, experiment->market, experiment->simulation);
    return experiment->workload == NULL ? "there is not enough memory for the clients" : NULL;
}

/* ---- The whole -------------------------------------------------------------------------- */

static const char *build(struct experiment *experiment, FILE *trace)
{
    const struct scenario *scenario = experiment->scenario;
    if (!make_market(experiment)) {
        return "[workload]: the market cannot be made; fewer participants, accounts or "
               "instructions";
    }
    const char *fault = make_simulation(experiment);
    if (fault == NULL) {
        fault = make_workload(experiment);
    }
    if (fault != NULL) {
        return fault;
    }
    experiment->results = results_new(scenario, experiment->simulation, experiment->workload);
    if (trace != NULL) {
        experiment->trace = trace_new(scenario, experiment->simulation, trace);
    }
    experiment->timeline =
        timeline_new(scenario, experiment->simulation, experiment->results, experiment->trace);
    return NULL;
}

struct experiment *experiment_new(const struct scenario *scenario, FILE *trace, char *why,
                                  size_t why_size)
{
    struct experiment *experiment = calloc(1, sizeof *experiment);
    TALLY_ASSERT(experiment != NULL);
    experiment->scenario = scenario;
    const char *fault = build(experiment, trace);
    if (fault != NULL) {
        (void)snprintf(why, why_size, "%s", fault);
        experiment_free(experiment);
        return NULL;
    }
    return experiment;
}

void experiment_free(struct experiment *experiment)
{
    if (experiment == NULL) {
        return;
    }
    trace_free(experiment->trace);
    timeline_free(experiment->timeline); /* adversaries go before what they stand in */
    simulation_free(experiment->simulation);
    results_free(experiment->results);
    workload_free(experiment->workload);
    market_free(experiment->market);
    free(experiment->latency_us);
    free(experiment);
}

void experiment_run(struct experiment *experiment, experiment_progress *progress, void *context)
{
    const struct scenario *scenario = experiment->scenario;
    const uint64_t end_us = scenario->run.duration_us + scenario->run.cool_down_us;
    for (uint32_t host = 0; host < scenario->network.validators; host++) {
        bool started = validator_start(simulation_validator(experiment->simulation, host), true);
        TALLY_ASSERT(started);
    }
    for (uint64_t now_us = 0; now_us < end_us;) {
        now_us += scenario->run.interval_us;
        now_us = now_us < end_us ? now_us : end_us;
        simulation_run_until(experiment->simulation, now_us);
        if (progress != NULL) {
            progress(context, now_us, end_us);
        }
    }
    results_finish(experiment->results);
}

const struct results *experiment_results(const struct experiment *experiment)
{
    return experiment->results;
}
