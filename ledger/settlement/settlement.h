/*
 * ledger/settlement/settlement.h - one attempt to settle a pair: eligibility, provision, booking
 *
 * Problem. Delivery and payment must both happen or neither, and a pair that cannot settle must say
 * why, to each side in its own words, so that each knows who must act.
 *
 * Rule. An attempt goes through these gates, in this order, and ends at the first that is closed:
 *
 *   gate          closed when                          its side  other side  then waits for
 *   date          the settlement day is before it      FUTU      FUTU        the date
 *   hold          a side is on hold                    see below             the release
 *   restriction   an account in use is not open        BLOC      BLOC        that position
 *                 the security or money is blocked     SBLO      SBLO        that position
 *   securities    the deliverer lacks securities       LACK      CLAC        that position
 *   cash          the payer lacks money                MONY      CMON        that position
 *
 * Securities are tested before cash; when they are short, cash is neither tested nor reported. The
 * test is on the net of all flows of the pair, the booking is gross (position.h). Through all
 * gates, the flows are booked in one step that cannot be half done, and both instructions end as
 * settled in the same block, for the same quantity and amount.
 *
 * Holds, seen from one side: its own depository, validation or conditional hold comes first (CSDH,
 * CVAL, CDLR), then the party's: BOTH if the counterparty holds as well, PREA if only this side
 * does. A side without hold sees PRCY.
 *
 * Example. S delivers 100 to B for 5,000.00; S holds 60. S sees LACK, B sees CLAC; the pair waits
 * for S's position. When 40 arrive there the pair is woken, and settles or, if B has 4,000.00 only,
 * shows CMON to S and MONY to B.
 *
 * An overflow of the taking position, which only balances beyond the issued total could cause,
 * counts as OTHR on both sides and is tried again after a hold and its release.
 *
 * Source: BIS DvP model 1 (gross, simultaneous); T2S UDFS 3.6.1.4 (eligibility), 3.6.1.5 (provision
 * check, booking).
 */
#ifndef TALLY_LEDGER_SETTLEMENT_SETTLEMENT_H
#define TALLY_LEDGER_SETTLEMENT_SETTLEMENT_H

#include <stdint.h>

#include "ledger/settlement/pair.h"

enum {
    SETTLEMENT_EVENTS_MAX = 7, /* the settlement, and three dimensions of two instructions */
};

/*
 * Tries to settle the pair of this head. Sets the statuses of both sides, books, and puts the head
 * where it has to wait. Emits at most SETTLEMENT_EVENTS_MAX events. pre: matched or internal, not
 * ended, the head waits nowhere.
 */
void settlement_attempt(struct ledger *ledger, uint32_t head);

#endif
