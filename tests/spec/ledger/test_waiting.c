/*
 * Goal: the rules of waiting and waking (ledger/settlement/waiting.h): who waits for a position is
 * served by priority, date and age; only those whom the arrival can help are tried; positions take
 * turns; the work of a block is bounded, and what is left is done first in the next one.
 */
#include <stdio.h>

#include "ledger/register/account.h"
#include "ledger/state.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/world.h"

enum {
    SELLER = WORLD_PARTICIPANT,
    BUYER = WORLD_PARTICIPANT + 1,
    OTHER_SELLER = WORLD_PARTICIPANT + 2,
    MONDAY_BEFORE = 20261116,
    TUESDAY_BEFORE = 20261117,
};

static struct world_options budget_of(uint32_t wake_budget)
{
    return (struct world_options){
        .instructions = 4096, .references = 8192, .wake_budget = wake_budget};
}

/* Both sides of a delivery free of payment; returns the deliverer's. */
static uint32_t deliver(struct world *world, uint32_t seller, uint32_t buyer, int64_t quantity,
                        uint8_t priority, uint32_t date)
{
    struct world_trade trade = {seller, buyer, WORLD_ISIN_1, quantity, 0, date};
    struct command sell;
    struct command buy;
    uint32_t index;
    world_trade(world, &trade, &sell, &buy);
    if (date < sell.date) {
        sell.date = date;
        buy.date = date;
    }
    sell.instruct.priority = priority;
    index = world_instruct(world, &sell);
    (void)world_instruct(world, &buy);
    return index;
}

static bool settled(const struct world *world, uint32_t index)
{
    return world_view(world, index)->status[DIMENSION_SETTLEMENT].value == SETTLEMENT_SETTLED;
}

static uint64_t settled_height(const struct world *world, uint32_t index)
{
    assert_true(settled(world, index));
    return world_view(world, index)->status[DIMENSION_SETTLEMENT].height;
}

/* T2S UDFS, worked example of priorities (89): of 40 incoming, 25 go to the top priority and 15 to
 * the older of two high ones; 16 more are too many, and 10 come after them. */
static void test_priority_then_date_then_age(void **state)
{
    struct world world;
    uint32_t high_young;
    uint32_t normal;
    uint32_t top;
    uint32_t high_old;
    (void)state;
    world_open(&world, NULL);
    high_young = deliver(&world, SELLER, BUYER, 16, PRIORITY_HIGH, TUESDAY_BEFORE);
    normal = deliver(&world, SELLER, BUYER, 10, PRIORITY_NORMAL, TUESDAY_BEFORE);
    top = deliver(&world, SELLER, BUYER, 25, PRIORITY_NORMAL, MONDAY_BEFORE);
    high_old = deliver(&world, SELLER, BUYER, 15, PRIORITY_HIGH, MONDAY_BEFORE);
    (void)world_target(&world, WORLD_OPERATOR, COMMAND_AMEND, top, 0, PRIORITY_TOP);
    world_fund(&world, SELLER, WORLD_ISIN_1, 40);
    world_settle_down(&world);
    assert_true(settled(&world, top));
    assert_true(settled(&world, high_old));
    assert_false(settled(&world, high_young));
    assert_false(settled(&world, normal));
    world_close(&world);
}

/* Equal priority, date and size: the pair whose older side came first. */
static void test_age_is_that_of_the_older_side(void **state)
{
    struct world world;
    struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_1, 10, 0, WORLD_TODAY};
    struct command sells[2];
    struct command buys[2];
    uint32_t sellers[2];
    (void)state;
    world_open(&world, NULL);
    world_trade(&world, &trade, &sells[0], &buys[0]);
    world_trade(&world, &trade, &sells[1], &buys[1]);
    for (uint32_t i = 0; i < 2; i++) {
        sells[i].instruct.common_reference = world_text(i == 0 ? "ONE" : "TWO");
        buys[i].instruct.common_reference = sells[i].instruct.common_reference;
    }
    (void)world_instruct(&world, &buys[1]); /* the oldest of the four */
    sellers[0] = world_instruct(&world, &sells[0]);
    (void)world_instruct(&world, &buys[0]);
    sellers[1] = world_instruct(&world, &sells[1]);
    world_fund(&world, SELLER, WORLD_ISIN_1, 10);
    world_settle_down(&world);
    assert_true(settled(&world, sellers[1]));
    assert_false(settled(&world, sellers[0]));
    world_close(&world);
}

