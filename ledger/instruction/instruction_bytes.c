#include <string.h>

#include "ledger/instruction/instruction.h"
#include "ledger/state.h"
#include "ledger/values/date.h"

/*
 * The record is put together in memory that holds the longest, and so needs no look at the room for
 * each field. Each function appends at `at` and returns what is behind.
 */
enum {
    NUMBERS_MAX = 40 + 3 * DIMENSION_COUNT + INSTRUCTION_LINKS_MAX + 2 * RESTRICTION_DRAWS_MAX,
    PLAIN_BYTES = 64 + DIMENSION_COUNT + INSTRUCTION_LINKS_MAX,
    LONGEST = NUMBERS_MAX * BYTES_NUMBER_MAX + PLAIN_BYTES + INSTRUCTION_CONTENT_SIZE +
              7 * BIC_SIZE + 5 * (1 + TEXT_SIZE_MAX),
};

/*
 * What most instructions do not say, or say in one way: a bit each, the common ones first, since
 * they are written as a number. All follow from the instruction, so there is one form of each.
 */
enum {
    MATCHED = 1 << 0,           /* the counterpart is there */
    AMOUNT_AS_SAID = 1 << 1,    /* the settlement amount is the instructed one, and not zero */
    SETTLED_WHOLE = 1 << 2,     /* as much as was instructed has settled, and not nothing */
    DELIVERER_HEAD = 1 << 3,    /* the last three characters of the BIC are XXX, and left out */
    RECEIVER_HEAD = 1 << 4,     /* the same */
    ONE_DEPOSITORY = 1 << 5,    /* both are there, and the same */
    SAYS_ALLEGEMENT = 1 << 6,   /* state and time */
    SAYS_WAITING = 1 << 7,      /* for what, and where */
    SAYS_DEPOSITORIES = 1 << 8, /* one of them, or two that differ */
    SAYS_PARTICULARS = 1 << 9,  /* any of common reference, clients and accounts of the two sides */
    SAYS_TIES = 1 << 10,        /* pool or links */
    SAYS_DRAWS = 1 << 11,
    SAYS_CONDITIONS = 1 << 12, /* or cum or ex */
    SAYS_AMOUNT = 1 << 13,     /* the settlement amount is another one, and not zero */
    SAYS_SETTLED = 1 << 14,    /* something has, and not the whole */
    SAYS_RELEASED = 1 << 15,
    SAYS_ALL = (1 << 16) - 1,
};

static uint8_t *put_u8(uint8_t *at, uint8_t value)
{
    at[0] = value;
    return at + 1;
}

static uint8_t *put_u32(uint8_t *at, uint32_t value)
{
    bytes_put_u32(at, value);
    return at + 4;
}

/* All of it is copied, whatever its size: the next field goes over what is too much. */
static uint8_t *put_text(uint8_t *at, const struct text35 *text)
{
    at[0] = text->size;
    memcpy(at + 1, text->text, TEXT_SIZE_MAX);
    return at + 1 + text->size;
}

static uint8_t *put_bic(uint8_t *at, const struct bic *bic)
{
    memcpy(at, bic->text, BIC_SIZE);
    return at + BIC_SIZE;
}

/* A BIC that may be absent: whether it is there, and then the BIC. */
static uint8_t *put_bic_optional(uint8_t *at, const struct bic *bic)
{
    bool there = !bic_absent(bic);
    at[0] = there;
    return there ? put_bic(at + 1, bic) : at + 1;
}

/* An index that may be none: 0, or one more than the index. */
static uint8_t *put_index(uint8_t *at, uint32_t index)
{
    return bytes_put_number_at(at, index == RECORD_NONE ? 0 : (uint64_t)index + 1);
}

static uint32_t index_read(struct bytes_reader *reader)
{
    uint32_t number = bytes_read_number_u32(reader);
    return number == 0 ? RECORD_NONE : number - 1;
}

