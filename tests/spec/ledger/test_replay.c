/*
 * Goal: an envelope takes effect at most once. Ordered again it is answered with its first receipt,
 * never with a refusal; what leaves no trace says so; the table in ledger/command/execute.h, row
 * by row.
 */
#include "ledger/command/nonce.h"
#include "ledger/register/key.h"
#include "ledger/register/party.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/letter.h"

enum {
    PARTY = WORLD_PARTICIPANT,
    OTHER = WORLD_PARTICIPANT + 1
};

static void cash_in(struct world *world, struct command *command)
{
    world_command(world, COMMAND_CASH_IN, command);
    command->issuance = (struct command_issuance){.asset = world_asset(WORLD_EUR),
                                                  .bic = world_bic(PARTY),
                                                  .account = world_account(WORLD_EUR, 0),
                                                  .quantity = 100};
}

static void unrecorded(const struct receipt *receipt, enum detail detail, enum field field)
{
    letter_assert(receipt, OUTCOME_UNRECORDED, REASON_OTHR, detail, field);
    assert_int_equal(receipt->command_index, RECEIPT_WHOLE_ENVELOPE);
}

static void test_replay_is_answered_with_the_first_receipt(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    cash_in(&world, &command);
    struct letter letter = letter_to(&world, WORLD_BANK);
    struct receipt first = letter_submit(&world, &letter, &command);
    assert_int_equal(first.outcome, OUTCOME_DONE);
    for (int i = 0; i < 3; i++) {
        struct receipt again = letter_submit(&world, &letter, &command);
        letter_assert(&again, OUTCOME_ALREADY, REASON_NONE, DETAIL_NONE, FIELD_NONE);
        assert_int_equal(again.first_height, first.height);
        assert_int_equal(again.first_index, first.index);
        assert_true(hash_equal(&again.envelope_id, &first.envelope_id));
    }
    assert_int_equal(world_available(&world, PARTY, WORLD_EUR), 100);
    world_close(&world);
}

/* Twice in one block, by two lanes: the second finds the first. */
static void test_replay_inside_one_block(void **state)
{
    struct world world;
    struct command command;
    struct receipt receipt;
    (void)state;
    world_open(&world, NULL);
    cash_in(&world, &command);
    struct letter letter = letter_to(&world, WORLD_BANK);
    letter_add(&world, &letter, &command, 1);
    letter_add(&world, &letter, &command, 1);
    world_block(&world);
    assert_int_equal(world.output.receipt_count, 2);
    world_receipt(&world, 1, &receipt);
    assert_int_equal(receipt.outcome, OUTCOME_ALREADY);
    assert_int_equal(receipt.first_height, receipt.height);
    assert_int_equal(receipt.first_index, 0);
    assert_int_equal(world_available(&world, PARTY, WORLD_EUR), 100);
    world_close(&world);
}

/* A refusal is remembered as well: the same bytes cannot succeed later. */
static void test_refusal_is_remembered(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    cash_in(&world, &command);
    struct letter letter = letter_to(&world, PARTY); /* no settlement bank */
    struct receipt first = letter_submit(&world, &letter, &command);
    letter_assert(&first, OUTCOME_REFUSED, REASON_VALR, DETAIL_ROLE_MISSING, FIELD_ISSUER);
    struct receipt again = letter_submit(&world, &letter, &command);
    assert_int_equal(again.outcome, OUTCOME_ALREADY);
    assert_int_equal(again.first_height, first.height);
    world_close(&world);
}

static void test_unknown_key_leaves_nothing(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    cash_in(&world, &command);
    struct letter letter = letter_to(&world, WORLD_BANK);
    letter.key = 7;
    struct receipt receipt = letter_submit(&world, &letter, &command);
    unrecorded(&receipt, DETAIL_KEY_UNKNOWN, FIELD_KEY);
    assert_int_equal(record_count(world.ledger, RECORD_NONCE), 0);
    /* Once the key is known, the same bytes take effect. */
    letter_key_add(&world, WORLD_BANK, 7, KEY_SUBMIT, INT64_MAX);
    receipt = letter_submit(&world, &letter, &command);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    world_close(&world);
}

static void test_other_chain(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    cash_in(&world, &command);
    struct letter letter = letter_to(&world, WORLD_BANK);
    letter.chain_id.bytes[0] ^= 1;
    struct receipt receipt = letter_submit(&world, &letter, &command);
    unrecorded(&receipt, DETAIL_CHAIN, FIELD_CHAIN_ID);
    world_close(&world);
}

static void test_validity_bounds_are_exact(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    uint64_t ahead = ledger_limits(world.ledger)->validity_ahead_ms;
    const struct {
        uint64_t valid_until_ms; /* against the block's time */
        enum detail detail;
    } cases[] = {{UINT64_MAX, DETAIL_EXPIRED},
                 {0, DETAIL_NONE},
                 {ahead, DETAIL_NONE},
                 {ahead + 1, DETAIL_VALIDITY_TOO_LONG}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cash_in(&world, &command);
        struct letter letter = letter_to(&world, WORLD_BANK);
        letter.valid_until_ms = world.ts_ms + cases[i].valid_until_ms; /* wraps to one less */
        struct receipt receipt = letter_submit(&world, &letter, &command);
        if (cases[i].detail == DETAIL_NONE) {
            assert_int_equal(receipt.outcome, OUTCOME_DONE);
        } else {
            unrecorded(&receipt, cases[i].detail, FIELD_VALID_UNTIL);
        }
    }
    world_close(&world);
}

