#include "ledger/state/scalars.h"

#include "ledger/values/date.h"

void scalars_encode(const struct scalars *scalars, struct bytes_writer *writer)
{
    bytes_write_u32(writer, scalars->business_date);
    bytes_write_u32(writer, scalars->purge_date);
    bytes_write_u64(writer, scalars->instruction_sequence);
    bytes_write_u64(writer, scalars->event_sequence);
    bytes_write_u64(writer, scalars->wake_turn_last);
    bytes_write_u64(writer, scalars->optimisation_turn_last);
    bytes_write_u32(writer, scalars->purge_cursor);
    bytes_write_u32(writer, scalars->reference_cursor);
    bytes_write_u32(writer, scalars->wake_cursor);
    bytes_write_u32(writer, scalars->limit_cursor);
    day_sweep_encode(&scalars->sweep, writer);
    bytes_write_u64(writer, scalars->restriction_sequence);
    bytes_write_u32(writer, scalars->restriction_cursor);
    bytes_write_copy(writer, scalars->secret.bytes, HASH_SIZE);
}

void scalars_decode(struct scalars *scalars, struct bytes_reader *reader)
{
    *scalars = (struct scalars){0};
    scalars->business_date = bytes_read_u32(reader);
    scalars->purge_date = bytes_read_u32(reader);
    scalars->instruction_sequence = bytes_read_u64(reader);
    scalars->event_sequence = bytes_read_u64(reader);
    scalars->wake_turn_last = bytes_read_u64(reader);
    scalars->optimisation_turn_last = bytes_read_u64(reader);
    scalars->purge_cursor = bytes_read_u32(reader);
    scalars->reference_cursor = bytes_read_u32(reader);
    scalars->wake_cursor = bytes_read_u32(reader);
    scalars->limit_cursor = bytes_read_u32(reader);
    day_sweep_decode(&scalars->sweep, reader);
    scalars->restriction_sequence = bytes_read_u64(reader);
    scalars->restriction_cursor = bytes_read_u32(reader);
    bytes_read_copy(reader, scalars->secret.bytes, HASH_SIZE);
    if (!date_valid(scalars->business_date) || !date_valid(scalars->purge_date)) {
        bytes_reader_fail(reader);
    }
}

bool scalars_equal(const struct scalars *a, const struct scalars *b)
{
    return a->business_date == b->business_date && a->purge_date == b->purge_date &&
           a->instruction_sequence == b->instruction_sequence &&
           a->event_sequence == b->event_sequence && a->wake_turn_last == b->wake_turn_last &&
           a->optimisation_turn_last == b->optimisation_turn_last &&
           a->purge_cursor == b->purge_cursor && a->reference_cursor == b->reference_cursor &&
           a->wake_cursor == b->wake_cursor && a->limit_cursor == b->limit_cursor &&
           day_sweep_equal(&a->sweep, &b->sweep) &&
           a->restriction_sequence == b->restriction_sequence &&
           a->restriction_cursor == b->restriction_cursor && hash_equal(&a->secret, &b->secret);
}
