#include "ledger/command/event.h"

#include "base/amount.h"
#include "ledger/command/block_output.h"
#include "ledger/state.h"

void event_encode(const struct event *event, struct bytes_writer *writer)
{
    bytes_write_u8(writer, event->kind);
    bytes_write_u64(writer, event->sequence);
    bytes_write_u64(writer, event->height);
    bytes_write_u64(writer, event->time_ms);
    bic_write(writer, &event->party);
    text35_write(writer, &event->reference);
    bytes_write_u64(writer, event->instruction_sequence);
    bic_write(writer, &event->counterparty);
    text35_write(writer, &event->counter_reference);
    bytes_write_u64(writer, event->counter_sequence);
    asset_code_write(writer, &event->asset);
    bytes_write_i64(writer, event->quantity);
    asset_code_write(writer, &event->currency);
    bytes_write_i64(writer, event->amount);
    text35_write(writer, &event->account);
    text35_write(writer, &event->counter_account);
    text35_write(writer, &event->cash_account);
    text35_write(writer, &event->counter_cash_account);
    bytes_write_u32(writer, event->settlement_date);
    bytes_write_u32(writer, event->date);
    bytes_write_u64(writer, event->due_ms);
    bytes_write_u8(writer, event->dimension);
    bytes_write_u8(writer, event->value);
    bytes_write_u8(writer, event->balance);
    bytes_write_u16(writer, (uint16_t)event->reason);
    bic_write(writer, &event->actor);
    bytes_write_u8(writer, event->priority);
    bytes_write_u8(writer, event->partial);
    bytes_write_i64(writer, event->settled_quantity);
    text35_write(writer, &event->person);
    text35_write(writer, &event->approver);
    bool has_content = !hash_is_zero(&event->content);
    bytes_write_bool(writer, has_content);
    bytes_write_copy(writer, event->content.bytes, has_content ? HASH_SIZE : 0);
}

/* What only events about drafts have. */
static void approval_decode(struct event *event, struct bytes_reader *reader)
{
    event->person = text35_read(reader);
    event->approver = text35_read(reader);
    if (bytes_read_bool(reader)) {
        bytes_read_copy(reader, event->content.bytes, HASH_SIZE);
        if (hash_is_zero(&event->content)) {
            bytes_reader_fail(reader);
        }
    }
}

/* What matched in the same step settled as a whole. */
static bool whole_at_once(const struct event *event)
{
    return event->value == 1 && event->reason == REASON_NONE &&
           event->settled_quantity == event->quantity;
}

/* A settlement is part of what has settled with it. */
static bool settled_sound(const struct event *event)
{
    switch ((enum event_kind)event->kind) {
    case EVENT_SETTLED:
        return event->quantity >= 0 && event->settled_quantity >= event->quantity &&
               (event->value == 0 || whole_at_once(event));
    case EVENT_CANCELLED:
        return event->settled_quantity >= 0;
    default:
        return event->settled_quantity == 0;
    }
}

bool event_decode(struct event *event, const void *bytes, size_t size)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes, size);
    *event = (struct event){0};
    event->kind = bytes_read_u8(&reader);
    event->sequence = bytes_read_u64(&reader);
    event->height = bytes_read_u64(&reader);
    event->time_ms = bytes_read_u64(&reader);
    event->party = bic_read(&reader);
    event->reference = text35_read(&reader);
    event->instruction_sequence = bytes_read_u64(&reader);
    event->counterparty = bic_read(&reader);
    event->counter_reference = text35_read(&reader);
    event->counter_sequence = bytes_read_u64(&reader);
    event->asset = asset_code_read(&reader);
    event->quantity = bytes_read_i64(&reader);
    event->currency = asset_code_read(&reader);
    event->amount = bytes_read_i64(&reader);
    event->account = text35_read(&reader);
    event->counter_account = text35_read(&reader);
    event->cash_account = text35_read(&reader);
    event->counter_cash_account = text35_read(&reader);
    event->settlement_date = bytes_read_u32(&reader);
    event->date = bytes_read_u32(&reader);
    event->due_ms = bytes_read_u64(&reader);
    event->dimension = bytes_read_u8(&reader);
    event->value = bytes_read_u8(&reader);
    event->balance = bytes_read_u8(&reader);
    uint16_t reason = bytes_read_u16(&reader);
    event->reason = (enum reason)reason;
    event->actor = bic_read(&reader);
    event->priority = bytes_read_u8(&reader);
    event->partial = bytes_read_u8(&reader);
    event->settled_quantity = bytes_read_i64(&reader);
    approval_decode(event, &reader);
    return bytes_reader_done(&reader) && event_name(event->kind)[0] != '\0' &&
           event->dimension < DIMENSION_COUNT && event->priority <= PRIORITY_NORMAL &&
           event->partial <= PARTIAL_PARQ && settled_sound(event) &&
           event->balance < POSITION_BALANCE_COUNT &&
           (reason == REASON_NONE || reason_known(reason));
}

uint8_t event_kind_of(const void *bytes, size_t size)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes, size);
    return bytes_read_u8(&reader);
}

const char *event_name(uint8_t kind)
{
    switch ((enum event_kind)kind) {
#define X(name, number, text) \
    case EVENT_##name:        \
        return #name;
        EVENTS(X)
#undef X
    }
    return "";
}

bool event_room(const struct ledger *ledger, uint32_t count)
{
    uint32_t left = ledger->events.capacity - ledger->events.count;
    return left >= ledger->event_reserve && left - ledger->event_reserve >= count;
}

