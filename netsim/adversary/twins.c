#include "netsim/adversary/twins.h"

#include "base/assert.h"
#include "base/bytes.h"
#include "consensus/leader.h"
#include "consensus/message.h"
#include "consensus/step.h"
#include "crypto/sign.h"
#include "netsim/check/accountability.h"
#include "netsim/check/checker.h"
#include "netsim/check/testimony.h"
#include "netsim/engine/room.h"

#include <stdlib.h>
#include <string.h>

#define UTC_START_MS UINT64_C(1700000000000)

enum {
    EPOCH = 1,
    ARENA_BYTES = 1 << 20,
    HEIGHTS_MAX = 4096,
    JOIN_MS = 100, /* after a fork the honest members talk for so long more */
    RANGE_HEAD = 5
};

/* Bytes in the arena. */
struct span {
    uint32_t offset;
    uint32_t size;
};

struct delivery {
    struct span message;
    uint8_t from; /* member */
    uint8_t to;   /* host */
};

struct deliveries {
    struct delivery *items;
    uint32_t count;
    uint32_t capacity;
};

struct twin_host {
    struct consensus_config config;
    void *memory;
    struct consensus *core;
    uint32_t number;
    uint32_t member;
    bool honest;
    bool halted;
    uint64_t deadline_ms;
    uint64_t persisted_seq;
    uint64_t durable_seq;
    struct span *stored; /* final blocks, by height - 1 */
    uint32_t stored_count;
    uint32_t stored_capacity;
    uint32_t executed_count;
    struct hash block_last; /* of the last stored block */
    struct hash result_last;
};

struct twins {
    struct twins_config config;
    uint32_t hosts_count;
    bool beyond_f; /* more twins than the protocol tolerates */
    struct twin_host hosts[TWINS_HOSTS_MAX];
    struct public_key public_keys[TWINS_MEMBERS_MAX];
    struct secret_key secret_keys[TWINS_MEMBERS_MAX];
    struct checker_config checker_config;
    struct checker *checker;
    struct testimony testimony;
    struct accountability *accountability;
    uint8_t *arena;
    size_t arena_used;
    size_t arena_capacity;
    struct deliveries now;
    struct deliveries next;
    uint64_t now_ms;
    const struct twins_scenario *scenario; /* while playing */
    struct hash chain_id;                  /* that has the leaders below */
    uint8_t chain_leaders[TWINS_MEMBERS_MAX];
    struct twins_result *result;
    struct hash final[HEIGHTS_MAX]; /* the first block that became final, by height */
    uint64_t final_count;
};

void twins_config_defaults(struct twins_config *config, uint32_t members, uint32_t twins)
{
    memset(config, 0, sizeof *config);
    config->members = members;
    config->twins = twins;
    config->spell_ms = 8;
    config->heal_blocks = 2;
    config->heal_ms = 5000;
}

/* ------------------------------------------------------------------------------- arena */

/* Room at the end of the arena; a span is made of what is used of it. */
static uint8_t *arena_room(struct twins *twins, size_t size)
{
    if (twins->arena_used + size > twins->arena_capacity) {
        twins->arena_capacity = 2 * twins->arena_capacity + size;
        twins->arena = realloc(twins->arena, twins->arena_capacity);
        TALLY_ASSERT(twins->arena != NULL && twins->arena_capacity < UINT32_MAX);
    }
    return twins->arena + twins->arena_used;
}

static struct span arena_take(struct twins *twins, size_t size)
{
    struct span span = {(uint32_t)twins->arena_used, (uint32_t)size};
    twins->arena_used += size;
    return span;
}

static struct span arena_copy(struct twins *twins, const uint8_t *bytes, size_t size)
{
    memcpy(arena_room(twins, size), bytes, size);
    return arena_take(twins, size);
}

/* ----------------------------------------------------------------------------- sending */

static bool hears(const struct twins *twins, uint32_t from, uint32_t to)
{
    uint64_t round = twins->now_ms / twins->config.spell_ms;
    return round >= twins->scenario->rounds ||
           (twins->scenario->heard[round][from] >> to & 1u) != 0;
}

