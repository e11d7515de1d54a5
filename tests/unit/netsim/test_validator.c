/*
 * Goal: a simulated validator is tallyd's driver on a host that anything may happen to. It starts,
 * restarts after a crash between any two disk operations, stands still, runs on wrong clocks,
 * shares its key with a twin, falls silent without its journal, recovers from a full disk; what it
 * promised before a crash is on its disk after; and everything takes the time that the cost model
 * says.
 */
#include "netsim/engine/validator.h"

#include <stdlib.h>
#include <string.h>

#include "consensus/message.h"
#include "netsim/engine/disk.h"
#include "node/log.h"
#include "tests/support/cmocka.h"
#include "tests/support/netsim/delivery.h"

enum {
    HOSTS = 4,
    SECOND_US = 1000000,
};

/* What an observer saw. */
struct seen {
    struct simulation *simulation;
    uint32_t started[SIMULATION_HOSTS_MAX];
    uint32_t mute[SIMULATION_HOSTS_MAX];
    uint32_t stopped[SIMULATION_HOSTS_MAX];
    enum simulation_stop why[SIMULATION_HOSTS_MAX];
    uint64_t sent[SIMULATION_HOSTS_MAX];
    uint64_t delivered[SIMULATION_HOSTS_MAX];
    uint64_t votes[SIMULATION_HOSTS_MAX]; /* own, sent */
    uint64_t appended[SIMULATION_HOSTS_MAX];
    uint64_t durable[SIMULATION_HOSTS_MAX];
    uint64_t batches[SIMULATION_HOSTS_MAX];
    uint64_t committed[SIMULATION_HOSTS_MAX]; /* height */
    uint64_t executed[SIMULATION_HOSTS_MAX];
    uint64_t ledger_ms;
    uint64_t answered[16];
    uint64_t traced;
    uint64_t evidence;
    uint64_t alarms[SIMULATION_HOSTS_MAX];
    uint64_t busy_us;
    uint64_t disk_us;
    uint64_t last_us;
};

static struct delivery delivery;

static int set_up(void **state)
{
    (void)state;
    log_output(-1);
    delivery_open(&delivery);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    delivery_close(&delivery);
    return 0;
}

/* ---- An observer --------------------------------------------------------------------------- */

static void see_started(void *context, uint32_t host, bool mute)
{
    struct seen *seen = context;
    seen->started[host]++;
    seen->mute[host] += mute ? 1 : 0;
    seen->appended[host] = 0; /* what is on disk is told again */
    seen->durable[host] = 0;
}

static void see_stopped(void *context, uint32_t host, enum simulation_stop why)
{
    struct seen *seen = context;
    seen->stopped[host]++;
    seen->why[host] = why;
}

static void see_sent(void *context, uint32_t host, uint32_t to, enum consensus_class class,
                     const uint8_t *bytes, size_t size)
{
    struct seen *seen = context;
    struct message_vote vote;
    uint16_t count = simulation_configuration(seen->simulation)->member_count;
    (void)to;
    (void)class;
    seen->sent[host]++;
    if (message_vote_read(bytes, size, count, &vote)) {
        seen->votes[host]++;
        /* All that was appended is durable before a vote leaves. */
        assert_int_equal(seen->appended[host], seen->durable[host]);
    }
    assert_true(simulation_now_us(seen->simulation) >= seen->last_us);
}

static void see_delivered(void *context, uint32_t host, uint32_t from, const uint8_t *bytes,
                          size_t size)
{
    struct seen *seen = context;
    (void)bytes;
    assert_true(from < HOSTS && size > 0);
    seen->delivered[host]++;
}

static void see_recorded(void *context, uint32_t host, const uint8_t *record, size_t size,
                         bool durable)
{
    struct seen *seen = context;
    assert_true(record != NULL && size > 0);
    seen->appended[host] += durable ? 0 : 1;
    seen->durable[host] += durable ? 1 : 0;
    assert_true(seen->durable[host] <= seen->appended[host]);
}

