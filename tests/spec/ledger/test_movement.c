/*
 * Goal: I8. What is set aside stays held but does not settle; who may move what; a movement back
 * to available wakes what waits for it.
 */
#include "ledger/holding/position.h"

#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/letter.h"

enum {
    SELLER = WORLD_PARTICIPANT,
    BUYER = WORLD_PARTICIPANT + 1
};

static void movement(struct world *world, uint8_t from, uint8_t to, int64_t quantity,
                     struct command *out)
{
    world_command(world, COMMAND_MOVE, out);
    out->movement = (struct command_movement){.bic = world_bic(SELLER),
                                              .account = world_account(WORLD_ISIN_1, 0),
                                              .asset = world_asset(WORLD_ISIN_1),
                                              .from = from,
                                              .to = to,
                                              .quantity = quantity};
}

static struct receipt move(struct world *world, uint32_t sender, uint8_t from, uint8_t to,
                           int64_t quantity)
{
    struct command command;
    movement(world, from, to, quantity, &command);
    return world_submit(world, sender, &command);
}

static void assert_invb(struct receipt receipt, enum detail detail, enum field field)
{
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_INVB, detail, field);
}

static void test_own_balances(void **state)
{
    struct world world;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, SELLER, WORLD_ISIN_1, 100);
    assert_int_equal(move(&world, SELLER, POSITION_AVAILABLE, POSITION_EARMARKED, 60).outcome,
                     OUTCOME_DONE);
    assert_int_equal(world_event_count(&world, EVENT_MOVED), 1);
    assert_int_equal(move(&world, SELLER, POSITION_EARMARKED, POSITION_RESERVED, 10).outcome,
                     OUTCOME_DONE);
    uint32_t index = world_position(&world, SELLER, WORLD_ISIN_1, 0);
    const struct position *position = position_view(world.ledger, index);
    assert_int_equal(position->balance[POSITION_AVAILABLE], 40);
    assert_int_equal(position->balance[POSITION_EARMARKED], 50);
    assert_int_equal(position->balance[POSITION_RESERVED], 10);
    assert_int_equal(position_held(position), 100);
    world_close(&world);
}

static void test_who_may_move_what(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, SELLER, WORLD_ISIN_1, 100);
    assert_invb(move(&world, SELLER, POSITION_AVAILABLE, POSITION_BLOCKED, 1), DETAIL_NOT_ALLOWED,
                FIELD_BALANCE_TO);
    assert_int_equal(move(&world, WORLD_OPERATOR, POSITION_AVAILABLE, POSITION_BLOCKED, 5).outcome,
                     OUTCOME_DONE);
    assert_invb(move(&world, SELLER, POSITION_BLOCKED, POSITION_AVAILABLE, 1), DETAIL_NOT_ALLOWED,
                FIELD_BALANCE_FROM);
    assert_invb(move(&world, WORLD_OPERATOR, POSITION_AVAILABLE, POSITION_ON_LOAN, 1),
                DETAIL_NOT_ALLOWED, FIELD_BALANCE_TO);
    assert_invb(move(&world, SELLER, POSITION_AVAILABLE, 200, 1), DETAIL_NOT_ALLOWED,
                FIELD_BALANCE_TO);
    assert_invb(move(&world, SELLER, POSITION_AVAILABLE, POSITION_AVAILABLE, 1), DETAIL_SELF,
                FIELD_BALANCE_TO);
    assert_invb(move(&world, SELLER, POSITION_AVAILABLE, POSITION_RESERVED, 96), DETAIL_LACK,
                FIELD_QUANTITY);
    struct receipt receipt = move(&world, SELLER, POSITION_AVAILABLE, POSITION_RESERVED, 0);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_DQUA, DETAIL_OUT_OF_RANGE, FIELD_QUANTITY);
    receipt = move(&world, BUYER, POSITION_AVAILABLE, POSITION_RESERVED, 1);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_SAFE, DETAIL_UNKNOWN, FIELD_ACCOUNT);
    movement(&world, POSITION_AVAILABLE, POSITION_RESERVED, 1, &command);
    command.movement.asset = world_asset(WORLD_ISIN_2);
    receipt = world_submit(&world, SELLER, &command);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_DSEC, DETAIL_UNKNOWN, FIELD_ASSET);
    world_close(&world);
}

static void test_what_is_set_aside_does_not_settle(void **state)
{
    struct world world;
    struct command sell;
    struct command buy;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, SELLER, WORLD_ISIN_1, 100);
    world_fund(&world, BUYER, WORLD_EUR, 5000);
    (void)move(&world, SELLER, POSITION_AVAILABLE, POSITION_RESERVED, 70);
    world_trade(&world, &(struct world_trade){SELLER, BUYER, WORLD_ISIN_1, 40, 5000, WORLD_TODAY},
                &sell, &buy);
    uint32_t sold = world_instruct(&world, &sell);
    (void)world_instruct(&world, &buy);
    world_assert_status(&world, sold, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, REASON_LACK);
    (void)move(&world, SELLER, POSITION_RESERVED, POSITION_AVAILABLE, 9);
    world_settle_down(&world);
    world_assert_status(&world, sold, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, REASON_LACK);
    (void)move(&world, SELLER, POSITION_RESERVED, POSITION_AVAILABLE, 1);
    world_settle_down(&world);
    world_assert_status(&world, sold, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED, REASON_NONE);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_balances),
        cmocka_unit_test(test_who_may_move_what),
        cmocka_unit_test(test_what_is_set_aside_does_not_settle),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
