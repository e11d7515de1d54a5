/*
 * Goal: a genesis file has one meaning: what is written reads back the same, comments do not change
 * the chain id, every change of meaning does, and whatever is doubtful is refused with line and
 * field.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/genesis.h"
#include "client/genesis_ledger.h"
#include "crypto/start.h"
#include "ledger/command/command.h"
#include "ledger/register/key.h"
#include "ledger/register/party.h"
#include "tests/support/assert_hook.h"
#include "tests/support/client/sample_genesis.h"
#include "tests/support/cmocka.h"

static struct genesis genesis, parsed;
static char text[GENESIS_TEXT_BYTES_MAX];

static size_t format_sample(void)
{
    size_t size;

    sample_genesis(&genesis);
    size = genesis_format(&genesis, text, sizeof text - 1);
    assert_true(size > 0);
    text[size] = 0;
    return size;
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    static char again[GENESIS_TEXT_BYTES_MAX];
    struct genesis_fault fault;
    size_t size = format_sample();

    assert_true(genesis_parse(text, size, &parsed, &fault));
    assert_true(hash_equal(&parsed.chain_id, &genesis.chain_id));
    assert_int_equal(genesis_format(&parsed, again, sizeof again), size);
    assert_memory_equal(text, again, size);
    assert_int_equal(parsed.keys[SAMPLE_BUYER].rights, KEY_SUBMIT | KEY_ADMINISTER);
    assert_true(parsed.created_ms == genesis.created_ms);
}

static void comments_do_not_change_the_chain(void **state)
{
    (void)state;
    struct genesis_fault fault;
    size_t size = format_sample();

    memmove(text + 14, text, size);
    memcpy(text, "# a remark\n\n\n\n", 14);
    assert_true(genesis_parse(text, size + 14, &parsed, &fault));
    assert_true(hash_equal(&parsed.chain_id, &genesis.chain_id));
}

/* Replaces the first `from` in the sample's text by `to` and parses it. */
static bool parse_edited(const char *from, const char *to, struct genesis_fault *fault)
{
    size_t size = format_sample();
    char *at = strstr(text, from);
    size_t from_size = strlen(from), to_size = strlen(to);

    assert_non_null(at);
    memmove(at + to_size, at + from_size, size - (size_t)(at - text) - from_size + 1);
    memcpy(at, to, to_size);
    return genesis_parse(text, size - from_size + to_size, &parsed, fault);
}

static void every_change_of_meaning_changes_the_chain(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        const char *to;
    } edits[] = {
        {"Sample market", "Sample markets"},
        {"08:00:00Z", "08:00:01Z"},
        {"name=delta-ms value=50", "name=delta-ms value=51"},
        {"name=retention-days value=90", "name=retention-days value=91"},
        {"small=200", "small=201"},
        {"2026-12-25", "2026-12-26"},
        {"partial-window opens=480 minutes=30", "partial-window opens=480 minutes=31"},
        {"partial-window opens=480 minutes=30\n", ""},
        {"name=continuous-day value=0", "name=continuous-day value=1"},
        {"name=dvp-cut-off-minute value=960", "name=dvp-cut-off-minute value=970"},
        {"name=recycling-matched-days value=60", "name=recycling-matched-days value=0"},
        {"partial-window opens=840 minutes=15\n",
         "partial-window opens=840 minutes=15\ncurrency-cut-offs currency=USD dvp=970 cash=1070\n"},
        {"partial-window opens=840 minutes=15\n",
         "partial-window opens=840 minutes=15\nclosing-day currency=USD date=2026-11-26\n"},
        {"127.0.0.1:7102", "127.0.0.1:7109"},
        {"roles=auditor", "roles=participant,auditor"},
        {"validator=1", "validator=none"},
        {"rights=read-all limit=none", "rights=read-all limit=5"},
    };
    struct genesis_fault fault;

    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        assert_true(parse_edited(edits[i].from, edits[i].to, &fault));
        assert_false(hash_equal(&parsed.chain_id, &genesis.chain_id));
    }
}

