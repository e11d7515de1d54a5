#include "bench/support/core_network.h"

#include <stdlib.h>
#include <string.h>

#include "bench/support/figure.h"
#include "crypto/sign_known.h"

enum {
    ALIGNMENT = 64,
    QUEUE_MIN = 1024,
};

#define UTC_START_MS UINT64_C(1795078800000)

/* Sent bytes, shared by the copies under way. */
struct message {
    uint32_t references;
    uint32_t size;
    uint8_t bytes[];
};

struct delivery {
    struct message *message;
    uint16_t from;
    uint16_t to;
};

struct member {
    struct consensus *core;
    void *memory;
    struct secret_key secret_key;
    uint64_t persisted_seq;
    uint64_t durable_seq;
    uint64_t committed;
    uint64_t executed;
    uint64_t deadline_ms;
};

struct core_network {
    uint16_t count;
    struct member members[CONSENSUS_VALIDATORS_MAX];
    struct public_key public_keys[CONSENSUS_VALIDATORS_MAX];
    uint64_t now_ms;
    struct delivery *queue; /* a ring */
    uint32_t queue_capacity;
    uint32_t queue_first;
    uint32_t queue_count;
    struct core_network_counters counters;
};

/* ----------------------------------------------------------------------------------- the queue */

static void queue_grow(struct core_network *network)
{
    uint32_t capacity = network->queue_capacity == 0 ? QUEUE_MIN : 2 * network->queue_capacity;
    struct delivery *queue = calloc(capacity, sizeof *queue);
    figure_require(queue != NULL, "not enough memory");
    for (uint32_t i = 0; i < network->queue_count; i++) {
        queue[i] = network->queue[(network->queue_first + i) % network->queue_capacity];
    }
    free(network->queue);
    network->queue = queue;
    network->queue_capacity = capacity;
    network->queue_first = 0;
}

static void queue_add(struct core_network *network, struct message *message, uint16_t from,
                      uint16_t to)
{
    if (network->queue_count == network->queue_capacity) {
        queue_grow(network);
    }
    uint32_t last = (network->queue_first + network->queue_count) % network->queue_capacity;
    network->queue[last] = (struct delivery){message, from, to};
    network->queue_count++;
    message->references++;
}

static struct delivery queue_take(struct core_network *network)
{
    struct delivery out = network->queue[network->queue_first];
    network->queue_first = (network->queue_first + 1) % network->queue_capacity;
    network->queue_count--;
    return out;
}

static void message_release(struct message *message)
{
    message->references--;
    if (message->references == 0) {
        free(message);
    }
}

/* ------------------------------------------------------------------------------------- effects */

static void message_send(struct core_network *network, uint16_t from,
                         const struct consensus_effect *effect)
{
    struct message *message = malloc(sizeof *message + effect->send.size);
    figure_require(message != NULL, "not enough memory");
    message->references = 1;
    message->size = (uint32_t)effect->send.size;
    memcpy(message->bytes, effect->send.bytes, effect->send.size);
    for (uint16_t to = 0; to < network->count; to++) {
        if (to != from && (effect->send.to == CONSENSUS_ALL || effect->send.to == to)) {
            queue_add(network, message, from, to);
        }
    }
    message_release(message);
}

static void step(struct core_network *network, uint16_t index, struct consensus_event *event)
{
    struct member *member = &network->members[index];
    struct consensus_effects effects;
    event->now_ms = network->now_ms;
    event->utc_ms = UTC_START_MS + network->now_ms;
    consensus_step(member->core, event, &effects);
    network->counters.steps++;
    member->deadline_ms = effects.next_deadline_ms;
    for (size_t i = 0; i < effects.count; i++) {
        const struct consensus_effect *effect = &effects.items[i];
        figure_require(effect->kind == CONSENSUS_PERSIST || effect->kind == CONSENSUS_SEND ||
                           effect->kind == CONSENSUS_COMMIT,
                       "consensus among correct members asked for something unusual");
        if (effect->kind == CONSENSUS_PERSIST) {
            member->persisted_seq = effect->persist.seq;
            network->counters.records++;
        } else if (effect->kind == CONSENSUS_SEND) {
            message_send(network, index, effect);
        } else {
            member->committed = effect->commit.height;
        }
    }
}

