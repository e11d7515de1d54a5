/*
 * bench/ledger_open.c - what an instruction costs when many are open, and what the machine allows
 *
 *     ledger_open [OPEN_INSTRUCTIONS ...]         default: 10000 100000 1000000
 *
 * For each number a market of 50 members in 100 securities is filled until so many instructions are
 * open: a fifth unmatched, two fifths matched and waiting for securities that lack, two fifths
 * matched and waiting for a later date. Then, in blocks of 2,000 commands, with all that open:
 *
 *   enter    one side of a trade that finds no other side
 *   settle   its other side: matched, both legs booked, both ended
 *   wait     the other side of a trade whose deliverer lacks: matched, and in line for securities
 *   wake     securities are issued to a member who lacks: the first in his line settles
 *   part     the same, too little for the first in line, who settles a part
 *
 * Time is processor time of ledger_apply() a command: decoding, validation, execution, receipts,
 * events, the state root. Signatures are checked by the driver and not in it. Optimisation is
 * switched off for these rows, since its work is that of a block and not of an instruction; the row
 * `optimise` is a block without commands with optimisation at its default budget and everything
 * marked: what it can cost at most.
 *
 * What grows with the number of open instructions is the accesses to memory that no cache holds. So
 * `settle` is also given in such accesses, measured as a chase through as much memory as the ledger
 * used.
 */
#include <inttypes.h>
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
    OPERATOR = MEMBERS, /* and issuer of everything */
    PARTIES = MEMBERS + 1,
    SECURITIES = 100,
    LACKING = 60, /* the first of them nobody holds: 30 settle whole, 30 in parts */
    WHOLE = 30,
    ASSETS = SECURITIES + 1, /* and the euro */
    EURO = SECURITIES,
    ACCOUNTS = 2 * PARTIES,
    BLOCK = 2000,
    SAMPLE = 20000, /* commands a column */
    QUANTITY = 100,
    PART = 50,
    MEASURED = 8 * SAMPLE, /* room for what is measured */
    ISSUES = 3 * SAMPLE,   /* and for the commands that issue */
    EMPTY_BLOCKS = 5,
};

#define START_MS UINT64_C(1795078800000) /* 2026-11-19 09:00 UTC, a Thursday */
#define PLENTY   INT64_C(1000000000000000)

struct bench {
    struct ledger *ledger;
    void *memory;
    size_t footprint;
    uint64_t ts_ms;
    uint64_t nonce_next;
    uint32_t reference_next;
    uint32_t trade_next;
    uint8_t *bytes[PARTIES]; /* one envelope a party and block */
    struct envelope_builder builders[PARTIES];
    uint32_t counts[PARTIES];
    double seconds; /* in ledger_apply() since it was set to 0 */
    uint32_t applied;
};

struct trade {
    uint32_t deliverer;
    uint32_t receiver;
    uint32_t security;
    uint32_t days; /* until it settles */
    int64_t amount;
    bool parts;
};

static struct text35 text_of(const char *text)
{
    struct text35 out;
    figure_require(text35_parse(text, strlen(text), &out), "not a text");
    return out;
}

static struct bic bic_of(uint32_t party)
{
    char text[BIC_SIZE + 1];
    struct bic out;
    (void)snprintf(text, sizeof text, "MEM%cDEFF%03" PRIu32, 'A' + (char)(party % 20),
                   party % 1000);
    figure_require(bic_parse(text, BIC_SIZE, &out), "not a BIC");
    return out;
}

/* "DE" and nine digits, with the check digit that makes it an ISIN. */
static struct asset_code asset_of(uint32_t asset)
{
    char text[ISIN_SIZE + 1];
    struct asset_code out;
    if (asset == EURO) {
        figure_require(asset_code_parse("EUR", 3, &out), "not a currency");
        return out;
    }
    for (uint32_t digit = 0; digit < 10; digit++) {
        (void)snprintf(text, sizeof text, "DE%09" PRIu32 "%" PRIu32, 1000 + asset, digit);
        if (asset_code_parse(text, ISIN_SIZE, &out)) {
            return out;
        }
    }
    figure_require(false, "not an ISIN");
    return out;
}

static void key_of(uint32_t party, struct public_key *public_key, struct secret_key *secret_key)
{
    uint8_t seed[32] = {0};
    seed[0] = (uint8_t)(party + 1);
    sign_key_from_seed(seed, public_key, secret_key);
}

