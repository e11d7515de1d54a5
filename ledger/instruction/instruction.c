#include "ledger/instruction/instruction.h"

#include "base/amount.h"
#include "ledger/state.h"
#include "ledger/state/index.h"
#include "ledger/values/date.h"

static void terms_encode(const struct instruction_terms *terms, struct bytes_writer *writer)
{
    bytes_write_u8(writer, terms->payment);
    bytes_write_u8(writer, terms->movement);
    bytes_write_u32(writer, terms->asset);
    bytes_write_u32(writer, terms->trade_date);
    bytes_write_i64(writer, terms->quantity);
    bytes_write_u32(writer, terms->settlement_date);
    bic_write(writer, &terms->deliverer);
    bic_write(writer, &terms->receiver);
    bic_write(writer, &terms->deliverer_depository);
    bic_write(writer, &terms->receiver_depository);
    bytes_write_u32(writer, terms->currency);
    bytes_write_i64(writer, terms->amount);
    bytes_write_u8(writer, terms->credit_debit);
    bytes_write_u32(writer, terms->conditions);
    bytes_write_u8(writer, terms->cum_ex);
    text35_write(writer, &terms->common_reference);
    bic_write(writer, &terms->deliverer_client);
    bic_write(writer, &terms->receiver_client);
    text35_write(writer, &terms->deliverer_account);
    text35_write(writer, &terms->receiver_account);
    bytes_write_u32(writer, terms->account);
    bytes_write_u32(writer, terms->cash_account);
    bytes_write_u8(writer, terms->priority);
    bytes_write_u8(writer, terms->partial);
    bytes_write_u8(writer, terms->transaction_type);
}

static void terms_read(struct instruction_terms *terms, struct bytes_reader *reader)
{
    terms->payment = bytes_read_u8(reader);
    terms->movement = bytes_read_u8(reader);
    terms->asset = bytes_read_u32(reader);
    terms->trade_date = bytes_read_u32(reader);
    terms->quantity = bytes_read_i64(reader);
    terms->settlement_date = bytes_read_u32(reader);
    terms->deliverer = bic_read(reader);
    terms->receiver = bic_read(reader);
    terms->deliverer_depository = bic_read(reader);
    terms->receiver_depository = bic_read(reader);
    terms->currency = bytes_read_u32(reader);
    terms->amount = bytes_read_i64(reader);
    terms->credit_debit = bytes_read_u8(reader);
    terms->conditions = bytes_read_u32(reader);
    terms->cum_ex = bytes_read_u8(reader);
    terms->common_reference = text35_read(reader);
    terms->deliverer_client = bic_read(reader);
    terms->receiver_client = bic_read(reader);
    terms->deliverer_account = text35_read(reader);
    terms->receiver_account = text35_read(reader);
    terms->account = bytes_read_u32(reader);
    terms->cash_account = bytes_read_u32(reader);
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

void instruction_encode(const struct instruction *instruction, struct bytes_writer *writer)
{
    bytes_write_u64(writer, instruction->sequence);
    bytes_write_u32(writer, instruction->party);
    text35_write(writer, &instruction->reference);
    bytes_write_copy(writer, instruction->source_hash.bytes, HASH_SIZE);
    terms_encode(&instruction->terms, writer);
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        bytes_write_u8(writer, instruction->status[i].value);
        bytes_write_u16(writer, (uint16_t)instruction->status[i].reason);
        bytes_write_u64(writer, instruction->status[i].height);
        bytes_write_u64(writer, instruction->status[i].time_ms);
    }
    bytes_write_u32(writer, instruction->counterpart);
    bytes_write_i64(writer, instruction->settlement_amount);
    bytes_write_i64(writer, instruction->settled_quantity);
    bytes_write_i64(writer, instruction->settled_amount);
    bytes_write_i64(writer, instruction->released_quantity);
    bytes_write_u64(writer, instruction->submitted_height);
    bytes_write_u32(writer, instruction->receipt_index);
    bytes_write_u64(writer, instruction->submitted_ms);
    bytes_write_u32(writer, instruction->waiting_position);
    bytes_write_i64(writer, instruction->waiting_need);
    bytes_write_i64(writer, instruction->part_least);
    bytes_write_u32(writer, instruction->waiting_date);
    bytes_write_u32(writer, instruction->changed_date);
    text35_write(writer, &instruction->pool.reference);
    bytes_write_u16(writer, instruction->pool.number);
    bytes_write_u16(writer, instruction->pool.total);
    bytes_write_u8(writer, instruction->link_count);
    for (uint32_t i = 0; i < instruction->link_count; i++) {
        bytes_write_u32(writer, instruction->links[i].partner);
        bytes_write_u8(writer, instruction->links[i].type);
    }
    bytes_write_u32(writer, instruction->waiting_limit);
    bytes_write_u8(writer, instruction->queue);
    bytes_write_u8(writer, instruction->allegement);
    bytes_write_u64(writer, instruction->allegement_ms);
    restriction_draws_encode(&instruction->draws, writer);
    bytes_write_copy(writer, instruction->secret.bytes, NONCE_SIZE);
}

