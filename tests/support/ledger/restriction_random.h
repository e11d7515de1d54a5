/*
 * Goal: random commands about restrictions, and instructions that draw on them: so that they are
 * often allowed, for the test that compares the ledger with its model.
 */
#ifndef TALLY_TESTS_SUPPORT_LEDGER_RESTRICTION_RANDOM_H
#define TALLY_TESTS_SUPPORT_LEDGER_RESTRICTION_RANDOM_H

#include "base/prng.h"
#include "tests/support/ledger/model_restriction.h"
#include "tests/support/ledger/world.h"

struct restriction_random {
    struct world *world;
    const struct model *model;
    struct prng *prng;
    const uint32_t *parties; /* WORLD_PARTY_COUNT; their records */
};

/* A new restriction, or increase, decrease or release of one by who set it up, the operator, or a
 * stranger; false: none to change. */
bool restriction_random_command(const struct restriction_random *random, uint32_t *sender,
                                struct command *out);

/* The operator makes a rule, or ends one; sometimes a participant tries to. */
void restriction_random_type(const struct restriction_random *random, uint32_t *sender,
                             struct command *out);

/* Lets some new instructions draw on restrictions, if their party has some where it gives from. */
void restriction_random_draws(const struct restriction_random *random, uint32_t party,
                              struct command *command);

/* It draws on none. */
void restriction_random_none(struct command_instruct *body);

#endif
