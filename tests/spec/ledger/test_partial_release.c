/*
 * Goal: T11, partial release (T2S-0653, T2S-0827). What the deliverer releases of an instruction on
 * hold settles as a part, at once, outside windows too; the rest stays on hold; each refusal names
 * its cause.
 */
#include "ledger/state.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/part_trade.h"

/* A sale of 100 on hold, no window open, both sides PARQ, minimum 50 and multiple 5. */
static void open_held(struct part_trade *fixture, int64_t amount)
{
    *fixture = (struct part_trade){.windows_of_T2S = true};
    part_trade_open(fixture, WORLD_ISIN_2, 100, amount);
    if (amount > 0) {
        part_trade_pay(fixture, amount);
    }
    part_trade_submit(fixture);
    (void)world_target(&fixture->world, PART_SELLER, COMMAND_HOLD, fixture->seller,
                       DIMENSION_HOLD_PARTY, 0);
}

static struct receipt release(struct part_trade *fixture, uint32_t party, uint32_t index,
                              int64_t quantity)
{
    struct command command;
    world_command(&fixture->world, COMMAND_PARTIAL_RELEASE, &command);
    command.partial_release =
        (struct command_partial_release){world_view(&fixture->world, index)->reference, quantity};
    return world_submit(&fixture->world, party, &command);
}

static void released(struct part_trade *fixture, int64_t quantity)
{
    struct receipt receipt = release(fixture, PART_SELLER, fixture->seller, quantity);
    assert_string_equal(detail_name(receipt.detail), "");
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
}

static void assert_refused(struct part_trade *fixture, int64_t quantity, enum reason reason,
                           enum detail detail, enum field field)
{
    struct receipt receipt = release(fixture, PART_SELLER, fixture->seller, quantity);
    assert_int_equal(receipt.outcome, OUTCOME_REFUSED);
    assert_string_equal(reason_code(receipt.reason), reason_code(reason));
    assert_string_equal(detail_name(receipt.detail), detail_name(detail));
    assert_string_equal(field_name(receipt.field), field_name(field));
}

static void assert_on_hold(const struct part_trade *fixture, uint8_t value)
{
    part_trade_assert(fixture, value, REASON_PREA, REASON_PRCY);
    world_assert_status(&fixture->world, fixture->seller, DIMENSION_HOLD_PARTY, HOLD_YES,
                        REASON_PTYH);
    assert_int_equal(world_view(&fixture->world, fixture->seller)->released_quantity, 0);
}

static void test_T11_a_released_quantity_settles_at_once_outside_windows(void **state)
{
    struct part_trade fixture;
    (void)state;
    open_held(&fixture, 1000000);
    part_trade_give(&fixture, 100);
    assert_on_hold(&fixture, SETTLEMENT_UNSETTLED);
    released(&fixture, 60);
    part_trade_assert_event(&fixture, 60, 600000, REASON_PAIN);
    assert_int_equal(world_event_count(&fixture.world, EVENT_PARTIALLY_RELEASED), 1);
    part_trade_assert_so_far(&fixture, 60, 600000);
    assert_on_hold(&fixture, SETTLEMENT_PARTIALLY_SETTLED);
    assert_int_equal(world_available(&fixture.world, PART_SELLER, WORLD_ISIN_2), 40);
    world_close(&fixture.world);
}

static void test_T11_what_is_released_and_lacks_settles_as_it_comes(void **state)
{
    struct part_trade fixture;
    (void)state;
    open_held(&fixture, 0);
    released(&fixture, 60);
    part_trade_assert(&fixture, SETTLEMENT_UNSETTLED, REASON_PREL, REASON_PREL);
    part_trade_give(&fixture, 50);
    part_trade_assert_event(&fixture, 50, 0, REASON_PAIN);
    part_trade_assert(&fixture, SETTLEMENT_PARTIALLY_SETTLED, REASON_PREL, REASON_PREL);
    assert_int_equal(world_view(&fixture.world, fixture.seller)->released_quantity, 10);
    part_trade_give(&fixture, 50);
    part_trade_assert_event(&fixture, 10, 0, REASON_PAIN);
    assert_on_hold(&fixture, SETTLEMENT_PARTIALLY_SETTLED);
    assert_int_equal(world_available(&fixture.world, PART_SELLER, WORLD_ISIN_2), 40);
    world_close(&fixture.world);
}

