#include "bench/support/small_market.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/support/figure.h"
#include "bench/support/machine.h"
#include "ledger/command/event.h"
#include "ledger/command/receipt.h"
#include "ledger/state.h"
#include "ledger/values/date.h"

#define START_MS UINT64_C(1795078800000) /* 2026-11-19 09:00 UTC, a Thursday */

enum {
    ALIGNMENT = 64,
    REFERENCES_SPARE = 1000, /* issuances and the like */
    FUND_COMMANDS = 8000,    /* in an envelope */
};

/* To each of the two default accounts, and to each of many. */
#define ISSUED      INT64_C(1000000000000000)
#define ISSUED_EACH INT64_C(1000000000000)

static struct bic bic_of(uint32_t party)
{
    static const char *const names[SMALL_MARKET_PARTIES] = {"OPERDEFFXXX", "ISSUDEFFXXX",
                                                            "SELLDEFFXXX", "BUYRDEFFXXX"};
    struct bic out;
    figure_require(bic_parse(names[party], BIC_SIZE, &out), "not a BIC");
    return out;
}

static struct text35 text_of(const char *text)
{
    struct text35 out;
    figure_require(text35_parse(text, strlen(text), &out), "not a text");
    return out;
}

static struct asset_code asset_of(const char *text)
{
    struct asset_code out;
    figure_require(asset_code_parse(text, strlen(text), &out), "not an asset");
    return out;
}

static void key_of(uint32_t party, struct public_key *public_key, struct secret_key *secret_key)
{
    uint8_t seed[SIGN_SEED_SIZE] = {0};
    seed[0] = (uint8_t)(party + 1);
    sign_key_from_seed(seed, public_key, secret_key);
}

/* ---------------------------------------------------------------------------------- setting up */

struct people {
    struct command_party_add parties[SMALL_MARKET_PARTIES];
    struct command_key_add keys[SMALL_MARKET_PARTIES];
    struct command_account_open *accounts;
    uint32_t account_count;
    struct command_asset_add assets[2];
};

static struct command_asset_add asset_add(const char *code, const char *name, bool cash)
{
    return (struct command_asset_add){.code = asset_of(code),
                                      .name = text_of(name),
                                      .kind = cash ? ASSET_CURRENCY : ASSET_SECURITY_UNIT,
                                      .decimals = cash ? 2 : 0,
                                      .settlement_unit_min = 1,
                                      .settlement_unit_multiple = 1,
                                      .issuer = bic_of(SMALL_MARKET_ISSUER),
                                      .issuance_account = text_of(cash ? "CASH" : "SECURITIES")};
}

struct text35 small_market_account(char kind, uint32_t number)
{
    char text[16];
    (void)snprintf(text, sizeof text, "%c%" PRIu32, kind, number);
    return text_of(text);
}

static void accounts_fill(struct people *people, uint32_t accounts)
{
    uint32_t defaults = 2 * (SMALL_MARKET_PARTIES - 1);
    struct command_account_open *next = calloc(defaults + 2 * accounts, sizeof *next);
    figure_require(next != NULL, "not enough memory");
    people->accounts = next;
    for (uint32_t i = SMALL_MARKET_ISSUER; i < SMALL_MARKET_PARTIES; i++) {
        struct bic bic = bic_of(i);
        *next++ =
            (struct command_account_open){bic, text_of("SECURITIES"), ACCOUNT_SECURITIES, true};
        *next++ = (struct command_account_open){bic, text_of("CASH"), ACCOUNT_CASH, true};
        for (uint32_t k = 0; i != SMALL_MARKET_ISSUER && k < accounts / 2; k++) {
            *next++ = (struct command_account_open){bic, small_market_account('S', k),
                                                    ACCOUNT_SECURITIES, false};
            *next++ = (struct command_account_open){bic, small_market_account('C', k), ACCOUNT_CASH,
                                                    false};
        }
    }
    people->account_count = (uint32_t)(next - people->accounts);
}

