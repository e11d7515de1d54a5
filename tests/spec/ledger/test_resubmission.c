/*
 * Goal: a file sent again, in new envelopes, acts once: every family of commands is recognised by
 * its reference and content. Issuing cannot happen twice, neither while the reference is remembered
 * nor after it is forgotten. Ended instructions leave the state after the retention.
 */
#include "ledger/state.h"
#include "ledger/values/date.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/letter.h"

enum {
    SELLER = WORLD_PARTICIPANT,
    BUYER = WORLD_PARTICIPANT + 1
};

static void issue(struct world *world, struct command *command, int64_t quantity)
{
    world_command(world, COMMAND_ISSUE, command);
    command->issuance = (struct command_issuance){.asset = world_asset(WORLD_ISIN_1),
                                                  .bic = world_bic(SELLER),
                                                  .account = world_account(WORLD_ISIN_1, 0),
                                                  .quantity = quantity};
}

static void assert_already(const struct receipt *again, const struct receipt *first)
{
    letter_assert(again, OUTCOME_ALREADY, REASON_NONE, DETAIL_NONE, FIELD_NONE);
    assert_int_equal(again->first_height, first->height);
    assert_int_equal(again->first_index, first->index);
}

static void test_issuing_does_not_happen_twice(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    issue(&world, &command, 100);
    struct receipt first = world_submit(&world, WORLD_REGISTRAR, &command);
    assert_int_equal(first.outcome, OUTCOME_DONE);
    for (int i = 0; i < 3; i++) {
        struct receipt again = world_submit(&world, WORLD_REGISTRAR, &command);
        assert_already(&again, &first);
        assert_int_equal(world.output.event_count, 0);
    }
    command.issuance.quantity = 200;
    struct receipt other = world_submit(&world, WORLD_REGISTRAR, &command);
    letter_assert(&other, OUTCOME_REFUSED, REASON_REFE, DETAIL_EXISTS_DIFFERENTLY, FIELD_REFERENCE);
    assert_int_equal(world_available(&world, SELLER, WORLD_ISIN_1), 100);
    world_close(&world);
}

/* A year later nobody remembers the reference; the command's date refuses it. */
static void test_issuing_does_not_happen_twice_after_it_is_forgotten(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    issue(&world, &command, 100);
    struct receipt first = world_submit(&world, WORLD_REGISTRAR, &command);
    uint32_t retention = rule_set_in_force(world.ledger)->retention_days;
    uint32_t day = date_add(WORLD_TODAY, (int32_t)retention);
    while (!rule_set_business_day(rule_set_in_force(world.ledger), day)) {
        day = date_add(day, -1);
    }
    world_day(&world, day);
    world_settle_down(&world);
    struct receipt again = world_submit(&world, WORLD_REGISTRAR, &command);
    assert_already(&again, &first); /* the last day on which it is known */
    day = rule_set_next_business_day(rule_set_in_force(world.ledger), date_add(day, 3));
    world_day(&world, day);
    world_settle_down(&world);
    assert_int_equal(record_count(world.ledger, RECORD_REFERENCE), 0);
    again = world_submit(&world, WORLD_REGISTRAR, &command);
    letter_assert(&again, OUTCOME_REFUSED, REASON_VALR, DETAIL_TOO_OLD, FIELD_DATE);
    assert_int_equal(world_available(&world, SELLER, WORLD_ISIN_1), 100);
    world_close(&world);
}

/* Nor can a reference be used up ahead of time. */
static void test_dates_ahead_are_refused(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    issue(&world, &command, 100);
    command.date = WORLD_TOMORROW;
    struct receipt receipt = world_submit(&world, WORLD_REGISTRAR, &command);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_IN_FUTURE, FIELD_DATE);
    world_close(&world);
}

static void test_identical_instruction_is_already_there(void **state)
{
    struct world world;
    struct command sell;
    struct command buy;
    (void)state;
    world_open(&world, NULL);
    world_trade(&world, &(struct world_trade){SELLER, BUYER, WORLD_ISIN_1, 5, 100, WORLD_TODAY},
                &sell, &buy);
    struct receipt first = world_submit(&world, SELLER, &sell);
    (void)world_instruct(&world, &buy);
    struct receipt again = world_submit(&world, SELLER, &sell);
    assert_already(&again, &first);
    assert_int_equal(again.instruction_sequence, first.instruction_sequence);
    assert_int_equal(record_count(world.ledger, RECORD_INSTRUCTION), 2);
    world_close(&world);
}

