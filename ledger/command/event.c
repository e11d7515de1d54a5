#include "ledger/command/event.h"

#include <string.h>

#include "base/amount.h"
#include "ledger/command/block_output.h"
#include "ledger/state.h"

/*
 * X(bit, member, form): every field that an event may have, in the order of its bytes. The forms
 * are spelt out below: what a field is borrowed as, at most takes, is written and read as. A field
 * is written only if it says something.
 */
#define EVENT_FIELDS(X)                \
    X(0, party, BIC)                   \
    X(1, reference, TEXT)              \
    X(2, instruction_sequence, NUMBER) \
    X(3, counterparty, BIC)            \
    X(4, counter_reference, TEXT)      \
    X(5, counter_sequence, NUMBER)     \
    X(6, asset, ASSET)                 \
    X(7, quantity, AMOUNT)             \
    X(8, currency, ASSET)              \
    X(9, amount, AMOUNT)               \
    X(10, account, TEXT)               \
    X(11, counter_account, TEXT)       \
    X(12, cash_account, TEXT)          \
    X(13, counter_cash_account, TEXT)  \
    X(14, settlement_date, DATE)       \
    X(15, date, DATE)                  \
    X(16, due_ms, NUMBER)              \
    X(17, dimension, BYTE)             \
    X(18, value, BYTE)                 \
    X(19, balance, BYTE)               \
    X(20, reason, REASON)              \
    X(21, actor, BIC)                  \
    X(22, priority, BYTE)              \
    X(23, partial, BYTE)               \
    X(24, settled_quantity, AMOUNT)    \
    X(25, person, TEXT)                \
    X(26, approver, TEXT)              \
    X(27, content, HASH)

enum {
    FIELDS_ALL = (1 << 28) - 1,
    /* Instead of the actor's BIC: it is the party, or the counterparty. */
    ACTOR_IS_PARTY = 1 << 28,
    ACTOR_IS_COUNTERPARTY = 1 << 29,
#define X(bit, member, form) SAYS_##member = 1 << (bit),
    EVENT_FIELDS(X)
#undef X
};

/* The fields of struct event; texts are borrowed from wherever they are. NULL: absent. */
struct fields {
    uint8_t kind;
    uint64_t sequence;
    uint64_t height;
    uint64_t time_ms;
#define MEMBER_BIC           const struct bic *
#define MEMBER_TEXT          const struct text35 *
#define MEMBER_ASSET         const struct asset_code *
#define MEMBER_HASH          const struct hash *
#define MEMBER_NUMBER        uint64_t
#define MEMBER_AMOUNT        int64_t
#define MEMBER_DATE          uint32_t
#define MEMBER_BYTE          uint8_t
#define MEMBER_REASON        enum reason
#define X(bit, member, form) MEMBER_##form member;
    EVENT_FIELDS(X)
#undef X
};

enum {
    LONGEST_BIC = BIC_SIZE,
    LONGEST_TEXT = sizeof(struct text35),
    LONGEST_ASSET = sizeof(struct asset_code),
    LONGEST_HASH = HASH_SIZE,
    LONGEST_NUMBER = BYTES_NUMBER_MAX,
    LONGEST_AMOUNT = BYTES_NUMBER_MAX,
    LONGEST_DATE = 5,
    LONGEST_BYTE = 1,
    LONGEST_REASON = 3,
    HEAD_LONGEST = 1 + 4 + 3 * BYTES_NUMBER_MAX,
};

/* Every field at its longest, one after the other. */
struct longest_fields {
#define X(bit, member, form) uint8_t member[LONGEST_##form];
    EVENT_FIELDS(X)
#undef X
};

enum {
    LONGEST = HEAD_LONGEST + sizeof(struct longest_fields),
};

_Static_assert((int)LONGEST <= EVENT_BYTES_MAX, "the longest event fits");
_Static_assert(sizeof(struct text35) == 1 + TEXT_SIZE_MAX, "a text is its size and its characters");
_Static_assert(sizeof(struct asset_code) == 1 + ISIN_SIZE, "so is an asset code");

