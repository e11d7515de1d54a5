/*
 * command_run.h: one command line in the test's own process over the fake network, and what it
 * said.
 *
 * The words are those after `tally`, separated by blanks; DATE stands for the ledger's date.
 * Standard output and standard error are kept apart, as a script would see them.
 */
#ifndef TALLY_TESTS_SUPPORT_CLI_COMMAND_RUN_H
#define TALLY_TESTS_SUPPORT_CLI_COMMAND_RUN_H

#include <stdbool.h>

#include "tests/support/cli/fake_node.h"

#define COMMAND_RUN_SIZE 8192u

struct command_run {
    enum exit_code code;
    char shown[COMMAND_RUN_SIZE]; /* on standard output */
    char said[COMMAND_RUN_SIZE];  /* on standard error */
};

/* Runs it for the party of this directory, with a time-out of a second. */
void command_run(struct fake_network *network, const char *directory, const char *line,
                 struct command_run *out);

/* Is what it said one line: who, what, and what to do? */
bool command_run_one_clear_line(const struct command_run *run);

#endif
