/*
 * ledger/settlement/settlement.h - one attempt to settle a pair: eligibility, provision, booking
 *
 * Problem. Delivery and payment must both happen or neither, and a pair that cannot settle must say
 * why, to each side in its own words, so that each knows who must act.
 *
 * Rule. An attempt asks the gates in their order (eligibility.h), then whether the flows are
 * provided for (settlement_set.h), and ends at the first objection:
 *
 *   objection                            its side  other side  then waits for
 *   a gate is closed                     see eligibility.h
 *   the deliverer lacks securities       LACK      CLAC        that position
 *   the payer lacks money                MONY      CMON        that position
 *
 * Without objection the flows are booked in one step that cannot be half done, and both
 * instructions end as settled in the same block, for the same quantity and amount.
 *
 * Example. S delivers 100 to B for 5,000.00; S holds 60. S sees LACK, B sees CLAC; the pair waits
 * for S's position. When 40 arrive there the pair is woken, and settles or, if B has 4,000.00 only,
 * shows CMON to S and MONY to B.
 *
 * Source: BIS DvP model 1 (gross, simultaneous); T2S UDFS 3.6.1.4 (eligibility), 3.6.1.5 (provision
 * check, booking).
 */
#ifndef TALLY_LEDGER_SETTLEMENT_SETTLEMENT_H
#define TALLY_LEDGER_SETTLEMENT_SETTLEMENT_H

#include <stdint.h>

#include "ledger/link/link.h"
#include "ledger/settlement/settlement_set.h"

enum {
    SETTLEMENT_EVENTS_MAX = PAIR_EVENTS_MAX, /* of an attempt of one pair */
    /* What the work at the beginning of a block must have room for, whatever came before it: the
     * largest set, and some parts (waiting.h). */
    SETTLEMENT_CARRIED_EVENTS = (LINK_SET_MAX + WAITING_PARTS_MIN) * PAIR_EVENTS_MAX,
};

/*
 * Tries to settle the pair of this head. Sets the statuses of both sides, books, and puts the head
 * where it has to wait. A pair that is tied to others (link.h) is left to the work of the block.
 * Emits at most SETTLEMENT_EVENTS_MAX events. pre: matched or internal, not ended, the head waits
 * nowhere.
 */
void settlement_attempt(struct ledger *ledger, uint32_t head);

/*
 * The end of an attempt that failed: tells both sides why, and does with the head what
 * settlement_attempt() does. pre: as there; settlement_set_settle_matched() said why.
 */
void settlement_object(struct ledger *ledger, uint32_t head, const struct eligibility *why);

/*
 * Tries to settle what is tied together, as one set. If that fails, each member is told what is in
 * its own way, or LINK if nothing is but the others, and waits for that. Emits at most
 * PAIR_EVENTS_MAX events for each pair. Borrows the set. pre: link_set_find() made it just now.
 */
void settlement_attempt_set(struct ledger *ledger, const struct link_set *set);

/*
 * Tells both sides why the pair is pending, and puts it where it waits. Whoever is told the same as
 * before causes no event. pre: both reasons are given, the head waits nowhere.
 */
void settlement_pend(struct ledger *ledger, const struct pair *pair, const struct eligibility *why);

#endif
