/*
 * model_limit.h: limits of parties by day, as the plain model sees them (model_ledger.h).
 */
#ifndef TALLY_TESTS_SUPPORT_LEDGER_MODEL_LIMIT_H
#define TALLY_TESTS_SUPPORT_LEDGER_MODEL_LIMIT_H

#include "tests/support/ledger/model_inside.h"

/* The first limit that the flows, one after the other, would pass, or MODEL_NONE; at which of them,
 * and what all of them need of it. */
int32_t model_limit_passed(const struct model *model, const struct model_movement *flows,
                           uint32_t count, uint32_t *place, int64_t *need);
/* Counts what was booked. */
void model_limit_count(struct model *model, const struct model_movement *flows, uint32_t count);
/* Has those tried again whom a limit keeps no more, if one was raised or the day changed. */
void model_limit_sweep(struct model *model);
/* Makes a limit, or gives it another amount. */
struct model_answer model_limit_set(struct model *model, const struct model_limit *wanted);

#endif
