/*
 * netsim/market/workload_bounds.h - what keeps a deal for which the balances would suffice: what is
 * set aside, and limits of parties. The clients' own reckoning
 *
 * Problem. Whoever expects that "what can settle does settle", and that nothing else does, must
 * know what of a balance is set aside and how much may still settle with whom. The ledger's own
 * answers (ledger/restriction/, ledger/limit/) are what is judged, so they are not asked.
 *
 * Rule. Of every position a quantity is set aside: it grows and shrinks with what events tell of
 * its restrictions. A limit is of a participant, over what it exchanges of a currency with another
 * one, or over what leaves one of its accounts; it is a sum of one settlement day, and of what
 * settled while the limit had an amount.
 *
 *     limit of 1,000 between A and B    600 settles: 400 are left; 500 does not settle today
 *
 * Not for several threads.
 */
#ifndef TALLY_NETSIM_MARKET_WORKLOAD_BOUNDS_H
#define TALLY_NETSIM_MARKET_WORKLOAD_BOUNDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"

/* A limit. Its amount is INT64_MAX while it is not asked. */
struct workload_limit {
    uint32_t participant; /* whose limit it is */
    bool of_account;      /* else of a counterparty */
    uint32_t subject;     /* the account, or the other participant */
    uint32_t currency;
    int64_t amount;
    int64_t used;
};

/* Money that moves from an account of a participant to another participant. */
struct workload_flow {
    uint32_t account;
    uint32_t payer;
    uint32_t taker;
    uint32_t currency;
    int64_t amount;
};

struct workload_bounds;

/* `asset_counts`: securities, currencies. NULL when memory is short. */
struct workload_bounds *workload_bounds_new(uint32_t account_count, const uint32_t asset_counts[2]);
void workload_bounds_free(struct workload_bounds *bounds);

/* So much more, or less, of a position is set aside; what is set aside. */
void workload_bounds_aside_add(struct workload_bounds *bounds, bool cash, uint32_t account,
                               uint32_t asset, int64_t change);
int64_t workload_bounds_aside(const struct workload_bounds *bounds, bool cash, uint32_t account,
                              uint32_t asset);

/* A limit is made, or gets another amount; what was used stays. */
void workload_bounds_limit_set(struct workload_bounds *bounds, const struct workload_limit *limit);
/* Another settlement day: nothing is used yet. */
void workload_bounds_day(struct workload_bounds *bounds);
/* Do all limits that the flow touches have room for it, and for the other one too, if any? */
bool workload_bounds_room(const struct workload_bounds *bounds, const struct workload_flow *flow,
                          const struct workload_flow *other);
/* It settled; false when a limit had no room for it. */
TALLY_MUST_CHECK bool workload_bounds_settle(struct workload_bounds *bounds,
                                             const struct workload_flow *flow);

#endif
