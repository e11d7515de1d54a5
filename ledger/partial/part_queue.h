/*
 * ledger/partial/part_queue.h - who waits for a position and could settle in part, and whose turn
 * it is
 *
 * Problem. A pair that lacks 100 waits for 100 (waiting.h). If it may settle in part, 55 are enough
 * for it too, but only in a window, and only when those who need 55 in all, and optimisation, have
 * had what they need. So an arrival of 55 must be remembered for it without waking it yet, and
 * thousands of such must not be looked through at the opening of a window.
 *
 * Rule, places. A head that waits for a position may wait in this second set of the position as
 * well, for the least quantity with which a part of it settles (`part_least`, partial.h). It leaves
 * both sets together. The order is that of the first set.
 *
 * Rule, turns. When a position can spend what the first such head needs, it gets a part turn: the
 * next number of `wake_turn_last`, and the time of what brought it about (`part_ms`). Turns that
 * are due are taken in their order (part_settlement.h); one that comes while no window is open
 * stands in the records until one opens, and in nobody's way. A position that can help more gets
 * another turn, at the end, of the same time: so the first in line is not always the oldest. A turn
 * whose head has gone, or whose quantity others took, is taken in vain.
 *
 * Example. S can spend 57. A waits for 100 with part_least 50, B for 60 with none. B cannot be
 * helped; S has a part turn for A. 3 more arrive: B settles with all 60, and the part turn finds
 * nothing to do.
 */
#ifndef TALLY_LEDGER_PARTIAL_PART_QUEUE_H
#define TALLY_LEDGER_PARTIAL_PART_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "ledger/state/ordered.h"

struct ledger;

struct part_queue {
    struct ledger *ledger;      /* borrowed */
    struct ordered by_priority; /* of heads; weight: part_least */
    struct ordered by_turn;     /* of positions that have a part turn; weight: part_ms */
    uint32_t turn_root;
};

/*
 * Lays the sets out, empty. Keeps memory of the arena, borrows `ledger`. Works while the arena only
 * counts.
 */
void part_queue_layout(struct part_queue *queue, uint32_t instruction_capacity,
                       uint32_t position_capacity, struct ledger *ledger, struct arena *arena);
/* Fills the sets from the records. pre: the sets are empty. */
void part_queue_rebuild(struct ledger *ledger);

/*
 * Lets a head wait for a part too, and gives its position a turn if that is there already; `least`
 * 0: nothing happens. pre: it waits for a position, and for no part yet.
 */
void part_queue_join(struct ledger *ledger, uint32_t head, int64_t least);
/* Takes a head out, if it is in. To be called before it leaves its position. */
void part_queue_leave(struct ledger *ledger, uint32_t head);
/*
 * A position may be able to help a part: gives it a turn if it can and has none. To be called after
 * whatever made more of it spendable.
 */
void part_queue_wake(struct ledger *ledger, uint32_t position);

/* The time of the oldest turn; UINT64_MAX when there is none. */
uint64_t part_queue_oldest_ms(const struct ledger *ledger);
/* The position with the first turn in line of those of this time or before; RECORD_NONE if none. */
uint32_t part_queue_first(const struct ledger *ledger, uint64_t most_ms);
/*
 * Ends the turn of a position; answers the head that can be helped, RECORD_NONE if there is none
 * any more. pre: it has one.
 */
uint32_t part_queue_take(struct ledger *ledger, uint32_t position);

#endif
