#include "tests/support/consensus/cluster.h"

#include "base/assert.h"
#include "base/bytes.h"
#include "consensus/message.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
    LANE_QUOTA_BATCHES = 4,
    LANE_WINDOW = 16,
    SKIPPED_VIEWS_MAX = 128,
    PAYLOAD_MAX = 120,
    EVENTS_MAX = 4000000, /* a schedule that needs more does not end by itself */
    ACT_PERIOD_MS = 80,
    ACTOR_MESSAGE_MAX = 1 << 16
};

/* ----------------------------------------------------------------------------- text */

void cluster_tell(struct cluster *cluster, const struct sim_host *host, const char *format, ...)
{
    va_list arguments;
    if (cluster->trace == NULL) {
        return;
    }
    if (host == NULL) {
        fprintf(cluster->trace, "[%6llu]    ", (unsigned long long)cluster->now_ms);
    } else {
        fprintf(cluster->trace, "[%6llu] %u%c ", (unsigned long long)cluster->now_ms, host->member,
                host->number == host->member ? (host->honest ? ' ' : '!') : '\'');
    }
    va_start(arguments, format);
    vfprintf(cluster->trace, format, arguments);
    va_end(arguments);
    fputc('\n', cluster->trace);
}

const char *cluster_outcome_text(const struct cluster *cluster)
{
    return cluster->outcome_text;
}

/* ---------------------------------------------------------------------------- queue */

uint32_t cluster_draw(struct cluster *cluster, uint32_t least, uint32_t spread)
{
    return least + (uint32_t)prng_below(&cluster->prng, (uint64_t)spread + 1);
}

void cluster_push(struct cluster *cluster, enum cluster_event_kind kind,
                  const struct sim_host *host, uint64_t delay_ms, uint64_t number)
{
    struct sim_event event = {.kind = (uint8_t)kind};
    event.time_ms = cluster->now_ms + delay_ms;
    event.tie = prng_next(&cluster->prng);
    event.node = host == NULL ? UINT16_MAX : (uint16_t)host->number;
    event.life = host == NULL ? 0 : host->life;
    event.number = number;
    sim_queue_push(&cluster->queue, &event);
}

static void strike(struct cluster *cluster, enum cluster_fault fault)
{
    cluster->struck |= cluster->options.faults & (1u << fault);
}

/* Kinds that are there all along strike at once. */
static void strike_lasting(struct cluster *cluster)
{
    strike(cluster, FAULT_DELAY);
    strike(cluster, FAULT_SYNC);
    strike(cluster, FAULT_EXECUTE);
    strike(cluster, FAULT_CLOCK);
    strike(cluster, FAULT_TIMER);
    strike(cluster, FAULT_BYZANTINE);
}

static void strike_route(struct cluster *cluster, uint32_t from_host, uint32_t to_host,
                         uint32_t count)
{
    const uint32_t *cut = cluster->network.cut;
    if (count > 1) {
        strike(cluster, FAULT_DUPLICATE);
    } else if (count == 0 && (cut[from_host] & (1u << to_host)) == 0) {
        strike(cluster, FAULT_LOSS);
    } else if (count == 0) {
        bool both_ways = (cut[to_host] & (1u << from_host)) != 0;
        strike(cluster, both_ways ? FAULT_PARTITION : FAULT_ONE_WAY);
    }
}

static void route_to_host(struct cluster *cluster, uint32_t from_host, uint32_t to_host,
                          struct sim_message *message)
{
    uint32_t delays_ms[SIM_NETWORK_COPIES_MAX];
    uint32_t count = sim_network_send(&cluster->network, from_host, to_host, delays_ms);
    strike_route(cluster, from_host, to_host, count);
    for (uint32_t i = 0; i < count; i++) {
        struct sim_event event = {.kind = CLUSTER_MESSAGE};
        event.time_ms = cluster->now_ms + delays_ms[i];
        event.tie = prng_next(&cluster->prng);
        event.node = (uint16_t)to_host;
        event.peer = (uint16_t)cluster->hosts[from_host].member;
        event.message = sim_message_share(message);
        sim_queue_push(&cluster->queue, &event);
        cluster->counts.messages++;
        cluster->counts.bytes += message->size;
    }
}