/* ---------------------------------------------------------------------------------- setting up */

static struct people {
    struct command_party_add parties[PARTIES];
    struct command_key_add keys[PARTIES];
    struct command_account_open accounts[ACCOUNTS];
    struct command_asset_add assets[ASSETS];
} people;

static void people_fill(void)
{
    memset(&people, 0, sizeof people);
    for (uint32_t i = 0; i < PARTIES; i++) {
        struct secret_key secret_key;
        uint32_t roles = i == OPERATOR ? PARTY_OPERATOR | PARTY_REGISTRAR | PARTY_SETTLEMENT_BANK
                                       : (uint32_t)PARTY_PARTICIPANT;
        people.parties[i] =
            (struct command_party_add){.bic = bic_of(i), .name = text_of("M"), .roles = roles};
        people.keys[i].bic = bic_of(i);
        people.keys[i].rights = KEY_SUBMIT | (i == OPERATOR ? (uint32_t)KEY_ADMINISTER : 0);
        people.keys[i].amount_limit = INT64_MAX;
        people.keys[i].day_limit = INT64_MAX;
        people.keys[i].valid_until_ms = UINT64_MAX;
        key_of(i, &people.keys[i].public_key, &secret_key);
        people.accounts[2 * i] = (struct command_account_open){bic_of(i), text_of("SECURITIES"),
                                                               ACCOUNT_SECURITIES, true};
        people.accounts[2 * i + 1] =
            (struct command_account_open){bic_of(i), text_of("CASH"), ACCOUNT_CASH, true};
    }
    for (uint32_t i = 0; i < ASSETS; i++) {
        people.assets[i] = (struct command_asset_add){
            .code = asset_of(i),
            .name = text_of("A"),
            .kind = i == EURO ? ASSET_CURRENCY : ASSET_SECURITY_UNIT,
            .decimals = i == EURO ? 2 : 0,
            .settlement_unit_min = 1,
            .settlement_unit_multiple = 1,
            .issuer = bic_of(OPERATOR),
            .issuance_account = text_of(i == EURO ? "CASH" : "SECURITIES")};
    }
}

static void capacity_set(struct ledger_genesis *genesis, uint32_t instructions)
{
    ledger_capacity_demo(&genesis->capacity);
    genesis->capacity.instructions = instructions;
    genesis->capacity.matching_entries = instructions; /* two for each that is unmatched: half */
    genesis->capacity.instruction_ties = instructions / 8;
    genesis->capacity.instruction_particulars = instructions / 8;
    genesis->capacity.positions = 16384;
    genesis->capacity.references = ISSUES; /* an instruction is remembered by its own record */
    genesis->capacity.block_receipts = ENVELOPE_COMMAND_COUNT_MAX;
    genesis->capacity.block_events = 20 * BLOCK;
    ledger_limits_default(&genesis->limits);
    genesis->limits.instructions_per_party = instructions;
    genesis->limits.references_per_party = genesis->capacity.references;
    genesis->limits.nonces_per_key = 100000;
    genesis->capacity.nonces = 400000;
}

static struct rule_set *rules_of(struct bench *bench)
{
    return &bench->ledger->rule_sets[bench->ledger->rule_set_current];
}

static void bench_open(struct bench *bench, uint32_t open_count)
{
    struct ledger_genesis genesis = {.time_ms = START_MS};
    memset(bench, 0, sizeof *bench);
    people_fill();
    capacity_set(&genesis, open_count + MEASURED);
    rule_set_default(&genesis.rules);
    genesis.rules.plan.continuous = true; /* parts at any time */
    genesis.rules.optimisation_budget = 0;
    genesis.parties = people.parties;
    genesis.party_count = PARTIES;
    genesis.keys = people.keys;
    genesis.key_count = PARTIES;
    genesis.accounts = people.accounts;
    genesis.account_count = ACCOUNTS;
    genesis.assets = people.assets;
    genesis.asset_count = ASSETS;
    bench->footprint = ledger_footprint(&genesis.capacity);
    figure_require(bench->footprint > 0, "the capacity is not a legal one");
    bench->memory = calloc(1, bench->footprint + 64);
    figure_require(bench->memory != NULL, "not enough memory");
    machine_large_pages(bench->memory, bench->footprint + 64);
    figure_require(ledger_new((void *)(((uintptr_t)bench->memory + 63) / 64 * 64), &genesis,
                              &bench->ledger) == GENESIS_OK,
                   "the genesis is not a legal one");
    for (uint32_t i = 0; i < PARTIES; i++) {
        bench->bytes[i] = malloc(ENVELOPE_BYTES_MAX);
        figure_require(bench->bytes[i] != NULL, "not enough memory");
    }
    bench->ts_ms = START_MS + 1000;
}

