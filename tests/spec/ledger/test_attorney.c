/*
 * Goal: pairs that are submitted as matched (T3 and T4 in one step) exist only by the power of
 * attorney of both parties, over every account they use, as long as it lasts; and that granting
 * such a power needs a second person where a key has a limit.
 */
#include "ledger/command/execute.h"
#include "ledger/command/four_eyes.h"
#include "ledger/register/attorney.h"
#include "ledger/state.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/letter.h"
#include "tests/support/ledger/world.h"

enum {
    SELLER = WORLD_PARTICIPANT,
    BUYER = WORLD_PARTICIPANT + 1,
    VENUE = WORLD_PARTICIPANT + 2,
    STRANGER = WORLD_PARTICIPANT + 3,
    QUANTITY = 100,
    AMOUNT = 500000,
};

static struct receipt attorney(struct world *world, enum command_kind kind, uint32_t grantor,
                               uint32_t to, const char *account)
{
    struct command command;
    world_command(world, kind, &command);
    command.attorney.attorney = world_bic(to);
    if (account != NULL) {
        command.attorney.account = world_text(account);
    }
    return world_submit(world, grantor, &command);
}

static void grant(struct world *world, uint32_t grantor, const char *account)
{
    struct receipt receipt = attorney(world, COMMAND_ATTORNEY_GRANT, grantor, VENUE, account);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    assert_int_equal(world_event_count(world, EVENT_ATTORNEY), 1);
}

static void matched_make(struct world *world, struct command *out)
{
    struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_1, QUANTITY, AMOUNT, WORLD_TODAY};
    struct command sell;
    struct command buy;
    world_trade(world, &trade, &sell, &buy);
    world_command(world, COMMAND_INSTRUCT_MATCHED, out);
    out->instruct_matched = (struct command_instruct_matched){
        .deliver = sell.instruct,
        .deliverer_reference = sell.reference,
        .receiver_reference = buy.reference,
        .receiver_priority = PRIORITY_NORMAL,
        .receiver_partial = PARTIAL_NPAR,
    };
}

static void refused(struct world *world, uint32_t sender, const struct command *command,
                    enum reason reason, enum detail detail, enum field field)
{
    uint32_t count = record_count(world->ledger, RECORD_INSTRUCTION);
    struct receipt receipt = world_submit(world, sender, command);
    letter_assert(&receipt, OUTCOME_REFUSED, reason, detail, field);
    assert_int_equal(record_count(world->ledger, RECORD_INSTRUCTION), count);
    assert_int_equal(world->output.event_count, 0);
}

/* Both sides are made, matched and, as both are provided for, settled in the same block. */
static void test_T04_a_matched_pair_is_matched_and_settles_at_once(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, SELLER, WORLD_ISIN_1, QUANTITY);
    world_fund(&world, BUYER, WORLD_EUR, AMOUNT);
    grant(&world, SELLER, NULL);
    grant(&world, BUYER, NULL);
    matched_make(&world, &command);
    struct receipt receipt = world_submit(&world, VENUE, &command);
    letter_assert(&receipt, OUTCOME_DONE, REASON_NONE, DETAIL_NONE, FIELD_NONE);
    assert_int_equal(world_event_count(&world, EVENT_MATCHED), 1);
    assert_int_equal(world_event_count(&world, EVENT_SETTLED), 1);
    uint32_t seller = instruction_find(world.ledger, world_party_index(&world, SELLER),
                                       &command.instruct_matched.deliverer_reference);
    uint32_t buyer = instruction_find(world.ledger, world_party_index(&world, BUYER),
                                      &command.instruct_matched.receiver_reference);
    assert_int_equal(world_view(&world, seller)->counterpart, buyer);
    assert_int_equal(world_view(&world, buyer)->counterpart, seller);
    assert_int_equal(world_view(&world, buyer)->terms.credit_debit, CREDIT_DEBIT_DBIT);
    assert_int_equal(world_available(&world, BUYER, WORLD_ISIN_1), QUANTITY);
    /* What opens one party's record does not open the other's. */
    assert_memory_not_equal(world_view(&world, seller)->secret.bytes,
                            world_view(&world, buyer)->secret.bytes, NONCE_SIZE);
    receipt = world_submit(&world, VENUE, &command);
    assert_int_equal(receipt.outcome, OUTCOME_ALREADY);
    world_close(&world);
}