/* A stall that met no block begins anew. */
static bool stalled(struct cluster *cluster)
{
    struct cluster_options *options = &cluster->options;
    const uint64_t begin_ms = options->stall_begin_ms;
    if (cluster->quiet || cluster->now_ms < begin_ms || options->stall_end_ms <= begin_ms) {
        return false;
    }
    if (cluster->now_ms >= options->stall_end_ms && (cluster->struck & (1u << FAULT_STALL)) == 0) {
        const uint32_t stall_ms = options->stall_end_ms - options->stall_begin_ms;
        options->stall_begin_ms = (uint32_t)cluster->now_ms;
        options->stall_end_ms = options->stall_begin_ms + stall_ms;
    }
    return cluster->now_ms < options->stall_end_ms;
}

void cluster_route(struct cluster *cluster, uint32_t from_host, uint32_t to_member,
                   struct sim_message *message)
{
    uint8_t kind = message->bytes[0];
    bool block = kind == MESSAGE_PROPOSAL || kind == MESSAGE_BLOCK ||
                 kind == MESSAGE_JUSTIFICATION || kind == MESSAGE_RANGE;
    if (block && stalled(cluster)) {
        strike(cluster, FAULT_STALL);
        return;
    }
    for (uint32_t host = 0; host < cluster->hosts_count; host++) {
        if (cluster->hosts[host].member != to_member) {
            continue;
        }
        route_to_host(cluster, from_host, host, message);
    }
}

void cluster_inject(struct cluster *cluster, uint32_t from, uint32_t to, const void *bytes,
                    size_t size)
{
    struct sim_message *message = sim_message_copy(bytes, size);
    cluster_route(cluster, from, to, message);
    sim_message_release(message);
}

/* ------------------------------------------------------------------------ Byzantine */

/* Blocks and batches that a Byzantine member lets out exist from then on. */
static void actor_emit(void *context, uint32_t to, const uint8_t *bytes, size_t size)
{
    enum {
        PROPOSAL_BLOCK = 65,
        BLOCK_BLOCK = 1,
        BATCH_AUTHOR = 41,
        BATCH_FIXED = 119
    };
    struct sim_host *host = context;
    struct cluster *cluster = host->cluster;
    struct checker_block block;
    if (bytes[0] == MESSAGE_PROPOSAL || bytes[0] == MESSAGE_BLOCK) {
        size_t offset = bytes[0] == MESSAGE_PROPOSAL ? PROPOSAL_BLOCK : BLOCK_BLOCK;
        if (size > offset && checker_block_read(bytes + offset, size - offset,
                                                cluster->options.nodes_count, &block)) {
            checker_learn(cluster->checker, &block);
        }
    } else if (bytes[0] == MESSAGE_BATCH && size >= BATCH_FIXED) {
        uint32_t author = bytes_get_u16(bytes + BATCH_AUTHOR);
        struct hash digest;
        batch_digest(bytes + 1, bytes + 1 + BATCH_PREFIX_SIZE, size - BATCH_FIXED, &digest);
        if (author < cluster->options.nodes_count && !cluster->hosts[author].honest) {
            checker_batch_signed(cluster->checker, author, bytes_get_u64(bytes + BATCH_AUTHOR + 2),
                                 &digest);
        }
    }
    cluster_inject(cluster, host->number, to, bytes, size);
}

static void actor_init(struct cluster *cluster, struct sim_host *host)
{
    struct byzantine *actor = &host->actor;
    uint32_t order = cluster->options.nodes_count - 1 - host->member;
    actor->kinds = cluster->options.byzantine_kinds[order];
    actor->index = host->member;
    actor->nodes_count = cluster->options.nodes_count;
    actor->epoch = host->config.epoch;
    actor->chain_id = cluster->chain_id;
    actor->secret_key = &cluster->secret_keys[host->member];
    actor->prng = &cluster->prng;
    actor->emit = actor_emit;
    actor->context = host;
    actor->message_max = ACTOR_MESSAGE_MAX;
    byzantine_init(actor);
    actor->deeds[BYZANTINE_TWIN] = (actor->kinds >> BYZANTINE_TWIN) & 1u;
    if ((actor->kinds & (1u << BYZANTINE_TIME)) != 0) {
        actor->deeds[BYZANTINE_TIME]++;
        host->skew_ms = prng_chance(&cluster->prng, 1, 2) ? 3600000 : -3600000;
    }
}

/* ------------------------------------------------------------------------- creation */