static void depart(struct twins *twins, const struct twin_host *host, uint16_t to,
                   struct span message)
{
    const uint8_t *bytes = twins->arena + message.offset;
    if (host->honest) {
        testimony_honest_sent(&twins->testimony, host->member, bytes, message.size);
    } else {
        testimony_byzantine_sent(&twins->testimony, bytes, message.size);
    }
    for (uint32_t number = 0; number < twins->hosts_count; number++) {
        uint32_t member = twins->hosts[number].member;
        if (member == host->member || (to != CONSENSUS_ALL && to != member) ||
            !hears(twins, host->number, number)) {
            continue;
        }
        twins->next.items = room_for(twins->next.items, &twins->next.capacity, twins->next.count,
                                     sizeof *twins->next.items);
        twins->next.items[twins->next.count++] =
            (struct delivery){message, (uint8_t)host->member, (uint8_t)number};
    }
}

/* Duty 7 of consensus/step.h. */
static void send_blocks(struct twins *twins, const struct twin_host *host, uint16_t to,
                        uint64_t from_height, uint32_t count)
{
    struct bytes_writer writer;
    size_t size = RANGE_HEAD;
    uint32_t taken = 0;
    if (from_height == 0 || from_height > host->stored_count) {
        return;
    }
    while (taken < MESSAGE_RANGE_BLOCKS_MAX && from_height + taken <= host->stored_count) {
        struct span stored = host->stored[from_height + taken - 1];
        uint32_t block_size = bytes_get_u32(twins->arena + stored.offset);
        bool certified = stored.size > 8 + block_size;
        size += stored.size;
        taken++;
        if (taken >= count && certified) {
            break;
        }
    }
    bytes_writer_init(&writer, arena_room(twins, size), size);
    message_range_write(&writer, taken);
    for (uint32_t i = 0; i < taken; i++) {
        struct span stored = host->stored[from_height + i - 1];
        bytes_write_copy(&writer, twins->arena + stored.offset, stored.size);
    }
    TALLY_ASSERT(bytes_writer_ok(&writer));
    depart(twins, host, to, arena_take(twins, writer.size));
}

/* ----------------------------------------------------------------------------- effects */

static void on_commit(struct twins *twins, struct twin_host *host,
                      const struct consensus_effect *effect)
{
    struct bytes_writer writer;
    size_t size = 8 + (size_t)effect->commit.block_size + effect->commit.certificate_size;
    uint64_t height = effect->commit.height;
    TALLY_ASSERT(height == host->stored_count + UINT64_C(1) && height < HEIGHTS_MAX);
    bytes_writer_init(&writer, arena_room(twins, size), size);
    stored_block_write(&writer, effect->commit.block_bytes, effect->commit.block_size,
                       effect->commit.certificate, effect->commit.certificate_size);
    TALLY_ASSERT(bytes_writer_ok(&writer));
    host->stored =
        room_for(host->stored, &host->stored_capacity, host->stored_count, sizeof *host->stored);
    host->stored[host->stored_count++] = arena_take(twins, writer.size);
    host->block_last = effect->commit.hash;
    if (!host->honest) {
        return;
    }
    if (height > twins->final_count) {
        twins->final_count = height;
        twins->final[height] = effect->commit.hash;
    } else if (!hash_equal(&twins->final[height], &effect->commit.hash)) {
        twins->result->forked = true;
    }
    checker_commit(twins->checker, host->member, height, &effect->commit.hash);
}

static void on_accusation(struct twins *twins, const struct twin_host *host,
                          const struct consensus_effect *effect)
{
    if (host->honest) {
        checker_evidence(twins->checker, host->member,
                         testimony_culprit(effect->evidence.bytes, effect->evidence.size));
    }
}

