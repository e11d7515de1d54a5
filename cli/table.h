/*
 * cli/table.h - what a command shows: as text for people, JSON or CSV for programs.
 *
 * A command fills a table (rows of one kind) or a record (named values of one thing) and never
 * prints by itself. So every command has all three formats, with the same names.
 *
 *     text   aligned columns, ASCII; numbers to the right; notes below
 *     JSON   {"instructions": [{"reference": "A1", ...}], "notes": {...}}
 *            every value a string, also amounts, so that no reader rounds them
 *     CSV    RFC 4180; a cell that a spreadsheet would take for a formula is prefixed with an
 *            apostrophe; numbers are left alone
 */
#ifndef TALLY_CLI_TABLE_H
#define TALLY_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum table_format {
    TABLE_TEXT = 0,
    TABLE_JSON = 1,
    TABLE_CSV = 2,
};

enum table_align {
    TABLE_LEFT,
    TABLE_NUMBER, /* to the right, and a number in CSV */
};

struct table_column {
    const char *name; /* in JSON and CSV; in text with blanks for underscores */
    enum table_align align;
};

struct table;

/* A table with these columns, which must outlive it. `name` is the plural of what the rows are.
 * Never NULL: running out of memory ends the program. */
struct table *table_new(const char *name, const struct table_column *columns,
                        unsigned column_count);
void table_free(struct table *table);

/* Appends a row: one text per column, copied. */
void table_row(struct table *table, const char *const *cells);

/* Adds a named remark about the whole, such as which node answered. */
__attribute__((format(printf, 3, 4))) void table_note(struct table *table, const char *name,
                                                      const char *format, ...);

/* What has been put in so far. A cell is borrowed until the table changes. */
size_t table_row_count(const struct table *table);
const char *table_cell(const struct table *table, size_t row, unsigned column);

/* Prints all of it. */
void table_print(const struct table *table, enum table_format format, FILE *out);

/* Are both the same, row by row? Notes do not count. */
bool table_equal(const struct table *a, const struct table *b);

/* One thing's named values: a table of `name` and `value`, printed as a list, as one JSON object,
 * or as CSV of two columns. */
struct table *record_new(const char *name);
__attribute__((format(printf, 3, 4))) void record_set(struct table *record, const char *name,
                                                      const char *format, ...);
/* The value of a name, or NULL. */
const char *record_get(const struct table *record, const char *name);

/* Would a spreadsheet take this cell for a formula? */
bool table_cell_is_formula(const char *cell);

#endif
