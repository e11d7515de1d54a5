#include "ledger/command/receipt.h"

#include <string.h>

/* What most receipts do not say; each is written only if it says something, in this order. */
enum {
    SAYS_REASON = 1,
    SAYS_DETAIL = 2,
    SAYS_FIELD = 4,
    SAYS_INSTRUCTION = 8,
    SAYS_FIRST_HEIGHT = 16,
    SAYS_FIRST_INDEX = 32,
    SAYS_RESTRICTION = 64,
    SAYS_RULE = 128,
};

static uint8_t said_of(const struct receipt *receipt)
{
    return (uint8_t)((receipt->reason != REASON_NONE ? SAYS_REASON : 0) |
                     (receipt->detail != DETAIL_NONE ? SAYS_DETAIL : 0) |
                     (receipt->field != FIELD_NONE ? SAYS_FIELD : 0) |
                     (receipt->instruction_sequence != 0 ? SAYS_INSTRUCTION : 0) |
                     (receipt->first_height != 0 ? SAYS_FIRST_HEIGHT : 0) |
                     (receipt->first_index != 0 ? SAYS_FIRST_INDEX : 0) |
                     (receipt->restriction.size != 0 ? SAYS_RESTRICTION : 0) |
                     (receipt->rule != 0 ? SAYS_RULE : 0));
}

static void number_write(struct bytes_writer *writer, uint64_t value)
{
    if (value != 0) {
        bytes_write_number(writer, value);
    }
}

void receipt_encode(const struct receipt *receipt, struct bytes_writer *writer)
{
    bytes_write_copy(writer, receipt->envelope_id.bytes, HASH_SIZE);
    bytes_write_u8(writer, receipt->command_kind);
    bytes_write_u8(writer, receipt->outcome);
    bytes_write_u8(writer, said_of(receipt));
    bytes_write_number(writer, receipt->height);
    bytes_write_number(writer, receipt->index);
    bytes_write_number(writer, receipt->command_index);
    bic_write(writer, &receipt->party);
    text35_write(writer, &receipt->reference);
    number_write(writer, (uint64_t)receipt->reason);
    number_write(writer, (uint64_t)receipt->detail);
    number_write(writer, (uint64_t)receipt->field);
    number_write(writer, receipt->instruction_sequence);
    number_write(writer, receipt->first_height);
    number_write(writer, receipt->first_index);
    if (receipt->restriction.size != 0) {
        text35_write(writer, &receipt->restriction);
    }
    number_write(writer, receipt->rule);
}

/* A number up to `limit`; 0 when it is not said. */
static uint64_t number_read(struct bytes_reader *reader, bool said, uint64_t limit)
{
    uint64_t value = said ? bytes_read_number(reader) : 0;
    if (value > limit) {
        bytes_reader_fail(reader);
        return 0;
    }
    return value;
}

static void said_read(struct receipt *receipt, uint8_t said, struct bytes_reader *reader)
{
    receipt->reason = (enum reason)number_read(reader, said & SAYS_REASON, UINT16_MAX);
    receipt->detail = (enum detail)number_read(reader, said & SAYS_DETAIL, UINT16_MAX);
    receipt->field = (enum field)number_read(reader, said & SAYS_FIELD, UINT16_MAX);
    receipt->instruction_sequence = number_read(reader, said & SAYS_INSTRUCTION, UINT64_MAX);
    receipt->first_height = number_read(reader, said & SAYS_FIRST_HEIGHT, UINT64_MAX);
    receipt->first_index = (uint32_t)number_read(reader, said & SAYS_FIRST_INDEX, UINT32_MAX);
    if ((said & SAYS_RESTRICTION) != 0) {
        receipt->restriction = text35_read(reader);
    }
    receipt->rule = (uint8_t)number_read(reader, said & SAYS_RULE, UINT8_MAX);
}

bool receipt_decode(struct receipt *receipt, const void *bytes, size_t size)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes, size);
    *receipt = (struct receipt){0};
    bytes_read_copy(&reader, receipt->envelope_id.bytes, HASH_SIZE);
    receipt->command_kind = bytes_read_u8(&reader);
    receipt->outcome = bytes_read_u8(&reader);
    uint8_t said = bytes_read_u8(&reader);
    receipt->height = bytes_read_number(&reader);
    receipt->index = (uint32_t)number_read(&reader, true, UINT32_MAX);
    receipt->command_index = (uint16_t)number_read(&reader, true, UINT16_MAX);
    receipt->party = bic_read(&reader);
    receipt->reference = text35_read(&reader);
    said_read(receipt, said, &reader);
    return bytes_reader_done(&reader) && said == said_of(receipt) &&
           outcome_known(receipt->outcome) &&
           (receipt->reason == REASON_NONE || reason_known((uint16_t)receipt->reason)) &&
           (receipt->detail == DETAIL_NONE || detail_known((uint16_t)receipt->detail)) &&
           (receipt->field == FIELD_NONE || field_known((uint16_t)receipt->field));
}

bool receipt_is_of(const void *bytes, size_t size, const struct hash *envelope_id)
{
    return size >= HASH_SIZE && memcmp(bytes, envelope_id->bytes, HASH_SIZE) == 0;
}
