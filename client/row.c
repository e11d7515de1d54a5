#include "client/row.h"

#include <string.h>

#include "client/wire.h"

#define ROW_DECIMALS_MAX 18u

static uint8_t decimals_read(struct bytes_reader *reader)
{
    uint8_t decimals = bytes_read_u8(reader);

    if (decimals > ROW_DECIMALS_MAX) {
        bytes_reader_fail(reader);
        return 0;
    }
    return decimals;
}

static uint64_t time_read(struct bytes_reader *reader)
{
    uint64_t ms = bytes_read_u64(reader);

    if (ms > ROW_TIME_MS_MAX) {
        bytes_reader_fail(reader);
        return 0;
    }
    return ms;
}

static enum row_actor actor_read(struct bytes_reader *reader)
{
    uint8_t actor = bytes_read_u8(reader);

    if (actor > ROW_ACTOR_OPERATOR) {
        bytes_reader_fail(reader);
        return ROW_ACTOR_NOBODY;
    }
    return (enum row_actor)actor;
}

void row_instruction_write(struct bytes_writer *writer, const struct row_instruction *row)
{
    bytes_write_u64(writer, row->sequence);
    wire_write_text(writer, row->party, sizeof row->party);
    wire_write_text(writer, row->reference, sizeof row->reference);
    wire_write_text(writer, row->counterparty, sizeof row->counterparty);
    wire_write_text(writer, row->account, sizeof row->account);
    wire_write_text(writer, row->asset, sizeof row->asset);
    wire_write_text(writer, row->movement, sizeof row->movement);
    wire_write_text(writer, row->payment, sizeof row->payment);
    wire_write_text(writer, row->currency, sizeof row->currency);
    wire_write_text(writer, row->trade_date, sizeof row->trade_date);
    wire_write_text(writer, row->settlement_date, sizeof row->settlement_date);
    wire_write_text(writer, row->status, sizeof row->status);
    wire_write_text(writer, row->reason, sizeof row->reason);
    bytes_write_u8(writer, (uint8_t)row->actor);
    bytes_write_u8(writer, row->quantity_decimals);
    bytes_write_u8(writer, row->amount_decimals);
    bytes_write_i64(writer, row->quantity);
    bytes_write_i64(writer, row->quantity_settled);
    bytes_write_i64(writer, row->amount);
    bytes_write_i64(writer, row->amount_settled);
    bytes_write_u64(writer, row->since_height);
    bytes_write_u64(writer, row->since_ms);
    bytes_write_bool(writer, row->alleged);
    bytes_write_u64(writer, row->next_ms);
    bytes_write_u64(writer, row->deadline_ms);
}

bool row_instruction_read(struct bytes_reader *reader, struct row_instruction *out)
{
    memset(out, 0, sizeof *out);
    out->sequence = bytes_read_u64(reader);
    wire_read_text(reader, out->party, sizeof out->party);
    wire_read_text(reader, out->reference, sizeof out->reference);
    wire_read_text(reader, out->counterparty, sizeof out->counterparty);
    wire_read_text(reader, out->account, sizeof out->account);
    wire_read_text(reader, out->asset, sizeof out->asset);
    wire_read_text(reader, out->movement, sizeof out->movement);
    wire_read_text(reader, out->payment, sizeof out->payment);
    wire_read_text(reader, out->currency, sizeof out->currency);
    wire_read_text(reader, out->trade_date, sizeof out->trade_date);
    wire_read_text(reader, out->settlement_date, sizeof out->settlement_date);
    wire_read_text(reader, out->status, sizeof out->status);
    wire_read_text(reader, out->reason, sizeof out->reason);
    out->actor = actor_read(reader);
    out->quantity_decimals = decimals_read(reader);
    out->amount_decimals = decimals_read(reader);
    out->quantity = bytes_read_i64(reader);
    out->quantity_settled = bytes_read_i64(reader);
    out->amount = bytes_read_i64(reader);
    out->amount_settled = bytes_read_i64(reader);
    out->since_height = bytes_read_u64(reader);
    out->since_ms = time_read(reader);
    out->alleged = bytes_read_bool(reader);
    out->next_ms = time_read(reader);
    out->deadline_ms = time_read(reader);
    return !reader->failed;
}

void row_position_write(struct bytes_writer *writer, const struct row_position *row)
{
    wire_write_text(writer, row->party, sizeof row->party);
    wire_write_text(writer, row->account, sizeof row->account);
    wire_write_text(writer, row->asset, sizeof row->asset);
    bytes_write_u8(writer, row->decimals);
    bytes_write_i64(writer, row->available);
    bytes_write_i64(writer, row->blocked);
    bytes_write_i64(writer, row->reserved);
    bytes_write_i64(writer, row->earmarked);
    bytes_write_i64(writer, row->pledged);
    bytes_write_i64(writer, row->on_loan);
}