static void doubtful_files_are_refused_with_line_and_field(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        const char *to;
        const char *field;
    } edits[] = {
        {"tally-genesis version=1", "tally-genesis version=2", "tally-genesis version"},
        {"tally-genesis version=1\n", "", "chain"},
        {"chain name=", "chain  name=", "chain"},
        {"chain name=", "chain nome=", "chain name"},
        {"created=2026-11-22T", "created=2026-11-31T", "chain created"},
        {"created=2026-11-22T08", "created=2026-11-22T24", "chain created"},
        {"value=50\n", "value=050\n", "timing value"},
        {"value=50\n", "value=-1\n", "timing value"},
        {"value=50\n", "value=18446744073709551616\n", "timing value"},
        {"value=50\n", "value=50 more=1\n", "timing"},
        {"value=50\n", "value=50 \n", "timing"},
        {"timing name=delta-ms value=50\n", "", "timing name"},
        {"timing name=drift-ms value=2000\n", "", "timing"},
        {"capacity name=parties", "limit name=parties", "limit"},
        {"band=10000000", "band=100000.00", "tolerance band"},
        {"reference currency=EUR\n", "", "reference currency"},
        {"reference currency=EUR", "reference currency=EU1", "reference currency"},
        {"reference currency=EUR", "reference currency=USD", "rate currency"},
        {"rate currency=USD own=10825", "rate currency=USD own=0", "rate"},
        {"rate currency=USD own=10825", "rate currency=USD", "rate own"},
        {"reference=10000\n", "reference=10000\nrate currency=CHF own=1 reference=1\n", "rate"},
        {"validator index=1", "validator index=2", "validator index"},
        {"address=127.0.0.1:7101", "address=nowhere", "validator address"},
        {"roles=auditor", "roles=auditor,auditor", "party roles"},
        {"roles=auditor", "roles=king", "party roles"},
        {"roles=auditor", "roles=auditor,", "party roles"},
        {"validator=3", "validator=4", "party validator"},
        {"key party=AUDTNL2AXXX", "key party=NOBODYXXXXX", "key party"},
        {"rights=read-all", "rights=", "key"},
        {"limit=none", "limit=9223372036854775808", "key limit"},
        {"bic=AUDTNL2AXXX", "bic=AUDTNL2A", "key party"},
        {"bic=AUDTNL2AXXX", "bic=OPERDEFFXXX", "key party"},
        {"name=\"Auditor\"", "name=\"Audi\ttor\"", "line"},
        {"name=\"Auditor\"", "name=\"Auditor", "party"},
        {"name=\"Auditor\"", "name=\"An auditor whose name is far too long\"", "party name"},
        {"party bic=AUDT", "partei bic=AUDT", "partei"},
    };
    struct genesis_fault fault;

    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        if (parse_edited(edits[i].from, edits[i].to, &fault)) {
            fail_msg("accepted: %s", edits[i].to);
        }
        if (strstr(fault.field, edits[i].field) != fault.field) {
            fail_msg("%s: field \"%s\", expected \"%s\" (%s)", edits[i].to, fault.field,
                     edits[i].field, fault.text);
        }
        assert_true(fault.text[0] != 0);
    }
}

/* The lines of the settlement day. */
static void a_doubtful_day_is_refused_with_line_and_field(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        const char *to;
        const char *field;
    } edits[] = {
        {"opens=480", "opens=1441", "partial-window opens"},
        {"opens=480", "opens=1440", "rule"},
        {"opens=600", "opens=500", "rule"},
        {"opens=480 minutes=30", "opens=480", "partial-window minutes"},
        {"name=fop-cut-off-minute value=1080", "name=fop-cut-off-minute value=900", "rule"},
        {"name=day-change-minute value=1125", "name=day-change-minute value=1440", "rule"},
        {"validator index=0", "currency-cut-offs currency=EU1 dvp=1 cash=1\nvalidator index=0",
         "currency-cut-offs currency"},
        {"validator index=0", "currency-cut-offs currency=USD dvp=970 cash=960\nvalidator index=0",
         "rule"},
        {"validator index=0", "closing-day currency=USD date=2026-11-31\nvalidator index=0",
         "closing-day date"},
        {"validator index=0",
         "closing-day currency=USD date=2026-11-27\nclosing-day currency=USD date=2026-11-26\n"
         "validator index=0",
         "rule"},
    };
    struct genesis_fault fault;

    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        if (parse_edited(edits[i].from, edits[i].to, &fault)) {
            fail_msg("accepted: %s", edits[i].to);
        }
        if (strstr(fault.field, edits[i].field) != fault.field) {
            fail_msg("%s: field \"%s\", expected \"%s\" (%s)", edits[i].to, fault.field,
                     edits[i].field, fault.text);
        }
        assert_true(fault.text[0] != 0);
    }
}

