#include "ledger/limit/provision.h"

#include "base/amount.h"
#include "base/assert.h"
#include "base/mutant.h"

int64_t provision_balance(const struct position *position)
{
    int64_t available = position->balance[POSITION_AVAILABLE];
    if (MUTANT(BLOCKED_SPENT)) {
        available += position->balance[POSITION_BLOCKED];
    }
    return available > 0 ? available : 0;
}

int64_t provision_credit_used(const struct position *position)
{
    int64_t available = position->balance[POSITION_AVAILABLE];
    TALLY_ASSERT(available >= -INT64_MAX);
    return available < 0 ? -available : 0;
}

int64_t provision_credit(const struct position *position)
{
    TALLY_ASSERT(position->credit_limit >= 0);
    return position->credit_limit - provision_credit_used(position);
}

typedef int64_t provision_source(const struct position *position);

/* In the order in which they are used. */
static provision_source *const sources[] = {
    provision_balance,
    provision_credit,
};

int64_t provision_total(const struct position *position)
{
    int64_t total = 0;
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
        if (!amount_add(total, sources[i](position), &total)) {
            return INT64_MAX; /* at most one source is negative, so only the top can be passed */
        }
    }
    return total;
}
