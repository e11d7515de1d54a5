/* The configuration of step.h: its checks, and the memory that follows from it. */
#include <string.h>

#include "base/assert.h"
#include "consensus/core.h"

STATUS_DEFINE(consensus_config_check, CONSENSUS_CONFIG_LIST)
STATUS_DEFINE(consensus_alarm, CONSENSUS_ALARM_LIST)
STATUS_DEFINE(consensus_halt, CONSENSUS_HALT_LIST)
STATUS_DEFINE(consensus_trace, CONSENSUS_TRACE_LIST)

#define CONFIG_MS_MAX            3600000u
#define CONFIG_BATCH_BYTES_MAX   (64u << 20)
#define CONFIG_QUOTA_BATCHES_MAX 64u
#define CONFIG_WINDOW_MAX        4096u
#define CONFIG_VIEWS_MIN         (2u * VIEW_SLOTS)
#define CONFIG_VIEWS_MAX         65000u

_Static_assert(CONFIG_VIEWS_MAX < UINT16_MAX, "a justification counts its certificates in 16 bits");

/* A justification of usual length; longer ones are rare and few at a time. */
#define POOL_USUAL_CERTIFICATES 3
/* Blocks with a full body that are in the pool at one time, at most. */
#define POOL_FULL_BODIES (4 * CONSENSUS_UNEXECUTED_MAX)

void consensus_config_defaults(struct consensus_config *config)
{
    config->timing = (struct consensus_timing){.d0_ms = 100,
                                               .d_max_ms = 20000,
                                               .heartbeat_ms = 3000,
                                               .block_interval_min_ms = 5,
                                               .retry_ms = 400,
                                               .skip_ms = 2000,
                                               .clock_drift_ms = 2000};
    config->limits = (struct consensus_limits){.batch_bytes_max = 1u << 20,
                                               .lane_quota_batches = 8,
                                               .lane_quota_bytes = 4u << 20,
                                               .lane_window = 128,
                                               .skipped_views_max = 1024};
}

static bool timing_legal(const struct consensus_timing *timing)
{
    const uint32_t positive[] = {timing->d0_ms, timing->d_max_ms, timing->heartbeat_ms,
                                 timing->retry_ms, timing->skip_ms};
    for (size_t i = 0; i < sizeof positive / sizeof positive[0]; i++) {
        if (positive[i] == 0 || positive[i] > CONFIG_MS_MAX) {
            return false;
        }
    }
    return timing->d_max_ms >= timing->d0_ms && timing->block_interval_min_ms <= CONFIG_MS_MAX &&
           timing->clock_drift_ms <= CONFIG_MS_MAX;
}

static bool limits_legal(const struct consensus_limits *limits)
{
    return limits->batch_bytes_max >= 1 && limits->batch_bytes_max <= CONFIG_BATCH_BYTES_MAX &&
           limits->lane_quota_bytes >= limits->batch_bytes_max && limits->lane_quota_batches >= 1 &&
           limits->lane_quota_batches <= CONFIG_QUOTA_BATCHES_MAX &&
           limits->lane_window >= limits->lane_quota_batches &&
           limits->lane_window <= CONFIG_WINDOW_MAX &&
           limits->skipped_views_max >= CONFIG_VIEWS_MIN &&
           limits->skipped_views_max <= CONFIG_VIEWS_MAX;
}

enum consensus_config_check consensus_config_check(const struct consensus_config *config)
{
    if (config->validator_count < 1 || config->validator_count > CONSENSUS_VALIDATORS_MAX ||
        config->validators == NULL) {
        return CONSENSUS_CONFIG_VALIDATORS;
    }
    const bool observer = config->self == CONSENSUS_OBSERVER;
    if (!observer && config->self >= config->validator_count) {
        return CONSENSUS_CONFIG_SELF;
    }
    if ((config->secret_key == NULL) != observer) {
        return CONSENSUS_CONFIG_KEY;
    }
    if (!timing_legal(&config->timing)) {
        return CONSENSUS_CONFIG_TIMING;
    }
    return limits_legal(&config->limits) ? CONSENSUS_CONFIG_OK : CONSENSUS_CONFIG_LIMITS;
}

