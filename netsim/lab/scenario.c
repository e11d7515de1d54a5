/* The table of fields, and what can be done to a scenario by a field's name: see scenario.h. */
#include "netsim/lab/scenario.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "netsim/adversary/byzantine_kind.h"
#include "netsim/lab/scenario_field.h"

#define FIELD(section, name, member, kind, low, high, standard, text)          \
    {#section, #name, VALUE_##kind, offsetof(struct scenario, section.member), \
     low,      high,  standard,     text},
#define NETWORK_FIELD(...)     FIELD(network, __VA_ARGS__)
#define CONSENSUS_FIELD(...)   FIELD(consensus, __VA_ARGS__)
#define MACHINE_FIELD(...)     FIELD(machine, __VA_ARGS__)
#define WORKLOAD_FIELD(...)    FIELD(workload, __VA_ARGS__)
#define RUN_FIELD(...)         FIELD(run, __VA_ARGS__)
#define COST_FIELD(name, text) FIELD(cost, name, name, COUNT, 0, 1000000000000, "0", text)

static const struct scenario_field fields[] = {
    SCENARIO_NETWORK_LIST(NETWORK_FIELD) SCENARIO_CONSENSUS_LIST(CONSENSUS_FIELD)
        SCENARIO_MACHINE_LIST(MACHINE_FIELD) SCENARIO_WORKLOAD_LIST(WORKLOAD_FIELD)
            SCENARIO_RUN_LIST(RUN_FIELD) COST_MODEL_LIST(COST_FIELD)};

enum {
    FIELD_COUNT = sizeof fields / sizeof fields[0]
};
_Static_assert((int)FIELD_COUNT <= 4 * 64, "each field has its bit in `given`");

static const struct {
    const char *name;
    const char *text;
} sections[] = {
    {"network", "Members, and what lies between them."},
    {"consensus", "Timing and limits of the protocol, the same for all members; see "
                  "`consensus/step.h`."},
    {"machine", "What the members run on."},
    {"workload", "What clients hand in; see `netsim/market/workload.h`."},
    {"run", "How long, and what is recorded."},
    {"cost", "What work costs, in nanoseconds; usually in a file of its own, which "
             "`tally-sim calibrate` writes. What is given in the scenario goes before the file."},
    {"fault", "The time line: any number of lines `at = TIME WHAT ...`. MEMBERS are numbers and "
              "ranges such as `0,2` or `1-3`, or `all`."},
};
enum {
    SECTION_COUNT = sizeof sections / sizeof sections[0]
};

uint32_t field_count(void)
{
    return FIELD_COUNT;
}

const struct scenario_field *field_at(uint32_t index)
{
    TALLY_ASSERT(index < FIELD_COUNT);
    return &fields[index];
}

const struct scenario_field *field_find(const char *section, const char *name)
{
    for (uint32_t i = 0; i < FIELD_COUNT; i++) {
        if (strcmp(fields[i].section, section) == 0 && strcmp(fields[i].name, name) == 0) {
            return &fields[i];
        }
    }
    return NULL;
}

const struct scenario_field *field_by_name(const char *name)
{
    char section[32];
    const char *point = strchr(name, '.');
    if (point == NULL || (size_t)(point - name) >= sizeof section) {
        return NULL;
    }
    memcpy(section, name, (size_t)(point - name));
    section[point - name] = '\0';
    return field_find(section, point + 1);
}

bool section_known(const char *section)
{
    for (uint32_t i = 0; i < SECTION_COUNT; i++) {
        if (strcmp(sections[i].name, section) == 0) {
            return true;
        }
    }
    return false;
}

const char *section_names(void)
{
    static char names[SECTION_COUNT * 16];
    if (names[0] == '\0') {
        for (uint32_t i = 0; i < SECTION_COUNT; i++) {
            size_t size = strlen(names);
            (void)snprintf(names + size, sizeof names - size, "%s%s", i == 0 ? "" : ", ",
                           sections[i].name);
        }
    }
    return names;
}

