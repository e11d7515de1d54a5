#include "netsim/engine/simulation.h"

#include <malloc.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/prng.h"
#include "netsim/engine/event_queue.h"
#include "netsim/engine/machine.h"
#include "netsim/engine/observers.h"
#include "netsim/engine/packet.h"
#include "netsim/engine/validator_inside.h"
#include "node/replica/payload.h"

enum {
    HEAP_KEEP = 1 << 30,       /* bytes that stay with the process */
    HEAP_BLOCK_MAX = 32 << 20, /* larger ones come from the system each time */
    DEFAULT_BATCH_BYTES = 64 << 10,
};

struct simulation {
    struct simulation_config config;
    struct event_queue *queue;
    struct network *network;
    struct machine *machines[SIMULATION_HOSTS_MAX];
    uint32_t machine_count;
    struct observers observers;
    uint32_t host_count;
    struct validator *validators[SIMULATION_HOSTS_MAX];
    struct public_key keys[SIMULATION_MEMBERS_MAX];
    struct secret_key secrets[SIMULATION_MEMBERS_MAX];
    bool stopping;
};

void simulation_config_defaults(struct simulation_config *config, uint16_t member_count,
                                const struct ledger_genesis *genesis)
{
    *config = (struct simulation_config){
        .seed = 1,
        .member_count = member_count,
        .genesis = genesis,
        .timing = {.d0_ms = 20,
                   .d_max_ms = 1000,
                   .heartbeat_ms = 500,
                   .block_interval_min_ms = 2,
                   .retry_ms = 50,
                   .skip_ms = 300,
                   .clock_drift_ms = 1000},
        .limits = {.batch_bytes_max = DEFAULT_BATCH_BYTES,
                   .lane_quota_batches = 4,
                   .lane_quota_bytes = 4 * DEFAULT_BATCH_BYTES,
                   .lane_window = 8,
                   .skipped_views_max = 128},
        .admission = {.batch_bytes_max = DEFAULT_BATCH_BYTES,
                      .batch_age_ms = 2,
                      .envelope_bytes_max = DEFAULT_BATCH_BYTES - PAYLOAD_PREFIX_BYTES,
                      .validity_ahead_ms = UINT64_C(86400000),
                      .waiting_bytes_max = 2 * DEFAULT_BATCH_BYTES,
                      .waiting_count_max = 256,
                      .remembered_count_max = 1024},
        .envelope_count_max =
            executor_envelope_bound(UINT64_C(4) * DEFAULT_BATCH_BYTES * member_count),
        .checkpoint_bytes = 1 << 20,
        .journal_bytes = 1 << 20,
        .segment_bytes = 4 << 20,
        .network = {.base_latency_us = 1000},
        .hosts_per_machine = 1,
        .signature_workers = 1,
    };
}

/* Is there anything that no simulation can be made of? */
static bool is_legal(const struct simulation_config *config)
{
    uint32_t host_count = (uint32_t)config->member_count + config->twin_count;
    return config->genesis != NULL && config->member_count > 0 &&
           config->member_count <= SIMULATION_MEMBERS_MAX &&
           config->twin_count <= config->member_count && host_count <= SIMULATION_HOSTS_MAX &&
           config->hosts_per_machine > 0 && config->signature_workers > 0 &&
           config->signature_workers <= VALIDATOR_WORKERS_MAX && config->envelope_count_max > 0 &&
           config->segment_bytes > 0 && config->network.loss_permille <= 1000 &&
           config->network.duplicate_permille <= 1000 && config->network.straggler_permille <= 1000;
}

/* Whether consensus, admission and the ledger take what they are configured with. */
static bool is_legal_inside(const struct simulation *simulation)
{
    const struct simulation_config *config = &simulation->config;
    struct replica_config replica = {.protocol = config->protocol};
    consensus_config_defaults(&replica.consensus);
    replica.consensus.validator_count = config->member_count;
    replica.consensus.validators = simulation->keys;
    replica.consensus.secret_key = &simulation->secrets[0];
    replica.consensus.timing = config->timing;
    replica.consensus.limits = config->limits;
    replica.admission = config->admission;
    replica.consensus.chain_id = config->genesis->chain_id;
    replica.admission.chain_id = config->genesis->chain_id;
    const struct executor_config executor = {
        .genesis = config->genesis,
        .envelope_count_max = config->envelope_count_max,
    };
    return replica_footprint(&replica) > 0 && executor_footprint(&executor) > 0;
}

static void make_keys(struct simulation *simulation)
{
    for (uint32_t i = 0; i < simulation->config.member_count; i++) {
        uint8_t seed[SIGN_SEED_SIZE] = {(uint8_t)(i + 101), (uint8_t)(i >> 8), 'k', 'e', 'y'};
        sign_key_from_seed(seed, &simulation->keys[i], &simulation->secrets[i]);
    }
}

static void deliver(void *context, uint32_t from, uint32_t to, enum consensus_class class,
                    struct packet *packet)
{
    struct simulation *simulation = context;
    validator_receive(simulation->validators[to], from, class, packet);
}

