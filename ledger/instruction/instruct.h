/*
 * ledger/instruction/instruct.h - making an instruction, for the commands that make one
 *
 * Rule. Submitting one side is a command; so are accepting an allegement, submitting a matched
 * pair and transforming: each makes instructions under the same checks (command_instruct.c). The
 * party that an instruction is made for is that of the context.
 */
#ifndef TALLY_LEDGER_INSTRUCTION_INSTRUCT_H
#define TALLY_LEDGER_INSTRUCTION_INSTRUCT_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/command/execute.h"

/* Does a command of this kind make an instruction under its own reference? */
bool instruct_kind(uint8_t kind);

/*
 * The record of an instruction that passed instruct_check(), with its positions open, in no index
 * of the matching and in no queue: lifecycle_accept() or lifecycle_accept_matched() goes on.
 */
uint32_t instruct_make(struct ledger *ledger, const struct command_context *context,
                       const struct command *command);

#endif
