/*
 * netsim/market/zipf.h - a skewed choice: few accounts have most of the business
 *
 * Rule. Of n things the i-th, counted from 1, is chosen with a probability proportional to
 * 1 / i^s. The exponent s is given in permille; 0 chooses evenly.
 *
 *     s = 1, n = 3: chances 6 : 3 : 2
 *
 * A table of cumulated weights is made once; a choice is a search in it. Integers only.
 *
 * Source: G. K. Zipf, Human Behavior and the Principle of Least Effort, 1949.
 */
#ifndef TALLY_NETSIM_MARKET_ZIPF_H
#define TALLY_NETSIM_MARKET_ZIPF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/prng.h"

enum {
    ZIPF_COUNT_MAX = 1 << 22,
    ZIPF_EXPONENT_MAX = 4000,
};

struct zipf {
    uint64_t *sums; /* sums[i]: weights of 0 .. i */
    uint32_t count;
};

/* False when memory is short, or count or exponent are out of range. */
bool zipf_init(struct zipf *zipf, uint32_t count, uint32_t exponent_permille);
void zipf_free(struct zipf *zipf);

/* A number below count; 0 is the most frequent. */
uint32_t zipf_draw(const struct zipf *zipf, struct prng *prng);

#endif