/* A number of which the record has room for so much; 0 and a failed reader if it is larger. */
static uint64_t number_read(struct bytes_reader *reader, uint64_t most)
{
    uint64_t number = bytes_read_number(reader);
    if (number > most) {
        bytes_reader_fail(reader);
        return 0;
    }
    return number;
}

static struct bic bic_optional_read(struct bytes_reader *reader)
{
    struct bic bic = {{0}};
    if (bytes_read_bool(reader)) {
        bic = bic_read(reader);
        if (bic_absent(&bic)) {
            bytes_reader_fail(reader);
        }
    }
    return bic;
}

static const char head_office[3] = {'X', 'X', 'X'};

enum {
    BIC_HEAD_SIZE = BIC_SIZE - (int)sizeof(head_office)
};

static bool of_head_office(const struct bic *bic)
{
    return memcmp(bic->text + BIC_HEAD_SIZE, head_office, sizeof(head_office)) == 0;
}

/* All of it is copied: the next field goes over what is left out. */
static uint8_t *put_party(uint8_t *at, const struct bic *bic, bool head)
{
    return put_bic(at, bic) - (head ? sizeof(head_office) : 0);
}

static struct bic party_read(struct bytes_reader *reader, bool head)
{
    struct bic bic = {{0}};
    if (!head) {
        return bic_read(reader);
    }
    bytes_read_copy(reader, bic.text, BIC_HEAD_SIZE);
    memcpy(bic.text + BIC_HEAD_SIZE, head_office, sizeof(head_office));
    if (!bic_valid(&bic)) {
        bytes_reader_fail(reader);
    }
    return bic;
}

static bool settled_whole(const struct instruction *instruction)
{
    return instruction->settled_quantity == instruction->terms.quantity &&
           instruction->settled_amount == instruction->settlement_amount &&
           (instruction->settled_quantity != 0 || instruction->settled_amount != 0);
}

static uint32_t said_of_terms(const struct instruction_terms *terms)
{
    bool depositories =
        !bic_absent(&terms->deliverer_depository) || !bic_absent(&terms->receiver_depository);
    bool one = bic_equal(&terms->deliverer_depository, &terms->receiver_depository);
    uint32_t said = 0;
    said |= of_head_office(&terms->deliverer) ? DELIVERER_HEAD : 0;
    said |= of_head_office(&terms->receiver) ? RECEIVER_HEAD : 0;
    if (depositories) {
        said |= one ? ONE_DEPOSITORY : SAYS_DEPOSITORIES;
    }
    said |= terms->conditions != 0 || terms->cum_ex != 0 ? SAYS_CONDITIONS : 0;
    said |= terms->particulars != NULL ? SAYS_PARTICULARS : 0;
    return said;
}

static uint32_t said_of(const struct instruction *instruction)
{
    bool settled = instruction->settled_quantity != 0 || instruction->settled_amount != 0;
    const struct instruction_ties *ties = instruction_ties(instruction);
    bool tied = ties->link_count > 0 || ties->pool.reference.size > 0 || ties->pool.total != 0 ||
                ties->pool.number != 0;
    bool draws = ties->draws.count > 0 || ties->draws.restricted_only;
    uint32_t said = said_of_terms(&instruction->terms);
    said |= instruction->counterpart != RECORD_NONE ? MATCHED : 0;
    if (instruction->settlement_amount != 0) {
        said |= instruction->settlement_amount == instruction->terms.amount ? AMOUNT_AS_SAID
                                                                            : SAYS_AMOUNT;
    }
    if (settled) {
        said |= settled_whole(instruction) ? SETTLED_WHOLE : SAYS_SETTLED;
    }
    said |= instruction->released_quantity != 0 ? SAYS_RELEASED : 0;
    said |= instruction->allegement != ALLEGEMENT_NONE ? SAYS_ALLEGEMENT : 0;
    said |= instruction->queue != QUEUE_NONE ? SAYS_WAITING : 0;
    said |= tied ? SAYS_TIES : 0;
    said |= draws ? SAYS_DRAWS : 0;
    return said;
}

