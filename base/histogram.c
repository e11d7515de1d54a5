#include "base/histogram.h"

#include <string.h>

#include "base/assert.h"

/* Values below this have a bucket each; above, the leading PARTS_LOG2 + 1 bits choose it. */
#define EXACT_END (UINT32_C(2) << HISTOGRAM_PARTS_LOG2)

static uint32_t bucket_of(uint64_t value)
{
    if (value < EXACT_END) {
        return (uint32_t)value;
    }
    uint32_t shift = 63 - (uint32_t)__builtin_clzll(value) - HISTOGRAM_PARTS_LOG2;
    uint32_t bucket = shift * HISTOGRAM_PARTS + (uint32_t)(value >> shift);
    TALLY_ASSERT(bucket < HISTOGRAM_BUCKETS);
    return bucket;
}

/* The largest value that falls into a bucket. */
static uint64_t bucket_top(uint32_t bucket)
{
    TALLY_ASSERT(bucket < HISTOGRAM_BUCKETS);
    if (bucket < EXACT_END) {
        return bucket;
    }
    uint32_t shift = bucket / HISTOGRAM_PARTS - 1;
    uint64_t lead = bucket % HISTOGRAM_PARTS + HISTOGRAM_PARTS;
    return (lead << shift) + ((UINT64_C(1) << shift) - 1);
}

void histogram_init(struct histogram *histogram)
{
    memset(histogram, 0, sizeof(*histogram));
}

void histogram_record(struct histogram *histogram, uint64_t value)
{
    if (histogram->count == 0 || value < histogram->min) {
        histogram->min = value;
    }
    if (value > histogram->max) {
        histogram->max = value;
    }
    histogram->buckets[bucket_of(value)]++;
    histogram->count++;
    histogram->sum += value;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
    if (from->count == 0) {
        return;
    }
    if (into->count == 0 || from->min < into->min) {
        into->min = from->min;
    }
    if (from->max > into->max) {
        into->max = from->max;
    }
    for (uint32_t bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
        into->buckets[bucket] += from->buckets[bucket];
    }
    into->count += from->count;
    into->sum += from->sum;
}

uint64_t histogram_quantile(const struct histogram *histogram, uint32_t permille)
{
    TALLY_ASSERT(permille <= 1000);
    if (histogram->count == 0) {
        return 0;
    }
    /* The rank, rounded up, of the sample asked for; the first sample at least. */
    histogram_sum scaled = (histogram_sum)histogram->count * permille;
    uint64_t rank = (uint64_t)((scaled + 999) / 1000);
    if (rank <= 1) {
        return histogram->min;
    }
    uint64_t seen = 0;
    uint32_t bucket = 0;
    for (; bucket < HISTOGRAM_BUCKETS; bucket++) {
        seen += histogram->buckets[bucket];
        if (seen >= rank) {
            break;
        }
    }
    uint64_t top = bucket_top(bucket);
    return top < histogram->max ? top : histogram->max;
}

uint64_t histogram_count(const struct histogram *histogram)
{
    return histogram->count;
}

uint64_t histogram_min(const struct histogram *histogram)
{
    return histogram->min;
}

uint64_t histogram_max(const struct histogram *histogram)
{
    return histogram->max;
}

uint64_t histogram_mean(const struct histogram *histogram)
{
    return histogram->count == 0 ? 0 : (uint64_t)(histogram->sum / histogram->count);
}
