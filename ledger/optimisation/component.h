/*
 * ledger/optimisation/component.h - the waiting pairs that one changed position may set free
 *
 * Problem. Of a million waiting pairs, a change at one position concerns few: those that touch it,
 * those that touch what these touch, and so on, as long as the position between could run dry.
 *
 * Rule, who is in the index. A pair that waits because a position lacks (its head is in
 * QUEUE_POSITION and needs something of it) touches the positions of its flows, up to four. The
 * index lists for every position, but those of issuers, who never lack, the waiting pairs that
 * touch it, in the order of waiting (priority, date, age). It is a function of the records.
 *
 * Rule, who could be served. The index knows of every position the least that a pair in it draws,
 * and the sum of what all pairs in it would bring. Whoever needs more of a position than can be
 * spent of it and would be brought is in no feasible set, whatever that is made of. Of pairs that
 * are tied together (link.h) the index has only those that wait themselves, and does not know what
 * the others bring: as long as there are any in it, everybody could be served.
 *
 * Rule, growth. A component begins with one position and is grown in breadth:
 *   - a position is opened if it is the first one, or if all waiting pairs that touch it, and the
 *     candidates found so far, would together draw more than can be spent of it;
 *   - the pairs that touch an open position, could be served (above) and pass all gates
 *     (settlement_set.h) are candidates, each with what is tied to it (link.h) as one unit;
 *   - the other positions that a candidate touches are looked at next.
 * It ends when nothing is left to open, or at the limit of pairs: then it is cut.
 *
 * Of pairs that are tied together only the one in whose way something is waits for a position; the
 * unit is found through that one, and what the others draw counts once it is found.
 *
 * Example. A waits for 100 of security X, which C would bring, who waits for money, which B would
 * bring. A's change opens X at A; that brings in C, C's cash position brings in B.
 *
 * Source: T2S UDFS 3.6.1.5 (optimisation looks for circles and chains among what is pending).
 */
#ifndef TALLY_LEDGER_OPTIMISATION_COMPONENT_H
#define TALLY_LEDGER_OPTIMISATION_COMPONENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/amount.h"
#include "base/arena.h"
#include "ledger/optimisation/netting.h"
#include "ledger/settlement/settlement_set.h"
#include "ledger/state/ordered.h"

struct ledger;

enum {
    COMPONENT_PAIRS_MAX = SETTLEMENT_SET_MAX,
    COMPONENT_POSITIONS_MAX = 4 * COMPONENT_PAIRS_MAX + 1, /* a pair touches four at most */
    COMPONENT_SEEN_MAX = 4 * COMPONENT_PAIRS_MAX, /* pairs looked at, also those kept by a gate */
    COMPONENT_CURRENCIES_MAX = 16, /* of one component; pairs in further ones are left out */
};

/* What settles in one step: a pair, or pairs that are tied. Heads head_first and following. */
struct component_unit {
    uint32_t head_first;
    uint32_t head_count;
};

/* One component, filled anew each time. */
struct component {
    struct component_unit *units; /* candidates, in the order they were found */
    uint32_t unit_count;
    uint32_t *heads; /* of all units */
    uint32_t head_count;
    uint32_t *positions; /* in the order they were found: the resources of the netting */
    uint8_t *opened;     /* per position of the component */
    uint32_t position_count;
    uint32_t *seen; /* heads looked at */
    uint32_t seen_count;
    uint32_t currencies[COMPONENT_CURRENCIES_MAX]; /* asset indexes of money in it */
    uint32_t currency_count;
    uint32_t limit; /* of pairs */
    bool cut;       /* there was more */
    uint64_t steps; /* counted work */

    uint8_t *head_seen; /* per instruction */
};

union side_places;

/* Waiting pairs by the positions that they touch. */
struct touch_index {
    struct ledger *ledger; /* borrowed */
    struct ordered links;  /* of the places of flows (two a side, component.c); weight: its draw */
    int64_t *draws;        /* per side: what its flow moves, of pairs in the index */
    uint8_t *tied;         /* per head in the index: is it tied to others? */
    uint32_t tied_count;   /* of them */
};

/* Lay the memory out. Work while the arena only counts. */
void component_layout(struct component *component, uint32_t instruction_capacity,
                      struct arena *arena);
/* Borrows `places`, one of each instruction (side_places.h), besides the ledger. */
void touch_index_layout(struct touch_index *index, union side_places *places,
                        uint32_t instruction_capacity, struct ledger *ledger, struct arena *arena);

/* Enters and removes the pair of a head. pre: it is not in the index; its flows are those with
 * which it was entered. */
void touch_index_enter(struct ledger *ledger, uint32_t head);
void touch_index_remove(struct ledger *ledger, uint32_t head);
bool touch_index_holds(const struct ledger *ledger, uint32_t position);
/* The least that a pair in the index draws on a position; INT64_MAX: none draws. */
int64_t touch_index_least_draw(const struct ledger *ledger, uint32_t position);
/* Could somebody who needs so much of a position be served in some set? INT64_MAX: if tied only. */
bool touch_index_may_serve(const struct ledger *ledger, uint32_t position, int64_t need);

/* Grows the component of a position, of at most `limit` pairs. Forgets the one before. */
void component_grow(struct ledger *ledger, uint32_t position, uint32_t limit);
/* Makes the netting instance of it: candidate i is units[i], resource j is positions[j]. */
void component_enter(struct ledger *ledger);

/* What the money that a pair moves is worth in the reference currency; 0 where no rate is known. */
int64_t component_pair_value(const struct ledger *ledger, uint32_t head);

#endif