static void config_fill(const struct cluster *cluster, uint32_t member, uint32_t number,
                        struct consensus_config *config)
{
    const struct cluster_options *options = &cluster->options;
    memset(config, 0, sizeof *config);
    consensus_config_defaults(config);
    config->chain_id = cluster->chain_id;
    config->epoch = 1;
    config->validator_count = (uint16_t)options->nodes_count;
    config->self = (uint16_t)member;
    config->validators = cluster->public_keys;
    config->secret_key = &cluster->secret_keys[member];
    config->anchor.hash = cluster->chain_id;
    config->anchor.ts_ms = CLUSTER_UTC_START_MS - 1000;
    config->timing.d0_ms = options->d0_ms;
    config->timing.d_max_ms = options->d_max_ms;
    config->timing.heartbeat_ms = options->heartbeat_ms;
    config->timing.block_interval_min_ms =
        options->block_interval_min_ms == 0 ? 1 : options->block_interval_min_ms;
    config->timing.retry_ms = options->d0_ms * 4 > 100 ? options->d0_ms * 4 : 100;
    config->timing.clock_drift_ms = 1000;
    config->limits.batch_bytes_max = PAYLOAD_MAX;
    config->limits.lane_quota_batches = LANE_QUOTA_BATCHES;
    config->limits.lane_quota_bytes = LANE_QUOTA_BATCHES * PAYLOAD_MAX;
    config->limits.lane_window = LANE_WINDOW;
    config->limits.skipped_views_max = SKIPPED_VIEWS_MAX;
    config->seed = options->seed * 64 + number;
    config->trace = cluster->trace != NULL;
    TALLY_ASSERT(consensus_config_check(config) == CONSENSUS_CONFIG_OK);
}

static void keys_make(struct cluster *cluster)
{
    for (uint32_t i = 0; i < cluster->options.nodes_count; i++) {
        uint8_t seed[SIGN_SEED_SIZE] = {0};
        bytes_put_u64(seed, cluster->options.seed);
        seed[8] = (uint8_t)(i + 1);
        sign_key_from_seed(seed, &cluster->public_keys[i], &cluster->secret_keys[i]);
    }
}

static void hosts_make(struct cluster *cluster)
{
    const struct cluster_options *options = &cluster->options;
    uint32_t honest_count = options->nodes_count - options->byzantine_count;
    cluster->hosts_count = options->nodes_count;
    for (uint32_t i = 0; i < options->byzantine_count; i++) {
        cluster->hosts_count += (options->byzantine_kinds[i] >> BYZANTINE_TWIN) & 1u;
    }
    cluster->hosts = calloc(cluster->hosts_count, sizeof *cluster->hosts);
    TALLY_ASSERT(cluster->hosts != NULL);
    uint32_t twin_order = 0;
    for (uint32_t number = 0; number < cluster->hosts_count; number++) {
        struct sim_host *host = &cluster->hosts[number];
        struct consensus_config config;
        uint32_t member = number;
        if (number >= options->nodes_count) {
            while ((options->byzantine_kinds[twin_order] & (1u << BYZANTINE_TWIN)) == 0) {
                twin_order++;
            }
            member = options->nodes_count - 1 - twin_order++;
        }
        config_fill(cluster, member, number, &config);
        sim_host_init(host, cluster, number, &config);
        host->honest = member < honest_count;
        host->skew_ms = (int64_t)prng_below(&cluster->prng, 2 * options->clock_skew_ms + 1) -
                        (int64_t)options->clock_skew_ms;
        if (!host->honest) {
            actor_init(cluster, host);
        }
    }
}

static struct checker *checker_make(const struct cluster_options *options)
{
    struct checker_config config = {.members_count = options->nodes_count,
                                    .lane_quota_batches = LANE_QUOTA_BATCHES,
                                    .results = CHECKER_RESULTS_COMPUTED};
    for (uint32_t i = 0; i < options->byzantine_count; i++) {
        member_set_add(&config.byzantine, options->nodes_count - 1 - i);
    }
    return checker_new(&config);
}

