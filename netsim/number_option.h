/*
 * netsim/number_option.h - numbers on the command lines of tally-sim
 *
 *     struct number_option numbers[] = {{"--jobs", 1, 64, .value = 1}};
 *     number_option_take(numbers, 1, "--jobs", "2")       true; numbers[0].value is 2
 *     number_option_take(numbers, 1, "--jobs", "65")      false
 */
#ifndef TALLY_NETSIM_NUMBER_OPTION_H
#define TALLY_NETSIM_NUMBER_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct number_option {
    const char *name;
    uint64_t least;
    uint64_t most;
    uint64_t value; /* the default, until one is given */
    bool given;
};

/* A whole number in decimal digits, within bounds and with nothing behind it. */
bool number_read(const char *text, uint64_t least, uint64_t most, uint64_t *number);

/* Sets the option of this name. False when there is none, or the value is no such number. */
bool number_option_take(struct number_option *options, size_t count, const char *name,
                        const char *value);

#endif
