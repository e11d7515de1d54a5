#include "client/row_cells.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/wire.h"

#define DECIMALS_MAX 18u

void row_cells_begin(struct row_cells *row)
{
    memset(row, 0, sizeof *row);
}

void row_cells_add(struct row_cells *row, const char *text)
{
    size_t length = strlen(text);

    if (length >= CELL_SIZE || row->size + length + 1 > CELLS_BYTES_MAX ||
        row->count == LIST_COLUMNS_MAX) {
        row->failed = true;
        return;
    }
    memcpy(row->text + row->size, text, length + 1);
    row->size = (uint16_t)(row->size + length + 1);
    row->count++;
}

void row_cells_add_integer(struct row_cells *row, int64_t value)
{
    char text[24];

    (void)snprintf(text, sizeof text, "%" PRId64, value);
    row_cells_add(row, text);
}

void row_cells_add_decimal(struct row_cells *row, int64_t value, unsigned decimals)
{
    char text[48];
    uint64_t size = value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value;
    uint64_t unit = 1;

    TALLY_ASSERT(decimals <= DECIMALS_MAX);
    for (unsigned i = 0; i < decimals; i++) {
        unit *= 10;
    }
    if (decimals == 0) {
        (void)snprintf(text, sizeof text, "%s%" PRIu64, value < 0 ? "-" : "", size);
    } else {
        (void)snprintf(text, sizeof text, "%s%" PRIu64 ".%0*" PRIu64, value < 0 ? "-" : "",
                       size / unit, (int)decimals, size % unit);
    }
    row_cells_add(row, text);
}

const char *row_cells_at(const struct row_cells *row, unsigned column)
{
    const char *text = row->text;

    if (column >= row->count) {
        return "";
    }
    for (unsigned i = 0; i < column; i++) {
        text += strlen(text) + 1;
    }
    return text;
}

void row_cells_write(struct bytes_writer *writer, const struct row_cells *row)
{
    const char *text = row->text;

    bytes_write_u8(writer, row->count);
    for (unsigned i = 0; i < row->count; i++) {
        wire_write_prose(writer, text, strlen(text) + 1);
        text += strlen(text) + 1;
    }
    writer->failed = writer->failed || row->failed;
}

bool row_cells_read(struct bytes_reader *reader, unsigned column_count, struct row_cells *out)
{
    char text[CELL_SIZE];
    unsigned count = bytes_read_u8(reader);

    row_cells_begin(out);
    if (count != column_count) {
        bytes_reader_fail(reader);
    }
    for (unsigned i = 0; i < count && !reader->failed; i++) {
        wire_read_prose(reader, text, sizeof text);
        row_cells_add(out, text);
    }
    if (out->failed) {
        bytes_reader_fail(reader);
    }
    return !reader->failed;
}
