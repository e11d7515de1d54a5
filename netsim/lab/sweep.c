/* Axes and points: see sweep.h. */
#include "netsim/lab/sweep.h"

#include <string.h>

#include "crypto/hash.h"
#include "netsim/lab/scenario_field.h"

/* FIELD=REST, where FIELD is one of the table. */
static const struct scenario_field *field_split(const char *text, char name[SWEEP_FIELD_SIZE],
                                                const char **rest, char *why, size_t why_size)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || (size_t)(equals - text) >= SWEEP_FIELD_SIZE) {
        (void)snprintf(why, why_size, "'%.60s': write section.field=values", text);
        return NULL;
    }
    memcpy(name, text, (size_t)(equals - text));
    name[equals - text] = '\0';
    const struct scenario_field *field = field_by_name(name);
    if (field == NULL) {
        (void)snprintf(
            why, why_size,
            "'%.60s': there is no such field; write section.field=values, see `tally-sim "
            "help scenario`",
            name);
        return NULL;
    }
    *rest = equals + 1;
    return field;
}

static bool value_add(struct sweep_axis *axis, const char *value, char *why, size_t why_size)
{
    for (uint32_t i = 0; i < axis->value_count; i++) {
        if (strcmp(axis->values[i], value) == 0) {
            (void)snprintf(why, why_size, "%s: %.60s is there twice", axis->field, value);
            return false;
        }
    }
    if (axis->value_count == SWEEP_VALUES_MAX || strlen(value) >= SWEEP_VALUE_SIZE) {
        (void)snprintf(why, why_size, "%s: more than %d values, or one that is too long",
                       axis->field, (int)SWEEP_VALUES_MAX);
        return false;
    }
    memcpy(axis->values[axis->value_count++], value, strlen(value) + 1);
    return true;
}

/* The value as value_print() writes it, so that 1000ms and 1s are one. */
static bool value_normal(const struct scenario_field *field, const char *text,
                         char normal[SWEEP_VALUE_SIZE], char *why, size_t why_size)
{
    uint64_t number = 0;
    char printed[VALUE_TEXT_SIZE];
    if (field->kind == VALUE_TEXT) {
        (void)snprintf(normal, SWEEP_VALUE_SIZE, "%.120s", text);
        return true;
    }
    if (!value_parse(field->kind, text, field->low, field->high, &number, why, why_size)) {
        return false;
    }
    value_print(field->kind, number, printed);
    (void)snprintf(normal, SWEEP_VALUE_SIZE, "%s", printed);
    return true;
}

/* LOW..HIGH/STEP; `text` is changed. */
static bool range_add(const struct scenario_field *field, char *text, struct sweep_axis *axis,
                      char *why, size_t why_size)
{
    char *dots = strstr(text, "..");
    char *slash = strchr(text, '/');
    uint64_t low;
    uint64_t high;
    uint64_t step;
    if (field->kind == VALUE_TEXT || slash == NULL || slash < dots) {
        (void)snprintf(why, why_size, "%s: write a range as LOW..HIGH/STEP", axis->field);
        return false;
    }
    *dots = '\0';
    *slash = '\0';
    if (!value_parse(field->kind, text, field->low, field->high, &low, why, why_size) ||
        !value_parse(field->kind, dots + 2, field->low, field->high, &high, why, why_size) ||
        !value_parse(field->kind, slash + 1, 0, UINT64_MAX, &step, why, why_size)) {
        return false;
    }
    if (step == 0 || low > high) {
        (void)snprintf(why, why_size, "%s: a range rises, and its step is not zero", axis->field);
        return false;
    }
    for (uint64_t value = low;; value += step) {
        char printed[VALUE_TEXT_SIZE];
        value_print(field->kind, value, printed);
        if (!value_add(axis, printed, why, why_size)) {
            return false;
        }
        if (high - value < step) {
            return true;
        }
    }
}

