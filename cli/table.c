#include "cli/table.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

#define COLUMNS_MAX    24u
#define VALUE_SIZE_MAX 4096u
#define CELL_SHOWN_MAX 200
#define RECORD_COLUMNS 2u

struct note {
    char *name;
    char *value;
};

struct table {
    const char *name;
    const struct table_column *columns;
    unsigned column_count;
    bool is_record;
    char **cells;
    size_t cell_count;
    size_t cell_capacity;
    struct note *notes;
    size_t note_count;
};

static const struct table_column record_columns[RECORD_COLUMNS] = {
    {"name", TABLE_LEFT},
    {"value", TABLE_LEFT},
};

/* There is nothing sensible left to do for a command that cannot even hold its answer. */
static void *held(void *memory)
{
    TALLY_ASSERT(memory != NULL);
    return memory;
}

struct table *table_new(const char *name, const struct table_column *columns, unsigned column_count)
{
    struct table *table = held(calloc(1, sizeof *table));

    TALLY_ASSERT(column_count > 0 && column_count <= COLUMNS_MAX);
    table->name = name;
    table->columns = columns;
    table->column_count = column_count;
    return table;
}

struct table *record_new(const char *name)
{
    struct table *record = table_new(name, record_columns, RECORD_COLUMNS);

    record->is_record = true;
    return record;
}

void table_free(struct table *table)
{
    if (table == NULL) {
        return;
    }
    for (size_t i = 0; i < table->cell_count; i++) {
        free(table->cells[i]);
    }
    for (size_t i = 0; i < table->note_count; i++) {
        free(table->notes[i].name);
        free(table->notes[i].value);
    }
    free(table->cells);
    free(table->notes);
    free(table);
}

void table_row(struct table *table, const char *const *cells)
{
    if (table->cell_count + table->column_count > table->cell_capacity) {
        table->cell_capacity = 2 * table->cell_capacity + 64;
        table->cells = held(realloc(table->cells, table->cell_capacity * sizeof table->cells[0]));
    }
    for (unsigned i = 0; i < table->column_count; i++) {
        TALLY_ASSERT(cells[i] != NULL);
        table->cells[table->cell_count++] = held(strdup(cells[i]));
    }
}

void table_note(struct table *table, const char *name, const char *format, ...)
{
    char value[VALUE_SIZE_MAX];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(value, sizeof value, format, arguments);
    va_end(arguments);
    table->notes = held(realloc(table->notes, (table->note_count + 1) * sizeof table->notes[0]));
    table->notes[table->note_count++] =
        (struct note){.name = held(strdup(name)), .value = held(strdup(value))};
}

void record_set(struct table *record, const char *name, const char *format, ...)
{
    char value[VALUE_SIZE_MAX];
    const char *cells[RECORD_COLUMNS] = {name, value};
    va_list arguments;

    TALLY_ASSERT(record->is_record);
    va_start(arguments, format);
    (void)vsnprintf(value, sizeof value, format, arguments);
    va_end(arguments);
    table_row(record, cells);
}

const char *record_get(const struct table *record, const char *name)
{
    for (size_t i = 0; i < table_row_count(record); i++) {
        if (strcmp(table_cell(record, i, 0), name) == 0) {
            return table_cell(record, i, 1);
        }
    }
    return NULL;
}

size_t table_row_count(const struct table *table)
{
    return table->cell_count / table->column_count;
}

const char *table_cell(const struct table *table, size_t row, unsigned column)
{
    TALLY_ASSERT(row < table_row_count(table) && column < table->column_count);
    return table->cells[row * table->column_count + column];
}

bool table_equal(const struct table *a, const struct table *b)
{
    if (a->cell_count != b->cell_count || a->column_count != b->column_count) {
        return false;
    }
    for (size_t i = 0; i < a->cell_count; i++) {
        if (strcmp(a->cells[i], b->cells[i]) != 0) {
            return false;
        }
    }
    return true;
}

bool table_cell_is_formula(const char *cell)
{
    return cell[0] != 0 && strchr("=+-@\t\r", cell[0]) != NULL;
}

/* Only what a terminal shows as itself: nothing that a peer or a file named can move the cursor. */
static void print_plain(FILE *out, const char *text, int width)
{
    int printed = 0;

    for (; *text != 0 && printed < CELL_SHOWN_MAX; text++, printed++) {
        (void)fputc(*text >= 0x20 && *text <= 0x7e ? *text : '?', out);
    }
    for (; printed < width; printed++) {
        (void)fputc(' ', out);
    }
}

static void print_heading(FILE *out, const char *name, int width)
{
    char heading[64];

    (void)snprintf(heading, sizeof heading, "%s", name);
    for (char *c = heading; *c != 0; c++) {
        *c = *c == '_' ? ' ' : *c;
    }
    print_plain(out, heading, width);
}

