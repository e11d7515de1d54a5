/*
 * bench/ledger_apply.c - how fast the ledger matches and settles, with how many instructions open
 *
 *     ledger_apply [OPEN_INSTRUCTIONS ...]        default: 10000 100000 1000000
 *
 * For each number, a ledger is filled with so many instructions that match nothing. Then pairs that
 * match and settle at once are applied in blocks, and the time of ledger_apply() is taken:
 * decoding, validation, matching, booking, receipts, events and the state root, all in; signatures
 * are the driver's business and not in. Half of the open instructions carry a common reference of
 * their own, and all are equal but for that and for the amount: the worst case of an index.
 *
 * Below, the parts of an instruction's way alone: finding no counterpart in the full index, and
 * taking an instruction out of the index and entering it again.
 *
 * Processor time is taken, so that other programs count little. Only the clock differs from run to
 * run; what is applied is the same.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto/sign.h"
#include "crypto/start.h"
#include "ledger/command/envelope.h"
#include "ledger/state.h"
#include "ledger/values/date.h"

enum {
    PARTY_COUNT = 4, /* operator, issuer of both, seller, buyer */
    ISSUER = 1,
    SELLER = 2,
    BUYER = 3,
    ENVELOPE_COMMANDS = 2000,
    PAIRS = 20000,
    PROBES = 20000,
};

#define START_MS UINT64_C(1795078800000) /* 2026-11-19 09:00 UTC, a Thursday */

struct bench {
    struct ledger *ledger;
    void *memory;
    uint64_t ts_ms;
    uint32_t reference_next;
    uint64_t nonce_next;
    uint8_t *bytes;
    double apply_seconds;
    uint64_t settled_count;
};

static void require(bool condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "ledger_apply: %s\n", what);
        exit(1);
    }
}

static double now_seconds(void)
{
    struct timespec now;
    require(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0, "no clock of processor time");
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct bic bic_of(uint32_t party)
{
    static const char *const names[PARTY_COUNT] = {"OPERDEFFXXX", "ISSUDEFFXXX", "SELLDEFFXXX",
                                                   "BUYRDEFFXXX"};
    struct bic out;
    require(bic_parse(names[party], BIC_SIZE, &out), "not a BIC");
    return out;
}

static struct text35 text_of(const char *text)
{
    struct text35 out;
    require(text35_parse(text, strlen(text), &out), "not a text");
    return out;
}

static struct asset_code asset_of(const char *text)
{
    struct asset_code out;
    require(asset_code_parse(text, strlen(text), &out), "not an asset");
    return out;
}

static void key_of(uint32_t party, struct public_key *public_key, struct secret_key *secret_key)
{
    uint8_t seed[32] = {0};
    seed[0] = (uint8_t)(party + 1);
    sign_key_from_seed(seed, public_key, secret_key);
}

/* ---------------------------------------------------------------------------------- setting up */

struct people {
    struct command_party_add parties[PARTY_COUNT];
    struct command_key_add keys[PARTY_COUNT];
    struct command_account_open accounts[2 + 2 * 2];
    struct command_asset_add assets[2];
};

static void people_fill(struct people *people)
{
    static const uint32_t roles[PARTY_COUNT] = {PARTY_OPERATOR,
                                                PARTY_REGISTRAR | PARTY_SETTLEMENT_BANK,
                                                PARTY_PARTICIPANT, PARTY_PARTICIPANT};
    memset(people, 0, sizeof *people);
    for (uint32_t i = 0; i < PARTY_COUNT; i++) {
        struct secret_key secret_key;
        people->parties[i] =
            (struct command_party_add){bic_of(i), text_of("A member"), roles[i], 0};
        people->keys[i].bic = bic_of(i);
        people->keys[i].rights = KEY_SUBMIT | KEY_ADMINISTER;
        people->keys[i].amount_limit = INT64_MAX;
        people->keys[i].day_limit = INT64_MAX;
        people->keys[i].valid_until_ms = UINT64_MAX;
        key_of(i, &people->keys[i].public_key, &secret_key);
    }
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t party = ISSUER + i;
        people->accounts[2 * i] = (struct command_account_open){
            bic_of(party), text_of("SECURITIES"), ACCOUNT_SECURITIES, true};
        people->accounts[2 * i + 1] =
            (struct command_account_open){bic_of(party), text_of("CASH"), ACCOUNT_CASH, true};
    }
    people->assets[0] = (struct command_asset_add){.code = asset_of("US0378331005"),
                                                   .name = text_of("A share"),
                                                   .kind = ASSET_SECURITY_UNIT,
                                                   .settlement_unit_min = 1,
                                                   .settlement_unit_multiple = 1,
                                                   .issuer = bic_of(ISSUER),
                                                   .issuance_account = text_of("SECURITIES")};
    people->assets[1] = (struct command_asset_add){.code = asset_of("EUR"),
                                                   .name = text_of("Euro"),
                                                   .kind = ASSET_CURRENCY,
                                                   .decimals = 2,
                                                   .settlement_unit_min = 1,
                                                   .settlement_unit_multiple = 1,
                                                   .issuer = bic_of(ISSUER),
                                                   .issuance_account = text_of("CASH")};
}

