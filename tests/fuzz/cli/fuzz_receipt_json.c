/* Goal: no bytes break the check of a receipt file, and nothing that a fuzzer makes up is proved.
 *  */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "cli/receipt_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct genesis genesis = {.chain_name = "Fuzz", .validator_count = 4};
    struct receipt_check check;

    receipt_file_check(&genesis, (const char *)data, size, &check);
    TALLY_ASSERT(check.statement == NULL);
    TALLY_ASSERT(check.code == EXIT_MALFORMED || check.code == EXIT_NOT_PROVED);
    TALLY_ASSERT(check.why[0] != 0);
    return 0;
}
