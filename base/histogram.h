/*
 * histogram.h: the distribution of durations and sizes, in fixed memory.
 *
 * Problem. A mean hides the worst cases; keeping every sample does not end.
 *
 * Rule. Log-linear buckets: each power of two is cut into 32 equal parts, so a quantile is at most
 * 1/32 (about 3 %) too high and never too low. Values below 64 are exact. Two histograms can
 * be merged, and merging is the same as having recorded everything in one.
 *
 *     record 1, 2, 3, 1000      count 4, min 1, max 1000, mean 251
 *     quantile(h, 500)  -> 2    half of the samples are at most 2
 *     quantile(h, 999)  -> 1000 never above the largest sample seen
 *
 * Not for more than one thread at a time. 15 KiB; zero bytes are an empty histogram.
 */
#ifndef TALLY_BASE_HISTOGRAM_H
#define TALLY_BASE_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_PARTS_LOG2 5
#define HISTOGRAM_PARTS      (1 << HISTOGRAM_PARTS_LOG2)
#define HISTOGRAM_BUCKETS    ((64 - HISTOGRAM_PARTS_LOG2 + 1) * HISTOGRAM_PARTS)

__extension__ typedef unsigned __int128 histogram_sum;

struct histogram {
    uint64_t buckets[HISTOGRAM_BUCKETS];
    uint64_t count;
    uint64_t min; /* 0 while empty */
    uint64_t max;
    histogram_sum sum;
};

/* Empties a histogram. */
void histogram_init(struct histogram *histogram);

/* Adds one sample. */
void histogram_record(struct histogram *histogram, uint64_t value);

/* Adds all samples of from, which is only read. */
void histogram_merge(struct histogram *into, const struct histogram *from);

/*
 * A value that at least permille thousandths of the samples do not exceed, and at most 1/32 above
 * the smallest such; 0 if empty. permille is 0 (the minimum) to 1000 (the maximum).
 */
uint64_t histogram_quantile(const struct histogram *histogram, uint32_t permille);

/* Number of samples, smallest, largest and mean rounded down; 0 if empty. */
uint64_t histogram_count(const struct histogram *histogram);
uint64_t histogram_min(const struct histogram *histogram);
uint64_t histogram_max(const struct histogram *histogram);
uint64_t histogram_mean(const struct histogram *histogram);

#endif
