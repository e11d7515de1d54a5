/* Goal: no bytes break the reader of sese.023 messages (without its sandbox, so that a sanitizer
 * sees what it would have contained), and what it gives is printable and bounded. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "cli/sese023.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct instruction_input input;
    struct sese023_fault fault;

    if (sese023_parse(data, size, &input, &fault)) {
        for (unsigned i = 0; i < INPUT_FIELD_COUNT; i++) {
            TALLY_ASSERT(memchr(input.fields[i], 0, INPUT_TEXT_SIZE) != NULL);
            for (const char *c = input.fields[i]; *c != 0; c++) {
                TALLY_ASSERT(*c >= 0x20 && *c <= 0x7e);
            }
        }
    } else {
        TALLY_ASSERT(fault.text[0] != 0);
    }
    return 0;
}
