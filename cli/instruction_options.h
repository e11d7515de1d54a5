/*
 * cli/instruction_options.h - an instruction that the command line's options describe
 *
 * Which option stands for which field the list in cli/instruction_input.h says; what a field means,
 * and what is wrong with a text, is the same as in a file.
 */
#ifndef TALLY_CLI_INSTRUCTION_OPTIONS_H
#define TALLY_CLI_INSTRUCTION_OPTIONS_H

#include "cli/cli.h"
#include "cli/instruction_input.h"

/* The option of a field; OPTION_COUNT when it has none. */
enum option_id instruction_option(enum input_field field);

/* Takes the options' texts; the trade date is today's when not given. Reports a text that is too
 * long. */
enum exit_code instruction_options_take(struct cli *cli, struct instruction_input *out);

/* Where an instruction names no depository: the ledger's operator is it; "" if the genesis has
 * none. */
void instruction_depository(const struct genesis *genesis, char out[BIC_SIZE + 1]);

/* Reports what is wrong with the option of a field; returns the code. */
enum exit_code instruction_option_failure(const struct input_fault *fault);

#endif
