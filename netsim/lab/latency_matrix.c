/* Round trips between regions: see latency_matrix.h. */
#include "netsim/lab/latency_matrix.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    ROUND_TRIP_US_MIN = 2, /* half of it is one at least */
    ROUND_TRIP_US_MAX = 10000000,
};

static bool fail(struct latency_error *error, const char *what, const char *which)
{
    (void)snprintf(error->text, sizeof error->text, "%s%s%.60s", what, which[0] == '\0' ? "" : ": ",
                   which);
    return false;
}

/* Cuts the next cell off at a comma; NULL after the last one. */
static char *cell_next(char **rest)
{
    char *cell = *rest;
    if (cell == NULL) {
        return NULL;
    }
    char *comma = strchr(cell, ',');
    if (comma != NULL) {
        *comma = '\0';
    }
    *rest = comma == NULL ? NULL : comma + 1;
    return cell;
}

static bool header_read(struct latency_matrix *matrix, char *line, struct latency_error *error)
{
    const char *cell = cell_next(&line);
    if (strcmp(cell, "from") != 0) {
        return fail(error, "the first line begins with 'from' and names the regions", "");
    }
    while ((cell = cell_next(&line)) != NULL) {
        if (cell[0] == '\0' || strlen(cell) >= LATENCY_NAME_SIZE ||
            strpbrk(cell, " \t\r") != NULL) {
            return fail(error, "a region's name is 1 to 31 characters without spaces", cell);
        }
        if (matrix->region_count == LATENCY_REGIONS_MAX) {
            return fail(error, "more than 64 regions", cell);
        }
        if (latency_matrix_find(matrix, cell) != LATENCY_REGIONS_MAX) {
            return fail(error, "this region is named twice", cell);
        }
        memcpy(matrix->names[matrix->region_count++], cell, strlen(cell) + 1);
    }
    return matrix->region_count > 0 || fail(error, "there is no region", "");
}

/* A time in ms with at most three digits behind the point, in us. */
static bool round_trip_read(const char *cell, uint32_t *us)
{
    uint64_t value = 0;
    int fraction = -1; /* digits behind the point */
    for (const char *c = cell; *c != '\0'; c++) {
        if (*c == '.' && fraction < 0 && c != cell && c[1] != '\0') {
            fraction = 0;
            continue;
        }
        if (*c < '0' || *c > '9' || value > ROUND_TRIP_US_MAX || fraction == 3) {
            return false;
        }
        value = value * 10 + (uint64_t)(*c - '0');
        fraction += fraction >= 0;
    }
    for (int i = fraction < 0 ? 0 : fraction; i < 3; i++) {
        value *= 10;
    }
    *us = (uint32_t)value;
    return cell[0] != '\0' && value >= ROUND_TRIP_US_MIN && value <= ROUND_TRIP_US_MAX;
}

static bool row_read(struct latency_matrix *matrix, uint32_t row, char *line,
                     struct latency_error *error)
{
    if (row >= matrix->region_count) {
        return fail(error, "a line more than there are regions", "");
    }
    const char *cell = cell_next(&line);
    if (strcmp(cell, matrix->names[row]) != 0) {
        return fail(error, "lines are in the order of the columns; expected", matrix->names[row]);
    }
    for (uint32_t column = 0; column < matrix->region_count; column++) {
        uint32_t us = 0;
        cell = cell_next(&line);
        if (cell == NULL) {
            return fail(error, "no value for", matrix->names[column]);
        }
        if (column == row ? cell[0] != '\0' : !round_trip_read(cell, &us)) {
            return fail(error,
                        column == row ? "the value from a region to itself is left empty; it says"
                                      : "give a round trip in ms, 0.002 to 10000; it says",
                        cell);
        }
        matrix->one_way_us[row][column] = us / 2;
    }
    return line == NULL || fail(error, "more values than regions", "");
}

bool latency_matrix_parse(char *text, struct latency_matrix *matrix, struct latency_error *error)
{
    uint32_t rows = 0;
    bool header = false;
    memset(matrix, 0, sizeof *matrix);
    memset(error, 0, sizeof *error);
    while (*text != '\0') {
        char *line = text;
        char *end = strchr(line, '\n');
        error->line += 1;
        text = end == NULL ? line + strlen(line) : end + 1;
        if (end != NULL) {
            *end = '\0';
        }
        if (line[0] == '#' || line[0] == '\0') {
            continue;
        }
        if (!header) {
            header = true;
            if (!header_read(matrix, line, error)) {
                return false;
            }
            continue;
        }
        if (!row_read(matrix, rows, line, error)) {
            return false;
        }
        rows += 1;
    }
    return (header && rows == matrix->region_count) ||
           fail(error, "the file ends before the last region's line", "");
}

void latency_matrix_write(const struct latency_matrix *matrix, FILE *out)
{
    (void)fputs("# Round trips in ms; row: from, column: to.\nfrom", out);
    for (uint32_t i = 0; i < matrix->region_count; i++) {
        (void)fprintf(out, ",%s", matrix->names[i]);
    }
    (void)fputc('\n', out);
    for (uint32_t row = 0; row < matrix->region_count; row++) {
        (void)fputs(matrix->names[row], out);
        for (uint32_t column = 0; column < matrix->region_count; column++) {
            uint32_t us = 2 * matrix->one_way_us[row][column];
            if (row == column) {
                (void)fputc(',', out);
            } else {
                (void)fprintf(out, ",%" PRIu32 ".%03" PRIu32, us / 1000, us % 1000);
            }
        }
        (void)fputc('\n', out);
    }
}

uint32_t latency_matrix_find(const struct latency_matrix *matrix, const char *name)
{
    for (uint32_t i = 0; i < matrix->region_count; i++) {
        if (strcmp(matrix->names[i], name) == 0) {
            return i;
        }
    }
    return LATENCY_REGIONS_MAX;
}
