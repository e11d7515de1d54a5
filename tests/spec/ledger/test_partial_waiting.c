/*
 * Goal: T18. Who waits for a part, who is woken for it and in which order, only while a window is
 * open, and never when linked to others.
 */
#include "ledger/link/link.h"
#include "ledger/state.h"
#include "ledger/values/date.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/part_trade.h"

/* ---------------------------------------------------------------------------- who is woken */

static void test_T18_an_arrival_too_small_for_the_whole_wakes_the_part(void **state)
{
    struct part_trade fixture = {0};
    (void)state;
    part_trade_open(&fixture, WORLD_ISIN_2, 200, 0);
    part_trade_submit(&fixture);
    assert_int_equal(world_view(&fixture.world, fixture.seller)->waiting_need, 200);
    assert_int_equal(world_view(&fixture.world, fixture.seller)->part_least, 50);
    part_trade_give(&fixture, 50);
    part_trade_assert_part(&fixture, 50, 0);
    assert_int_equal(world_view(&fixture.world, fixture.seller)->part_least, 5);
    assert_false(fixture.world.output.more_due);
    world_close(&fixture.world);
}

static void test_T18_who_can_settle_in_whole_comes_before_a_part(void **state)
{
    struct part_trade fixture = {0};
    struct command sell;
    struct command buy;
    uint32_t whole;
    (void)state;
    part_trade_open(&fixture, WORLD_ISIN_2, 100, 0);
    part_trade_submit(&fixture); /* the older one, which could take a part of 60 */
    fixture.trade.quantity = 60;
    fixture.trade.receiver = PART_OTHER;
    world_trade(&fixture.world, &fixture.trade, &sell, &buy);
    whole = world_instruct(&fixture.world, &sell);
    (void)world_instruct(&fixture.world, &buy);
    part_trade_give(&fixture, 60);
    world_assert_status(&fixture.world, whole, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED,
                        REASON_NONE);
    part_trade_assert(&fixture, SETTLEMENT_UNSETTLED, REASON_LACK, REASON_CLAC);
    world_close(&fixture.world);
}

static void test_T18_parts_are_served_by_priority_then_age(void **state)
{
    struct part_trade fixture = {0};
    struct command sell;
    struct command buy;
    uint32_t urgent;
    (void)state;
    part_trade_open(&fixture, WORLD_ISIN_2, 200, 0);
    part_trade_submit(&fixture);
    fixture.trade.receiver = PART_OTHER;
    world_trade(&fixture.world, &fixture.trade, &sell, &buy);
    sell.instruct.priority = PRIORITY_HIGH;
    sell.instruct.partial = PARTIAL_PARQ;
    buy.instruct.partial = PARTIAL_PARQ;
    urgent = world_instruct(&fixture.world, &sell);
    (void)world_instruct(&fixture.world, &buy);
    part_trade_give(&fixture, 55);
    assert_int_equal(world_view(&fixture.world, urgent)->settled_quantity, 55);
    part_trade_assert(&fixture, SETTLEMENT_UNSETTLED, REASON_LACK, REASON_CLAC);
    /* The other one becomes the more urgent of the two. */
    (void)world_target(&fixture.world, WORLD_OPERATOR, COMMAND_AMEND, fixture.buyer, 0,
                       PRIORITY_TOP);
    part_trade_give(&fixture, 50);
    part_trade_assert_part(&fixture, 50, 0);
    assert_int_equal(world_view(&fixture.world, urgent)->settled_quantity, 55);
    world_close(&fixture.world);
}

static void test_T18_what_a_part_brings_wakes_others_in_the_same_block(void **state)
{
    struct part_trade fixture = {0};
    struct command sell;
    struct command buy;
    uint32_t onward;
    (void)state;
    part_trade_open(&fixture, WORLD_ISIN_2, 100, 0);
    part_trade_submit(&fixture);
    fixture.trade = (struct world_trade){PART_BUYER, PART_OTHER, WORLD_ISIN_2, 55, 0, WORLD_TODAY};
    world_trade(&fixture.world, &fixture.trade, &sell, &buy);
    onward = world_instruct(&fixture.world, &sell);
    (void)world_instruct(&fixture.world, &buy);
    world_fund(&fixture.world, PART_SELLER, WORLD_ISIN_2, 55);
    world_assert_status(&fixture.world, onward, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED,
                        REASON_NONE);
    assert_int_equal(world_available(&fixture.world, PART_OTHER, WORLD_ISIN_2), 55);
    assert_int_equal(world_event_count(&fixture.world, EVENT_SETTLED), 2);
    world_close(&fixture.world);
}

static void test_T18_what_waits_for_a_part_is_restored(void **state)
{
    struct part_trade fixture = {0};
    (void)state;
    part_trade_open(&fixture, WORLD_ISIN_2, 200, 0);
    part_trade_submit(&fixture);
    part_trade_give(&fixture, 50);
    while (!world_restore(&fixture.world)) {
        world_block(&fixture.world);
    }
    part_trade_give(&fixture, 50);
    part_trade_assert_part(&fixture, 100, 0);
    world_close(&fixture.world);
}

