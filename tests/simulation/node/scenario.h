/*
 * scenario.h: the trade of small_trade.h on a network of validators, played to its end.
 *
 * Seller and buyer instruct through different validators. A client sends its envelopes again every
 * now and then, to one validator after the other, until their receipts exist, as any client does;
 * so a crash may delay what happens but not prevent it.
 */
#ifndef TALLY_TESTS_SIMULATION_NODE_SCENARIO_H
#define TALLY_TESTS_SIMULATION_NODE_SCENARIO_H

#include "tests/support/ledger/small_trade.h"
#include "tests/support/node/local_network.h"

struct scenario {
    struct world world; /* makes the envelopes */
    struct world_people people;
    struct ledger_genesis genesis;
    struct local_network network;
    uint32_t resubmissions;
};

/* Makes a network of validators and the parties' accounts from one seed; ends it again. */
void scenario_open(struct scenario *scenario, uint16_t validators, uint64_t seed);
void scenario_open_with(struct scenario *scenario, uint16_t validators, uint64_t seed,
                        const struct consensus_protocol *protocol);
void scenario_close(struct scenario *scenario);

/*
 * Plays until all living validators have the settlement, or time is out. A validator that is found
 * dead is started again after a while.
 */
void scenario_play(struct scenario *scenario);

/* Sends all envelopes once, each to another validator than with the number before. */
void scenario_send(struct scenario *scenario, uint64_t number);

/* Have both legs been booked on this living validator? Asserts that not only one has. */
bool scenario_settled_on(const struct local_node *node);

/* Have both legs been booked on every validator? Asserts that no ledger has one leg only. */
bool scenario_settled_everywhere(const struct scenario *scenario);

/* All validators are alive, and every height that two of them executed has one result root. */
void scenario_assert_agreement(const struct scenario *scenario);

#endif
