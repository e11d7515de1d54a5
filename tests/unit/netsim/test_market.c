/*
 * Goal: a market of any size makes a genesis that a ledger accepts, and an opening whose every
 * command is done; the same seed makes the same bytes; sizes that are out of range are refused.
 */
#include <stdlib.h>
#include <string.h>

#include "ledger/command/envelope.h"
#include "ledger/command/event.h"
#include "ledger/command/receipt.h"
#include "netsim/market/workload_book.h"
#include "tests/support/cmocka.h"

enum {
    BUFFER_SIZE = 64 * 1024,
    ENVELOPES_MAX = 32, /* of one block */
};

/* A ledger of the market that has executed its opening, a block a stage. */
struct opened {
    struct market *market;
    struct workload_book *book;
    struct ledger *ledger;
    void *memory;
    uint32_t refused;
};

static void ledger_make(struct opened *opened)
{
    const struct ledger_genesis *genesis = market_genesis(opened->market);
    size_t size = ledger_footprint(&genesis->capacity);
    assert_true(size > 0);
    opened->memory = aligned_alloc(64, (size + 63) / 64 * 64);
    assert_non_null(opened->memory);
    memset(opened->memory, 0, size);
    assert_int_equal(ledger_new(opened->memory, genesis, &opened->ledger), GENESIS_OK);
}

static void receipts_count(struct opened *opened, const struct ledger_output *output)
{
    for (uint32_t i = 0; i < output->receipt_count; i++) {
        struct receipt receipt;
        uint32_t envelope;
        uint32_t command;
        bool valid = receipt_decode(&receipt, output->receipts[i].bytes, output->receipts[i].size);
        assert_true(valid);
        opened->refused += receipt.outcome == OUTCOME_DONE ? 0 : 1;
        assert_true(market_opening_find(opened->market, &receipt.reference, &envelope, &command));
        assert_int_equal(command, receipt.command_index);
    }
    for (uint32_t i = 0; i < output->event_count; i++) {
        struct event event;
        bool valid = event_decode(&event, output->events[i].bytes, output->events[i].size);
        assert_true(valid);
        (void)workload_book_event(opened->book, &event);
    }
}

static void block_run(struct opened *opened, uint64_t ts_ms,
                      const struct ledger_envelope *envelopes, uint32_t count)
{
    struct ledger_block block = {
        .height = ledger_height(opened->ledger) + 1,
        .ts_ms = ts_ms,
        .envelopes = envelopes,
        .envelope_count = count,
    };
    struct ledger_output output;
    ledger_apply(opened->ledger, &block, &output);
    assert_int_equal(output.skipped_count, 0);
    receipts_count(opened, &output);
}

static void stage_run(struct opened *opened, uint32_t stage)
{
    uint8_t *bytes = malloc((size_t)ENVELOPES_MAX * BUFFER_SIZE);
    struct ledger_envelope envelopes[ENVELOPES_MAX];
    uint64_t now_ms = market_configuration(opened->market)->time_ms + 1000 * (1 + stage);
    uint32_t count = 0;
    assert_non_null(bytes);
    for (uint32_t i = 0; i < market_opening_count(opened->market); i++) {
        struct market_opening opening;
        uint8_t *place = bytes + (size_t)count * BUFFER_SIZE;
        bool fits =
            market_opening_sign(opened->market, i, now_ms + 60000, place, BUFFER_SIZE, &opening);
        assert_true(fits);
        if (opening.stage != stage) {
            continue;
        }
        envelopes[count] = (struct ledger_envelope){.bytes = place, .size = opening.size};
        count++;
        if (count == ENVELOPES_MAX) {
            block_run(opened, now_ms, envelopes, count);
            count = 0;
        }
    }
    block_run(opened, now_ms, envelopes, count);
    free(bytes);
}

static void open_market(struct opened *opened, const struct market_config *config)
{
    *opened = (struct opened){.market = market_new(config)};
    assert_non_null(opened->market);
    opened->book = workload_book_new(opened->market);
    assert_non_null(opened->book);
    ledger_make(opened);
    for (uint32_t stage = 0; stage < MARKET_STAGE_COUNT; stage++) {
        stage_run(opened, stage);
    }
}

static void close_market(struct opened *opened)
{
    workload_book_free(opened->book);
    market_free(opened->market);
    free(opened->memory);
}

/* Plenty everywhere, the scarce security with the lender only, the scarce currency with nobody. */
static void assert_plenty(const struct opened *opened)
{
    const struct market_config *config = market_configuration(opened->market);
    uint32_t lender = (config->participant_count - 1) * config->account_count;
    for (uint32_t account = 0; account < config->participant_count * config->account_count;
         account++) {
        for (uint32_t i = 0; i < config->security_count; i++) {
            assert_int_equal(workload_book_balance(opened->book, false, account, i), MARKET_PLENTY);
        }
        for (uint32_t i = 0; i < config->currency_count; i++) {
            assert_int_equal(workload_book_balance(opened->book, true, account, i), MARKET_PLENTY);
        }
        assert_int_equal(
            workload_book_balance(opened->book, false, account, config->security_count),
            account == lender ? MARKET_PLENTY : 0);
        assert_int_equal(workload_book_balance(opened->book, true, account, config->currency_count),
                         0);
    }
}

