/* Goal: no text breaks the parser of genesis files, and what it accepts is written back to a text
 * that means the same. */
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "client/genesis.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct genesis genesis, again;
    static char text[GENESIS_TEXT_BYTES_MAX];
    struct genesis_fault fault;

    if (genesis_parse((const char *)data, size, &genesis, &fault)) {
        size_t text_size = genesis_format(&genesis, text, sizeof text);
        TALLY_ASSERT(text_size > 0);
        TALLY_ASSERT(genesis_parse(text, text_size, &again, &fault));
        TALLY_ASSERT(hash_equal(&genesis.chain_id, &again.chain_id));
    } else {
        TALLY_ASSERT(fault.text[0] != 0);
    }
    return 0;
}
