/*
 * history.h: a random but sensible history of a world: issuance, trades of which some lack a side,
 * securities or cash, and changes to instructions that exist.
 *
 * Numbers are drawn one statement at a time: C leaves the order of the parts of an initializer to
 * the compiler, and a history must be the same under each.
 *
 *     prng_init(&prng, seed);
 *     world_open(&world, NULL);
 *     history_add_commands(&world, &prng);
 *     world_block(&world);
 */
#ifndef TALLY_TESTS_SUPPORT_LEDGER_HISTORY_H
#define TALLY_TESTS_SUPPORT_LEDGER_HISTORY_H

#include "base/prng.h"
#include "tests/support/ledger/world.h"

/* Adds up to eleven random commands to the next block of the world. */
void history_add_commands(struct world *world, struct prng *prng);

#endif