static void bench_close(struct bench *bench)
{
    for (uint32_t i = 0; i < PARTIES; i++) {
        free(bench->bytes[i]);
    }
    free(bench->memory);
}

/* ------------------------------------------------------------------------------------ applying */

static void begin(struct bench *bench, uint32_t party)
{
    struct bic bic = bic_of(party);
    struct public_key public_key;
    struct secret_key secret_key;
    struct nonce_secret nonce = {0};
    key_of(party, &public_key, &secret_key);
    bench->nonce_next++;
    memcpy(nonce.bytes, &bench->nonce_next, sizeof bench->nonce_next);
    figure_require(envelope_begin(&bench->builders[party], bench->bytes[party], ENVELOPE_BYTES_MAX,
                                  ledger_chain_id(bench->ledger), &bic, &public_key, &nonce,
                                  bench->ts_ms + 60000),
                   "an envelope cannot be begun");
}

/* Adds a command of the party to the next block. */
static void add(struct bench *bench, uint32_t party, struct command *command)
{
    uint8_t bytes[COMMAND_BYTES_MAX];
    char text[16];
    struct bytes_writer writer;
    if (bench->counts[party] == 0) {
        begin(bench, party);
    }
    (void)snprintf(text, sizeof text, "R%" PRIu32, bench->reference_next++);
    command->reference = text_of(text);
    command->date = ledger_date(bench->ledger);
    bytes_writer_init(&writer, bytes, sizeof bytes);
    command_encode(command, &writer);
    figure_require(!writer.failed && envelope_append(&bench->builders[party], bytes, writer.size),
                   "a command does not fit");
    bench->counts[party]++;
}

static void receipts_require(const struct ledger_output *output)
{
    for (uint32_t i = 0; i < output->receipt_count; i++) {
        struct receipt receipt;
        figure_require(
            receipt_decode(&receipt, output->receipts[i].bytes, output->receipts[i].size) &&
                receipt.outcome == OUTCOME_DONE,
            "a command was refused");
    }
}

/* Runs the block of all that was added. */
static void run(struct bench *bench)
{
    struct ledger_envelope envelopes[PARTIES];
    struct ledger_output output;
    struct ledger_block block = {
        .height = ledger_height(bench->ledger) + 1, .ts_ms = bench->ts_ms, .envelopes = envelopes};
    double start;
    for (uint32_t i = 0; i < PARTIES; i++) {
        struct public_key public_key;
        struct secret_key secret_key;
        struct hash id;
        size_t size = 0;
        if (bench->counts[i] == 0) {
            continue;
        }
        key_of(i, &public_key, &secret_key);
        figure_require(envelope_seal(&bench->builders[i], &secret_key, &size, &id),
                       "an envelope cannot be sealed");
        envelopes[block.envelope_count++] =
            (struct ledger_envelope){.bytes = bench->bytes[i], .size = size};
        bench->applied += bench->counts[i];
        bench->counts[i] = 0;
    }
    start = machine_cpu_seconds();
    ledger_apply(bench->ledger, &block, &output);
    bench->seconds += machine_cpu_seconds() - start;
    figure_require(output.skipped_count == 0, "an envelope found no room");
    receipts_require(&output);
    bench->ts_ms += 1000;
}

static void issue(struct bench *bench, uint32_t asset, uint32_t member, int64_t quantity)
{
    struct command command = {.kind = asset == EURO ? COMMAND_CASH_IN : COMMAND_ISSUE};
    command.issuance = (struct command_issuance){
        asset_of(asset), bic_of(member), text_of(asset == EURO ? "CASH" : "SECURITIES"), quantity};
    add(bench, OPERATOR, &command);
}

