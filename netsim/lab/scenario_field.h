/*
 * netsim/lab/scenario_field.h - the one table of a scenario's fields
 *
 * Rule. Reader, command line, help and reference all go by this table, which is made from the lists
 * of scenario.h and cost_model.h; so none of them can name a field that another does not know.
 *
 *     field_find("network", "jitter")->kind   VALUE_TIME
 */
#ifndef TALLY_NETSIM_LAB_SCENARIO_FIELD_H
#define TALLY_NETSIM_LAB_SCENARIO_FIELD_H

#include "netsim/lab/scenario.h"

struct scenario_field {
    const char *section;
    const char *name;
    enum value_kind kind;
    size_t offset; /* in struct scenario */
    uint64_t low;
    uint64_t high; /* of a text: the size of its room */
    const char *standard;
    const char *text;
};

/* Fields in the order of the reference; sections are in one piece. */
uint32_t field_count(void);
const struct scenario_field *field_at(uint32_t index);
/* NULL when there is none of this name. */
const struct scenario_field *field_find(const char *section, const char *name);
/* The same by "section.field". */
const struct scenario_field *field_by_name(const char *name);
/* Is there a section of this name? [fault] is one, without fields. */
bool section_known(const char *section);
/* The names of all sections, for messages. */
const char *section_names(void);

/* Was the field given, not left to its default? */
bool field_given(const struct scenario *scenario, const struct scenario_field *field);

/* Sets a field and marks it as given. False with a sentence in `why`. */
TALLY_MUST_CHECK bool field_set(struct scenario *scenario, const struct scenario_field *field,
                                const char *value, char *why, size_t why_size);

/* Adds a line to the time line, keeping it in order. False with a sentence in `why`. */
TALLY_MUST_CHECK bool scenario_fault_add(struct scenario *scenario, const char *value, char *why,
                                         size_t why_size);

/* Fills an error with one line of printable characters. Always false. */
bool scenario_refuse(struct scenario_error *error, uint32_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
