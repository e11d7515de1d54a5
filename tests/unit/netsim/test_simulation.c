/*
 * Goal: whole simulated networks settle; the same seed makes the same history and another seed
 * another, also when other simulations ran before in the process; illegal configurations make no
 * simulation; callbacks come at their instants; a hundred members fit.
 */
#include "netsim/engine/simulation.h"

#include "netsim/engine/disk.h"
#include "netsim/engine/memory_pool.h"
#include "netsim/engine/sign_meter.h"
#include "netsim/fixed_leader/fixed_leader.h"
#include "node/log.h"
#include "tests/support/cmocka.h"
#include "tests/support/netsim/delivery.h"

enum {
    SECOND_US = 1000000
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
    memory_pool_clear();
    return 0;
}

static struct simulation_config usual(uint16_t member_count)
{
    struct simulation_config config;
    simulation_config_defaults(&config, member_count, &delivery.genesis);
    return config;
}

static void four_validators_finalise_and_settle(void **state)
{
    (void)state;
    const struct simulation_config config = usual(4);
    struct simulation *simulation = simulation_new(&config);
    assert_non_null(simulation);
    delivery_start(simulation);
    delivery_play(&delivery, simulation, 10 * SECOND_US);
    assert_true(delivery_is_settled(simulation));
    for (uint32_t i = 0; i < 4; i++) {
        struct consensus_summary summary;
        struct validator *validator = simulation_validator(simulation, i);
        validator_summary(validator, &summary);
        assert_true(summary.final_height > 0);
        assert_int_equal(validator_final_height(validator), summary.final_height);
        assert_true(validator_executed_height(validator) <= summary.final_height);
    }
    simulation_free(simulation);
}

/* A run with every kind of disturbance; its digest. */
static uint64_t disturbed_run(uint64_t seed, uint64_t *event_count)
{
    struct simulation_config config = usual(4);
    config.seed = seed;
    config.network = (struct network_config){.base_latency_us = 500,
                                             .jitter_us = 3000,
                                             .loss_permille = 20,
                                             .duplicate_permille = 20,
                                             .uplink_bytes_per_s = 5000000,
                                             .reorder = true};
    config.costs = (struct cost_model){
        .step_ns = 1000, .verify_ns = 20000, .sync_ns = 300000, .channel_message_ns = 2000};
    config.machine_cores = 2;
    config.hosts_per_machine = 2;
    struct simulation *simulation = simulation_new(&config);
    delivery.rounds = 0;
    delivery_start(simulation);
    struct validator *victim = simulation_validator(simulation, 1);
    disk_prices(validator_disk(victim))->stall_permille = 100;
    disk_prices(validator_disk(victim))->stall_ns = 5000000;
    simulation_run_until(simulation, SECOND_US / 4);
    delivery_send(&delivery, simulation);
    simulation_run_until(simulation, SECOND_US / 2);
    validator_crash(victim, CRASH_POWER);
    validator_pause(simulation_validator(simulation, 2), SECOND_US * 3 / 4);
    simulation_run_until(simulation, SECOND_US);
    if (!validator_start(victim, false)) {
        validator_wipe(victim);
    }
    delivery_play(&delivery, simulation, 3 * SECOND_US);
    uint64_t digest = simulation_digest(simulation);
    *event_count = simulation_event_count(simulation);
    simulation_free(simulation);
    return digest;
}

static void the_same_seed_makes_the_same_history(void **state)
{
    (void)state;
    uint64_t counts[3];
    uint64_t first = disturbed_run(11, &counts[0]);
    uint64_t other = disturbed_run(12, &counts[1]);
    uint64_t again = disturbed_run(11, &counts[2]);
    assert_true(counts[0] > 500);
    assert_int_equal(counts[0], counts[2]);
    assert_true(first == again);
    assert_true(first != other);
}

/* ---- Configurations ------------------------------------------------------------------------ */

static void assert_illegal(const struct simulation_config *config)
{
    assert_null(simulation_new(config));
}