/* ---- Writing ------------------------------------------------------------------------------- */

/*
 * A text is copied with all its room and only counted as long as it is: the bytes behind it are
 * written next, or are not the leaf's. LONGEST counts that room.
 */
static size_t put_text(uint8_t *at, const struct text35 *text)
{
    memcpy(at, text, sizeof *text);
    return 1 + (size_t)text->size;
}

static size_t put_asset(uint8_t *at, const struct asset_code *code)
{
    memcpy(at, code, sizeof *code);
    return 1 + (size_t)code->size;
}

static size_t put_bytes(uint8_t *at, const void *bytes, size_t size)
{
    memcpy(at, bytes, size);
    return size;
}

static size_t put_byte(uint8_t *at, uint8_t byte)
{
    *at = byte;
    return 1;
}

static bool says_bic(const struct bic *bic)
{
    return bic != NULL && !bic_absent(bic);
}

static bool says_text(const struct text35 *text)
{
    return text != NULL && text->size > 0;
}

static bool says_asset(const struct asset_code *code)
{
    return code != NULL && code->size > 0;
}

static bool says_hash(const struct hash *hash)
{
    return hash != NULL && !hash_is_zero(hash);
}

#define SAYS_BIC(value)       says_bic(value)
#define SAYS_TEXT(value)      says_text(value)
#define SAYS_ASSET(value)     says_asset(value)
#define SAYS_HASH(value)      says_hash(value)
#define SAYS_NUMBER(value)    ((value) != 0)
#define SAYS_AMOUNT(value)    ((value) != 0)
#define SAYS_DATE(value)      ((value) != 0)
#define SAYS_BYTE(value)      ((value) != 0)
#define SAYS_REASON(value)    ((value) != REASON_NONE)
#define PUT_BIC(at, value)    put_bytes(at, (value)->text, BIC_SIZE)
#define PUT_TEXT(at, value)   put_text(at, value)
#define PUT_ASSET(at, value)  put_asset(at, value)
#define PUT_HASH(at, value)   put_bytes(at, (value)->bytes, HASH_SIZE)
#define PUT_NUMBER(at, value) bytes_put_number(at, value)
#define PUT_AMOUNT(at, value) bytes_put_number(at, (uint64_t)(value))
#define PUT_DATE(at, value)   bytes_put_number(at, value)
#define PUT_BYTE(at, value)   put_byte(at, value)
#define PUT_REASON(at, value) bytes_put_number(at, (uint64_t)(value))

/* Inlined where an event is made: which of the fields it has is known there, the others cost
 * nothing. */
#define INLINED __attribute__((always_inline)) static inline

/* Takes the actor out when it is one of the two parties, and says which. */
INLINED uint32_t actor_shorten(struct fields *fields)
{
    if (!SAYS_BIC(fields->actor)) {
        return 0;
    }
    if (SAYS_BIC(fields->party) && bic_equal(fields->actor, fields->party)) {
        fields->actor = NULL;
        return ACTOR_IS_PARTY;
    }
    if (SAYS_BIC(fields->counterparty) && bic_equal(fields->actor, fields->counterparty)) {
        fields->actor = NULL;
        return ACTOR_IS_COUNTERPARTY;
    }
    return 0;
}

/* Writes at most EVENT_BYTES_MAX bytes; returns how many. */
INLINED size_t fields_encode(struct fields *fields, uint8_t *out)
{
    uint32_t said = actor_shorten(fields);
    size_t size = 1 + 4;
    out[0] = fields->kind;
    size += bytes_put_number(out + size, fields->sequence);
    size += bytes_put_number(out + size, fields->height);
    size += bytes_put_number(out + size, fields->time_ms);
#define X(bit, member, form)                            \
    if (SAYS_##form(fields->member)) {                  \
        said |= SAYS_##member;                          \
        size += PUT_##form(out + size, fields->member); \
    }
    EVENT_FIELDS(X)
#undef X
    bytes_put_u32(out + 1, said);
    return size;
}