/* Who needs more than there is does not keep others waiting, and is not tried in vain. */
static void test_only_those_who_can_be_helped_are_woken(void **state)
{
    struct world_options options = budget_of(1);
    struct world world;
    uint32_t needs_60;
    uint32_t needs_25;
    uint32_t needs_30;
    (void)state;
    world_open(&world, &options);
    needs_60 = deliver(&world, SELLER, BUYER, 60, PRIORITY_HIGH, WORLD_TODAY);
    needs_25 = deliver(&world, SELLER, BUYER, 25, PRIORITY_NORMAL, WORLD_TODAY);
    needs_30 = deliver(&world, SELLER, BUYER, 30, PRIORITY_NORMAL, WORLD_TODAY);
    world_fund(&world, SELLER, WORLD_ISIN_1, 20);
    assert_false(world.output.more_due);
    world_fund(&world, SELLER, WORLD_ISIN_1, 20);
    /* One attempt was allowed, and it was the one that could succeed. */
    assert_true(settled(&world, needs_30));
    assert_false(world.output.more_due);
    assert_false(settled(&world, needs_60));
    assert_false(settled(&world, needs_25));
    world_close(&world);
}

/* One attempt a block: five blocks for five, in their order, and more is due until then. */
static void test_budget_bounds_a_block_and_the_rest_is_carried_over(void **state)
{
    struct world_options options = budget_of(1);
    struct world world;
    uint32_t pairs[5];
    uint64_t height;
    (void)state;
    world_open(&world, &options);
    for (uint32_t i = 0; i < 5; i++) {
        pairs[i] = deliver(&world, SELLER, BUYER, 14 - i, PRIORITY_NORMAL, WORLD_TODAY);
    }
    world_fund(&world, SELLER, WORLD_ISIN_1, 1000);
    height = ledger_height(world.ledger);
    for (uint32_t i = 1; i < 5; i++) {
        assert_true(world.output.more_due);
        world_block(&world);
    }
    assert_false(world.output.more_due);
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(settled_height(&world, pairs[i]), height + i);
    }
    world_close(&world);
}

/* What was carried over comes before what the new block's commands wake. */
static void test_carry_over_comes_first(void **state)
{
    struct world_options options = budget_of(1);
    struct world world;
    uint32_t first;
    uint32_t second;
    uint32_t other;
    (void)state;
    world_open(&world, &options);
    first = deliver(&world, SELLER, BUYER, 10, PRIORITY_NORMAL, WORLD_TODAY);
    second = deliver(&world, SELLER, BUYER, 11, PRIORITY_NORMAL, WORLD_TODAY);
    other = deliver(&world, OTHER_SELLER, BUYER, 12, PRIORITY_RESERVED + 2, WORLD_TODAY);
    world_fund(&world, SELLER, WORLD_ISIN_1, 100);
    world_fund(&world, OTHER_SELLER, WORLD_ISIN_1, 100);
    assert_true(settled(&world, first));
    assert_true(settled(&world, second));
    assert_false(settled(&world, other));
    world_block(&world);
    assert_true(settled(&world, other));
    world_close(&world);
}

/* Many wait for one position, one for another: the one does not wait for all of the many. */
static void test_positions_take_turns(void **state)
{
    struct world_options options = budget_of(1);
    struct world world;
    struct command fund;
    uint32_t many[3];
    uint32_t one;
    uint64_t height;
    (void)state;
    world_open(&world, &options);
    for (uint32_t i = 0; i < 3; i++) {
        many[i] = deliver(&world, SELLER, BUYER, 14 - i, PRIORITY_NORMAL, WORLD_TODAY);
    }
    one = deliver(&world, OTHER_SELLER, BUYER, 20, PRIORITY_NORMAL, WORLD_TODAY);
    for (uint32_t i = 0; i < 2; i++) {
        world_command(&world, COMMAND_ISSUE, &fund);
        fund.issuance = (struct command_issuance){world_asset(WORLD_ISIN_1),
                                                  world_bic(i == 0 ? SELLER : OTHER_SELLER),
                                                  world_account(WORLD_ISIN_1, 0), 100};
        world_add(&world, WORLD_REGISTRAR, &fund);
    }
    world_block(&world);
    height = ledger_height(world.ledger);
    world_settle_down(&world);
    assert_int_equal(settled_height(&world, many[0]), height);
    assert_int_equal(settled_height(&world, one), height + 1);
    assert_int_equal(settled_height(&world, many[1]), height + 2);
    assert_int_equal(settled_height(&world, many[2]), height + 3);
    world_close(&world);
}

