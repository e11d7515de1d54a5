/*
 * node/rate_limit.h - how often one key may ask
 *
 * A token bucket per key: `per_second` requests flow in, at most `burst` are saved up. Keys share a
 * fixed table; two that meet in one slot share a bucket, which costs one of them a little patience
 * and nobody any memory. Who meets whom depends on a seed that only this node knows, so nobody can
 * choose a key that uses up another's bucket. Any thread.
 */
#ifndef TALLY_NODE_RATE_LIMIT_H
#define TALLY_NODE_RATE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/sign.h"

struct rate_limit;

/* NULL when memory is short. A key may take `burst` at once and then `per_second`; `seed` is
 * random. */
struct rate_limit *rate_limit_new(uint32_t per_second, uint32_t burst, uint64_t seed);
void rate_limit_free(struct rate_limit *limit);

/* Takes one token of the key; false when there is none. */
bool rate_limit_take(struct rate_limit *limit, const struct public_key *key, uint64_t now_ms);

#endif
