/*
 * netsim/check/ledger_audit.h - all records of a ledger, counted again
 *
 * Problem. The ledger checks its own invariants (ledger/state/invariant.h), with its own sums.
 * Whoever checks it must count for himself.
 *
 * Rule. An audit walks all records through their views and says what the first one is that does not
 * fit, in words. It keeps nothing, and uses neither totals, nor counters, nor queues of the ledger.
 *
 *     I1    each asset's positions sum to zero; what was issued is what others than the issuer hold
 *     I2    available not below the credit limit; other balances not negative
 *     I3    two matched instructions settled the same in the same block, or neither did
 *     I4    nothing settled beyond what was instructed, and settled means all of it
 *     I5    ended means settled or cancelled
 *     I6    whoever waits or was cancelled is told why
 *     I7    a party's reference names one instruction
 *     I8    a position says that it holds something exactly when it does
 *     I10   the parties' and accounts' counts are the numbers of their records
 *     I11   a link is on both sides; nobody settled before one that it comes after, or without one
 *           that it settles with
 */
#ifndef TALLY_NETSIM_CHECK_LEDGER_AUDIT_H
#define TALLY_NETSIM_CHECK_LEDGER_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/holding/position.h"
#include "ledger/instruction/instruction.h"

enum {
    LEDGER_AUDIT_TEXT_SIZE = 192
};

/* Sum of the balances of a position, counted here. */
int64_t ledger_audit_held(const struct position *position);

/* One position or one instruction; false and a text when something is wrong. */
bool ledger_audit_position(const struct ledger *ledger, uint32_t index,
                           char text[LEDGER_AUDIT_TEXT_SIZE]);
bool ledger_audit_instruction(const struct ledger *ledger, uint32_t index,
                              char text[LEDGER_AUDIT_TEXT_SIZE]);

/* All of them, sums and counts too. Allocates while it works. */
bool ledger_audit_all(const struct ledger *ledger, char text[LEDGER_AUDIT_TEXT_SIZE]);

#endif
