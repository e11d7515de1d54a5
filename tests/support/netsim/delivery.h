/*
 * delivery.h: the trade of small_trade.h, for simulated networks of validators to settle.
 *
 * Seller and buyer instruct through different validators. A client sends its envelopes again every
 * now and then, to one validator after the other, until the settlement is booked everywhere, as any
 * client does.
 *
 *     struct delivery delivery;
 *     struct simulation_config config;
 *     delivery_open(&delivery);
 *     simulation_config_defaults(&config, 4, &delivery.genesis);
 *     simulation = simulation_new(&config);
 *     delivery_start(simulation);
 *     delivery_play(&delivery, simulation, 5000000);
 *     assert_true(delivery_is_settled(simulation));
 *     simulation_free(simulation);
 *     delivery_close(&delivery);
 */
#ifndef TALLY_TESTS_SUPPORT_NETSIM_DELIVERY_H
#define TALLY_TESTS_SUPPORT_NETSIM_DELIVERY_H

#include "netsim/engine/simulation.h"
#include "netsim/engine/validator.h"
#include "tests/support/ledger/small_trade.h"

struct delivery {
    struct world world; /* makes the envelopes */
    struct world_people people;
    struct ledger_genesis genesis;
    uint64_t rounds;
};

/* Makes the genesis, small, and the envelopes. */
void delivery_open(struct delivery *delivery);
void delivery_close(struct delivery *delivery);

/* Starts all hosts for the first time. */
void delivery_start(struct simulation *simulation);

/* Sends all envelopes once, each to another validator than in the round before. */
void delivery_send(struct delivery *delivery, struct simulation *simulation);

/* Lets time pass, sending again, until all that are up have settled or the time is over. */
void delivery_play(struct delivery *delivery, struct simulation *simulation, uint64_t until_us);

/* Have both legs been booked on this host, which is up? Asserts that not only one has. */
bool delivery_is_settled_on(struct simulation *simulation, uint32_t host);
/* On all that are up? */
bool delivery_is_settled(struct simulation *simulation);

#endif
