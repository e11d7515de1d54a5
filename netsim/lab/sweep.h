/*
 * netsim/lab/sweep.h - the points of an experiment that is run many times
 *
 * Problem. A curve is one scenario with one field changed, a surface two; writing the runs down by
 * hand is where mistakes come from.
 *
 * Rule. An axis is a field and its values: single ones and ranges, joined by commas. A range goes
 * from the first in steps to the last that is not beyond the second. Units as in the scenario. The
 * points are all combinations; the last axis changes fastest.
 *
 *     workload.rate=100..300/100           100 200 300
 *     network.latency=1ms,5ms..20ms/5ms    1ms 5ms 10ms 15ms 20ms
 *     network.protocol=simplex,fixed-leader
 */
#ifndef TALLY_NETSIM_LAB_SWEEP_H
#define TALLY_NETSIM_LAB_SWEEP_H

#include "netsim/lab/scenario.h"

enum {
    SWEEP_AXES_MAX = 8,
    SWEEP_VALUES_MAX = 256,
    SWEEP_FIELD_SIZE = 64,
    SWEEP_VALUE_SIZE = 128,
    SWEEP_NAME_SIZE = 240,
    SWEEP_POINTS_MAX = 100000,
};

struct sweep_axis {
    char field[SWEEP_FIELD_SIZE]; /* section.field */
    char values[SWEEP_VALUES_MAX][SWEEP_VALUE_SIZE];
    uint32_t value_count;
};

/* Coordinates of one run: fields with values, in the order of the axes. */
struct sweep_point {
    uint32_t count;
    char fields[SWEEP_AXES_MAX][SWEEP_FIELD_SIZE];
    char values[SWEEP_AXES_MAX][SWEEP_VALUE_SIZE];
};

/* Reads FIELD=VALUES. False with a sentence in `why`. */
TALLY_MUST_CHECK bool sweep_axis_parse(const char *text, struct sweep_axis *axis, char *why,
                                       size_t why_size);

/* How many points the axes have; 0 when there are more than SWEEP_POINTS_MAX. */
uint32_t sweep_point_count(const struct sweep_axis *axes, uint32_t axis_count);
void sweep_point_at(const struct sweep_axis *axes, uint32_t axis_count, uint32_t index,
                    struct sweep_point *point);

/* Adds FIELD=VALUE to a point; the value is written as value_print() would. False with a sentence.
 */
TALLY_MUST_CHECK bool sweep_point_add(struct sweep_point *point, const char *text, char *why,
                                      size_t why_size);
/* Sets the fields of a point. */
TALLY_MUST_CHECK bool sweep_point_apply(const struct sweep_point *point, struct scenario *scenario,
                                        struct scenario_error *error);
/* A file name that tells one point from another: "rate=100,validators=4". */
void sweep_point_name(const struct sweep_point *point, char name[SWEEP_NAME_SIZE]);

#endif
