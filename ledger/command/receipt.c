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

static size_t put_bytes(uint8_t *at, const void *bytes, size_t size)
{
    memcpy(at, bytes, size);
    return size;
}

/* Copied with all its room, counted as long as it is: what is written next goes over the rest. */
static size_t put_text(uint8_t *at, const struct text35 *text)
{
    memcpy(at, text, sizeof *text);
    return 1 + (size_t)text->size;
}

static size_t put_said(uint8_t *at, uint64_t value)
{
    return value == 0 ? 0 : bytes_put_number(at, value);
}

/* Every field at its longest, each text with all its room. */
enum {
    NUMBER_32_LONGEST = 5,
    NUMBER_16_LONGEST = 3,
    RECEIPT_LONGEST = HASH_SIZE + 3 + BYTES_NUMBER_MAX + NUMBER_32_LONGEST + NUMBER_16_LONGEST +
                      BIC_SIZE + 2 * sizeof(struct text35) + 3 * NUMBER_16_LONGEST +
                      2 * BYTES_NUMBER_MAX + NUMBER_32_LONGEST + NUMBER_16_LONGEST,
};

_Static_assert((int)RECEIPT_LONGEST <= (int)RECEIPT_BYTES_MAX, "the longest receipt fits");
_Static_assert(sizeof(struct text35) == 1 + TEXT_SIZE_MAX, "a text is its size and its characters");

size_t receipt_put(const struct receipt *receipt, uint8_t *out)
{
    size_t size = put_bytes(out, receipt->envelope_id.bytes, HASH_SIZE);
    out[size++] = receipt->command_kind;
    out[size++] = receipt->outcome;
    out[size++] = said_of(receipt);
    size += bytes_put_number(out + size, receipt->height);
    size += bytes_put_number(out + size, receipt->index);
    size += bytes_put_number(out + size, receipt->command_index);
    size += put_bytes(out + size, receipt->party.text, BIC_SIZE);
    size += put_text(out + size, &receipt->reference);
    size += put_said(out + size, (uint64_t)receipt->reason);
    size += put_said(out + size, (uint64_t)receipt->detail);
    size += put_said(out + size, (uint64_t)receipt->field);
    size += put_said(out + size, receipt->instruction_sequence);
    size += put_said(out + size, receipt->first_height);
    size += put_said(out + size, receipt->first_index);
    if (receipt->restriction.size != 0) {
        size += put_text(out + size, &receipt->restriction);
    }
    return size + put_said(out + size, receipt->rule);
}

void receipt_encode(const struct receipt *receipt, struct bytes_writer *writer)
{
    uint8_t bytes[RECEIPT_BYTES_MAX];
    bytes_write_copy(writer, bytes, receipt_put(receipt, bytes));
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
