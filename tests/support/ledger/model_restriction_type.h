/*
 * model_restriction_type.h: the model's part about rules of the operator: what is refused or held
 * when it is entered, and what is kept from settling. Domain 2.9, T2S UDFS 3.2.1.8.
 */
#ifndef TALLY_TESTS_SUPPORT_LEDGER_MODEL_RESTRICTION_TYPE_H
#define TALLY_TESTS_SUPPORT_LEDGER_MODEL_RESTRICTION_TYPE_H

#include "tests/support/ledger/model_ledger.h"

/* Made, or ended; only by the operator. */
struct model_answer model_type_command(struct model *model, uint32_t party,
                                       const struct command *command);
/* The day has changed: forgets what is over; was anything? */
bool model_types_expire(struct model *model);

/* Is what the party would enter refused? */
bool model_type_refuses(const struct model *model, uint32_t party,
                        const struct command_instruct *terms);
/* Puts a new instruction on hold for validation, if it has to be. */
void model_type_hold(struct model *model, int32_t index);
/* What keeps a pair from settling: BLOC, SBLO, or REASON_NONE. */
enum reason model_type_blocks(const struct model *model, int32_t head);

#endif
