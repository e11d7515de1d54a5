#include "consensus/quorum.h"

#include "base/assert.h"

uint16_t quorum_faults(uint16_t validator_count)
{
    TALLY_ASSERT(validator_count >= 1);
    TALLY_ASSERT(validator_count <= CONSENSUS_VALIDATORS_MAX);
    return (uint16_t)((validator_count - 1) / 3);
}

uint16_t quorum_size(uint16_t validator_count)
{
    TALLY_ASSERT(validator_count >= 1);
    TALLY_ASSERT(validator_count <= CONSENSUS_VALIDATORS_MAX);
    return (uint16_t)(2 * validator_count / 3 + 1);
}

uint16_t quorum_witness(uint16_t validator_count)
{
    return (uint16_t)(quorum_faults(validator_count) + 1);
}
