#include "ledger/scalars.h"

#include "ledger/date.h"

void scalars_encode(const struct scalars *scalars, struct bytes_writer *writer)
{
    bytes_write_u64(writer, scalars->height);
    bytes_write_u64(writer, scalars->time_ms);
    bytes_write_u32(writer, scalars->business_date);
    bytes_write_u32(writer, scalars->purge_date);
    bytes_write_u64(writer, scalars->instruction_sequence);
    bytes_write_u64(writer, scalars->event_sequence);
    bytes_write_u64(writer, scalars->wake_turn_last);
    bytes_write_u32(writer, scalars->purge_cursor);
    bytes_write_u32(writer, scalars->reference_cursor);
    bytes_write_u32(writer, scalars->wake_cursor);
}

void scalars_decode(struct scalars *scalars, struct bytes_reader *reader)
{
    *scalars = (struct scalars){0};
    scalars->height = bytes_read_u64(reader);
    scalars->time_ms = bytes_read_u64(reader);
    scalars->business_date = bytes_read_u32(reader);
    scalars->purge_date = bytes_read_u32(reader);
    scalars->instruction_sequence = bytes_read_u64(reader);
    scalars->event_sequence = bytes_read_u64(reader);
    scalars->wake_turn_last = bytes_read_u64(reader);
    scalars->purge_cursor = bytes_read_u32(reader);
    scalars->reference_cursor = bytes_read_u32(reader);
    scalars->wake_cursor = bytes_read_u32(reader);
    if (!date_valid(scalars->business_date) || !date_valid(scalars->purge_date)) {
        bytes_reader_fail(reader);
    }
}
