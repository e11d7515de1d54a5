#include "ledger/matching/tolerance.h"

#include "base/assert.h"
#include "base/mutant.h"

static const struct tolerance_band tolerance_exact = {.threshold = INT64_MAX};

const struct tolerance_band *tolerance_of(const struct rule_set *rules,
                                          const struct asset_code *currency)
{
    TALLY_ASSERT(rules->tolerance_count <= RULE_TOLERANCE_MAX);
    for (uint32_t i = 0; i < rules->tolerance_count; i++) {
        if (asset_code_equal(&rules->tolerance[i].currency, currency)) {
            return &rules->tolerance[i];
        }
    }
    return &tolerance_exact;
}

int64_t tolerance_difference_max(const struct tolerance_band *band, int64_t deliverer_amount)
{
    TALLY_ASSERT(deliverer_amount >= 0);
    if (MUTANT(TOLERANCE_UNBOUNDED)) {
        return INT64_MAX;
    }
    return deliverer_amount <= band->threshold ? band->below : band->above;
}

bool tolerance_covers(const struct tolerance_band *band, int64_t deliverer_amount,
                      int64_t receiver_amount)
{
    int64_t difference;

    TALLY_ASSERT(deliverer_amount >= 0);
    TALLY_ASSERT(receiver_amount >= 0);
    /* Of two amounts that are not negative, the difference always fits. */
    difference = deliverer_amount > receiver_amount ? deliverer_amount - receiver_amount
                                                    : receiver_amount - deliverer_amount;
    return difference <= tolerance_difference_max(band, deliverer_amount);
}
