/* Goal: no bytes break the reader of spooled envelopes; what it accepts is one whole envelope with
 * a row for each command. */
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "cli/spool.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct spooled spooled;
    struct envelope envelope;

    if (spooled_decode(data, size, &spooled)) {
        TALLY_ASSERT(envelope_decode(&envelope, spooled.bytes, spooled.size) == ENVELOPE_OK);
        TALLY_ASSERT(envelope.command_count == spooled.command_count);
        TALLY_ASSERT(hash_equal(&envelope.id, &spooled.id));
        spooled_free(&spooled);
    }
    return 0;
}
