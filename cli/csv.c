#include "cli/csv.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"

__attribute__((format(printf, 2, 3))) static bool refuse(struct csv *csv, const char *format, ...)
{
    va_list arguments;

    csv->fault.line = csv->line;
    csv->fault.column = (uint32_t)(csv->at - csv->line_start + 1);
    va_start(arguments, format);
    (void)vsnprintf(csv->fault.text, sizeof csv->fault.text, format, arguments);
    va_end(arguments);
    return false;
}

static bool at_end(const struct csv *csv)
{
    return csv->at == csv->size;
}

/* Takes LF or CRLF; false when there is neither here. */
static bool take_line_end(struct csv *csv)
{
    size_t at = csv->at;

    if (at < csv->size && csv->data[at] == '\r') {
        at++;
    }
    if (at == csv->size || csv->data[at] != '\n') {
        return false;
    }
    csv->at = at + 1;
    csv->line++;
    csv->line_start = csv->at;
    return true;
}

static bool cell_append(struct csv *csv, char *cell, size_t *length, char c)
{
    if ((unsigned char)c < 0x20 || c == 0x7f) {
        return refuse(csv, "control character 0x%02x in a cell", (unsigned char)c);
    }
    if (*length + 1 == CSV_CELL_SIZE) {
        return refuse(csv, "a cell is longer than %u bytes", CSV_CELL_SIZE - 1);
    }
    cell[(*length)++] = c;
    cell[*length] = 0;
    return true;
}

static bool read_quoted(struct csv *csv, char *cell)
{
    size_t length = 0;

    csv->at++;
    for (;;) {
        char c;
        if (at_end(csv) || strchr("\r\n", csv->data[csv->at]) != NULL) {
            return refuse(csv, "a quoted cell is not closed on its line");
        }
        c = csv->data[csv->at];
        if (c == '"') {
            csv->at++;
            if (at_end(csv) || csv->data[csv->at] != '"') {
                return true;
            }
        }
        if (!cell_append(csv, cell, &length, c)) {
            return false;
        }
        csv->at++;
    }
}

static bool read_plain(struct csv *csv, char *cell)
{
    size_t length = 0;

    while (!at_end(csv) && strchr(",\r\n", csv->data[csv->at]) == NULL) {
        if (csv->data[csv->at] == '"') {
            return refuse(csv, "a quote inside an unquoted cell; quote the whole cell");
        }
        if (!cell_append(csv, cell, &length, csv->data[csv->at])) {
            return false;
        }
        csv->at++;
    }
    return true;
}

/* Reads one record into rows[0..]; false on a fault. */
static bool read_record(struct csv *csv, char rows[][CSV_CELL_SIZE], unsigned *count)
{
    *count = 0;
    csv->row_line = csv->line;
    for (;;) {
        char *cell;
        if (*count == CSV_COLUMNS_MAX) {
            return refuse(csv, "more than %u cells in a record", CSV_COLUMNS_MAX);
        }
        csv->row_columns[*count] = (uint32_t)(csv->at - csv->line_start + 1);
        cell = rows[(*count)++];
        cell[0] = 0;
        if (!at_end(csv) && csv->data[csv->at] == '"' ? !read_quoted(csv, cell)
                                                      : !read_plain(csv, cell)) {
            return false;
        }
        if (at_end(csv) || take_line_end(csv)) {
            return true;
        }
        if (csv->data[csv->at] != ',') {
            return refuse(csv, "expected a comma or the end of the line after a cell");
        }
        csv->at++;
    }
}

bool csv_open(struct csv *csv, const void *data, size_t size)
{
    static const char mark[] = "\xef\xbb\xbf";

    memset(csv, 0, sizeof *csv);
    csv->data = data;
    csv->size = size;
    csv->line = 1;
    if (size > CSV_BYTES_MAX) {
        return refuse(csv, "the file is larger than %u bytes; split it", CSV_BYTES_MAX);
    }
    if (size >= 3 && memcmp(data, mark, 3) == 0) {
        csv->at = csv->line_start = 3;
    }
    if (at_end(csv)) {
        return refuse(csv, "the file is empty");
    }
    if (!read_record(csv, csv->names, &csv->column_count)) {
        return false;
    }
    for (unsigned i = 0; i < csv->column_count; i++) {
        if (csv->names[i][0] == 0 || csv_column(csv, csv->names[i]) != (int)i) {
            csv->fault.line = 1;
            csv->fault.column = csv->row_columns[i];
            (void)snprintf(csv->fault.text, sizeof csv->fault.text,
                           csv->names[i][0] == 0 ? "a column has no name"
                                                 : "column \"%.60s\" appears twice",
                           csv->names[i]);
            return false;
        }
    }
    return true;
}

int csv_column(const struct csv *csv, const char *name)
{
    for (unsigned i = 0; i < csv->column_count; i++) {
        if (strcmp(csv->names[i], name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

bool csv_next(struct csv *csv)
{
    unsigned count;

    TALLY_ASSERT(csv->column_count > 0);
    if (csv->fault.line != 0) {
        return false;
    }
    while (!at_end(csv) && take_line_end(csv)) {
    }
    if (at_end(csv)) {
        return false;
    }
    if (!read_record(csv, csv->cells, &count)) {
        return false;
    }
    if (count != csv->column_count) {
        csv->fault.line = csv->row_line;
        csv->fault.column =
            csv->row_columns[count < csv->column_count ? count - 1 : csv->column_count];
        (void)snprintf(csv->fault.text, sizeof csv->fault.text,
                       "%u cells, but the header has %u columns", count, csv->column_count);
        return false;
    }
    return true;
}

const char *csv_cell(const struct csv *csv, int column)
{
    TALLY_ASSERT(column < (int)csv->column_count);
    return column < 0 ? "" : csv->cells[column];
}