static void bench_open(struct bench *bench, uint32_t open_count)
{
    static struct people people;
    struct ledger_genesis genesis = {.time_ms = START_MS};
    uint32_t instructions = open_count + 2 * PAIRS + ENVELOPE_COMMANDS;
    size_t size;
    memset(bench, 0, sizeof *bench);
    people_fill(&people);
    ledger_capacity_demo(&genesis.capacity);
    genesis.capacity.instructions = instructions;
    genesis.capacity.matching_entries = 4 * instructions;
    genesis.capacity.references = instructions + 1000;
    genesis.capacity.block_receipts = ENVELOPE_COMMAND_COUNT_MAX;
    genesis.capacity.block_events = 20 * ENVELOPE_COMMAND_COUNT_MAX;
    ledger_limits_default(&genesis.limits);
    genesis.limits.instructions_per_party = instructions;
    genesis.limits.references_per_party = instructions + 1000;
    rule_set_default(&genesis.rules);
    genesis.parties = people.parties;
    genesis.party_count = PARTY_COUNT;
    genesis.keys = people.keys;
    genesis.key_count = PARTY_COUNT;
    genesis.accounts = people.accounts;
    genesis.account_count = 6;
    genesis.assets = people.assets;
    genesis.asset_count = 2;
    size = ledger_footprint(&genesis.capacity);
    require(size > 0, "the capacity is not a legal one");
    bench->memory = calloc(1, size + 64);
    require(bench->memory != NULL, "not enough memory");
    require(ledger_new((void *)(((uintptr_t)bench->memory + 63) / 64 * 64), &genesis,
                       &bench->ledger) == GENESIS_OK,
            "the genesis is not a legal one");
    bench->bytes = malloc(ENVELOPE_BYTES_MAX);
    require(bench->bytes != NULL, "not enough memory");
    bench->ts_ms = START_MS + 1000;
}

/* ------------------------------------------------------------------------------------ applying */

/* One block of one envelope, which is begun by envelope_start and filled by envelope_add. */
static void envelope_start(struct bench *bench, struct envelope_builder *builder, uint32_t party)
{
    struct bic bic = bic_of(party);
    struct public_key public_key;
    struct secret_key secret_key;
    struct nonce_secret nonce = {0};
    key_of(party, &public_key, &secret_key);
    bench->nonce_next++;
    memcpy(nonce.bytes, &bench->nonce_next, sizeof bench->nonce_next);
    require(envelope_begin(builder, bench->bytes, ENVELOPE_BYTES_MAX,
                           ledger_chain_id(bench->ledger), &bic, &public_key, &nonce,
                           bench->ts_ms + 60000),
            "an envelope cannot be begun");
}

static void envelope_add(struct bench *bench, struct envelope_builder *builder,
                         struct command *command)
{
    uint8_t bytes[COMMAND_BYTES_MAX];
    char text[16];
    struct bytes_writer writer;
    (void)snprintf(text, sizeof text, "R%" PRIu32, bench->reference_next++);
    command->reference = text_of(text);
    command->date = date_from_ms(START_MS);
    bytes_writer_init(&writer, bytes, sizeof bytes);
    command_encode(command, &writer);
    require(!writer.failed && envelope_append(builder, bytes, writer.size),
            "a command does not fit");
}

static void envelope_apply(struct bench *bench, struct envelope_builder *builder, uint32_t party)
{
    struct public_key public_key;
    struct secret_key secret_key;
    struct hash id;
    size_t size = 0;
    struct ledger_envelope envelope;
    struct ledger_block block = {.height = ledger_height(bench->ledger) + 1,
                                 .ts_ms = bench->ts_ms,
                                 .envelopes = &envelope,
                                 .envelope_count = 1};
    struct ledger_output output;
    double start;
    key_of(party, &public_key, &secret_key);
    require(envelope_seal(builder, &secret_key, &size, &id), "an envelope cannot be sealed");
    envelope = (struct ledger_envelope){bench->bytes, size};
    start = now_seconds();
    ledger_apply(bench->ledger, &block, &output);
    bench->apply_seconds += now_seconds() - start;
    for (uint32_t i = 0; i < output.receipt_count; i++) {
        struct receipt receipt;
        require(receipt_decode(&receipt, output.receipts[i].bytes, output.receipts[i].size) &&
                    receipt.outcome == OUTCOME_DONE,
                "a command was refused");
    }
    bench->ts_ms += 10;
}

static void fund(struct bench *bench, enum command_kind kind, const char *asset, uint32_t party,
                 const char *account)
{
    struct envelope_builder builder;
    struct command command = {.kind = (uint8_t)kind};
    command.issuance = (struct command_issuance){asset_of(asset), bic_of(party), text_of(account),
                                                 INT64_C(1000000000000000)};
    envelope_start(bench, &builder, ISSUER);
    envelope_add(bench, &builder, &command);
    envelope_apply(bench, &builder, ISSUER);
}

