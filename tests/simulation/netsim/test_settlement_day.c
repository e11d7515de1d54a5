/*
 * Goal: the whole settlement day of tests/support/ledger/settlement_day.h, on four simulated
 * validators under one virtual clock: every instruction and holding comes to the same as on the
 * bare ledger, at each hour; the roots of all four are equal at every height; and a clock that is
 * an hour wrong on one of them changes nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/start.h"
#include "ledger/state.h"
#include "netsim/engine/simulation.h"
#include "netsim/engine/validator.h"
#include "node/log.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/settlement_day.h"
#include "tests/support/netsim/delivery.h"

enum {
    HOSTS = 4,
    HEIGHTS_MAX = 65536,
    HEARTBEAT_MS = 60000,
    RETRY_MS = 5000,
};

/* What was executed, by whom. */
struct watch {
    struct hash roots[HEIGHTS_MAX]; /* as the first said */
    bool known[HEIGHTS_MAX];
    uint64_t compared;
};

static struct settlement_day day;
static struct hash chain_id;

static void see_executed(void *context, uint32_t host, const struct simulation_executed *executed)
{
    struct watch *watch = context;
    const struct hash *root = &executed->output->result.result_root;
    (void)host;
    assert_true(executed->height < HEIGHTS_MAX);
    if (!watch->known[executed->height]) {
        watch->known[executed->height] = true;
        watch->roots[executed->height] = *root;
        return;
    }
    assert_true(hash_equal(&watch->roots[executed->height], root));
    watch->compared++;
}

static uint64_t instant_us(const struct simulation *simulation, uint64_t ts_ms)
{
    uint64_t begin_ms =
        simulation_configuration(simulation)->genesis->time_ms + SIMULATION_BEGIN_MS;
    return ts_ms <= begin_ms ? 0 : (ts_ms - begin_ms) * 1000;
}

/* Every step at its time, each through another validator, and given two seconds to be executed. */
static void play(struct simulation *simulation)
{
    for (uint32_t i = 0; i < day.step_count; i++) {
        uint8_t bytes[SETTLEMENT_DAY_ENVELOPE_SIZE];
        size_t size = settlement_day_envelope(&day, i, &chain_id, bytes);
        uint64_t due_us = instant_us(simulation, day.steps[i].ts_ms);
        if (due_us > simulation_now_us(simulation)) {
            simulation_run_until(simulation, due_us);
        }
        simulation_submit(simulation, i % HOSTS, i, bytes, size);
        simulation_run_until(simulation, simulation_now_us(simulation) + 2000000);
    }
    simulation_run_until(simulation, instant_us(simulation, day.end_ms));
}

static void day_on_four(bool wrong_clock, char text[SETTLEMENT_DAY_TEXT_SIZE])
{
    static struct watch watch;
    struct ledger_genesis genesis;
    struct simulation_config config;
    const struct simulation_observer observer = {.context = &watch, .executed = see_executed};
    char other[SETTLEMENT_DAY_TEXT_SIZE];
    memset(&watch, 0, sizeof watch);
    settlement_day_genesis(&day, &chain_id, &genesis);
    simulation_config_defaults(&config, HOSTS, &genesis);
    config.timing.heartbeat_ms = HEARTBEAT_MS;
    config.timing.retry_ms = RETRY_MS;
    struct simulation *simulation = simulation_new(&config);
    assert_non_null(simulation);
    simulation_observe(simulation, &observer);
    delivery_start(simulation);
    if (wrong_clock) {
        validator_clock(simulation_validator(simulation, 3), -3600000, 0);
    }
    play(simulation);
    assert_true(watch.compared > 500);
    settlement_day_tell(&day, validator_ledger(simulation_validator(simulation, 0)), text);
    for (uint32_t host = 1; host < HOSTS; host++) {
        settlement_day_tell(&day, validator_ledger(simulation_validator(simulation, host)), other);
        assert_string_equal(other, text);
    }
    simulation_free(simulation);
}

static void test_the_day_on_four_simulated_validators(void **state)
{
    char right[SETTLEMENT_DAY_TEXT_SIZE];
    char wrong[SETTLEMENT_DAY_TEXT_SIZE];
    (void)state;
    day_on_four(false, right);
    assert_string_equal(right, settlement_day_expected());
    day_on_four(true, wrong);
    assert_string_equal(wrong, right);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_day_on_four_simulated_validators),
    };
    log_output(-1);
    settlement_day_make(&day);
    memset(chain_id.bytes, 0x5a, sizeof chain_id.bytes);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
