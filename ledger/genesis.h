/*
 * ledger/genesis.h - the inside of ledger_new(): from the genesis to the state of height 0
 *
 * The types are in ledger.h. A genesis is checked in two steps: numbers first, before memory is
 * laid out by them; then its parties, keys, accounts and assets, one by one, with the same checks
 * that commands undergo later.
 */
#ifndef TALLY_LEDGER_GENESIS_H
#define TALLY_LEDGER_GENESIS_H

#include <stdbool.h>

#include "ledger/command/execute.h"
#include "ledger/ledger.h"
#include "ledger/settlement/settlement.h"

enum {
    /* Events of a block. Half of them are for carried work, which must not stand still (waiting.h):
     * the largest set and some parts, beside what the day brings. */
    GENESIS_BLOCK_EVENTS_MIN = 2 * (SETTLEMENT_CARRIED_EVENTS + 4 * COMMAND_EVENTS_MAX),
};

/* Could memory be laid out by it? */
bool genesis_capacity_valid(const struct ledger_capacity *capacity);
/* Capacities, limits, rules. */
enum genesis_check genesis_check(const struct ledger_genesis *genesis);
/* Makes the records. pre: genesis_check() is GENESIS_OK, the ledger is empty. */
enum genesis_check genesis_execute(struct ledger *ledger, const struct ledger_genesis *genesis);

#endif