static void fields_of(const struct event *event, struct fields *out)
{
    *out = (struct fields){.kind = event->kind,
                           .sequence = event->sequence,
                           .height = event->height,
                           .time_ms = event->time_ms};
#define FROM_BIC(value)      &(value)
#define FROM_TEXT(value)     &(value)
#define FROM_ASSET(value)    &(value)
#define FROM_HASH(value)     &(value)
#define FROM_NUMBER(value)   value
#define FROM_AMOUNT(value)   value
#define FROM_DATE(value)     value
#define FROM_BYTE(value)     value
#define FROM_REASON(value)   value
#define X(bit, member, form) out->member = FROM_##form(event->member);
    EVENT_FIELDS(X)
#undef X
}

void event_encode(const struct event *event, struct bytes_writer *writer)
{
    uint8_t bytes[EVENT_BYTES_MAX];
    struct fields fields;
    fields_of(event, &fields);
    bytes_write_copy(writer, bytes, fields_encode(&fields, bytes));
}

/* ---- Reading ------------------------------------------------------------------------------- */

static int64_t read_amount(struct bytes_reader *reader)
{
    uint64_t bits = bytes_read_number(reader);
    int64_t value = 0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint32_t read_u32(struct bytes_reader *reader)
{
    uint64_t value = bytes_read_number(reader);
    if (value > UINT32_MAX) {
        bytes_reader_fail(reader);
    }
    return (uint32_t)value;
}

static struct hash read_hash(struct bytes_reader *reader)
{
    struct hash hash;
    bytes_read_copy(reader, hash.bytes, HASH_SIZE);
    return hash;
}

static enum reason read_reason(struct bytes_reader *reader)
{
    uint32_t reason = read_u32(reader);
    if (reason > UINT16_MAX || !reason_known((uint16_t)reason)) {
        bytes_reader_fail(reader);
        return REASON_NONE;
    }
    return (enum reason)reason;
}

/* Fills in an actor that is one of the two parties, as actor_shorten() took it out. */
static bool actor_lengthen(uint32_t said, struct event *event)
{
    bool is_party = (said & ACTOR_IS_PARTY) != 0;
    bool is_counterparty = (said & ACTOR_IS_COUNTERPARTY) != 0;
    bool same = !bic_absent(&event->actor) && (bic_equal(&event->actor, &event->party) ||
                                               bic_equal(&event->actor, &event->counterparty));
    if (!is_party && !is_counterparty) {
        return !same;
    }
    if ((is_party && is_counterparty) || !bic_absent(&event->actor)) {
        return false;
    }
    event->actor = is_party ? event->party : event->counterparty;
    return !bic_absent(&event->actor) &&
           (is_party || !bic_equal(&event->party, &event->counterparty));
}

/* What is said to be there says something. */
static bool fields_decode(uint32_t said, struct bytes_reader *reader, struct event *event)
{
    bool says = true;
#define READ_BIC    bic_read
#define READ_TEXT   text35_read
#define READ_ASSET  asset_code_read
#define READ_HASH   read_hash
#define READ_NUMBER bytes_read_number
#define READ_AMOUNT read_amount
#define READ_DATE   read_u32
#define READ_BYTE   bytes_read_u8
#define READ_REASON read_reason
#define X(bit, member, form)                                    \
    if ((said & SAYS_##member) != 0) {                          \
        event->member = READ_##form(reader);                    \
        says = says && SAYS_##form(FROM_##form(event->member)); \
    }
    EVENT_FIELDS(X)
#undef X
    return says;
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
    uint32_t said = bytes_read_u32(&reader);
    event->sequence = bytes_read_number(&reader);
    event->height = bytes_read_number(&reader);
    event->time_ms = bytes_read_number(&reader);
    bool says = fields_decode(said, &reader, event);
    return bytes_reader_done(&reader) && says && actor_lengthen(said, event) &&
           (said & ~(uint32_t)(FIELDS_ALL | ACTOR_IS_PARTY | ACTOR_IS_COUNTERPARTY)) == 0 &&
           event_name(event->kind)[0] != '\0' && event->dimension < DIMENSION_COUNT &&
           event->priority <= PRIORITY_NORMAL && event->partial <= PARTIAL_PARQ &&
           settled_sound(event) && event->balance < POSITION_BALANCE_COUNT;
}

uint8_t event_kind_of(const void *bytes, size_t size)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes, size);
    return bytes_read_u8(&reader);
}

