#include "netsim/adversary/adversary.h"

#include "base/assert.h"
#include "consensus/message.h"
#include "netsim/adversary/byzantine.h"
#include "netsim/engine/validator.h"
#include "node/replica/payload.h"

#include <stdlib.h>
#include <string.h>

enum {
    CLOCK_ERROR_MS = 3600000,
    MESSAGE_MIN = 1 << 16,
    MESSAGE_SLACK = 1 << 12,
    LATE_MAX = 256, /* messages held back at a time */
    LATE_SHORT_US = 150000,
    LATE_LONG_US = 3000000
};

struct late_message {
    uint8_t *bytes; /* NULL when free */
    size_t size;
    uint32_t to;
};

struct adversary {
    struct simulation *simulation;
    struct validator *validator;
    uint32_t host;
    uint32_t member;
    uint64_t twin_seed; /* the same for both hosts of a member */
    struct prng prng;
    struct byzantine actor;
    struct validator_gate gate;
    struct late_message late[LATE_MAX];
};

static bool plays(const struct adversary *adversary, enum byzantine_kind kind)
{
    return (adversary->actor.kinds & (1u << kind)) != 0;
}

/* ------------------------------------------------------------------------------- twins */

/* In this spell, does a member talk with this host of the twins? One in three talks with both. */
static bool twin_reaches(const struct adversary *adversary, uint32_t member)
{
    uint64_t spell = simulation_now_us(adversary->simulation) / ADVERSARY_SPELL_US;
    struct prng prng;
    prng_init(&prng, adversary->twin_seed + spell * UINT64_C(0x9E3779B97F4A7C15) + member);
    uint64_t side = prng_below(&prng, 3);
    return side == 2 || side == (adversary->host != adversary->member);
}

static bool twin_drops(struct adversary *adversary, uint32_t member)
{
    bool drops = plays(adversary, BYZANTINE_TWIN) && !twin_reaches(adversary, member);
    adversary->actor.deeds[BYZANTINE_TWIN] += drops;
    return drops;
}

/* --------------------------------------------------------------------------- departure */

static void leave(struct adversary *adversary, uint32_t to, const uint8_t *bytes, size_t size)
{
    bool bulk = bytes[0] == MESSAGE_BATCH || bytes[0] == MESSAGE_BLOCK ||
                bytes[0] == MESSAGE_JUSTIFICATION || bytes[0] == MESSAGE_RANGE;
    validator_emit(adversary->validator, to, bulk ? CONSENSUS_CLASS_BULK : CONSENSUS_CLASS_VOTE,
                   bytes, size);
}

static void late_due(void *context, uint64_t number)
{
    struct adversary *adversary = context;
    struct late_message *message = &adversary->late[number];
    if (validator_is_up(adversary->validator)) {
        leave(adversary, message->to, message->bytes, message->size);
    }
    free(message->bytes);
    message->bytes = NULL;
}

/* Holds a message back, if there is a free place. Most come just late, some too late for all. */
static bool hold_back(struct adversary *adversary, uint32_t to, const uint8_t *bytes, size_t size)
{
    uint32_t place = 0;
    while (place < LATE_MAX && adversary->late[place].bytes != NULL) {
        place++;
    }
    if (place == LATE_MAX) {
        return false;
    }
    struct late_message *message = &adversary->late[place];
    message->bytes = malloc(size);
    TALLY_ASSERT(message->bytes != NULL);
    memcpy(message->bytes, bytes, size);
    message->size = size;
    message->to = to;
    uint64_t most_us = prng_chance(&adversary->prng, 1, 8) ? LATE_LONG_US : LATE_SHORT_US;
    simulation_at(adversary->simulation,
                  simulation_now_us(adversary->simulation) + 1 +
                      prng_below(&adversary->prng, most_us),
                  late_due, adversary, place);
    adversary->actor.deeds[BYZANTINE_LATE]++;
    return true;
}

static void actor_emit(void *context, uint32_t to, const uint8_t *bytes, size_t size)
{
    struct adversary *adversary = context;
    if (to == adversary->member || twin_drops(adversary, to)) {
        return;
    }
    if (!plays(adversary, BYZANTINE_LATE) || !hold_back(adversary, to, bytes, size)) {
        leave(adversary, to, bytes, size);
    }
}

