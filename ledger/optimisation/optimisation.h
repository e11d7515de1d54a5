/*
 * ledger/optimisation/optimisation.h - settling together what cannot settle alone
 *
 * Problem. S would deliver to B if C delivered to S; C waits for money that B would pay S. Each
 * pair lacks, none can begin, and no arrival will come: the market stands still though nobody is
 * short. Yet looking for such circles after every change must not stop the ledger.
 *
 * Rule, when. A position is marked when something changes that could free a set (component.h, who
 * could be served):
 *   - a pair begins to wait for it, and needs no more than the position could spend if all waiting
 *     pairs brought it what they would;
 *   - it can spend more, while waiting pairs touch it, and one that draws on it draws no more than
 *     that.
 * So a thousand pairs may wait for one account that nobody pays into, and a further one costs no
 * look at them: no set of them all can be feasible. After all that is woken in a
 * block has been tried alone, marked positions are worked off in the order of their marks. A
 * position that was opened on the way loses its mark too: it has been looked at. So nothing is
 * tried again before something in its component has changed.
 *
 * Rule, what. The component of the position is grown, the best set in it is found (netting.h:
 * value in the reference currency, then number of pairs, then age; exact up to 20 pairs), and
 * settles as one all-or-none set on its net, booked gross (settlement_set.h), through all gates. If
 * a gate refuses the set as a whole (a limit that its members share), the member that is in the
 * way is left out and the rest is solved again, a few times. Money without a rate counts as no
 * value; such pairs count by their number.
 *
 * Rule, how much. Steps are counted. A component is begun while at least half of the block's
 * `optimisation_budget` (rule_set.h) is left; the search in a large one ends with the budget; an
 * exact search is never cut short (netting.h gives its worst case). A component has at most
 * `optimisation_pairs` pairs, and no more than can be told in the block. Marks that are left are
 * worked off first in the next block. A budget of 0 switches optimisation off.
 *
 * Rule, what is told, to the operator. After the events of its pairs, a set has EVENT_OPTIMISED:
 * `quantity` pairs settled together, worth `amount` in the reference currency `currency`; then, for
 * each currency in it, EVENT_LIQUIDITY_SAVED: `quantity` of the currency was booked gross, `amount`
 * of it did not have to be in hand: gross minus what the positions that paid more than they took
 * were drawn on.
 *
 * Example. A owes B 100, B owes C 100, C owes A 90, A holds 10. The set of three: gross 290, drawn
 * 10 from A, saved 280.
 *
 * Source: T2S UDFS 3.6.1.5 (optimisation after a failed settlement attempt, before partial
 * settlement); see netting.h for the literature.
 */
#ifndef TALLY_LEDGER_OPTIMISATION_OPTIMISATION_H
#define TALLY_LEDGER_OPTIMISATION_OPTIMISATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "ledger/optimisation/component.h"
#include "ledger/optimisation/netting.h"
#include "ledger/state/ordered.h"

struct optimisation {
    struct ledger *ledger;       /* borrowed */
    struct touch_index touching; /* waiting pairs by position */
    struct ordered by_turn;      /* marked positions */
    uint32_t turn_root;
    struct component component;
    struct netting netting;
    uint32_t *chosen;    /* heads of the set at hand, oldest first */
    uint64_t steps_left; /* of the present block */
    uint64_t steps_made; /* in the present block; the last component may go beyond the budget */
};

/* Lays the sets out, empty; borrows `places`, as touch_index_layout(). Works while the arena only
 * counts. */
void optimisation_layout(struct optimisation *optimisation, union side_places *places,
                         uint32_t instruction_capacity, uint32_t position_capacity,
                         struct ledger *ledger, struct arena *arena);
/* Fills the sets from the records, after waiting_rebuild(). pre: the sets are empty. */
void optimisation_rebuild(struct ledger *ledger);

/* Does the head wait because its position lacks, and not because it is blocked? */
bool optimisation_lacks(const struct ledger *ledger, uint32_t head);
/* A pair begins, or ceases, to wait for a position that lacks. Called by waiting.c only. */
void optimisation_enter(struct ledger *ledger, uint32_t head);
void optimisation_leave(struct ledger *ledger, uint32_t head);
/* More of a position can be spent. Called by waiting_wake() only; settles nothing itself. */
void optimisation_arrival(struct ledger *ledger, uint32_t position);

/* Fills the budget of the block. */
void optimisation_block_begin(struct ledger *ledger);
/*
 * Works off marks until a set has settled (true: others may have been woken by it), or the marks,
 * the budget or the room for events is used up (false).
 */
bool optimisation_work(struct ledger *ledger);
/* Is there a mark that a further block would work off? */
bool optimisation_left(const struct ledger *ledger);

#endif
