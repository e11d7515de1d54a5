/*
 * ledger/settlement/waiting.h - who waits for what, and who is tried again when something arrives
 *
 * Problem. A matched pair that cannot settle must be tried again when, and only when, what it lacks
 * may have come. Polling all of them is too slow; trying whoever comes first is unfair; trying all
 * at once makes one large incoming delivery stop the ledger.
 *
 * Rule, places. A pair stands for itself by its head: the deliverer's instruction (an internal
 * transfer is its own pair). The head's `queue` field says where it waits, so that the sets here
 * are a function of the records:
 *   QUEUE_NONE       nowhere: on hold, or not matched yet, or ended
 *   QUEUE_DATE       for its settlement date, ordered by (date, sequence of the pair); if that date
 *                    has come: for the work at the end of the block
 *   QUEUE_POSITION   for a position to take enough, in the order of priority.h
 *   QUEUE_LIMIT      for a limit to have enough left, likewise (limit.h)
 * For which day, position or limit it waits says `waiting_for`.
 * The priority of a pair is the higher of the two, its sequence the lower of the two: the age of
 * the older side.
 *
 * Rule, waking. When a position has taken and the first who can be helped exists, the position gets
 * a turn: the next number of `wake_turn_last`. Turns are worked off in their order, one attempt
 * each; a position that can help more gets a new turn at the end, so that holders take turns and a
 * long queue of one does not keep the others waiting. Only pairs that need no more than what can be
 * spent are woken. In one block at most `wake_budget` steps are made (rule_set.h), turns and
 * dates alternating, a turn first in blocks of even height, a date in those of odd height; what is
 * left is done first in the next block. An attempt costs a step for each pair of its set (link.h):
 * the last one of a block may cost more than was left. A set is tried only if all its events have
 * room in the block; what carried work has of that (SETTLEMENT_CARRIED_EVENTS) suffices for the
 * first attempt of a block, however large its set.
 *
 * Rule, the end of a day. A position keeps the time at which its turn fell due (`wake_ms`) for all
 * its turns until it can help nobody. The sweep that an end or a start of day asks for
 * (day_sweep.h) waits until no turn is left that fell due before the event, wherever in the line it
 * stands; as long as it waits, such turns are worked off in their order before all others.
 *
 * Rule, together. When nobody is left to be tried alone, optimisation (optimisation.h) looks for
 * sets among those who wait; a set that settles may give positions a turn again.
 *
 * Rule, parts. Then parts are tried (part_settlement.h). While some are due a quarter of the steps,
 * one at least of a budget of two or more, and room for the events of WAITING_PARTS_MIN are kept
 * for them: whatever else there is to do, so many are tried.
 *
 * Rule, review. Some pairs can be helped by what no arrival shows: their side draws on restrictions
 * (restriction_draw.h), or a rule keeps them (need INT64_MAX). When such a restriction got more, or
 * rules ended, waiting_review() has the pairs of this sort that wait for a position tried one after
 * the other, by age, one in each turn of the position; `review` in its record says how far that is.
 *
 * Example. Spendable 40 after an arrival. Waiting in order: A needs 25 (priority 2), B needs 15 (3,
 * older), C needs 16 (3), D needs 10 (4). A settles, 15 left; B settles, 0 left; C and D stay. (T2S
 * UDFS, priority example 89.)
 *
 * Source: T2S UDFS 3.6.1.5 (recycling on arrival, priority, oldest date, age).
 */
#ifndef TALLY_LEDGER_SETTLEMENT_WAITING_H
#define TALLY_LEDGER_SETTLEMENT_WAITING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "ledger/state/ordered.h"

struct ledger;

/* Where the head of a pair waits; numbered for ever. */
enum queue {
    QUEUE_NONE = 0,
    QUEUE_DATE = 1,
    QUEUE_POSITION = 2,
    QUEUE_LIMIT = 3,
};