static void delivery(struct command *command, uint8_t movement, int64_t amount)
{
    *command = (struct command){.kind = COMMAND_INSTRUCT};
    command->instruct = (struct command_instruct){
        .payment = PAYMENT_APMT,
        .movement = movement,
        .asset = asset_of("US0378331005"),
        .quantity = 100,
        .settlement_date = date_from_ms(START_MS),
        .deliverer = bic_of(SELLER),
        .receiver = bic_of(BUYER),
        .deliverer_depository = bic_of(0),
        .receiver_depository = bic_of(0),
        .currency = asset_of("EUR"),
        .amount = amount,
        .credit_debit = movement == MOVEMENT_DELI ? CREDIT_DEBIT_CRDT : CREDIT_DEBIT_DBIT,
        .priority = PRIORITY_NORMAL,
        .partial = PARTIAL_NPAR,
        .transaction_type = TRANSACTION_TRAD,
    };
}

/* Deliveries that match nothing: each 1,000.00 from the next, so beyond any tolerance. */
static void fill(struct bench *bench, uint32_t open_count)
{
    uint32_t done = 0;
    while (done < open_count) {
        struct envelope_builder builder;
        uint32_t count = open_count - done;
        count = count < ENVELOPE_COMMANDS ? count : ENVELOPE_COMMANDS;
        envelope_start(bench, &builder, SELLER);
        for (uint32_t i = 0; i < count; i++, done++) {
            struct command command;
            char text[16];
            delivery(&command, MOVEMENT_DELI, 100000 + (int64_t)done * 100000);
            if (done % 2 == 0) {
                (void)snprintf(text, sizeof text, "T%" PRIu32, done);
                command.instruct.common_reference = text_of(text);
            }
            envelope_add(bench, &builder, &command);
        }
        envelope_apply(bench, &builder, SELLER);
    }
}

/* One side of many pairs, whose amounts lie between those of the open instructions. */
static void apply_sides(struct bench *bench, uint32_t party, uint8_t movement, uint32_t first)
{
    struct envelope_builder builder;
    envelope_start(bench, &builder, party);
    for (uint32_t i = 0; i < ENVELOPE_COMMANDS; i++) {
        struct command command;
        delivery(&command, movement, 150000 + (int64_t)(first + i) * 100000);
        envelope_add(bench, &builder, &command);
    }
    envelope_apply(bench, &builder, party);
}

static double seconds_per_probe(struct bench *bench, uint32_t open_count, bool find)
{
    struct matching *matching = &bench->ledger->matching;
    uint32_t index = 0;
    double start = now_seconds();
    double put_back = 0;
    for (uint32_t i = 0; i < PROBES; i++) {
        double pause;
        index = (index + 7919) % open_count;
        pause = now_seconds();
        matching_remove(matching, index);
        if (find) {
            put_back += now_seconds() - pause;
            require(matching_find(matching, index) == RECORD_NONE, "an open instruction matched");
            pause = now_seconds();
        }
        matching_add(matching, index);
        if (find) {
            put_back += now_seconds() - pause;
        }
    }
    return (now_seconds() - start - put_back) / PROBES;
}

static void measure(uint32_t open_count)
{
    struct bench bench;
    double fill_seconds;
    bench_open(&bench, open_count);
    fund(&bench, COMMAND_ISSUE, "US0378331005", SELLER, "SECURITIES");
    fund(&bench, COMMAND_CASH_IN, "EUR", BUYER, "CASH");
    bench.apply_seconds = 0;
    fill(&bench, open_count);
    fill_seconds = bench.apply_seconds;
    bench.apply_seconds = 0;
    for (uint32_t done = 0; done < PAIRS; done += ENVELOPE_COMMANDS) {
        apply_sides(&bench, SELLER, MOVEMENT_DELI, done);
        apply_sides(&bench, BUYER, MOVEMENT_RECE, done);
    }
    require(position_spendable(bench.ledger, 2) != 0, "nothing is left to deliver");
    (void)printf("%8" PRIu32 " open: enter %6.0f ns, match and settle %6.0f ns an instruction "
                 "(%7.0f settlements/s); find %5.0f ns, out and in %5.0f ns\n",
                 open_count, fill_seconds / open_count * 1e9,
                 bench.apply_seconds / (2.0 * PAIRS) * 1e9, PAIRS / bench.apply_seconds,
                 seconds_per_probe(&bench, open_count, true) * 1e9,
                 seconds_per_probe(&bench, open_count, false) * 1e9);
    free(bench.bytes);
    free(bench.memory);
}

int main(int argc, char **argv)
{
    static const uint32_t counts[] = {10000, 100000, 1000000};
    require(crypto_start() == CRYPTO_START_OK, "the cryptographic library fails its self-check");
    for (int i = 1; i < argc; i++) {
        measure((uint32_t)strtoul(argv[i], NULL, 10));
    }
    for (size_t i = 0; argc == 1 && i < sizeof counts / sizeof counts[0]; i++) {
        measure(counts[i]);
    }
    return 0;
}