/* Five codes of at most four values each. */
static uint8_t codes_of(const struct instruction_terms *terms)
{
    TALLY_ASSERT(terms->payment > 0 && terms->movement > 0);
    TALLY_ASSERT(terms->priority > 0 && terms->partial > 0);
    return (uint8_t)((terms->payment - 1u) | (terms->movement - 1u) << 1 |
                     (unsigned)terms->credit_debit << 2 | (terms->priority - 1u) << 4 |
                     (terms->partial - 1u) << 6);
}

static void codes_read(struct instruction_terms *terms, uint8_t codes)
{
    terms->payment = 1 + (codes & 1);
    terms->movement = 1 + (codes >> 1 & 1);
    terms->credit_debit = codes >> 2 & 3;
    terms->priority = 1 + (codes >> 4 & 3);
    terms->partial = (uint8_t)(1 + (codes >> 6 & 3));
}

/* A date near another one, by what it differs from it as a number. */
static uint8_t *put_date(uint8_t *at, uint32_t date, uint32_t near)
{
    return bytes_put_signed_at(at, (int64_t)date - near);
}

static uint32_t date_read(struct bytes_reader *reader, uint32_t near)
{
    int64_t difference = bytes_read_signed_number(reader);
    if (difference < -(int64_t)near || difference > (int64_t)UINT32_MAX - near) {
        bytes_reader_fail(reader);
        return 0;
    }
    return (uint32_t)(near + difference);
}

static uint8_t *put_particulars(uint8_t *at, const struct instruction_particulars *particulars)
{
    at = put_text(at, &particulars->common_reference);
    at = put_bic_optional(at, &particulars->deliverer_client);
    at = put_bic_optional(at, &particulars->receiver_client);
    at = put_text(at, &particulars->deliverer_account);
    return put_text(at, &particulars->receiver_account);
}

static void particulars_read(struct instruction_particulars *particulars,
                             struct bytes_reader *reader)
{
    particulars->common_reference = text35_read(reader);
    particulars->deliverer_client = bic_optional_read(reader);
    particulars->receiver_client = bic_optional_read(reader);
    particulars->deliverer_account = text35_read(reader);
    particulars->receiver_account = text35_read(reader);
}

static uint8_t *put_terms(uint8_t *at, const struct instruction_terms *terms, uint32_t said)
{
    at = put_u8(at, codes_of(terms));
    at = put_u8(at, terms->transaction_type);
    at = bytes_put_number_at(at, terms->asset);
    at = bytes_put_signed_at(at, terms->quantity);
    at = put_index(at, terms->currency);
    at = bytes_put_signed_at(at, terms->amount);
    at = put_u32(at, terms->settlement_date);
    at = put_date(at, terms->trade_date, terms->settlement_date);
    at = put_party(at, &terms->deliverer, (said & DELIVERER_HEAD) != 0);
    at = put_party(at, &terms->receiver, (said & RECEIVER_HEAD) != 0);
    at = put_index(at, terms->account);
    at = put_index(at, terms->cash_account);
    at = (said & ONE_DEPOSITORY) != 0 ? put_bic(at, &terms->deliverer_depository) : at;
    if ((said & SAYS_DEPOSITORIES) != 0) {
        at = put_bic_optional(at, &terms->deliverer_depository);
        at = put_bic_optional(at, &terms->receiver_depository);
    }
    if ((said & SAYS_CONDITIONS) != 0) {
        at = bytes_put_number_at(at, terms->conditions);
        at = put_u8(at, terms->cum_ex);
    }
    return (said & SAYS_PARTICULARS) != 0 ? put_particulars(at, terms_particulars(terms)) : at;
}