static int column_width(const struct table *table, unsigned column)
{
    size_t width = table->is_record ? 0 : strlen(table->columns[column].name);

    for (size_t row = 0; row < table_row_count(table); row++) {
        size_t length = strlen(table_cell(table, row, column));
        width = length > width ? length : width;
    }
    return width > CELL_SHOWN_MAX ? CELL_SHOWN_MAX : (int)width;
}

static void print_cell(FILE *out, const struct table *table, const char *text, unsigned column,
                       int width)
{
    bool last = column + 1 == table->column_count;

    if (table->columns[column].align == TABLE_NUMBER) {
        int length = (int)strlen(text);
        for (int i = length; i < width; i++) {
            (void)fputc(' ', out);
        }
        print_plain(out, text, 0);
    } else if (table->is_record && column == 0) {
        print_heading(out, text, width);
    } else {
        print_plain(out, text, last ? 0 : width);
    }
    (void)fputs(last ? "\n" : "  ", out);
}

static void print_text(const struct table *table, FILE *out)
{
    int widths[COLUMNS_MAX];

    for (unsigned column = 0; column < table->column_count; column++) {
        widths[column] = column_width(table, column);
    }
    for (unsigned column = 0; column < table->column_count && !table->is_record; column++) {
        bool last = column + 1 == table->column_count;
        int indent = table->columns[column].align == TABLE_NUMBER
                         ? widths[column] - (int)strlen(table->columns[column].name)
                         : 0;
        (void)fprintf(out, "%*s", indent, "");
        print_heading(out, table->columns[column].name, last ? 0 : widths[column] - indent);
        (void)fputs(last ? "\n" : "  ", out);
    }
    for (size_t row = 0; row < table_row_count(table); row++) {
        for (unsigned column = 0; column < table->column_count; column++) {
            print_cell(out, table, table_cell(table, row, column), column, widths[column]);
        }
    }
    for (size_t i = 0; i < table->note_count; i++) {
        (void)fputs("  ", out);
        print_heading(out, table->notes[i].name, 0);
        (void)fputs(": ", out);
        print_plain(out, table->notes[i].value, 0);
        (void)fputc('\n', out);
    }
}

static json_t *json_row(const struct table *table, size_t row)
{
    json_t *object = held(json_object());

    for (unsigned column = 0; column < table->column_count; column++) {
        json_object_set_new(object, table->columns[column].name,
                            json_string(table_cell(table, row, column)));
    }
    return object;
}

static void print_json(const struct table *table, FILE *out)
{
    json_t *root = held(json_object());
    json_t *content = held(table->is_record ? json_object() : json_array());

    for (size_t row = 0; row < table_row_count(table); row++) {
        if (table->is_record) {
            json_object_set_new(content, table_cell(table, row, 0),
                                json_string(table_cell(table, row, 1)));
        } else {
            json_array_append_new(content, json_row(table, row));
        }
    }
    json_object_set_new(root, table->name, content);
    if (table->note_count > 0) {
        json_t *notes = held(json_object());
        for (size_t i = 0; i < table->note_count; i++) {
            json_object_set_new(notes, table->notes[i].name, json_string(table->notes[i].value));
        }
        json_object_set_new(root, "notes", notes);
    }
    (void)json_dumpf(root, out, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    (void)fputc('\n', out);
    json_decref(root);
}

static void print_csv_cell(FILE *out, const char *text, enum table_align align)
{
    bool formula = align != TABLE_NUMBER && table_cell_is_formula(text);
    bool quoted = formula || strpbrk(text, ",\"\r\n") != NULL;

    if (!quoted) {
        (void)fputs(text, out);
        return;
    }
    (void)fputs(formula ? "\"'" : "\"", out);
    for (; *text != 0; text++) {
        (void)fputs(*text == '"' ? "\"" : "", out);
        (void)fputc(*text, out);
    }
    (void)fputc('"', out);
}

static void print_csv(const struct table *table, FILE *out)
{
    for (unsigned column = 0; column < table->column_count; column++) {
        (void)fprintf(out, "%s%s", column > 0 ? "," : "", table->columns[column].name);
    }
    (void)fputs("\r\n", out);
    for (size_t row = 0; row < table_row_count(table); row++) {
        for (unsigned column = 0; column < table->column_count; column++) {
            (void)fputs(column > 0 ? "," : "", out);
            print_csv_cell(out, table_cell(table, row, column), table->columns[column].align);
        }
        (void)fputs("\r\n", out);
    }
}

void table_print(const struct table *table, enum table_format format, FILE *out)
{
    switch (format) {
    case TABLE_TEXT:
        print_text(table, out);
        break;
    case TABLE_JSON:
        print_json(table, out);
        break;
    case TABLE_CSV:
        print_csv(table, out);
        break;
    }
}