bool scenario_refuse(struct scenario_error *error, uint32_t line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    error->line = line;
    /* What stood in the file may hold anything; one line stays one line. */
    for (char *c = error->text; *c != '\0'; c++) {
        if (*c < ' ' || *c > '~') {
            *c = '?';
        }
    }
    return false;
}

bool field_given(const struct scenario *scenario, const struct scenario_field *field)
{
    size_t index = (size_t)(field - fields);
    TALLY_ASSERT(index < FIELD_COUNT);
    return (scenario->given[index / 64] >> (index % 64) & 1u) != 0;
}

static bool field_store(struct scenario *scenario, const struct scenario_field *field,
                        const char *value, char *why, size_t why_size)
{
    char *place = (char *)scenario + field->offset;
    if (field->kind != VALUE_TEXT) {
        uint64_t number = 0;
        if (!value_parse(field->kind, value, field->low, field->high, &number, why, why_size)) {
            return false;
        }
        memcpy(place, &number, sizeof number);
        return true;
    }
    size_t size = strlen(value) + 1;
    if (size > field->high) {
        (void)snprintf(why, why_size, "is longer than %" PRIu64 " characters", field->high - 1);
        return false;
    }
    memcpy(place, value, size);
    return true;
}

bool field_set(struct scenario *scenario, const struct scenario_field *field, const char *value,
               char *why, size_t why_size)
{
    size_t index = (size_t)(field - fields);
    TALLY_ASSERT(index < FIELD_COUNT);
    scenario->given[index / 64] |= UINT64_C(1) << (index % 64);
    return field_store(scenario, field, value, why, why_size);
}

bool scenario_fault_add(struct scenario *scenario, const char *value, char *why, size_t why_size)
{
    struct scenario_fault fault;
    uint32_t place = scenario->fault_count;
    if (place == SCENARIO_FAULTS_MAX) {
        (void)snprintf(why, why_size, "more than %d lines", (int)SCENARIO_FAULTS_MAX);
        return false;
    }
    if (!scenario_fault_parse(value, &fault, why, why_size)) {
        return false;
    }
    for (; place > 0 && scenario->faults[place - 1].at_us > fault.at_us; place--) {
        scenario->faults[place] = scenario->faults[place - 1];
    }
    scenario->faults[place] = fault;
    scenario->fault_count += 1;
    return true;
}

void scenario_init(struct scenario *scenario)
{
    memset(scenario, 0, sizeof *scenario);
    for (uint32_t i = 0; i < FIELD_COUNT; i++) {
        char why[256];
        bool legal = field_store(scenario, &fields[i], fields[i].standard, why, sizeof why);
        TALLY_ASSERT(legal);
    }
}

bool scenario_set(struct scenario *scenario, const char *field, const char *value,
                  struct scenario_error *error)
{
    char why[256] = "";
    if (strcmp(field, "fault.at") == 0) {
        return scenario_fault_add(scenario, value, why, sizeof why) ||
               scenario_refuse(error, 0, "%.80s: %s", field, why);
    }
    const struct scenario_field *found = field_by_name(field);
    if (found == NULL) {
        return scenario_refuse(error, 0,
                               "%.80s: there is no such field; name one as section.field, see "
                               "`tally-sim help scenario`",
                               field);
    }
    return field_set(scenario, found, value, why, sizeof why) ||
           scenario_refuse(error, 0, "%.80s: %s", field, why);
}

static void field_print(const struct scenario *scenario, const struct scenario_field *field,
                        char *text, size_t size)
{
    const char *place = (const char *)scenario + field->offset;
    char number_text[VALUE_TEXT_SIZE];
    uint64_t number;
    if (field->kind == VALUE_TEXT) {
        (void)snprintf(text, size, "%s", place);
        return;
    }
    memcpy(&number, place, sizeof number);
    value_print(field->kind, number, number_text);
    (void)snprintf(text, size, "%s", number_text);
}

