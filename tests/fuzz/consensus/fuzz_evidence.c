/* Goal: whatever reads as evidence is an offence, has one encoding, and convicts one validator. */
#include <string.h>

#include "base/assert.h"
#include "consensus/evidence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct evidence evidence;
    if (!evidence_read(data, size, 4, &evidence)) {
        return 0;
    }
    uint8_t again[EVIDENCE_SIZE_MAX];
    struct bytes_writer writer;
    bytes_writer_init(&writer, again, sizeof again);
    evidence_write(&writer, &evidence);
    TALLY_ASSERT(writer.size == size);
    TALLY_ASSERT(memcmp(again, data, size) == 0);
    if (evidence.vote_count == 2) {
        TALLY_ASSERT(evidence.votes[0].signer == evidence.votes[1].signer);
        TALLY_ASSERT(evidence_classify(&evidence.votes[0], &evidence.votes[1]) == evidence.kind);
    }
    return 0;
}