bool row_position_read(struct bytes_reader *reader, struct row_position *out)
{
    memset(out, 0, sizeof *out);
    wire_read_text(reader, out->party, sizeof out->party);
    wire_read_text(reader, out->account, sizeof out->account);
    wire_read_text(reader, out->asset, sizeof out->asset);
    out->decimals = decimals_read(reader);
    out->available = bytes_read_i64(reader);
    out->blocked = bytes_read_i64(reader);
    out->reserved = bytes_read_i64(reader);
    out->earmarked = bytes_read_i64(reader);
    out->pledged = bytes_read_i64(reader);
    out->on_loan = bytes_read_i64(reader);
    return !reader->failed;
}

void row_asset_write(struct bytes_writer *writer, const struct row_asset *row)
{
    wire_write_text(writer, row->asset, sizeof row->asset);
    wire_write_text(writer, row->issuer, sizeof row->issuer);
    bytes_write_bool(writer, row->cash);
    bytes_write_u8(writer, row->decimals);
    bytes_write_i64(writer, row->issued);
    bytes_write_i64(writer, row->unit_minimum);
    bytes_write_i64(writer, row->unit_multiple);
}

bool row_asset_read(struct bytes_reader *reader, struct row_asset *out)
{
    memset(out, 0, sizeof *out);
    wire_read_text(reader, out->asset, sizeof out->asset);
    wire_read_text(reader, out->issuer, sizeof out->issuer);
    out->cash = bytes_read_bool(reader);
    out->decimals = decimals_read(reader);
    out->issued = bytes_read_i64(reader);
    out->unit_minimum = bytes_read_i64(reader);
    out->unit_multiple = bytes_read_i64(reader);
    return !reader->failed;
}

void row_account_write(struct bytes_writer *writer, const struct row_account *row)
{
    wire_write_text(writer, row->party, sizeof row->party);
    wire_write_text(writer, row->account, sizeof row->account);
    bytes_write_bool(writer, row->cash);
    bytes_write_bool(writer, row->blocked);
}

bool row_account_read(struct bytes_reader *reader, struct row_account *out)
{
    memset(out, 0, sizeof *out);
    wire_read_text(reader, out->party, sizeof out->party);
    wire_read_text(reader, out->account, sizeof out->account);
    out->cash = bytes_read_bool(reader);
    out->blocked = bytes_read_bool(reader);
    return !reader->failed;
}

void row_party_write(struct bytes_writer *writer, const struct row_party *row)
{
    wire_write_text(writer, row->party, sizeof row->party);
    wire_write_prose(writer, row->name, sizeof row->name);
    bytes_write_u32(writer, row->roles);
    bytes_write_bool(writer, row->blocked);
}

bool row_party_read(struct bytes_reader *reader, struct row_party *out)
{
    memset(out, 0, sizeof *out);
    wire_read_text(reader, out->party, sizeof out->party);
    wire_read_prose(reader, out->name, sizeof out->name);
    out->roles = bytes_read_u32(reader);
    out->blocked = bytes_read_bool(reader);
    return !reader->failed;
}

void row_event_write(struct bytes_writer *writer, const struct row_event *row)
{
    bytes_write_u64(writer, row->height);
    bytes_write_u32(writer, row->index);
    bytes_write_u64(writer, row->ledger_ms);
    wire_write_prose(writer, row->name, sizeof row->name);
    wire_write_text(writer, row->party, sizeof row->party);
    wire_write_text(writer, row->reference, sizeof row->reference);
    wire_write_text(writer, row->reason, sizeof row->reason);
    wire_write_text(writer, row->asset, sizeof row->asset);
    wire_write_text(writer, row->currency, sizeof row->currency);
    bytes_write_u8(writer, row->quantity_decimals);
    bytes_write_u8(writer, row->amount_decimals);
    bytes_write_i64(writer, row->quantity);
    bytes_write_i64(writer, row->amount);
}

bool row_event_read(struct bytes_reader *reader, struct row_event *out)
{
    memset(out, 0, sizeof *out);
    out->height = bytes_read_u64(reader);
    out->index = bytes_read_u32(reader);
    out->ledger_ms = time_read(reader);
    wire_read_prose(reader, out->name, sizeof out->name);
    wire_read_text(reader, out->party, sizeof out->party);
    wire_read_text(reader, out->reference, sizeof out->reference);
    wire_read_text(reader, out->reason, sizeof out->reason);
    wire_read_text(reader, out->asset, sizeof out->asset);
    wire_read_text(reader, out->currency, sizeof out->currency);
    out->quantity_decimals = decimals_read(reader);
    out->amount_decimals = decimals_read(reader);
    out->quantity = bytes_read_i64(reader);
    out->amount = bytes_read_i64(reader);
    return !reader->failed;
}
