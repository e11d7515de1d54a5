/* Result files, joined: see merge.h. */
#include "netsim/lab/merge.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "netsim/lab/scenario_field.h"

struct merge {
    struct result_file *files;
    uint32_t count;
    uint32_t capacity;
};

struct merge *merge_new(void)
{
    struct merge *merge = calloc(1, sizeof *merge);
    TALLY_ASSERT(merge != NULL);
    return merge;
}

void merge_free(struct merge *merge)
{
    if (merge != NULL) {
        free(merge->files);
        free(merge);
    }
}

static const struct scenario_field *field_of(const char *name)
{
    const struct scenario_field *field = field_by_name(name);
    TALLY_ASSERT(field != NULL); /* sweep_point_add() has looked */
    return field;
}

static bool kind_is_number(enum value_kind kind)
{
    return kind <= VALUE_RATIO; /* words and texts come behind */
}

static uint64_t coordinate(const struct scenario_field *field, const char *value)
{
    char why[256];
    uint64_t number = 0;
    bool read = value_parse(field->kind, value, field->low, field->high, &number, why, sizeof why);
    TALLY_ASSERT(read); /* likewise */
    return number;
}

static int point_compare(const struct sweep_point *a, const struct sweep_point *b)
{
    for (uint32_t i = 0; i < a->count; i++) {
        const struct scenario_field *field = field_of(a->fields[i]);
        int order;
        if (kind_is_number(field->kind)) {
            uint64_t left = coordinate(field, a->values[i]);
            uint64_t right = coordinate(field, b->values[i]);
            order = (left > right) - (left < right);
        } else {
            order = strcmp(a->values[i], b->values[i]);
        }
        if (order != 0) {
            return order;
        }
    }
    return 0;
}

static int file_compare(const void *a, const void *b)
{
    const struct result_file *left = a;
    const struct result_file *right = b;
    return point_compare(&left->point, &right->point);
}

static bool same_axes(const struct sweep_point *a, const struct sweep_point *b)
{
    bool same = a->count == b->count;
    for (uint32_t i = 0; same && i < a->count; i++) {
        same = strcmp(a->fields[i], b->fields[i]) == 0;
    }
    return same;
}

bool merge_add(struct merge *merge, const struct result_file *file, const char *path, char *why,
               size_t why_size)
{
    if (merge->count > 0) {
        const struct result_file *first = &merge->files[0];
        if (!same_axes(&first->point, &file->point)) {
            (void)snprintf(why, why_size, "%.160s: other fields were varied than in the first file",
                           path);
            return false;
        }
        if (strcmp(first->experiment, file->experiment) != 0) {
            (void)snprintf(why, why_size,
                           "%.160s: of another experiment (%s) than the first file (%s)", path,
                           file->experiment, first->experiment);
            return false;
        }
    }
    for (uint32_t i = 0; i < merge->count; i++) {
        if (point_compare(&merge->files[i].point, &file->point) == 0) {
            (void)snprintf(why, why_size, "%.160s: its point is there already", path);
            return false;
        }
    }
    if (merge->count == merge->capacity) {
        uint32_t capacity = merge->capacity == 0 ? 64 : 2 * merge->capacity;
        struct result_file *files = realloc(merge->files, capacity * sizeof *files);
        TALLY_ASSERT(files != NULL);
        merge->files = files;
        merge->capacity = capacity;
    }
    merge->files[merge->count++] = *file;
    return true;
}

uint32_t merge_count(const struct merge *merge)
{
    return merge->count;
}

static const char *kind_suffix(enum value_kind kind)
{
    switch (kind) {
    case VALUE_TIME:
        return "_us";
    case VALUE_TIME_MS:
        return "_ms";
    case VALUE_BANDWIDTH:
        return "_bytes_per_s";
    case VALUE_BYTES:
        return "_bytes";
    case VALUE_SHARE:
    case VALUE_RATIO:
        return "_permille";
    default:
        return "";
    }
}

void merge_write(struct merge *merge, FILE *out)
{
    TALLY_ASSERT(merge->count > 0);
    const struct sweep_point *axes = &merge->files[0].point;
    qsort(merge->files, merge->count, sizeof merge->files[0], file_compare);
    for (uint32_t i = 0; i < axes->count; i++) {
        (void)fprintf(out, "%s%s,", axes->fields[i], kind_suffix(field_of(axes->fields[i])->kind));
    }
    for (enum figure figure = 0; figure < FIGURE_COUNT; figure++) {
        (void)fprintf(out, "%s%s", figure == 0 ? "" : ",", figure_name(figure));
    }
    (void)fputc('\n', out);
    for (uint32_t row = 0; row < merge->count; row++) {
        const struct result_file *file = &merge->files[row];
        for (uint32_t i = 0; i < axes->count; i++) {
            const struct scenario_field *field = field_of(axes->fields[i]);
            if (kind_is_number(field->kind)) {
                (void)fprintf(out, "%" PRIu64 ",", coordinate(field, file->point.values[i]));
            } else {
                (void)fprintf(out, "%s,", file->point.values[i]);
            }
        }
        for (enum figure figure = 0; figure < FIGURE_COUNT; figure++) {
            char value[32];
            thousandths_print(file->figures[figure], value);
            (void)fprintf(out, "%s%s", figure == 0 ? "" : ",", value);
        }
        (void)fputc('\n', out);
    }
}
