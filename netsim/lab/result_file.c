/* The file of one run: see result_file.h. */
#include "netsim/lab/result_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"
#include "netsim/lab/scenario_field.h"

enum {
    FILE_BYTES_MAX = 1 << 16,
};

static bool refuse(char *why, size_t why_size, const char *what, const char *which)
{
    (void)snprintf(why, why_size, "%s%s%.80s", what, which[0] == '\0' ? "" : ": ", which);
    return false;
}

static bool point_has(const struct sweep_point *point, const char *field)
{
    for (uint32_t i = 0; i < point->count; i++) {
        if (strcmp(point->fields[i], field) == 0) {
            return true;
        }
    }
    return false;
}

void experiment_digest(const struct scenario *scenario, const struct sweep_point *point,
                       char digest[RESULT_DIGEST_SIZE])
{
    struct scenario_error error;
    struct hash hash;
    char *text = NULL;
    size_t size = 0;
    struct scenario *plain = malloc(sizeof *plain);
    TALLY_ASSERT(plain != NULL);
    memcpy(plain, scenario, sizeof *plain);
    for (uint32_t i = 0; i < field_count(); i++) {
        const struct scenario_field *field = field_at(i);
        char name[SWEEP_FIELD_SIZE];
        (void)snprintf(name, sizeof name, "%s.%s", field->section, field->name);
        bool priced = strcmp(field->section, "cost") == 0 && point_has(point, "machine.costs");
        if (priced || point_has(point, name)) {
            bool set = scenario_set(plain, name, field->standard, &error);
            TALLY_ASSERT(set);
        }
    }
    FILE *out = open_memstream(&text, &size);
    TALLY_ASSERT(out != NULL);
    scenario_write(plain, out);
    if (!point_has(point, "network.latency_matrix")) {
        for (uint32_t i = 0; i < LATENCY_REGIONS_MAX * LATENCY_REGIONS_MAX; i++) {
            (void)fprintf(
                out, "%" PRIu32 "\n",
                plain->matrix.one_way_us[i / LATENCY_REGIONS_MAX][i % LATENCY_REGIONS_MAX]);
        }
    }
    (void)fclose(out);
    hash_compute(&hash, HASH_RECORD, text, size);
    for (int i = 0; i < 8; i++) {
        (void)snprintf(digest + 2 * i, 3, "%02x", hash.bytes[i]);
    }
    free(text);
    free(plain);
}

void result_file_fill(struct result_file *file, const struct scenario *scenario,
                      const struct sweep_point *point, const struct results *results)
{
    memset(file, 0, sizeof *file);
    file->point = *point;
    experiment_digest(scenario, point, file->experiment);
    for (enum figure figure = 0; figure < FIGURE_COUNT; figure++) {
        file->figures[figure] = results_figure(results, figure);
    }
}

bool result_file_write(const struct result_file *file, const char *path, char *why, size_t why_size)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    TALLY_ASSERT(out != NULL);
    (void)fprintf(out, "tally-sim result 1\nexperiment %s\n", file->experiment);
    for (uint32_t i = 0; i < file->point.count; i++) {
        (void)fprintf(out, "point %s %s\n", file->point.fields[i], file->point.values[i]);
    }
    for (enum figure figure = 0; figure < FIGURE_COUNT; figure++) {
        char value[32];
        thousandths_print(file->figures[figure], value);
        (void)fprintf(out, "figure %s %s\n", figure_name(figure), value);
    }
    (void)fputs("end\n", out);
    (void)fclose(out);
    enum file_status status = file_replace(file_system_posix(), path, text, size);
    free(text);
    return status == FILE_OK || refuse(why, why_size, path, file_status_text(status));
}