bool event_sides_read(struct event_sides *sides, const void *bytes, size_t size)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes, size);
    (void)bytes_read_u8(&reader);
    uint32_t said = bytes_read_u32(&reader);
    for (int head = 0; head < 3; head++) { /* sequence, height, time */
        (void)bytes_read_number(&reader);
    }
    sides->party = (said & SAYS_party) != 0 ? bic_read(&reader) : (struct bic){{0}};
    sides->reference = (said & SAYS_reference) != 0 ? text35_read(&reader) : (struct text35){0};
    if ((said & SAYS_instruction_sequence) != 0) {
        (void)bytes_read_number(&reader);
    }
    sides->counterparty = (said & SAYS_counterparty) != 0 ? bic_read(&reader) : (struct bic){{0}};
    sides->counter_reference =
        (said & SAYS_counter_reference) != 0 ? text35_read(&reader) : (struct text35){0};
    sides->says_reason = (said & SAYS_reason) != 0;
    return !reader.failed;
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

/* ---- Emitting ------------------------------------------------------------------------------ */

/* Numbers an event and appends it to the block. */
INLINED void fields_emit_inlined(struct ledger *ledger, struct fields *fields)
{
    struct scalars *scalars = ledger->scalars;
    scalars->event_sequence++;
    fields->sequence = scalars->event_sequence;
    fields->height = scalars->height;
    fields->time_ms = scalars->time_ms;
    fields->actor = &ledger->actor;
    uint8_t *place = leaf_list_place(&ledger->events);
    leaf_list_commit(&ledger->events, fields_encode(fields, place));
}

static void fields_emit(struct ledger *ledger, struct fields *fields)
{
    fields_emit_inlined(ledger, fields);
}

void event_emit(struct ledger *ledger, const struct event *event)
{
    struct fields fields;
    fields_of(event, &fields);
    fields_emit(ledger, &fields);
}

/* ---- Of instructions ----------------------------------------------------------------------- */

static const struct bic *party_bic(const struct ledger *ledger, const struct instruction *side)
{
    return &party_view(ledger, side->party)->bic;
}

static const struct text35 *account_id(const struct ledger *ledger, uint32_t account)
{
    return account == RECORD_NONE ? NULL : &account_view(ledger, account)->id;
}

static const struct asset_code *asset_code(const struct ledger *ledger, uint32_t asset)
{
    return asset == RECORD_NONE ? NULL : &asset_view(ledger, asset)->code;
}

INLINED void subject_describe(const struct ledger *ledger, const struct instruction *subject,
                              struct fields *fields)
{
    fields->party = party_bic(ledger, subject);
    fields->reference = &subject->reference;
    fields->instruction_sequence = subject->sequence;
}

/* What it is about, and where it settles. */
INLINED void terms_describe(const struct ledger *ledger, const struct instruction *subject,
                            struct fields *fields)
{
    const struct instruction_terms *terms = &subject->terms;
    fields->asset = asset_code(ledger, terms->asset);
    fields->quantity = terms->quantity;
    fields->currency = asset_code(ledger, terms->currency);
    fields->amount = terms->amount;
    fields->account = account_id(ledger, terms->account);
    fields->cash_account = account_id(ledger, terms->cash_account);
    fields->settlement_date = terms->settlement_date;
}