static void on_trouble(struct twins *twins, struct twin_host *host,
                       const struct consensus_effect *effect)
{
    if (effect->kind == CONSENSUS_HALT) {
        host->halted = true;
        if (host->honest) {
            twins->result->forked =
                twins->result->forked || effect->halt.reason == CONSENSUS_HALT_CONFLICTING_FINALS;
            checker_fail(twins->checker, "node %u halts: %s", host->member,
                         consensus_halt_text(effect->halt.reason));
        }
    } else if (host->honest && testimony_alarm(effect->alarm.code) == ALARM_WRONG) {
        checker_fail(twins->checker, "node %u: %s", host->member,
                     consensus_alarm_text(effect->alarm.code));
    }
}

static void on_trace(const struct twins *twins, const struct twin_host *host,
                     const struct consensus_effect *effect)
{
    if (effect->trace.code == CONSENSUS_TRACE_DROP) {
        return;
    }
    fprintf(twins->config.trace, "[%5llu] %u%s %s view %llu", (unsigned long long)twins->now_ms,
            host->member, host->number == host->member ? " " : "'",
            consensus_trace_text(effect->trace.code), (unsigned long long)effect->trace.view);
    if (effect->trace.peer != CONSENSUS_OBSERVER) {
        fprintf(twins->config.trace, " of %u", effect->trace.peer);
    }
    if (!hash_is_zero(&effect->trace.hash)) {
        fprintf(twins->config.trace, " %02x%02x", effect->trace.hash.bytes[0],
                effect->trace.hash.bytes[1]);
    }
    fputc('\n', twins->config.trace);
}

/* Records are durable before anything of the same step leaves. */
static void on_persist(struct twins *twins, struct twin_host *host,
                       const struct consensus_effect *effect)
{
    const uint8_t *bytes = effect->persist.bytes;
    host->persisted_seq = effect->persist.seq;
    if (host->honest) {
        testimony_record(&twins->testimony, host->member, bytes, effect->persist.size, false);
        testimony_record(&twins->testimony, host->member, bytes, effect->persist.size, true);
        if (twins->beyond_f) {
            accountability_read(twins->accountability, bytes, effect->persist.size);
        }
    }
}

static void on_effect(struct twins *twins, struct twin_host *host,
                      const struct consensus_effect *effect)
{
    switch (effect->kind) {
    case CONSENSUS_SEND:
        depart(twins, host, effect->send.to,
               arena_copy(twins, effect->send.bytes, effect->send.size));
        break;
    case CONSENSUS_SEND_BLOCKS:
        send_blocks(twins, host, effect->send_blocks.to, effect->send_blocks.from_height,
                    effect->send_blocks.count);
        break;
    case CONSENSUS_COMMIT:
        on_commit(twins, host, effect);
        break;
    case CONSENSUS_EVIDENCE:
        on_accusation(twins, host, effect);
        break;
    case CONSENSUS_ALARM:
    case CONSENSUS_HALT:
        on_trouble(twins, host, effect);
        break;
    case CONSENSUS_TRACE:
        on_trace(twins, host, effect);
        break;
    case CONSENSUS_PERSIST:
    case CONSENSUS_STORE_BATCH: /* there are no batches */
    case CONSENSUS_SEND_BATCH:
    case CONSENSUS_BATCH_REFUSED:
        break;
    }
}

static void core_step(struct twins *twins, struct twin_host *host, struct consensus_event *event)
{
    struct consensus_effects effects;
    event->now_ms = twins->now_ms;
    event->utc_ms = UTC_START_MS + twins->now_ms + (host->number != host->member);
    consensus_step(host->core, event, &effects);
    twins->result->events++;
    for (size_t i = 0; i < effects.count; i++) {
        if (effects.items[i].kind == CONSENSUS_PERSIST) {
            on_persist(twins, host, &effects.items[i]);
        }
    }
    for (size_t i = 0; i < effects.count; i++) {
        on_effect(twins, host, &effects.items[i]);
    }
    host->deadline_ms = effects.next_deadline_ms;
}