/* Three decimals, perhaps negative. */
static bool thousandths_read(const char *text, int64_t *value)
{
    bool negative = *text == '-';
    uint64_t digits = 0;
    text += negative;
    const char *point = strchr(text, '.');
    if (point == NULL || point == text || strlen(point) != 4) {
        return false;
    }
    for (const char *c = text; *c != '\0'; c++) {
        if (c == point) {
            continue;
        }
        if (*c < '0' || *c > '9' || digits > (uint64_t)INT64_MAX / 10 - 1) {
            return false;
        }
        digits = digits * 10 + (uint64_t)(*c - '0');
    }
    *value = negative ? -(int64_t)digits : (int64_t)digits;
    return true;
}

static bool point_line(struct result_file *file, char *rest, char *why, size_t why_size)
{
    char *space = strchr(rest, ' ');
    if (space != NULL) {
        *space = '=';
    }
    return sweep_point_add(&file->point, rest, why, why_size);
}

static bool figure_line(struct result_file *file, enum figure figure, char *rest, char *why,
                        size_t why_size)
{
    char *space = strchr(rest, ' ');
    if (space == NULL || figure >= FIGURE_COUNT) {
        return refuse(why, why_size, "a figure more than there are", rest);
    }
    *space = '\0';
    if (strcmp(rest, figure_name(figure)) != 0) {
        return refuse(why, why_size,
                      "of another version of tally-sim; there is no such figure here", rest);
    }
    return thousandths_read(space + 1, &file->figures[figure]) ||
           refuse(why, why_size, "is no number with three decimals", space + 1);
}

static bool experiment_line(struct result_file *file, const char *rest)
{
    bool hexadecimal = strlen(rest) == RESULT_DIGEST_SIZE - 1 &&
                       strspn(rest, "0123456789abcdef") == RESULT_DIGEST_SIZE - 1;
    if (hexadecimal && file->experiment[0] == '\0') {
        memcpy(file->experiment, rest, RESULT_DIGEST_SIZE);
        return true;
    }
    return false;
}

bool result_file_parse(struct result_file *file, char *text, char *why, size_t why_size)
{
    char *rest = NULL;
    enum figure figure = 0;
    memset(file, 0, sizeof *file);
    const char *head = strtok_r(text, "\n", &rest);
    if (head == NULL || strcmp(head, "tally-sim result 1") != 0) {
        return refuse(why, why_size, "is no file of results", "");
    }
    for (char *line = strtok_r(NULL, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        bool good;
        if (strcmp(line, "end") == 0) {
            bool whole = figure == FIGURE_COUNT && file->experiment[0] != '\0' &&
                         strtok_r(NULL, "\n", &rest) == NULL;
            return whole || refuse(why, why_size, "is not whole, or goes on after its end", "");
        }
        if (strncmp(line, "experiment ", 11) == 0) {
            good = experiment_line(file, line + 11) ||
                   refuse(why, why_size, "no digest of an experiment", line);
        } else if (strncmp(line, "point ", 6) == 0) {
            good = point_line(file, line + 6, why, why_size);
        } else if (strncmp(line, "figure ", 7) == 0) {
            good = figure_line(file, figure++, line + 7, why, why_size);
        } else {
            good = refuse(why, why_size, "a line that does not belong here", line);
        }
        if (!good) {
            return false;
        }
    }
    return refuse(why, why_size, "ends too early", "");
}

bool result_file_read(struct result_file *file, const char *path, char *why, size_t why_size)
{
    size_t size = 0;
    char *text = malloc(FILE_BYTES_MAX + 1);
    TALLY_ASSERT(text != NULL);
    enum file_status status = file_read_all(file_system_posix(), path, text, FILE_BYTES_MAX, &size);
    bool read = status == FILE_OK && memchr(text, '\0', size) == NULL;
    if (!read) {
        (void)refuse(why, why_size,
                     status == FILE_OK ? "holds a zero byte" : file_status_text(status), "");
    } else {
        text[size] = '\0';
        read = result_file_parse(file, text, why, why_size);
    }
    free(text);
    return read;
}