static void illegal_configurations_make_nothing(void **state)
{
    (void)state;
    struct simulation_config config = usual(0);
    assert_illegal(&config);
    config = usual(SIMULATION_MEMBERS_MAX + 1);
    assert_illegal(&config);
    config = usual(4);
    config.twin_count = 5;
    assert_illegal(&config);
    config = usual(4);
    config.genesis = NULL;
    assert_illegal(&config);
    config = usual(4);
    config.signature_workers = 0;
    assert_illegal(&config);
    config = usual(4);
    config.hosts_per_machine = 0;
    assert_illegal(&config);
    config = usual(4);
    config.envelope_count_max = 0;
    assert_illegal(&config);
    config = usual(4);
    config.segment_bytes = 0;
    assert_illegal(&config);
    config = usual(4);
    config.network.loss_permille = 1001;
    assert_illegal(&config);
    config = usual(4);
    config.timing.d0_ms = 0; /* consensus refuses it */
    assert_illegal(&config);
    config = usual(4);
    config.admission.waiting_count_max = 0; /* admission */
    assert_illegal(&config);
    config = usual(4);
    config.limits.lane_window = 0;
    assert_illegal(&config);
}

/* ---- Time ---------------------------------------------------------------------------------- */

struct calls {
    struct simulation *simulation;
    uint64_t numbers[8];
    uint64_t times_us[8];
    uint32_t count;
};

static void call(void *context, uint64_t number)
{
    struct calls *calls = context;
    calls->numbers[calls->count] = number;
    calls->times_us[calls->count] = simulation_now_us(calls->simulation);
    calls->count++;
    if (number == 3) {
        simulation_at(calls->simulation, 0, call, calls, 4); /* the past: now */
        simulation_stop(calls->simulation);
    }
}

static void callbacks_come_at_their_instants(void **state)
{
    (void)state;
    const struct simulation_config config = usual(4);
    struct calls calls = {.simulation = simulation_new(&config)};
    simulation_at(calls.simulation, 500, call, &calls, 2);
    simulation_at(calls.simulation, 100, call, &calls, 1);
    simulation_at(calls.simulation, 500, call, &calls, 3);
    simulation_run_until(calls.simulation, 99);
    assert_int_equal(calls.count, 0);
    assert_int_equal(simulation_now_us(calls.simulation), 99);
    simulation_run_until(calls.simulation, 1000);
    assert_int_equal(calls.count, 3); /* it was told to stop */
    assert_int_equal(simulation_now_us(calls.simulation), 500);
    simulation_run_until(calls.simulation, 1000);
    static const uint64_t times_us[] = {100, 500, 500, 500};
    assert_int_equal(calls.count, 4);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(calls.numbers[i], i + 1);
        assert_int_equal(calls.times_us[i], times_us[i]);
    }
    assert_int_equal(simulation_now_us(calls.simulation), 1000);
    assert_int_equal(simulation_utc_ms(calls.simulation), delivery.genesis.time_ms + 1001);
    assert_false(simulation_run_one(calls.simulation));
    assert_int_equal(simulation_event_count(calls.simulation), 4);
    simulation_free(calls.simulation);
}

/* ---- Sizes and protocols ------------------------------------------------------------------- */

static void a_hundred_members_fit(void **state)
{
    (void)state;
    struct simulation_config config = usual(100);
    config.timing.d0_ms = 500;
    config.timing.heartbeat_ms = 100;
    struct simulation *simulation = simulation_new(&config);
    assert_non_null(simulation);
    delivery_start(simulation);
    simulation_run_until(simulation, SECOND_US / 2);
    assert_true(validator_final_height(simulation_validator(simulation, 99)) > 0);
    simulation_free(simulation);
    memory_pool_clear();
}

static void another_protocol_settles_too(void **state)
{
    (void)state;
    struct simulation_config config = usual(4);
    config.protocol = &consensus_fixed_leader;
    struct simulation *simulation = simulation_new(&config);
    assert_non_null(simulation);
    delivery_start(simulation);
    uint64_t created = sign_meter.created;
    delivery_play(&delivery, simulation, 10 * SECOND_US);
    assert_true(delivery_is_settled(simulation));
    assert_true(sign_meter.created > created);
    simulation_free(simulation);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_validators_finalise_and_settle),
        cmocka_unit_test(the_same_seed_makes_the_same_history),
        cmocka_unit_test(illegal_configurations_make_nothing),
        cmocka_unit_test(callbacks_come_at_their_instants),
        cmocka_unit_test(a_hundred_members_fit),
        cmocka_unit_test(another_protocol_settles_too),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
