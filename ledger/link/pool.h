/*
 * ledger/link/pool.h - instructions of one party that are one business: a pool, with a counter
 *
 * Rule. A pool is named by its party and a reference of that party's. Every member says which one
 * of how many it is: number n of total m. The pool is complete when m members are open at the same
 * time; until then none of them settles (INBC), then all settle in one step or none. A total that
 * differs from that of the members, or a number that is taken, or beyond the total, is refused: a
 * pool is never exceeded. What has ended is no member any more: a pool whose member was cancelled
 * is incomplete again, until another instruction takes that number or the others are cancelled. The
 * reference of a pool that has settled may be used anew.
 *
 * The members are an ordered set over the instruction records (party, reference, number), so it is
 * a function of the records.
 *
 * Example. "BASKET" 1 of 3 and 2 of 3 are matched and provided for: both pending INBC. 3 of 3 is
 * matched: all three settle in that block. 4 of 3, or a second 2 of 3, would have been refused.
 *
 * Source: sese.023 Lnkgs/Ref/PoolId, NbCounts/TtlNb; T2S UDFS 3.6.1.3 (pools).
 */
#ifndef TALLY_LEDGER_LINK_POOL_H
#define TALLY_LEDGER_LINK_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "ledger/instruction/instruction.h"
#include "ledger/state/ordered.h"

struct pools {
    struct ordered members; /* of open instructions with a pool reference */
    uint32_t root;
};

/* Lays the set out, empty. Borrows `ledger`. Works while the arena only counts. */
void pool_layout(struct pools *pools, uint32_t ties_capacity, struct ledger *ledger,
                 struct arena *arena);
/* Fills the set from the records. pre: it is empty. */
void pool_rebuild(struct ledger *ledger);

/* Takes an instruction into the pool it names, if it names one. pre: open, its number is free. */
void pool_enter(struct ledger *ledger, uint32_t index);
/* Takes it out again, if it is in one. */
void pool_leave(struct ledger *ledger, uint32_t index);

/* The member of the lowest number; RECORD_NONE when the pool has no members. */
uint32_t pool_first(const struct ledger *ledger, uint32_t party, const struct text35 *reference);
/* The next member of the same pool; RECORD_NONE after the last. pre: a member. */
uint32_t pool_next(const struct ledger *ledger, uint32_t index);
/* Is it a member of a pool, or of a complete one? */
bool pool_has(const struct instruction *instruction);
bool pool_complete(const struct ledger *ledger, uint32_t index);

#endif
