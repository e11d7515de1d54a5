#include "cli/verb.h"

#include <string.h>

#include "base/assert.h"
#include "cli/failure.h"

static const enum option_id general_options[] = {
    OPTION_AS,   OPTION_GENESIS, OPTION_NODE,  OPTION_TIMEOUT, OPTION_MAX_AGE,
    OPTION_JSON, OPTION_CSV,     OPTION_QUIET, OPTION_HELP,    OPTION_PASSPHRASE_FILE,
};

bool option_is_general(enum option_id option)
{
    for (size_t i = 0; i < sizeof general_options / sizeof general_options[0]; i++) {
        if (general_options[i] == option) {
            return true;
        }
    }
    return false;
}

bool verb_takes(const struct verb *verb, enum option_id option)
{
    const enum option_id *own = verb->options;

    while (*own != OPTION_COUNT && *own != option) {
        own++;
    }
    return *own == option || option_is_general(option);
}

/* Is the verb's name the first word, or the first two? Says how many words; 0 for no. */
static int words_match(const struct verb *verb, int word_count, char *const *words)
{
    size_t first = strcspn(verb->name, " ");

    if (word_count < 1 || strlen(words[0]) != first || memcmp(words[0], verb->name, first) != 0) {
        return 0;
    }
    if (verb->name[first] == 0) {
        return 1;
    }
    return word_count > 1 && strcmp(words[1], verb->name + first + 1) == 0 ? 2 : 0;
}

const struct verb *verb_find(int word_count, char *const *words, int *taken)
{
    const struct verb *verb;

    for (unsigned i = 0; (verb = verb_at(i)) != NULL; i++) {
        *taken = words_match(verb, word_count, words);
        if (*taken > 0) {
            return verb;
        }
    }
    return NULL;
}

/* Reports an option that this verb does not take; silently ignoring one could mean sending more, or
 * to others, than was intended. */
static bool options_fit(const struct verb *verb, const struct options *options)
{
    for (unsigned option = 0; option < OPTION_COUNT; option++) {
        if (option_given(options, (enum option_id)option) &&
            !verb_takes(verb, (enum option_id)option)) {
            (void)failure(EXIT_USAGE, verb->name, "see its --help", "--%s does not belong to it",
                          option_name((enum option_id)option));
            return false;
        }
    }
    if (options->argument_count < verb->arguments_min ||
        options->argument_count > verb->arguments_max) {
        (void)failure(EXIT_USAGE, verb->name, "see its --help",
                      options->argument_count < verb->arguments_min
                          ? "%s is missing"
                          : "too many arguments; it takes %s",
                      verb->arguments[0] == 0 ? "none" : verb->arguments);
        return false;
    }
    return true;
}

enum exit_code verb_main(struct cli *cli, int word_count, char **words)
{
    const struct verb *verb;
    enum exit_code code;
    int taken = 0;

    if (word_count < 1 || strcmp(words[0], "--help") == 0) {
        help_overview(word_count < 1 ? stderr : stdout);
        return word_count < 1 ? EXIT_USAGE : EXIT_DONE;
    }
    verb = verb_find(word_count, words, &taken);
    if (verb == NULL) {
        return failure(EXIT_USAGE, words[0], "see `tally help`", "there is no such command");
    }
    /* getopt wants the program's name before the words it parses: the verb's last word stands for
     * it */
    if (!options_parse(&cli->options, word_count - taken + 1, words + taken - 1)) {
        return EXIT_USAGE;
    }
    if (option_given(&cli->options, OPTION_HELP)) {
        help_verb(verb, stdout);
        return EXIT_DONE;
    }
    if (!cli_begin(cli) || !options_fit(verb, &cli->options)) {
        return EXIT_USAGE;
    }
    code = verb->run(cli);
    if (code == EXIT_DONE && cli->remark[0] != 0 && !cli->quiet) {
        (void)fflush(stdout);
        (void)fprintf(stderr, "%s\n", cli->remark);
    }
    cli_end(cli);
    return code;
}
