#include "tests/support/netsim/delivery.h"

#include <string.h>

#include "tests/support/cmocka.h"
#include "tests/support/ledger/small_trade.h"

enum {
    RESUBMIT_US = 200000
};

void delivery_open(struct delivery *delivery)
{
    memset(delivery, 0, sizeof *delivery);
    small_trade_make(&delivery->world, &delivery->people, &delivery->genesis);
}

void delivery_close(struct delivery *delivery)
{
    world_close(&delivery->world);
}

void delivery_start(struct simulation *simulation)
{
    for (uint32_t i = 0; i < simulation_host_count(simulation); i++) {
        assert_true(validator_start(simulation_validator(simulation, i), true));
    }
}

void delivery_send(struct delivery *delivery, struct simulation *simulation)
{
    uint32_t member_count = simulation_configuration(simulation)->member_count;
    for (uint32_t i = 0; i < SMALL_TRADE_ENVELOPES; i++) {
        const struct ledger_envelope *envelope = &delivery->world.envelopes[i];
        uint32_t host = (uint32_t)((i + delivery->rounds) % member_count);
        simulation_submit(simulation, host, i, envelope->bytes, envelope->size);
    }
    delivery->rounds++;
}

void delivery_play(struct delivery *delivery, struct simulation *simulation, uint64_t until_us)
{
    while (simulation_now_us(simulation) < until_us && !delivery_is_settled(simulation)) {
        delivery_send(delivery, simulation);
        uint64_t next_us = simulation_now_us(simulation) + RESUBMIT_US;
        simulation_run_until(simulation, next_us < until_us ? next_us : until_us);
    }
}

bool delivery_is_settled_on(struct simulation *simulation, uint32_t host)
{
    return small_trade_is_settled(validator_ledger(simulation_validator(simulation, host)));
}

bool delivery_is_settled(struct simulation *simulation)
{
    bool settled = true;
    for (uint32_t i = 0; i < simulation_host_count(simulation); i++) {
        bool up = validator_is_up(simulation_validator(simulation, i));
        settled = settled && (!up || delivery_is_settled_on(simulation, i));
    }
    return settled;
}