/* Dates that have come and arrivals share the budget; neither starves the other. */
static void test_dates_and_turns_alternate(void **state)
{
    struct world_options options = budget_of(2);
    struct world world;
    uint32_t dated[3];
    uint32_t waiting[3];
    (void)state;
    world_open(&world, &options);
    world_fund(&world, OTHER_SELLER, WORLD_ISIN_1, 100);
    for (uint32_t i = 0; i < 3; i++) {
        dated[i] = deliver(&world, OTHER_SELLER, BUYER, 14 - i, PRIORITY_NORMAL, WORLD_TOMORROW);
        waiting[i] = deliver(&world, SELLER, BUYER, 24 - i, PRIORITY_NORMAL, WORLD_TODAY);
    }
    /* An arrival and the change of the day in one block: the dates are due when it begins. */
    world.ts_ms += 24 * 3600 * 1000;
    world_fund(&world, SELLER, WORLD_ISIN_1, 100);
    assert_true(settled(&world, dated[0]));
    assert_true(settled(&world, dated[1]));
    world_block(&world);
    assert_true(settled(&world, waiting[0]));
    assert_true(settled(&world, dated[2]));
    world_block(&world);
    assert_true(settled(&world, waiting[1]));
    assert_true(settled(&world, waiting[2]));
    assert_false(world.output.more_due);
    world_close(&world);
}

/* One arrival at the head of a chain settles the whole chain. */
static void test_an_arrival_runs_through_a_chain(void **state)
{
    struct world world;
    uint32_t links[WORLD_PARTICIPANT_COUNT - 1];
    (void)state;
    world_open(&world, NULL);
    for (uint32_t i = 0; i + 1 < WORLD_PARTICIPANT_COUNT; i++) {
        links[i] = deliver(&world, WORLD_PARTICIPANT + i, WORLD_PARTICIPANT + i + 1, 30,
                           PRIORITY_NORMAL, WORLD_TODAY);
    }
    world_fund(&world, WORLD_PARTICIPANT, WORLD_ISIN_1, 30);
    for (uint32_t i = 0; i + 1 < WORLD_PARTICIPANT_COUNT; i++) {
        assert_true(settled(&world, links[i]));
    }
    assert_int_equal(
        world_available(&world, WORLD_PARTICIPANT + WORLD_PARTICIPANT_COUNT - 1, WORLD_ISIN_1), 30);
    world_close(&world);
}

/* The first attempt of a new pair does not ask who waits already (it is not a queue for entry). */
static void test_a_new_pair_is_tried_at_once(void **state)
{
    struct world world;
    uint32_t large;
    uint32_t small;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, SELLER, WORLD_ISIN_1, 10);
    large = deliver(&world, SELLER, BUYER, 50, PRIORITY_HIGH, WORLD_TODAY);
    small = deliver(&world, SELLER, BUYER, 10, PRIORITY_NORMAL, WORLD_TODAY);
    assert_false(settled(&world, large));
    assert_true(settled(&world, small));
    world_close(&world);
}

