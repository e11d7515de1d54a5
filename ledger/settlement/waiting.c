#include "ledger/settlement/waiting.h"

#include "base/mutant.h"
#include "ledger/day/day.h"
#include "ledger/day/day_sweep.h"
#include "ledger/partial/part_settlement.h"
#include "ledger/settlement/eligibility.h"
#include "ledger/settlement/priority.h"
#include "ledger/settlement/settlement.h"
#include "ledger/state.h"

static int order_u64(uint64_t a, uint64_t b)
{
    if (a != b) {
        return a < b ? -1 : 1;
    }
    return 0;
}

/* By age: the intended date, then the sequence of the pair. */
static int by_age_compare(const void *context, uint32_t a, uint32_t b)
{
    const struct waiting *waiting = context;
    int way = order_u64(instruction_view(waiting->ledger, a)->terms.settlement_date,
                        instruction_view(waiting->ledger, b)->terms.settlement_date);

    if (way != 0) {
        return way;
    }
    return order_u64(pair_sequence(waiting->ledger, a), pair_sequence(waiting->ledger, b));
}

static int by_date_compare(const void *context, uint32_t a, uint32_t b)
{
    const struct waiting *waiting = context;
    int way = order_u64(instruction_view(waiting->ledger, a)->waiting_for,
                        instruction_view(waiting->ledger, b)->waiting_for);

    return way != 0 ? way : by_age_compare(context, a, b);
}

static int by_priority_compare(const void *context, uint32_t a, uint32_t b)
{
    const struct waiting *waiting = context;
    const struct instruction *first = instruction_view(waiting->ledger, a);

    if (MUTANT(ORDER_OF_MEMORY)) {
        uint64_t place = (uint64_t)(uintptr_t)waiting->ledger / 64 * UINT64_C(0x9E3779B97F4A7C15);
        return place >> 63 != 0 ? order_u64(a, b) : order_u64(b, a);
    }
    return first->queue == QUEUE_LIMIT
               ? waiting_compare(waiting->ledger, a, b)
               : priority_compare(waiting->ledger, first->waiting_for, a, b);
}

int waiting_compare(const struct ledger *ledger, uint32_t a, uint32_t b)
{
    int way = order_u64(pair_priority(ledger, a), pair_priority(ledger, b));

    return way != 0 ? way : by_age_compare(&ledger->waiting, a, b);
}

static int64_t by_priority_weight(const void *context, uint32_t head)
{
    const struct waiting *waiting = context;

    return instruction_view(waiting->ledger, head)->waiting_need;
}

static int by_turn_compare(const void *context, uint32_t a, uint32_t b)
{
    const struct waiting *waiting = context;

    return order_u64(position_view(waiting->ledger, a)->wake_turn,
                     position_view(waiting->ledger, b)->wake_turn);
}

static int64_t by_turn_weight(const void *context, uint32_t position)
{
    const struct waiting *waiting = context;

    return (int64_t)position_view(waiting->ledger, position)->wake_ms;
}

static int by_review_compare(const void *context, uint32_t a, uint32_t b)
{
    const struct waiting *waiting = context;

    return order_u64(pair_sequence(waiting->ledger, a), pair_sequence(waiting->ledger, b));
}

/* Where a review goes on. */
static int by_review_probe(const void *context, const void *sought, uint32_t head)
{
    const struct waiting *waiting = context;

    return order_u64(pair_sequence(waiting->ledger, head), *(const uint64_t *)sought);
}

void waiting_layout(struct waiting *waiting, uint32_t instruction_capacity,
                    uint32_t position_capacity, uint32_t limit_capacity, struct ledger *ledger,
                    struct arena *arena)
{
    *waiting =
        (struct waiting){.ledger = ledger, .date_root = ORDERED_NONE, .turn_root = ORDERED_NONE};
    ordered_init(&waiting->by_priority, instruction_capacity, by_priority_compare,
                 by_priority_weight, waiting, arena);
    ordered_share(&waiting->by_date, &waiting->by_priority, by_date_compare, waiting);
    ordered_init(&waiting->by_turn, position_capacity, by_turn_compare, by_turn_weight, waiting,
                 arena);
    ordered_init(&waiting->by_review, instruction_capacity, by_review_compare, NULL, waiting,
                 arena);
    waiting->limit_roots = ARENA_TAKE(arena, uint32_t, limit_capacity);
}

