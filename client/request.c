#include "client/request.h"

#include <string.h>

#include "base/bytes.h"
#include "client/wire.h"

static void write_party(struct bytes_writer *writer, const struct request *request)
{
    wire_write_text(writer, request->party, sizeof request->party);
}

static void write_reference(struct bytes_writer *writer, const struct request *request)
{
    wire_write_text(writer, request->reference, sizeof request->reference);
}

static void write_account(struct bytes_writer *writer, const struct request *request)
{
    wire_write_text(writer, request->account, sizeof request->account);
}

static void write_asset(struct bytes_writer *writer, const struct request *request)
{
    wire_write_text(writer, request->asset, sizeof request->asset);
}

static void filter_write(struct bytes_writer *writer, const struct list_filter *filter)
{
    wire_write_text(writer, filter->party, sizeof filter->party);
    wire_write_text(writer, filter->account, sizeof filter->account);
    wire_write_text(writer, filter->asset, sizeof filter->asset);
    wire_write_text(writer, filter->reference, sizeof filter->reference);
    wire_write_text(writer, filter->status, sizeof filter->status);
    wire_write_text(writer, filter->reason, sizeof filter->reason);
    wire_write_text(writer, filter->date_from, sizeof filter->date_from);
    wire_write_text(writer, filter->date_to, sizeof filter->date_to);
}

static void filter_read(struct bytes_reader *reader, struct list_filter *filter)
{
    wire_read_text(reader, filter->party, sizeof filter->party);
    wire_read_text(reader, filter->account, sizeof filter->account);
    wire_read_text(reader, filter->asset, sizeof filter->asset);
    wire_read_text(reader, filter->reference, sizeof filter->reference);
    wire_read_text(reader, filter->status, sizeof filter->status);
    wire_read_text(reader, filter->reason, sizeof filter->reason);
    wire_read_text(reader, filter->date_from, sizeof filter->date_from);
    wire_read_text(reader, filter->date_to, sizeof filter->date_to);
}

/* Are the bounds of this kind's fields kept? One rule for what is sent and what is received. */
static bool request_bounded(const struct request *request)
{
    switch (request->kind) {
    case REQUEST_SUBMIT:
        return request->envelope_size > 0 && request->envelope_size <= REQUEST_ENVELOPE_BYTES_MAX;
    case REQUEST_OUTCOME:
        return request->command_count <= REQUEST_OUTCOME_RECEIPTS_MAX;
    case REQUEST_RECEIPT:
        return request->party[0] != 0 && request->reference[0] != 0 && request->settled >= 0;
    case REQUEST_INSTRUCTION:
    case REQUEST_EXPLAIN:
        return request->party[0] != 0 && request->reference[0] != 0;
    case REQUEST_POSITION:
        return request->party[0] != 0 && request->account[0] != 0 && request->asset[0] != 0;
    case REQUEST_ACCOUNT:
        return request->party[0] != 0 && request->account[0] != 0;
    case REQUEST_PARTY:
        return request->party[0] != 0;
    case REQUEST_ASSET:
        return request->asset[0] != 0;
    case REQUEST_LIST:
        return request->list >= LIST_INSTRUCTIONS && request->list <= LIST_KIND_LAST &&
               request->row_limit > 0 && request->row_limit <= REQUEST_LIST_ROWS_MAX;
    case REQUEST_NODE_STATUS:
    case REQUEST_ROOTS:
    case REQUEST_RULES:
        return true;
    }
    return false;
}