static void make_hosts(struct simulation *simulation)
{
    const struct simulation_config *config = &simulation->config;
    simulation->machine_count =
        (simulation->host_count + config->hosts_per_machine - 1) / config->hosts_per_machine;
    for (uint32_t i = 0; i < simulation->machine_count; i++) {
        simulation->machines[i] = machine_new(simulation->queue, config->machine_cores);
    }
    for (uint32_t i = 0; i < simulation->host_count; i++) {
        uint32_t member = simulation_member_of(config->member_count, i);
        const struct validator_world world = {
            .simulation = simulation,
            .config = config,
            .queue = simulation->queue,
            .network = simulation->network,
            .machine = simulation->machines[i / config->hosts_per_machine],
            .observers = &simulation->observers,
            .keys = simulation->keys,
            .secret = &simulation->secrets[member],
            .host = i,
            .member = (uint16_t)member,
            .seed = digest_u64(config->seed, 1000 + i),
        };
        simulation->validators[i] = validator_new(&world);
    }
}

struct simulation *simulation_new(const struct simulation_config *config)
{
    /* Memory that one simulation frees stays for the next: fresh pages cost more than all else. */
    (void)mallopt(M_MMAP_THRESHOLD, HEAP_BLOCK_MAX);
    (void)mallopt(M_TRIM_THRESHOLD, HEAP_KEEP);
    if (!is_legal(config)) {
        return NULL;
    }
    struct simulation *simulation = calloc(1, sizeof *simulation);
    TALLY_ASSERT(simulation != NULL);
    simulation->config = *config;
    simulation->host_count = (uint32_t)config->member_count + config->twin_count;
    make_keys(simulation);
    if (!is_legal_inside(simulation)) {
        free(simulation);
        return NULL;
    }
    simulation->queue = event_queue_new();
    simulation->network = network_new(&config->network, simulation->queue, simulation->host_count,
                                      digest_u64(config->seed, 1), deliver, simulation);
    make_hosts(simulation);
    return simulation;
}

static void drop_event(const struct queue_event *event)
{
    if (event->kind == QUEUE_DELIVERY) {
        packet_release(event->pointer);
    }
}

void simulation_free(struct simulation *simulation)
{
    if (simulation == NULL) {
        return;
    }
    for (uint32_t i = 0; i < simulation->host_count; i++) {
        validator_free(simulation->validators[i]);
    }
    event_queue_free(simulation->queue, drop_event);
    network_free(simulation->network);
    for (uint32_t i = 0; i < simulation->machine_count; i++) {
        machine_free(simulation->machines[i]);
    }
    free(simulation);
}

void simulation_observe(struct simulation *simulation, const struct simulation_observer *observer)
{
    TALLY_ASSERT(simulation->observers.count < OBSERVERS_MAX);
    simulation->observers.items[simulation->observers.count++] = *observer;
}

/* ---- Time ---------------------------------------------------------------------------------- */

static void call_back(void *context, const struct queue_event *event)
{
    event->callback(context, event->number);
}

void simulation_at(struct simulation *simulation, uint64_t time_us, simulation_callback *callback,
                   void *context, uint64_t number)
{
    uint64_t now_us = event_queue_now_us(simulation->queue);
    event_queue_add(simulation->queue, &(struct queue_event){
                                           .time_us = time_us < now_us ? now_us : time_us,
                                           .kind = QUEUE_CALLBACK,
                                           .number = number,
                                           .callback = callback,
                                           .run = call_back,
                                           .context = context,
                                       });
}

uint64_t simulation_now_us(const struct simulation *simulation)
{
    return event_queue_now_us(simulation->queue) + simulation->observers.within_us;
}

uint64_t simulation_utc_ms(const struct simulation *simulation)
{
    return simulation->config.genesis->time_ms + SIMULATION_BEGIN_MS +
           simulation_now_us(simulation) / 1000;
}

bool simulation_run_one(struct simulation *simulation)
{
    return event_queue_run(simulation->queue);
}

void simulation_run_until(struct simulation *simulation, uint64_t time_us)
{
    uint64_t next_us;
    simulation->stopping = false;
    while (!simulation->stopping && event_queue_next_us(simulation->queue, &next_us) &&
           next_us <= time_us) {
        event_queue_run(simulation->queue);
    }
    if (!simulation->stopping && time_us > event_queue_now_us(simulation->queue)) {
        event_queue_advance(simulation->queue, time_us);
    }
}

void simulation_stop(struct simulation *simulation)
{
    simulation->stopping = true;
}

/* ---- Parts --------------------------------------------------------------------------------- */

uint32_t simulation_member_of(uint32_t member_count, uint32_t host)
{
    TALLY_ASSERT(host < 2 * member_count);
    return host < member_count ? host : 2 * member_count - 1 - host;
}

uint32_t simulation_host_count(const struct simulation *simulation)
{
    return simulation->host_count;
}

struct validator *simulation_validator(struct simulation *simulation, uint32_t host)
{
    TALLY_ASSERT(host < simulation->host_count);
    return simulation->validators[host];
}

struct network *simulation_network(struct simulation *simulation)
{
    return simulation->network;
}

const struct simulation_config *simulation_configuration(const struct simulation *simulation)
{
    return &simulation->config;
}

const struct secret_key *simulation_secret_key(const struct simulation *simulation, uint32_t member)
{
    TALLY_ASSERT(member < simulation->config.member_count);
    return &simulation->secrets[member];
}

void simulation_submit(struct simulation *simulation, uint32_t host, uint64_t ticket,
                       const uint8_t *envelope, size_t size)
{
    validator_submit(simulation_validator(simulation, host), ticket, envelope, size);
}

uint64_t simulation_event_count(const struct simulation *simulation)
{
    return event_queue_count(simulation->queue);
}

uint64_t simulation_digest(const struct simulation *simulation)
{
    return event_queue_digest(simulation->queue);
}