/*
 * Positions and limits hold roots plus one, so that zeroed memory says "none": ORDERED_NONE is 0
 * minus one.
 */
_Static_assert((uint32_t)(ORDERED_NONE + 1u) == 0, "the empty root is stored as zero");

static uint32_t position_root(const struct waiting *waiting, uint32_t position)
{
    return position_view(waiting->ledger, position)->waiting_root - 1u;
}

/* Does helping it depend on more than what its position can spend? */
static bool is_reviewed(const struct ledger *ledger, uint32_t head)
{
    return instruction_view(ledger, head)->waiting_need == INT64_MAX ||
           restriction_drawn(ledger, head);
}

static void position_insert(struct waiting *waiting, uint32_t position, uint32_t head)
{
    struct position *record = position_at(waiting->ledger, position);
    uint32_t root = position_root(waiting, position);

    ordered_insert(&waiting->by_priority, &root, head);
    record->waiting_root = root + 1u;
    if (is_reviewed(waiting->ledger, head)) {
        root = record->review_root - 1u;
        ordered_insert(&waiting->by_review, &root, head);
        record->review_root = root + 1u;
    }
}

static void position_remove(struct waiting *waiting, uint32_t position, uint32_t head)
{
    struct position *record = position_at(waiting->ledger, position);
    uint32_t root = position_root(waiting, position);

    ordered_remove(&waiting->by_priority, &root, head);
    record->waiting_root = root + 1u;
    if (is_reviewed(waiting->ledger, head)) {
        root = record->review_root - 1u;
        ordered_remove(&waiting->by_review, &root, head);
        record->review_root = root + 1u;
    }
}

static void limit_insert(struct waiting *waiting, uint32_t limit, uint32_t head)
{
    uint32_t root = waiting->limit_roots[limit] - 1u;

    ordered_insert(&waiting->by_priority, &root, head);
    waiting->limit_roots[limit] = root + 1u;
}

static void limit_remove(struct waiting *waiting, uint32_t limit, uint32_t head)
{
    uint32_t root = waiting->limit_roots[limit] - 1u;

    ordered_remove(&waiting->by_priority, &root, head);
    waiting->limit_roots[limit] = root + 1u;
}

void waiting_rebuild(struct ledger *ledger)
{
    struct waiting *waiting = &ledger->waiting;

    TALLY_ASSERT(waiting->date_root == ORDERED_NONE);
    TALLY_ASSERT(waiting->turn_root == ORDERED_NONE);
    for (uint32_t i = record_next(ledger, RECORD_INSTRUCTION, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_INSTRUCTION, i + 1)) {
        const struct instruction *instruction = instruction_view(ledger, i);
        if (instruction->queue == QUEUE_DATE) {
            ordered_insert(&waiting->by_date, &waiting->date_root, i);
        } else if (instruction->queue == QUEUE_POSITION) {
            position_insert(waiting, instruction->waiting_for, i);
        } else if (instruction->queue == QUEUE_LIMIT) {
            limit_insert(waiting, instruction->waiting_for, i);
        }
    }
    for (uint32_t i = record_next(ledger, RECORD_POSITION, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_POSITION, i + 1)) {
        if (position_view(ledger, i)->wake_turn != 0) {
            ordered_insert(&waiting->by_turn, &waiting->turn_root, i);
        }
    }
}

static void queue_set(struct ledger *ledger, uint32_t head, enum queue queue, uint32_t waiting_for,
                      int64_t need)
{
    struct instruction *instruction = instruction_at(ledger, head);

    TALLY_ASSERT(instruction->allegement == ALLEGEMENT_NONE);
    TALLY_ASSERT(instruction->part_least == 0);
    instruction->queue = queue;
    instruction->waiting_for = waiting_for;
    instruction->waiting_need = need;
    record_touch(ledger, RECORD_INSTRUCTION, head);
}

static void date_insert(struct ledger *ledger, uint32_t head, uint32_t date)
{
    queue_set(ledger, head, QUEUE_DATE, date, 0);
    ordered_insert(&ledger->waiting.by_date, &ledger->waiting.date_root, head);
}

void waiting_for_date(struct ledger *ledger, uint32_t head, uint32_t date)
{
    TALLY_ASSERT(instruction_view(ledger, head)->queue == QUEUE_NONE);
    TALLY_ASSERT(date >= ledger_date(ledger));
    date_insert(ledger, head, date);
}

