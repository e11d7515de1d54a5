/*
 * Goal: whole simulated validators settle with a fixed leader, through loss and power cuts, and the
 * same seed makes the same history.
 */
#include "netsim/fixed_leader/fixed_leader.h"

#include "tests/support/cmocka.h"
#include "tests/support/netsim/delivery.h"

enum {
    N = 4,
    SECOND_US = 1000000
};

static struct delivery delivery;

static int set_up(void **state)
{
    (void)state;
    delivery_open(&delivery);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    delivery_close(&delivery);
    return 0;
}

static struct simulation *open_simulation(uint64_t seed, uint32_t loss_permille)
{
    struct simulation_config config;
    simulation_config_defaults(&config, N, &delivery.genesis);
    config.protocol = &consensus_fixed_leader;
    config.seed = seed;
    config.network.loss_permille = loss_permille;
    struct simulation *simulation = simulation_new(&config);
    assert_non_null(simulation);
    delivery_start(simulation);
    return simulation;
}

static void settles(void **state)
{
    (void)state;
    struct simulation *simulation = open_simulation(1, 0);
    delivery_play(&delivery, simulation, 5 * (uint64_t)SECOND_US);
    assert_true(delivery_is_settled(simulation));
    simulation_free(simulation);
}

static void settles_after_power_cuts(void **state)
{
    (void)state;
    for (uint32_t victim = 0; victim < N; victim++) {
        struct simulation *simulation = open_simulation(10 + victim, 20);
        struct validator *validator = simulation_validator(simulation, victim);
        delivery_send(&delivery, simulation);
        simulation_run_until(simulation, SECOND_US / 10);
        validator_crash(validator, CRASH_POWER);
        simulation_run_until(simulation, SECOND_US);
        assert_true(validator_start(validator, false));
        delivery_play(&delivery, simulation, 20 * (uint64_t)SECOND_US);
        assert_true(validator_is_up(validator));
        assert_false(validator_is_mute(validator));
        assert_true(delivery_is_settled(simulation));
        simulation_free(simulation);
    }
}

static void nothing_is_final_while_the_leader_is_down(void **state)
{
    (void)state;
    struct simulation *simulation = open_simulation(20, 0);
    simulation_run_until(simulation, SECOND_US / 2);
    validator_crash(simulation_validator(simulation, FIXED_LEADER_INDEX), CRASH_PROCESS);
    simulation_run_until(simulation, SECOND_US);
    const uint64_t height = validator_final_height(simulation_validator(simulation, 1));
    delivery_send(&delivery, simulation);
    simulation_run_until(simulation, 10 * (uint64_t)SECOND_US);
    assert_int_equal(validator_final_height(simulation_validator(simulation, 1)), height);
    simulation_free(simulation);
}

static void same_seed_same_history(void **state)
{
    (void)state;
    uint64_t digests[3];
    for (unsigned i = 0; i < 3; i++) {
        struct simulation *simulation = open_simulation(i == 2 ? 31 : 30, 100);
        delivery.rounds = 0;
        delivery_play(&delivery, simulation, 10 * (uint64_t)SECOND_US);
        assert_true(delivery_is_settled(simulation));
        digests[i] = simulation_digest(simulation);
        simulation_free(simulation);
    }
    assert_true(digests[0] == digests[1]);
    assert_true(digests[0] != digests[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settles),
        cmocka_unit_test(settles_after_power_cuts),
        cmocka_unit_test(nothing_is_final_while_the_leader_is_down),
        cmocka_unit_test(same_seed_same_history),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