struct cluster *cluster_new(const struct cluster_options *options, FILE *trace)
{
    struct cluster *cluster = calloc(1, sizeof *cluster);
    TALLY_ASSERT(cluster != NULL);
    cluster->options = *options;
    cluster->trace = trace;
    prng_init(&cluster->prng, options->seed ^ UINT64_C(0x5EEDC0DE));
    sim_queue_init(&cluster->queue);
    hash_compute(&cluster->chain_id, HASH_GENESIS, &options->nodes_count,
                 sizeof options->nodes_count);
    keys_make(cluster);
    cluster->checker = checker_make(options);
    hosts_make(cluster);
    strike_lasting(cluster);
    sim_network_init(&cluster->network, &cluster->options, cluster->hosts_count, &cluster->prng);
    for (uint32_t number = 0; number < cluster->hosts_count; number++) {
        sim_host_start(&cluster->hosts[number]);
    }
    cluster_push(cluster, CLUSTER_PARTITION, NULL, options->partition_period_ms, 0);
    if (options->batch_period_ms > 0) {
        cluster_push(cluster, CLUSTER_LOAD, NULL, 0, 0);
    }
    if (options->crash_period_ms > 0) {
        cluster_push(cluster, CLUSTER_CRASH, NULL, options->crash_period_ms, 0);
    }
    if (options->pause_period_ms > 0) {
        cluster_push(cluster, CLUSTER_PAUSE, NULL, options->pause_period_ms, 0);
    }
    if (options->byzantine_count > 0) {
        cluster_push(cluster, CLUSTER_ACT, NULL, ACT_PERIOD_MS, 0);
    }
    return cluster;
}

void cluster_free(struct cluster *cluster)
{
    for (uint32_t number = 0; number < cluster->hosts_count; number++) {
        sim_host_free(&cluster->hosts[number]);
    }
    free(cluster->hosts);
    checker_free(cluster->checker);
    sim_queue_free(&cluster->queue);
    free(cluster);
}

/* --------------------------------------------------------------------------- events */

static struct sim_host *host_random(struct cluster *cluster)
{
    return &cluster->hosts[prng_below(&cluster->prng, cluster->hosts_count)];
}

static void submit(struct cluster *cluster, struct sim_host *host)
{
    struct consensus_event event = {.kind = CONSENSUS_LOCAL_BATCH};
    uint8_t payload[PAYLOAD_MAX] = {0};
    if (!host->up || host->halted || consensus_lane_room(host->core) == 0) {
        return;
    }
    bytes_put_u64(payload + 1, ++cluster->batches_made);
    event.local_batch.payload = payload;
    event.local_batch.size = cluster_draw(cluster, 9, PAYLOAD_MAX - 9);
    sim_host_step(host, &event);
}

/* A period with some irregularity: never even steps. */
static uint64_t about(struct cluster *cluster, uint32_t period_ms)
{
    return 1 + prng_below(&cluster->prng, 2 * (uint64_t)period_ms + 1);
}

static void on_crash(struct cluster *cluster)
{
    struct sim_host *host = host_random(cluster);
    cluster_push(cluster, CLUSTER_CRASH, NULL, about(cluster, cluster->options.crash_period_ms), 0);
    if (!host->up) {
        return;
    }
    cluster_tell(cluster, host, "crashes");
    cluster->counts.crashes++;
    uint32_t records_count = sim_disk_records(&host->disk);
    sim_host_crash(host, (cluster->options.faults & (1u << FAULT_TORN)) != 0);
    strike(cluster, FAULT_CRASH);
    if (sim_disk_records(&host->disk) < records_count) {
        strike(cluster, FAULT_TORN);
    }
    cluster_push(cluster, CLUSTER_START, host, about(cluster, cluster->options.down_ms), 0);
}

static void on_pause(struct cluster *cluster)
{
    struct sim_host *host = host_random(cluster);
    host->paused_until_ms = cluster->now_ms + about(cluster, cluster->options.pause_ms);
    cluster_tell(cluster, host, "stands still until %llu",
                 (unsigned long long)host->paused_until_ms);
    cluster_push(cluster, CLUSTER_PAUSE, NULL, about(cluster, cluster->options.pause_period_ms), 0);
}

/* Once in a schedule somebody loses the journal. */
static void forget(struct cluster *cluster)
{
    struct sim_host *host = host_random(cluster);
    if (!host->honest || !host->up || !prng_chance(&cluster->prng, 1, 3)) {
        return;
    }
    cluster->forgotten = true;
    strike(cluster, FAULT_AMNESIA);
    cluster_tell(cluster, host, "loses its journal");
    sim_host_crash(host, false);
    sim_host_forget(host, prng_chance(&cluster->prng, 1, 2));
    cluster_push(cluster, CLUSTER_START, host, about(cluster, 200), 0);
}