static void small_market_opens(void **state)
{
    struct market_config config;
    struct opened opened;
    (void)state;
    market_config_small(&config);
    open_market(&opened, &config);
    assert_int_equal(opened.refused, 0);
    assert_plenty(&opened);
    close_market(&opened);
}

static void small_market_opens_by_envelopes(void **state)
{
    struct market_config config;
    struct opened opened;
    (void)state;
    market_config_small(&config);
    config.opening_by_envelopes = true;
    open_market(&opened, &config);
    assert_int_equal(opened.refused, 0);
    assert_plenty(&opened);
    close_market(&opened);
}

/* More accounts than fit an envelope, more securities than participants, all currencies. */
static void large_market_opens(void **state)
{
    struct market_config config;
    struct opened opened;
    (void)state;
    market_config_small(&config);
    market_config_size(&config, 40, 5, 50, MARKET_CURRENCIES_MAX, 1000);
    config.opening_by_envelopes = true;
    open_market(&opened, &config);
    assert_int_equal(opened.refused, 0);
    assert_plenty(&opened);
    close_market(&opened);
}

static void two_participants_open(void **state)
{
    struct market_config config;
    struct opened opened;
    (void)state;
    market_config_small(&config);
    market_config_size(&config, 2, 1, 30, 1, 100);
    open_market(&opened, &config);
    assert_int_equal(opened.refused, 0);
    close_market(&opened);
}

static void same_seed_same_bytes(void **state)
{
    static uint8_t bytes[2][BUFFER_SIZE];
    struct market_config config;
    struct market_opening openings[2];
    (void)state;
    market_config_small(&config);
    for (int i = 0; i < 2; i++) {
        struct market *market = market_new(&config);
        assert_non_null(market);
        assert_true(market_opening_sign(market, 1, 5, bytes[i], BUFFER_SIZE, &openings[i]));
        market_free(market);
    }
    assert_int_equal(openings[0].size, openings[1].size);
    assert_memory_equal(bytes[0], bytes[1], openings[0].size);
}

/* Keys, chain and nonces are another seed's. */
static void other_seed_other_bytes(void **state)
{
    struct market_config config;
    struct hash chains[2];
    struct public_key keys[2];
    (void)state;
    market_config_small(&config);
    for (uint32_t i = 0; i < 2; i++) {
        struct secret_key secret;
        config.seed = 7 + i;
        struct market *market = market_new(&config);
        assert_non_null(market);
        chains[i] = market_genesis(market)->chain_id;
        market_signing_key(market, MARKET_PARTICIPANT, &keys[i], &secret);
        market_free(market);
    }
    assert_memory_not_equal(&chains[0], &chains[1], sizeof chains[0]);
    assert_memory_not_equal(&keys[0], &keys[1], sizeof keys[0]);
}

static void keys_differ_within_a_market(void **state)
{
    struct market_config config;
    struct public_key one;
    struct public_key other;
    struct secret_key secret;
    (void)state;
    market_config_small(&config);
    struct market *market = market_new(&config);
    market_signing_key(market, 0, &one, &secret);
    market_channel_key(market, 0, &other, &secret);
    assert_false(public_key_equal(&one, &other));
    market_signing_key(market, 1, &other, &secret);
    assert_false(public_key_equal(&one, &other));
    market_free(market);
}

/* Three keys of two persons a party; a person has the party's BIC; alone there is one key. */
static void a_market_with_back_offices_has_second_persons(void **state)
{
    struct market_config config;
    (void)state;
    market_config_desk(&config);
    struct opened opened;
    open_market(&opened, &config);
    assert_int_equal(opened.refused, 0);
    assert_plenty(&opened);
    const struct ledger_genesis *genesis = market_genesis(opened.market);
    const uint32_t parties = market_party_count(opened.market);
    assert_int_equal(genesis->key_count, MARKET_KEY_COUNT * parties);
    for (uint32_t party = 0; party < parties; party++) {
        const struct command_key_add *keys[MARKET_KEY_COUNT];
        for (uint32_t key = 0; key < MARKET_KEY_COUNT; key++) {
            const uint32_t person = market_person(opened.market, party, key);
            keys[key] = &genesis->keys[person];
            assert_true(
                bic_equal(market_bic(opened.market, person), market_bic(opened.market, party)));
            assert_true(bic_equal(&keys[key]->bic, market_bic(opened.market, party)));
        }
        assert_true(text35_equal(&keys[MARKET_KEY_FIRST]->person, &keys[MARKET_KEY_OTHER]->person));
        assert_false(
            text35_equal(&keys[MARKET_KEY_FIRST]->person, &keys[MARKET_KEY_SECOND]->person));
        assert_false(public_key_equal(&keys[MARKET_KEY_FIRST]->public_key,
                                      &keys[MARKET_KEY_OTHER]->public_key));
        assert_int_equal(keys[MARKET_KEY_FIRST]->amount_limit == MARKET_KEY_LIMIT,
                         party >= MARKET_PARTICIPANT);
    }
    close_market(&opened);
}