static void terms_read(struct instruction_terms *terms, struct instruction_particulars *particulars,
                       uint32_t said, struct bytes_reader *reader)
{
    codes_read(terms, bytes_read_u8(reader));
    terms->transaction_type = bytes_read_u8(reader);
    terms->asset = bytes_read_number_u32(reader);
    terms->quantity = bytes_read_signed_number(reader);
    terms->currency = index_read(reader);
    terms->amount = bytes_read_signed_number(reader);
    terms->settlement_date = bytes_read_u32(reader);
    terms->trade_date = date_read(reader, terms->settlement_date);
    terms->deliverer = party_read(reader, (said & DELIVERER_HEAD) != 0);
    terms->receiver = party_read(reader, (said & RECEIVER_HEAD) != 0);
    terms->account = index_read(reader);
    terms->cash_account = index_read(reader);
    if ((said & ONE_DEPOSITORY) != 0) {
        terms->deliverer_depository = bic_read(reader);
        terms->receiver_depository = terms->deliverer_depository;
    }
    if ((said & SAYS_DEPOSITORIES) != 0) {
        terms->deliverer_depository = bic_optional_read(reader);
        terms->receiver_depository = bic_optional_read(reader);
    }
    if ((said & SAYS_CONDITIONS) != 0) {
        terms->conditions = bytes_read_number_u32(reader);
        terms->cum_ex = bytes_read_u8(reader);
    }
    if ((said & SAYS_PARTICULARS) != 0) {
        particulars_read(particulars, reader);
    }
    terms->particulars = instruction_particulars_any(particulars) ? particulars : NULL;
}

static bool within(uint8_t value, uint8_t first, uint8_t last)
{
    return value >= first && value <= last;
}

/* The account that it settles over is named by its number only. */
static bool own_account_sound(const struct instruction_terms *terms)
{
    const struct instruction_particulars *named = terms_particulars(terms);
    bool delivers = terms->movement == MOVEMENT_DELI;
    const struct text35 *own = delivers ? &named->deliverer_account : &named->receiver_account;
    return terms->account == RECORD_NONE || own->size == 0;
}

static bool terms_sound(const struct instruction_terms *terms)
{
    bool codes = within(terms->payment, PAYMENT_APMT, PAYMENT_FREE) &&
                 within(terms->movement, MOVEMENT_DELI, MOVEMENT_RECE) &&
                 terms->credit_debit <= CREDIT_DEBIT_DBIT &&
                 (terms->conditions & ~condition_set_known()) == 0 &&
                 terms->cum_ex <= CUM_EX_XCPN &&
                 within(terms->priority, PRIORITY_RESERVED, PRIORITY_NORMAL) &&
                 within(terms->partial, PARTIAL_NPAR, PARTIAL_PARQ) &&
                 transaction_type_code(terms->transaction_type)[0] != '\0';
    return codes && date_valid(terms->trade_date) && date_valid(terms->settlement_date) &&
           terms->quantity >= 0 && terms->amount >= 0 && !bic_absent(&terms->deliverer) &&
           !bic_absent(&terms->receiver) && own_account_sound(terms);
}

/* The status of a dimension in which nothing has happened since the submission. */
static struct instruction_status status_first(const struct instruction *instruction)
{
    return instruction_status_make(0, REASON_NONE, instruction->submitted_height,
                                   instruction->submitted_ms);
}

/* Of a status that is written: its value in the lowest bits, and */
enum {
    STATUS_VALUE = 3,
    STATUS_REASON = 4, /* a reason follows */
    STATUS_THEN = 8,   /* since when: as the one before; else blocks and milliseconds follow */
};

static bool same_time(const struct instruction_status *a, const struct instruction_status *b)
{
    return a->height == b->height && a->time_ms == b->time_ms;
}

