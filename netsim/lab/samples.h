/*
 * netsim/lab/samples.h - every sample of a distribution, for exact quantiles
 *
 * Problem. base/histogram.h rounds up by up to 3 %; a figure that is published should not.
 *
 * Rule. All samples are kept. The quantile of p thousandths is the smallest sample that at least p
 * thousandths of the samples do not exceed. No interpolation, so no rounding either.
 *
 *     5 1 9 3     p500 -> 3     p900 -> 9     p0 -> 1
 */
#ifndef TALLY_NETSIM_LAB_SAMPLES_H
#define TALLY_NETSIM_LAB_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct samples {
    uint64_t *values;
    size_t count;
    size_t capacity;
    bool sorted;
};

/* Zero bytes are an empty set. Adding stops the program when memory is short. */
void samples_add(struct samples *samples, uint64_t value);
void samples_free(struct samples *samples);

/* 0 while empty. permille is 0 to 1000. Sorts. */
uint64_t samples_quantile(struct samples *samples, uint32_t permille);
/* Rounded down; 0 while empty. */
uint64_t samples_mean(const struct samples *samples);

#endif
