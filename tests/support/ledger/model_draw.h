/*
 * model_draw.h: random commands about instructions that are there, and pairs submitted as matched,
 * for the test that compares the ledger with the plain model. Most fit; some are a little off.
 */
#ifndef TALLY_TESTS_SUPPORT_LEDGER_MODEL_DRAW_H
#define TALLY_TESTS_SUPPORT_LEDGER_MODEL_DRAW_H

#include "base/prng.h"
#include "tests/support/ledger/model_ledger.h"

/* Accepts what is alleged, mostly by whom it is alleged to. False: this one cannot be alleged. */
bool model_draw_accept(struct prng *prng, struct world *world, const struct model *model,
                       int32_t index, uint32_t *sender, struct command *out);
/* The operator or the registrar turns it into the other security; at times a stranger. */
bool model_draw_transform(struct prng *prng, struct world *world, const struct model *model,
                          int32_t index, uint32_t *sender, struct command *out);
/* Power of attorney, mostly for one participant, for all or for one account. Who sends it. */
uint32_t model_draw_attorney(struct prng *prng, struct world *world, struct command *out);
/* Both sides by one command, by who may or may not; from the deliverer's side. Who sends it. */
uint32_t model_draw_matched(struct prng *prng, struct world *world, const struct model *model,
                            const struct command_instruct *deliver, struct command *out);

#endif