static void status_read(struct instruction_status *status, enum instruction_dimension dimension,
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
    status->value = bytes_read_u8(reader);
    uint16_t reason = bytes_read_u16(reader);
    status->reason = (enum reason)reason;
    status->height = bytes_read_u64(reader);
    status->time_ms = bytes_read_u64(reader);
    if (status->value > last_value[dimension] || (reason != REASON_NONE && !reason_known(reason))) {
        bytes_reader_fail(reader);
    }
}

static void links_read(struct instruction *instruction, struct bytes_reader *reader)
{
    struct instruction_pool *pool = &instruction->pool;

    pool->reference = text35_read(reader);
    pool->number = bytes_read_u16(reader);
    pool->total = bytes_read_u16(reader);
    instruction->link_count = bytes_read_u8(reader);
    if ((pool->reference.size == 0 ? pool->total != 0 : pool->number == 0) ||
        pool->number > pool->total || instruction->link_count > INSTRUCTION_LINKS_MAX) {
        instruction->link_count = 0;
        bytes_reader_fail(reader);
    }
    for (uint32_t i = 0; i < instruction->link_count; i++) {
        instruction->links[i].partner = bytes_read_u32(reader);
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
    instruction->sequence = bytes_read_u64(reader);
    instruction->party = bytes_read_u32(reader);
    instruction->reference = text35_read(reader);
    bytes_read_copy(reader, instruction->source_hash.bytes, HASH_SIZE);
    terms_read(&instruction->terms, reader);
    for (uint32_t i = 0; i < DIMENSION_COUNT; i++) {
        status_read(&instruction->status[i], (enum instruction_dimension)i, reader);
    }
    instruction->counterpart = bytes_read_u32(reader);
    instruction->settlement_amount = bytes_read_i64(reader);
    instruction->settled_quantity = bytes_read_i64(reader);
    instruction->settled_amount = bytes_read_i64(reader);
    instruction->released_quantity = bytes_read_i64(reader);
    instruction->submitted_height = bytes_read_u64(reader);
    instruction->receipt_index = bytes_read_u32(reader);
    instruction->submitted_ms = bytes_read_u64(reader);
    instruction->waiting_position = bytes_read_u32(reader);
    instruction->waiting_need = bytes_read_i64(reader);
    instruction->part_least = bytes_read_i64(reader);
    instruction->waiting_date = bytes_read_u32(reader);
    instruction->changed_date = bytes_read_u32(reader);
    links_read(instruction, reader);
    instruction->waiting_limit = bytes_read_u32(reader);
    instruction->queue = bytes_read_u8(reader);
    instruction->allegement = bytes_read_u8(reader);
    instruction->allegement_ms = bytes_read_u64(reader);
    restriction_draws_decode(&instruction->draws, reader);
    bytes_read_copy(reader, instruction->secret.bytes, NONCE_SIZE);
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