bool sweep_axis_parse(const char *text, struct sweep_axis *axis, char *why, size_t why_size)
{
    char copy[1024];
    const char *values;
    char *rest = NULL;
    memset(axis, 0, sizeof *axis);
    const struct scenario_field *field = field_split(text, axis->field, &values, why, why_size);
    if (field == NULL) {
        return false;
    }
    if (strlen(values) >= sizeof copy) {
        (void)snprintf(why, why_size, "%s: too many values", axis->field);
        return false;
    }
    memcpy(copy, values, strlen(values) + 1);
    for (char *word = strtok_r(copy, ",", &rest); word != NULL; word = strtok_r(NULL, ",", &rest)) {
        char normal[SWEEP_VALUE_SIZE];
        bool range = field->kind != VALUE_TEXT && strstr(word, "..") != NULL;
        if (range ? !range_add(field, word, axis, why, why_size)
                  : !value_normal(field, word, normal, why, why_size) ||
                        !value_add(axis, normal, why, why_size)) {
            return false;
        }
    }
    if (axis->value_count == 0) {
        (void)snprintf(why, why_size, "%s: give at least one value", axis->field);
        return false;
    }
    return true;
}

uint32_t sweep_point_count(const struct sweep_axis *axes, uint32_t axis_count)
{
    uint64_t count = 1;
    for (uint32_t i = 0; i < axis_count; i++) {
        count *= axes[i].value_count;
        if (count > SWEEP_POINTS_MAX) {
            return 0;
        }
    }
    return (uint32_t)count;
}

void sweep_point_at(const struct sweep_axis *axes, uint32_t axis_count, uint32_t index,
                    struct sweep_point *point)
{
    TALLY_ASSERT(axis_count <= SWEEP_AXES_MAX);
    memset(point, 0, sizeof *point);
    point->count = axis_count;
    for (uint32_t i = axis_count; i > 0; i--) {
        const struct sweep_axis *axis = &axes[i - 1];
        memcpy(point->fields[i - 1], axis->field, sizeof axis->field);
        memcpy(point->values[i - 1], axis->values[index % axis->value_count], SWEEP_VALUE_SIZE);
        index /= axis->value_count;
    }
    TALLY_ASSERT(index == 0);
}

bool sweep_point_add(struct sweep_point *point, const char *text, char *why, size_t why_size)
{
    const char *value;
    if (point->count == SWEEP_AXES_MAX) {
        (void)snprintf(why, why_size, "more than %d coordinates", (int)SWEEP_AXES_MAX);
        return false;
    }
    char *name = point->fields[point->count];
    const struct scenario_field *field = field_split(text, name, &value, why, why_size);
    if (field == NULL || !value_normal(field, value, point->values[point->count], why, why_size)) {
        return false;
    }
    for (uint32_t i = 0; i < point->count; i++) {
        if (strcmp(point->fields[i], name) == 0) {
            (void)snprintf(why, why_size, "%s: is given twice", name);
            return false;
        }
    }
    point->count += 1;
    return true;
}

bool sweep_point_apply(const struct sweep_point *point, struct scenario *scenario,
                       struct scenario_error *error)
{
    for (uint32_t i = 0; i < point->count; i++) {
        if (!scenario_set(scenario, point->fields[i], point->values[i], error)) {
            return false;
        }
    }
    return true;
}

void sweep_point_name(const struct sweep_point *point, char name[SWEEP_NAME_SIZE])
{
    struct hash hash;
    size_t size = 0;
    struct hash_state state;
    hash_begin(&state, HASH_RECORD);
    for (uint32_t i = 0; i < point->count; i++) {
        hash_add(&state, point->fields[i], strlen(point->fields[i]) + 1);
        hash_add(&state, point->values[i], strlen(point->values[i]) + 1);
    }
    hash_end(&state, &hash);
    for (uint32_t i = 0; i < point->count && size < SWEEP_NAME_SIZE - 40; i++) {
        const char *field = strchr(point->fields[i], '.') + 1;
        size += (size_t)snprintf(name + size, SWEEP_NAME_SIZE - 40 - size, "%s%s=%s",
                                 i == 0 ? "" : ",", field, point->values[i]);
    }
    size = size < SWEEP_NAME_SIZE - 40 ? size : SWEEP_NAME_SIZE - 41;
    for (char *c = name; c < name + size; c++) {
        bool plain = (*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') ||
                     (*c >= 'A' && *c <= 'Z') || strchr("._-=,%", *c) != NULL;
        if (!plain) {
            *c = '_';
        }
    }
    /* Sections, and what was cut off or replaced, tell names apart that look the same. */
    (void)snprintf(name + size, 32, "-%02x%02x%02x%02x", hash.bytes[0], hash.bytes[1],
                   hash.bytes[2], hash.bytes[3]);
}
