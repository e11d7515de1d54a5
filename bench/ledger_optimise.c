/*
 * bench/ledger_optimise.c - how much more settles when sets of instructions may settle together
 *
 *     ledger_optimise [INSTRUCTIONS [SEEDS [BUDGET [BLOCK]]]]
 *                                           default: 10000 20 2000000 500
 *
 * A market is drawn from each seed 1 to SEEDS: INSTRUCTIONS instructions, two for each trade, among
 * 50 parties in 20 securities and 2 currencies. Who trades is drawn by Zipf's law with exponent 1
 * (the k-th party 1/k times as often as the first), seller and buyer alike, quantities are
 * log-normal (median 1,000, sigma 1), prices too (median 50.00, sigma 0.8); ten securities are paid
 * in EUR, ten in USD (10825 USD = 10000 EUR). Opening positions: of each asset, 15 % of what the
 * trades move of it in all is divided among the parties, by shares drawn uniformly.
 *
 * The market goes through the real ledger twice, in blocks of BLOCK instructions: once with an
 * optimisation budget of 0 (one by one: each pair when it matches, and again when what it lacks has
 * come), once with BUDGET steps a block. Then blocks without commands follow while the ledger has
 * work. Printed: the value settled, as a part of all instructed, in the reference currency.
 *
 * Numbers are drawn in floating point and rounded; the ledger sees whole numbers only.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/prng.h"
#include "bench/support/figure.h"
#include "bench/support/machine.h"
#include "crypto/sign.h"
#include "crypto/start.h"
#include "ledger/command/envelope.h"
#include "ledger/state.h"
#include "ledger/values/date.h"

enum {
    MEMBERS = 50,
    SECURITIES = 20,
    CURRENCIES = 2,
    ASSETS = SECURITIES + CURRENCIES, /* currencies last */
    ISSUER = MEMBERS,                 /* of everything */
    OPERATOR = MEMBERS + 1,
    PARTIES = MEMBERS + 2,
    ENVELOPE_ROOM = 1 << 19,
    IDLE_BLOCKS_MAX = 1000,
    OPENING_PERCENT = 15,
};

#define START_MS UINT64_C(1795078800000) /* 2026-11-19 09:00 UTC, a Thursday */

struct trade {
    uint32_t seller;
    uint32_t buyer;
    uint32_t security;
    int64_t quantity;
    int64_t amount;
};

struct market {
    uint32_t trade_count;
    struct trade *trades;
    int64_t opening[MEMBERS][ASSETS];
    double value; /* of all trades, in the reference currency */
};

struct party_of_bench {
    struct bic bic;
    struct public_key public_key;
    struct secret_key secret_key;
    uint8_t *bytes;
    struct envelope_builder builder;
    bool begun;
};

struct bench {
    struct ledger *ledger;
    void *memory;
    uint64_t ts_ms;
    uint64_t nonce_next;
    uint32_t reference_next;
    double value;    /* settled */
    uint64_t count;  /* pairs settled */
    uint64_t in_set; /* of them, in sets */
    double apply_seconds;
    double block_seconds_max;
};

static struct party_of_bench parties[PARTIES];
static struct asset_code codes[ASSETS];

static struct text35 text_of(const char *text)
{
    struct text35 out;
    figure_require(text35_parse(text, strlen(text), &out), "not a text");
    return out;
}

static uint32_t currency_of(uint32_t security)
{
    return SECURITIES + security * CURRENCIES / SECURITIES;
}

static double worth(uint32_t currency, double amount)
{
    return currency == SECURITIES ? amount : amount * 10000 / 10825;
}

/* --------------------------------------------------------------------------- the market drawn */