bool waiting_soon_asked(const struct ledger *ledger, uint32_t head)
{
    const struct instruction *instruction = instruction_view(ledger, head);

    return instruction->queue == QUEUE_DATE && instruction->waiting_for == 0;
}

void waiting_soon(struct ledger *ledger, uint32_t head)
{
    TALLY_ASSERT(!instruction_ended(instruction_view(ledger, head)));
    if (instruction_view(ledger, head)->queue == QUEUE_DATE) {
        return;
    }
    waiting_leave(ledger, head);
    date_insert(ledger, head, 0);
}

void waiting_for_position(struct ledger *ledger, uint32_t head, uint32_t position, int64_t need)
{
    TALLY_ASSERT(instruction_view(ledger, head)->queue == QUEUE_NONE);
    TALLY_ASSERT(position != RECORD_NONE);
    TALLY_ASSERT(need >= 0);
    queue_set(ledger, head, QUEUE_POSITION, position, need);
    position_insert(&ledger->waiting, position, head);
    if (need > 0) {
        optimisation_enter(ledger, head);
    }
}

void waiting_for_limit(struct ledger *ledger, uint32_t head, uint32_t limit, int64_t need)
{
    TALLY_ASSERT(instruction_view(ledger, head)->queue == QUEUE_NONE);
    TALLY_ASSERT(record_used(ledger, RECORD_LIMIT, limit));
    TALLY_ASSERT(need > 0);
    queue_set(ledger, head, QUEUE_LIMIT, limit, need);
    /* Whose limit it is tells both sides who must act (explain.h), even if their status stays. */
    record_touch(ledger, RECORD_INSTRUCTION, instruction_view(ledger, head)->counterpart);
    limit_insert(&ledger->waiting, limit, head);
}

uint32_t waiting_limit_first(const struct ledger *ledger, uint32_t limit, int64_t headroom)
{
    const struct waiting *waiting = &ledger->waiting;
    uint32_t root = waiting->limit_roots[limit] - 1u;

    return root == ORDERED_NONE ? RECORD_NONE
                                : ordered_first_within(&waiting->by_priority, root, headroom);
}

void waiting_leave(struct ledger *ledger, uint32_t head)
{
    struct waiting *waiting = &ledger->waiting;
    const struct instruction *instruction = instruction_view(ledger, head);

    switch ((enum queue)instruction->queue) {
    case QUEUE_NONE:
        return;
    case QUEUE_DATE:
        ordered_remove(&waiting->by_date, &waiting->date_root, head);
        break;
    case QUEUE_POSITION:
        if (instruction->waiting_need > 0) {
            optimisation_leave(ledger, head);
        }
        part_queue_leave(ledger, head);
        position_remove(waiting, instruction->waiting_for, head);
        break;
    case QUEUE_LIMIT:
        limit_remove(waiting, instruction->waiting_for, head);
        break;
    }
    queue_set(ledger, head, QUEUE_NONE, 0, 0);
}

/* The first who waits for a position and can be helped now; RECORD_NONE when there is none. */
static uint32_t position_helps(const struct ledger *ledger, uint32_t position)
{
    const struct waiting *waiting = &ledger->waiting;
    uint32_t root = position_root(waiting, position);
    int64_t spendable;

    if (root == ORDERED_NONE || eligibility_position_reason(ledger, position) != REASON_NONE) {
        return RECORD_NONE;
    }
    spendable = position_spendable(ledger, position);
    TALLY_ASSERT(spendable >= 0); /* I2 */
    /* whom no arrival helps needs INT64_MAX, which unlimited credit is not */
    return ordered_first_within(&waiting->by_priority, root,
                                spendable < INT64_MAX ? spendable : INT64_MAX - 1);
}

/* The next whom the review of a position looks at; RECORD_NONE when it is over, or none is due. */
static uint32_t review_next(const struct ledger *ledger, uint32_t position)
{
    const struct waiting *waiting = &ledger->waiting;
    uint64_t from = position_view(ledger, position)->review;
    uint32_t root = position_view(ledger, position)->review_root - 1u;

    return from == 0 || root == ORDERED_NONE
               ? RECORD_NONE
               : ordered_first_from(&waiting->by_review, root, by_review_probe, &from);
}