static void people_fill(struct people *people)
{
    static const uint32_t roles[SMALL_MARKET_PARTIES] = {PARTY_OPERATOR,
                                                         PARTY_REGISTRAR | PARTY_SETTLEMENT_BANK,
                                                         PARTY_PARTICIPANT, PARTY_PARTICIPANT};
    memset(people, 0, sizeof *people);
    for (uint32_t i = 0; i < SMALL_MARKET_PARTIES; i++) {
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
    people->assets[0] = asset_add("US0378331005", "A share", false);
    people->assets[1] = asset_add("EUR", "Euro", true);
}

void small_market_open(struct small_market *market, uint32_t instructions)
{
    small_market_open_accounts(market, instructions, 0);
}

void small_market_open_accounts(struct small_market *market, uint32_t instructions,
                                uint32_t accounts)
{
    static struct people people;
    struct ledger_genesis genesis = {.time_ms = START_MS};
    memset(market, 0, sizeof *market);
    people_fill(&people);
    accounts_fill(&people, accounts);
    ledger_capacity_demo(&genesis.capacity);
    genesis.capacity.accounts += 2 * accounts;
    genesis.capacity.positions += 2 * accounts;
    genesis.capacity.instructions = instructions;
    genesis.capacity.instruction_particulars = instructions; /* each names its trade */
    genesis.capacity.matching_entries = 4 * instructions;
    genesis.capacity.references = instructions + 2 * accounts + REFERENCES_SPARE;
    genesis.capacity.block_receipts = ENVELOPE_COMMAND_COUNT_MAX;
    genesis.capacity.block_events = 20 * ENVELOPE_COMMAND_COUNT_MAX;
    ledger_limits_default(&genesis.limits);
    genesis.limits.instructions_per_party = instructions;
    genesis.limits.references_per_party = genesis.capacity.references;
    rule_set_default(&genesis.rules);
    genesis.parties = people.parties;
    genesis.party_count = SMALL_MARKET_PARTIES;
    genesis.keys = people.keys;
    genesis.key_count = SMALL_MARKET_PARTIES;
    genesis.accounts = people.accounts;
    genesis.account_count = people.account_count;
    genesis.assets = people.assets;
    genesis.asset_count = sizeof people.assets / sizeof people.assets[0];
    size_t size = ledger_footprint(&genesis.capacity);
    figure_require(size > 0, "the capacity is not a legal one");
    market->memory = calloc(1, size + ALIGNMENT);
    market->bytes = malloc(ENVELOPE_BYTES_MAX);
    figure_require(market->memory != NULL && market->bytes != NULL, "not enough memory");
    void *aligned = (void *)(((uintptr_t)market->memory + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    machine_large_pages(market->memory, size + ALIGNMENT);
    figure_require(ledger_new(aligned, &genesis, &market->ledger) == GENESIS_OK,
                   "the genesis is not a legal one");
    free(people.accounts);
    market->ts_ms = START_MS + 1000;
}

void small_market_close(struct small_market *market)
{
    free(market->bytes);
    free(market->memory);
}

/* ------------------------------------------------------------------------------------ envelopes */

void small_market_begin(struct small_market *market, uint32_t party)
{
    struct bic bic = bic_of(party);
    struct public_key public_key;
    struct secret_key secret_key;
    struct nonce_secret nonce = {0};
    key_of(party, &public_key, &secret_key);
    market->nonce_next++;
    memcpy(nonce.bytes, &market->nonce_next, sizeof market->nonce_next);
    figure_require(envelope_begin(&market->builder, market->bytes, ENVELOPE_BYTES_MAX,
                                  ledger_chain_id(market->ledger), &bic, &public_key, &nonce,
                                  market->ts_ms + 60000),
                   "an envelope cannot be begun");
}

void small_market_add(struct small_market *market, struct command *command)
{
    uint8_t bytes[COMMAND_BYTES_MAX];
    char text[16];
    struct bytes_writer writer;
    (void)snprintf(text, sizeof text, "R%" PRIu32, market->reference_next++);
    command->reference = text_of(text);
    command->date = date_from_ms(START_MS);
    bytes_writer_init(&writer, bytes, sizeof bytes);
    command_encode(command, &writer);
    figure_require(!writer.failed && envelope_append(&market->builder, bytes, writer.size),
                   "a command does not fit");
}

void small_market_seal(struct small_market *market, uint32_t party)
{
    struct public_key public_key;
    struct secret_key secret_key;
    key_of(party, &public_key, &secret_key);
    figure_require(envelope_seal(&market->builder, &secret_key, &market->size, &market->id),
                   "an envelope cannot be sealed");
}

static void block_run(struct small_market *market, uint32_t envelope_count)
{
    struct ledger_envelope envelope = {
        .bytes = market->bytes, .size = market->size, .id = &market->id};
    struct ledger_block block = {.height = ledger_height(market->ledger) + 1,
                                 .ts_ms = market->ts_ms,
                                 .envelopes = &envelope,
                                 .envelope_count = envelope_count};
    double start = machine_cpu_seconds();
    ledger_apply(market->ledger, &block, &market->output);
    market->apply_seconds += machine_cpu_seconds() - start;
    market->ts_ms += 10;
}

void small_market_run(struct small_market *market)
{
    block_run(market, 1);
}

void small_market_rest(struct small_market *market)
{
    block_run(market, 0);
}

void small_market_check(struct small_market *market)
{
    for (uint32_t i = 0; i < market->output.receipt_count; i++) {
        struct receipt receipt;
        figure_require(receipt_decode(&receipt, market->output.receipts[i].bytes,
                                      market->output.receipts[i].size) &&
                           receipt.outcome == OUTCOME_DONE,
                       "a command was refused");
    }
    for (uint32_t i = 0; i < market->output.event_count; i++) {
        struct event event;
        figure_require(
            event_decode(&event, market->output.events[i].bytes, market->output.events[i].size),
            "an event cannot be read");
        market->settled_count += event.kind == EVENT_SETTLED;
    }
}

void small_market_apply(struct small_market *market)
{
    small_market_run(market);
    small_market_check(market);
}

static void issue_add(struct small_market *market, bool cash, uint32_t party, struct text35 account,
                      int64_t quantity)
{
    struct command command = {.kind = cash ? COMMAND_CASH_IN : COMMAND_ISSUE};
    command.issuance = (struct command_issuance){asset_of(cash ? "EUR" : "US0378331005"),
                                                 bic_of(party), account, quantity};
    small_market_add(market, &command);
}

void small_market_fund(struct small_market *market)
{
    small_market_begin(market, SMALL_MARKET_ISSUER);
    issue_add(market, false, SMALL_MARKET_SELLER, text_of("SECURITIES"), ISSUED);
    issue_add(market, true, SMALL_MARKET_BUYER, text_of("CASH"), ISSUED);
    small_market_seal(market, SMALL_MARKET_ISSUER);
    small_market_apply(market);
}

void small_market_fund_accounts(struct small_market *market, uint32_t accounts)
{
    uint32_t done = 0;
    while (done < accounts / 2) {
        small_market_begin(market, SMALL_MARKET_ISSUER);
        for (uint32_t i = 0; i < FUND_COMMANDS && done < accounts / 2; i += 4, done++) {
            for (uint32_t party = SMALL_MARKET_SELLER; party <= SMALL_MARKET_BUYER; party++) {
                issue_add(market, false, party, small_market_account('S', done), ISSUED_EACH);
                issue_add(market, true, party, small_market_account('C', done), ISSUED_EACH);
            }
        }
        small_market_seal(market, SMALL_MARKET_ISSUER);
        small_market_apply(market);
    }
}

void small_market_trade(struct command *command, uint8_t movement, int64_t amount)
{
    *command = (struct command){.kind = COMMAND_INSTRUCT};
    command->instruct = (struct command_instruct){
        .payment = PAYMENT_APMT,
        .movement = movement,
        .asset = asset_of("US0378331005"),
        .quantity = 100,
        .settlement_date = date_from_ms(START_MS),
        .deliverer = bic_of(SMALL_MARKET_SELLER),
        .receiver = bic_of(SMALL_MARKET_BUYER),
        .deliverer_depository = bic_of(SMALL_MARKET_OPERATOR),
        .receiver_depository = bic_of(SMALL_MARKET_OPERATOR),
        .currency = asset_of("EUR"),
        .amount = amount,
        .credit_debit = movement == MOVEMENT_DELI ? CREDIT_DEBIT_CRDT : CREDIT_DEBIT_DBIT,
        .priority = PRIORITY_NORMAL,
        .partial = PARTIAL_NPAR,
        .transaction_type = TRANSACTION_TRAD,
    };
}

void small_market_sides_seal(struct small_market *market, uint32_t party, int64_t amount,
                             int64_t step, uint32_t count)
{
    small_market_begin(market, party);
    for (uint32_t i = 0; i < count; i++) {
        struct command command;
        small_market_trade(&command, party == SMALL_MARKET_SELLER ? MOVEMENT_DELI : MOVEMENT_RECE,
                           amount + (int64_t)i * step);
        small_market_add(market, &command);
    }
    small_market_seal(market, party);
}

void small_market_sides(struct small_market *market, uint32_t party, int64_t amount, int64_t step,
                        uint32_t count)
{
    small_market_sides_seal(market, party, amount, step, count);
    small_market_apply(market);
}
