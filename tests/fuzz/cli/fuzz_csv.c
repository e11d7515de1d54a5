/* Goal: no bytes break the CSV reader; what is wrong has a place and a reason, and cells hold
 * neither control characters nor more than fits. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "cli/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct csv csv;

    if (csv_open(&csv, data, size)) {
        while (csv_next(&csv)) {
            for (unsigned i = 0; i < csv.column_count; i++) {
                const char *cell = csv_cell(&csv, (int)i);
                TALLY_ASSERT(strlen(cell) < CSV_CELL_SIZE);
                TALLY_ASSERT(strpbrk(cell, "\r\n\t\x1b") == NULL);
            }
        }
        TALLY_ASSERT(csv.fault.line != 0 || csv.at == csv.size);
    } else {
        TALLY_ASSERT(csv.fault.line != 0);
    }
    TALLY_ASSERT((csv.fault.line != 0) == (csv.fault.text[0] != 0));
    return 0;
}
