#include "tests/support/cli/command_run.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "cli/verb.h"

#define WORDS_MAX 64

/* Sends a descriptor to a new file without a name; returns what it was. */
static int capture(int descriptor, FILE **file)
{
    int saved = dup(descriptor);
    int moved;

    *file = tmpfile();
    TALLY_ASSERT(saved >= 0 && *file != NULL);
    moved = dup2(fileno(*file), descriptor);
    TALLY_ASSERT(moved >= 0);
    return saved;
}

static void capture_end(int descriptor, int saved, FILE *file, char out[COMMAND_RUN_SIZE])
{
    ssize_t got = pread(descriptor, out, COMMAND_RUN_SIZE - 1, 0);
    int moved = dup2(saved, descriptor);

    TALLY_ASSERT(got >= 0 && moved >= 0);
    out[got] = 0;
    (void)close(saved);
    (void)fclose(file);
}

void command_run(struct fake_network *network, const char *directory, const char *line,
                 struct command_run *out)
{
    static struct cli cli;
    char date[CLIENT_DATE_SIZE], copy[2048];
    char *words[WORDS_MAX + 1];
    FILE *output, *errors;
    int count = 0, output_was, errors_were;

    fake_network_date(date);
    (void)snprintf(copy, sizeof copy, "%s --timeout 1 --as %s", line, directory);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " ")) {
        TALLY_ASSERT(count < WORDS_MAX);
        words[count++] = strcmp(word, "DATE") == 0 ? date : word;
    }
    words[count] = NULL;
    memset(&cli, 0, sizeof cli);
    cli.open_node = fake_node_open;
    cli.test = network;
    (void)fflush(stdout);
    output_was = capture(STDOUT_FILENO, &output);
    errors_were = capture(STDERR_FILENO, &errors);
    out->code = verb_main(&cli, count, words);
    (void)fflush(stdout);
    capture_end(STDERR_FILENO, errors_were, errors, out->said);
    capture_end(STDOUT_FILENO, output_was, output, out->shown);
}

bool command_run_one_clear_line(const struct command_run *run)
{
    const char *end = strchr(run->said, '\n');

    return strncmp(run->said, "tally: ", 7) == 0 && end != NULL && end[1] == 0 &&
           strstr(run->said, "; ") != NULL;
}
