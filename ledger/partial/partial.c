#include "ledger/partial/partial.h"

#include "base/amount.h"
#include "base/mutant.h"
#include "ledger/instruction/instruction.h"

int64_t partial_amount(int64_t amount, int64_t quantity, int64_t settled)
{
    TALLY_ASSERT(amount >= 0 && quantity > 0 && settled >= 0 && settled <= quantity);
    if (settled == quantity) {
        return amount;
    }
    int64_t out = 0;
    bool fits = amount_mul_div(amount, settled, quantity, &out);
    TALLY_ASSERT(fits);
    return out;
}

static bool by_quantity(const struct partial_terms *terms)
{
    return terms->amount == 0 ||
           (terms->deliverer == PARTIAL_PARQ && terms->receiver == PARTIAL_PARQ);
}

static int64_t multiple_down(const struct partial_terms *terms, int64_t quantity)
{
    return quantity - quantity % terms->unit_multiple;
}

/* The least multiple not below it; false when there is none in 64 bits. */
static bool multiple_up(const struct partial_terms *terms, int64_t quantity, int64_t *out)
{
    int64_t over = quantity % terms->unit_multiple;

    *out = quantity;
    return over == 0 || amount_add(quantity, terms->unit_multiple - over, out);
}

/*
 * The least quantity whose share of the money, after what has settled, comes to `least`; false when
 * all that is left does not.
 */
static bool quantity_worth(const struct partial_terms *terms, int64_t least, int64_t *out)
{
    int64_t reach = 0;
    int64_t minus_total = 0;

    if (!amount_add(terms->settled_amount, least, &reach) || reach > terms->amount) {
        return false;
    }
    /* Rounded down below zero: the total is rounded up. It is at most the quantity. */
    return amount_mul_div(-reach, terms->quantity, terms->amount, &minus_total) &&
           amount_sub(-minus_total, terms->settled_quantity, out);
}

/* The least part; false when nothing short of all that is left is one. */
static bool least_part(const struct partial_terms *terms, int64_t left, int64_t *out)
{
    bool first = terms->settled_quantity == 0;
    int64_t least = by_quantity(terms) && first ? terms->unit_min : terms->unit_multiple;

    if (MUTANT(PART_BELOW_THRESHOLD)) {
        least = terms->unit_multiple;
    } else if (terms->amount > 0) {
        int64_t worth = 0;
        if (!quantity_worth(terms, by_quantity(terms) ? 1 : terms->amount_least, &worth)) {
            return false;
        }
        least = worth > least ? worth : least;
    }
    return multiple_up(terms, least, out) && *out < left;
}

enum partial_answer partial_decide(const struct partial_terms *terms, int64_t available,
                                   struct partial_part *out)
{
    bool deliverer = terms->deliverer != PARTIAL_NPAR;
    bool receiver = terms->receiver != PARTIAL_NPAR;
    int64_t left = 0;
    int64_t settled = 0;
    bool fits = amount_sub(terms->quantity, terms->settled_quantity, &left);

    TALLY_ASSERT(fits && left > available);
    TALLY_ASSERT(terms->unit_min > 0 && terms->unit_multiple > 0 && terms->amount_least > 0);
    TALLY_ASSERT(terms->settled_amount ==
                 partial_amount(terms->amount, terms->quantity, terms->settled_quantity));
    *out = (struct partial_part){0};
    if (!deliverer && !receiver) {
        return PARTIAL_REFUSED;
    }
    if (!least_part(terms, left, &out->quantity_least)) {
        out->quantity_least = 0;
        return PARTIAL_IMPOSSIBLE;
    }
    if (available < out->quantity_least) {
        return PARTIAL_TOO_LITTLE;
    }
    if (!deliverer || !receiver) {
        return PARTIAL_DISAGREED;
    }
    out->quantity = multiple_down(terms, available);
    fits = amount_add(terms->settled_quantity, out->quantity, &settled) &&
           amount_sub(partial_amount(terms->amount, terms->quantity, settled),
                      terms->settled_amount, &out->amount);
    TALLY_ASSERT(fits);
    TALLY_ASSERT(out->quantity >= out->quantity_least && out->quantity < left);
    TALLY_ASSERT(out->amount > 0 || terms->amount == 0 || MUTANT(PART_BELOW_THRESHOLD));
    return PARTIAL_SETTLES;
}
