/*
 * bench/ledger_accounts.c - how fast the ledger settles among many accounts
 *
 *     ledger_accounts [ACCOUNTS ...]              default: 10000 1000000
 *
 * Two parties with so many accounts, half for securities and half for cash, all with holdings. Each
 * trade is between accounts drawn at random, so every settlement finds four positions that no cache
 * holds, and over a drawn quantity, as trades of a market are; then once more with one quantity for
 * all, so that 2,000 of one group of the matching index, which differ in amount alone, are open at
 * a time. Both sides are in envelopes of 2,000; all of ledger_apply() is timed, as in ledger_apply.
 * What the holdings left for the state root is done before, and what the trades leave is counted.
 *
 * The limit is a bare DvP in memory over as many accounts: two are found by name, four balances
 * checked and moved, a reference remembered.
 */
#include <stdlib.h>

#include "base/prng.h"
#include "bench/support/figure.h"
#include "bench/support/machine.h"
#include "bench/support/small_market.h"
#include "crypto/start.h"

enum {
    ENVELOPE_COMMANDS = 2000,
    PAIRS = 80000,
    ROUNDS = PAIRS / ENVELOPE_COMMANDS,
    QUANTITY_MAX = 10000,
    ONE_QUANTITY = 100,
};

/* What all trades of a run are drawn from. */
struct draw {
    struct prng prng;
    uint32_t accounts;
    int64_t quantities[ENVELOPE_COMMANDS]; /* of the trades under way */
};

/* The accounts of one side of each trade of an envelope. */
static void side(struct small_market *market, struct draw *draw, uint32_t party, int64_t amount)
{
    small_market_begin(market, party);
    for (uint32_t i = 0; i < ENVELOPE_COMMANDS; i++) {
        struct command command;
        small_market_trade(&command, party == SMALL_MARKET_SELLER ? MOVEMENT_DELI : MOVEMENT_RECE,
                           amount + (int64_t)i * 100000);
        command.instruct.quantity = draw->quantities[i];
        command.instruct.account =
            small_market_account('S', (uint32_t)prng_below(&draw->prng, draw->accounts / 4));
        command.instruct.cash_account =
            small_market_account('C', (uint32_t)prng_below(&draw->prng, draw->accounts / 4));
        small_market_add(market, &command);
    }
    small_market_seal(market, party);
    small_market_apply(market);
}

/* Empty blocks until the state root is that of all that was done. */
static void root_renew(struct small_market *market)
{
    do {
        small_market_rest(market);
    } while (market->output.state_height != market->output.height);
}

/* One envelope of each side, which settle each other. */
static void round_play(struct small_market *market, struct draw *draw, bool drawn, int64_t amount)
{
    for (uint32_t i = 0; i < ENVELOPE_COMMANDS; i++) {
        draw->quantities[i] =
            drawn ? 1 + (int64_t)prng_below(&draw->prng, QUANTITY_MAX) : ONE_QUANTITY;
    }
    side(market, draw, SMALL_MARKET_SELLER, amount);
    side(market, draw, SMALL_MARKET_BUYER, amount);
}

static void measure(uint32_t accounts, bool drawn)
{
    static struct small_market market;
    struct draw draw = {.accounts = accounts};
    figure_require(accounts >= 4, "at least four accounts");
    small_market_open_accounts(&market, 2 * PAIRS + ENVELOPE_COMMANDS, accounts / 2);
    small_market_fund_accounts(&market, accounts / 2);
    prng_init(&draw.prng, 1);
    root_renew(&market);
    market.apply_seconds = 0;
    for (int round = 0; round < ROUNDS; round++) {
        round_play(&market, &draw, drawn, 150000 + (int64_t)round * ENVELOPE_COMMANDS * 100000);
    }
    root_renew(&market);
    figure_require(market.settled_count == PAIRS, "a trade did not settle");
    figure_print(
        &(struct figure){.layer = "ledger",
                         .what = figure_label("match and settle, %s accounts%s",
                                              figure_number(accounts), drawn ? "" : ", alike"),
                         .value = 2 * PAIRS / market.apply_seconds,
                         .unit = "instructions/s",
                         .limit = 2e9 / machine_dvp_ns(accounts),
                         .limit_what = "sides of a bare DvP in memory"});
    small_market_close(&market);
}

int main(int argc, char **argv)
{
    static const uint32_t counts[] = {10000, 1000000};
    figure_require(crypto_start() == CRYPTO_START_OK, "the cryptographic library fails");
    for (int i = 1; i < argc || (argc == 1 && i <= 2); i++) {
        uint32_t accounts = argc == 1 ? counts[i - 1] : (uint32_t)strtoul(argv[i], NULL, 10);
        measure(accounts, true);
        measure(accounts, false);
    }
    return 0;
}