/* I9: in the midst of carried-over work, a restored ledger goes on with the same turn. */
static void test_a_restored_ledger_carries_on(void **state)
{
    struct world_options options = budget_of(1);
    struct world world;
    uint32_t pairs[4];
    bool restored;
    (void)state;
    world_open(&world, &options);
    for (uint32_t i = 0; i < 4; i++) {
        pairs[i] = deliver(&world, SELLER, BUYER, 14 - i, PRIORITY_NORMAL, WORLD_TODAY);
    }
    world_fund(&world, SELLER, WORLD_ISIN_1, 1000);
    while (world.output.more_due) {
        restored = world_restore(&world);
        assert_true(restored);
        world_block(&world);
    }
    for (uint32_t i = 1; i < 4; i++) {
        assert_true(settled_height(&world, pairs[i]) == settled_height(&world, pairs[i - 1]) + 1);
    }
    world_close(&world);
}

/* The seller's cash account may go below zero without end. */
static void credit_without_end(struct world *world)
{
    struct command command;

    world_command(world, COMMAND_CREDIT_LIMIT, &command);
    command.credit_limit.bic = world_bic(SELLER);
    command.credit_limit.account = world_account(WORLD_EUR, 0);
    command.credit_limit.currency = world_asset(WORLD_EUR);
    command.credit_limit.limit = INT64_MAX;
    assert_int_equal(world_submit(world, WORLD_OPERATOR, &command).outcome, OUTCOME_DONE);
}

/* A transfer of the seller's cash out of a restriction alone, which holds too little. */
static uint32_t transfer_that_nothing_helps(struct world *world)
{
    struct world_trade trade = {SELLER, SELLER, WORLD_EUR, 30, 0, WORLD_TODAY};
    struct command restriction;
    struct command transfer;
    struct command unused;

    world_command(world, COMMAND_RESTRICTION_SET, &restriction);
    restriction.restriction_set.kind = RESTRICTION_BLOCKING;
    restriction.restriction_set.bic = world_bic(SELLER);
    restriction.restriction_set.account = world_account(WORLD_EUR, 0);
    restriction.restriction_set.asset = world_asset(WORLD_EUR);
    restriction.restriction_set.quantity = 20;
    assert_int_equal(world_submit(world, SELLER, &restriction).outcome, OUTCOME_DONE);
    world_trade(world, &trade, &transfer, &unused);
    transfer.instruct.transaction_type = TRANSACTION_OWNI;
    transfer.instruct.receiver_account = world_account(WORLD_EUR, 1);
    transfer.instruct.restrictions[0] = restriction.reference;
    transfer.instruct.restriction_count = 1;
    transfer.instruct.restricted_only = true;
    return world_instruct(world, &transfer);
}

/* Credit without end is spendable without end, and still not what such a transfer waits for. */
static void test_whom_no_arrival_helps_is_not_tried_again(void **state)
{
    struct world world;
    uint32_t transfer;
    uint32_t other;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, SELLER, WORLD_EUR, 1000);
    world_fund(&world, OTHER_SELLER, WORLD_ISIN_1, 100);
    credit_without_end(&world);
    transfer = transfer_that_nothing_helps(&world);
    other = deliver(&world, OTHER_SELLER, BUYER, 10, PRIORITY_NORMAL, WORLD_TOMORROW);
    world_fund(&world, SELLER, WORLD_EUR, 1);
    world_block(&world);
    assert_false(world.output.more_due);
    world_day(&world, WORLD_TOMORROW);
    assert_int_equal(world_view(&world, other)->status[DIMENSION_SETTLEMENT].value,
                     SETTLEMENT_SETTLED);
    assert_int_equal(world_view(&world, transfer)->status[DIMENSION_SETTLEMENT].value,
                     SETTLEMENT_UNSETTLED);
    world_close(&world);
}

/* ------------------------------------------------------------------- after an unblocking */

static void account_set(struct world *world, const struct text35 *id, uint8_t status)
{
    struct command command;
    world_command(world, COMMAND_ACCOUNT_CHANGE, &command);
    command.account_change = (struct command_account_change){world_bic(SELLER), *id, status, false};
    assert_int_equal(world_submit(world, WORLD_OPERATOR, &command).outcome, OUTCOME_DONE);
}

