/*
 * ledger/settlement/booking.h - what both instructions of a pair record when it has been booked
 *
 * Rule. Settled on one side if and only if settled on the other, in the same block, for the same
 * quantity and amount (I3). Settled quantity and amount grow by what was booked and make together
 * with what is left what was instructed (I4). Whoever asked to cancel and was not agreed with in
 * time is denied first (T9, DSET). EVENT_SETTLED tells the quantity and the amount; its reason
 * is none when all settled at once, PAIN for a part, PARC for the last one (T18). After a part both
 * sides are partially settled, with reason PART.
 *
 * Source: T2S UDFS 3.6.1.5 (booking is final).
 */
#ifndef TALLY_LEDGER_SETTLEMENT_BOOKING_H
#define TALLY_LEDGER_SETTLEMENT_BOOKING_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/settlement/pair.h"

/*
 * Records that the quantity and amount of the pair were booked, and ends it if that was all. Emits
 * SETTLED, which tells the new statuses (event_status.h) and, if `matched`, that the pair matched
 * just now; and a denial for each side that asked to cancel. pre: the postings are booked, the head
 * waits nowhere; of what matched just now nothing is left.
 */
void booking_record(struct ledger *ledger, const struct pair *pair, bool matched);

#endif
