#include "tests/support/ledger/model_partial.h"

int64_t model_part_amount(const struct model_instruction *instruction, int64_t quantity)
{
    return instruction->settlement_amount * quantity / instruction->terms.quantity;
}

/* Euro cents; 1 EUR is 1.25 USD. */
static int64_t worth(const struct model_instruction *deliverer, int64_t amount)
{
    return deliverer->terms.currency.text[0] == 'U' ? amount * 100 / 125 : amount;
}

static bool may_be_part(const struct model *model, const struct model_instruction *deliverer,
                        const struct model_instruction *receiver, int64_t quantity)
{
    bool second = deliverer->terms.asset.text[11] != world_asset(WORLD_ISIN_1).text[11];
    int64_t minimum = second ? model->unit_min : 1;
    int64_t multiple = second ? model->unit_multiple : 1;
    int64_t value = second ? 10000000 : 1000000; /* ISIN_2 is quoted in face amount */
    int64_t before = model_part_amount(deliverer, deliverer->settled_quantity);
    int64_t amount = model_part_amount(deliverer, deliverer->settled_quantity + quantity) - before;
    bool counted =
        deliverer->terms.partial == PARTIAL_PARQ && receiver->terms.partial == PARTIAL_PARQ;

    if (quantity % multiple != 0) {
        return false;
    }
    if (deliverer->settlement_amount == 0) {
        return deliverer->settled_quantity > 0 || quantity >= minimum;
    }
    if (counted) {
        return amount > 0 && (deliverer->settled_quantity > 0 || quantity >= minimum);
    }
    return worth(deliverer, amount) >= value;
}

struct model_part model_part(const struct model *model, const struct model_instruction *deliverer,
                             const struct model_instruction *receiver, int64_t has)
{
    bool both = deliverer->terms.partial != PARTIAL_NPAR && receiver->terms.partial != PARTIAL_NPAR;
    bool none = deliverer->terms.partial == PARTIAL_NPAR && receiver->terms.partial == PARTIAL_NPAR;
    int64_t left = deliverer->terms.quantity - deliverer->settled_quantity;
    struct model_part part = {0};

    for (int64_t quantity = 1; quantity < left && !none; quantity++) {
        if (!may_be_part(model, deliverer, receiver, quantity)) {
            continue;
        }
        if (part.least == 0) {
            part.least = quantity;
        }
        if (quantity <= has) {
            part.disagreed = !both;
            part.quantity = both ? quantity : 0;
        }
    }
    if (part.quantity > 0) {
        part.amount = model_part_amount(deliverer, deliverer->settled_quantity + part.quantity) -
                      deliverer->settled_amount;
    }
    return part;
}