/* The attorney's own side needs no power; the other's does. */
static void test_one_of_the_two_needs_the_power_of_the_other(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    matched_make(&world, &command);
    refused(&world, SELLER, &command, REASON_ICAG, DETAIL_NO_ATTORNEY, FIELD_RECEIVER);
    refused(&world, BUYER, &command, REASON_ICAG, DETAIL_NO_ATTORNEY, FIELD_DELIVERER);
    struct receipt receipt = attorney(&world, COMMAND_ATTORNEY_GRANT, BUYER, SELLER, NULL);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    receipt = world_submit(&world, SELLER, &command);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    world_close(&world);
}

/* A power over an account covers that account: cash needs its own, and no other is covered. */
static void test_a_power_covers_the_accounts_it_names(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    grant(&world, SELLER, NULL);
    grant(&world, BUYER, "SEC1");
    matched_make(&world, &command);
    refused(&world, VENUE, &command, REASON_ICAG, DETAIL_NO_ATTORNEY, FIELD_RECEIVER);
    grant(&world, BUYER, "CASH1");
    command.instruct_matched.receiving_account = world_text("SEC2");
    refused(&world, VENUE, &command, REASON_ICAG, DETAIL_NO_ATTORNEY, FIELD_RECEIVER);
    command.instruct_matched.receiving_account = world_text("SEC1");
    command.instruct_matched.receiving_cash_account = world_text("CASH2");
    refused(&world, VENUE, &command, REASON_ICAG, DETAIL_NO_ATTORNEY, FIELD_RECEIVER);
    command.instruct_matched.receiving_cash_account = (struct text35){0};
    struct receipt receipt = world_submit(&world, VENUE, &command);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    world_close(&world);
}

/* What is revoked is gone; what was done with it stays. */
static void test_a_revoked_power_is_gone(void **state)
{
    struct world world;
    struct command command;
    struct receipt receipt;
    (void)state;
    world_open(&world, NULL);
    grant(&world, SELLER, NULL);
    grant(&world, BUYER, NULL);
    receipt = attorney(&world, COMMAND_ATTORNEY_REVOKE, SELLER, VENUE, NULL);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    matched_make(&world, &command);
    refused(&world, VENUE, &command, REASON_ICAG, DETAIL_NO_ATTORNEY, FIELD_DELIVERER);
    world_close(&world);
}

/* Refused grants and revocations. */
static void test_refused_powers(void **state)
{
    static const uint32_t others[] = {WORLD_BANK, WORLD_REGISTRAR, STRANGER};
    struct world world;
    struct receipt receipt;
    (void)state;
    world_open(&world, NULL);
    receipt = attorney(&world, COMMAND_ATTORNEY_GRANT, SELLER, SELLER, NULL);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_ICAG, DETAIL_SELF, FIELD_ATTORNEY);
    receipt = attorney(&world, COMMAND_ATTORNEY_GRANT, SELLER, VENUE, "NOSUCH");
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_SAFE, DETAIL_UNKNOWN, FIELD_ACCOUNT);
    receipt = attorney(&world, COMMAND_ATTORNEY_REVOKE, SELLER, VENUE, "SEC1");
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_UNKNOWN, FIELD_ATTORNEY);
    grant(&world, SELLER, "SEC1");
    receipt = attorney(&world, COMMAND_ATTORNEY_GRANT, SELLER, VENUE, "SEC1");
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_IDENTICAL, FIELD_ATTORNEY);
    for (uint32_t i = 0; i < 3; i++) {
        receipt = attorney(&world, COMMAND_ATTORNEY_GRANT, SELLER, others[i], "SEC1");
        assert_int_equal(receipt.outcome, OUTCOME_DONE);
    }
    receipt = attorney(&world, COMMAND_ATTORNEY_GRANT, SELLER, BUYER, "SEC1");
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_ATTORNEYS_FULL, FIELD_ATTORNEY);
    struct command command;
    world_command(&world, COMMAND_ATTORNEY_GRANT, &command);
    refused(&world, SELLER, &command, REASON_ICAG, DETAIL_UNKNOWN, FIELD_ATTORNEY);
    world_close(&world);
}

