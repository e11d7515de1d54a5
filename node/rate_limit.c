#include "node/rate_limit.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/map.h"

enum {
    SLOT_COUNT = 4096,
    TOKEN = 1000 /* one request, in thousandths, so that a millisecond's inflow is a whole number */
};

struct bucket {
    uint64_t tokens;
    uint64_t filled_ms;
};

struct rate_limit {
    pthread_mutex_t mutex;
    uint32_t per_second;
    uint64_t seed;
    uint64_t tokens_max;
    struct bucket buckets[SLOT_COUNT];
};

struct rate_limit *rate_limit_new(uint32_t per_second, uint32_t burst, uint64_t seed)
{
    TALLY_ASSERT(per_second > 0 && burst > 0);
    struct rate_limit *limit = calloc(1, sizeof *limit);
    if (limit != NULL) {
        pthread_mutex_init(&limit->mutex, NULL);
        limit->per_second = per_second;
        limit->seed = seed;
        limit->tokens_max = (uint64_t)burst * TOKEN;
    }
    return limit;
}

void rate_limit_free(struct rate_limit *limit)
{
    if (limit != NULL) {
        pthread_mutex_destroy(&limit->mutex);
        free(limit);
    }
}

bool rate_limit_take(struct rate_limit *limit, const struct public_key *key, uint64_t now_ms)
{
    size_t slot = map_hash(limit->seed, key->bytes, sizeof key->bytes) % SLOT_COUNT;
    pthread_mutex_lock(&limit->mutex);
    struct bucket *bucket = &limit->buckets[slot];
    uint64_t elapsed_ms = now_ms - bucket->filled_ms;
    /* A bucket that was never used, or not for long, is full. */
    bool full = bucket->filled_ms == 0 || elapsed_ms >= limit->tokens_max / limit->per_second;
    uint64_t tokens = full ? limit->tokens_max : bucket->tokens + elapsed_ms * limit->per_second;
    tokens = tokens < limit->tokens_max ? tokens : limit->tokens_max;
    bool taken = tokens >= TOKEN;
    bucket->tokens = taken ? tokens - TOKEN : tokens;
    bucket->filled_ms = now_ms;
    pthread_mutex_unlock(&limit->mutex);
    return taken;
}