static void a_key_stands_for_one_thing_only(void **state)
{
    (void)state;
    struct genesis_fault fault;

    sample_genesis(&genesis);
    genesis.keys[3].channel = genesis.validators[0].signing;
    assert_false(genesis_consistent(&genesis, &fault));
    sample_genesis(&genesis);
    genesis.keys[SAMPLE_OPERATOR].rights = KEY_SUBMIT; /* nobody could administer */
    assert_false(genesis_consistent(&genesis, &fault));
    sample_genesis(&genesis);
    strcpy(genesis.parties[5].bic, "AUDTNL2A");
    assert_false(genesis_consistent(&genesis, &fault));
    sample_genesis(&genesis);
    strcpy(genesis.parties[5].bic, genesis.parties[4].bic);
    assert_false(genesis_consistent(&genesis, &fault));
    sample_genesis(&genesis);
    genesis.validator_count = 0;
    assert_false(genesis_consistent(&genesis, &fault));
}

static void an_empty_or_foreign_file_is_no_genesis(void **state)
{
    (void)state;
    struct genesis_fault fault;

    assert_false(genesis_parse("", 0, &parsed, &fault));
    assert_string_equal(fault.text, "this is not a genesis file");
    assert_false(genesis_parse("{}", 2, &parsed, &fault));
    assert_int_equal(fault.line, 1);
    assert_false(genesis_parse("\x7f"
                               "ELF",
                               4, &parsed, &fault));
}

static void the_encoding_is_what_the_chain_id_is_the_hash_of(void **state)
{
    (void)state;
    static uint8_t bytes[GENESIS_ENCODED_BYTES_MAX];
    struct hash hash;
    size_t size;

    sample_genesis(&genesis);
    size = genesis_encode(&genesis, bytes, sizeof bytes);
    assert_true(size > 0);
    hash_compute(&hash, HASH_GENESIS, bytes, size);
    assert_true(hash_equal(&hash, &genesis.chain_id));
    assert_int_equal(genesis_encode(&genesis, bytes, size - 1), 0);
}

static void the_fingerprint_is_the_chain_id_in_groups(void **state)
{
    (void)state;
    struct hash id = {.bytes = {0x1f, 0x3a, 0x77, 0xc0, [31] = 0x09}};
    char fingerprint[GENESIS_FINGERPRINT_SIZE];

    genesis_fingerprint(&id, fingerprint);
    assert_int_equal(strlen(fingerprint), 79);
    assert_memory_equal(fingerprint, "1f3a-77c0-0000-", 15);
    assert_string_equal(fingerprint + 75, "0009");
}

static void members_are_found_by_name_and_key(void **state)
{
    (void)state;
    sample_genesis(&genesis);
    assert_ptr_equal(genesis_party_find(&genesis, "BUYRITMMXXX"), &genesis.parties[SAMPLE_BUYER]);
    assert_null(genesis_party_find(&genesis, "BUYRITMM"));
    assert_int_equal(genesis_validator_by_channel(&genesis, &genesis.validators[3].channel), 3);
    assert_int_equal(genesis_validator_by_channel(&genesis, &genesis.keys[2].channel), -1);
    assert_int_equal(genesis_quorum(&genesis), 3);
    assert_int_equal(genesis_faults(&genesis), 1);
}

static void numbers_are_set_by_name_within_bounds(void **state)
{
    (void)state;
    genesis_init(&genesis);
    assert_true(genesis_number_set(&genesis, "delta-ms", 20));
    assert_true(genesis.timings[GENESIS_TIMING_DELTA_MS] == 20);
    assert_true(genesis_number_set(&genesis, "instructions", 1000));
    assert_false(genesis_number_set(&genesis, "closed-on-weekends", 2));
    assert_false(genesis_number_set(&genesis, "no-such-number", 1));
}

