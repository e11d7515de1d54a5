/*
 * cli/csv.h - strict reading of CSV files.
 *
 * Rule (RFC 4180). The first record names the columns. Cells are separated by commas, records by LF
 * or CRLF; a cell with a comma or quote stands in double quotes, a quote inside doubled; no cell
 * holds a line break. A byte order mark at the start is skipped. Everything else is an error with
 * line and column, and an error anywhere refuses the whole file: a file half of which was misread
 * must not be half submitted.
 *
 * Bounds: CSV_BYTES_MAX bytes, CSV_COLUMNS_MAX columns, cells below CSV_CELL_SIZE bytes, no control
 * characters.
 *
 *     if (csv_open(&csv, data, size)) {                      reads the header
 *         while (csv_next(&csv)) {
 *             use csv_cell(&csv, csv_column(&csv, "isin"));
 *         }
 *     }
 *     if (csv.fault.line != 0) { it is malformed, with a reason }
 */
#ifndef TALLY_CLI_CSV_H
#define TALLY_CLI_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CSV_BYTES_MAX   (64u * 1024u * 1024u)
#define CSV_COLUMNS_MAX 64u
#define CSV_CELL_SIZE   160u

struct csv_fault {
    uint32_t line;   /* 0: none */
    uint32_t column; /* byte in the line, from 1 */
    char text[160];
};

struct csv {
    const char *data; /* borrowed */
    size_t size;
    size_t at;
    uint32_t line; /* of the next byte */
    size_t line_start;
    uint32_t row_line;                     /* where the current record begins */
    uint32_t row_columns[CSV_COLUMNS_MAX]; /* where each of its cells begins, from 1 */
    unsigned column_count;
    char names[CSV_COLUMNS_MAX][CSV_CELL_SIZE];
    char cells[CSV_COLUMNS_MAX][CSV_CELL_SIZE];
    struct csv_fault fault;
};

/* Starts and reads the header. False with the fault set when there is none, a name is empty or
 * repeated. */
bool csv_open(struct csv *csv, const void *data, size_t size);

/* The column of that name, or -1. */
int csv_column(const struct csv *csv, const char *name);

/* Reads the next record; empty lines are skipped. False at the end and on a fault (then fault.line
 * != 0). */
bool csv_next(struct csv *csv);

/* A cell of the current record; "" when column is -1. */
const char *csv_cell(const struct csv *csv, int column);

#endif
