/*
 * small_trade.h: one delivery against payment on a ledger as small as it may be.
 *
 * The seller gets 100 of a security, the buyer cash; both instruct. For networks of validators that
 * are made and thrown away by the hundred, and settle just this.
 *
 *     small_trade_make(&world, &people, &genesis);
 *     ... validators start from the genesis and are given world.envelopes ...
 *     assert_true(small_trade_is_settled(ledger));
 *     world_close(&world);
 */
#ifndef TALLY_TESTS_SUPPORT_LEDGER_SMALL_TRADE_H
#define TALLY_TESTS_SUPPORT_LEDGER_SMALL_TRADE_H

#include "tests/support/ledger/world.h"

enum {
    SMALL_TRADE_ENVELOPES = 4
};

/* Opens the world, which has the envelopes then; makes the genesis, which refers to `people`. */
void small_trade_make(struct world *world, struct world_people *people,
                      struct ledger_genesis *genesis);

/* Have both legs been booked? Asserts that not only one has. */
bool small_trade_is_settled(const struct ledger *ledger);

#endif