static void no_receiver_reference(struct command *command)
{
    command->instruct_matched.receiver_reference = (struct text35){0};
}
static void receivers_side(struct command *command)
{
    command->instruct_matched.deliver.movement = MOVEMENT_RECE;
}
static void internal(struct command *command)
{
    command->instruct_matched.deliver.transaction_type = TRANSACTION_OWNI;
}
static void stranger(struct command *command)
{
    command->instruct_matched.deliver.receiver.text[0] = 'Z';
}
static void receivers_priority(struct command *command)
{
    command->instruct_matched.receiver_priority = PRIORITY_TOP;
}
static void transformed(struct command *command)
{
    command->instruct_matched.deliver.conditions = CONDITION_TRAN;
}

/* A matched pair is judged like any two instructions. */
static void test_refused_pairs(void **state)
{
    static const struct {
        void (*spoil)(struct command *command);
        enum reason reason;
        enum detail detail;
        enum field field;
    } rows[] = {
        {receivers_side, REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_MOVEMENT},
        {internal, REASON_SETR, DETAIL_NOT_APPLICABLE, FIELD_TRANSACTION_TYPE},
        {stranger, REASON_ICAG, DETAIL_UNKNOWN, FIELD_RECEIVER},
        {no_receiver_reference, REASON_REFE, DETAIL_MISSING, FIELD_RECEIVER_REFERENCE},
        {receivers_priority, REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_PRIORITY},
        {transformed, REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_CONDITIONS},
    };
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    grant(&world, SELLER, NULL);
    grant(&world, BUYER, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        matched_make(&world, &command);
        rows[i].spoil(&command);
        refused(&world, VENUE, &command, rows[i].reason, rows[i].detail, rows[i].field);
    }
    matched_make(&world, &command);
    struct receipt receipt = world_submit(&world, VENUE, &command);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    struct command again = command; /* another one under the references that are used */
    world_command(&world, COMMAND_INSTRUCT_MATCHED, &command);
    command.instruct_matched = again.instruct_matched;
    refused(&world, VENUE, &command, REASON_REFE, DETAIL_EXISTS_DIFFERENTLY,
            FIELD_DELIVERER_REFERENCE);
    world_close(&world);
}

/* Powers are records: a restored ledger knows them. */
static void test_powers_are_restored(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    grant(&world, SELLER, NULL);
    grant(&world, BUYER, "SEC1");
    grant(&world, BUYER, "CASH1");
    assert_true(world_restore(&world));
    matched_make(&world, &command);
    struct receipt receipt = world_submit(&world, VENUE, &command);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    world_close(&world);
}

/* Four eyes: a grant counts as moving everything, whatever a key's limit is. */
static void test_a_grant_counts_as_moving_everything(void **state)
{
    struct command command = {.kind = COMMAND_ATTORNEY_GRANT};
    (void)state;
    assert_true(command_value(NULL, &command) == INT64_MAX);
    command.kind = COMMAND_ATTORNEY_REVOKE;
    assert_true(command_value(NULL, &command) == 0);
    command.kind = COMMAND_INSTRUCT_MATCHED;
    command.instruct_matched.deliver.payment = PAYMENT_APMT;
    command.instruct_matched.deliver.quantity = 5;
    command.instruct_matched.deliver.amount = 7;
    assert_true(command_value(NULL, &command) == 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_T04_a_matched_pair_is_matched_and_settles_at_once),
        cmocka_unit_test(test_one_of_the_two_needs_the_power_of_the_other),
        cmocka_unit_test(test_a_power_covers_the_accounts_it_names),
        cmocka_unit_test(test_a_revoked_power_is_gone),
        cmocka_unit_test(test_refused_powers),
        cmocka_unit_test(test_refused_pairs),
        cmocka_unit_test(test_powers_are_restored),
        cmocka_unit_test(test_a_grant_counts_as_moving_everything),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