static void see_batch(void *context, uint32_t host, const uint8_t *batch, size_t size)
{
    struct seen *seen = context;
    assert_true(batch != NULL && size > 0);
    seen->batches[host]++;
}

static void see_committed(void *context, uint32_t host, uint64_t height, const uint8_t *stored,
                          size_t size)
{
    struct seen *seen = context;
    assert_true(stored != NULL && size > 0);
    assert_int_equal(height, seen->committed[host] + 1); /* each once, also over restarts */
    seen->committed[host] = height;
}

static void see_executed(void *context, uint32_t host, const struct simulation_executed *executed)
{
    struct seen *seen = context;
    assert_true(executed->height <= seen->committed[host]);
    assert_int_equal(executed->output->height, executed->height);
    assert_int_equal(ledger_height(executed->ledger), executed->height);
    seen->executed[host] = executed->height;
    seen->ledger_ms = executed->ledger_ms;
}

static void see_answered(void *context, uint32_t host, uint64_t ticket,
                         enum admission_answer answer)
{
    struct seen *seen = context;
    (void)host;
    (void)ticket;
    seen->answered[answer]++;
}

static void see_traced(void *context, uint32_t host, const struct consensus_effect *trace)
{
    struct seen *seen = context;
    (void)host;
    assert_int_equal(trace->kind, CONSENSUS_TRACE);
    seen->traced++;
}

static void see_evidence(void *context, uint32_t host, const uint8_t *bytes, size_t size)
{
    struct seen *seen = context;
    assert_true(host < HOSTS && bytes != NULL && size > 0);
    seen->evidence++;
}

static void see_alarm(void *context, uint32_t host, enum consensus_alarm code, uint16_t peer)
{
    struct seen *seen = context;
    (void)peer;
    assert_true(code != CONSENSUS_ALARM_NONE);
    seen->alarms[host]++;
}

static void see_busy(void *context, uint32_t host, enum simulation_activity activity,
                     uint64_t begin_us, uint64_t duration_us)
{
    struct seen *seen = context;
    (void)host;
    (void)begin_us;
    assert_true(activity < ACTIVITY_COUNT);
    seen->busy_us += duration_us;
}

static void see_disk_wait(void *context, uint32_t host, uint64_t begin_us, uint64_t duration_us)
{
    struct seen *seen = context;
    (void)host;
    (void)begin_us;
    seen->disk_us += duration_us;
}

/* A started network of four that is watched. */
static struct simulation *begin(const struct simulation_config *config, struct seen *seen)
{
    const struct simulation_observer observer = {
        .context = seen,
        .started = see_started,
        .stopped = see_stopped,
        .sent = see_sent,
        .delivered = see_delivered,
        .recorded = see_recorded,
        .batch_durable = see_batch,
        .committed = see_committed,
        .executed = see_executed,
        .answered = see_answered,
        .traced = see_traced,
        .evidence = see_evidence,
        .alarm = see_alarm,
        .busy = see_busy,
        .disk_wait = see_disk_wait,
    };
    struct simulation *simulation = simulation_new(config);
    assert_non_null(simulation);
    memset(seen, 0, sizeof *seen);
    seen->simulation = simulation;
    simulation_observe(simulation, &observer);
    delivery_start(simulation);
    return simulation;
}

static struct simulation_config usual(void)
{
    struct simulation_config config;
    simulation_config_defaults(&config, HOSTS, &delivery.genesis);
    return config;
}

static uint64_t heights_grow(struct simulation *simulation, uint32_t host, uint64_t us)
{
    struct validator *validator = simulation_validator(simulation, host);
    uint64_t before = validator_final_height(validator);
    simulation_run_until(simulation, simulation_now_us(simulation) + us);
    return validator_final_height(validator) - before;
}

/* ---- Life ---------------------------------------------------------------------------------- */

