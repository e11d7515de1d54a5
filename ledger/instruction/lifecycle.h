/*
 * ledger/instruction/lifecycle.h - what happens to an instruction from its acceptance to its end
 *
 * Rule. The rows of the transition table that a party or the operator causes; what the ledger
 * causes itself is in settlement.h and waiting.h.
 *
 *   row  from                act                      to
 *   T3   -                   accept                   accepted, unmatched (CMIS)
 *   T4   unmatched           the other side is found  both matched, in the same block
 *   T5   unmatched           its time has come        alleged to the counterparty (allegement.h)
 *   T6   unmatched           its party cancels        cancelled (CANI)
 *   T7   matched             one party cancels        requested (CONF); may still settle
 *   T8   requested by one    the other cancels too    both cancelled (CANI)
 *   T9   settled, cancelled  cancel                   denied (DSET, DCAN)
 *   T10  open                amend processing fields  the new values; its own side's only
 *   T11  open                hold, release            the flag; a due pair is tried at once
 *   T28  open                the operator cancels     it and its counterpart cancelled (CTHP)
 *
 * Four holds, each its own dimension: the party's, the depository's, the one for validation, the
 * conditional one. Any of them on either side keeps the pair from settling. No act leads out of
 * settled or cancelled.
 *
 * Example. A and B matched, B asks to cancel: {PENDING, CONF}; A's next delivery of securities
 * settles the pair; A asks to cancel: {REFUSED, DSET}.
 *
 * Source: T2S UDFS 3.6.3.1 (statuses), 3.6.1.6 (hold and release), 3.6.1.8 (cancellation);
 * sese.027.
 */
#ifndef TALLY_LEDGER_INSTRUCTION_LIFECYCLE_H
#define TALLY_LEDGER_INSTRUCTION_LIFECYCLE_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/instruction/instruction.h"
#include "ledger/settlement/settlement.h"
#include "ledger/values/outcome.h"

enum {
    /* No call below emits more: the end of an allegement, a match, what contradicts it, an
     * attempt. */
    LIFECYCLE_EVENTS_MAX = 3 + SETTLEMENT_EVENTS_MAX,
};

/* DONE, PENDING (CONF), ALREADY, or REFUSED with the reason. */
struct lifecycle_result {
    enum outcome outcome;
    enum reason reason;
};

/* Has the matching index room for an instruction of these terms? If not, it cannot be accepted. */
bool lifecycle_has_room(const struct ledger *ledger, const struct instruction_terms *terms);

/*
 * Takes up a new instruction: looks for its other side and, if it is found or not needed, tries to
 * settle. `group_hash` is as matching_find_or_add() wants it. pre: the record is complete, its
 * positions are open, and there is room.
 */
void lifecycle_accept(struct ledger *ledger, uint32_t index, uint32_t group_hash);

/* Takes up a new instruction that is made to match `alleged`. pre: as above; both match. */
void lifecycle_accept_matched(struct ledger *ledger, uint32_t index, uint32_t alleged);

/* Takes up two new instructions made to match each other. pre: as above, for both. */
void lifecycle_accept_pair(struct ledger *ledger, uint32_t deliverer, uint32_t receiver);

/* Its party asks to cancel. */
struct lifecycle_result lifecycle_cancel(struct ledger *ledger, uint32_t index);
/* The operator cancels, whatever the parties asked. */
struct lifecycle_result lifecycle_cancel_by_operator(struct ledger *ledger, uint32_t index);
/*
 * The ledger itself cancels it and its counterpart: CANS by recycling and revalidation, CANT by a
 * transformation. pre: open.
 */
void lifecycle_cancel_by_ledger(struct ledger *ledger, uint32_t index, enum reason reason);

/* Sets or clears one hold. pre: `which` is one of the four hold dimensions. */
struct lifecycle_result lifecycle_hold(struct ledger *ledger, uint32_t index,
                                       enum instruction_dimension which);
struct lifecycle_result lifecycle_release(struct ledger *ledger, uint32_t index,
                                          enum instruction_dimension which);

/*
 * Releases a quantity of a delivery on party hold (release.h) and tries it, unless its date has not
 * come. Emits EVENT_PARTIALLY_RELEASED, then at most SETTLEMENT_EVENTS_MAX events. pre:
 * partial_release_check() passed.
 */
void lifecycle_release_part(struct ledger *ledger, uint32_t index, int64_t quantity);

/*
 * Changes processing fields (T10): 0 leaves one as it is. Another partial indicator has a due pair
 * tried at once. pre: the values are those of enum priority and enum partial_settlement.
 */
struct lifecycle_result lifecycle_amend(struct ledger *ledger, uint32_t index, uint8_t priority,
                                        uint8_t partial);

#endif