/* The next trade of the market: whose, and in which of `count` securities from `first` on. */
static struct trade trade_draw(struct bench *bench, uint32_t first, uint32_t count)
{
    uint32_t number = bench->trade_next++;
    uint32_t deliverer = number % MEMBERS;
    uint32_t security = first + number / 7 % count;
    return (struct trade){
        .deliverer = deliverer,
        .receiver = (deliverer + 1 + number / MEMBERS % (MEMBERS - 1)) % MEMBERS,
        .security = security,
        .parts = security >= WHOLE && security < LACKING,
        .amount = 100000 + (int64_t)number * 6000, /* no other trade within its tolerance */
    };
}

static void side_add(struct bench *bench, const struct trade *trade, bool delivers)
{
    struct command command = {.kind = COMMAND_INSTRUCT};
    command.instruct = (struct command_instruct){
        .payment = PAYMENT_APMT,
        .movement = delivers ? MOVEMENT_DELI : MOVEMENT_RECE,
        .asset = asset_of(trade->security),
        .quantity = QUANTITY,
        .settlement_date = date_add(ledger_date(bench->ledger), (int32_t)trade->days),
        .deliverer = bic_of(trade->deliverer),
        .receiver = bic_of(trade->receiver),
        .deliverer_depository = bic_of(OPERATOR),
        .receiver_depository = bic_of(OPERATOR),
        .currency = asset_of(EURO),
        .amount = trade->amount,
        .credit_debit = delivers ? CREDIT_DEBIT_CRDT : CREDIT_DEBIT_DBIT,
        .priority = PRIORITY_NORMAL,
        .partial = trade->parts ? PARTIAL_PARQ : PARTIAL_NPAR,
        .transaction_type = TRANSACTION_TRAD,
    };
    add(bench, delivers ? trade->deliverer : trade->receiver, &command);
}

/* Of five instructions one unmatched, two that lack, two that wait for their date. */
static void fill(struct bench *bench, uint32_t open_count)
{
    uint32_t pending = 0;
    for (uint32_t i = 0; i < open_count; i += 5) {
        struct trade trade = trade_draw(bench, LACKING, SECURITIES - LACKING);
        side_add(bench, &trade, true);
        trade = trade_draw(bench, 0, LACKING);
        side_add(bench, &trade, true);
        side_add(bench, &trade, false);
        trade = trade_draw(bench, 0, SECURITIES);
        trade.days = 4;
        side_add(bench, &trade, true);
        side_add(bench, &trade, false);
        pending += 5;
        if (pending >= BLOCK) {
            run(bench);
            pending = 0;
        }
    }
    run(bench);
}

/* Money for all, and securities of those kinds that are not to lack. */
static void endow(struct bench *bench)
{
    for (uint32_t member = 0; member < MEMBERS; member++) {
        issue(bench, EURO, member, PLENTY);
        for (uint32_t security = LACKING; security < SECURITIES; security++) {
            issue(bench, security, member, INT64_C(1000000000));
        }
        run(bench);
    }
}

/* ------------------------------------------------------------------------------------ measuring */

static double nanoseconds_each(struct bench *bench)
{
    double out = bench->seconds / (bench->applied > 0 ? bench->applied : 1) * 1e9;
    bench->seconds = 0;
    bench->applied = 0;
    return out;
}

/* Both sides of so many trades, one after the other; only one of the two columns is timed. */
static void trades_measure(struct bench *bench, uint32_t first, uint32_t count, double *one,
                           double *other)
{
    double seconds[2] = {0};
    static struct trade trades[BLOCK];
    for (uint32_t done = 0; done < SAMPLE; done += BLOCK) {
        for (uint32_t side = 0; side < 2; side++) {
            for (uint32_t i = 0; i < BLOCK; i++) {
                if (side == 0) {
                    trades[i] = trade_draw(bench, first, count);
                }
                side_add(bench, &trades[i], side == 0);
            }
            bench->seconds = 0;
            run(bench);
            seconds[side] += bench->seconds;
        }
    }
    *one = seconds[0] / SAMPLE * 1e9;
    *other = seconds[1] / SAMPLE * 1e9;
    bench->seconds = 0;
    bench->applied = 0;
}

