#include "cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "cli/failure.h"

#define FIRST_VALUE 256 /* above every character, so that getopt's '?' and ':' stay themselves */

static const struct {
    const char *name;
    const char *value_name;
    const char *meaning;
} option_table[OPTION_COUNT] = {
#define X(name, text, value, meaning) {text, value, meaning},
    OPTION_LIST(X)
#undef X
};

const char *option_name(enum option_id option)
{
    TALLY_ASSERT(option < OPTION_COUNT);
    return option_table[option].name;
}

void option_words(enum option_id option, char out[OPTION_WORDS_SIZE])
{
    (void)snprintf(out, OPTION_WORDS_SIZE, "--%s", option_name(option));
}

const char *option_value_name(enum option_id option)
{
    TALLY_ASSERT(option < OPTION_COUNT);
    return option_table[option].value_name;
}

const char *option_meaning(enum option_id option)
{
    TALLY_ASSERT(option < OPTION_COUNT);
    return option_table[option].meaning;
}

bool options_parse(struct options *options, int word_count, char **words)
{
    struct option table[OPTION_COUNT + 1];
    int found;

    memset(options, 0, sizeof *options);
    memset(table, 0, sizeof table);
    for (unsigned i = 0; i < OPTION_COUNT; i++) {
        table[i].name = option_table[i].name;
        table[i].has_arg = option_table[i].value_name == NULL ? no_argument : required_argument;
        table[i].val = FIRST_VALUE + (int)i;
    }
    opterr = 0;
    optind = 0; /* starts anew, also after an earlier parse */
    while ((found = getopt_long(word_count, words, ":", table, NULL)) != -1) {
        struct option_values *values;
        if (found < FIRST_VALUE) {
            (void)failure(EXIT_USAGE, words[optind - 1], "see `tally help`",
                          found == ':' ? "the option needs a value" : "unknown option");
            return false;
        }
        values = &options->values[found - FIRST_VALUE];
        if (values->count == OPTION_VALUES_MAX) {
            (void)failure(EXIT_USAGE, words[optind - 1], "see its --help",
                          "given more than %u times", OPTION_VALUES_MAX);
            return false;
        }
        values->items[values->count++] = optarg;
    }
    options->arguments = (const char *const *)&words[optind];
    options->argument_count = (unsigned)(word_count - optind);
    return true;
}

bool option_given(const struct options *options, enum option_id option)
{
    return options->values[option].count > 0;
}

const char *option_value(const struct options *options, enum option_id option,
                         const char *otherwise)
{
    const struct option_values *values = &options->values[option];

    return values->count > 0 ? values->items[values->count - 1] : otherwise;
}

bool option_number(const struct options *options, enum option_id option, unsigned long low,
                   unsigned long high, unsigned long otherwise, unsigned long *out)
{
    const char *text = option_value(options, option, NULL);
    char *end;

    *out = otherwise;
    if (text == NULL) {
        return true;
    }
    errno = 0;
    *out = strtoul(text, &end, 10);
    if (errno != 0 || text[0] < '0' || text[0] > '9' || *end != 0 || *out < low || *out > high) {
        char name[OPTION_WORDS_SIZE];
        option_words(option, name);
        (void)failure(EXIT_USAGE, name, option_meaning(option),
                      "\"%s\" is not a number from %lu to %lu", text, low, high);
        return false;
    }
    return true;
}