static double uniform(struct prng *prng)
{
    return ((double)(prng_next(prng) >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(struct prng *prng)
{
    double radius = sqrt(-2 * log(uniform(prng)));
    return radius * cos(2 * 3.14159265358979323846 * uniform(prng));
}

static uint32_t zipf(struct prng *prng)
{
    double all = 0;
    double drawn;
    for (uint32_t i = 0; i < MEMBERS; i++) {
        all += 1.0 / (i + 1);
    }
    drawn = uniform(prng) * all;
    for (uint32_t i = 0; i < MEMBERS - 1; i++) {
        drawn -= 1.0 / (i + 1);
        if (drawn < 0) {
            return i;
        }
    }
    return MEMBERS - 1;
}

/* Divides 15 % of what moves of an asset among the members: uniform shares of the whole. */
static void opening_draw(struct market *market, struct prng *prng, uint32_t asset, double moved)
{
    double shares[MEMBERS];
    double all = 0;
    for (uint32_t i = 0; i < MEMBERS; i++) {
        shares[i] = -log(uniform(prng)); /* exponential ones, divided by their sum */
        all += shares[i];
    }
    for (uint32_t i = 0; i < MEMBERS; i++) {
        market->opening[i][asset] = (int64_t)(moved * OPENING_PERCENT / 100 * shares[i] / all);
    }
}

static void market_draw(struct market *market, uint64_t seed)
{
    struct prng prng;
    double prices[SECURITIES];
    double moved[ASSETS] = {0};
    prng_init(&prng, seed);
    market->value = 0;
    for (uint32_t i = 0; i < SECURITIES; i++) {
        prices[i] = 5000 * exp(0.8 * normal(&prng));
    }
    for (uint32_t i = 0; i < market->trade_count; i++) {
        struct trade *trade = &market->trades[i];
        trade->seller = zipf(&prng);
        do {
            trade->buyer = zipf(&prng);
        } while (trade->buyer == trade->seller);
        trade->security = (uint32_t)prng_below(&prng, SECURITIES);
        trade->quantity = 1 + (int64_t)(1000 * exp(normal(&prng)));
        trade->amount = 1 + (int64_t)((double)trade->quantity * prices[trade->security]);
        moved[trade->security] += (double)trade->quantity;
        moved[currency_of(trade->security)] += (double)trade->amount;
        market->value += worth(currency_of(trade->security), (double)trade->amount);
    }
    for (uint32_t i = 0; i < ASSETS; i++) {
        opening_draw(market, &prng, i, moved[i]);
    }
}

/* --------------------------------------------------------------------------------- the ledger */

struct people {
    struct command_party_add parties[PARTIES];
    struct command_key_add keys[PARTIES];
    struct command_account_open accounts[2 * PARTIES];
    struct command_asset_add assets[ASSETS];
};

static void names_make(void)
{
    for (uint32_t i = 0; i < PARTIES; i++) {
        char name[BIC_SIZE + 1];
        uint8_t seed[32] = {0};
        (void)snprintf(name, sizeof name, "BK%c%cDEFFXXX", 'A' + (int)(i / 26),
                       'A' + (int)(i % 26));
        figure_require(bic_parse(name, BIC_SIZE, &parties[i].bic), "not a BIC");
        seed[0] = (uint8_t)(i + 1);
        sign_key_from_seed(seed, &parties[i].public_key, &parties[i].secret_key);
        parties[i].bytes = malloc(ENVELOPE_ROOM);
        figure_require(parties[i].bytes != NULL, "not enough memory");
    }
    for (uint32_t i = 0; i < SECURITIES; i++) {
        bool found = false;
        for (uint32_t digit = 0; digit < 10 && !found; digit++) {
            char name[16];
            (void)snprintf(name, sizeof name, "XS%09" PRIu32 "%" PRIu32, 100000 + 7 * i, digit);
            found = asset_code_parse(name, strlen(name), &codes[i]);
        }
        figure_require(found, "not an ISIN");
    }
    figure_require(asset_code_parse("EUR", 3, &codes[SECURITIES]) &&
                       asset_code_parse("USD", 3, &codes[SECURITIES + 1]),
                   "not a currency");
}

static void people_fill(struct people *people)
{
    memset(people, 0, sizeof *people);
    for (uint32_t i = 0; i < PARTIES; i++) {
        uint32_t roles = i == OPERATOR ? PARTY_OPERATOR
                         : i == ISSUER ? PARTY_REGISTRAR | PARTY_SETTLEMENT_BANK
                                       : PARTY_PARTICIPANT;
        people->parties[i] =
            (struct command_party_add){parties[i].bic, text_of("A member"), roles, 0};
        people->keys[i].bic = parties[i].bic;
        people->keys[i].public_key = parties[i].public_key;
        people->keys[i].rights = KEY_SUBMIT | KEY_ADMINISTER;
        people->keys[i].amount_limit = INT64_MAX;
        people->keys[i].day_limit = INT64_MAX;
        people->keys[i].valid_until_ms = UINT64_MAX;
        people->accounts[2 * i] = (struct command_account_open){
            parties[i].bic, text_of("SECURITIES"), ACCOUNT_SECURITIES, true};
        people->accounts[2 * i + 1] =
            (struct command_account_open){parties[i].bic, text_of("CASH"), ACCOUNT_CASH, true};
    }
    for (uint32_t i = 0; i < ASSETS; i++) {
        bool money = i >= SECURITIES;
        people->assets[i] =
            (struct command_asset_add){.code = codes[i],
                                       .name = text_of("An asset"),
                                       .kind = money ? ASSET_CURRENCY : ASSET_SECURITY_UNIT,
                                       .decimals = money ? 2 : 0,
                                       .settlement_unit_min = 1,
                                       .settlement_unit_multiple = 1,
                                       .issuer = parties[ISSUER].bic,
                                       .issuance_account = text_of(money ? "CASH" : "SECURITIES")};
    }
}

static void rules_fill(struct rule_set *rules, uint32_t budget)
{
    rule_set_default(rules);
    rules->wake_budget = RULE_WAKE_BUDGET_MAX;
    rules->optimisation_budget = budget;
    rules->valuation.rate_count = 1;
    rules->valuation.rate[0] = (struct currency_rate){codes[SECURITIES + 1], 10825, 10000};
    figure_require(rule_set_valid(rules), "the rules are not legal ones");
}

static void bench_open(struct bench *bench, uint32_t instructions, uint32_t budget)
{
    static struct people people;
    struct ledger_genesis genesis = {.time_ms = START_MS};
    size_t size;
    memset(bench, 0, sizeof *bench);
    people_fill(&people);
    ledger_capacity_demo(&genesis.capacity);
    genesis.capacity.instructions = instructions + 100;
    genesis.capacity.matching_entries = 4 * instructions + 1000;
    genesis.capacity.references = instructions + 4 * MEMBERS * ASSETS;
    genesis.capacity.positions = 4 * PARTIES * ASSETS;
    genesis.capacity.block_events = 200000;
    ledger_limits_default(&genesis.limits);
    genesis.limits.instructions_per_party = instructions;
    genesis.limits.references_per_party = instructions + 4 * MEMBERS * ASSETS;
    rules_fill(&genesis.rules, budget);
    genesis.parties = people.parties;
    genesis.party_count = PARTIES;
    genesis.keys = people.keys;
    genesis.key_count = PARTIES;
    genesis.accounts = people.accounts;
    genesis.account_count = 2 * PARTIES;
    genesis.assets = people.assets;
    genesis.asset_count = ASSETS;
    size = ledger_footprint(&genesis.capacity);
    figure_require(size > 0, "the capacity is not a legal one");
    bench->memory = calloc(1, size + 64);
    figure_require(bench->memory != NULL, "not enough memory");
    machine_large_pages(bench->memory, size + 64);
    figure_require(ledger_new((void *)(((uintptr_t)bench->memory + 63) / 64 * 64), &genesis,
                              &bench->ledger) == GENESIS_OK,
                   "the genesis is not a legal one");
    bench->ts_ms = START_MS + 1000;
}

/* ------------------------------------------------------------------------------------- blocks */

static void command_add(struct bench *bench, uint32_t party, struct command *command)
{
    struct party_of_bench *sender = &parties[party];
    uint8_t bytes[COMMAND_BYTES_MAX];
    char text[16];
    struct bytes_writer writer;
    if (!sender->begun) {
        struct nonce_secret nonce = {0};
        bench->nonce_next++;
        memcpy(nonce.bytes, &bench->nonce_next, sizeof bench->nonce_next);
        figure_require(envelope_begin(&sender->builder, sender->bytes, ENVELOPE_ROOM,
                                      ledger_chain_id(bench->ledger), &sender->bic,
                                      &sender->public_key, &nonce, bench->ts_ms + 60000),
                       "an envelope cannot be begun");
        sender->begun = true;
    }
    (void)snprintf(text, sizeof text, "R%" PRIu32, bench->reference_next++);
    command->reference = text_of(text);
    command->date = date_from_ms(START_MS);
    bytes_writer_init(&writer, bytes, sizeof bytes);
    command_encode(command, &writer);
    figure_require(!writer.failed && envelope_append(&sender->builder, bytes, writer.size),
                   "a command does not fit");
}

/* Adds up what the block settled. */
static void output_count(struct bench *bench, const struct ledger_output *output)
{
    for (uint32_t i = 0; i < output->receipt_count; i++) {
        struct receipt receipt;
        figure_require(
            receipt_decode(&receipt, output->receipts[i].bytes, output->receipts[i].size) &&
                receipt.outcome == OUTCOME_DONE,
            "a command was refused");
    }
    for (uint32_t i = 0; i < output->event_count; i++) {
        struct event event;
        figure_require(event_decode(&event, output->events[i].bytes, output->events[i].size),
                       "not an event");
        if (event.kind == EVENT_SETTLED) {
            bool reference = memcmp(&event.currency, &codes[SECURITIES], sizeof codes[0]) == 0;
            bench->value += worth(SECURITIES + (reference ? 0 : 1), (double)event.amount);
            bench->count++;
        } else if (event.kind == EVENT_OPTIMISED) {
            bench->in_set += (uint64_t)event.quantity;
        }
    }
}

/* Applies a block of the envelopes that were begun; true when the ledger has more to do. */
static bool block_apply(struct bench *bench)
{
    struct ledger_envelope envelopes[PARTIES];
    struct ledger_block block = {
        .height = ledger_height(bench->ledger) + 1, .ts_ms = bench->ts_ms, .envelopes = envelopes};
    struct ledger_output output;
    double start;
    for (uint32_t i = 0; i < PARTIES; i++) {
        struct hash id;
        size_t size = 0;
        if (parties[i].begun) {
            figure_require(envelope_seal(&parties[i].builder, &parties[i].secret_key, &size, &id),
                           "an envelope cannot be sealed");
            envelopes[block.envelope_count] =
                (struct ledger_envelope){.bytes = parties[i].bytes, .size = size};
            block.envelope_count++;
            parties[i].begun = false;
        }
    }
    start = machine_cpu_seconds();
    ledger_apply(bench->ledger, &block, &output);
    start = machine_cpu_seconds() - start;
    bench->apply_seconds += start;
    bench->block_seconds_max = start > bench->block_seconds_max ? start : bench->block_seconds_max;
    output_count(bench, &output);
    bench->ts_ms += 100;
    return output.more_due;
}

static void open_positions(struct bench *bench, const struct market *market)
{
    for (uint32_t asset = 0; asset < ASSETS; asset++) {
        bool money = asset >= SECURITIES;
        for (uint32_t i = 0; i < MEMBERS; i++) {
            struct command command = {.kind = (uint8_t)(money ? COMMAND_CASH_IN : COMMAND_ISSUE)};
            command.issuance = (struct command_issuance){codes[asset], parties[i].bic,
                                                         text_of(money ? "CASH" : "SECURITIES"),
                                                         market->opening[i][asset]};
            if (market->opening[i][asset] > 0) {
                command_add(bench, ISSUER, &command);
            }
        }
    }
    (void)block_apply(bench);
}

static void side_add(struct bench *bench, const struct trade *trade, uint8_t movement)
{
    bool delivers = movement == MOVEMENT_DELI;
    struct command command = {.kind = COMMAND_INSTRUCT};
    command.instruct = (struct command_instruct){
        .payment = PAYMENT_APMT,
        .movement = movement,
        .asset = codes[trade->security],
        .quantity = trade->quantity,
        .settlement_date = date_from_ms(START_MS),
        .deliverer = parties[trade->seller].bic,
        .receiver = parties[trade->buyer].bic,
        .deliverer_depository = parties[OPERATOR].bic,
        .receiver_depository = parties[OPERATOR].bic,
        .currency = codes[currency_of(trade->security)],
        .amount = trade->amount,
        .credit_debit = delivers ? CREDIT_DEBIT_CRDT : CREDIT_DEBIT_DBIT,
        .priority = PRIORITY_NORMAL,
        .partial = PARTIAL_NPAR,
        .transaction_type = TRANSACTION_TRAD,
    };
    command_add(bench, delivers ? trade->seller : trade->buyer, &command);
}

/* The whole market through a ledger of its own. */
static void market_run(const struct market *market, uint32_t budget, uint32_t block_instructions,
                       struct bench *bench)
{
    uint32_t idle = 0;
    bench_open(bench, 2 * market->trade_count, budget);
    open_positions(bench, market);
    for (uint32_t i = 0; i < market->trade_count; i++) {
        side_add(bench, &market->trades[i], MOVEMENT_DELI);
        side_add(bench, &market->trades[i], MOVEMENT_RECE);
        if ((i + 1) % (block_instructions / 2) == 0 || i + 1 == market->trade_count) {
            (void)block_apply(bench);
        }
    }
    while (block_apply(bench)) {
        idle++;
        figure_require(idle < IDLE_BLOCKS_MAX, "the ledger never comes to rest");
    }
    free(bench->memory);
    bench->memory = NULL;
}

/* Sums over the seeds. */
struct sums {
    double ratio;
    double ratio_min;
    double ratio_max;
    double alone;    /* part of all value */
    double together; /* likewise */
    uint64_t pairs;  /* optimised */
    uint64_t in_set; /* of these, in sets */
    double alone_seconds;
    double together_seconds;
    double block_seconds_max;
};

static void sums_add(struct sums *sums, const struct market *market, const struct bench *alone,
                     const struct bench *together)
{
    double ratio = together->value / alone->value;
    sums->ratio += ratio;
    sums->ratio_min = sums->ratio_min == 0 || ratio < sums->ratio_min ? ratio : sums->ratio_min;
    sums->ratio_max = ratio > sums->ratio_max ? ratio : sums->ratio_max;
    sums->alone += alone->value / market->value;
    sums->together += together->value / market->value;
    sums->pairs += together->count;
    sums->in_set += together->in_set;
    sums->alone_seconds += alone->apply_seconds;
    sums->together_seconds += together->apply_seconds;
    if (together->block_seconds_max > sums->block_seconds_max) {
        sums->block_seconds_max = together->block_seconds_max;
    }
}

static void row(const char *what, double value, const char *unit)
{
    figure_print(&(struct figure){.layer = "ledger", .what = what, .value = value, .unit = unit});
}

static void sums_print(const struct sums *sums, uint32_t instructions, uint32_t seeds)
{
    row(figure_label("value settled one by one, %u markets of %s", seeds,
                     figure_number(instructions)),
        100 * sums->alone / seeds, "% of all");
    row("value settled, optimised", 100 * sums->together / seeds, "% of all");
    row("optimised, settled in sets", 100.0 * (double)sums->in_set / (double)sums->pairs,
        "% of the pairs");
    row("optimised against one by one, mean", sums->ratio / seeds, "times");
    row("optimised against one by one, lowest market", sums->ratio_min, "times");
    row("optimised against one by one, highest market", sums->ratio_max, "times");
    row("optimised against one by one, time", sums->together_seconds / sums->alone_seconds,
        "times");
    row("optimised, longest block", 1000 * sums->block_seconds_max, "ms");
}

int main(int argc, char **argv)
{
    uint32_t instructions = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 10000;
    uint32_t seeds = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 20;
    uint32_t budget = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 2000000;
    uint32_t block = argc > 4 ? (uint32_t)strtoul(argv[4], NULL, 10) : 500;
    struct market market = {.trade_count = instructions / 2};
    struct sums sums = {0};
    figure_require(crypto_start() == CRYPTO_START_OK, "the cryptographic library fails");
    figure_require(instructions >= 2 && seeds >= 1 && block >= 2, "write whole numbers above 1");
    market.trades = calloc(market.trade_count, sizeof *market.trades);
    figure_require(market.trades != NULL, "not enough memory");
    names_make();
    for (uint32_t seed = 1; seed <= seeds; seed++) {
        struct bench alone;
        struct bench together;
        market_draw(&market, seed);
        market_run(&market, 0, block, &alone);
        market_run(&market, budget, block, &together);
        sums_add(&sums, &market, &alone, &together);
    }
    sums_print(&sums, instructions, seeds);
    free(market.trades);
    return 0;
}
