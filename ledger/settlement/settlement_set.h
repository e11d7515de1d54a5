/*
 * ledger/settlement/settlement_set.h - pairs that settle in one step, all of them or none
 *
 * Problem. Some pairs can settle only together: each member of a circle lacks what another one
 * brings; linked instructions must not settle alone; a pool is one business. If they were booked
 * one after the other, the first that fails would leave half a settlement.
 *
 * Rule. A set is a list of heads (pair.h). It settles when
 *   1. every member passes all gates (eligibility.h), a link between two members counting as kept;
 *   2. no position falls below its limit by the net of all flows of the set; securities are tested
 *      before cash, and when they are short cash is neither tested nor reported.
 * Then all flows are booked gross in one step, and every instruction of the set ends as settled in
 * this block. Otherwise nothing has changed, and the fault says which member is in the way, why,
 * and what it waits for.
 *
 * Example. A owes B 60 pieces and B owes A 60 pieces of the same security, neither holds any: the
 * net of both positions is 0, the set settles, two flows of 60 are booked. With 60 against 50, A is
 * short of 10: fault {A's pair, LACK / CLAC, A's position, needs 10}.
 *
 * What is needed of the position is the net of the set, so that an arrival of it wakes the member.
 *
 * The flows of the largest set come to 2^62 at most (INSTRUCTION_VALUE_MAX). Only a position that
 * holds more than 2^62 of something, or owes as much, could be led out of 64 bits by one: then all
 * members are told OTHR and tried again on the next settlement day, since no arrival would help.
 *
 * Source: T2S UDFS 3.6.1.5 (provision check on the net of an all-or-none set, gross booking).
 */
#ifndef TALLY_LEDGER_SETTLEMENT_SETTLEMENT_SET_H
#define TALLY_LEDGER_SETTLEMENT_SETTLEMENT_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/holding/position.h"
#include "ledger/restriction/restriction.h"
#include "ledger/settlement/eligibility.h"

enum {
    /* A pair has two flows at most, and each may draw on restrictions. */
    SETTLEMENT_SET_MAX = POSTING_SET_MAX / (2 * RESTRICTION_PARTS_MAX),
    /* Of one pair: the settlement of a part; of each side what is in the way of the rest, that it
     * fails, and the restriction type that decided; what two positions that take give on to
     * restrictions, and the restrictions that both sides draw on. */
    PAIR_EVENTS_MAX = 7 + 2 * RESTRICTION_FILL_EVENTS_MAX + 2 * RESTRICTION_DRAWS_MAX,
};

_Static_assert(INSTRUCTION_VALUE_MAX <= (INT64_C(1) << 62) / SETTLEMENT_SET_MAX,
               "the flows of a set stay in half of the range of a balance");

/* Why a set does not settle. */
struct settlement_fault {
    uint32_t head; /* of the member in the way; RECORD_NONE: all of them (OTHR, the next day) */
    struct eligibility why;
};

/* A member of a set at hand, and what it moves. */
struct settlement_member {
    struct pair pair;
    struct pair_flows flows;
};

/* Memory of one call, cleared after it. */
struct settlement_scratch {
    struct posting *postings;      /* POSTING_SET_MAX */
    uint32_t *owners;              /* the head of each posting */
    uint32_t *drawn;               /* the restriction of each posting; RECORD_NONE when available */
    struct settlement_member *set; /* SETTLEMENT_SET_MAX */
};

/* Lays the scratch memory out. Works while the arena only counts. */
void settlement_set_layout(struct settlement_scratch *scratch, struct arena *arena);

/*
 * Is there room for all events of a set of that many pairs in this block? To be asked before
 * settlement_set_settle(), unless the room for one pair is known to be there.
 */
bool settlement_set_has_room(const struct ledger *ledger, uint32_t count);

/*
 * Settles the set, or changes nothing and fills `fault`. Members that wait somewhere are taken out
 * when they settle, and only then. Borrows `heads`. pre: count in 1..SETTLEMENT_SET_MAX, heads
 * differ, each is matched or internal and has not ended, there is room for the events.
 */
bool settlement_set_settle(struct ledger *ledger, const uint32_t *heads, uint32_t count,
                           struct settlement_fault *fault);

/*
 * The same for one pair that has matched just now, which no event has told yet: SETTLED tells it.
 */
bool settlement_set_settle_matched(struct ledger *ledger, uint32_t head,
                                   struct settlement_fault *fault);

/*
 * The same for one pair and a part of what is left of it (partial.h). The head must not wait
 * anywhere. pre: pair->quantity above 0 and below what is left, there is room for the events.
 */
bool settlement_set_settle_part(struct ledger *ledger, const struct pair *part,
                                struct settlement_fault *fault);

/*
 * The first half of it: does every member pass its gates? Changes no record. Same preconditions,
 * but for the room.
 */
bool settlement_set_eligible(const struct ledger *ledger, const uint32_t *heads, uint32_t count,
                             struct settlement_fault *fault);

/*
 * What is in each member's own way, by the gates: `why` takes `count` answers. Changes no record.
 * Same preconditions.
 */
void settlement_set_reasons(const struct ledger *ledger, const uint32_t *heads, uint32_t count,
                            struct eligibility *why);

/* For gates: does the pair of this instruction settle with the one that is being asked about? */
bool settlement_set_has(const struct ledger *ledger, uint32_t index);

/*
 * For a dry run: counts the pair of a head as settling with whoever is asked about, until told
 * otherwise. Whoever supposes takes it back before the next block. Changes no record.
 */
void settlement_set_suppose(const struct ledger *ledger, uint32_t head, bool settles);

#endif