static void it_is_watched_from_start_to_end(void **state)
{
    (void)state;
    struct seen seen;
    struct simulation_config config = usual();
    struct simulation *simulation = begin(&config, &seen);
    delivery_play(&delivery, simulation, 5 * SECOND_US);
    assert_true(delivery_is_settled(simulation));
    simulation_run_until(simulation, simulation_now_us(simulation) + SECOND_US);
    for (uint32_t i = 0; i < HOSTS; i++) {
        assert_int_equal(seen.started[i], 1);
        assert_int_equal(seen.mute[i], 0);
        assert_int_equal(seen.stopped[i], 0);
        assert_true(seen.votes[i] > 0 && seen.delivered[i] > 0 && seen.batches[i] > 0);
        assert_true(seen.committed[i] > 0);
        assert_int_equal(seen.executed[i], seen.committed[i]);
        /* What is left at the end is a certificate, which waits for the next vote. */
        assert_in_range(seen.appended[i] - seen.durable[i], 0, 1);
        assert_int_equal(validator_dropped_count(simulation_validator(simulation, i)), 0);
    }
    assert_true(seen.answered[ADMISSION_ACCEPTED] >= SMALL_TRADE_ENVELOPES);
    assert_int_equal(seen.busy_us, 0); /* nothing costs anything */
    assert_int_equal(seen.traced, 0);
    assert_int_equal(seen.evidence, 0);
    simulation_free(simulation);
}

static void it_tells_what_consensus_does_if_asked(void **state)
{
    (void)state;
    struct seen seen;
    struct simulation_config config = usual();
    config.trace = true;
    struct simulation *simulation = begin(&config, &seen);
    simulation_run_until(simulation, SECOND_US);
    assert_true(seen.traced > 10);
    simulation_free(simulation);
}

static void it_settles_nothing_while_two_are_down(void **state)
{
    (void)state;
    struct seen seen;
    struct simulation_config config = usual();
    struct simulation *simulation = begin(&config, &seen);
    simulation_run_until(simulation, SECOND_US);
    validator_crash(simulation_validator(simulation, 0), CRASH_PROCESS);
    validator_crash(simulation_validator(simulation, 3), CRASH_POWER);
    assert_int_equal(seen.why[0], STOP_CRASH);
    simulation_run_until(simulation, 2 * SECOND_US);
    assert_int_equal(heights_grow(simulation, 1, 3 * SECOND_US), 0);
    assert_true(validator_start(simulation_validator(simulation, 0), false));
    assert_true(heights_grow(simulation, 1, 3 * SECOND_US) > 0);
    assert_int_equal(seen.mute[0], 0);
    simulation_free(simulation);
}

/* One validator crashes at the n-th operation of its disk, for every n until a run does not reach
 * it; it comes back each time with all that it had promised, and the others go on. */
static void crash_at(enum fault_kind fault, uint64_t operation, bool *met)
{
    struct seen seen;
    struct simulation_config config = usual();
    config.seed = operation;
    config.checkpoint_bytes = 1;
    config.journal_bytes = 4096;
    struct simulation *simulation = begin(&config, &seen);
    struct validator *victim = simulation_validator(simulation, 2);
    disk_plan(validator_disk(victim), fault, operation);
    delivery_play(&delivery, simulation, SECOND_US);
    simulation_run_until(simulation, simulation_now_us(simulation) + SECOND_US);
    *met = disk_met(validator_disk(victim));
    disk_plan(validator_disk(victim), FAULT_NONE, 0);
    if (*met && fault == FAULT_CRASH) {
        assert_false(validator_is_up(victim));
        assert_int_equal(seen.why[2], STOP_STORAGE);
    }
    if (!validator_is_up(victim)) {
        assert_true(validator_start(victim, false));
        assert_false(validator_is_mute(victim));
    }
    delivery_play(&delivery, simulation, 10 * SECOND_US);
    assert_true(delivery_is_settled(simulation));
    uint64_t height = validator_final_height(simulation_validator(simulation, 0));
    simulation_run_until(simulation, simulation_now_us(simulation) + 2 * SECOND_US);
    assert_true(validator_final_height(victim) > height);
    simulation_free(simulation);
}

