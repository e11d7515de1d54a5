/*
 * model_compare.h: is the settlement day of the ledger that of the plain model?
 */
#ifndef TALLY_TESTS_SUPPORT_LEDGER_MODEL_COMPARE_H
#define TALLY_TESTS_SUPPORT_LEDGER_MODEL_COMPARE_H

#include "tests/support/ledger/model_ledger.h"

/* The day's events: planned, revised, effective; and what happened in the last block. */
void model_day_compare(const struct model *model, const struct world *world);

#endif
