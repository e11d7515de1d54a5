/*
 * model_restriction.h: the model's part about what is set aside: domain 2.9, T2S UDFS 3.6.1.13.
 */
#ifndef TALLY_TESTS_SUPPORT_LEDGER_MODEL_RESTRICTION_H
#define TALLY_TESTS_SUPPORT_LEDGER_MODEL_RESTRICTION_H

#include "tests/support/ledger/model_ledger.h"

/* Set up, increase, decrease, release. */
struct model_answer model_restrict(struct model *model, uint32_t party,
                                   const struct command *command);
/* Something arrived: who waits for it takes of it, the oldest first. */
void model_restrictions_fill(struct model *model, int32_t position);

/* Does the ledger know the same of every restriction? Its indexes are given. */
void model_restrictions_compare(const struct model *model, const struct ledger *ledger,
                                const uint32_t *parties, const uint32_t *positions);

/* One part of a movement: drawn from a restriction, or (MODEL_NONE) from what is available. */
struct model_slice {
    int32_t restriction;
    int64_t quantity;
};

/* May an instruction of the party name what it names? */
bool model_draws_allowed(const struct model *model, const struct model_instruction *instruction);
/* Does one side of the pair draw on restrictions? */
bool model_draws(const struct model *model, int32_t head);
/*
 * The parts of what the instruction gives out of a position, at most five, and what its
 * restrictions do not suffice for. Later calls see what is planned, until model_plans_clear().
 */
uint32_t model_slices(struct model *model, int32_t giver, int32_t position, int64_t quantity,
                      struct model_slice slices[5], int64_t *missing);
/* Ends the planning of a set. */
void model_plans_clear(struct model *model);
/* A part was booked: what remains has become used. */
void model_slice_use(struct model *model, int32_t restriction, int64_t quantity);

#endif