static void it_comes_back_from_a_crash_at_any_operation(void **state)
{
    (void)state;
    bool met = true;
    uint64_t operation = 1;
    for (; met; operation += operation < 40 ? 1 : 7) {
        crash_at(FAULT_CRASH, operation, &met);
    }
    assert_true(operation > 100);
}

static void it_comes_back_from_a_disk_that_fails_once(void **state)
{
    (void)state;
    bool met = true;
    for (uint64_t operation = 1; met; operation += 5) {
        crash_at(FAULT_IO, operation, &met);
    }
}

static void it_falls_silent_without_its_journal(void **state)
{
    (void)state;
    struct seen seen;
    struct simulation_config config = usual();
    struct simulation *simulation = begin(&config, &seen);
    struct validator *victim = simulation_validator(simulation, 1);
    simulation_run_until(simulation, SECOND_US);
    validator_crash(victim, CRASH_POWER);
    validator_lose_journal(victim);
    uint64_t votes = seen.votes[1];
    assert_true(validator_start(victim, false));
    assert_true(validator_is_mute(victim));
    assert_int_equal(seen.mute[1], 1);
    assert_int_equal(seen.alarms[1], 1);
    assert_int_equal(seen.alarms[0], 0);
    assert_true(heights_grow(simulation, 1, 3 * SECOND_US) > 0); /* it follows */
    assert_int_equal(seen.votes[1], votes);
    simulation_free(simulation);
}

/* A fault planned for the validator's operations does not meet who takes its journal away. */
static void its_journal_is_lost_whatever_is_planned(void **state)
{
    (void)state;
    for (uint64_t operation = 1; operation <= 4; operation++) {
        struct seen seen;
        struct simulation_config config = usual();
        struct simulation *simulation = begin(&config, &seen);
        struct validator *victim = simulation_validator(simulation, 1);
        simulation_run_until(simulation, SECOND_US);
        validator_crash(victim, CRASH_POWER);
        disk_plan(validator_disk(victim), FAULT_IO, operation);
        validator_lose_journal(victim);
        assert_true(validator_start(victim, false));
        assert_true(validator_is_mute(victim));
        simulation_free(simulation);
    }
}

static void it_is_mute_after_a_wipe_and_catches_up(void **state)
{
    (void)state;
    struct seen seen;
    struct simulation_config config = usual();
    struct simulation *simulation = begin(&config, &seen);
    struct validator *victim = simulation_validator(simulation, 1);
    simulation_run_until(simulation, SECOND_US);
    validator_crash(victim, CRASH_PROCESS);
    validator_wipe(victim);
    seen.committed[1] = 0; /* it tells everything again */
    assert_true(validator_start(victim, false));
    assert_true(validator_is_mute(victim));
    simulation_run_until(simulation, 6 * SECOND_US);
    uint64_t others = validator_final_height(simulation_validator(simulation, 0));
    assert_true(validator_final_height(victim) + 2 >= others);
    simulation_free(simulation);
}

static void rot_does_not_make_it_lie(void **state)
{
    (void)state;
    static const enum validator_rot places[] = {ROT_JOURNAL, ROT_BATCH_LOG, ROT_STORE};
    for (uint64_t draw = 0; draw < 60; draw++) {
        struct seen seen;
        struct simulation_config config = usual();
        struct simulation *simulation = begin(&config, &seen);
        struct validator *victim = simulation_validator(simulation, 3);
        delivery_play(&delivery, simulation, SECOND_US);
        validator_crash(victim, CRASH_POWER);
        assert_true(validator_rot(victim, places[draw % 3], draw * 7919));
        if (validator_start(victim, false)) {
            simulation_run_until(simulation, simulation_now_us(simulation) + SECOND_US);
        }
        assert_true(heights_grow(simulation, 0, 2 * SECOND_US) > 0);
        simulation_free(simulation);
    }
}