/* Which dimensions have another status than the first, and these, counted from the submission. */
static uint8_t *put_statuses(uint8_t *at, const struct instruction *instruction)
{
    const struct instruction_status first = status_first(instruction);
    const struct instruction_status *before = &first;
    uint8_t *changed = at;
    at = put_u8(at, 0);
    for (uint32_t i = 0; i < DIMENSION_COUNT; i++) {
        const struct instruction_status *status = &instruction->status[i];
        if (memcmp(status, &first, sizeof(first)) == 0) {
            continue;
        }
        bool then = same_time(status, before);
        before = status;
        TALLY_ASSERT(status->value <= STATUS_VALUE);
        *changed |= (uint8_t)(1u << i);
        at = put_u8(at, (uint8_t)((unsigned)status->value |
                                  (status->reason != REASON_NONE ? STATUS_REASON : 0) |
                                  (then ? STATUS_THEN : 0)));
        at = status->reason != REASON_NONE ? bytes_put_number_at(at, status->reason) : at;
        if (!then) {
            TALLY_ASSERT(status->height >= instruction->submitted_height);
            TALLY_ASSERT(status->time_ms >= instruction->submitted_ms);
            at = bytes_put_number_at(at, status->height - instruction->submitted_height);
            at = bytes_put_number_at(at, status->time_ms - instruction->submitted_ms);
        }
    }
    return at;
}
_Static_assert(DIMENSION_COUNT == 8, "a byte has a bit for each");

static uint8_t *put_links(uint8_t *at, const struct instruction_ties *ties)
{
    TALLY_ASSERT(ties->link_count <= INSTRUCTION_LINKS_MAX);
    at = put_text(at, &ties->pool.reference);
    at = bytes_put_number_at(at, ties->pool.number);
    at = bytes_put_number_at(at, ties->pool.total);
    at = put_u8(at, ties->link_count);
    for (uint32_t i = 0; i < ties->link_count; i++) {
        at = bytes_put_number_at(at, ties->links[i].partner);
        at = put_u8(at, ties->links[i].type);
    }
    return at;
}

static uint8_t *put_waiting(uint8_t *at, const struct instruction *instruction)
{
    enum queue queue = (enum queue)instruction->queue;
    at = put_u8(at, (uint8_t)queue);
    at = put_index(at, queue == QUEUE_POSITION ? instruction->waiting_for : RECORD_NONE);
    at = bytes_put_signed_at(at, instruction->waiting_need);
    at = bytes_put_signed_at(at, instruction->part_least);
    at = bytes_put_number_at(at, queue == QUEUE_DATE ? instruction->waiting_for : 0);
    return put_index(at, queue == QUEUE_LIMIT ? instruction->waiting_for : RECORD_NONE);
}

static uint8_t *put_settled(uint8_t *at, const struct instruction *instruction, uint32_t said)
{
    at = (said & MATCHED) != 0 ? bytes_put_number_at(at, instruction->counterpart) : at;
    at = (said & SAYS_AMOUNT) != 0 ? bytes_put_signed_at(at, instruction->settlement_amount) : at;
    if ((said & SAYS_SETTLED) != 0) {
        at = bytes_put_signed_at(at, instruction->settled_quantity);
        at = bytes_put_signed_at(at, instruction->settled_amount);
    }
    return (said & SAYS_RELEASED) != 0 ? bytes_put_signed_at(at, instruction->released_quantity)
                                       : at;
}

static uint8_t *instruction_put(uint8_t *at, const struct instruction *instruction, uint32_t said)
{
    const struct instruction_terms *terms = &instruction->terms;
    at = bytes_put_number_at(at, said);
    at = bytes_put_number_at(at, instruction->sequence);
    at = bytes_put_number_at(at, instruction->party);
    at = put_text(at, &instruction->reference);
    memcpy(at, instruction->content, INSTRUCTION_CONTENT_SIZE);
    at = put_terms(at + INSTRUCTION_CONTENT_SIZE, terms, said);
    at = bytes_put_number_at(at, instruction->submitted_height);
    at = bytes_put_number_at(at, instruction->receipt_index);
    at = bytes_put_number_at(at, instruction->submitted_ms);
    at = put_statuses(at, instruction);
    at = put_date(at, instruction->changed_date, terms->settlement_date);
    at = put_settled(at, instruction, said);
    at = (said & SAYS_WAITING) != 0 ? put_waiting(at, instruction) : at;
    at = (said & SAYS_TIES) != 0 ? put_links(at, instruction_ties(instruction)) : at;
    if ((said & SAYS_ALLEGEMENT) != 0) {
        at = put_u8(at, instruction->allegement);
        at = bytes_put_number_at(at, instruction->allegement_ms);
    }
    return at;
}

