#include "tests/support/ledger/netting_brute.h"

#include <string.h>

#include "base/assert.h"

bool brute_feasible(const struct brute_instance *instance, const bool *chosen)
{
    for (uint32_t resource = 0; resource < instance->resource_count; resource++) {
        int128 level = instance->spendable[resource];
        for (uint32_t i = 0; i < instance->count; i++) {
            for (uint32_t k = 0; chosen[i] && k < instance->candidates[i].flow_count; k++) {
                const struct brute_flow *flow = &instance->candidates[i].flows[k];
                level -= flow->from == resource ? flow->amount : 0;
                level += flow->to == resource ? flow->amount : 0;
            }
        }
        if (instance->spendable[resource] != BRUTE_UNBOUNDED && level < 0) {
            return false;
        }
    }
    return true;
}

int128 brute_value(const struct brute_instance *instance, const bool *chosen)
{
    int128 value = 0;

    for (uint32_t i = 0; i < instance->count; i++) {
        value += chosen[i] ? instance->candidates[i].value : 0;
    }
    return value;
}

uint64_t brute_obligations(const struct brute_instance *instance, const bool *chosen)
{
    uint64_t obligations = 0;

    for (uint32_t i = 0; i < instance->count; i++) {
        obligations += chosen[i] ? instance->candidates[i].obligations : 0;
    }
    return obligations;
}

/* Value, then number, then: who has the oldest in which they differ. */
static bool is_better(const struct brute_instance *instance, const bool *a, const bool *b)
{
    int128 value_a = brute_value(instance, a);
    int128 value_b = brute_value(instance, b);

    if (value_a != value_b) {
        return value_a > value_b;
    }
    if (brute_obligations(instance, a) != brute_obligations(instance, b)) {
        return brute_obligations(instance, a) > brute_obligations(instance, b);
    }
    for (uint32_t i = 0; i < instance->count; i++) {
        if (a[i] != b[i]) {
            return a[i];
        }
    }
    return false;
}

void brute_best(const struct brute_instance *instance, bool *chosen)
{
    bool tried[BRUTE_EXHAUSTIVE_MAX];

    TALLY_ASSERT(instance->count <= BRUTE_EXHAUSTIVE_MAX);
    memset(chosen, 0, instance->count * sizeof *chosen);
    for (uint32_t subset = 1; subset < UINT32_C(1) << instance->count; subset++) {
        for (uint32_t i = 0; i < instance->count; i++) {
            tried[i] = (subset >> i & 1) != 0;
        }
        if (is_better(instance, tried, chosen) && brute_feasible(instance, tried)) {
            memcpy(chosen, tried, instance->count * sizeof *chosen);
        }
    }
}

void brute_one_by_one(const struct brute_instance *instance, bool *chosen)
{
    uint32_t i = 0;

    memset(chosen, 0, instance->count * sizeof *chosen);
    while (i < instance->count) {
        if (!chosen[i]) {
            chosen[i] = true;
            if (brute_feasible(instance, chosen)) {
                i = 0;
                continue;
            }
            chosen[i] = false;
        }
        i++;
    }
}