/* ---- Time ---------------------------------------------------------------------------------- */

static void it_stands_still_while_paused(void **state)
{
    (void)state;
    struct seen seen;
    struct simulation_config config = usual();
    struct simulation *simulation = begin(&config, &seen);
    struct validator *victim = simulation_validator(simulation, 2);
    simulation_run_until(simulation, SECOND_US);
    validator_pause(victim, 3 * SECOND_US);
    uint64_t sent = seen.sent[2];
    uint64_t height = validator_final_height(victim);
    simulation_run_until(simulation, 3 * SECOND_US - 1);
    assert_int_equal(seen.sent[2], sent);
    assert_int_equal(validator_final_height(victim), height);
    assert_true(validator_final_height(simulation_validator(simulation, 0)) > height);
    simulation_run_until(simulation, 4 * SECOND_US);
    assert_true(seen.sent[2] > sent);
    assert_true(validator_final_height(victim) > height);
    simulation_free(simulation);
}

static void wrong_clocks_do_not_stop_it(void **state)
{
    (void)state;
    struct seen seen;
    struct simulation_config config = usual();
    struct simulation *simulation = begin(&config, &seen);
    simulation_run_until(simulation, SECOND_US / 2);
    validator_clock(simulation_validator(simulation, 0), -3600000, 200);
    validator_clock(simulation_validator(simulation, 1), 900, -500000);
    assert_true(heights_grow(simulation, 2, 5 * SECOND_US) > 0);
    validator_clock(simulation_validator(simulation, 1), 0, 1000000);
    assert_true(heights_grow(simulation, 1, 5 * SECOND_US) > 0);
    simulation_free(simulation);
}

/* A network of one makes a block every 500 ms of its own clock, stamped with its own UTC. */
static void clocks_are_those_of_the_host(void **state)
{
    (void)state;
    uint64_t heights[3];
    uint64_t stamps_ms[3];
    for (unsigned i = 0; i < 3; i++) {
        struct seen seen;
        struct simulation_config config = usual();
        config.member_count = 1;
        struct simulation *simulation = begin(&config, &seen);
        validator_clock(simulation_validator(simulation, 0), i == 1 ? 7200000 : 0,
                        i == 2 ? 1000000 : 0);
        simulation_run_until(simulation, 10 * SECOND_US + SECOND_US / 4);
        heights[i] = validator_final_height(simulation_validator(simulation, 0));
        stamps_ms[i] = seen.ledger_ms;
        simulation_free(simulation);
    }
    assert_in_range(heights[0], 18, 21);
    assert_int_equal(heights[1], heights[0]);
    assert_in_range(heights[2], 2 * heights[0] - 2, 2 * heights[0] + 2);
    assert_int_equal(stamps_ms[1], stamps_ms[0] + 7200000);
}

/* With a sync of 5 ms a block takes at least two of them, on whoever has to vote. */
static void disks_and_processors_take_their_time(void **state)
{
    (void)state;
    uint64_t heights[4] = {0};
    for (unsigned i = 0; i < 4; i++) {
        struct seen seen;
        struct simulation_config config = usual();
        config.timing.heartbeat_ms = 1; /* blocks as fast as they get */
        config.timing.d0_ms = 500;
        config.costs.sync_ns = i == 1 ? 5000000 : 0;
        config.costs.verify_ns = i == 2 ? 500000 : 0;
        config.costs.channel_message_ns = i == 3 ? 200000 : 0;
        config.machine_cores = i == 3 ? 1 : 0;
        struct simulation *simulation = begin(&config, &seen);
        simulation_run_until(simulation, SECOND_US);
        heights[i] = validator_final_height(simulation_validator(simulation, 0));
        assert_int_equal(seen.disk_us > 0, i == 1);
        assert_int_equal(seen.busy_us > 0, i >= 2);
        simulation_free(simulation);
    }
    assert_true(heights[0] > 100);
    assert_in_range(heights[1], 20, 110);
    assert_true(heights[2] < heights[0]);
    assert_true(heights[3] < heights[0]);
}