static void work_due(struct cluster *cluster)
{
    for (uint32_t number = 0; number < cluster->hosts_count; number++) {
        struct consensus_event event = {.kind = CONSENSUS_WORK_DUE};
        if (cluster->hosts[number].up) {
            sim_host_step(&cluster->hosts[number], &event);
        }
    }
}

static void on_partition(struct cluster *cluster)
{
    const struct cluster_options *options = &cluster->options;
    sim_network_redraw(&cluster->network);
    for (uint32_t host = 0; host < cluster->hosts_count && cluster->trace != NULL; host++) {
        if (cluster->network.cut[host] != 0) {
            cluster_tell(cluster, &cluster->hosts[host], "is cut off from hosts %x",
                         cluster->network.cut[host]);
        }
    }
    if (options->clock_skew_ms > 0 && prng_chance(&cluster->prng, 1, 4)) { /* a clock jumps */
        struct sim_host *host = host_random(cluster);
        if (host->honest) {
            host->skew_ms = (int64_t)prng_below(&cluster->prng, 2 * options->clock_skew_ms + 1) -
                            (int64_t)options->clock_skew_ms;
        }
    }
    if ((options->faults & (1u << FAULT_AMNESIA)) != 0 && !cluster->forgotten) {
        forget(cluster);
    }
    if (prng_chance(&cluster->prng, 1, 8)) {
        work_due(cluster);
    }
    cluster_push(cluster, CLUSTER_PARTITION, NULL, options->partition_period_ms, 0);
}

static void on_act(struct cluster *cluster)
{
    for (uint32_t number = 0; number < cluster->hosts_count; number++) {
        struct sim_host *host = &cluster->hosts[number];
        if (!host->honest && host->up) {
            byzantine_act(&host->actor);
        }
    }
    cluster_push(cluster, CLUSTER_ACT, NULL, ACT_PERIOD_MS, 0);
}

/* What concerns the whole network. The periodic ones end with the faults. */
static void on_cluster_event(struct cluster *cluster, const struct sim_event *event)
{
    switch (event->kind) {
    case CLUSTER_CRASH:
        if (!cluster->quiet) {
            on_crash(cluster);
        }
        break;
    case CLUSTER_PARTITION:
        if (!cluster->quiet) {
            on_partition(cluster);
        }
        break;
    case CLUSTER_PAUSE:
        if (!cluster->quiet) {
            on_pause(cluster);
        }
        break;
    case CLUSTER_LOAD:
        if (!cluster->quiet) {
            submit(cluster, host_random(cluster));
            cluster_push(cluster, CLUSTER_LOAD, NULL,
                         about(cluster, cluster->options.batch_period_ms), 0);
        }
        break;
    default:
        TALLY_ASSERT(event->kind == CLUSTER_ACT);
        on_act(cluster);
        break;
    }
}

/* Nothing reaches a process that stands still; all of it does when it goes on. */
static void put_off(struct cluster *cluster, struct sim_host *host, const struct sim_event *event)
{
    struct sim_event later = *event;
    later.time_ms = host->paused_until_ms;
    if (event->kind == CLUSTER_TIMER && event->time_ms == host->timer_ms) {
        host->timer_ms = later.time_ms;
    }
    if (later.message != NULL) {
        (void)sim_message_share(later.message);
    }
    sim_queue_push(&cluster->queue, &later);
}

static void on_host_event(struct cluster *cluster, const struct sim_event *event)
{
    struct sim_host *host = &cluster->hosts[event->node];
    if (host->paused_until_ms > cluster->now_ms && !cluster->quiet) {
        strike(cluster, FAULT_PAUSE);
        put_off(cluster, host, event);
        return;
    }
    if (event->kind == CLUSTER_START) {
        if (!host->up) {
            sim_host_start(host);
        }
        return;
    }
    if (!host->up || (event->kind != CLUSTER_MESSAGE && event->life != host->life)) {
        return;
    }
    switch (event->kind) {
    case CLUSTER_MESSAGE:
        sim_host_deliver(host, event->peer, event->message);
        break;
    case CLUSTER_TIMER:
        sim_host_time(host, event->time_ms);
        break;
    case CLUSTER_SYNCED:
        sim_host_synced(host);
        break;
    case CLUSTER_STORAGE_RECOVERED:
        sim_host_storage_recovered(host);
        break;
    case CLUSTER_BATCH_CHECKED:
        sim_host_batch_checked(host, (uint32_t)event->number);
        break;
    default:
        TALLY_ASSERT(event->kind == CLUSTER_EXECUTED);
        sim_host_executed(host);
        break;
    }
}

