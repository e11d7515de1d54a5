/*
 * Goal: whole simulated networks settle; the same seed makes the same history and another seed
 * another; illegal configurations make no simulation; callbacks come at their instants.
 */
#include "netsim/engine/simulation.h"

#include "tests/support/cmocka.h"
#include "tests/support/netsim/delivery.h"

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

static void four_validators_finalise_and_settle(void **state)
{
    (void)state;
    struct simulation_config config;
    simulation_config_defaults(&config, 4, &delivery.genesis);
    struct simulation *simulation = simulation_new(&config);
    assert_non_null(simulation);
    delivery_start(simulation);
    delivery_play(&delivery, simulation, 10000000);
    assert_true(delivery_is_settled(simulation));
    for (uint32_t i = 0; i < 4; i++) {
        assert_true(validator_final_height(simulation_validator(simulation, i)) > 0);
    }
    simulation_free(simulation);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_validators_finalise_and_settle),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