static void a_slow_host_is_slower(void **state)
{
    (void)state;
    uint64_t busy_us[2];
    for (unsigned i = 0; i < 2; i++) {
        struct seen seen;
        struct simulation_config config = usual();
        config.costs.step_ns = 10000;
        struct simulation *simulation = begin(&config, &seen);
        for (uint32_t host = 0; host < HOSTS; host++) {
            validator_slow(simulation_validator(simulation, host), i == 0 ? 1000 : 3000);
        }
        simulation_run_until(simulation, SECOND_US);
        busy_us[i] = seen.busy_us;
        simulation_free(simulation);
    }
    assert_true(busy_us[1] > 2 * busy_us[0]);
}

/* A message that its turn would have let go after the crash never leaves. */
static void what_would_have_left_later_does_not_leave(void **state)
{
    (void)state;
    struct seen seen;
    struct simulation_config config = usual();
    config.costs.sync_ns = 100000000; /* a vote leaves 100 ms after its turn began */
    struct simulation *simulation = begin(&config, &seen);
    simulation_run_until(simulation, 150000);
    validator_crash(simulation_validator(simulation, 0), CRASH_POWER);
    uint64_t sent = seen.sent[0];
    simulation_run_until(simulation, SECOND_US);
    assert_int_equal(seen.sent[0], sent);
    simulation_free(simulation);
}

static void only_power_cuts_lose_what_was_not_synced(void **state)
{
    (void)state;
    uint64_t changes[2] = {0, 0}; /* that the crash decided about */
    for (unsigned i = 0; i < 2; i++) {
        struct seen seen;
        struct simulation_config config = usual();
        struct simulation *simulation = begin(&config, &seen);
        struct validator *victim = simulation_validator(simulation, 2);
        delivery_play(&delivery, simulation, SECOND_US);
        validator_crash(victim, i == 0 ? CRASH_PROCESS : CRASH_POWER);
        const struct disk_damage *damage = disk_damage(validator_disk(victim));
        changes[i] = damage->kept + damage->torn + damage->lost;
        assert_true(validator_start(victim, false));
        simulation_free(simulation);
    }
    assert_int_equal(changes[0], 0);
    assert_true(changes[1] > 0);
}

/* ---- Storage ------------------------------------------------------------------------------- */

/* Thousands of records, most of them dead: a journal that is rotated stays small. */
static void journals_are_rotated(void **state)
{
    (void)state;
    uint64_t used[2];
    for (unsigned i = 0; i < 2; i++) {
        struct seen seen;
        struct simulation_config config = usual();
        config.timing.heartbeat_ms = 5;
        config.journal_bytes = i == 0 ? 8192 : UINT64_MAX;
        struct simulation *simulation = begin(&config, &seen);
        simulation_run_until(simulation, 5 * SECOND_US);
        used[i] = disk_used(validator_disk(simulation_validator(simulation, 1)));
        simulation_free(simulation);
    }
    assert_true(used[0] + 100000 < used[1]);
}