/* -------------------------------------------------------------------------------- windows */

/* 09:00 passes; at this time of the day the next block comes. */
static void at(struct part_trade *fixture, uint64_t hour, uint64_t minute)
{
    uint64_t now_ms = fixture->world.ts_ms;
    fixture->world.ts_ms = now_ms - now_ms % DATE_DAY_MS + (hour * 60 + minute) * 60000;
    assert_true(fixture->world.ts_ms > now_ms);
    world_block(&fixture->world);
}

static void test_T18_only_while_a_window_is_open(void **state)
{
    struct part_trade fixture = {.windows_of_T2S = true};
    (void)state;
    part_trade_open(&fixture, WORLD_ISIN_2, 200, 0);
    part_trade_give(&fixture, 55);
    part_trade_submit(&fixture);
    part_trade_assert_lacking(&fixture);
    assert_false(fixture.world.output.more_due); /* nothing to do until then */
    assert_true(fixture.world.output.next_due_ms <= fixture.world.ts_ms + 3600000);
    at(&fixture, 9, 59);
    part_trade_assert_lacking(&fixture);
    at(&fixture, 10, 0);
    part_trade_assert_part(&fixture, 55, 0);
    at(&fixture, 10, 15); /* it closes */
    part_trade_give(&fixture, 50);
    part_trade_assert_part(&fixture, 55, 0);
    at(&fixture, 15, 30);
    part_trade_assert_part(&fixture, 105, 0);
    world_close(&fixture.world);
}

static void test_T18_what_comes_between_windows_may_settle_in_whole(void **state)
{
    struct part_trade fixture = {.windows_of_T2S = true};
    (void)state;
    part_trade_open(&fixture, WORLD_ISIN_2, 100, 0);
    part_trade_give(&fixture, 55);
    part_trade_submit(&fixture);
    part_trade_give(&fixture, 50);
    part_trade_assert(&fixture, SETTLEMENT_SETTLED, REASON_NONE, REASON_NONE);
    at(&fixture, 10, 0); /* the part turn that was left finds nothing to do */
    assert_false(fixture.world.output.more_due);
    assert_int_equal(world_available(&fixture.world, PART_SELLER, WORLD_ISIN_2), 5);
    world_close(&fixture.world);
}

static void test_T18_a_turn_before_the_window_outlives_a_restore(void **state)
{
    struct part_trade fixture = {.windows_of_T2S = true};
    (void)state;
    part_trade_open(&fixture, WORLD_ISIN_2, 200, 0);
    part_trade_give(&fixture, 55);
    part_trade_submit(&fixture);
    while (!world_restore(&fixture.world)) {
        world_block(&fixture.world);
    }
    at(&fixture, 10, 0);
    part_trade_assert_part(&fixture, 55, 0);
    world_close(&fixture.world);
}

/* ------------------------------------------------------- linked ones, and other kinds of trade */

static void test_T18_linked_instructions_settle_whole(void **state)
{
    struct part_trade fixture = {0};
    struct command other;
    struct command command;
    struct command unused;
    (void)state;
    part_trade_open(&fixture, WORLD_ISIN_2, 100, 0);
    part_trade_submit(&fixture);
    world_trade(&fixture.world, &fixture.trade, &other, &unused);
    other.instruct.receiver = world_bic(PART_OTHER); /* stays unmatched */
    uint32_t later = world_instruct(&fixture.world, &other);
    world_command(&fixture.world, COMMAND_LINK, &command);
    command.link = (struct command_link){
        world_bic(PART_SELLER), world_view(&fixture.world, fixture.seller)->reference,
        world_bic(PART_SELLER), world_view(&fixture.world, later)->reference, LINK_BEFO};
    assert_int_equal(world_submit(&fixture.world, PART_SELLER, &command).outcome, OUTCOME_DONE);
    part_trade_give(&fixture, 55);
    part_trade_assert_lacking(&fixture);
    command.kind = COMMAND_UNLINK;
    command.reference = world_text("UNLINK");
    assert_int_equal(world_submit(&fixture.world, PART_SELLER, &command).outcome, OUTCOME_DONE);
    world_settle_down(&fixture.world);
    part_trade_assert_part(&fixture, 55, 0);
    world_close(&fixture.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_T18_an_arrival_too_small_for_the_whole_wakes_the_part),
        cmocka_unit_test(test_T18_who_can_settle_in_whole_comes_before_a_part),
        cmocka_unit_test(test_T18_parts_are_served_by_priority_then_age),
        cmocka_unit_test(test_T18_what_a_part_brings_wakes_others_in_the_same_block),
        cmocka_unit_test(test_T18_what_waits_for_a_part_is_restored),
        cmocka_unit_test(test_T18_only_while_a_window_is_open),
        cmocka_unit_test(test_T18_what_comes_between_windows_may_settle_in_whole),
        cmocka_unit_test(test_T18_a_turn_before_the_window_outlives_a_restore),
        cmocka_unit_test(test_T18_linked_instructions_settle_whole),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
