/* Goal: no bytes break the decoder or the verifier of proofs, what decodes has one encoding, and
 * nothing that a fuzzer makes up is valid. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "client/proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct proof proof;
    static struct genesis genesis = {.validator_count = 4};
    static uint8_t again[PROOF_BYTES_MAX];
    struct proof_facts facts;

    if (proof_decode(data, size, &proof)) {
        size_t again_size = proof_encode(&proof, again, sizeof again);
        TALLY_ASSERT(again_size == size);
        TALLY_ASSERT(memcmp(again, data, size) == 0);
        TALLY_ASSERT(proof_verify(&proof, &genesis, &facts) != PROOF_VALID);
    }
    return 0;
}
