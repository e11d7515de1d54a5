/* Goal: no bytes break the decoders of rows, and what they accept has one encoding. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "client/row.h"
#include "client/row_cells.h"

enum {
    ROW_KINDS = 7
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

union row {
    struct row_instruction instruction;
    struct row_position position;
    struct row_asset asset;
    struct row_account account;
    struct row_party party;
    struct row_event event;
    struct row_cells cells;
};

static bool row_read(uint8_t kind, struct bytes_reader *reader, union row *row)
{
    switch (kind % ROW_KINDS) {
    case 0:
        return row_instruction_read(reader, &row->instruction);
    case 1:
        return row_position_read(reader, &row->position);
    case 2:
        return row_asset_read(reader, &row->asset);
    case 3:
        return row_account_read(reader, &row->account);
    case 4:
        return row_party_read(reader, &row->party);
    case 5:
        return row_event_read(reader, &row->event);
    default: /* of a form with as many columns as the row says */
        return row_cells_read(
            reader, reader->size > reader->offset ? reader->data[reader->offset] : 0, &row->cells);
    }
}

static void row_write(uint8_t kind, struct bytes_writer *writer, const union row *row)
{
    switch (kind % ROW_KINDS) {
    case 0:
        row_instruction_write(writer, &row->instruction);
        break;
    case 1:
        row_position_write(writer, &row->position);
        break;
    case 2:
        row_asset_write(writer, &row->asset);
        break;
    case 3:
        row_account_write(writer, &row->account);
        break;
    case 4:
        row_party_write(writer, &row->party);
        break;
    case 5:
        row_event_write(writer, &row->event);
        break;
    default:
        row_cells_write(writer, &row->cells);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t again[4096];
    struct bytes_reader reader;
    struct bytes_writer writer;
    union row row;

    if (size == 0) {
        return 0;
    }
    bytes_reader_init(&reader, data + 1, size - 1);
    if (row_read(data[0], &reader, &row)) {
        bytes_writer_init(&writer, again, sizeof again);
        row_write(data[0], &writer, &row);
        TALLY_ASSERT(bytes_writer_ok(&writer));
        TALLY_ASSERT(writer.size == reader.offset);
        TALLY_ASSERT(memcmp(again, data + 1, writer.size) == 0);
    }
    return 0;
}
