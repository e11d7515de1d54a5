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
    LONGEST = NUMBERS_MAX * BYTES_NUMBER_MAX + PLAIN_BYTES + HASH_SIZE + 6 * (1 + BIC_SIZE) +
              5 * (1 + TEXT_SIZE_MAX),
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

static uint8_t *put_number(uint8_t *at, uint64_t value)
{
    return at + bytes_put_number(at, value);
}

static uint8_t *put_signed(uint8_t *at, int64_t value)
{
    return at + bytes_put_number(at, bytes_number_of_signed(value));
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
    return put_number(at, index == RECORD_NONE ? 0 : (uint64_t)index + 1);
}

static uint32_t index_read(struct bytes_reader *reader)
{
    uint32_t number = bytes_read_number_u32(reader);
    return number == 0 ? RECORD_NONE : number - 1;
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

static uint8_t *put_terms(uint8_t *at, const struct instruction_terms *terms)
{
    const struct instruction_particulars *particulars = terms_particulars(terms);
    at = put_u8(at, terms->payment);
    at = put_u8(at, terms->movement);
    at = put_number(at, terms->asset);
    at = put_u32(at, terms->trade_date);
    at = put_signed(at, terms->quantity);
    at = put_u32(at, terms->settlement_date);
    at = put_bic(at, &terms->deliverer);
    at = put_bic(at, &terms->receiver);
    at = put_bic_optional(at, &terms->deliverer_depository);
    at = put_bic_optional(at, &terms->receiver_depository);
    at = put_index(at, terms->currency);
    at = put_signed(at, terms->amount);
    at = put_u8(at, terms->credit_debit);
    at = put_number(at, terms->conditions);
    at = put_u8(at, terms->cum_ex);
    at = put_text(at, &particulars->common_reference);
    at = put_bic_optional(at, &particulars->deliverer_client);
    at = put_bic_optional(at, &particulars->receiver_client);
    at = put_text(at, &particulars->deliverer_account);
    at = put_text(at, &particulars->receiver_account);
    at = put_index(at, terms->account);
    at = put_index(at, terms->cash_account);
    at = put_u8(at, terms->priority);
    at = put_u8(at, terms->partial);
    at = put_u8(at, terms->transaction_type);
    return at;
}

static void terms_read(struct instruction_terms *terms, struct instruction_particulars *particulars,
                       struct bytes_reader *reader)
{
    terms->payment = bytes_read_u8(reader);
    terms->movement = bytes_read_u8(reader);
    terms->asset = bytes_read_number_u32(reader);
    terms->trade_date = bytes_read_u32(reader);
    terms->quantity = bytes_read_signed_number(reader);
    terms->settlement_date = bytes_read_u32(reader);
    terms->deliverer = bic_read(reader);
    terms->receiver = bic_read(reader);
    terms->deliverer_depository = bic_optional_read(reader);
    terms->receiver_depository = bic_optional_read(reader);
    terms->currency = index_read(reader);
    terms->amount = bytes_read_signed_number(reader);
    terms->credit_debit = bytes_read_u8(reader);
    terms->conditions = bytes_read_number_u32(reader);
    terms->cum_ex = bytes_read_u8(reader);
    particulars->common_reference = text35_read(reader);
    particulars->deliverer_client = bic_optional_read(reader);
    particulars->receiver_client = bic_optional_read(reader);
    particulars->deliverer_account = text35_read(reader);
    particulars->receiver_account = text35_read(reader);
    terms->particulars = instruction_particulars_any(particulars) ? particulars : NULL;
    terms->account = index_read(reader);
    terms->cash_account = index_read(reader);
    terms->priority = bytes_read_u8(reader);
    terms->partial = bytes_read_u8(reader);
    terms->transaction_type = bytes_read_u8(reader);
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

/* Nothing has happened in this dimension since the submission. */
static bool status_first(const struct instruction *instruction, uint32_t dimension)
{
    const struct instruction_status *status = &instruction->status[dimension];
    return status->value == 0 && status->reason == REASON_NONE &&
           status->height == instruction->submitted_height &&
           status->time_ms == instruction->submitted_ms;
}

/* Which dimensions have another status than the first, and these, counted from the submission. */
static uint8_t *put_statuses(uint8_t *at, const struct instruction *instruction)
{
    uint8_t *changed = at;
    at = put_u8(at, 0);
    for (uint32_t i = 0; i < DIMENSION_COUNT; i++) {
        const struct instruction_status *status = &instruction->status[i];
        if (status_first(instruction, i)) {
            continue;
        }
        TALLY_ASSERT(status->height >= instruction->submitted_height);
        TALLY_ASSERT(status->time_ms >= instruction->submitted_ms);
        *changed |= (uint8_t)(1u << i);
        at = put_u8(at, (uint8_t)status->value);
        at = put_number(at, status->reason);
        at = put_number(at, status->height - instruction->submitted_height);
        at = put_number(at, status->time_ms - instruction->submitted_ms);
    }
    return at;
}
_Static_assert(DIMENSION_COUNT == 8, "a byte has a bit for each");

static uint8_t *put_links(uint8_t *at, const struct instruction_ties *ties)
{
    TALLY_ASSERT(ties->link_count <= INSTRUCTION_LINKS_MAX);
    at = put_text(at, &ties->pool.reference);
    at = put_number(at, ties->pool.number);
    at = put_number(at, ties->pool.total);
    at = put_u8(at, ties->link_count);
    for (uint32_t i = 0; i < ties->link_count; i++) {
        at = put_number(at, ties->links[i].partner);
        at = put_u8(at, ties->links[i].type);
    }
    return at;
}

void instruction_encode(const struct instruction *instruction, struct bytes_writer *writer)
{
    uint8_t bytes[LONGEST];
    uint8_t *at = put_number(bytes, instruction->sequence);
    at = put_number(at, instruction->party);
    at = put_text(at, &instruction->reference);
    memcpy(at, instruction->source_hash.bytes, HASH_SIZE);
    at = put_terms(at + HASH_SIZE, &instruction->terms);
    at = put_number(at, instruction->submitted_height);
    at = put_number(at, instruction->receipt_index);
    at = put_number(at, instruction->submitted_ms);
    at = put_statuses(at, instruction);
    at = put_index(at, instruction->counterpart);
    at = put_signed(at, instruction->settlement_amount);
    at = put_signed(at, instruction->settled_quantity);
    at = put_signed(at, instruction->settled_amount);
    at = put_signed(at, instruction->released_quantity);
    at = put_index(at, instruction->waiting_position);
    at = put_signed(at, instruction->waiting_need);
    at = put_signed(at, instruction->part_least);
    at = put_number(at, instruction->waiting_date);
    at = put_u32(at, instruction->changed_date);
    at = put_links(at, instruction_ties(instruction));
    at = put_number(at, instruction->waiting_limit);
    at = put_u8(at, instruction->queue);
    at = put_u8(at, instruction->allegement);
    at = put_number(at, instruction->allegement_ms);
    TALLY_ASSERT(at <= bytes + LONGEST);
    bytes_write_copy(writer, bytes, (size_t)(at - bytes));
    restriction_draws_encode(&instruction_ties(instruction)->draws, writer);
}

static void status_read(struct instruction *instruction, uint32_t dimension,
                        struct bytes_reader *reader)
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
    uint8_t value = bytes_read_u8(reader);
    uint64_t reason = bytes_read_number(reader);
    uint64_t blocks = bytes_read_number(reader);
    uint64_t passed_ms = bytes_read_number(reader);
    if (reason > UINT8_MAX || (reason != REASON_NONE && !reason_known((uint16_t)reason)) ||
        blocks > INSTRUCTION_HEIGHT_MAX - instruction->submitted_height ||
        passed_ms > INSTRUCTION_TIME_MAX - instruction->submitted_ms) {
        bytes_reader_fail(reader);
        return;
    }
    *status =
        instruction_status_make(value, (enum reason)reason, instruction->submitted_height + blocks,
                                instruction->submitted_ms + passed_ms);
    if (value > last_value[dimension] || status_first(instruction, dimension)) {
        bytes_reader_fail(reader);
    }
}

static void statuses_read(struct instruction *instruction, struct bytes_reader *reader)
{
    uint8_t changed = bytes_read_u8(reader);
    if (instruction->submitted_height > INSTRUCTION_HEIGHT_MAX ||
        instruction->submitted_ms > INSTRUCTION_TIME_MAX) {
        bytes_reader_fail(reader);
        return;
    }
    for (uint32_t i = 0; i < DIMENSION_COUNT; i++) {
        if ((changed >> i & 1) != 0) {
            status_read(instruction, i, reader);
        } else {
            instruction->status[i] = instruction_status_make(
                0, REASON_NONE, instruction->submitted_height, instruction->submitted_ms);
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

    return instruction->allegement <= ALLEGEMENT_SENT &&
           alleged == (unmatched && !instruction_ended(instruction)) &&
           alleged == (instruction->allegement_ms != 0);
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

/* Whoever waits says for what, and how much of it; the other fields are as those of nobody. */
static bool waiting_sound(const struct instruction *instruction)
{
    bool of_position = instruction->waiting_position != RECORD_NONE;
    bool of_limit = instruction->waiting_limit != 0;
    bool dated = instruction->waiting_date != 0;
    int64_t need = instruction->waiting_need;
    int64_t least = instruction->part_least;

    switch ((enum queue)instruction->queue) {
    case QUEUE_NONE:
        return !of_position && !of_limit && !dated && need == 0 && least == 0;
    case QUEUE_DATE:
        return !of_position && !of_limit && need == 0 && least == 0 &&
               (!dated || date_valid(instruction->waiting_date));
    case QUEUE_POSITION:
        return of_position && !of_limit && !dated && need >= 0 && least >= 0 &&
               (least == 0 || least < need);
    case QUEUE_LIMIT:
        return !of_position && of_limit && !dated && need > 0 && least == 0;
    }
    return false;
}

void instruction_decode(struct instruction *instruction, struct instruction_rare *rare,
                        struct bytes_reader *reader)
{
    struct instruction_ties *ties = &rare->ties;
    *instruction = (struct instruction){0};
    *rare = (struct instruction_rare){.ties = {.link_count = 0}};
    instruction->sequence = bytes_read_number(reader);
    instruction->party = bytes_read_number_u32(reader);
    instruction->reference = text35_read(reader);
    bytes_read_copy(reader, instruction->source_hash.bytes, HASH_SIZE);
    terms_read(&instruction->terms, &rare->particulars, reader);
    instruction->submitted_height = bytes_read_number(reader);
    instruction->receipt_index = bytes_read_number_u32(reader);
    instruction->submitted_ms = bytes_read_number(reader);
    statuses_read(instruction, reader);
    instruction->counterpart = index_read(reader);
    instruction->settlement_amount = bytes_read_signed_number(reader);
    instruction->settled_quantity = bytes_read_signed_number(reader);
    instruction->settled_amount = bytes_read_signed_number(reader);
    instruction->released_quantity = bytes_read_signed_number(reader);
    instruction->waiting_position = index_read(reader);
    instruction->waiting_need = bytes_read_signed_number(reader);
    instruction->part_least = bytes_read_signed_number(reader);
    instruction->waiting_date = bytes_read_number_u32(reader);
    instruction->changed_date = bytes_read_u32(reader);
    links_read(ties, reader);
    instruction->waiting_limit = bytes_read_number_u32(reader);
    instruction->queue = bytes_read_u8(reader);
    instruction->allegement = bytes_read_u8(reader);
    instruction->allegement_ms = bytes_read_number(reader);
    restriction_draws_decode(&ties->draws, reader);
    instruction->ties = instruction_ties_any(ties) ? ties : NULL;
    if (instruction->sequence == 0 || instruction->reference.size == 0 ||
        !terms_sound(&instruction->terms) || instruction->settlement_amount < 0 ||
        instruction->settled_quantity < 0 || instruction->settled_amount < 0 ||
        instruction->released_quantity < 0 || !allegement_sound(instruction) ||
        !waits_if_queued(instruction) || !waiting_sound(instruction)) {
        bytes_reader_fail(reader);
    }
}