enum {
    WAITING_PART_SHARE = 4,
    WAITING_PARTS_MIN = 8,
};

struct waiting {
    struct ledger *ledger;      /* borrowed */
    struct ordered by_priority; /* of heads; weight: what is needed of the position */
    struct ordered by_date;     /* of heads that wait for nothing else: over the same links */
    struct ordered by_turn;     /* of positions that have a turn; weight: wake_ms */
    struct ordered by_review;   /* of heads that a review looks at, by age */
    uint32_t date_root;
    uint32_t turn_root;
    uint32_t *limit_roots;    /* per limit: its waiters' root plus one, of by_priority too */
    uint32_t steps_left;      /* of the present block */
    uint32_t part_steps_left; /* of these for parts, whatever else there is */
    uint32_t steps_kept;      /* of these not for wholes now, since parts are due */
};

/*
 * Lays the sets out, empty. Keeps memory of the arena, borrows `ledger`. Works while the arena only
 * counts.
 */
void waiting_layout(struct waiting *waiting, uint32_t instruction_capacity,
                    uint32_t position_capacity, uint32_t limit_capacity, struct ledger *ledger,
                    struct arena *arena);
/* Fills the sets from the records. pre: the sets are empty. */
void waiting_rebuild(struct ledger *ledger);

/*
 * Puts a head in wait for a settlement day: it is tried once that day's settlement has opened and
 * its sweeps are through. pre: it waits nowhere.
 */
void waiting_for_date(struct ledger *ledger, uint32_t head, uint32_t date);
/*
 * Has a pair tried by the work of this block, or of the first that has the budget for it: takes the
 * head out of where it waits. One that waits for its date goes on waiting. pre: open.
 */
void waiting_soon(struct ledger *ledger, uint32_t head);
/* Is it going to be tried so? */
bool waiting_soon_asked(const struct ledger *ledger, uint32_t head);
/*
 * Puts a head in wait for a position to be able to spend `need`; 0: to be free again. pre: it waits
 * nowhere, need not negative.
 */
void waiting_for_position(struct ledger *ledger, uint32_t head, uint32_t position, int64_t need);
/*
 * The order of heads that may wait at different places, by priority, date and age: negative, zero
 * or positive as `a` comes before, is, or comes after `b`.
 */
int waiting_compare(const struct ledger *ledger, uint32_t a, uint32_t b);
/* The time at which the oldest turn, of wholes or of parts, fell due; UINT64_MAX: none has. */
uint64_t waiting_first_due_ms(const struct ledger *ledger);
/*
 * Puts a head in wait for a limit (limit.h) to have `need` left. pre: it waits nowhere, need
 * positive.
 */
void waiting_for_limit(struct ledger *ledger, uint32_t head, uint32_t limit, int64_t need);
/* The first who waits for a limit and needs no more than that; RECORD_NONE when there is none. */
uint32_t waiting_limit_first(const struct ledger *ledger, uint32_t limit, int64_t headroom);
/* Takes a head out of where it waits, if it waits; also out of its place for a part. */
void waiting_leave(struct ledger *ledger, uint32_t head);

/*
 * A position may be able to help somebody: gives it a turn if it can and has none. To be called
 * after whatever made more of it spendable. It settles nothing itself, so it may be called from
 * within a booking.
 */
void waiting_wake(struct ledger *ledger, uint32_t position);
/*
 * Something may help the pairs that wait for a position, though it has no more to spend: has those
 * that may profit tried again. May be called from within a booking, too.
 */
void waiting_review(struct ledger *ledger, uint32_t position);

/*
 * First thing in a block, after the day has moved: fills the budget and works off what was carried
 * over or is due.
 */
void waiting_block_begin(struct ledger *ledger);
/* After the commands of a block: works on with what is left of the budget. */
void waiting_block_end(struct ledger *ledger);
/* Is there work that a further block would do at once? To be asked when nobody wakes any more. */
bool waiting_left(const struct ledger *ledger);

#endif