/* Multiply and rotate: it has to notice differences, not adversaries. */
static void digest_add(struct cluster *cluster, const struct sim_event *event)
{
    uint64_t word = event->time_ms * 64 + event->kind + ((uint64_t)event->node << 48);
    if (event->message != NULL) {
        const struct sim_message *message = event->message;
        word ^= (uint64_t)message->size << 32;
        word ^= message->size >= 8 ? bytes_get_u64(message->bytes + message->size - 8) : 0;
    }
    cluster->digest = (cluster->digest ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    cluster->digest ^= cluster->digest >> 29;
}

bool cluster_run_one(struct cluster *cluster)
{
    struct sim_event event;
    if (!sim_queue_pop(&cluster->queue, &event)) {
        return false;
    }
    TALLY_ASSERT(event.time_ms >= cluster->now_ms);
    digest_add(cluster, &event);
    cluster->now_ms = event.time_ms;
    cluster->counts.events++;
    if (event.node == UINT16_MAX) {
        on_cluster_event(cluster, &event);
    } else {
        on_host_event(cluster, &event);
    }
    sim_message_release(event.message);
    return true;
}

/* ----------------------------------------------------------------------------- runs */

static bool going_on(const struct cluster *cluster)
{
    return checker_violation(cluster->checker) == NULL && !cluster->exhausted &&
           cluster->counts.events < EVENTS_MAX;
}

void cluster_run_until(struct cluster *cluster, uint64_t time_ms)
{
    while (cluster->queue.count > 0 && cluster->queue.heap[0].time_ms <= time_ms &&
           going_on(cluster)) {
        (void)cluster_run_one(cluster);
    }
    if (cluster->now_ms < time_ms && going_on(cluster)) {
        cluster->now_ms = time_ms;
    }
}

static uint64_t height_least(const struct cluster *cluster)
{
    uint64_t least = UINT64_MAX;
    for (uint32_t number = 0; number < cluster->hosts_count; number++) {
        const struct sim_host *host = &cluster->hosts[number];
        if (host->honest && host->up && host->disk.store.count < least) {
            least = host->disk.store.count;
        }
    }
    return least;
}

bool cluster_run_to_height(struct cluster *cluster, uint64_t height, uint64_t time_ms)
{
    while (going_on(cluster) && height_least(cluster) < height &&
           cluster->queue.heap[0].time_ms <= time_ms) {
        (void)cluster_run_one(cluster);
    }
    return height_least(cluster) >= height;
}

/* Is there a batch of an honest member on an honest disk that no final block names yet? */
static bool batches_waiting(const struct cluster *cluster)
{
    for (uint32_t number = 0; number < cluster->hosts_count; number++) {
        const struct sim_host *host = &cluster->hosts[number];
        for (uint32_t i = 0; host->honest && i < host->disk.batch_log.count; i++) {
            const struct sim_batch *batch = &host->disk.batches[i];
            if (cluster->hosts[batch->author].honest && !cluster->hosts[batch->author].amnesiac &&
                !checker_batch_ordered(cluster->checker, &batch->digest)) {
                return true;
            }
        }
    }
    return false;
}

static void faults_stop(struct cluster *cluster)
{
    cluster->quiet = true;
    cluster->marks =
        (struct cluster_marks){cluster->counts.events, checker_final_height(cluster->checker),
                               checker_ordered_count(cluster->checker), cluster->now_ms};
    cluster_tell(cluster, NULL, "the faults stop");
    sim_network_heal(&cluster->network);
    for (uint32_t number = 0; number < cluster->hosts_count; number++) {
        if (!cluster->hosts[number].up) {
            sim_host_start(&cluster->hosts[number]);
        }
    }
}

static void stuck_describe(struct cluster *cluster, uint64_t wanted)
{
    size_t used = (size_t)snprintf(
        cluster->outcome_text, sizeof cluster->outcome_text,
        "not live%s: height %llu wanted, batches %s;", cluster->exhausted ? ", out of room" : "",
        (unsigned long long)wanted, batches_waiting(cluster) ? "waiting" : "all ordered");
    for (uint32_t number = 0; number < cluster->options.nodes_count; number++) {
        const struct sim_host *host = &cluster->hosts[number];
        struct consensus_summary summary;
        if (!host->honest || !host->up || used >= sizeof cluster->outcome_text) {
            continue;
        }
        consensus_summary(host->core, &summary);
        used += (size_t)snprintf(
            cluster->outcome_text + used, sizeof cluster->outcome_text - used,
            " %u: height %llu view %llu final %llu gap %llu;", number,
            (unsigned long long)host->disk.store.count, (unsigned long long)summary.view,
            (unsigned long long)summary.final_view, (unsigned long long)summary.gap_view);
    }
}

static enum cluster_outcome unsafe(struct cluster *cluster)
{
    (void)snprintf(cluster->outcome_text, sizeof cluster->outcome_text, "%s",
                   checker_violation(cluster->checker));
    cluster_tell(cluster, NULL, "VIOLATION: %s", cluster->outcome_text);
    return CLUSTER_UNSAFE;
}

uint32_t cluster_kinds_struck(const struct cluster *cluster)
{
    return (uint32_t)__builtin_popcount(cluster->struck & ~(1u << FAULT_BYZANTINE));
}

uint32_t cluster_kinds_played(const struct cluster *cluster, uint32_t member)
{
    const uint64_t *deeds = cluster->hosts[member].actor.deeds;
    uint32_t kinds = 0;
    for (uint32_t kind = 0; kind < BYZANTINE_COUNT; kind++) {
        kinds |= deeds[kind] > 0 ? 1u << kind : 0;
    }
    return byzantine_groups(kinds) == 0 ? 0 : kinds;
}

uint32_t cluster_groups_played(const struct cluster *cluster)
{
    const struct cluster_options *options = &cluster->options;
    uint32_t groups = 0;
    for (uint32_t i = 0; i < options->byzantine_count; i++) {
        const uint32_t kinds = cluster_kinds_played(cluster, options->nodes_count - 1 - i);
        if (kinds == 0) {
            return 0;
        }
        groups |= byzantine_groups(kinds);
    }
    return groups;
}

/* Have the faults and the liars done their part? */
static bool faults_done(const struct cluster *cluster)
{
    const struct cluster_options *options = &cluster->options;
    if (cluster->now_ms < options->safety_ms &&
        checker_final_height(cluster->checker) < options->safety_blocks) {
        return false;
    }
    return cluster->now_ms >= options->patience_ms ||
           (cluster_kinds_struck(cluster) >= options->kinds_min &&
            (uint32_t)__builtin_popcount(cluster_groups_played(cluster)) >= options->groups_min);
}

enum cluster_outcome cluster_run_schedule(struct cluster *cluster)
{
    const struct cluster_options *options = &cluster->options;
    while (going_on(cluster) && !faults_done(cluster)) {
        (void)cluster_run_one(cluster);
    }
    uint64_t wanted = checker_final_height(cluster->checker) + options->liveness_blocks;
    if (wanted < options->blocks_min) {
        wanted = options->blocks_min;
    }
    uint64_t end_ms = cluster->now_ms + options->liveness_ms;
    faults_stop(cluster);
    bool reached = cluster_run_to_height(cluster, wanted, end_ms);
    while (reached && going_on(cluster) && batches_waiting(cluster) &&
           checker_violation(cluster->checker) == NULL) {
        reached = cluster_run_to_height(cluster, ++wanted, end_ms);
    }
    if (checker_violation(cluster->checker) != NULL) {
        return unsafe(cluster);
    }
    if (!reached || cluster->exhausted || batches_waiting(cluster)) {
        stuck_describe(cluster, wanted);
        cluster_tell(cluster, NULL, "STUCK: %s", cluster->outcome_text);
        return CLUSTER_STUCK;
    }
    return CLUSTER_PASSED;
}

void cluster_crash(struct cluster *cluster, uint32_t member, bool torn)
{
    cluster_tell(cluster, &cluster->hosts[member], "crashes");
    cluster->counts.crashes++;
    sim_host_crash(&cluster->hosts[member], torn);
}

void cluster_start(struct cluster *cluster, uint32_t member)
{
    sim_host_start(&cluster->hosts[member]);
}

void cluster_submit(struct cluster *cluster, uint32_t member)
{
    submit(cluster, &cluster->hosts[member]);
}
