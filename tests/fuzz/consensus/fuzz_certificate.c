/* Goal: whatever reads as a certificate has exactly one encoding, for every size of committee. */
#include <string.h>

#include "base/assert.h"
#include "consensus/certificate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint16_t committees[] = {1, 4, 7, 50, CONSENSUS_VALIDATORS_MAX};
    for (size_t i = 0; i < sizeof committees / sizeof committees[0]; i++) {
        struct bytes_reader reader;
        struct certificate certificate;
        bytes_reader_init(&reader, data, size);
        certificate_read(&reader, committees[i], &certificate);
        if (!bytes_reader_done(&reader)) {
            continue;
        }
        uint8_t again[CERTIFICATE_SIZE_MAX];
        struct bytes_writer writer;
        bytes_writer_init(&writer, again, sizeof again);
        certificate_write(&writer, committees[i], &certificate);
        TALLY_ASSERT(writer.size == size);
        TALLY_ASSERT(memcmp(again, data, size) == 0);
        uint16_t signer_count = 0;
        for (uint16_t k = 0; k < committees[i]; k++) {
            signer_count = (uint16_t)(signer_count + certificate_signed_by(&certificate, k));
        }
        TALLY_ASSERT(signer_count == quorum_size(committees[i]));
    }
    return 0;
}