void waiting_wake(struct ledger *ledger, uint32_t position)
{
    struct waiting *waiting = &ledger->waiting;
    struct position *record = position_at(ledger, position);

    optimisation_arrival(ledger, position);
    part_queue_wake(ledger, position);
    if (record->wake_turn != 0 || MUTANT(ARRIVAL_WAKES_NOBODY) ||
        (record->review == 0 && position_helps(ledger, position) == RECORD_NONE)) {
        return;
    }
    ledger->scalars->wake_turn_last++;
    record->wake_turn = ledger->scalars->wake_turn_last;
    record->wake_ms = ledger->origin_ms;
    ordered_insert(&waiting->by_turn, &waiting->turn_root, position);
    record_touch(ledger, RECORD_SCALARS, 0);
    record_touch(ledger, RECORD_POSITION, position);
}

void waiting_review(struct ledger *ledger, uint32_t position)
{
    if (position_view(ledger, position)->review_root != 0) {
        position_at(ledger, position)->review = 1;
        record_touch(ledger, RECORD_POSITION, position);
        waiting_wake(ledger, position);
    }
}

/* The head that waits for a date that has come; RECORD_NONE when there is none. */
static uint32_t date_due(const struct ledger *ledger)
{
    uint32_t head = ordered_first(&ledger->waiting.by_date, ledger->waiting.date_root);

    if (head == ORDERED_NONE) {
        return RECORD_NONE;
    }
    uint32_t date = instruction_view(ledger, head)->waiting_for;
    bool at_once = date == 0;
    return at_once || (date <= ledger_date(ledger) && day_has_begun(ledger)) ? head : RECORD_NONE;
}

uint64_t waiting_first_due_ms(const struct ledger *ledger)
{
    const struct waiting *waiting = &ledger->waiting;
    uint64_t part_ms = part_due_ms(ledger);
    uint64_t whole_ms = UINT64_MAX;

    if (waiting->turn_root != ORDERED_NONE) {
        whole_ms = (uint64_t)ordered_weight_least(&waiting->by_turn, waiting->turn_root);
    }
    return whole_ms < part_ms ? whole_ms : part_ms;
}

/* So many steps are made; what is kept for parts stays. */
static void steps_take(struct waiting *waiting, uint32_t count)
{
    uint32_t free = waiting->steps_left - waiting->steps_kept;

    TALLY_ASSERT(waiting->steps_left > waiting->steps_kept);
    waiting->steps_left -= count < free ? count : free;
}

/* Tries all of a set, at a step for each pair. */
static void attempt_again(struct ledger *ledger, const struct link_set *set)
{
    steps_take(&ledger->waiting, set->count);
    settlement_attempt_set(ledger, set);
}

/* A date that has come; false when there is no room for what settles with it. */
static bool date_take(struct ledger *ledger, uint32_t head)
{
    struct link_set set;

    link_set_find(ledger, head, &set);
    if (!settlement_set_has_room(ledger, set.count)) {
        return false;
    }
    /* Who waited for the day is judged as of its opening. */
    ledger->origin_ms = instruction_view(ledger, head)->waiting_for == 0 ? ledger_time_ms(ledger)
                                                                         : day_opened_ms(ledger);
    attempt_again(ledger, &set);
    ledger->origin_ms = ledger_time_ms(ledger);
    return true;
}

/* How far the review of a position has come: past this pair; over when there was none. */
static void review_advance(struct ledger *ledger, uint32_t position, uint32_t head)
{
    struct position *record = position_at(ledger, position);

    record->review = 0;
    if (head != RECORD_NONE) {
        record->review = pair_sequence(ledger, head) + 1;
    }
}

/*
 * One turn: the next of a review, or the first who can be helped, is tried; a position that goes
 * on, or can help more, gets in line again. False when there is no room for it.
 */
static bool turn_take(struct ledger *ledger, uint32_t position)
{
    struct waiting *waiting = &ledger->waiting;
    uint32_t reviewed = review_next(ledger, position);
    uint32_t head = reviewed != RECORD_NONE ? reviewed : position_helps(ledger, position);
    struct link_set set = {.count = 0};

    if (head != RECORD_NONE) {
        link_set_find(ledger, head, &set);
    }
    if (!settlement_set_has_room(ledger, set.count)) {
        return false;
    }
    ordered_remove(&waiting->by_turn, &waiting->turn_root, position);
    ledger->origin_ms = position_view(ledger, position)->wake_ms;
    position_at(ledger, position)->wake_turn = 0;
    position_at(ledger, position)->wake_ms = 0;
    record_touch(ledger, RECORD_POSITION, position);
    review_advance(ledger, position, reviewed);
    if (head == RECORD_NONE) {
        steps_take(waiting, 1);
    } else {
        attempt_again(ledger, &set);
        waiting_wake(ledger, position);
    }
    ledger->origin_ms = ledger_time_ms(ledger);
    return true;
}

