/* All samples of a distribution: see samples.h. */
#include "netsim/lab/samples.h"

#include <stdlib.h>

#include "base/assert.h"

void samples_add(struct samples *samples, uint64_t value)
{
    if (samples->count == samples->capacity) {
        size_t capacity = samples->capacity == 0 ? 256 : 2 * samples->capacity;
        uint64_t *values = realloc(samples->values, capacity * sizeof *values);
        TALLY_ASSERT(values != NULL);
        samples->values = values;
        samples->capacity = capacity;
    }
    samples->values[samples->count++] = value;
    samples->sorted = false;
}

void samples_free(struct samples *samples)
{
    free(samples->values);
    *samples = (struct samples){0};
}

static int value_compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

uint64_t samples_quantile(struct samples *samples, uint32_t permille)
{
    TALLY_ASSERT(permille <= 1000);
    if (samples->count == 0) {
        return 0;
    }
    if (!samples->sorted) {
        qsort(samples->values, samples->count, sizeof samples->values[0], value_compare);
        samples->sorted = true;
    }
    size_t rank = (samples->count * permille + 999) / 1000;
    return samples->values[rank == 0 ? 0 : rank - 1];
}

uint64_t samples_mean(const struct samples *samples)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < samples->count; i++) {
        TALLY_ASSERT(samples->values[i] <= UINT64_MAX - sum);
        sum += samples->values[i];
    }
    return samples->count == 0 ? 0 : sum / samples->count;
}
