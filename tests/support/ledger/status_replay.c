#include "tests/support/ledger/status_replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/command/event.h"
#include "ledger/instruction/instruction.h"
#include "ledger/state.h"
#include "tests/support/cmocka.h"

struct known_status {
    uint8_t value;
    uint16_t reason;
};

struct known {
    bool begun;
    bool fresh; /* of the block at hand */
    struct known_status status[DIMENSION_COUNT];
};

struct status_replay {
    struct known *known; /* by sequence */
    size_t capacity;
};

struct status_replay *status_replay_new(void)
{
    struct status_replay *replay = calloc(1, sizeof *replay);
    assert_non_null(replay);
    return replay;
}

struct status_replay *status_replay_copy(const struct status_replay *replay)
{
    struct status_replay *copy = status_replay_new();
    copy->known = calloc(replay->capacity + 1, sizeof *copy->known);
    assert_non_null(copy->known);
    if (replay->capacity > 0) {
        memcpy(copy->known, replay->known, replay->capacity * sizeof *copy->known);
    }
    copy->capacity = replay->capacity;
    return copy;
}

void status_replay_free(struct status_replay *replay)
{
    if (replay != NULL) {
        free(replay->known);
        free(replay);
    }
}

static struct known *known_at(struct status_replay *replay, uint64_t sequence)
{
    if (sequence >= replay->capacity) {
        size_t capacity = 2 * (size_t)sequence + 64;
        replay->known = realloc(replay->known, capacity * sizeof *replay->known);
        assert_non_null(replay->known);
        memset(replay->known + replay->capacity, 0,
               (capacity - replay->capacity) * sizeof *replay->known);
        replay->capacity = capacity;
    }
    return &replay->known[sequence];
}

static void put(struct known *known, enum instruction_dimension dimension, uint8_t value,
                enum reason reason)
{
    known->status[dimension] = (struct known_status){value, (uint16_t)reason};
}

/* A change that must be one. Whether a party hold was there from the first is not known. */
static bool change(struct known *known, enum instruction_dimension dimension, uint8_t value,
                   enum reason reason)
{
    struct known_status before = known->status[dimension];
    bool free_choice = known->fresh && dimension == DIMENSION_HOLD_PARTY;
    put(known, dimension, value, reason);
    return free_choice || before.value != value || before.reason != (uint16_t)reason;
}

static bool is(const struct known *known, enum instruction_dimension dimension, uint8_t value)
{
    return known->begun && known->status[dimension].value == value;
}

static bool open(const struct known *known)
{
    return known->begun && !is(known, DIMENSION_PROCESSING, PROCESSING_ENDED);
}

static bool side_matches(struct known *known)
{
    return open(known) && is(known, DIMENSION_MATCH, MATCH_UNMATCHED) &&
           is(known, DIMENSION_PROCESSING, PROCESSING_ACCEPTED) &&
           change(known, DIMENSION_MATCH, MATCH_MATCHED, REASON_NONE) &&
           change(known, DIMENSION_PROCESSING, PROCESSING_PENDING, REASON_NONE);
}

static bool side_settles(struct known *known, bool part)
{
    if (!open(known) || is(known, DIMENSION_MATCH, MATCH_UNMATCHED) ||
        is(known, DIMENSION_PROCESSING, PROCESSING_ACCEPTED)) {
        return false;
    }
    if (part) { /* a part may follow another one directly */
        put(known, DIMENSION_SETTLEMENT, SETTLEMENT_PARTIALLY_SETTLED, REASON_PART);
        return true;
    }
    return change(known, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED, REASON_NONE) &&
           change(known, DIMENSION_PROCESSING, PROCESSING_ENDED, REASON_NONE);
}

static bool pair_settles(struct known *subject, struct known *other, const struct event *event)
{
    bool part = event->reason == REASON_PAIN;
    if (event->value != 0) {
        bool first = subject == other
                         ? is(subject, DIMENSION_MATCH, MATCH_NOT_REQUIRED) &&
                               is(subject, DIMENSION_PROCESSING, PROCESSING_ACCEPTED) &&
                               change(subject, DIMENSION_PROCESSING, PROCESSING_PENDING, 0)
                         : side_matches(subject) && side_matches(other);
        if (!first) {
            return false;
        }
    }
    return side_settles(subject, part) && (subject == other || side_settles(other, part));
}

static bool side_cancelled(struct known *known, enum reason reason)
{
    if (!open(known)) {
        return false;
    }
    known->status[DIMENSION_SETTLEMENT].reason = REASON_NONE;
    return change(known, DIMENSION_CANCELLATION, CANCELLATION_CANCELLED, reason) &&
           change(known, DIMENSION_PROCESSING, PROCESSING_ENDED, reason);
}

