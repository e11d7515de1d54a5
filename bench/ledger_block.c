/*
 * bench/ledger_block.c - what an instruction costs by the size of the block that brings it
 *
 *     ledger_block [BLOCK_INSTRUCTIONS ...]       default: 1 10 100 1000 10000
 *
 * Both sides of trades are applied in blocks of one envelope of so many instructions; all of
 * ledger_apply() is timed. What is paid once a block (time, result, state root) is spread over
 * more instructions in a larger one. The state root is renewed as the genesis says: in every block
 * that changed few records, else in every so-many-th. The machine sets no limit to compare with.
 */
#include <stdlib.h>

#include "bench/support/figure.h"
#include "bench/support/machine.h"
#include "bench/support/small_market.h"
#include "crypto/start.h"

enum {
    PAIRS_MAX = 10000,
    BLOCKS_MAX = 1000, /* of each side */
};

static void measure(uint32_t block)
{
    static struct small_market market;
    uint32_t blocks = PAIRS_MAX / block < BLOCKS_MAX ? PAIRS_MAX / block : BLOCKS_MAX;
    figure_require(block >= 1 && block <= PAIRS_MAX, "not a size of a block");
    small_market_open(&market, 3 * PAIRS_MAX);
    small_market_fund(&market);
    market.apply_seconds = 0;
    for (uint32_t done = 0; done < blocks; done++) {
        int64_t amount = 150000 + (int64_t)done * block * 100000;
        small_market_sides(&market, SMALL_MARKET_SELLER, amount, 100000, block);
        small_market_sides(&market, SMALL_MARKET_BUYER, amount, 100000, block);
    }
    figure_require(market.settled_count == blocks * block, "a trade did not settle");
    figure_print(&(struct figure){
        .layer = "ledger",
        .what = figure_label("match and settle, blocks of %s", figure_number(block)),
        .value = market.apply_seconds / blocks / block / 2 * 1e9,
        .unit = "ns an instruction",
        .cost = true});
    small_market_close(&market);
}

int main(int argc, char **argv)
{
    static const uint32_t sizes[] = {1, 10, 100, 1000, 10000};
    figure_require(crypto_start() == CRYPTO_START_OK, "the cryptographic library fails");
    for (int i = 1; i < argc || (argc == 1 && i <= 5); i++) {
        measure(argc == 1 ? sizes[i - 1] : (uint32_t)strtoul(argv[i], NULL, 10));
    }
    return 0;
}
