#include "netsim/check/ledger_told.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "ledger/command/event.h"
#include "ledger/instruction/instruction.h"
#include "ledger/state/record.h"
#include "netsim/engine/room.h"

struct told_status {
    uint8_t value;
    uint16_t reason;
};

struct told_instruction {
    struct told_status status[DIMENSION_COUNT];
};

struct ledger_told {
    struct told_instruction *instructions; /* by sequence */
    uint32_t capacity;
};

struct ledger_told *ledger_told_new(void)
{
    struct ledger_told *told = calloc(1, sizeof *told);
    TALLY_ASSERT(told != NULL);
    return told;
}

void ledger_told_free(struct ledger_told *told)
{
    if (told != NULL) {
        free(told->instructions);
        free(told);
    }
}

static struct told_instruction *told_at(struct ledger_told *told, uint64_t sequence)
{
    told->instructions =
        room_for(told->instructions, &told->capacity, sequence, sizeof *told->instructions);
    return &told->instructions[sequence];
}

/* True when it was not so. */
static bool set(struct told_instruction *side, enum instruction_dimension dimension, uint8_t value,
                enum reason reason)
{
    struct told_status before = side->status[dimension];
    side->status[dimension] = (struct told_status){value, (uint16_t)reason};
    return before.value != value || before.reason != (uint16_t)reason;
}

static bool side_matches(struct told_instruction *side)
{
    bool news = set(side, DIMENSION_MATCH, MATCH_MATCHED, REASON_NONE);
    return set(side, DIMENSION_PROCESSING, PROCESSING_PENDING, REASON_NONE) && news;
}

static bool side_settles(struct told_instruction *side, const struct event *event)
{
    if (event->reason == REASON_PAIN) {
        (void)set(side, DIMENSION_SETTLEMENT, SETTLEMENT_PARTIALLY_SETTLED, REASON_PART);
        return true;
    }
    bool news = set(side, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED, REASON_NONE);
    return set(side, DIMENSION_PROCESSING, PROCESSING_ENDED, REASON_NONE) && news;
}

static bool pair_settles(struct told_instruction *gives, struct told_instruction *takes,
                         const struct event *event)
{
    bool internal = gives == takes;
    if (event->value != 0 && internal &&
        !set(gives, DIMENSION_PROCESSING, PROCESSING_PENDING, REASON_NONE)) {
        return false;
    }
    if (event->value != 0 && !internal && (!side_matches(gives) || !side_matches(takes))) {
        return false;
    }
    return side_settles(gives, event) && (internal || side_settles(takes, event));
}

static bool side_cancelled(struct told_instruction *side, enum reason reason)
{
    bool news = set(side, DIMENSION_CANCELLATION, CANCELLATION_CANCELLED, reason);
    side->status[DIMENSION_SETTLEMENT].reason = REASON_NONE;
    return set(side, DIMENSION_PROCESSING, PROCESSING_ENDED, reason) && news;
}

/* False: it tells what was so already. */
static bool take(struct ledger_told *told, const struct event *event)
{
    (void)told_at(told, event->instruction_sequence);
    (void)told_at(told, event->counter_sequence);
    struct told_instruction *side = told_at(told, event->instruction_sequence);
    struct told_instruction *other = told_at(told, event->counter_sequence);
    switch ((enum event_kind)event->kind) {
    case EVENT_STATUS: /* a party hold may be as old as the instruction: see begin() */
        return set(side, (enum instruction_dimension)event->dimension, event->value,
                   event->reason) ||
               event->dimension == DIMENSION_HOLD_PARTY;
    case EVENT_MATCHED:
        return side_matches(side) && side_matches(other);
    case EVENT_SETTLED:
        return pair_settles(side, other, event);
    case EVENT_CANCELLED:
        return side_cancelled(side, event->reason);
    case EVENT_RESTRICTION_HIT:
        return event->dimension != DIMENSION_HOLD_VALIDATION ||
               set(side, DIMENSION_HOLD_VALIDATION, HOLD_YES, REASON_CVAL);
    case EVENT_TRANSFORMED: /* the other side is what goes on */
        for (unsigned i = DIMENSION_HOLD_CSD; i <= DIMENSION_HOLD_CONDITIONAL; i++) {
            other->status[i] = side->status[i];
        }
        return true;
    default:
        return true;
    }
}

/* As its command says. Of the party's hold, what it is after the block will do: if it was set or
 * cleared in it, an event says so. */
static void begin(struct ledger_told *told, const struct instruction *instruction)
{
    struct told_instruction *side = told_at(told, instruction->sequence);
    const struct instruction_status *hold = &instruction->status[DIMENSION_HOLD_PARTY];
    *side = (struct told_instruction){0};
    if (instruction->terms.transaction_type == TRANSACTION_OWNI) {
        (void)set(side, DIMENSION_MATCH, MATCH_NOT_REQUIRED, REASON_NONE);
    } else {
        (void)set(side, DIMENSION_MATCH, MATCH_UNMATCHED, REASON_CMIS);
    }
    (void)set(side, DIMENSION_HOLD_PARTY, hold->value, hold->reason);
}

static bool agrees(struct ledger_told *told, const struct instruction *instruction,
                   char text[LEDGER_TOLD_TEXT_SIZE])
{
    const struct told_instruction *side = told_at(told, instruction->sequence);
    for (unsigned i = 0; i < DIMENSION_COUNT; i++) {
        const struct instruction_status *status = &instruction->status[i];
        const struct told_status *said = &side->status[i];
        if (status->value != said->value || (uint16_t)status->reason != said->reason) {
            (void)snprintf(text, LEDGER_TOLD_TEXT_SIZE,
                           "status %u of instruction %llu is %u %s, by the events %u %s", i,
                           (unsigned long long)instruction->sequence, status->value,
                           reason_code(status->reason), said->value,
                           reason_code((enum reason)said->reason));
            return false;
        }
    }
    return true;
}

/* The next instruction that the block touched, from `index` on, and that is still there. */
static uint32_t touched_next(const struct ledger *ledger, uint32_t index)
{
    uint32_t next = record_touched_next(ledger, RECORD_INSTRUCTION, index);
    while (next != RECORD_NONE && !record_used(ledger, RECORD_INSTRUCTION, next)) {
        next = record_touched_next(ledger, RECORD_INSTRUCTION, next + 1);
    }
    return next;
}

bool ledger_told_block(struct ledger_told *told, const struct ledger *ledger,
                       const struct ledger_output *output, char text[LEDGER_TOLD_TEXT_SIZE])
{
    for (uint32_t i = touched_next(ledger, 0); i != RECORD_NONE; i = touched_next(ledger, i + 1)) {
        const struct instruction *instruction = instruction_view(ledger, i);
        if (instruction->submitted_height == output->height) {
            begin(told, instruction);
        }
    }
    for (uint32_t i = 0; i < output->event_count; i++) {
        const struct ledger_leaf *leaf = &output->events[i];
        struct event event;
        if (event_decode(&event, leaf->bytes, leaf->size) && !take(told, &event)) {
            (void)snprintf(text, LEDGER_TOLD_TEXT_SIZE, "%s of instruction %llu is told twice",
                           event_name(event.kind), (unsigned long long)event.instruction_sequence);
            return false;
        }
    }
    bool same = true;
    for (uint32_t i = touched_next(ledger, 0); same && i != RECORD_NONE;
         i = touched_next(ledger, i + 1)) {
        same = agrees(told, instruction_view(ledger, i), text);
    }
    return same;
}
