#include "netsim/market/workload_bounds.h"

#include <stdlib.h>

#include "base/amount.h"

struct workload_bounds {
    uint32_t account_count;
    uint32_t asset_counts[2];
    int64_t *aside[2]; /* by account, then asset */
    struct workload_limit *limits;
    uint32_t limit_count;
    uint32_t limit_capacity;
};

struct workload_bounds *workload_bounds_new(uint32_t account_count, const uint32_t asset_counts[2])
{
    struct workload_bounds *bounds = calloc(1, sizeof *bounds);
    if (bounds == NULL) {
        return NULL;
    }
    bounds->account_count = account_count;
    for (int cash = 0; cash < 2; cash++) {
        bounds->asset_counts[cash] = asset_counts[cash];
        bounds->aside[cash] =
            calloc((size_t)account_count * asset_counts[cash], sizeof *bounds->aside[cash]);
        if (bounds->aside[cash] == NULL) {
            workload_bounds_free(bounds);
            return NULL;
        }
    }
    return bounds;
}

void workload_bounds_free(struct workload_bounds *bounds)
{
    if (bounds == NULL) {
        return;
    }
    free(bounds->aside[0]);
    free(bounds->aside[1]);
    free(bounds->limits);
    free(bounds);
}

/* ---- Set aside ------------------------------------------------------------------------------- */

static int64_t *aside_at(const struct workload_bounds *bounds, bool cash, uint32_t account,
                         uint32_t asset)
{
    TALLY_ASSERT(account < bounds->account_count && asset < bounds->asset_counts[cash]);
    return &bounds->aside[cash][(size_t)account * bounds->asset_counts[cash] + asset];
}

void workload_bounds_aside_add(struct workload_bounds *bounds, bool cash, uint32_t account,
                               uint32_t asset, int64_t change)
{
    int64_t *aside = aside_at(bounds, cash, account, asset);
    bool fits = amount_add(*aside, change, aside);
    TALLY_ASSERT(fits);
}

int64_t workload_bounds_aside(const struct workload_bounds *bounds, bool cash, uint32_t account,
                              uint32_t asset)
{
    return *aside_at(bounds, cash, account, asset);
}

/* ---- Limits ---------------------------------------------------------------------------------- */

static bool same_limit(const struct workload_limit *a, const struct workload_limit *b)
{
    return a->participant == b->participant && a->of_account == b->of_account &&
           a->subject == b->subject && a->currency == b->currency;
}

void workload_bounds_limit_set(struct workload_bounds *bounds, const struct workload_limit *limit)
{
    for (uint32_t i = 0; i < bounds->limit_count; i++) {
        if (same_limit(&bounds->limits[i], limit)) {
            bounds->limits[i].amount = limit->amount;
            return;
        }
    }
    if (bounds->limit_count == bounds->limit_capacity) {
        uint32_t capacity = bounds->limit_capacity > 0 ? 2 * bounds->limit_capacity : 16;
        struct workload_limit *grown = realloc(bounds->limits, capacity * sizeof *grown);
        TALLY_ASSERT(grown != NULL);
        bounds->limits = grown;
        bounds->limit_capacity = capacity;
    }
    bounds->limits[bounds->limit_count] = *limit;
    bounds->limits[bounds->limit_count].used = 0;
    bounds->limit_count++;
}

void workload_bounds_day(struct workload_bounds *bounds)
{
    for (uint32_t i = 0; i < bounds->limit_count; i++) {
        bounds->limits[i].used = 0;
    }
}

static bool touches(const struct workload_limit *limit, const struct workload_flow *flow)
{
    if (limit->amount == INT64_MAX || limit->currency != flow->currency || flow->amount == 0) {
        return false;
    }
    if (limit->of_account) {
        return limit->subject == flow->account;
    }
    return (limit->participant == flow->payer && limit->subject == flow->taker) ||
           (limit->participant == flow->taker && limit->subject == flow->payer);
}

bool workload_bounds_room(const struct workload_bounds *bounds, const struct workload_flow *flow,
                          const struct workload_flow *other)
{
    for (uint32_t i = 0; i < bounds->limit_count; i++) {
        const struct workload_limit *limit = &bounds->limits[i];
        int128 sum = limit->used;
        sum += touches(limit, flow) ? flow->amount : 0;
        sum += other != NULL && touches(limit, other) ? other->amount : 0;
        if (sum > limit->used && sum > limit->amount) {
            return false;
        }
    }
    return true;
}

bool workload_bounds_settle(struct workload_bounds *bounds, const struct workload_flow *flow)
{
    bool room = workload_bounds_room(bounds, flow, NULL);
    for (uint32_t i = 0; i < bounds->limit_count; i++) {
        if (touches(&bounds->limits[i], flow)) {
            bool fits = amount_add(bounds->limits[i].used, flow->amount, &bounds->limits[i].used);
            TALLY_ASSERT(fits);
        }
    }
    return room;
}