/* Whose turn it is; ORDERED_NONE when nobody has one. */
static uint32_t turn_next(const struct ledger *ledger)
{
    const struct waiting *waiting = &ledger->waiting;
    uint64_t cause_ms = day_sweep_cause_ms(ledger);
    uint32_t older = ORDERED_NONE;

    if (cause_ms != UINT64_MAX) {
        older = ordered_first_within(&waiting->by_turn, waiting->turn_root, (int64_t)cause_ms - 1);
    }
    return older != ORDERED_NONE ? older : ordered_first(&waiting->by_turn, waiting->turn_root);
}

static bool work_left(const struct ledger *ledger)
{
    return ledger->waiting.turn_root != ORDERED_NONE || date_due(ledger) != RECORD_NONE;
}

/*
 * Turns and dates alternate, each step one attempt at most, until nothing is left, or the budget or
 * the output is.
 */
static void attempts_work_off(struct ledger *ledger)
{
    struct waiting *waiting = &ledger->waiting;
    bool date_next = ledger->scalars->height % 2 == 1;
    bool room = true;

    while (waiting->steps_left > waiting->steps_kept && work_left(ledger) && room) {
        uint32_t head = date_due(ledger);
        if (head != RECORD_NONE && (date_next || waiting->turn_root == ORDERED_NONE)) {
            room = date_take(ledger, head);
            date_next = false;
        } else {
            room = turn_take(ledger, turn_next(ledger));
            date_next = true;
        }
    }
}

/*
 * Who cannot settle alone is looked at together; a set that settles may wake others again. All that
 * leaves what is kept for parts, if any is due.
 */
static void work_off(struct ledger *ledger)
{
    struct waiting *waiting = &ledger->waiting;
    uint32_t reserve = ledger->event_reserve;

    waiting->steps_kept = 0;
    if (waiting->part_steps_left > 0 && part_due(ledger)) {
        waiting->steps_kept = waiting->part_steps_left < waiting->steps_left
                                  ? waiting->part_steps_left
                                  : waiting->steps_left;
        ledger->event_reserve += WAITING_PARTS_MIN * PAIR_EVENTS_MAX;
    }
    do {
        attempts_work_off(ledger);
    } while (!work_left(ledger) && optimisation_work(ledger));
    ledger->event_reserve = reserve;
}

/* May a part be tried: the others have nothing to do, or there are steps that they had to leave? */
static bool part_may(struct ledger *ledger)
{
    struct waiting *waiting = &ledger->waiting;

    if (waiting->steps_left == 0 || !part_due(ledger) ||
        !event_room(ledger, SETTLEMENT_EVENTS_MAX)) {
        return false;
    }
    if (work_left(ledger) || optimisation_left(ledger)) {
        if (waiting->part_steps_left == 0) {
            return false;
        }
        waiting->part_steps_left--;
    }
    return true;
}

/* Parts come after all that; what one brings may wake others. */
static void work_off_all(struct ledger *ledger)
{
    work_off(ledger);
    while (part_may(ledger)) {
        ledger->waiting.steps_left--;
        part_turn_take(ledger);
        work_off(ledger);
    }
}

void waiting_block_begin(struct ledger *ledger)
{
    struct waiting *waiting = &ledger->waiting;
    uint32_t budget = rule_set_in_force(ledger)->wake_budget;

    optimisation_block_begin(ledger);
    waiting->steps_left = budget;
    waiting->part_steps_left = budget / WAITING_PART_SHARE;
    if (waiting->part_steps_left == 0 && budget > 1) {
        waiting->part_steps_left = 1;
    }
    if (MUTANT(PARTS_STARVED)) {
        waiting->part_steps_left = 0;
    }
    work_off_all(ledger);
}

void waiting_block_end(struct ledger *ledger)
{
    work_off_all(ledger);
}

bool waiting_left(const struct ledger *ledger)
{
    return work_left(ledger) || optimisation_left(ledger) || part_due(ledger);
}
