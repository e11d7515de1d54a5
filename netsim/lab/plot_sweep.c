/* Figures against what was varied: see plot_sweep.h. */
#include "netsim/lab/plot_sweep.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "netsim/lab/plot.h"
#include "netsim/lab/results.h"
#include "netsim/lab/scenario_field.h"

enum {
    WIDTH = 960,
    HEIGHT = 480,
    NAME_SIZE = 80,
};

/* Lines for one value of BY have one colour; those for one Y one shape. */
static const char *const colours[] = {"#0072b2", "#e69f00", "#009e73", "#cc79a7",
                                      "#d55e00", "#56b4e9", "#999999", "#000000"};
static const int points[PLOT_SWEEP_Y_MAX] = {7, 5, 9, 13};
static const int dashes[PLOT_SWEEP_Y_MAX] = {1, 2, 3, 4};

struct lines {
    const struct plot_sweep *plot;
    const struct csv_table *table;
    char y_names[PLOT_SWEEP_Y_MAX][NAME_SIZE];
    uint32_t y_columns[PLOT_SWEEP_Y_MAX];
    uint32_t y_count;
    uint32_t x;
    uint32_t by;                              /* CSV_TABLE_NONE: nothing */
    const char *values[PLOT_SWEEP_LINES_MAX]; /* of BY */
    uint32_t value_count;
};

static bool refuse(const struct plot_sweep *plot, const char *what, const char *name)
{
    (void)fprintf(stderr, "tally-sim: plot %s: %s '%s'\n", plot->name, what, name);
    return false;
}

static bool find_y(struct lines *lines)
{
    const char *at = lines->plot->y;
    for (;;) {
        size_t size = strcspn(at, ",");
        if (lines->y_count == PLOT_SWEEP_Y_MAX || size == 0 || size >= NAME_SIZE) {
            return refuse(lines->plot, "cannot draw", lines->plot->y);
        }
        char *name = lines->y_names[lines->y_count];
        memcpy(name, at, size);
        name[size] = '\0';
        uint32_t column = csv_table_column(lines->table, name);
        if (column == CSV_TABLE_NONE) {
            return refuse(lines->plot, "the table has no column", name);
        }
        lines->y_columns[lines->y_count++] = column;
        if (at[size] == '\0') {
            return true;
        }
        at += size + 1;
    }
}

static bool find_values(struct lines *lines)
{
    lines->by = CSV_TABLE_NONE;
    lines->value_count = 1;
    if (lines->plot->by == NULL) {
        return true;
    }
    lines->by = csv_table_column(lines->table, lines->plot->by);
    lines->value_count = 0;
    if (lines->by == CSV_TABLE_NONE) {
        return refuse(lines->plot, "the table has no column", lines->plot->by);
    }
    for (uint32_t row = 0; row < csv_table_rows(lines->table); row++) {
        const char *value = csv_table_cell(lines->table, row, lines->by);
        uint32_t i = 0;
        while (i < lines->value_count && strcmp(lines->values[i], value) != 0) {
            i++;
        }
        if (i == PLOT_SWEEP_LINES_MAX) {
            return refuse(lines->plot, "too many values of", lines->plot->by);
        }
        if (i == lines->value_count) {
            lines->values[lines->value_count++] = value;
        }
    }
    return true;
}

/* Rows of one value of BY: x, then each y. What is not a number in the table is no point. */
static void data_print(const struct lines *lines, uint32_t value, FILE *script)
{
    (void)fprintf(script, "$line%" PRIu32 " << END\n", value);
    for (uint32_t row = 0; row < csv_table_rows(lines->table); row++) {
        if (lines->by != CSV_TABLE_NONE &&
            strcmp(csv_table_cell(lines->table, row, lines->by), lines->values[value]) != 0) {
            continue;
        }
        (void)fputs(csv_table_cell(lines->table, row, lines->x), script);
        for (uint32_t i = 0; i < lines->y_count; i++) {
            const char *cell = csv_table_cell(lines->table, row, lines->y_columns[i]);
            (void)fprintf(script, " %s", cell[0] == '\0' ? "NaN" : cell);
        }
        (void)fputc('\n', script);
    }
    (void)fputs("END\n", script);
}

static enum figure figure_find(const char *name)
{
    enum figure figure = 0;
    while (figure < FIGURE_COUNT && strcmp(figure_name(figure), name) != 0) {
        figure++;
    }
    return figure;
}