static void assert_refused(const struct market_config *config)
{
    struct market *market = market_new(config);
    assert_null(market);
}

static void sizes_out_of_range_are_refused(void **state)
{
    struct market_config good;
    struct market_config config;
    (void)state;
    market_config_small(&good);
    config = good;
    config.participant_count = 0;
    assert_refused(&config);
    config.participant_count = MARKET_PARTICIPANTS_MAX + 1;
    assert_refused(&config);
    config = good;
    config.account_count = 0;
    assert_refused(&config);
    config.account_count = MARKET_ACCOUNTS_MAX + 1;
    assert_refused(&config);
    config = good;
    config.security_count = 0;
    assert_refused(&config);
    config.security_count = MARKET_SECURITIES_MAX + 1;
    assert_refused(&config);
    config = good;
    config.currency_count = 0;
    assert_refused(&config);
    config.currency_count = MARKET_CURRENCIES_MAX + 1;
    assert_refused(&config);
    config = good;
    config.capacity.block_receipts = 1;
    assert_refused(&config);
    config = good;
    config.time_ms = 1;
    assert_refused(&config);
}

static void short_buffers_are_refused(void **state)
{
    struct market_config config;
    struct market_opening opening;
    uint8_t bytes[ENVELOPE_HEAD_BYTES + 10];
    (void)state;
    market_config_small(&config);
    struct market *market = market_new(&config);
    assert_false(market_opening_sign(market, 0, 5, bytes, sizeof bytes, &opening));
    assert_false(market_opening_sign(market, 0, 5, bytes, 10, &opening));
    market_free(market);
}

static struct text35 text_of(const char *text)
{
    struct text35 out;
    bool valid = text35_parse(text, strlen(text), &out);
    assert_true(valid);
    return out;
}

static void names_of_others_are_not_found(void **state)
{
    struct market_config config;
    struct text35 text;
    struct bic bic;
    struct asset_code code;
    bool cash;
    uint32_t number;
    uint32_t index;
    (void)state;
    market_config_small(&config);
    struct market *market = market_new(&config);
    text = text_of("S000");
    assert_true(market_account_find(market, market_bic(market, MARKET_PARTICIPANT + 3), &text,
                                    &cash, &number));
    assert_int_equal(number, 3);
    assert_false(cash);
    assert_false(
        market_account_find(market, market_bic(market, MARKET_BANK), &text, &cash, &number));
    assert_true(bic_parse("P004DEFFXXX", BIC_SIZE, &bic)); /* participant 4 of 4 */
    assert_false(market_account_find(market, &bic, &text, &cash, &number));
    text = text_of("S001");
    assert_false(
        market_account_find(market, market_bic(market, MARKET_PARTICIPANT), &text, &cash, &number));
    text = text_of("X000");
    assert_false(
        market_account_find(market, market_bic(market, MARKET_PARTICIPANT), &text, &cash, &number));
    assert_true(asset_code_parse("US0378331005", ISIN_SIZE, &code));
    assert_false(market_asset_find(market, &code, &cash, &number));
    assert_true(asset_code_parse("PLN", CURRENCY_SIZE, &code));
    assert_false(market_asset_find(market, &code, &cash, &number));
    text = text_of("O000000Z");
    assert_true(market_opening_find(market, &text, &number, &index));
    text = text_of("O00ZZZZZ");
    assert_false(market_opening_find(market, &text, &number, &index));
    text = text_of("O00000-1");
    assert_false(market_opening_find(market, &text, &number, &index));
    market_free(market);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_market_opens),
        cmocka_unit_test(small_market_opens_by_envelopes),
        cmocka_unit_test(large_market_opens),
        cmocka_unit_test(two_participants_open),
        cmocka_unit_test(same_seed_same_bytes),
        cmocka_unit_test(other_seed_other_bytes),
        cmocka_unit_test(keys_differ_within_a_market),
        cmocka_unit_test(a_market_with_back_offices_has_second_persons),
        cmocka_unit_test(sizes_out_of_range_are_refused),
        cmocka_unit_test(short_buffers_are_refused),
        cmocka_unit_test(names_of_others_are_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