static void it_pauses_before_its_disk_is_full(void **state)
{
    (void)state;
    struct seen seen;
    struct simulation_config config = usual();
    config.space_reserve_bytes = 100000;
    struct simulation *simulation = begin(&config, &seen);
    struct validator *victim = simulation_validator(simulation, 1);
    simulation_run_until(simulation, SECOND_US);
    disk_space(validator_disk(victim), disk_used(validator_disk(victim)) + 90000);
    simulation_run_until(simulation, 2 * SECOND_US);
    uint64_t votes = seen.votes[1];
    struct consensus_summary before;
    struct consensus_summary after;
    validator_summary(victim, &before);
    simulation_run_until(simulation, 4 * SECOND_US);
    validator_summary(victim, &after);
    assert_true(validator_is_up(victim));
    assert_int_equal(seen.votes[1], votes);
    assert_int_equal(after.view, before.view); /* it hears nothing, either */
    assert_true(validator_final_height(simulation_validator(simulation, 0)) > after.final_height);
    disk_space(validator_disk(victim), UINT64_MAX);
    simulation_run_until(simulation, 6 * SECOND_US);
    assert_true(seen.votes[1] > votes);
    simulation_free(simulation);
}

static void it_recovers_from_a_full_disk(void **state)
{
    (void)state;
    struct seen seen;
    struct simulation_config config = usual();
    struct simulation *simulation = begin(&config, &seen);
    struct validator *victim = simulation_validator(simulation, 1);
    simulation_run_until(simulation, SECOND_US);
    disk_space(validator_disk(victim), disk_used(validator_disk(victim)));
    simulation_run_until(simulation, 3 * SECOND_US);
    uint64_t votes = seen.votes[1];
    disk_space(validator_disk(victim), UINT64_MAX);
    if (!validator_is_up(victim)) {
        assert_int_equal(seen.why[1], STOP_STORAGE);
        assert_true(validator_start(victim, false));
    }
    simulation_run_until(simulation, 6 * SECOND_US);
    assert_true(seen.votes[1] > votes);
    assert_int_equal(seen.mute[1], 0);
    simulation_free(simulation);
}

/* A member that is flooded keeps as much as its inbox holds, drops the rest, and goes on. */
static void a_full_inbox_drops(void **state)
{
    (void)state;
    struct seen seen;
    struct simulation_config config = usual();
    config.costs.step_ns = 200000; /* rubbish takes its time, too */
    struct simulation *simulation = begin(&config, &seen);
    struct validator *victim = simulation_validator(simulation, 1);
    simulation_run_until(simulation, SECOND_US);
    for (unsigned i = 0; i < 10000; i++) {
        static const uint8_t rubbish[] = {0xff, 0xff};
        validator_emit(simulation_validator(simulation, 0), 1, CONSENSUS_CLASS_VOTE, rubbish,
                       sizeof rubbish);
    }
    simulation_run_until(simulation, SECOND_US + 2000);
    uint64_t dropped = validator_dropped_count(victim);
    assert_in_range(dropped, 1500, 1900); /* 8,192 wait, and one is under way */
    simulation_run_until(simulation, 5 * SECOND_US);
    assert_int_equal(validator_dropped_count(victim), dropped);
    assert_true(heights_grow(simulation, 1, 5 * SECOND_US) > 0);
    simulation_free(simulation);
}

/* ---- Gates and twins ----------------------------------------------------------------------- */

struct gate {
    struct validator *validator;
    uint64_t kept;
    uint64_t heard;
    uint64_t results;
};

static void gate_send(void *context, uint32_t to, enum consensus_class class, const uint8_t *bytes,
                      size_t size)
{
    struct gate *gate = context;
    if (to == 0) {
        gate->kept++;
        return;
    }
    validator_emit(gate->validator, to, class, bytes, size);
}

static bool gate_receive(void *context, uint32_t from, const uint8_t *bytes, size_t size)
{
    struct gate *gate = context;
    (void)bytes;
    (void)size;
    gate->heard++;
    return from != 1;
}

static void gate_result(void *context, uint64_t height, struct hash *result_root)
{
    struct gate *gate = context;
    assert_true(height > 0 && !hash_is_zero(result_root));
    gate->results++;
}

static bool no_word_from_two_to_zero(void *context, uint32_t from, uint32_t to,
                                     const uint8_t *bytes, size_t size)
{
    (void)context;
    (void)bytes;
    (void)size;
    assert_false(from == 2 && to == 0);
    return true;
}

