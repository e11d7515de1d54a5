/* Goal: whatever reads as a journal record is written back to the same bytes. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "consensus/journal_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct journal_record record;
    if (!journal_record_read(data, size, 4, &record)) {
        return 0;
    }
    uint8_t *again = malloc(size);
    TALLY_ASSERT(again != NULL);
    struct bytes_writer writer;
    bytes_writer_init(&writer, again, size);
    journal_record_write(&writer, 4, &record);
    TALLY_ASSERT(writer.size == size);
    TALLY_ASSERT(memcmp(again, data, size) == 0);
    free(again);
    return 0;
}