/* As long as one person may name the next alone, nothing is lost; where two are demanded for that,
 * two must be there, of one operator, with the rights for it and with names that differ. */
static void a_network_that_nobody_could_change_is_refused(void **state)
{
    (void)state;
    struct genesis_fault fault;
    struct genesis_key *second;
    sample_genesis(&genesis);
    genesis.keys[SAMPLE_OPERATOR].rights |= KEY_APPROVE;
    strcpy(genesis.keys[SAMPLE_OPERATOR].person, "ANNA");
    assert_true(genesis_governable(&genesis, &fault));
    command_set_add(&genesis.approval.kinds, COMMAND_RULE_SET);
    assert_true(genesis_governable(&genesis, &fault)); /* she names the second one first */
    command_set_add(&genesis.approval.kinds, COMMAND_KEY_ADD);
    assert_false(genesis_governable(&genesis, &fault));
    assert_string_equal(fault.field, "approval kinds");

    second = &genesis.keys[genesis.key_count++];
    *second = genesis.keys[SAMPLE_OPERATOR];
    assert_false(genesis_governable(&genesis, &fault)); /* Anna again */
    strcpy(second->person, "anna");
    assert_false(genesis_governable(&genesis, &fault));
    second->person[0] = 0;
    assert_false(genesis_governable(&genesis, &fault));
    strcpy(second->person, "BERT");
    assert_true(genesis_governable(&genesis, &fault));
    second->rights = KEY_SUBMIT | KEY_ADMINISTER;
    genesis.keys[SAMPLE_OPERATOR].rights &= ~(uint32_t)KEY_APPROVE;
    assert_false(genesis_governable(&genesis, &fault)); /* neither approves */
    second->rights = KEY_APPROVE;
    assert_true(genesis_governable(&genesis, &fault));
    second->party = SAMPLE_SELLER; /* another party's */
    assert_false(genesis_governable(&genesis, &fault));
}

/* The rules of a ledger are said again as the genesis said them; others as the ledger has them. */
static void rules_go_back_into_a_genesis(void **state)
{
    (void)state;
    static struct genesis_ledger made, again;
    static struct genesis other;
    sample_genesis(&genesis);
    genesis_ledger_make(&genesis, &made);
    other = genesis;
    other.rules[GENESIS_RULE_RETENTION_DAYS] = 7;
    other.tolerance_count = 0;
    other.holiday_count = 0;
    other.window_count = 0;
    assert_true(genesis_rules_take(&made.ledger.rules, &other));
    assert_memory_equal(other.rules, genesis.rules, sizeof other.rules);
    genesis_ledger_make(&other, &again);
    assert_memory_equal(&again.ledger.rules, &made.ledger.rules, sizeof again.ledger.rules);

    made.ledger.rules.retention_days = 14;
    made.ledger.rules.plan.recycling_unmatched_days = 3;
    assert_true(genesis_rules_take(&made.ledger.rules, &other));
    assert_int_equal(other.rules[GENESIS_RULE_RETENTION_DAYS], 14);
    assert_int_equal(other.rules[GENESIS_RULE_RECYCLING_UNMATCHED_DAYS], 3);
    made.ledger.rules.wake_budget = 0; /* no genesis says that */
    assert_false(genesis_rules_take(&made.ledger.rules, &other));
}

int main(void)
{
    assert_hook_install();
    assert_int_equal(crypto_start(), 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_go_back_into_a_genesis),
        cmocka_unit_test(a_network_that_nobody_could_change_is_refused),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(comments_do_not_change_the_chain),
        cmocka_unit_test(every_change_of_meaning_changes_the_chain),
        cmocka_unit_test(doubtful_files_are_refused_with_line_and_field),
        cmocka_unit_test(a_doubtful_day_is_refused_with_line_and_field),
        cmocka_unit_test(a_key_stands_for_one_thing_only),
        cmocka_unit_test(an_empty_or_foreign_file_is_no_genesis),
        cmocka_unit_test(the_encoding_is_what_the_chain_id_is_the_hash_of),
        cmocka_unit_test(the_fingerprint_is_the_chain_id_in_groups),
        cmocka_unit_test(members_are_found_by_name_and_key),
        cmocka_unit_test(numbers_are_set_by_name_within_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
