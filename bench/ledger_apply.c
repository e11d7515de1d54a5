/*
 * bench/ledger_apply.c - how fast the ledger matches and settles, with how many instructions open
 *
 *     ledger_apply [OPEN_INSTRUCTIONS ...]        default: 10000 100000 1000000
 *
 * For each number, a ledger is filled with so many instructions that match nothing. Then pairs that
 * match and settle at once are applied in blocks, and the time of ledger_apply() is taken:
 * decoding, validation, matching, booking, receipts, events and the state root, all in; signatures
 * and the identifiers made for them are the driver's business and not in. Half of the open
 * instructions carry a common reference of their own, and all are equal but for that and for the
 * amount: the worst case of an index.
 *
 * Then the parts of an instruction's way alone: finding no counterpart in the full index, and
 * taking an instruction out of the index and entering it again.
 *
 * The limit is a bare DvP in memory over a million accounts: two are found by name, four balances
 * checked and moved, a reference remembered.
 * Processor time is taken, so that other programs count little. Only the clock differs from run to
 * run; what is applied is the same.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/support/figure.h"
#include "bench/support/machine.h"
#include "bench/support/small_market.h"
#include "crypto/start.h"
#include "ledger/state.h"

enum {
    ENVELOPE_COMMANDS = 2000,
    PAIRS = 20000,
    PROBES = 20000,
    BARE_ACCOUNTS = 1000000,
};

/* Deliveries that match nothing: each 1,000.00 from the next, so beyond any tolerance. */
static void fill(struct small_market *market, uint32_t open_count)
{
    uint32_t done = 0;
    while (done < open_count) {
        uint32_t count = open_count - done;
        count = count < ENVELOPE_COMMANDS ? count : ENVELOPE_COMMANDS;
        small_market_begin(market, SMALL_MARKET_SELLER);
        for (uint32_t i = 0; i < count; i++, done++) {
            struct command command;
            char text[16];
            small_market_trade(&command, MOVEMENT_DELI, 100000 + (int64_t)done * 100000);
            if (done % 2 == 0) {
                (void)snprintf(text, sizeof text, "T%" PRIu32, done);
                figure_require(text35_parse(text, strlen(text), &command.instruct.common_reference),
                               "not a text");
            }
            small_market_add(market, &command);
        }
        small_market_seal(market, SMALL_MARKET_SELLER);
        small_market_apply(market);
    }
}

static double seconds_per_probe(struct small_market *market, uint32_t open_count, bool find)
{
    struct matching *matching = &market->ledger->matching;
    uint32_t index = 0;
    double start = machine_cpu_seconds();
    double put_back = 0;
    for (uint32_t i = 0; i < PROBES; i++) {
        double pause;
        index = (index + 7919) % open_count;
        pause = machine_cpu_seconds();
        matching_remove(matching, index);
        if (find) {
            put_back += machine_cpu_seconds() - pause;
            figure_require(matching_find(matching, index) == RECORD_NONE,
                           "an open instruction matched");
            pause = machine_cpu_seconds();
        }
        matching_add(matching, index);
        if (find) {
            put_back += machine_cpu_seconds() - pause;
        }
    }
    return (machine_cpu_seconds() - start - put_back) / PROBES;
}

static void row(const char *what, uint32_t open_count, double seconds, double limit_ns)
{
    figure_print(
        &(struct figure){.layer = "ledger",
                         .what = figure_label("%s, %s open", what, figure_number(open_count)),
                         .value = seconds * 1e9,
                         .unit = "ns an instruction",
                         .limit = limit_ns,
                         .limit_what = limit_ns > 0 ? "half a bare DvP in memory" : "",
                         .cost = true});
}

static void measure(uint32_t open_count)
{
    static struct small_market market;
    small_market_open(&market, open_count + 2 * PAIRS + ENVELOPE_COMMANDS);
    small_market_fund(&market);
    market.apply_seconds = 0;
    fill(&market, open_count);
    row("enter", open_count, market.apply_seconds / open_count, 0);
    market.apply_seconds = 0;
    for (uint32_t done = 0; done < PAIRS; done += ENVELOPE_COMMANDS) {
        int64_t amount = 150000 + (int64_t)done * 100000; /* between those of the open ones */
        small_market_sides(&market, SMALL_MARKET_SELLER, amount, 100000, ENVELOPE_COMMANDS);
        small_market_sides(&market, SMALL_MARKET_BUYER, amount, 100000, ENVELOPE_COMMANDS);
    }
    figure_require(market.settled_count == PAIRS, "a trade did not settle");
    double pair_seconds = market.apply_seconds / PAIRS;
    double bare_ns = machine_dvp_ns(BARE_ACCOUNTS);
    row("match and settle", open_count, pair_seconds / 2, bare_ns / 2);
    figure_print(&(struct figure){
        .layer = "ledger",
        .what = figure_label("match and settle, %s open", figure_number(open_count)),
        .value = 1 / pair_seconds,
        .unit = "DvP/s",
        .limit = 1e9 / bare_ns,
        .limit_what = "a bare DvP over 1,000,000 accounts"});
    row("find no counterpart", open_count, seconds_per_probe(&market, open_count, true), 0);
    row("out of the index and in", open_count, seconds_per_probe(&market, open_count, false), 0);
    small_market_close(&market);
}

int main(int argc, char **argv)
{
    static const uint32_t counts[] = {10000, 100000, 1000000};
    figure_require(crypto_start() == CRYPTO_START_OK, "the cryptographic library fails");
    for (int i = 1; i < argc || (argc == 1 && i <= 3); i++) {
        measure(argc == 1 ? counts[i - 1] : (uint32_t)strtoul(argv[i], NULL, 10));
    }
    return 0;
}
