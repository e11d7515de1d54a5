/*
 * client/row_cells.h - one row of a list of client/list.h: texts, one for each column.
 *
 * Encoded as u8 count and each text as a length byte and its printable ASCII characters. A row is
 * filled from the first column to the last; what does not fit, or is not printable, marks the row
 * as failed, which is then not written.
 */
#ifndef TALLY_CLIENT_ROW_CELLS_H
#define TALLY_CLIENT_ROW_CELLS_H

#include "base/bytes.h"
#include "client/list.h"

#define CELL_SIZE       101u /* with the terminating zero */
#define CELLS_BYTES_MAX 600u

struct row_cells {
    uint8_t count;
    bool failed;
    uint16_t size; /* of text: the cells one after the other, each with its zero */
    char text[CELLS_BYTES_MAX];
};

/* An empty row. */
void row_cells_begin(struct row_cells *row);
/* Appends the next column's text; copies it. */
void row_cells_add(struct row_cells *row, const char *text);
/* A whole number, and a number of smallest units in decimals. */
void row_cells_add_integer(struct row_cells *row, int64_t value);
void row_cells_add_decimal(struct row_cells *row, int64_t value, unsigned decimals);

/* A column's text, borrowed; "" beyond the last. */
const char *row_cells_at(const struct row_cells *row, unsigned column);

/* Appends the row; failure, also of a failed row, shows in the writer. */
void row_cells_write(struct bytes_writer *writer, const struct row_cells *row);
/* Takes one row of so many columns; false (and the reader failed) when it is malformed. */
TALLY_MUST_CHECK bool row_cells_read(struct bytes_reader *reader, unsigned column_count,
                                     struct row_cells *out);

#endif
