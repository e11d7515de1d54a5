#include "netsim/market/zipf.h"

#include <stdlib.h>

#include "netsim/market/logarithm.h"

/* Of the i-th thing, counted from 1; never 0, so that none is out of reach. */
static uint64_t weight(uint32_t i, uint32_t exponent_permille)
{
    uint64_t exponent = logarithm_base2(i) * exponent_permille / 1000;
    uint64_t power = logarithm_power(exponent);
    return power > 0 ? power : 1;
}

bool zipf_init(struct zipf *zipf, uint32_t count, uint32_t exponent_permille)
{
    *zipf = (struct zipf){.count = count};
    if (count == 0 || count > ZIPF_COUNT_MAX || exponent_permille > ZIPF_EXPONENT_MAX) {
        return false;
    }
    zipf->sums = malloc(count * sizeof *zipf->sums);
    if (zipf->sums == NULL) {
        return false;
    }
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        sum += weight(i + 1, exponent_permille);
        zipf->sums[i] = sum;
    }
    return true;
}

void zipf_free(struct zipf *zipf)
{
    free(zipf->sums);
    zipf->sums = NULL;
}

uint32_t zipf_draw(const struct zipf *zipf, struct prng *prng)
{
    uint64_t draw = prng_below(prng, zipf->sums[zipf->count - 1]);
    uint32_t low = 0;
    uint32_t high = zipf->count - 1;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (zipf->sums[middle] > draw) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}
