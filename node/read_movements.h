/*
 * node/read_movements.h - what an event booked, account by account
 *
 * Rule. A settlement, an issue or a redemption moves a quantity from one account to another, and
 * perhaps cash the same or the other way. Each account's share is a row of the list of movements,
 * with its sign: what a position holds is the sum of its movements. Restrictions move nothing in or
 * out of an account and make no row.
 *
 *   event      securities                        cash
 *   SETTLED    deliverer -, receiver +           as the deliverer's credit or debit says
 *   ISSUED     issuer's counterweight -, holder + -
 *   REDEEMED   holder -, counterweight +         -
 */
#ifndef TALLY_NODE_READ_MOVEMENTS_H
#define TALLY_NODE_READ_MOVEMENTS_H

#include "client/row_cells.h"
#include "ledger/command/event.h"
#include "ledger/ledger.h"

enum {
    READ_MOVEMENTS_MAX = 4 /* of one event */
};

/* Writes the rows of an event of this settlement day; returns how many. The ledger is given as it
 * is after the event's block. */
unsigned read_movements(const struct ledger *ledger, const struct event *event, uint32_t date,
                        struct row_cells rows[READ_MOVEMENTS_MAX]);

#endif