static void fields_write(struct bytes_writer *writer, const struct request *request)
{
    switch (request->kind) {
    case REQUEST_SUBMIT:
        bytes_write_u32(writer, request->envelope_size);
        bytes_write_copy(writer, request->envelope, request->envelope_size);
        break;
    case REQUEST_OUTCOME:
        bytes_write_copy(writer, request->envelope_id.bytes, sizeof request->envelope_id.bytes);
        bytes_write_u16(writer, request->first_command);
        bytes_write_u16(writer, request->command_count);
        break;
    case REQUEST_INSTRUCTION:
    case REQUEST_EXPLAIN:
        write_party(writer, request);
        write_reference(writer, request);
        break;
    case REQUEST_RECEIPT:
        write_party(writer, request);
        write_reference(writer, request);
        bytes_write_i64(writer, request->settled);
        break;
    case REQUEST_POSITION:
        write_party(writer, request);
        write_account(writer, request);
        write_asset(writer, request);
        break;
    case REQUEST_ACCOUNT:
        write_party(writer, request);
        write_account(writer, request);
        break;
    case REQUEST_PARTY:
        write_party(writer, request);
        break;
    case REQUEST_ASSET:
        write_asset(writer, request);
        break;
    case REQUEST_LIST:
        bytes_write_u8(writer, (uint8_t)request->list);
        filter_write(writer, &request->filter);
        bytes_write_u64(writer, request->cursor);
        bytes_write_u16(writer, request->row_limit);
        break;
    case REQUEST_NODE_STATUS:
    case REQUEST_RULES:
        break;
    case REQUEST_ROOTS:
        bytes_write_u64(writer, request->height);
        break;
    }
}

static void fields_read(struct bytes_reader *reader, struct request *out)
{
    switch (out->kind) {
    case REQUEST_SUBMIT:
        out->envelope_size = bytes_read_u32(reader);
        out->envelope = bytes_read_view(reader, out->envelope_size);
        break;
    case REQUEST_OUTCOME:
        bytes_read_copy(reader, out->envelope_id.bytes, sizeof out->envelope_id.bytes);
        out->first_command = bytes_read_u16(reader);
        out->command_count = bytes_read_u16(reader);
        break;
    case REQUEST_INSTRUCTION:
    case REQUEST_EXPLAIN:
        wire_read_text(reader, out->party, sizeof out->party);
        wire_read_text(reader, out->reference, sizeof out->reference);
        break;
    case REQUEST_RECEIPT:
        wire_read_text(reader, out->party, sizeof out->party);
        wire_read_text(reader, out->reference, sizeof out->reference);
        out->settled = bytes_read_i64(reader);
        break;
    case REQUEST_POSITION:
        wire_read_text(reader, out->party, sizeof out->party);
        wire_read_text(reader, out->account, sizeof out->account);
        wire_read_text(reader, out->asset, sizeof out->asset);
        break;
    case REQUEST_ACCOUNT:
        wire_read_text(reader, out->party, sizeof out->party);
        wire_read_text(reader, out->account, sizeof out->account);
        break;
    case REQUEST_PARTY:
        wire_read_text(reader, out->party, sizeof out->party);
        break;
    case REQUEST_ASSET:
        wire_read_text(reader, out->asset, sizeof out->asset);
        break;
    case REQUEST_LIST:
        out->list = (enum list_kind)bytes_read_u8(reader);
        filter_read(reader, &out->filter);
        out->cursor = bytes_read_u64(reader);
        out->row_limit = bytes_read_u16(reader);
        break;
    case REQUEST_NODE_STATUS:
    case REQUEST_RULES:
        break;
    case REQUEST_ROOTS:
        out->height = bytes_read_u64(reader);
        break;
    }
}

size_t request_encode(const struct request *request, void *out, size_t capacity)
{
    struct bytes_writer writer;

    if (!request_bounded(request)) {
        return 0;
    }
    bytes_writer_init(&writer, out, capacity);
    bytes_write_u32(&writer, request->id);
    bytes_write_u8(&writer, (uint8_t)request->kind);
    fields_write(&writer, request);
    return bytes_writer_ok(&writer) ? writer.size : 0;
}

bool request_decode(const void *data, size_t size, struct request *out)
{
    struct bytes_reader reader;

    memset(out, 0, sizeof *out);
    bytes_reader_init(&reader, data, size);
    out->id = bytes_read_u32(&reader);
    out->kind = (enum request_kind)bytes_read_u8(&reader);
    if (out->kind < REQUEST_SUBMIT || out->kind > REQUEST_KIND_LAST) {
        return false;
    }
    fields_read(&reader, out);
    return bytes_reader_done(&reader) && request_bounded(out);
}
