/* Tables in CSV: see csv_table.h. */
#include "netsim/lab/csv_table.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CSV_TABLE_BYTES_MAX = 64 << 20,
};

struct csv_table {
    char *text;
    char **cells; /* the first row names the columns */
    uint32_t columns;
    uint32_t rows; /* without it */
};

static uint32_t count_of(const char *text, char wanted)
{
    uint32_t count = 0;
    for (; *text != '\0'; text++) {
        count += *text == wanted;
    }
    return count;
}

/* Cuts a line into `columns` cells; false when it has another number of them. */
static bool cut(char *line, char **cells, uint32_t columns)
{
    if (count_of(line, ',') + 1 != columns) {
        return false;
    }
    for (uint32_t i = 0; i < columns; i++) {
        cells[i] = line;
        char *end = line + strcspn(line, ",");
        line = end + 1;
        *end = '\0';
    }
    return true;
}

static bool take_lines(struct csv_table *table, char *why, size_t why_size)
{
    const uint32_t lines = count_of(table->text, '\n') + 1;
    char *line = table->text;
    for (uint32_t number = 0; *line != '\0'; number++) {
        char *end = line + strcspn(line, "\n");
        bool last = *end == '\0';
        *end = '\0';
        if (number == 0) {
            table->columns = count_of(line, ',') + 1;
            table->cells = calloc((size_t)table->columns * lines, sizeof *table->cells);
            TALLY_ASSERT(table->cells != NULL);
        }
        if (!cut(line, table->cells + (size_t)table->columns * number, table->columns)) {
            (void)snprintf(why, why_size, "line %u has not the %u cells of the first", number + 1,
                           table->columns);
            return false;
        }
        table->rows = number;
        line = last ? end : end + 1;
    }
    if (table->rows == 0) {
        (void)snprintf(why, why_size, "there are no rows in it");
    }
    return table->rows > 0;
}

struct csv_table *csv_table_parse(const char *text, char *why, size_t why_size)
{
    struct csv_table *table = calloc(1, sizeof *table);
    TALLY_ASSERT(table != NULL);
    table->text = strdup(text);
    TALLY_ASSERT(table->text != NULL);
    if (!take_lines(table, why, why_size)) {
        csv_table_free(table);
        return NULL;
    }
    return table;
}

struct csv_table *csv_table_load(const char *path, char *why, size_t why_size)
{
    FILE *file = fopen(path, "r");
    char *text = file == NULL ? NULL : calloc(1, CSV_TABLE_BYTES_MAX + 1);
    struct csv_table *table = NULL;
    if (text == NULL) {
        (void)snprintf(why, why_size, "%s", strerror(errno));
    } else {
        size_t size = fread(text, 1, CSV_TABLE_BYTES_MAX, file);
        text[size] = '\0';
        table = csv_table_parse(text, why, why_size);
    }
    free(text);
    if (file != NULL) {
        (void)fclose(file);
    }
    return table;
}

void csv_table_free(struct csv_table *table)
{
    if (table != NULL) {
        free(table->text);
        free(table->cells);
        free(table);
    }
}

uint32_t csv_table_rows(const struct csv_table *table)
{
    return table->rows;
}

uint32_t csv_table_column(const struct csv_table *table, const char *name)
{
    for (uint32_t i = 0; i < table->columns; i++) {
        if (strcmp(table->cells[i], name) == 0) {
            return i;
        }
    }
    return CSV_TABLE_NONE;
}

const char *csv_table_cell(const struct csv_table *table, uint32_t row, uint32_t column)
{
    TALLY_ASSERT(row < table->rows);
    TALLY_ASSERT(column < table->columns);
    return table->cells[(size_t)table->columns * (row + 1) + column];
}