void event_emit(struct ledger *ledger, struct event *event)
{
    struct scalars *scalars = ledger->scalars;
    scalars->event_sequence++;
    event->sequence = scalars->event_sequence;
    event->height = scalars->height;
    event->time_ms = scalars->time_ms;
    event->actor = ledger->actor;
    uint8_t bytes[EVENT_BYTES_MAX];
    struct bytes_writer writer;
    bytes_writer_init(&writer, bytes, sizeof(bytes));
    event_encode(event, &writer);
    TALLY_ASSERT(bytes_writer_ok(&writer));
    leaf_list_add(&ledger->events, bytes, writer.size);
}

/* One side of an event, in the words of business. */
static void side_describe(const struct ledger *ledger, const struct instruction *instruction,
                          struct bic *party, struct text35 *account, struct text35 *cash_account)
{
    *party = party_view(ledger, instruction->party)->bic;
    if (instruction->terms.account != RECORD_NONE) {
        *account = account_view(ledger, instruction->terms.account)->id;
    }
    if (instruction->terms.cash_account != RECORD_NONE) {
        *cash_account = account_view(ledger, instruction->terms.cash_account)->id;
    }
}

static void subject_describe(const struct ledger *ledger, const struct instruction *subject,
                             struct event *event)
{
    side_describe(ledger, subject, &event->party, &event->account, &event->cash_account);
    event->reference = subject->reference;
    event->instruction_sequence = subject->sequence;
    event->asset = asset_view(ledger, subject->terms.asset)->code;
    event->quantity = subject->terms.quantity;
    if (subject->terms.currency != RECORD_NONE) {
        event->currency = asset_view(ledger, subject->terms.currency)->code;
    }
    event->amount = subject->terms.amount;
    event->settlement_date = subject->terms.settlement_date;
    event->priority = subject->terms.priority;
    event->partial = subject->terms.partial;
}

static void counterpart_describe(const struct ledger *ledger, const struct instruction *subject,
                                 const struct instruction *counterpart, struct event *event)
{
    side_describe(ledger, counterpart, &event->counterparty, &event->counter_account,
                  &event->counter_cash_account);
    event->counter_reference = counterpart->reference;
    event->counter_sequence = counterpart->sequence;
    if (subject == counterpart) {
        event->counter_account = subject->terms.receiver_account; /* internal transfer */
    }
}

void event_emit_instruction(struct ledger *ledger, enum event_kind kind, uint32_t index,
                            uint8_t dimension, uint8_t value, enum reason reason)
{
    const struct instruction *subject = instruction_view(ledger, index);
    struct event event = {
        .kind = (uint8_t)kind, .dimension = dimension, .value = value, .reason = reason};
    subject_describe(ledger, subject, &event);
    event.settled_quantity = kind == EVENT_CANCELLED ? subject->settled_quantity : 0;
    if (subject->counterpart != RECORD_NONE) {
        counterpart_describe(ledger, subject, instruction_view(ledger, subject->counterpart),
                             &event);
    } else {
        bool delivers = subject->terms.movement == MOVEMENT_DELI;
        event.counterparty = delivers ? subject->terms.receiver : subject->terms.deliverer;
    }
    event_emit(ledger, &event);
}

static void pair_describe(const struct ledger *ledger, uint32_t deliverer, uint32_t receiver,
                          int64_t quantity, int64_t amount, struct event *event)
{
    const struct instruction *subject = instruction_view(ledger, deliverer);
    subject_describe(ledger, subject, event);
    counterpart_describe(ledger, subject, instruction_view(ledger, receiver), event);
    event->quantity = quantity;
    event->amount = amount;
}

void event_emit_pair(struct ledger *ledger, enum event_kind kind, uint32_t deliverer,
                     uint32_t receiver, int64_t quantity, int64_t amount, enum reason reason)
{
    struct event event = {.kind = (uint8_t)kind, .reason = reason};
    TALLY_ASSERT(kind != EVENT_SETTLED);
    pair_describe(ledger, deliverer, receiver, quantity, amount, &event);
    event_emit(ledger, &event);
}

void event_emit_settled(struct ledger *ledger, uint32_t deliverer, uint32_t receiver,
                        int64_t quantity, int64_t amount, enum reason reason, bool matched)
{
    const struct instruction *subject = instruction_view(ledger, deliverer);
    struct event event = {
        .kind = EVENT_SETTLED, .reason = reason, .value = (uint8_t)(matched ? 1 : 0)};
    bool fits = amount_add(subject->settled_quantity, quantity, &event.settled_quantity);
    TALLY_ASSERT(fits);
    pair_describe(ledger, deliverer, receiver, quantity, amount, &event);
    event_emit(ledger, &event);
}

void event_emit_quantity(struct ledger *ledger, enum event_kind kind, uint32_t index,
                         int64_t quantity)
{
    const struct instruction *subject = instruction_view(ledger, index);
    event_emit_pair(ledger, kind, index, subject->counterpart, quantity, 0, REASON_NONE);
}

void event_emit_link(struct ledger *ledger, enum event_kind kind, uint32_t index, uint32_t partner,
                     uint8_t type)
{
    const struct instruction *subject = instruction_view(ledger, index);
    struct event event = {.kind = (uint8_t)kind, .value = type};
    subject_describe(ledger, subject, &event);
    counterpart_describe(ledger, subject, instruction_view(ledger, partner), &event);
    event_emit(ledger, &event);
}
