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
#include "ledger/instruction/instruction.h"
#include "ledger/register/account.h"

/* Does a command of this kind make an instruction under its own reference? */
bool instruct_kind(uint8_t kind);

/*
 * The context of one of two instructions that a command makes, for `party`. The second one has a
 * secret of its own: what opens one party's record must not open the other's. The room that the
 * first takes is counted.
 */
struct command_context instruct_context(const struct command_context *context, uint32_t party,
                                        bool second);

/*
 * What was found out about an instruction some commands before its turn (ledger/command/ahead.h).
 * Parties, assets, accounts and positions stay for good and keep their names, so whatever has the
 * wanted name is the one, whenever it was found. What was not found then may be there by now, and
 * is looked up again; so is a default account, which may be another one by now.
 */
struct instruct_known {
    uint64_t reference_hash; /* index_name_hash() of party and reference; 0: not made yet */
    uint32_t group_hash;     /* of the terms: matching_ask_cell(); 0: they are not made yet */
    uint32_t account;        /* what may be these records, to be compared; RECORD_NONE: none */
    uint32_t cash_account;
    uint32_t position;
    uint32_t cash_position;
    struct instruction_terms terms; /* instruct_matched_terms(): a function of what cannot change */
};

/*
 * The account that is named, or the party's default one of the kind; RECORD_NONE if none. `guess`
 * may be the named one, or RECORD_NONE.
 */
uint32_t instruct_account(const struct ledger *ledger, uint32_t party, const struct text35 *named,
                          enum account_kind kind, uint32_t guess);

/* The command that would instruct what this instruction is now, but for its reference and date. */
void instruct_body(const struct ledger *ledger, uint32_t index, struct command_instruct *out);

/* The index_name_hash() of the command's reference, made unless the context has it. */
uint64_t instruct_reference_hash(const struct ledger *ledger, const struct command_context *context,
                                 const struct text35 *reference);

/* What the names in a command stand for: instruct_check() looks them up, instruct_make() uses them.
 */
struct instruct_plan {
    struct instruction_terms terms; /* its particulars are those below, or NULL */
    struct instruction_particulars particulars;
    struct restriction_draws draws; /* if the command names any */
    uint64_t reference_hash;        /* index_name_hash() of party and reference */
    uint32_t group_hash;            /* as lifecycle_accept() wants it */
    uint32_t counterparty;
    uint32_t position;       /* over which it settles (instruction.h); RECORD_NONE: none, */
    uint32_t other_position; /* or none yet */
    uint32_t other_account;  /* what the other one is of; RECORD_NONE: there is none */
    uint32_t other_asset;
    uint32_t missing_count; /* positions that are still to be opened */
};

/*
 * May the instruction be made? If so, `plan` says how, for as long as nothing else has been done;
 * if not, it is undefined. The checks and their order stand in command_instruct.c.
 */
struct refusal instruct_check(const struct ledger *ledger, const struct command_context *context,
                              const struct command *command, struct instruct_plan *plan);
/* The plan of an instruction that has been checked. pre: instruct_check() would pass. */
void instruct_plan_make(const struct ledger *ledger, const struct command_context *context,
                        const struct command *command, struct instruct_plan *plan);

/*
 * The record of an instruction that passed instruct_check(), with its positions open, in no index
 * of the matching and in no queue: lifecycle_accept() or lifecycle_accept_matched() goes on.
 */
uint32_t instruct_make(struct ledger *ledger, const struct command_context *context,
                       const struct command *command, const struct instruct_plan *plan);
/* Makes it and enters it into the ledger (T1). */
struct command_result instruct_act(struct ledger *ledger, const struct command_context *context,
                                   const struct command *command, const struct instruct_plan *plan);

/* What is matched of a command's instruction, but for its optional fields; the rest is zero. Reads
 * the command as it came: nothing needs to have been checked. */
void instruct_matched_terms(struct instruction_terms *terms, const struct command *command,
                            uint32_t asset, uint32_t currency);

#endif