/* In place where there is room for the longest. */
void instruction_encode(const struct instruction *instruction, struct bytes_writer *writer)
{
    uint8_t own[LONGEST];
    uint32_t said = said_of(instruction);
    uint8_t *start = bytes_write_begin(writer, own, LONGEST);
    uint8_t *end = instruction_put(start, instruction, said);
    TALLY_ASSERT(end - start <= LONGEST);
    bytes_write_end(writer, own, start, end);
    if ((said & SAYS_DRAWS) != 0) {
        restriction_draws_encode(&instruction_ties(instruction)->draws, writer);
    }
}

/* Reads one, which follows `before`, the last one read, or that of the submission. */
static void status_read(struct instruction *instruction, uint32_t dimension,
                        const struct instruction_status *before, struct bytes_reader *reader)
{
    static const uint8_t last_value[DIMENSION_COUNT] = {
        [DIMENSION_SETTLEMENT] = SETTLEMENT_SETTLED,
        [DIMENSION_MATCH] = MATCH_NOT_REQUIRED,
        [DIMENSION_CANCELLATION] = CANCELLATION_CANCELLED,
        [DIMENSION_HOLD_PARTY] = HOLD_YES,
        [DIMENSION_HOLD_CSD] = HOLD_YES,
        [DIMENSION_HOLD_VALIDATION] = HOLD_YES,
        [DIMENSION_HOLD_CONDITIONAL] = HOLD_YES,
        [DIMENSION_PROCESSING] = PROCESSING_ENDED,
    };
    struct instruction_status *status = &instruction->status[dimension];
    uint8_t head = bytes_read_u8(reader);
    uint64_t reason = (head & STATUS_REASON) != 0 ? bytes_read_number(reader) : REASON_NONE;
    uint64_t blocks = before->height - instruction->submitted_height;
    uint64_t passed_ms = before->time_ms - instruction->submitted_ms;
    bool then = (head & STATUS_THEN) != 0;
    uint64_t new_blocks = then ? blocks : bytes_read_number(reader);
    uint64_t new_passed_ms = then ? passed_ms : bytes_read_number(reader);
    bool same = new_blocks == blocks && new_passed_ms == passed_ms;
    if (reason > INSTRUCTION_REASON_MAX ||
        (reason != REASON_NONE && !reason_known((uint16_t)reason)) ||
        ((head & STATUS_REASON) != 0) != (reason != REASON_NONE) || same != then ||
        new_blocks > INSTRUCTION_HEIGHT_MAX - instruction->submitted_height ||
        new_passed_ms > INSTRUCTION_TIME_MAX - instruction->submitted_ms ||
        head > (STATUS_VALUE | STATUS_REASON | STATUS_THEN)) {
        bytes_reader_fail(reader);
        return;
    }
    *status = instruction_status_make(head & STATUS_VALUE, (enum reason)reason,
                                      instruction->submitted_height + new_blocks,
                                      instruction->submitted_ms + new_passed_ms);
    const struct instruction_status first = status_first(instruction);
    if (status->value > last_value[dimension] || memcmp(status, &first, sizeof(first)) == 0) {
        bytes_reader_fail(reader);
    }
}