static void a_gate_decides_what_passes(void **state)
{
    (void)state;
    struct seen seen;
    struct simulation_config config = usual();
    struct simulation *simulation = begin(&config, &seen);
    struct gate gate = {.validator = simulation_validator(simulation, 2)};
    const struct validator_gate functions = {
        .context = &gate, .send = gate_send, .receive = gate_receive, .result = gate_result};
    network_filter_set(simulation_network(simulation), no_word_from_two_to_zero, NULL);
    validator_gate_set(gate.validator, &functions);
    simulation_run_until(simulation, 3 * SECOND_US);
    assert_true(gate.kept > 0 && gate.heard > 0 && gate.results > 0);
    assert_true(validator_final_height(simulation_validator(simulation, 0)) > 0);
    validator_gate_set(gate.validator, NULL);
    network_filter_set(simulation_network(simulation), NULL, NULL);
    uint64_t kept = gate.kept;
    simulation_run_until(simulation, 4 * SECOND_US);
    assert_int_equal(gate.kept, kept);
    simulation_free(simulation);
}

/* Half of the network sees the member, the other half its twin. */
static bool part_twins(void *context, uint32_t from, uint32_t to, const uint8_t *bytes, size_t size)
{
    (void)context;
    (void)bytes;
    (void)size;
    bool left = from == 0 || from == 1 || from == 3;
    bool left_too = to == 0 || to == 1 || to == 3;
    bool twin = from == 4 || to == 4 || from == 3 || to == 3;
    return !twin || left == left_too;
}

static void twins_share_a_key_but_no_disk(void **state)
{
    (void)state;
    struct seen seen;
    struct simulation_config config = usual();
    config.twin_count = 1;
    struct simulation *simulation = begin(&config, &seen);
    network_filter_set(simulation_network(simulation), part_twins, NULL);
    assert_int_equal(simulation_host_count(simulation), 5);
    assert_int_equal(validator_member(simulation_validator(simulation, 4)), 3);
    simulation_run_until(simulation, 5 * SECOND_US);
    assert_true(seen.votes[3] > 0 && seen.votes[4] > 0);
    assert_true(seen.delivered[4] > 0);
    assert_true(validator_disk(simulation_validator(simulation, 3)) !=
                validator_disk(simulation_validator(simulation, 4)));
    simulation_free(simulation);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_watched_from_start_to_end),
        cmocka_unit_test(it_tells_what_consensus_does_if_asked),
        cmocka_unit_test(it_settles_nothing_while_two_are_down),
        cmocka_unit_test(it_comes_back_from_a_crash_at_any_operation),
        cmocka_unit_test(it_comes_back_from_a_disk_that_fails_once),
        cmocka_unit_test(it_falls_silent_without_its_journal),
        cmocka_unit_test(its_journal_is_lost_whatever_is_planned),
        cmocka_unit_test(it_is_mute_after_a_wipe_and_catches_up),
        cmocka_unit_test(rot_does_not_make_it_lie),
        cmocka_unit_test(it_stands_still_while_paused),
        cmocka_unit_test(wrong_clocks_do_not_stop_it),
        cmocka_unit_test(clocks_are_those_of_the_host),
        cmocka_unit_test(disks_and_processors_take_their_time),
        cmocka_unit_test(a_slow_host_is_slower),
        cmocka_unit_test(what_would_have_left_later_does_not_leave),
        cmocka_unit_test(only_power_cuts_lose_what_was_not_synced),
        cmocka_unit_test(journals_are_rotated),
        cmocka_unit_test(it_pauses_before_its_disk_is_full),
        cmocka_unit_test(it_recovers_from_a_full_disk),
        cmocka_unit_test(a_full_inbox_drops),
        cmocka_unit_test(a_gate_decides_what_passes),
        cmocka_unit_test(twins_share_a_key_but_no_disk),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