bool scenario_get(const struct scenario *scenario, const char *field, char *text, size_t size)
{
    const struct scenario_field *found = field_by_name(field);
    if (found != NULL) {
        field_print(scenario, found, text, size);
    }
    return found != NULL;
}

void scenario_write(const struct scenario *scenario, FILE *out)
{
    const char *section = "";
    for (uint32_t i = 0; i < FIELD_COUNT; i++) {
        char value[SCENARIO_REGIONS_SIZE];
        field_print(scenario, &fields[i], value, sizeof value);
        if (strcmp(section, fields[i].section) != 0) {
            section = fields[i].section;
            (void)fprintf(out, "%s[%s]\n", i == 0 ? "" : "\n", section);
        }
        (void)fprintf(out, "%s%s = %s\n", value[0] == '\0' ? "# " : "", fields[i].name, value);
    }
    if (scenario->fault_count > 0) {
        (void)fputs("\n[fault]\n", out);
    }
    for (uint32_t i = 0; i < scenario->fault_count; i++) {
        (void)fprintf(out, "at = %s\n", scenario->faults[i].text);
    }
}

/* ---- The reference ---------------------------------------------------------------------- */

static void range_print(const struct scenario_field *field, FILE *out)
{
    char low[VALUE_TEXT_SIZE];
    char high[VALUE_TEXT_SIZE];
    bool word = field->kind == VALUE_SWITCH || field->kind == VALUE_PROTOCOL ||
                field->kind == VALUE_LOOP || field->kind == VALUE_HOME;
    if (field->kind == VALUE_TEXT || word) {
        (void)fputs(value_kind_text(field->kind), out);
        return;
    }
    value_print(field->kind, field->low, low);
    value_print(field->kind, field->high, high);
    (void)fprintf(out, "%s to %s", low, high);
}

static void section_print(const char *section, const char *text, FILE *out)
{
    (void)fprintf(out, "\n### [%s]\n\n%s\n\n", section, text);
    if (strcmp(section, "fault") == 0) {
        (void)fputs("| what | arguments | meaning |\n|---|---|---|\n", out);
        for (uint32_t kind = 0; kind < TIMELINE_COUNT; kind++) {
            (void)fprintf(out, "| `%s` | ", timeline_word((enum timeline_kind)kind));
            for (const char *c = timeline_arguments((enum timeline_kind)kind); *c != '\0'; c++) {
                (void)fprintf(out, "%s%c", *c == '|' ? "\\" : "", *c);
            }
            (void)fprintf(out, " | %s |\n", timeline_meaning((enum timeline_kind)kind));
        }
        (void)fputs("\nKINDS of `byzantine`:", out);
        for (uint32_t kind = 0; kind < BYZANTINE_COUNT; kind++) {
            if (kind != BYZANTINE_TWIN) { /* takes a host of its own */
                (void)fprintf(out, "%s `%s`", kind == 0 ? "" : ",",
                              byzantine_kind_name((enum byzantine_kind)kind));
            }
        }
        (void)fputs(".\n", out);
        return;
    }
    (void)fputs("| field | value | default | meaning |\n|---|---|---|---|\n", out);
    for (uint32_t i = 0; i < FIELD_COUNT; i++) {
        if (strcmp(fields[i].section, section) != 0) {
            continue;
        }
        (void)fprintf(out, "| `%s` | ", fields[i].name);
        range_print(&fields[i], out);
        (void)fprintf(out, " | %s | %s |\n",
                      fields[i].standard[0] == '\0' ? "-" : fields[i].standard, fields[i].text);
    }
}

void scenario_reference(FILE *out)
{
    (void)fputs(
        "## Fields of a scenario\n\n"
        "A quantity carries its unit, without a space: times `us`, `ms`, `s`, `m`; bandwidths "
        "`kbit`,\n`Mbit`, `Gbit` (a second); sizes `B`, `KiB`, `MiB`, `GiB`; shares `%`, in "
        "steps of 0.1%.\n",
        out);
    for (uint32_t i = 0; i < SECTION_COUNT; i++) {
        section_print(sections[i].name, sections[i].text, out);
    }
}