static uint64_t settled_quantity(const struct bench *bench)
{
    uint64_t sum = 0;
    for (uint32_t i = record_next(bench->ledger, RECORD_INSTRUCTION, 0); i != RECORD_NONE;
         i = record_next(bench->ledger, RECORD_INSTRUCTION, i + 1)) {
        const struct instruction *instruction = instruction_view(bench->ledger, i);
        bool delivers = instruction->terms.movement == MOVEMENT_DELI;
        sum += delivers ? (uint64_t)instruction->settled_quantity : 0;
    }
    return sum;
}

/* What arrives wakes those that lack: nearly all of it has to settle. */
static double arrivals_measure(struct bench *bench, uint32_t first, uint32_t count,
                               int64_t quantity)
{
    uint64_t before = settled_quantity(bench);
    for (uint32_t done = 0; done < SAMPLE; done += BLOCK) {
        for (uint32_t i = 0; i < BLOCK; i++) {
            issue(bench, first + i % count, (done / BLOCK + i / count) % MEMBERS, quantity);
        }
        run(bench);
    }
    figure_require(settled_quantity(bench) - before >=
                       (uint64_t)SAMPLE / 4 * 3 * (uint64_t)quantity,
                   "what arrived woke too few");
    return nanoseconds_each(bench);
}

static double empty_block_measure(struct bench *bench)
{
    struct rule_set usual;
    rule_set_default(&usual);
    rules_of(bench)->optimisation_budget = usual.optimisation_budget;
    bench->seconds = 0;
    for (uint32_t i = 0; i < EMPTY_BLOCKS; i++) {
        run(bench);
    }
    return bench->seconds / EMPTY_BLOCKS * 1e3;
}

static void row(const char *what, uint32_t open_count, double value, const char *unit)
{
    figure_print(
        &(struct figure){.layer = "ledger",
                         .what = figure_label("%s, %s open", what, figure_number(open_count)),
                         .value = value,
                         .unit = unit,
                         .cost = true});
}

/* In accesses to memory that no cache holds, since that is what grows with the number open. */
static void accesses_row(uint32_t open_count, double settle_ns, size_t footprint)
{
    size_t area = footprint < (size_t)1 << 30 ? footprint : (size_t)1 << 30;
    double access_ns = machine_access_ns(area);
    row("settle, in uncached accesses", open_count, settle_ns / access_ns,
        figure_label("of %.0f ns", access_ns));
}

/* The same number of instructions settle, wait or are woken whatever the number open. */
static void measure(uint32_t open_count)
{
    static struct bench bench;
    double enter;
    double settle;
    double wait;
    double ignored;
    bench_open(&bench, open_count);
    endow(&bench);
    (void)nanoseconds_each(&bench);
    fill(&bench, open_count);
    row("fill", open_count, nanoseconds_each(&bench), "ns a command");
    trades_measure(&bench, LACKING, SECURITIES - LACKING, &enter, &settle);
    trades_measure(&bench, 0, WHOLE, &ignored, &wait);
    trades_measure(&bench, WHOLE, LACKING - WHOLE, &ignored, &ignored);
    row("enter", open_count, enter, "ns a command");
    row("settle", open_count, settle, "ns a command");
    row("wait", open_count, wait, "ns a command");
    row("wake", open_count, arrivals_measure(&bench, 0, WHOLE, QUANTITY), "ns a command");
    row("part", open_count, arrivals_measure(&bench, WHOLE, LACKING - WHOLE, PART), "ns a command");
    row("optimise, everything marked", open_count, empty_block_measure(&bench), "ms a block");
    row("memory of all", open_count, (double)bench.footprint / (open_count + MEASURED),
        "bytes an open one");
    accesses_row(open_count, settle, bench.footprint);
    bench_close(&bench);
}

int main(int argc, char **argv)
{
    static const uint32_t counts[] = {10000, 100000, 1000000};
    figure_require(crypto_start() == CRYPTO_START_OK,
                   "the cryptographic library fails its self-check");
    for (int i = 1; i < argc || (argc == 1 && i <= 3); i++) {
        measure(argc == 1 ? counts[i - 1] : (uint32_t)strtoul(argv[i], NULL, 10));
    }
    figure_print(&(struct figure){.layer = "ledger",
                                  .what = "record of an instruction in memory",
                                  .value = sizeof(struct instruction),
                                  .unit = "bytes"});
    return 0;
}