static void statuses_read(struct instruction *instruction, struct bytes_reader *reader)
{
    uint8_t changed = bytes_read_u8(reader);
    const struct instruction_status first = status_first(instruction);
    struct instruction_status before = first;
    for (uint32_t i = 0; i < DIMENSION_COUNT; i++) {
        instruction->status[i] = first;
        if ((changed >> i & 1) != 0) {
            status_read(instruction, i, &before, reader);
            before = instruction->status[i];
        }
    }
}

static void links_read(struct instruction_ties *ties, struct bytes_reader *reader)
{
    struct instruction_pool *pool = &ties->pool;

    pool->reference = text35_read(reader);
    uint32_t number = bytes_read_number_u32(reader);
    uint32_t total = bytes_read_number_u32(reader);
    ties->link_count = bytes_read_u8(reader);
    if ((pool->reference.size == 0 ? total != 0 : number == 0) || number > total ||
        total > UINT16_MAX || ties->link_count > INSTRUCTION_LINKS_MAX) {
        ties->link_count = 0;
        bytes_reader_fail(reader);
        return;
    }
    pool->number = (uint16_t)number;
    pool->total = (uint16_t)total;
    for (uint32_t i = 0; i < ties->link_count; i++) {
        ties->links[i].partner = bytes_read_number_u32(reader);
        ties->links[i].type = bytes_read_u8(reader);
        if (link_type_code(ties->links[i].type)[0] == '\0') {
            bytes_reader_fail(reader);
        }
    }
}

/* Alleged, or going to be, are all that are open and unmatched, and nothing else (I5). */
static bool allegement_sound(const struct instruction *instruction)
{
    bool unmatched = instruction->status[DIMENSION_MATCH].value == MATCH_UNMATCHED;
    bool alleged = instruction->allegement != ALLEGEMENT_NONE;

    return alleged == (unmatched && !instruction_ended(instruction)) &&
           (!alleged || instruction->allegement_ms != 0);
}

/* In a queue are only heads: an open pair stands there for itself by its deliverer. */
static bool waits_if_queued(const struct instruction *instruction)
{
    bool matched = instruction->status[DIMENSION_MATCH].value != MATCH_UNMATCHED &&
                   instruction->counterpart != RECORD_NONE;
    bool head =
        matched && instruction->terms.movement == MOVEMENT_DELI && !instruction_ended(instruction);

    return instruction->queue == QUEUE_NONE || head;
}

/* Whoever waits says for what, and how much of it; nothing is said of what it does not wait for. */
static void waiting_read(struct instruction *instruction, struct bytes_reader *reader)
{
    uint8_t queue = bytes_read_u8(reader);
    uint32_t position = index_read(reader);
    int64_t need = bytes_read_signed_number(reader);
    int64_t least = bytes_read_signed_number(reader);
    uint32_t date = bytes_read_number_u32(reader);
    uint32_t limit = index_read(reader);
    bool of_position = position != RECORD_NONE;
    bool of_limit = limit != RECORD_NONE;
    bool sound = false;

    switch (queue) {
    case QUEUE_DATE:
        sound =
            !of_position && !of_limit && need == 0 && least == 0 && (date == 0 || date_valid(date));
        instruction->waiting_for = date;
        break;
    case QUEUE_POSITION:
        sound = of_position && !of_limit && date == 0 && need >= 0 && least >= 0 &&
                (least == 0 || least < need);
        instruction->waiting_for = position;
        break;
    case QUEUE_LIMIT:
        sound = !of_position && of_limit && date == 0 && need > 0 && least == 0;
        instruction->waiting_for = limit;
        break;
    default:
        break;
    }
    if (!sound) {
        bytes_reader_fail(reader);
        return;
    }
    instruction->queue = queue & INSTRUCTION_STATE_MAX;
    instruction->waiting_need = need;
    instruction->part_least = least;
}