static void test_nonce_of_other_content(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    cash_in(&world, &command);
    struct letter letter = letter_to(&world, WORLD_BANK);
    (void)letter_submit(&world, &letter, &command);
    cash_in(&world, &command);
    struct receipt receipt = letter_submit(&world, &letter, &command);
    unrecorded(&receipt, DETAIL_NONCE_REUSED, FIELD_NONCE);
    /* The nonce is the key's: another key may draw the same one. */
    letter.party = world_bic(PARTY);
    letter.key_party = PARTY;
    receipt = letter_submit(&world, &letter, &command);
    assert_int_equal(receipt.detail, DETAIL_ROLE_MISSING);
    world_close(&world);
}

/* Remembered until the end of validity, not longer; then it is expired anyway. */
static void test_nonces_are_forgotten_when_they_expire(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    cash_in(&world, &command);
    struct letter letter = letter_to(&world, WORLD_BANK);
    letter.valid_until_ms = world.ts_ms + 2000;
    (void)letter_submit(&world, &letter, &command);
    assert_int_equal(record_count(world.ledger, RECORD_NONCE), 1);
    world_block(&world);
    world_block(&world); /* its time is the end of validity */
    assert_int_equal(record_count(world.ledger, RECORD_NONCE), 1);
    struct receipt receipt = letter_submit(&world, &letter, &command);
    assert_int_equal(receipt.outcome,
                     OUTCOME_ALREADY); /* still remembered: better than "expired" */
    assert_int_equal(record_count(world.ledger, RECORD_NONCE), 0);
    receipt = letter_submit(&world, &letter, &command);
    unrecorded(&receipt, DETAIL_EXPIRED, FIELD_VALID_UNTIL);
    assert_int_equal(world_available(&world, PARTY, WORLD_EUR), 100);
    world_close(&world);
}

static void test_nonces_of_a_key_are_bounded(void **state)
{
    struct world world;
    struct command command;
    struct receipt receipt;
    (void)state;
    world_open(&world, NULL);
    uint32_t bound = ledger_limits(world.ledger)->nonces_per_key;
    cash_in(&world, &command);
    for (uint32_t sent = 0; sent < bound;) {
        for (uint32_t i = 0; i < 128 && sent < bound; i++, sent++) {
            world_add(&world, PARTY, &command); /* refused, remembered */
        }
        world_block(&world);
    }
    receipt = world_submit(&world, PARTY, &command);
    unrecorded(&receipt, DETAIL_NONCES_FULL, FIELD_NONCE);
    receipt = world_submit(&world, WORLD_BANK, &command); /* others are not affected */
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    world_close(&world);
}

static void test_whole_envelope_refusals(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    cash_in(&world, &command);
    struct letter letter = letter_to(&world, WORLD_BANK);
    letter.party = world_bic(OTHER);
    struct receipt receipt = letter_submit(&world, &letter, &command);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_KEY_OF_OTHER_PARTY, FIELD_PARTY);
    assert_int_equal(receipt.command_index, RECEIPT_WHOLE_ENVELOPE);

    letter_key_add(&world, WORLD_BANK, 1, KEY_SUBMIT, INT64_MAX);
    struct command revoke;
    world_command(&world, COMMAND_KEY_REVOKE, &revoke);
    revoke.key_revoke.public_key = letter_key(WORLD_BANK, 1);
    receipt = world_submit(&world, WORLD_OPERATOR, &revoke);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    receipt = letter_submit_by(&world, WORLD_BANK, 1, &command);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_KEY_INACTIVE, FIELD_KEY);

    struct command suspend;
    world_command(&world, COMMAND_PARTY_CHANGE, &suspend);
    suspend.party_change = (struct command_party_change){world_bic(WORLD_BANK),
                                                         PARTY_SETTLEMENT_BANK, PARTY_SUSPENDED, 0};
    receipt = world_submit(&world, WORLD_OPERATOR, &suspend);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    receipt = letter_submit_by(&world, WORLD_BANK, 0, &command);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_INACTIVE, FIELD_PARTY);
    world_close(&world);
}

/* One unreadable command is refused on its own; the others of the envelope take effect. */
static void test_commands_are_independent(void **state)
{
    struct world world;
    struct command commands[3];
    struct receipt receipt;
    (void)state;
    world_open(&world, NULL);
    for (int i = 0; i < 3; i++) {
        cash_in(&world, &commands[i]);
    }
    commands[1].issuance.quantity = 0;
    struct letter letter = letter_to(&world, WORLD_BANK);
    letter_add(&world, &letter, commands, 3);
    world_block(&world);
    assert_int_equal(world.output.receipt_count, 3);
    for (uint16_t i = 0; i < 3; i++) {
        world_receipt(&world, i, &receipt);
        assert_int_equal(receipt.command_index, i);
        assert_int_equal(receipt.outcome, i == 1 ? OUTCOME_REFUSED : OUTCOME_DONE);
    }
    letter = letter_to(&world, WORLD_BANK);
    letter.garbled = true;
    receipt = letter_submit(&world, &letter, &commands[0]);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_MALFORMED, FIELD_COMMAND);
    assert_int_equal(world_available(&world, PARTY, WORLD_EUR), 200);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replay_is_answered_with_the_first_receipt),
        cmocka_unit_test(test_replay_inside_one_block),
        cmocka_unit_test(test_refusal_is_remembered),
        cmocka_unit_test(test_unknown_key_leaves_nothing),
        cmocka_unit_test(test_other_chain),
        cmocka_unit_test(test_validity_bounds_are_exact),
        cmocka_unit_test(test_nonce_of_other_content),
        cmocka_unit_test(test_nonces_are_forgotten_when_they_expire),
        cmocka_unit_test(test_nonces_of_a_key_are_bounded),
        cmocka_unit_test(test_whole_envelope_refusals),
        cmocka_unit_test(test_commands_are_independent),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