/* Also when it settled meanwhile: a refusal of a settled trade would be a certified lie. */
static void test_settled_instruction_is_already_there(void **state)
{
    struct world world;
    struct command sell;
    struct command buy;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, SELLER, WORLD_ISIN_1, 5);
    world_fund(&world, BUYER, WORLD_EUR, 100);
    world_trade(&world, &(struct world_trade){SELLER, BUYER, WORLD_ISIN_1, 5, 100, WORLD_TODAY},
                &sell, &buy);
    struct receipt first = world_submit(&world, SELLER, &sell);
    uint32_t bought = world_instruct(&world, &buy);
    world_assert_status(&world, bought, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED, REASON_NONE);
    struct receipt again = world_submit(&world, SELLER, &sell);
    assert_already(&again, &first);
    assert_int_equal(world_available(&world, BUYER, WORLD_ISIN_1), 5);
    world_close(&world);
}

static void test_reference_data_and_requests_are_recognised(void **state)
{
    struct world world;
    struct command open;
    struct command sell;
    struct command buy;
    (void)state;
    world_open(&world, NULL);
    world_command(&world, COMMAND_ACCOUNT_OPEN, &open);
    open.account_open = (struct command_account_open){world_bic(SELLER), world_text("NEW"),
                                                      ACCOUNT_SECURITIES, false};
    struct receipt first = world_submit(&world, WORLD_OPERATOR, &open);
    assert_int_equal(first.outcome, OUTCOME_DONE);
    struct receipt again = world_submit(&world, WORLD_OPERATOR, &open);
    assert_already(&again, &first);

    world_trade(&world, &(struct world_trade){SELLER, BUYER, WORLD_ISIN_1, 5, 100, WORLD_TODAY},
                &sell, &buy);
    (void)world_instruct(&world, &sell);
    struct command hold;
    world_command(&world, COMMAND_HOLD, &hold);
    hold.target =
        (struct command_target){world_bic(SELLER), sell.reference, DIMENSION_HOLD_PARTY, 0, 0};
    first = world_submit(&world, SELLER, &hold);
    assert_int_equal(first.outcome, OUTCOME_DONE);
    struct command release = hold;
    release.kind = COMMAND_RELEASE;
    release.reference = world_text("REL");
    assert_int_equal(world_submit(&world, SELLER, &release).outcome, OUTCOME_DONE);
    /* The old hold does not come back. */
    again = world_submit(&world, SELLER, &hold);
    assert_already(&again, &first);
    uint32_t index =
        instruction_find(world.ledger, world_party_index(&world, SELLER), &sell.reference);
    world_assert_status(&world, index, DIMENSION_HOLD_PARTY, HOLD_NO, REASON_NONE);
    world_close(&world);
}

/* After the retention an ended instruction is gone and its place is used again; an open one stays.
 */
static void test_ended_instructions_leave_after_the_retention(void **state)
{
    struct world world;
    struct command sell;
    struct command buy;
    struct command open_sell;
    struct command other;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, SELLER, WORLD_ISIN_1, 5);
    world_fund(&world, BUYER, WORLD_EUR, 100);
    struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_1, 5, 100, WORLD_TODAY};
    world_trade(&world, &trade, &sell, &buy);
    (void)world_instruct(&world, &sell);
    (void)world_instruct(&world, &buy);
    world_trade(&world, &trade, &open_sell, &other);
    uint32_t open_index = world_instruct(&world, &open_sell);
    uint32_t retention = rule_set_in_force(world.ledger)->retention_days;
    world_day(&world, rule_set_next_business_day(rule_set_in_force(world.ledger),
                                                 date_add(WORLD_TODAY, (int32_t)retention)));
    world_settle_down(&world);
    uint32_t seller = world_party_index(&world, SELLER);
    assert_int_equal(instruction_find(world.ledger, seller, &sell.reference), RECORD_NONE);
    assert_int_equal(instruction_find(world.ledger, seller, &open_sell.reference), open_index);
    assert_int_equal(party_view(world.ledger, seller)->instruction_count, 1);
    /* Sent again it is refused by its trade date; it can never settle twice. */
    struct receipt receipt = world_submit(&world, SELLER, &sell);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_DTRD, DETAIL_TOO_OLD, FIELD_TRADE_DATE);
    /* The open one, though as old, is still recognised. */
    receipt = world_submit(&world, SELLER, &open_sell);
    assert_int_equal(receipt.outcome, OUTCOME_ALREADY);
    trade.settlement_date = ledger_date(world.ledger);
    world_trade(&world, &trade, &sell, &buy);
    assert_int_equal(world_instruct(&world, &sell), 0); /* lowest free slot */
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_issuing_does_not_happen_twice),
        cmocka_unit_test(test_issuing_does_not_happen_twice_after_it_is_forgotten),
        cmocka_unit_test(test_dates_ahead_are_refused),
        cmocka_unit_test(test_identical_instruction_is_already_there),
        cmocka_unit_test(test_settled_instruction_is_already_there),
        cmocka_unit_test(test_reference_data_and_requests_are_recognised),
        cmocka_unit_test(test_ended_instructions_leave_after_the_retention),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
