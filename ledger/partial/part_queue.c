#include "ledger/partial/part_queue.h"

#include "base/mutant.h"
#include "ledger/settlement/eligibility.h"
#include "ledger/settlement/priority.h"
#include "ledger/state.h"

static int by_priority_compare(const void *context, uint32_t a, uint32_t b)
{
    const struct part_queue *queue = context;

    return priority_compare(queue->ledger, instruction_view(queue->ledger, a)->waiting_for, a, b);
}

static int64_t by_priority_weight(const void *context, uint32_t head)
{
    const struct part_queue *queue = context;

    return instruction_view(queue->ledger, head)->part_least;
}

static int64_t by_turn_weight(const void *context, uint32_t position)
{
    const struct part_queue *queue = context;

    return (int64_t)position_view(queue->ledger, position)->part_ms;
}

static int by_turn_compare(const void *context, uint32_t a, uint32_t b)
{
    const struct part_queue *queue = context;
    uint64_t left = position_view(queue->ledger, a)->part_turn;
    uint64_t right = position_view(queue->ledger, b)->part_turn;

    if (left != right) {
        return left < right ? -1 : 1;
    }
    return 0;
}

void part_queue_layout(struct part_queue *queue, uint32_t instruction_capacity,
                       uint32_t position_capacity, struct ledger *ledger, struct arena *arena)
{
    *queue = (struct part_queue){.ledger = ledger, .turn_root = ORDERED_NONE};
    ordered_init(&queue->by_priority, instruction_capacity, by_priority_compare, by_priority_weight,
                 queue, arena);
    ordered_init(&queue->by_turn, position_capacity, by_turn_compare, by_turn_weight, queue, arena);
}

/* Roots are stored plus one, so that zeroed memory says "none". */
static uint32_t position_root(const struct part_queue *queue, uint32_t position)
{
    return position_view(queue->ledger, position)->part_root - 1u;
}

static void position_insert(struct part_queue *queue, uint32_t position, uint32_t head)
{
    uint32_t root = position_root(queue, position);

    ordered_insert(&queue->by_priority, &root, head);
    position_at(queue->ledger, position)->part_root = root + 1u;
}

void part_queue_rebuild(struct ledger *ledger)
{
    struct part_queue *queue = &ledger->part_queue;

    TALLY_ASSERT(queue->turn_root == ORDERED_NONE);
    for (uint32_t i = record_next(ledger, RECORD_INSTRUCTION, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_INSTRUCTION, i + 1)) {
        const struct instruction *instruction = instruction_view(ledger, i);
        if (instruction->queue == QUEUE_POSITION && instruction->part_least > 0) {
            position_insert(queue, instruction->waiting_for, i);
        }
    }
    for (uint32_t i = record_next(ledger, RECORD_POSITION, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_POSITION, i + 1)) {
        if (position_view(ledger, i)->part_turn != 0) {
            ordered_insert(&queue->by_turn, &queue->turn_root, i);
        }
    }
}

void part_queue_join(struct ledger *ledger, uint32_t head, int64_t least)
{
    struct instruction *instruction = instruction_at(ledger, head);

    TALLY_ASSERT(instruction->queue == QUEUE_POSITION && instruction->part_least == 0);
    if (least == 0) {
        return;
    }
    TALLY_ASSERT(least > 0 && least < instruction->waiting_need);
    instruction->part_least = least;
    record_touch(ledger, RECORD_INSTRUCTION, head);
    position_insert(&ledger->part_queue, instruction->waiting_for, head);
    part_queue_wake(ledger, instruction->waiting_for);
}

void part_queue_leave(struct ledger *ledger, uint32_t head)
{
    struct part_queue *queue = &ledger->part_queue;
    struct instruction *instruction = instruction_at(ledger, head);
    uint32_t root;

    if (instruction->part_least == 0) {
        return;
    }
    TALLY_ASSERT(instruction->queue == QUEUE_POSITION);
    root = position_root(queue, instruction->waiting_for);
    ordered_remove(&queue->by_priority, &root, head);
    position_at(ledger, instruction->waiting_for)->part_root = root + 1u;
    instruction->part_least = 0;
    record_touch(ledger, RECORD_INSTRUCTION, head);
}

/* The first whose part can settle with what the position can spend now. */
static uint32_t position_helps(const struct ledger *ledger, uint32_t position)
{
    const struct part_queue *queue = &ledger->part_queue;
    uint32_t root = position_root(queue, position);

    if (root == ORDERED_NONE || eligibility_position_reason(ledger, position) != REASON_NONE) {
        return RECORD_NONE;
    }
    return ordered_first_within(&queue->by_priority, root, position_spendable(ledger, position));
}

void part_queue_wake(struct ledger *ledger, uint32_t position)
{
    struct part_queue *queue = &ledger->part_queue;
    struct position *record = position_at(ledger, position);

    if (record->part_turn != 0 || position_helps(ledger, position) == RECORD_NONE) {
        return;
    }
    ledger->scalars->wake_turn_last++;
    record->part_turn = ledger->scalars->wake_turn_last;
    record->part_ms = ledger->origin_ms;
    ordered_insert(&queue->by_turn, &queue->turn_root, position);
    record_touch(ledger, RECORD_SCALARS, 0);
    record_touch(ledger, RECORD_POSITION, position);
}

uint64_t part_queue_oldest_ms(const struct ledger *ledger)
{
    const struct part_queue *queue = &ledger->part_queue;

    return queue->turn_root == ORDERED_NONE
               ? UINT64_MAX
               : (uint64_t)ordered_weight_least(&queue->by_turn, queue->turn_root);
}

uint32_t part_queue_first(const struct ledger *ledger, uint64_t most_ms)
{
    const struct part_queue *queue = &ledger->part_queue;

    return ordered_first_within(&queue->by_turn, queue->turn_root, (int64_t)most_ms);
}

uint32_t part_queue_take(struct ledger *ledger, uint32_t position)
{
    struct part_queue *queue = &ledger->part_queue;

    TALLY_ASSERT(position_view(ledger, position)->part_turn != 0);
    ordered_remove(&queue->by_turn, &queue->turn_root, position);
    position_at(ledger, position)->part_turn = 0;
    position_at(ledger, position)->part_ms = 0;
    record_touch(ledger, RECORD_POSITION, position);
    return position_helps(ledger, position);
}