/* Whom an unblocking helps is tried in the next block, which is not left to the heartbeat. */
static void test_an_unblocking_asks_for_the_next_block(void **state)
{
    struct text35 account = world_account(WORLD_ISIN_1, 0);
    struct world world;
    uint32_t pair;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, SELLER, WORLD_ISIN_1, 10);
    account_set(&world, &account, ACCOUNT_BLOCKED);
    pair = deliver(&world, SELLER, BUYER, 10, PRIORITY_NORMAL, WORLD_TODAY);
    account_set(&world, &account, ACCOUNT_OPEN);
    assert_true(world.output.more_due);
    assert_false(settled(&world, pair));
    world_block(&world);
    assert_true(settled(&world, pair));
    assert_false(world.output.more_due);
    world_close(&world);
}

enum {
    MORE_ACCOUNTS = 600, /* with two securities each: more positions than a block wakes */
};

static struct text35 account_of(uint32_t number)
{
    char text[8];
    (void)snprintf(text, sizeof text, "N%u", (unsigned)number);
    return world_text(text);
}

/* Adds a command to the block under way; runs that when it is full. */
static void many_add(struct world *world, uint32_t party, const struct command *command)
{
    world_add(world, party, command);
    if (world->envelope_count == WORLD_BLOCK_COMMANDS_MAX) {
        world_block(world);
    }
}

static void many_positions(struct world *world)
{
    struct command command;
    for (uint32_t i = 0; i < MORE_ACCOUNTS; i++) {
        world_command(world, COMMAND_ACCOUNT_OPEN, &command);
        command.account_open = (struct command_account_open){world_bic(SELLER), account_of(i),
                                                             ACCOUNT_SECURITIES, false};
        many_add(world, WORLD_OPERATOR, &command);
    }
    for (uint32_t i = 0; i < 2 * MORE_ACCOUNTS; i++) {
        world_command(world, COMMAND_ISSUE, &command);
        command.issuance =
            (struct command_issuance){world_asset(i % 2 == 0 ? WORLD_ISIN_1 : WORLD_ISIN_2),
                                      world_bic(SELLER), account_of(i / 2), 10};
        many_add(world, WORLD_REGISTRAR, &command);
    }
    world_block(world);
    assert_true(record_count(world->ledger, RECORD_POSITION) > 2 * MORE_ACCOUNTS);
}

/* The sweep looks at some positions a block; the pair waits for one of the last. */
static void test_a_sweep_of_many_positions_asks_for_blocks_until_all_are_tried(void **state)
{
    const struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_1, 10, 0, WORLD_TODAY};
    struct world_options options = budget_of(100);
    struct text35 account = account_of(MORE_ACCOUNTS - 1);
    struct world world;
    struct command sell;
    struct command buy;
    uint32_t blocks = 0;
    uint32_t pair;
    (void)state;
    world_open(&world, &options);
    many_positions(&world);
    account_set(&world, &account, ACCOUNT_BLOCKED);
    world_trade(&world, &trade, &sell, &buy);
    sell.instruct.account = account;
    pair = world_instruct(&world, &sell);
    (void)world_instruct(&world, &buy);
    world_assert_status(&world, pair, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, REASON_BLOC);
    account_set(&world, &account, ACCOUNT_OPEN);
    while (world.output.more_due) {
        assert_false(settled(&world, pair));
        assert_true(blocks < 8);
        (void)world_restore(&world);
        world_block(&world);
        blocks++;
    }
    assert_true(settled(&world, pair));
    assert_true(blocks >= 2);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_priority_then_date_then_age),
        cmocka_unit_test(test_age_is_that_of_the_older_side),
        cmocka_unit_test(test_only_those_who_can_be_helped_are_woken),
        cmocka_unit_test(test_budget_bounds_a_block_and_the_rest_is_carried_over),
        cmocka_unit_test(test_carry_over_comes_first),
        cmocka_unit_test(test_positions_take_turns),
        cmocka_unit_test(test_dates_and_turns_alternate),
        cmocka_unit_test(test_an_arrival_runs_through_a_chain),
        cmocka_unit_test(test_a_new_pair_is_tried_at_once),
        cmocka_unit_test(test_a_restored_ledger_carries_on),
        cmocka_unit_test(test_whom_no_arrival_helps_is_not_tried_again),
        cmocka_unit_test(test_an_unblocking_asks_for_the_next_block),
        cmocka_unit_test(test_a_sweep_of_many_positions_asks_for_blocks_until_all_are_tried),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
