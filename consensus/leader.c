#include "consensus/leader.h"

#include "base/assert.h"
#include "base/bytes.h"
#include "base/prng.h"

void leader_schedule_init(struct leader_schedule *schedule, uint16_t validator_count,
                          const struct hash *anchor_hash, uint64_t epoch)
{
    TALLY_ASSERT(validator_count >= 1);
    TALLY_ASSERT(validator_count <= CONSENSUS_VALIDATORS_MAX);
    struct prng prng;
    prng_init(&prng, bytes_get_u64(anchor_hash->bytes) + epoch);
    schedule->validator_count = validator_count;
    for (uint16_t i = 0; i < validator_count; i++) {
        schedule->permutation[i] = i;
    }
    for (uint16_t i = validator_count; i > 1; i--) {
        const uint16_t j = (uint16_t)prng_below(&prng, i);
        const uint16_t moved = schedule->permutation[i - 1];
        schedule->permutation[i - 1] = schedule->permutation[j];
        schedule->permutation[j] = moved;
    }
}

uint16_t leader_of(const struct leader_schedule *schedule, uint64_t view)
{
    TALLY_ASSERT(schedule->validator_count >= 1);
    return schedule->permutation[view % schedule->validator_count];
}