/* What a column is, for an axis: a figure's text and unit, or a field's text. */
static void column_print(const char *name, bool with_text, FILE *script)
{
    enum figure figure = figure_find(name);
    if (figure < FIGURE_COUNT) {
        if (with_text) {
            plot_text(script, figure_text(figure));
            (void)fputs(", ", script);
        }
        (void)fputs(figure_unit(figure), script);
        return;
    }
    char section[NAME_SIZE] = "";
    const char *dot = strchr(name, '.');
    if (dot != NULL && (size_t)(dot - name) < sizeof section) {
        memcpy(section, name, (size_t)(dot - name));
    }
    const struct scenario_field *field = dot == NULL ? NULL : field_find(section, dot + 1);
    plot_text(script, field == NULL ? name : field->text);
}

/* A logarithmic axis is marked where there are points. */
static void marks_print(const struct lines *lines, FILE *script)
{
    const char *before = "";
    (void)fputs("set logscale x\nset autoscale xfix\nset offsets graph 0.04, graph 0.04, 0, 0\n"
                "set xtics (",
                script);
    for (uint32_t row = 0; row < csv_table_rows(lines->table); row++) {
        const char *x = csv_table_cell(lines->table, row, lines->x);
        if (row == 0 || strcmp(x, csv_table_cell(lines->table, row - 1, lines->x)) != 0) {
            (void)fprintf(script, "%s%s", before, x);
            before = ", ";
        }
    }
    (void)fputs(")\n", script);
}

static void axes_print(const struct lines *lines, FILE *script)
{
    const struct plot_sweep *plot = lines->plot;
    (void)fputs("set title '", script);
    plot_text(script, plot->title);
    (void)fputs("' noenhanced font ',14'\nset xlabel '", script);
    column_print(plot->x, true, script);
    (void)fputs("' noenhanced\nset ylabel '", script);
    column_print(lines->y_names[0], lines->y_count == 1, script);
    (void)fprintf(script,
                  "' noenhanced\nset key outside right top Left reverse samplen 3 noenhanced\n"
                  "set grid x y lc rgb '#dddddd' lt 1\n%s%s",
                  plot->log_y ? "set logscale y\nset format y '%.0f'\n"
                              : "set yrange [0:0.001<*]\n",
                  plot->log_x ? "" : "set xrange [0:*]\n");
    if (plot->log_x) {
        marks_print(lines, script);
    }
}

static void lines_print(const struct lines *lines, FILE *script)
{
    const char *before = "plot ";
    for (uint32_t value = 0; value < lines->value_count; value++) {
        for (uint32_t i = 0; i < lines->y_count; i++) {
            uint32_t colour = lines->by == CSV_TABLE_NONE ? i : value;
            (void)fprintf(script,
                          "%s$line%" PRIu32 " using 1:%" PRIu32
                          " with linespoints pt %d ps 0.8 lw 2 dt %d lc rgb '%s' title '",
                          before, value, i + 2, points[i], dashes[i], colours[colour]);
            if (lines->by != CSV_TABLE_NONE) {
                plot_text(script, lines->values[value]);
            }
            if (lines->y_count > 1) {
                enum figure figure = figure_find(lines->y_names[i]);
                (void)fputs(lines->by != CSV_TABLE_NONE ? ": " : "", script);
                plot_text(script, figure < FIGURE_COUNT ? figure_text(figure) : lines->y_names[i]);
            }
            (void)fputs("'", script);
            before = ", \\\n     ";
        }
    }
    (void)fputc('\n', script);
}

bool plot_sweep(const struct plot_sweep *plot, const struct csv_table *table, const char *directory)
{
    struct lines lines = {.plot = plot, .table = table, .x = csv_table_column(table, plot->x)};
    if (lines.x == CSV_TABLE_NONE) {
        return refuse(plot, "the table has no column", plot->x);
    }
    if (!find_y(&lines) || !find_values(&lines)) {
        return false;
    }
    FILE *script = plot_begin(directory, plot->name);
    if (script == NULL) {
        return false;
    }
    for (uint32_t value = 0; value < lines.value_count; value++) {
        data_print(&lines, value, script);
    }
    plot_canvas(script, plot->name, WIDTH, HEIGHT);
    axes_print(&lines, script);
    lines_print(&lines, script);
    return plot_end(script, directory, plot->name);
}
