/*
 * ledger/state/invariant.h - what must hold after every block
 *
 *   I1   the positions of an asset sum to zero; issued is what all but the issuance position hold
 *   I2   no available balance is below its credit limit; no other balance is negative
 *   I3   both instructions of a pair settled the same quantity and amount, or neither did
 *   I4   settled is never more than instructed, and equal to it exactly when settled
 *   I5   ended exactly when settled or cancelled; nothing changes after that (asserted on change)
 *   I6   what is unmatched, pending or cancelled carries a reason
 *   I7   a party's reference names one instruction; the purge date is not after the settlement day
 *   I8   a position is counted as holding exactly when one of its balances is not zero; of a
 *        restriction, used, remaining and to fill make the initial quantity; what remains of all
 *        restrictions of a kind on a position is the balance of that kind
 *   I9   the same blocks give the same roots: tested by replay and by restored snapshots
 *   I11  a link is on both sides, seen from each; two instructions have one at most
 *   I10  counts and quotas agree with the records, so the bounds on a block's work are real
 *
 * Two depths. The full check walks all records: after genesis and restore, and after every block in
 * tests and in the simulator. The running check follows every block in production and walks what
 * the block touched; it keeps its own sum per asset, so that a balance changed by anything but a
 * balanced posting is found in the block in which it happens.
 */
#ifndef TALLY_LEDGER_STATE_INVARIANT_H
#define TALLY_LEDGER_STATE_INVARIANT_H

#include <stdint.h>

#include "base/amount.h"
#include "base/arena.h"
#include "base/slots.h"
#include "ledger/restriction/restriction.h"

struct ledger;

/* Numbers as above; 0: none is broken. */
enum invariant {
    INVARIANT_NONE = 0,
    INVARIANT_I1 = 1,
    INVARIANT_I2 = 2,
    INVARIANT_I3 = 3,
    INVARIANT_I4 = 4,
    INVARIANT_I5 = 5,
    INVARIANT_I6 = 6,
    INVARIANT_I7 = 7,
    INVARIANT_I8 = 8,
    INVARIANT_I10 = 10,
    INVARIANT_I11 = 11,
};

/* What remains of the restrictions of one position, by kind less one. */
struct restricted_sums {
    int64_t of_kind[RESTRICTION_PLEDGING];
};

/* Those of all positions: only where they are not zero, and that are not more than restrictions. */
struct restricted_store {
    uint32_t which; /* of the places in position_totals */
    struct slots slots;
    struct restricted_sums *sums;
};

/* What the checks keep of a position: together, and not in its record, which they mistrust. */
struct position_totals {
    int64_t held;                 /* as of the last check */
    uint32_t restricted_place[2]; /* by store: where its sums are, plus one; 0: all zero */
};

/* What the checks keep beside the records. */
struct invariant_totals {
    int128 *asset_sum; /* per asset: sum of `held` of its positions, 0 at the end of a block */
    struct position_totals *positions;
    int128 *scratch;                    /* per asset, for the full check */
    uint32_t *counts;                   /* per party, for the full check */
    struct restricted_store restricted; /* as of the last check */
    struct restricted_store restricted_scratch;
    int64_t *remaining;          /* per restriction: as of the last check */
    struct slots changed_assets; /* whose positions the last block touched */
};

/* Lays the totals out. Works while the arena only counts. */
void invariant_layout(struct ledger *ledger, struct arena *arena);
/* Takes the totals from the records: after genesis and after a restore. */
void invariant_totals_begin(struct ledger *ledger);
/* The first broken invariant over all records. Uses the scratch memory of the totals. */
enum invariant invariant_first_broken(const struct ledger *ledger);
/* Asserts that none is broken. */
void invariant_check_all(struct ledger *ledger);
/* Asserts over what the last block touched, and renews the totals. */
void invariant_check_running(struct ledger *ledger);

#endif
