#include "netsim/market/arrivals.h"

#include <string.h>

#include "base/assert.h"
#include "netsim/market/logarithm.h"

__extension__ typedef unsigned __int128 uint128;

/* One instruction in the unit of the integral: a rate per second times microseconds. */
#define INSTRUCTION UINT64_C(1000000)

bool arrivals_legal(const struct workload_point *points, uint32_t count)
{
    if (count < 1 || count > WORKLOAD_POINTS_MAX) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (points[i].time_us > ARRIVALS_TIME_MAX || points[i].per_s > ARRIVALS_RATE_MAX ||
            (i > 0 && points[i].time_us <= points[i - 1].time_us)) {
            return false;
        }
    }
    return true;
}

/* The integral over the first `passed_us` after point i. */
static uint64_t integral(const struct arrivals *arrivals, uint32_t i, uint64_t passed_us)
{
    const struct workload_point *point = &arrivals->points[i];
    uint64_t even = point->per_s * passed_us;
    if (i + 1 == arrivals->count) {
        return even;
    }
    const struct workload_point *next = point + 1;
    uint64_t width_us = next->time_us - point->time_us;
    bool rises = next->per_s >= point->per_s;
    uint64_t change = rises ? next->per_s - point->per_s : point->per_s - next->per_s;
    uint64_t wedge = (uint64_t)((uint128)change * passed_us * passed_us / (2 * (uint128)width_us));
    return rises ? even + wedge : even - wedge;
}

/* The integral up to an instant. */
static uint64_t sum_at(const struct arrivals *arrivals, uint64_t time_us)
{
    uint32_t i = 0;
    if (time_us < arrivals->points[0].time_us) {
        return 0;
    }
    while (i + 1 < arrivals->count && arrivals->points[i + 1].time_us <= time_us) {
        i++;
    }
    return arrivals->sums[i] + integral(arrivals, i, time_us - arrivals->points[i].time_us);
}

void arrivals_init(struct arrivals *arrivals, const struct workload_point *points, uint32_t count,
                   bool even, uint64_t seed, uint64_t from_us)
{
    TALLY_ASSERT(arrivals_legal(points, count));
    *arrivals = (struct arrivals){.count = count, .even = even};
    memcpy(arrivals->points, points, count * sizeof *points);
    for (uint32_t i = 1; i < count; i++) {
        arrivals->sums[i] = arrivals->sums[i - 1] +
                            integral(arrivals, i - 1, points[i].time_us - points[i - 1].time_us);
    }
    prng_init(&arrivals->prng, seed);
    arrivals->due = sum_at(arrivals, from_us);
}

/* The first instant at which the integral has reached a sum; UINT64_MAX: never. */
static uint64_t time_of(const struct arrivals *arrivals, uint64_t sum)
{
    uint32_t i = 0;
    while (i + 1 < arrivals->count && arrivals->sums[i + 1] < sum) {
        i++;
    }
    const struct workload_point *point = &arrivals->points[i];
    uint64_t wanted = sum - arrivals->sums[i];
    uint64_t low = 0;
    uint64_t high = i + 1 < arrivals->count ? arrivals->points[i + 1].time_us - point->time_us
                                            : ARRIVALS_TIME_MAX;
    if (integral(arrivals, i, high) < wanted) {
        return UINT64_MAX;
    }
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (integral(arrivals, i, middle) >= wanted) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return point->time_us + low;
}

uint64_t arrivals_next(struct arrivals *arrivals, uint32_t instruction_count)
{
    if (arrivals->even) {
        arrivals->due += instruction_count * INSTRUCTION;
    } else {
        for (uint32_t i = 0; i < instruction_count; i++) {
            arrivals->due += logarithm_exponential(&arrivals->prng, INSTRUCTION);
        }
    }
    return time_of(arrivals, arrivals->due);
}