/* The same envelopes in another order: the first goes to the end, or is there twice. */
static uint32_t payload_fork(void *context, const uint8_t *payload, uint32_t size, uint8_t *out)
{
    struct bytes_reader reader;
    struct bytes_writer writer;
    struct payload_item first;
    struct payload_item item;
    uint32_t count = 1;
    (void)context;
    payload_reader_init(&reader, payload, size);
    bytes_writer_init(&writer, out, 2 * (size_t)size);
    if (!payload_next(&reader, &first)) {
        return 0;
    }
    while (payload_next(&reader, &item)) {
        payload_append(&writer, item.bytes, item.size);
        count++;
    }
    payload_append(&writer, first.bytes, first.size);
    if (count == 1) {
        payload_append(&writer, first.bytes, first.size);
    }
    return reader.failed || !bytes_writer_ok(&writer) ? 0 : (uint32_t)writer.size;
}

/* -------------------------------------------------------------------------------- gate */

static void gate_send(void *context, uint32_t to, enum consensus_class class, const uint8_t *bytes,
                      size_t size)
{
    enum {
        VOTE_EPOCH = 1
    };
    struct adversary *adversary = context;
    (void)class;
    if (bytes[0] >= MESSAGE_NOTARIZE && bytes[0] <= MESSAGE_FINALIZE) {
        adversary->actor.epoch = bytes_get_u64(bytes + VOTE_EPOCH);
    }
    byzantine_send(&adversary->actor, to, bytes, size);
}

static bool gate_receive(void *context, uint32_t from, const uint8_t *bytes, size_t size)
{
    struct adversary *adversary = context;
    if (size == 0 || twin_drops(adversary, from)) {
        return false;
    }
    byzantine_observe(&adversary->actor, bytes, size);
    return true;
}

static void gate_result(void *context, uint64_t height, struct hash *result_root)
{
    struct adversary *adversary = context;
    (void)height;
    if (plays(adversary, BYZANTINE_RESULT) && prng_chance(&adversary->prng, 1, 2)) {
        result_root->bytes[0] ^= 1u;
        adversary->actor.deeds[BYZANTINE_RESULT]++;
    }
}

static void act(void *context, uint64_t number)
{
    struct adversary *adversary = context;
    if (validator_is_up(adversary->validator)) {
        byzantine_act(&adversary->actor);
    }
    simulation_at(adversary->simulation,
                  simulation_now_us(adversary->simulation) + ADVERSARY_ACT_US, act, adversary,
                  number);
}

/* ------------------------------------------------------------------------------- life */

static void actor_make(struct adversary *adversary, uint32_t kinds)
{
    const struct simulation_config *config = simulation_configuration(adversary->simulation);
    struct byzantine *actor = &adversary->actor;
    size_t message_max = 2 * (size_t)config->limits.batch_bytes_max + MESSAGE_SLACK;
    actor->kinds = kinds;
    actor->index = adversary->member;
    actor->nodes_count = config->member_count;
    actor->chain_id = config->genesis->chain_id;
    actor->message_max = message_max > MESSAGE_MIN ? message_max : MESSAGE_MIN;
    actor->secret_key = simulation_secret_key(adversary->simulation, adversary->member);
    actor->prng = &adversary->prng;
    actor->emit = actor_emit;
    actor->fork = payload_fork;
    actor->context = adversary;
    byzantine_init(actor);
}

struct adversary *adversary_new(struct simulation *simulation, uint32_t host, uint32_t kinds,
                                uint64_t seed)
{
    struct adversary *adversary = calloc(1, sizeof *adversary);
    TALLY_ASSERT(adversary != NULL && kinds < 1u << BYZANTINE_COUNT);
    adversary->simulation = simulation;
    adversary->validator = simulation_validator(simulation, host);
    adversary->host = host;
    adversary->member = validator_member(adversary->validator);
    adversary->twin_seed = seed;
    prng_init(&adversary->prng, seed + (uint64_t)host * UINT64_C(0xD6E8FEB86659FD93));
    actor_make(adversary, kinds);
    adversary->gate = (struct validator_gate){
        .context = adversary, .send = gate_send, .receive = gate_receive, .result = gate_result};
    validator_gate_set(adversary->validator, &adversary->gate);
    if (plays(adversary, BYZANTINE_TIME)) {
        int64_t error_ms = prng_chance(&adversary->prng, 1, 2) ? CLOCK_ERROR_MS : -CLOCK_ERROR_MS;
        validator_clock(adversary->validator, error_ms, 0);
        adversary->actor.deeds[BYZANTINE_TIME]++;
    }
    act(adversary, 0);
    return adversary;
}

void adversary_free(struct adversary *adversary)
{
    for (uint32_t place = 0; place < LATE_MAX; place++) {
        free(adversary->late[place].bytes);
    }
    byzantine_free(&adversary->actor);
    free(adversary);
}

void adversary_deeds(const struct adversary *adversary, uint64_t counts[BYZANTINE_COUNT])
{
    memcpy(counts, adversary->actor.deeds, sizeof adversary->actor.deeds);
}
