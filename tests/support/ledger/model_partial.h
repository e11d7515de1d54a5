/*
 * model_partial.h: what settles in part, by trying every quantity (model_ledger.h).
 */
#ifndef TALLY_TESTS_SUPPORT_LEDGER_MODEL_PARTIAL_H
#define TALLY_TESTS_SUPPORT_LEDGER_MODEL_PARTIAL_H

#include "tests/support/ledger/model_ledger.h"

struct model_part {
    int64_t least; /* smallest quantity that could ever settle as a part; 0: none */
    int64_t quantity;
    int64_t amount; /* that settle with what is there; 0: none */
    bool disagreed; /* only because one side does not allow it */
};

/* Quantities of the model are small: every one below what is left is tried. */
struct model_part model_part(const struct model *model, const struct model_instruction *deliverer,
                             const struct model_instruction *receiver, int64_t has);

/* The money that has settled when so much of the quantity has. */
int64_t model_part_amount(const struct model_instruction *instruction, int64_t quantity);

#endif