/* Takes the memory of every part; runs once to count and once to lay out. */
static void core_layout(struct consensus *core, const struct consensus_config *config,
                        struct arena *arena)
{
    const uint16_t n = config->validator_count;
    const struct consensus_limits *limits = &config->limits;
    const size_t certificate = certificate_size(n);
    const size_t full_body = block_body_size(n, (uint32_t)n * limits->lane_quota_batches);
    const size_t empty_body = block_body_size(n, 0);
    const size_t just_max = 2 + (size_t)(limits->skipped_views_max + 1) * certificate;
    const size_t block_max = HEADER_SIZE + 8 + just_max + full_body + certificate;
    const uint32_t blocks = limits->skipped_views_max + VIEW_SLOTS;
    const size_t heap =
        blocks * (HEADER_SIZE + 8 + 2 + empty_body + POOL_USUAL_CERTIFICATES * certificate) +
        POOL_FULL_BODIES * full_body + 2 * block_max;
    const size_t report = 8 + (size_t)n * 8;
    const size_t action = 2 * block_max + 64 * (certificate + VOTE_SIZE + report) +
                          BATCH_FIXED_SIZE + limits->batch_bytes_max;
    const uint32_t peers = n + CONSENSUS_OBSERVERS_MAX;

    core->tip_cut = ARENA_TAKE(arena, uint8_t, (size_t)n * 8);
    core->history = ARENA_TAKE(arena, struct history_row, CORE_HISTORY);
    view_ring_init(&core->ring, n, arena);
    certificate_table_init(&core->certificates, limits->skipped_views_max, n, arena);
    block_pool_init(&core->pool, blocks, heap, block_max, n, arena);
    lane_set_init(&core->lanes, n, limits->lane_window, n * limits->lane_quota_batches + 64, arena);
    core->peers = ARENA_TAKE(arena, struct peer, peers);
    uint64_t *lane_held = ARENA_TAKE(arena, uint64_t, (size_t)peers * n);
    for (uint32_t i = 0; core->peers != NULL && i < peers; i++) {
        core->peers[i].lane_held = lane_held + (size_t)i * n;
    }
    core->catch_up.path = ARENA_TAKE(arena, struct hash, blocks);
    core->catch_up.path_capacity = blocks;
    effect_list_init(&core->effects, EFFECT_STEP_MAX + limits->skipped_views_max,
                     2 * action + just_max + (size_t)limits->skipped_views_max * 8, action, arena);
    core->scratch_cut = ARENA_TAKE(arena, uint64_t, n);
    core->scratch_bytes = ARENA_TAKE(arena, uint64_t, n);
    core->report_bytes = ARENA_TAKE(arena, uint8_t, (size_t)n * 8);
    core->body_bytes_max = full_body;
    core->body_bytes = ARENA_TAKE_UNSET(arena, uint8_t, full_body);
    core->just_bytes_max = just_max;
    core->just_bytes = ARENA_TAKE_UNSET(arena, uint8_t, just_max);
}

size_t consensus_footprint(const struct consensus_config *config)
{
    if (consensus_config_check(config) != CONSENSUS_CONFIG_OK) {
        return 0;
    }
    struct arena arena;
    struct consensus scratch = {0};
    arena_init(&arena, NULL, 0);
    (void)ARENA_TAKE(&arena, struct consensus, 1);
    core_layout(&scratch, config, &arena);
    return arena.used;
}

struct consensus *consensus_new(void *memory, const struct consensus_config *config)
{
    TALLY_ASSERT(memory != NULL);
    TALLY_ASSERT(consensus_config_check(config) == CONSENSUS_CONFIG_OK);
    struct arena arena;
    arena_init(&arena, memory, consensus_footprint(config));
    struct consensus *core = ARENA_TAKE(&arena, struct consensus, 1);
    core_layout(core, config, &arena);

    const uint16_t n = config->validator_count;
    core->config = *config;
    memcpy(core->validators, config->validators, n * sizeof *config->validators);
    core->config.validators = core->validators;
    core->n = n;
    core->quorum = quorum_size(n);
    core->witness = quorum_witness(n);
    leader_schedule_init(&core->leaders, n, &config->anchor.hash, config->epoch);
    prng_init(&core->prng, config->seed);
    core->effects.trace = config->trace;
    core->mute = CONSENSUS_ALARM_NONE;
    core->halt = CONSENSUS_HALT_NONE;
    core->wake_ms = UINT64_MAX;
    core->pacing.work_ms = UINT64_MAX;
    core->repair.forward_ms = UINT64_MAX;
    core->tip = (struct chain_point){.height = config->anchor.height,
                                     .ts_ms = config->anchor.ts_ms,
                                     .exec_height = config->anchor.height,
                                     .hash = config->anchor.hash,
                                     .result_root = config->anchor.result_root,
                                     .cut = core->tip_cut};
    for (uint32_t i = 0; i < CORE_HISTORY; i++) {
        core->history[i].result_height = UINT64_MAX;
        core->history[i].certified_height = UINT64_MAX;
    }
    struct history_row *row = core_history(core, config->anchor.height);
    row->result_height = config->anchor.height;
    row->result_root = config->anchor.result_root;
    core->exec_height = config->anchor.height;
    return core;
}
