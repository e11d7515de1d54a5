#include "ledger/command/receipt.h"

void receipt_encode(const struct receipt *receipt, struct bytes_writer *writer)
{
    bytes_write_u64(writer, receipt->height);
    bytes_write_u32(writer, receipt->index);
    bytes_write_copy(writer, receipt->envelope_id.bytes, HASH_SIZE);
    bytes_write_u16(writer, receipt->command_index);
    bytes_write_u8(writer, receipt->command_kind);
    bic_write(writer, &receipt->party);
    text35_write(writer, &receipt->reference);
    bytes_write_u8(writer, receipt->outcome);
    bytes_write_u16(writer, (uint16_t)receipt->reason);
    bytes_write_u16(writer, (uint16_t)receipt->detail);
    bytes_write_u16(writer, (uint16_t)receipt->field);
    bytes_write_u64(writer, receipt->instruction_sequence);
    bytes_write_u64(writer, receipt->first_height);
    bytes_write_u32(writer, receipt->first_index);
    text35_write(writer, &receipt->restriction);
    bytes_write_u8(writer, receipt->rule);
}

bool receipt_decode(struct receipt *receipt, const void *bytes, size_t size)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes, size);
    *receipt = (struct receipt){0};
    receipt->height = bytes_read_u64(&reader);
    receipt->index = bytes_read_u32(&reader);
    bytes_read_copy(&reader, receipt->envelope_id.bytes, HASH_SIZE);
    receipt->command_index = bytes_read_u16(&reader);
    receipt->command_kind = bytes_read_u8(&reader);
    receipt->party = bic_read(&reader);
    receipt->reference = text35_read(&reader);
    receipt->outcome = bytes_read_u8(&reader);
    uint16_t reason = bytes_read_u16(&reader);
    uint16_t detail = bytes_read_u16(&reader);
    uint16_t field = bytes_read_u16(&reader);
    receipt->reason = (enum reason)reason;
    receipt->detail = (enum detail)detail;
    receipt->field = (enum field)field;
    receipt->instruction_sequence = bytes_read_u64(&reader);
    receipt->first_height = bytes_read_u64(&reader);
    receipt->first_index = bytes_read_u32(&reader);
    receipt->restriction = text35_read(&reader);
    receipt->rule = bytes_read_u8(&reader);
    return bytes_reader_done(&reader) && outcome_known(receipt->outcome) &&
           (reason == REASON_NONE || reason_known(reason)) &&
           (detail == DETAIL_NONE || detail_known(detail)) &&
           (field == FIELD_NONE || field_known(field));
}

bool receipt_is_of(const void *bytes, size_t size, const struct hash *envelope_id)
{
    struct bytes_reader reader;
    struct hash id;
    bytes_reader_init(&reader, bytes, size);
    (void)bytes_read_u64(&reader); /* height */
    (void)bytes_read_u32(&reader); /* index */
    bytes_read_copy(&reader, id.bytes, HASH_SIZE);
    return !reader.failed && hash_equal(&id, envelope_id);
}