/* The new instruction of a transformed one has its holds, but for the party's. */
static bool holds_pass(const struct known *old, struct known *made)
{
    if (!old->begun || !made->fresh) {
        return false;
    }
    for (int i = DIMENSION_HOLD_CSD; i <= DIMENSION_HOLD_CONDITIONAL; i++) {
        made->status[i] = old->status[i];
    }
    return true;
}

static bool take(struct status_replay *replay, const struct event *event)
{
    (void)known_at(replay, event->instruction_sequence);
    (void)known_at(replay, event->counter_sequence);
    struct known *subject = known_at(replay, event->instruction_sequence);
    struct known *other = known_at(replay, event->counter_sequence);
    switch ((enum event_kind)event->kind) {
    case EVENT_STATUS:
        return open(subject) &&
               (event->dimension != DIMENSION_PROCESSING || event->value != PROCESSING_ENDED) &&
               change(subject, (enum instruction_dimension)event->dimension, event->value,
                      event->reason);
    case EVENT_MATCHED:
        return subject != other && side_matches(subject) && side_matches(other);
    case EVENT_SETTLED:
        return pair_settles(subject, other, event);
    case EVENT_CANCELLED:
        return side_cancelled(subject, event->reason);
    case EVENT_RESTRICTION_HIT:
        return event->dimension != DIMENSION_HOLD_VALIDATION ||
               (subject->fresh &&
                change(subject, DIMENSION_HOLD_VALIDATION, HOLD_YES, REASON_CVAL));
    case EVENT_TRANSFORMED:
        return holds_pass(subject, other);
    default:
        return true;
    }
}

bool status_replay_event(struct status_replay *replay, const struct ledger_leaf *leaf,
                         char text[STATUS_REPLAY_TEXT_SIZE])
{
    struct event event;
    assert_true(event_decode(&event, leaf->bytes, leaf->size));
    bool taken = take(replay, &event);
    (void)snprintf(text, STATUS_REPLAY_TEXT_SIZE, "event %llu, %s of instruction %llu%s",
                   (unsigned long long)event.sequence, event_name(event.kind),
                   (unsigned long long)event.instruction_sequence,
                   taken ? "" : ", tells no change that can be");
    return taken;
}

void status_replay_begin(struct status_replay *replay, const struct ledger *ledger)
{
    for (size_t i = 0; i < replay->capacity; i++) {
        replay->known[i].fresh = false;
    }
    for (uint32_t i = record_next(ledger, RECORD_INSTRUCTION, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_INSTRUCTION, i + 1)) {
        const struct instruction *instruction = instruction_view(ledger, i);
        struct known *known = known_at(replay, instruction->sequence);
        if (known->begun) {
            continue;
        }
        bool internal = instruction->terms.transaction_type == TRANSACTION_OWNI;
        const struct instruction_status *hold = &instruction->status[DIMENSION_HOLD_PARTY];
        *known = (struct known){.begun = true, .fresh = true};
        put(known, DIMENSION_MATCH, internal ? MATCH_NOT_REQUIRED : MATCH_UNMATCHED,
            internal ? REASON_NONE : REASON_CMIS);
        put(known, DIMENSION_HOLD_PARTY, hold->value, hold->reason);
    }
}

bool status_replay_agrees(const struct status_replay *replay, const struct ledger *ledger,
                          char text[STATUS_REPLAY_TEXT_SIZE])
{
    for (uint32_t i = record_next(ledger, RECORD_INSTRUCTION, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_INSTRUCTION, i + 1)) {
        const struct instruction *instruction = instruction_view(ledger, i);
        const struct known *known = &replay->known[instruction->sequence];
        assert_true(instruction->sequence < replay->capacity && known->begun);
        for (int j = 0; j < DIMENSION_COUNT; j++) {
            const struct instruction_status *status = &instruction->status[j];
            if (status->value != known->status[j].value ||
                (uint16_t)status->reason != known->status[j].reason) {
                (void)snprintf(text, STATUS_REPLAY_TEXT_SIZE,
                               "instruction %llu, dimension %d: %u %s; by the events %u %s",
                               (unsigned long long)instruction->sequence, j, status->value,
                               reason_code(status->reason), known->status[j].value,
                               reason_code((enum reason)known->status[j].reason));
                return false;
            }
        }
    }
    return true;
}

bool status_replay_block(struct status_replay *replay, const struct ledger *ledger,
                         const struct ledger_output *output, char text[STATUS_REPLAY_TEXT_SIZE])
{
    status_replay_begin(replay, ledger);
    for (uint32_t i = 0; i < output->event_count; i++) {
        if (!status_replay_event(replay, &output->events[i], text)) {
            return false;
        }
    }
    return status_replay_agrees(replay, ledger, text);
}
