/*
 * rights_draw.h: keys, policies and limits as the random tests draw them, and how the plain model
 * (model_rights.h) knows the keys.
 */
#ifndef TALLY_TESTS_SUPPORT_LEDGER_RIGHTS_DRAW_H
#define TALLY_TESTS_SUPPORT_LEDGER_RIGHTS_DRAW_H

#include "base/prng.h"
#include "tests/support/ledger/model_rights.h"
#include "tests/support/ledger/world.h"

/*
 * Three more keys of every party but the operator: Anna's with limits, Bert's for some kinds only,
 * and a second one of Anna's that only her name betrays; and, last, since from then on he has to
 * agree, the operator's second person. Runs two blocks.
 */
void rights_draw_open(struct world *world, struct model *model, struct model_rights *rights);
/*
 * Sometimes a policy of a party, rarely one that stops everything, a limit of a participant, by
 * itself or by the operator, or the approval or rejection of a draft, which may be gone by now;
 * false: none of them.
 */
bool rights_draw_command(struct world *world, struct prng *prng, const struct model_rights *rights,
                         uint32_t *sender, struct command *out);
/* Another day limit, or none, for a key that rights_draw_open() made; two persons sign it. */
void rights_draw_day_limit(struct world *world, struct prng *prng,
                           const struct model_rights *rights, struct command *out);
/* The keys' limits, and what was used of them today: the ledger's and the model's. */
void rights_compare(const struct model_rights *rights, const struct world *world);
/* The number of the key that signs: mostly the first of the sender, which may do what it needs. */
uint32_t rights_draw_key(struct prng *prng, uint32_t sender, const struct command *command);
/* The model's memory: made with the keys of the genesis, and given back. */
struct model_rights *rights_new(void);
void rights_free(struct model_rights *rights);

#endif
