/*
 * part_trade.h: one delivery that may settle in part, and what there is for it (world.h).
 *
 * ISIN_1 is quoted in units, minimum and multiple 1; ISIN_2 in face amount, minimum 50, multiple 5.
 */
#ifndef TALLY_TESTS_SUPPORT_LEDGER_PART_TRADE_H
#define TALLY_TESTS_SUPPORT_LEDGER_PART_TRADE_H

#include "tests/support/ledger/world.h"

enum {
    PART_SELLER = WORLD_PARTICIPANT,
    PART_BUYER = WORLD_PARTICIPANT + 1,
    PART_OTHER = WORLD_PARTICIPANT + 2,
};

struct part_trade {
    struct world world;
    struct world_trade trade;
    bool windows_of_T2S; /* 08:00 to 08:30, 10:00, 12:00 and 14:00 for 15 minutes, 15:30 to 16:00 */
    uint8_t seller_allows;
    uint8_t buyer_allows;
    uint32_t seller;
    uint32_t buyer;
    struct text35 blocking; /* of the operator, the last one */
};

/* A ledger with nothing in it but this trade, not yet instructed; both sides say PARQ. */
void part_trade_open(struct part_trade *fixture, enum world_asset asset, int64_t quantity,
                     int64_t amount);
/* Instructs both sides, the seller first, as the fields say. */
void part_trade_submit(struct part_trade *fixture);
/* Issues to the seller; pays in to the buyer. */
void part_trade_give(struct part_trade *fixture, int64_t quantity);
void part_trade_pay(struct part_trade *fixture, int64_t amount);

/* The operator blocks some of what the seller has, or gives it back. */
void part_trade_block(struct part_trade *fixture, bool blocks, int64_t quantity);

/* Issues, and blocks some of it again: so there may be a quantity that is no multiple. */
void part_trade_give_but(struct part_trade *fixture, int64_t quantity, int64_t blocked);

/* Is the settlement status of both sides this one, for these reasons? */
void part_trade_assert(const struct part_trade *fixture, uint8_t value, enum reason seller,
                       enum reason buyer);
/* Have both sides settled so much, and has it moved? */
void part_trade_assert_so_far(const struct part_trade *fixture, int64_t quantity, int64_t amount);
/* In part, and the rest waits for all that is left of it. */
void part_trade_assert_part(const struct part_trade *fixture, int64_t quantity, int64_t amount);
/* Nothing has settled: LACK, CLAC. */
void part_trade_assert_lacking(const struct part_trade *fixture);
/* Was this the only settlement of the last block? */
void part_trade_assert_event(const struct part_trade *fixture, int64_t quantity, int64_t amount,
                             enum reason reason);

#endif