/* The driver's duties, all at once. */
static void host_step(struct twins *twins, struct twin_host *host, struct consensus_event *event)
{
    if (host->halted) {
        return;
    }
    core_step(twins, host, event);
    while (!host->halted) {
        struct consensus_event duty;
        memset(&duty, 0, sizeof duty);
        if (host->durable_seq < host->persisted_seq) {
            host->durable_seq = host->persisted_seq;
            duty.kind = CONSENSUS_JOURNAL_DURABLE;
            duty.journal_durable.seq = host->durable_seq;
        } else if (host->executed_count < host->stored_count) {
            struct span stored = host->stored[host->executed_count++];
            struct hash previous = host->result_last;
            struct hash block;
            testimony_stored_hash(twins->arena + stored.offset, stored.size, &block);
            checker_result(&previous, host->executed_count, &block, &host->result_last);
            duty.kind = CONSENSUS_EXECUTED;
            duty.executed.height = host->executed_count;
            duty.executed.result_root = host->result_last;
        } else {
            break;
        }
        core_step(twins, host, &duty);
    }
}

/* -------------------------------------------------------------------------------- time */

static void deliver(struct twins *twins, const struct delivery *delivery)
{
    struct twin_host *host = &twins->hosts[delivery->to];
    struct consensus_event event;
    uint8_t *bytes = twins->arena + delivery->message.offset;
    size_t size = delivery->message.size;
    uint64_t word = twins->now_ms * TWINS_HOSTS_MAX + delivery->to + (size << 32);
    word ^= size >= 8 ? bytes_get_u64(bytes + size - 8) : 0;
    twins->result->digest = (twins->result->digest ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    twins->result->digest ^= twins->result->digest >> 29;
    twins->result->messages++;
    if (host->honest && twins->beyond_f && !host->halted) {
        accountability_hear(twins->accountability, bytes, size);
    }
    memset(&event, 0, sizeof event);
    event.kind = CONSENSUS_MESSAGE;
    event.message.from = delivery->from;
    event.message.bytes = bytes;
    event.message.size = size;
    host_step(twins, host, &event);
}

/* Whether anything happens any more: the next instant at which it does. */
static bool time_advance(struct twins *twins)
{
    uint64_t next_ms = UINT64_MAX;
    for (uint32_t number = 0; number < twins->hosts_count; number++) {
        const struct twin_host *host = &twins->hosts[number];
        if (!host->halted && host->deadline_ms < next_ms) {
            next_ms = host->deadline_ms;
        }
    }
    if (twins->next.count > 0 || next_ms <= twins->now_ms) {
        next_ms = twins->now_ms + 1;
    }
    if (next_ms == UINT64_MAX) {
        return false;
    }
    struct deliveries done = twins->now;
    twins->now = twins->next;
    twins->next = done;
    twins->next.count = 0;
    twins->now_ms = next_ms;
    return true;
}

static void instant_play(struct twins *twins)
{
    for (uint32_t i = 0; i < twins->now.count; i++) {
        struct delivery delivery = twins->now.items[i];
        deliver(twins, &delivery);
    }
    twins->now.count = 0;
    for (uint32_t number = 0; number < twins->hosts_count; number++) {
        struct twin_host *host = &twins->hosts[number];
        if (host->deadline_ms <= twins->now_ms) {
            struct consensus_event event;
            memset(&event, 0, sizeof event);
            event.kind = CONSENSUS_TIME;
            host_step(twins, host, &event);
        }
    }
}

static uint64_t honest_height(const struct twins *twins)
{
    uint64_t least = UINT64_MAX;
    for (uint32_t number = 0; number < twins->hosts_count; number++) {
        const struct twin_host *host = &twins->hosts[number];
        if (host->honest && host->stored_count < least) {
            least = host->stored_count;
        }
    }
    return least;
}

/* -------------------------------------------------------------------------------- life */

static void config_fill(const struct twins *twins, uint32_t member, uint32_t number,
                        struct consensus_config *config)
{
    memset(config, 0, sizeof *config);
    consensus_config_defaults(config);
    config->epoch = EPOCH;
    config->validator_count = (uint16_t)twins->config.members;
    config->self = (uint16_t)member;
    config->validators = twins->public_keys;
    config->secret_key = &twins->secret_keys[member];
    config->anchor.ts_ms = UTC_START_MS - 1000;
    config->timing.d0_ms = 2;
    config->timing.d_max_ms = 16;
    config->timing.heartbeat_ms = 1;
    config->timing.block_interval_min_ms = twins->config.spell_ms;
    config->timing.retry_ms = 20;
    config->timing.skip_ms = 100000;
    config->limits.batch_bytes_max = 64;
    config->limits.lane_quota_batches = 1;
    config->limits.lane_quota_bytes = 64;
    config->limits.lane_window = 2;
    config->limits.skipped_views_max = 128;
    config->seed = number;
    config->trace = twins->config.trace != NULL;
    TALLY_ASSERT(consensus_config_check(config) == CONSENSUS_CONFIG_OK);
}

struct twins *twins_new(const struct twins_config *config)
{
    struct twins *twins = calloc(1, sizeof *twins);
    TALLY_ASSERT(twins != NULL && config->members <= TWINS_MEMBERS_MAX);
    TALLY_ASSERT(config->twins <= TWINS_TWINS_MAX && config->twins < config->members);
    twins->config = *config;
    twins->hosts_count = config->members + config->twins;
    twins->beyond_f = config->twins > (config->members - 1) / 3;
    for (uint32_t member = 0; member < config->members; member++) {
        uint8_t seed[SIGN_SEED_SIZE] = {(uint8_t)(member + 1)};
        sign_key_from_seed(seed, &twins->public_keys[member], &twins->secret_keys[member]);
    }
    twins->checker_config.members_count = config->members;
    twins->checker_config.lane_quota_batches = 1;
    twins->checker_config.results = CHECKER_RESULTS_COMPUTED;
    for (uint32_t number = 0; number < twins->hosts_count; number++) {
        struct twin_host *host = &twins->hosts[number];
        host->number = number;
        host->member = number < config->members ? number : 2 * config->members - 1 - number;
        host->honest = host->member < config->members - config->twins;
        config_fill(twins, host->member, number, &host->config);
        size_t size = (consensus_footprint(&host->config) + 63) / 64 * 64;
        host->memory = aligned_alloc(64, size);
        TALLY_ASSERT(host->memory != NULL);
        if (!host->honest) {
            member_set_add(&twins->checker_config.byzantine, host->member);
        }
    }
    twins->checker = checker_new(&twins->checker_config);
    twins->accountability = accountability_new(config->members);
    twins->arena_capacity = ARENA_BYTES;
    twins->arena = malloc(twins->arena_capacity);
    TALLY_ASSERT(twins->arena != NULL);
    return twins;
}

void twins_free(struct twins *twins)
{
    for (uint32_t number = 0; number < twins->hosts_count; number++) {
        free(twins->hosts[number].memory);
        free(twins->hosts[number].stored);
    }
    checker_free(twins->checker);
    accountability_free(twins->accountability);
    free(twins->now.items);
    free(twins->next.items);
    free(twins->arena);
    free(twins);
}

/* ---------------------------------------------------------------------------- scenario */

/* A chain whose leaders are those of the scenario, found by trying: the anchor's hash decides. */
static void chain_find(struct twins *twins)
{
    uint32_t members = twins->config.members;
    const uint8_t *leaders = twins->scenario->leaders;
    if (memcmp(leaders, twins->chain_leaders, sizeof twins->chain_leaders) == 0) {
        return; /* as in the scenario before */
    }
    memcpy(twins->chain_leaders, leaders, sizeof twins->chain_leaders);
    for (uint64_t salt = 1;; salt++) {
        struct leader_schedule schedule;
        uint32_t view = 1;
        bytes_put_u64(twins->chain_id.bytes, salt);
        leader_schedule_init(&schedule, (uint16_t)members, &twins->chain_id, EPOCH);
        while (view <= members && leader_of(&schedule, view) == leaders[view - 1]) {
            view++;
        }
        if (view > members) {
            return;
        }
    }
}

static void hosts_start(struct twins *twins)
{
    chain_find(twins);
    for (uint32_t number = 0; number < twins->hosts_count; number++) {
        struct twin_host *host = &twins->hosts[number];
        struct consensus_event event;
        host->config.chain_id = twins->chain_id;
        host->config.anchor.hash = twins->chain_id;
        host->core = consensus_new(host->memory, &host->config);
        host->halted = false;
        host->persisted_seq = 0;
        host->durable_seq = 0;
        host->stored_count = 0;
        host->executed_count = 0;
        memset(&host->result_last, 0, sizeof host->result_last);
        memset(&event, 0, sizeof event);
        event.kind = CONSENSUS_START;
        event.start.journal = CONSENSUS_JOURNAL_CREATED;
        host_step(twins, host, &event);
    }
}

static void reset(struct twins *twins)
{
    twins->arena_used = 0;
    twins->now.count = 0;
    twins->next.count = 0;
    twins->now_ms = 0;
    twins->final_count = 0;
    checker_reset(twins->checker, &twins->checker_config);
    testimony_init(&twins->testimony, twins->checker, twins->config.members);
    if (twins->beyond_f) {
        accountability_reset(twins->accountability);
    }
}

/* With at most f twins the first violation ends the run; beyond, a fork is waited for and talked
 * about. */
static bool is_over(const struct twins *twins, uint64_t wanted, uint64_t end_ms)
{
    if (twins->now_ms >= end_ms) {
        return true;
    }
    if (twins->beyond_f) {
        return !twins->result->forked && honest_height(twins) >= wanted;
    }
    return honest_height(twins) >= wanted || checker_violation(twins->checker) != NULL;
}

static void judge(struct twins *twins, uint64_t wanted)
{
    struct twins_result *result = twins->result;
    result->blocks = honest_height(twins);
    result->culprits = accountability_culprits(twins->accountability);
    for (uint32_t member = 0; member < twins->config.members; member++) {
        if (member_set_has(&result->culprits, member) &&
            checker_is_honest(twins->checker, member)) {
            result->forked = false; /* whatever else: this must never be */
            checker_fail(twins->checker,
                         "what honest members say convicts node %u, which is honest", member);
        }
    }
    const char *violation = checker_violation(twins->checker);
    if (violation != NULL) {
        result->outcome = TWINS_UNSAFE;
        (void)snprintf(result->text, sizeof result->text, "%s", violation);
    } else if (honest_height(twins) < wanted) {
        result->outcome = TWINS_STUCK;
        (void)snprintf(result->text, sizeof result->text,
                       "not live: height %llu wanted, %llu reached after %llu ms",
                       (unsigned long long)wanted, (unsigned long long)honest_height(twins),
                       (unsigned long long)twins->now_ms);
    }
}

void twins_play(struct twins *twins, const struct twins_scenario *scenario,
                struct twins_result *result)
{
    uint64_t rounds_end_ms = (uint64_t)scenario->rounds * twins->config.spell_ms;
    uint64_t end_ms = rounds_end_ms + twins->config.heal_ms;
    uint64_t wanted = UINT64_MAX;
    memset(result, 0, sizeof *result);
    twins->scenario = scenario;
    twins->result = result;
    reset(twins);
    hosts_start(twins);
    while (time_advance(twins) && !is_over(twins, wanted, end_ms)) {
        if (wanted == UINT64_MAX && twins->now_ms >= rounds_end_ms) {
            wanted = twins->final_count + twins->config.heal_blocks;
        }
        if (result->forked && end_ms > twins->now_ms + JOIN_MS && twins->now_ms >= rounds_end_ms) {
            end_ms = twins->now_ms + JOIN_MS;
        }
        instant_play(twins);
    }
    if (wanted == UINT64_MAX) { /* nothing happens any more, and the rounds are not over */
        wanted = twins->final_count + twins->config.heal_blocks;
    }
    judge(twins, wanted);
}