/* What waits is not alleged: both stand in the same memory. */
static void allegement_read(struct instruction *instruction, struct bytes_reader *reader)
{
    uint8_t state = bytes_read_u8(reader);
    uint64_t time_ms = bytes_read_number(reader);

    if (state > ALLEGEMENT_SENT || instruction->queue != QUEUE_NONE) {
        bytes_reader_fail(reader);
        return;
    }
    instruction->allegement = state & INSTRUCTION_STATE_MAX;
    instruction->allegement_ms = time_ms;
}

static void settled_read(struct instruction *instruction, uint32_t said,
                         struct bytes_reader *reader)
{
    instruction->counterpart = (said & MATCHED) != 0 ? bytes_read_number_u32(reader) : RECORD_NONE;
    if ((said & AMOUNT_AS_SAID) != 0) {
        instruction->settlement_amount = instruction->terms.amount;
    }
    if ((said & SAYS_AMOUNT) != 0) {
        instruction->settlement_amount = bytes_read_signed_number(reader);
    }
    if ((said & SETTLED_WHOLE) != 0) {
        instruction->settled_quantity = instruction->terms.quantity;
        instruction->settled_amount = instruction->settlement_amount;
    }
    if ((said & SAYS_SETTLED) != 0) {
        instruction->settled_quantity = bytes_read_signed_number(reader);
        instruction->settled_amount = bytes_read_signed_number(reader);
    }
    if ((said & SAYS_RELEASED) != 0) {
        instruction->released_quantity = bytes_read_signed_number(reader);
    }
}

/* All but what is said by no bits, in the order of instruction_put(). */
static void instruction_read(struct instruction *instruction, struct instruction_rare *rare,
                             uint32_t said, struct bytes_reader *reader)
{
    struct instruction_ties *ties = &rare->ties;
    instruction->sequence = bytes_read_number(reader);
    instruction->party = bytes_read_number_u32(reader);
    instruction->reference = text35_read(reader);
    bytes_read_copy(reader, instruction->content, INSTRUCTION_CONTENT_SIZE);
    terms_read(&instruction->terms, &rare->particulars, said, reader);
    instruction->submitted_height =
        number_read(reader, INSTRUCTION_HEIGHT_MAX) & INSTRUCTION_HEIGHT_MAX;
    instruction->receipt_index = bytes_read_number_u32(reader);
    instruction->submitted_ms = number_read(reader, INSTRUCTION_TIME_MAX) & INSTRUCTION_TIME_MAX;
    statuses_read(instruction, reader);
    instruction->changed_date = date_read(reader, instruction->terms.settlement_date);
    settled_read(instruction, said, reader);
    if ((said & SAYS_WAITING) != 0) {
        waiting_read(instruction, reader);
    }
    if ((said & SAYS_TIES) != 0) {
        links_read(ties, reader);
    }
    if ((said & SAYS_ALLEGEMENT) != 0) {
        allegement_read(instruction, reader);
    }
    if ((said & SAYS_DRAWS) != 0) {
        restriction_draws_decode(&ties->draws, reader);
    }
    instruction->ties = instruction_ties_any(ties) ? ties : NULL;
}

void instruction_decode(struct instruction *instruction, struct instruction_rare *rare,
                        struct bytes_reader *reader)
{
    *instruction = (struct instruction){0};
    *rare = (struct instruction_rare){.ties = {.link_count = 0}};
    uint32_t said = bytes_read_number_u32(reader);
    instruction_read(instruction, rare, said, reader);
    if (said > SAYS_ALL || said != said_of(instruction)) {
        bytes_reader_fail(reader);
    }
    if (instruction->sequence == 0 || instruction->reference.size == 0 ||
        !terms_sound(&instruction->terms) || instruction->settlement_amount < 0 ||
        instruction->settled_quantity < 0 || instruction->settled_amount < 0 ||
        instruction->released_quantity < 0 || !allegement_sound(instruction) ||
        !waits_if_queued(instruction)) {
        bytes_reader_fail(reader);
    }
}