static void test_T11_releases_add_up_and_the_hold_lets_the_last_go(void **state)
{
    struct part_trade fixture;
    (void)state;
    open_held(&fixture, 1000000);
    part_trade_give(&fixture, 100);
    released(&fixture, 50);
    released(&fixture, 5);
    part_trade_assert_so_far(&fixture, 55, 550000);
    assert_on_hold(&fixture, SETTLEMENT_PARTIALLY_SETTLED);
    (void)world_target(&fixture.world, PART_SELLER, COMMAND_RELEASE, fixture.seller,
                       DIMENSION_HOLD_PARTY, 0);
    part_trade_assert_event(&fixture, 45, 450000, REASON_PARC);
    part_trade_assert(&fixture, SETTLEMENT_SETTLED, REASON_NONE, REASON_NONE);
    world_close(&fixture.world);
}

static void test_T11_a_new_hold_takes_the_release_back(void **state)
{
    struct part_trade fixture;
    struct receipt receipt;
    (void)state;
    open_held(&fixture, 0);
    released(&fixture, 60);
    receipt = world_target(&fixture.world, PART_SELLER, COMMAND_HOLD, fixture.seller,
                           DIMENSION_HOLD_PARTY, 0);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    assert_on_hold(&fixture, SETTLEMENT_UNSETTLED);
    part_trade_give(&fixture, 100);
    part_trade_assert_so_far(&fixture, 0, 0);
    receipt = world_target(&fixture.world, PART_SELLER, COMMAND_HOLD, fixture.seller,
                           DIMENSION_HOLD_PARTY, 0);
    assert_int_equal(receipt.outcome, OUTCOME_ALREADY);
    world_close(&fixture.world);
}

static void test_T11_other_holds_keep_what_is_released(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        struct part_trade fixture;
        open_held(&fixture, 0);
        uint32_t sender = i == 0 ? (uint32_t)WORLD_OPERATOR : (uint32_t)PART_BUYER;
        uint32_t target = i == 0 ? fixture.seller : fixture.buyer;
        uint8_t which = i == 0 ? DIMENSION_HOLD_CSD : DIMENSION_HOLD_PARTY;
        part_trade_give(&fixture, 100);
        (void)world_target(&fixture.world, sender, COMMAND_HOLD, target, which, 0);
        released(&fixture, 60);
        part_trade_assert_so_far(&fixture, 0, 0);
        (void)world_target(&fixture.world, sender, COMMAND_RELEASE, target, which, 0);
        part_trade_assert_so_far(&fixture, 60, 0);
        assert_on_hold(&fixture, SETTLEMENT_PARTIALLY_SETTLED);
        world_close(&fixture.world);
    }
}

static void test_T11_a_release_without_its_money_waits_for_that(void **state)
{
    struct part_trade fixture;
    (void)state;
    fixture = (struct part_trade){.windows_of_T2S = true};
    part_trade_open(&fixture, WORLD_ISIN_2, 100, 1000000);
    part_trade_give(&fixture, 100);
    part_trade_submit(&fixture);
    (void)world_target(&fixture.world, PART_SELLER, COMMAND_HOLD, fixture.seller,
                       DIMENSION_HOLD_PARTY, 0);
    part_trade_pay(&fixture, 499999);
    released(&fixture, 50);
    part_trade_assert(&fixture, SETTLEMENT_UNSETTLED, REASON_CMON, REASON_MONY);
    part_trade_pay(&fixture, 1);
    part_trade_assert_so_far(&fixture, 50, 500000);
    assert_on_hold(&fixture, SETTLEMENT_PARTIALLY_SETTLED);
    world_close(&fixture.world);
}

static void test_T11_a_pending_release_is_restored(void **state)
{
    struct part_trade fixture;
    (void)state;
    open_held(&fixture, 0);
    released(&fixture, 60);
    while (!world_restore(&fixture.world)) {
        world_block(&fixture.world);
    }
    part_trade_give(&fixture, 100);
    part_trade_assert_so_far(&fixture, 60, 0);
    world_close(&fixture.world);
}

