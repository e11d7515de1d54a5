#include "ledger/instruction/instruction.h"

#include "base/amount.h"
#include "ledger/state.h"
#include "ledger/state/index.h"
#include "ledger/values/date.h"

/* An index that may be none: 0, or one more than the index. */
static void index_write(struct bytes_writer *writer, uint32_t index)
{
    bytes_write_number(writer, index == RECORD_NONE ? 0 : (uint64_t)index + 1);
}

static uint32_t index_read(struct bytes_reader *reader)
{
    uint32_t number = bytes_read_number_u32(reader);
    return number == 0 ? RECORD_NONE : number - 1;
}

/* A BIC that may be absent: whether it is there, and then the BIC. */
static void bic_optional_write(struct bytes_writer *writer, const struct bic *bic)
{
    bool there = !bic_absent(bic);
    bytes_write_bool(writer, there);
    if (there) {
        bic_write(writer, bic);
    }
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

static void terms_encode(const struct instruction_terms *terms, struct bytes_writer *writer)
{
    bytes_write_u8(writer, terms->payment);
    bytes_write_u8(writer, terms->movement);
    bytes_write_number(writer, terms->asset);
    bytes_write_u32(writer, terms->trade_date);
    bytes_write_signed_number(writer, terms->quantity);
    bytes_write_u32(writer, terms->settlement_date);
    bic_write(writer, &terms->deliverer);
    bic_write(writer, &terms->receiver);
    bic_optional_write(writer, &terms->deliverer_depository);
    bic_optional_write(writer, &terms->receiver_depository);
    index_write(writer, terms->currency);
    bytes_write_signed_number(writer, terms->amount);
    bytes_write_u8(writer, terms->credit_debit);
    bytes_write_number(writer, terms->conditions);
    bytes_write_u8(writer, terms->cum_ex);
    text35_write(writer, &terms->common_reference);
    bic_optional_write(writer, &terms->deliverer_client);
    bic_optional_write(writer, &terms->receiver_client);
    text35_write(writer, &terms->deliverer_account);
    text35_write(writer, &terms->receiver_account);
    index_write(writer, terms->account);
    index_write(writer, terms->cash_account);
    bytes_write_u8(writer, terms->priority);
    bytes_write_u8(writer, terms->partial);
    bytes_write_u8(writer, terms->transaction_type);
}

static void terms_read(struct instruction_terms *terms, struct bytes_reader *reader)
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
    terms->common_reference = text35_read(reader);
    terms->deliverer_client = bic_optional_read(reader);
    terms->receiver_client = bic_optional_read(reader);
    terms->deliverer_account = text35_read(reader);
    terms->receiver_account = text35_read(reader);
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
           !bic_absent(&terms->receiver);
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
static void statuses_encode(const struct instruction *instruction, struct bytes_writer *writer)
{
    uint8_t *changed = bytes_write_reserve(writer, 1);
    for (uint32_t i = 0; i < DIMENSION_COUNT && changed != NULL; i++) {
        const struct instruction_status *status = &instruction->status[i];
        if (status_first(instruction, i)) {
            continue;
        }
        TALLY_ASSERT(status->height >= instruction->submitted_height);
        TALLY_ASSERT(status->time_ms >= instruction->submitted_ms);
        *changed |= (uint8_t)(1u << i);
        bytes_write_u8(writer, status->value);
        bytes_write_number(writer, status->reason);
        bytes_write_number(writer, status->height - instruction->submitted_height);
        bytes_write_number(writer, status->time_ms - instruction->submitted_ms);
    }
}
_Static_assert(DIMENSION_COUNT == 8, "a byte has a bit for each");

static void links_encode(const struct instruction *instruction, struct bytes_writer *writer)
{
    text35_write(writer, &instruction->pool.reference);
    bytes_write_number(writer, instruction->pool.number);
    bytes_write_number(writer, instruction->pool.total);
    bytes_write_u8(writer, instruction->link_count);
    for (uint32_t i = 0; i < instruction->link_count; i++) {
        bytes_write_number(writer, instruction->links[i].partner);
        bytes_write_u8(writer, instruction->links[i].type);
    }
}

void instruction_encode(const struct instruction *instruction, struct bytes_writer *writer)
{
    bytes_write_number(writer, instruction->sequence);
    bytes_write_number(writer, instruction->party);
    text35_write(writer, &instruction->reference);
    bytes_write_copy(writer, instruction->source_hash.bytes, HASH_SIZE);
    terms_encode(&instruction->terms, writer);
    bytes_write_number(writer, instruction->submitted_height);
    bytes_write_number(writer, instruction->receipt_index);
    bytes_write_number(writer, instruction->submitted_ms);
    statuses_encode(instruction, writer);
    index_write(writer, instruction->counterpart);
    bytes_write_signed_number(writer, instruction->settlement_amount);
    bytes_write_signed_number(writer, instruction->settled_quantity);
    bytes_write_signed_number(writer, instruction->settled_amount);
    bytes_write_signed_number(writer, instruction->released_quantity);
    index_write(writer, instruction->waiting_position);
    bytes_write_signed_number(writer, instruction->waiting_need);
    bytes_write_signed_number(writer, instruction->part_least);
    bytes_write_number(writer, instruction->waiting_date);
    bytes_write_u32(writer, instruction->changed_date);
    links_encode(instruction, writer);
    bytes_write_number(writer, instruction->waiting_limit);
    bytes_write_u8(writer, instruction->queue);
    bytes_write_u8(writer, instruction->allegement);
    bytes_write_number(writer, instruction->allegement_ms);
    restriction_draws_encode(&instruction->draws, writer);
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
    status->value = bytes_read_u8(reader);
    uint64_t reason = bytes_read_number(reader);
    uint64_t blocks = bytes_read_number(reader);
    uint64_t passed_ms = bytes_read_number(reader);
    if (reason > UINT16_MAX || (reason != REASON_NONE && !reason_known((uint16_t)reason)) ||
        blocks > UINT64_MAX - instruction->submitted_height ||
        passed_ms > UINT64_MAX - instruction->submitted_ms) {
        bytes_reader_fail(reader);
        return;
    }
    status->reason = (enum reason)reason;
    status->height = instruction->submitted_height + blocks;
    status->time_ms = instruction->submitted_ms + passed_ms;
    if (status->value > last_value[dimension] || status_first(instruction, dimension)) {
        bytes_reader_fail(reader);
    }
}

static void statuses_read(struct instruction *instruction, struct bytes_reader *reader)
{
    uint8_t changed = bytes_read_u8(reader);
    for (uint32_t i = 0; i < DIMENSION_COUNT; i++) {
        if ((changed >> i & 1) != 0) {
            status_read(instruction, i, reader);
        } else {
            instruction->status[i].height = instruction->submitted_height;
            instruction->status[i].time_ms = instruction->submitted_ms;
        }
    }
}

static void links_read(struct instruction *instruction, struct bytes_reader *reader)
{
    struct instruction_pool *pool = &instruction->pool;

    pool->reference = text35_read(reader);
    uint32_t number = bytes_read_number_u32(reader);
    uint32_t total = bytes_read_number_u32(reader);
    instruction->link_count = bytes_read_u8(reader);
    if ((pool->reference.size == 0 ? total != 0 : number == 0) || number > total ||
        total > UINT16_MAX || instruction->link_count > INSTRUCTION_LINKS_MAX) {
        instruction->link_count = 0;
        bytes_reader_fail(reader);
        return;
    }
    pool->number = (uint16_t)number;
    pool->total = (uint16_t)total;
    for (uint32_t i = 0; i < instruction->link_count; i++) {
        instruction->links[i].partner = bytes_read_number_u32(reader);
        instruction->links[i].type = bytes_read_u8(reader);
        if (link_type_code(instruction->links[i].type)[0] == '\0') {
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

void instruction_decode(struct instruction *instruction, struct bytes_reader *reader)
{
    *instruction = (struct instruction){0};
    instruction->sequence = bytes_read_number(reader);
    instruction->party = bytes_read_number_u32(reader);
    instruction->reference = text35_read(reader);
    bytes_read_copy(reader, instruction->source_hash.bytes, HASH_SIZE);
    terms_read(&instruction->terms, reader);
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
    links_read(instruction, reader);
    instruction->waiting_limit = bytes_read_number_u32(reader);
    instruction->queue = bytes_read_u8(reader);
    instruction->allegement = bytes_read_u8(reader);
    instruction->allegement_ms = bytes_read_number(reader);
    restriction_draws_decode(&instruction->draws, reader);
    if (instruction->sequence == 0 || instruction->reference.size == 0 ||
        !terms_sound(&instruction->terms) || instruction->settlement_amount < 0 ||
        instruction->settled_quantity < 0 || instruction->settled_amount < 0 ||
        instruction->released_quantity < 0 || !allegement_sound(instruction) ||
        !waits_if_queued(instruction) || !waiting_sound(instruction)) {
        bytes_reader_fail(reader);
    }
}

bool instruction_indexes_find(struct ledger *ledger, uint32_t index)
{
    struct instruction *instruction = &ledger->instructions[index];
    const struct instruction_terms *terms = &instruction->terms;
    bool internal = terms->transaction_type == TRANSACTION_OWNI;
    uint32_t other = internal ? account_find(ledger, instruction->party, &terms->receiver_account)
                              : terms->cash_account;
    uint32_t other_asset = internal ? terms->asset : terms->currency;
    bool has_first = terms->account != RECORD_NONE;
    bool has_other = other != RECORD_NONE;

    instruction->counterparty =
        party_find(ledger, terms->movement == MOVEMENT_DELI ? &terms->receiver : &terms->deliverer);
    instruction->position =
        has_first ? position_find(ledger, terms->account, terms->asset) : RECORD_NONE;
    instruction->other_position =
        has_other ? position_find(ledger, other, other_asset) : RECORD_NONE;
    return instruction->counterparty != RECORD_NONE &&
           has_first == (instruction->position != RECORD_NONE) &&
           has_other == (instruction->other_position != RECORD_NONE);
}

uint32_t instruction_find(const struct ledger *ledger, uint32_t party,
                          const struct text35 *reference)
{
    struct index_name name = {party, *reference};
    return map_find(&ledger->instruction_by_reference, index_name_hash(ledger->map_seed, &name),
                    &name);
}

struct instruction *instruction_at(struct ledger *ledger, uint32_t index)
{
    TALLY_ASSERT(record_used(ledger, RECORD_INSTRUCTION, index));
    return &ledger->instructions[index];
}

const struct instruction *instruction_view(const struct ledger *ledger, uint32_t index)
{
    TALLY_ASSERT(record_used(ledger, RECORD_INSTRUCTION, index));
    return &ledger->instructions[index];
}

bool instruction_ended(const struct instruction *instruction)
{
    return instruction->status[DIMENSION_PROCESSING].value == PROCESSING_ENDED;
}

int64_t instruction_quantity_left(const struct instruction *instruction)
{
    int64_t left = 0;
    bool fits = amount_sub(instruction->terms.quantity, instruction->settled_quantity, &left);
    TALLY_ASSERT(fits && left >= 0);
    return left;
}

int64_t instruction_amount_left(const struct instruction *instruction)
{
    bool matched = instruction->status[DIMENSION_MATCH].value == MATCH_MATCHED;
    int64_t due = matched ? instruction->settlement_amount : instruction->terms.amount;
    int64_t left = 0;
    bool fits = amount_sub(due, instruction->settled_amount, &left);
    TALLY_ASSERT(fits && left >= 0);
    return left;
}

bool instruction_held(const struct instruction *instruction)
{
    for (uint32_t i = DIMENSION_HOLD_PARTY; i <= DIMENSION_HOLD_CONDITIONAL; i++) {
        if (instruction->status[i].value == HOLD_YES) {
            return true;
        }
    }
    return false;
}

/* False: it is what it was. */
static bool status_set(struct ledger *ledger, uint32_t index, enum instruction_dimension dimension,
                       uint8_t value, enum reason reason)
{
    struct instruction *instruction = instruction_at(ledger, index);
    struct instruction_status *status = &instruction->status[dimension];
    TALLY_ASSERT(!instruction_ended(instruction)); /* I5 */
    TALLY_ASSERT(dimension < DIMENSION_COUNT);
    if (status->value == value && status->reason == reason) {
        return false;
    }
    if (status->value != value && dimension != DIMENSION_PROCESSING) {
        instruction->changed_date = ledger->scalars->business_date;
    }
    *status = (struct instruction_status){.value = value,
                                          .reason = reason,
                                          .height = ledger->scalars->height,
                                          .time_ms = ledger->scalars->time_ms};
    record_touch(ledger, RECORD_INSTRUCTION, index);
    return true;
}

void instruction_status_set(struct ledger *ledger, uint32_t index,
                            enum instruction_dimension dimension, uint8_t value, enum reason reason)
{
    if (status_set(ledger, index, dimension, value, reason)) {
        event_emit_status(ledger, index, (uint8_t)dimension, value, reason);
    }
}

void instruction_status_set_told(struct ledger *ledger, uint32_t index,
                                 enum instruction_dimension dimension, uint8_t value,
                                 enum reason reason)
{
    (void)status_set(ledger, index, dimension, value, reason);
}

const char *link_type_code(uint8_t type)
{
    switch ((enum link_type)type) {
    case LINK_BEFO:
        return "BEFO";
    case LINK_AFTE:
        return "AFTE";
    case LINK_WITH:
        return "WITH";
    case LINK_INFO:
        return "INFO";
    }
    return "";
}