/* A step, and what the driver owes after it. */
static void step_whole(struct core_network *network, uint16_t index, struct consensus_event *event)
{
    struct member *member = &network->members[index];
    step(network, index, event);
    while (member->durable_seq < member->persisted_seq || member->executed < member->committed) {
        struct consensus_event owed = {.kind = CONSENSUS_JOURNAL_DURABLE};
        if (member->durable_seq < member->persisted_seq) {
            member->durable_seq = member->persisted_seq;
            owed.journal_durable.seq = member->durable_seq;
        } else {
            member->executed++;
            owed.kind = CONSENSUS_EXECUTED;
            owed.executed.height = member->executed;
            owed.executed.more_due = true;
            hash_compute(&owed.executed.result_root, HASH_RESULT, &member->executed,
                         sizeof member->executed);
        }
        step(network, index, &owed);
    }
}

/* --------------------------------------------------------------------------------------- life */

static void member_new(struct core_network *network, uint16_t index)
{
    struct member *member = &network->members[index];
    struct consensus_config config;
    memset(&config, 0, sizeof config);
    consensus_config_defaults(&config);
    config.timing.block_interval_min_ms = 0;
    hash_compute(&config.chain_id, HASH_GENESIS, "bench", 5);
    config.epoch = 1;
    config.validator_count = network->count;
    config.self = index;
    config.validators = network->public_keys;
    config.secret_key = &member->secret_key;
    config.anchor.hash = config.chain_id;
    config.anchor.ts_ms = UTC_START_MS - 1000;
    config.seed = index;
    size_t size = consensus_footprint(&config);
    figure_require(size > 0, "the configuration of consensus is not a legal one");
    member->memory = aligned_alloc(ALIGNMENT, (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    figure_require(member->memory != NULL, "not enough memory");
    member->core = consensus_new(member->memory, &config);
}

struct core_network *core_network_new(uint16_t member_count)
{
    struct core_network *network = calloc(1, sizeof *network);
    figure_require(network != NULL && member_count >= 1 && member_count <= CONSENSUS_VALIDATORS_MAX,
                   "not enough memory, or not a number of members");
    network->count = member_count;
    network->now_ms = 1000;
    for (uint16_t i = 0; i < member_count; i++) {
        uint8_t seed[SIGN_SEED_SIZE] = {0};
        seed[0] = (uint8_t)(i + 1);
        sign_key_from_seed(seed, &network->public_keys[i], &network->members[i].secret_key);
        sign_known_add(&network->public_keys[i]); /* as a node does with its validators' */
    }
    for (uint16_t i = 0; i < member_count; i++) {
        member_new(network, i);
    }
    for (uint16_t i = 0; i < member_count; i++) {
        struct consensus_event event = {.kind = CONSENSUS_START};
        event.start.journal = CONSENSUS_JOURNAL_CREATED;
        step_whole(network, i, &event);
    }
    return network;
}

void core_network_free(struct core_network *network)
{
    while (network->queue_count > 0) {
        message_release(queue_take(network).message);
    }
    for (uint16_t i = 0; i < network->count; i++) {
        free(network->members[i].memory);
    }
    free(network->queue);
    free(network);
}

static void deliver(struct core_network *network)
{
    struct delivery delivery = queue_take(network);
    struct consensus_event event = {.kind = CONSENSUS_MESSAGE};
    event.message.from = delivery.from;
    event.message.bytes = delivery.message->bytes;
    event.message.size = delivery.message->size;
    network->counters.messages++;
    network->counters.bytes += delivery.message->size;
    step_whole(network, delivery.to, &event);
    message_release(delivery.message);
}

/* Nothing is under way: on to the next deadline. */
static void time_pass(struct core_network *network)
{
    uint64_t next_ms = UINT64_MAX;
    for (uint16_t i = 0; i < network->count; i++) {
        uint64_t deadline_ms = network->members[i].deadline_ms;
        next_ms = deadline_ms < next_ms ? deadline_ms : next_ms;
    }
    figure_require(next_ms != UINT64_MAX, "consensus waits for nothing");
    network->now_ms = next_ms > network->now_ms ? next_ms : network->now_ms;
    for (uint16_t i = 0; i < network->count; i++) {
        if (network->members[i].deadline_ms <= network->now_ms) {
            struct consensus_event event = {.kind = CONSENSUS_TIME};
            step_whole(network, i, &event);
        }
    }
}

void core_network_run(struct core_network *network, uint64_t height)
{
    uint16_t behind = 0;
    while (behind < network->count) {
        if (network->members[behind].committed >= height) {
            behind++;
        } else if (network->queue_count > 0) {
            deliver(network);
        } else {
            time_pass(network);
        }
    }
}

void core_network_counters(const struct core_network *network, struct core_network_counters *out)
{
    struct consensus_summary summary;
    consensus_summary(network->members[0].core, &summary);
    *out = network->counters;
    out->views = summary.view;
}
