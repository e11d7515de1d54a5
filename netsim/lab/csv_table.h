/*
 * netsim/lab/csv_table.h - a table of `tally-sim merge`, read again
 *
 * Rule. CSV without quotes: a first line of column names, then rows with as many cells.
 *
 *     network.validators,network.protocol,final_per_s     csv_table_column(t, "final_per_s") -> 2
 *     4,simplex,999.960                                   csv_table_cell(t, 0, 2) -> "999.960"
 */
#ifndef TALLY_NETSIM_LAB_CSV_TABLE_H
#define TALLY_NETSIM_LAB_CSV_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"

#define CSV_TABLE_NONE UINT32_MAX

struct csv_table;

/* NULL with a sentence in `why`: no memory, no rows, or a row of another length. */
struct csv_table *csv_table_parse(const char *text, char *why, size_t why_size);
struct csv_table *csv_table_load(const char *path, char *why, size_t why_size);
/* Accepts NULL. */
void csv_table_free(struct csv_table *table);

/* How many rows there are below the names. */
uint32_t csv_table_rows(const struct csv_table *table);
/* The index of a column; CSV_TABLE_NONE when there is none of this name. */
uint32_t csv_table_column(const struct csv_table *table, const char *name);
/* pre: both exist. Borrowed. */
const char *csv_table_cell(const struct csv_table *table, uint32_t row, uint32_t column);

#endif