INLINED void counterpart_describe(const struct ledger *ledger, const struct instruction *subject,
                                  const struct instruction *counterpart, struct fields *fields)
{
    bool internal = subject == counterpart;
    fields->counterparty = party_bic(ledger, counterpart);
    fields->counter_reference = &counterpart->reference;
    fields->counter_sequence = counterpart->sequence;
    fields->counter_account = internal ? &terms_particulars(&subject->terms)->receiver_account
                                       : account_id(ledger, counterpart->terms.account);
    fields->counter_cash_account = account_id(ledger, counterpart->terms.cash_account);
}

/* Whom it names as the other side, while nobody has answered. */
static const struct bic *counterparty_named(const struct instruction *subject)
{
    return subject->terms.movement == MOVEMENT_DELI ? &subject->terms.receiver
                                                    : &subject->terms.deliverer;
}

void event_emit_status(struct ledger *ledger, uint32_t index, uint8_t dimension, uint8_t value,
                       enum reason reason)
{
    const struct instruction *subject = instruction_view(ledger, index);
    struct fields fields = {
        .kind = EVENT_STATUS, .dimension = dimension, .value = value, .reason = reason};
    subject_describe(ledger, subject, &fields);
    fields.counterparty = counterparty_named(subject);
    fields_emit(ledger, &fields);
}

void event_emit_instruction(struct ledger *ledger, enum event_kind kind, uint32_t index,
                            uint8_t dimension, uint8_t value, enum reason reason)
{
    const struct instruction *subject = instruction_view(ledger, index);
    struct fields fields = {
        .kind = (uint8_t)kind, .dimension = dimension, .value = value, .reason = reason};
    TALLY_ASSERT(kind != EVENT_STATUS);
    subject_describe(ledger, subject, &fields);
    terms_describe(ledger, subject, &fields);
    fields.settled_quantity = kind == EVENT_CANCELLED ? subject->settled_quantity : 0;
    if (kind == EVENT_AMENDED) {
        fields.priority = subject->terms.priority;
        fields.partial = subject->terms.partial;
    }
    if (subject->counterpart != RECORD_NONE) {
        counterpart_describe(ledger, subject, instruction_view(ledger, subject->counterpart),
                             &fields);
    } else {
        fields.counterparty = counterparty_named(subject);
    }
    fields_emit(ledger, &fields);
}

INLINED void pair_describe(const struct ledger *ledger, uint32_t deliverer, uint32_t receiver,
                           int64_t quantity, int64_t amount, struct fields *fields)
{
    const struct instruction *subject = instruction_view(ledger, deliverer);
    subject_describe(ledger, subject, fields);
    terms_describe(ledger, subject, fields);
    counterpart_describe(ledger, subject, instruction_view(ledger, receiver), fields);
    fields->quantity = quantity;
    fields->amount = amount;
}

void event_emit_pair(struct ledger *ledger, enum event_kind kind, uint32_t deliverer,
                     uint32_t receiver, int64_t quantity, int64_t amount, enum reason reason)
{
    struct fields fields = {.kind = (uint8_t)kind, .reason = reason};
    TALLY_ASSERT(kind != EVENT_SETTLED);
    pair_describe(ledger, deliverer, receiver, quantity, amount, &fields);
    fields_emit(ledger, &fields);
}

void event_emit_settled(struct ledger *ledger, uint32_t deliverer, uint32_t receiver,
                        int64_t quantity, int64_t amount, enum reason reason, bool matched)
{
    struct fields fields = {
        .kind = EVENT_SETTLED, .reason = reason, .value = (uint8_t)(matched ? 1 : 0)};
    bool fits = amount_add(instruction_view(ledger, deliverer)->settled_quantity, quantity,
                           &fields.settled_quantity);
    TALLY_ASSERT(fits);
    pair_describe(ledger, deliverer, receiver, quantity, amount, &fields);
    fields_emit_inlined(ledger, &fields);
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
    struct fields fields = {.kind = (uint8_t)kind, .value = type};
    subject_describe(ledger, subject, &fields);
    terms_describe(ledger, subject, &fields);
    counterpart_describe(ledger, subject, instruction_view(ledger, partner), &fields);
    fields_emit(ledger, &fields);
}
