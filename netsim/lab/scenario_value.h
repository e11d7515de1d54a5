/*
 * netsim/lab/scenario_value.h - numbers with units, as people write them in a scenario
 *
 * Problem. `latency = 20` has been read as seconds, milliseconds and microseconds in one afternoon.
 *
 * Rule. A quantity carries its unit, without a space; one without, or with that of another
 * quantity, is refused. Fractions are exact or refused: no floating point is involved.
 *
 *     kind        written              kept as
 *     TIME        250us 1.5ms 3s 2m    microseconds
 *     TIME_MS     5ms 3s 2m            milliseconds
 *     BANDWIDTH   800kbit 1Gbit        bytes a second
 *     BYTES       512B 64KiB 4MiB      bytes
 *     SHARE       0.1% 25% 400%        thousandths
 *     COUNT       1000                 the number
 *     RATIO       0.99 1               thousandths
 *     SWITCH      yes no               1, 0
 *     PROTOCOL    simplex              enum scenario_protocol
 *     LOOP        open closed          enum scenario_loop
 *     HOME        by-party random fixed enum workload_home
 *
 *     "1.5ms" as TIME -> 1500;  "1.5us" as TIME -> refused: not a whole number of microseconds
 */
#ifndef TALLY_NETSIM_LAB_SCENARIO_VALUE_H
#define TALLY_NETSIM_LAB_SCENARIO_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"

enum value_kind {
    VALUE_COUNT,
    VALUE_TIME,
    VALUE_TIME_MS,
    VALUE_BANDWIDTH,
    VALUE_BYTES,
    VALUE_SHARE,
    VALUE_RATIO,
    VALUE_SWITCH,
    VALUE_PROTOCOL,
    VALUE_LOOP,
    VALUE_HOME,
    VALUE_TEXT, /* not a number: a path or a list; what it means is its field's affair */
};

#define VALUE_TEXT_SIZE 64 /* room for any number with its unit */

/*
 * Reads a value between low and high. False with a sentence in `why` that says what to write.
 * pre: kind is not VALUE_TEXT.
 */
TALLY_MUST_CHECK bool value_parse(enum value_kind kind, const char *text, uint64_t low,
                                  uint64_t high, uint64_t *value, char *why, size_t why_size);

/* The shortest text that value_parse() reads as this value. pre: kind is not VALUE_TEXT. */
void value_print(enum value_kind kind, uint64_t value, char text[VALUE_TEXT_SIZE]);

/* How a value of this kind is written, for the reference: "a time: us, ms, s, m". */
const char *value_kind_text(enum value_kind kind);

#endif
