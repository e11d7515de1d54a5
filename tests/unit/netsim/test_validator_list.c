/*
 * Goal: the read model's thread takes the time that it is said to take, execution waits when it is
 * four blocks behind and goes on after it, and a read model that costs nothing changes nothing.
 */
#include "netsim/engine/validator.h"
#include "netsim/market/workload.h"
#include "tests/support/cmocka.h"

enum {
    MEMBERS = 4,
    SECOND_US = 1000000,
};

struct run {
    struct market *market;
    struct simulation *simulation;
    struct workload *workload;
    uint64_t list_us; /* of the first member */
    uint64_t turn_us;
};

static void on_busy(void *context, uint32_t host, enum simulation_activity activity,
                    uint64_t begin_us, uint64_t duration_us)
{
    struct run *run = context;
    (void)begin_us;
    run->list_us += host == 0 && activity == ACTIVITY_LIST ? duration_us : 0;
    run->turn_us += host == 0 && activity == ACTIVITY_TURN ? duration_us : 0;
}

static void run_open(struct run *run, const struct cost_model *costs)
{
    struct market_config people;
    struct simulation_config network;
    struct workload_config load;
    const struct simulation_observer observer = {.context = run, .busy = on_busy};
    *run = (struct run){0};
    market_config_small(&people);
    market_config_size(&people, 4, 1, 1, 1, 1000);
    run->market = market_new(&people);
    assert_non_null(run->market);
    simulation_config_defaults(&network, MEMBERS, market_genesis(run->market));
    network.costs = *costs;
    run->simulation = simulation_new(&network);
    assert_non_null(run->simulation);
    workload_config_default(&load);
    load.end_us = 2 * SECOND_US;
    run->workload = workload_new(&load, run->market, run->simulation);
    assert_non_null(run->workload);
    simulation_observe(run->simulation, &observer);
    for (uint32_t i = 0; i < MEMBERS; i++) {
        assert_true(validator_start(simulation_validator(run->simulation, i), true));
    }
}

static void run_close(struct run *run)
{
    simulation_free(run->simulation);
    workload_free(run->workload);
    market_free(run->market);
}

static uint64_t behind(const struct run *run)
{
    const struct validator *validator = simulation_validator(run->simulation, 0);
    return validator_final_height(validator) - validator_executed_height(validator);
}

static void a_read_model_without_a_price_takes_no_time(void **state)
{
    static const struct cost_model costs = {0};
    struct run run;
    (void)state;
    run_open(&run, &costs);
    simulation_run_until(run.simulation, 2 * SECOND_US);
    assert_int_equal(run.list_us, 0);
    assert_int_equal(run.turn_us, 0);
    assert_true(behind(&run) <= 1);
    run_close(&run);
}

static void each_block_and_command_has_its_price(void **state)
{
    const struct cost_model costs = {.list_block_ns = 100000, .list_command_ns = 10000};
    struct run run;
    (void)state;
    run_open(&run, &costs);
    simulation_run_until(run.simulation, 3 * SECOND_US);
    uint64_t blocks = validator_executed_height(simulation_validator(run.simulation, 0));
    uint64_t commands = workload_book_command_count(workload_book_of(run.workload));
    assert_in_range(run.list_us, 100 * (blocks - 1), 100 * blocks + 10 * commands);
    assert_true(run.list_us > 100 * (blocks - 1) + 5 * commands);
    run_close(&run);
}

/* So slow that execution must wait for it: half a second a block. Later it has caught up. */
static void execution_waits_for_a_slow_read_model(void **state)
{
    const struct cost_model costs = {.list_block_ns = 500000000};
    struct run run;
    (void)state;
    run_open(&run, &costs);
    simulation_run_until(run.simulation, 2 * SECOND_US);
    uint64_t executed = validator_executed_height(simulation_validator(run.simulation, 0));
    /* four blocks wait, and one is executed for each that was written */
    assert_in_range(executed, 6, 9);
    assert_true(behind(&run) > 0);
    simulation_run_until(run.simulation, 4 * SECOND_US);
    assert_true(validator_executed_height(simulation_validator(run.simulation, 0)) > executed);
    run_close(&run);
}

/* A validator that is paused and crashed while its read model writes starts again without it. */
static void a_crash_forgets_what_waits(void **state)
{
    const struct cost_model costs = {.list_block_ns = 200000000};
    struct run run;
    (void)state;
    run_open(&run, &costs);
    simulation_run_until(run.simulation, SECOND_US);
    struct validator *validator = simulation_validator(run.simulation, 0);
    validator_pause(validator, SECOND_US + 300000);
    simulation_run_until(run.simulation, SECOND_US + 100000);
    validator_crash(validator, CRASH_PROCESS);
    assert_true(validator_start(validator, false));
    uint64_t executed = validator_executed_height(validator);
    simulation_run_until(run.simulation, 4 * SECOND_US);
    assert_true(validator_executed_height(validator) > executed);
    run_close(&run);
}

static void waking_a_thread_has_a_price(void **state)
{
    const struct cost_model costs = {.turn_ns = 20000};
    struct run run;
    (void)state;
    run_open(&run, &costs);
    simulation_run_until(run.simulation, 2 * SECOND_US);
    uint64_t blocks = validator_executed_height(simulation_validator(run.simulation, 0));
    assert_true(run.turn_us > 3 * 20 * blocks);
    assert_int_equal(run.turn_us % 20, 0);
    run_close(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_read_model_without_a_price_takes_no_time),
        cmocka_unit_test(each_block_and_command_has_its_price),
        cmocka_unit_test(execution_waits_for_a_slow_read_model),
        cmocka_unit_test(a_crash_forgets_what_waits),
        cmocka_unit_test(waking_a_thread_has_a_price),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