static void test_T11_quantities_that_are_no_part_are_refused(void **state)
{
    static const int64_t wrong[] = {0, -5, 45, 52, 100, 105, INT64_MAX, INT64_MIN};
    struct part_trade fixture;
    (void)state;
    open_held(&fixture, 0);
    for (uint32_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_refused(&fixture, wrong[i], REASON_INVM, DETAIL_NO_PART, FIELD_QUANTITY);
    }
    released(&fixture, 50);
    assert_refused(&fixture, 50, REASON_INVM, DETAIL_NO_PART, FIELD_QUANTITY);
    released(&fixture, 45);
    world_close(&fixture.world);
}

static void test_T11_only_the_deliverer_of_a_matched_one_on_hold_releases(void **state)
{
    struct part_trade fixture;
    struct receipt receipt;
    struct command sell;
    struct command buy;
    (void)state;
    open_held(&fixture, 0);
    receipt = release(&fixture, PART_BUYER, fixture.buyer, 50);
    assert_int_equal(receipt.detail, DETAIL_DELIVERER_ONLY);
    receipt = release(&fixture, PART_BUYER, fixture.seller, 50); /* not its own */
    assert_string_equal(reason_code(receipt.reason), "NRGN");
    receipt = release(&fixture, WORLD_OPERATOR, fixture.seller, 50);
    assert_string_equal(reason_code(receipt.reason), "NRGN");
    (void)world_target(&fixture.world, PART_SELLER, COMMAND_RELEASE, fixture.seller,
                       DIMENSION_HOLD_PARTY, 0);
    assert_refused(&fixture, 50, REASON_INVM, DETAIL_NOT_HELD, FIELD_HOLD);
    part_trade_give(&fixture, 100);
    assert_refused(&fixture, 50, REASON_DSET, DETAIL_CLOSED, FIELD_TARGET_REFERENCE);
    world_trade(&fixture.world, &fixture.trade, &sell, &buy);
    sell.instruct.hold = true;
    fixture.seller = world_instruct(&fixture.world, &sell);
    assert_refused(&fixture, 50, REASON_INVM, DETAIL_NOT_MATCHED, FIELD_TARGET_REFERENCE);
    (void)world_target(&fixture.world, PART_SELLER, COMMAND_CANCEL, fixture.seller, 0, 0);
    assert_refused(&fixture, 50, REASON_DCAN, DETAIL_CLOSED, FIELD_TARGET_REFERENCE);
    world_close(&fixture.world);
}

static void test_T11_what_settles_whole_is_not_released_in_part(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        struct part_trade fixture = {.windows_of_T2S = true};
        part_trade_open(&fixture, WORLD_ISIN_2, 100, 0);
        fixture.seller_allows = i == 0 ? PARTIAL_NPAR : PARTIAL_PARQ;
        fixture.buyer_allows = i == 0 ? PARTIAL_PARQ : PARTIAL_NPAR;
        part_trade_submit(&fixture);
        (void)world_target(&fixture.world, PART_SELLER, COMMAND_HOLD, fixture.seller,
                           DIMENSION_HOLD_PARTY, 0);
        assert_refused(&fixture, 50, REASON_INVM, DETAIL_SETTLES_WHOLE, FIELD_PARTIAL);
        world_close(&fixture.world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_T11_a_released_quantity_settles_at_once_outside_windows),
        cmocka_unit_test(test_T11_what_is_released_and_lacks_settles_as_it_comes),
        cmocka_unit_test(test_T11_releases_add_up_and_the_hold_lets_the_last_go),
        cmocka_unit_test(test_T11_a_new_hold_takes_the_release_back),
        cmocka_unit_test(test_T11_other_holds_keep_what_is_released),
        cmocka_unit_test(test_T11_a_release_without_its_money_waits_for_that),
        cmocka_unit_test(test_T11_a_pending_release_is_restored),
        cmocka_unit_test(test_T11_quantities_that_are_no_part_are_refused),
        cmocka_unit_test(test_T11_only_the_deliverer_of_a_matched_one_on_hold_releases),
        cmocka_unit_test(test_T11_what_settles_whole_is_not_released_in_part),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
