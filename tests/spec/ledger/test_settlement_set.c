/*
 * Goal: a set of pairs settles as a whole on the net of its flows, or nothing changes and the fault
 * names the member in the way (ledger/settlement/settlement_set.h). Negative cases: a member that
 * lacks, is on hold, is early, is blocked; securities are told before cash.
 */
#include "ledger/settlement/settlement_set.h"

#include "ledger/register/account.h"
#include "ledger/state.h"
#include "ledger/state/invariant.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/world.h"

enum {
    A = WORLD_PARTICIPANT,
    B = WORLD_PARTICIPANT + 1,
    C = WORLD_PARTICIPANT + 2,
};

/* Both sides of a trade of a security; the head. */
static uint32_t deliver(struct world *world, uint32_t seller, uint32_t buyer,
                        enum world_asset asset, int64_t quantity, int64_t amount, uint32_t date)
{
    struct world_trade trade = {seller, buyer, asset, quantity, amount, date};
    struct command sell;
    struct command buy;
    uint32_t head;
    world_trade(world, &trade, &sell, &buy);
    head = world_instruct(world, &sell);
    (void)world_instruct(world, &buy);
    return head;
}

static void assert_settled(const struct world *world, uint32_t head)
{
    const struct instruction *one = world_view(world, head);
    world_assert_status(world, head, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED, REASON_NONE);
    world_assert_status(world, one->counterpart, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED,
                        REASON_NONE);
    assert_int_equal(one->queue, QUEUE_NONE);
}

/* Nothing was booked, and the member waits as it did. */
static void assert_untouched(const struct world *world, uint32_t head, enum queue queue)
{
    const struct instruction *one = world_view(world, head);
    assert_int_equal(one->status[DIMENSION_SETTLEMENT].value, SETTLEMENT_UNSETTLED);
    assert_int_equal(one->queue, queue);
}

/* Three deliveries in a circle, nobody holds anything: none can go first, all can go together. */
static void test_circle_of_three_settles_with_nothing_in_hand(void **state)
{
    struct world world;
    struct settlement_fault fault;
    uint32_t heads[3];
    (void)state;
    world_open(&world, NULL);
    world_optimisation(&world, 0, 2); /* sets are made by hand here */
    heads[0] = deliver(&world, A, B, WORLD_ISIN_1, 60, 0, WORLD_TODAY);
    heads[1] = deliver(&world, B, C, WORLD_ISIN_1, 60, 0, WORLD_TODAY);
    heads[2] = deliver(&world, C, A, WORLD_ISIN_1, 60, 0, WORLD_TODAY);
    assert_false(settlement_set_settle(world.ledger, heads, 2, &fault));
    assert_int_equal(fault.head, heads[0]);
    assert_true(settlement_set_settle(world.ledger, heads, 3, &fault));
    for (uint32_t i = 0; i < 3; i++) {
        assert_settled(&world, heads[i]);
        assert_int_equal(world_available(&world, A + i, WORLD_ISIN_1), 0);
    }
    assert_int_equal(invariant_first_broken(world.ledger), INVARIANT_NONE);
    world_close(&world);
}

/* 60 against 50: what is needed is the difference, of the position that gives more. */
static void test_need_is_the_net_of_the_set(void **state)
{
    struct world world;
    struct settlement_fault fault;
    uint32_t heads[2];
    (void)state;
    world_open(&world, NULL);
    world_optimisation(&world, 0, 2); /* sets are made by hand here */
    heads[0] = deliver(&world, B, A, WORLD_ISIN_1, 50, 0, WORLD_TODAY);
    heads[1] = deliver(&world, A, B, WORLD_ISIN_1, 60, 0, WORLD_TODAY);
    world_fund(&world, A, WORLD_ISIN_1, 9);
    assert_false(settlement_set_settle(world.ledger, heads, 2, &fault));
    assert_int_equal(fault.head, heads[1]);
    assert_int_equal(fault.why.deliverer_reason, REASON_LACK);
    assert_int_equal(fault.why.receiver_reason, REASON_CLAC);
    assert_int_equal(fault.why.queue, QUEUE_POSITION);
    assert_int_equal(fault.why.position, world_position(&world, A, WORLD_ISIN_1, 0));
    assert_int_equal(fault.why.need, 10);
    assert_untouched(&world, heads[0], QUEUE_POSITION);
    assert_untouched(&world, heads[1], QUEUE_POSITION);
    assert_int_equal(world_available(&world, A, WORLD_ISIN_1), 9);
    world_fund(&world, A, WORLD_ISIN_1, 1);
    assert_true(settlement_set_settle(world.ledger, heads, 2, &fault));
    assert_settled(&world, heads[0]);
    assert_settled(&world, heads[1]);
    assert_int_equal(world_available(&world, B, WORLD_ISIN_1), 10);
    world_close(&world);
}

/* A buys one security with the money of another one that it sells: two assets and a currency. */
static void test_securities_and_cash_at_once(void **state)
{
    struct world world;
    struct settlement_fault fault;
    uint32_t heads[2];
    (void)state;
    world_open(&world, NULL);
    world_optimisation(&world, 0, 2); /* sets are made by hand here */
    heads[0] = deliver(&world, A, B, WORLD_ISIN_1, 10, 70000, WORLD_TODAY);
    heads[1] = deliver(&world, B, A, WORLD_ISIN_2, 20, 50000, WORLD_TODAY);
    world_fund(&world, A, WORLD_ISIN_1, 10);
    world_fund(&world, B, WORLD_EUR, 20000);
    assert_false(settlement_set_settle(world.ledger, heads, 2, &fault));
    assert_int_equal(fault.head, heads[1]); /* T16 before T17: securities first */
    assert_int_equal(fault.why.deliverer_reason, REASON_LACK);
    world_fund(&world, B, WORLD_ISIN_2, 20);
    assert_true(settlement_set_settle(world.ledger, heads, 2, &fault));
    assert_int_equal(world_available(&world, A, WORLD_EUR), 20000);
    assert_int_equal(world_available(&world, B, WORLD_EUR), 0);
    assert_int_equal(world_available(&world, A, WORLD_ISIN_2), 20);
    world_close(&world);
}

/* T17: money of the net is short by a cent. */
static void test_cash_is_told_when_securities_suffice(void **state)
{
    struct world world;
    struct settlement_fault fault;
    uint32_t heads[2];
    (void)state;
    world_open(&world, NULL);
    world_optimisation(&world, 0, 2); /* sets are made by hand here */
    heads[0] = deliver(&world, A, B, WORLD_ISIN_1, 10, 70000, WORLD_TODAY);
    heads[1] = deliver(&world, B, A, WORLD_ISIN_2, 20, 50000, WORLD_TODAY);
    world_fund(&world, A, WORLD_ISIN_1, 10);
    world_fund(&world, B, WORLD_ISIN_2, 20);
    world_fund(&world, B, WORLD_EUR, 19900);
    assert_false(settlement_set_settle(world.ledger, heads, 2, &fault));
    assert_int_equal(fault.head, heads[0]);
    assert_int_equal(fault.why.deliverer_reason, REASON_CMON);
    assert_int_equal(fault.why.receiver_reason, REASON_MONY);
    assert_int_equal(fault.why.need, 20000);
    assert_int_equal(world_available(&world, A, WORLD_ISIN_1), 10);
    assert_int_equal(world_available(&world, B, WORLD_ISIN_2), 20);
    world_close(&world);
}

/* One member that may not settle keeps all of them, whatever is in hand. */
static void test_one_closed_gate_keeps_all(void **state)
{
    struct world world;
    struct settlement_fault fault;
    uint32_t heads[2];
    (void)state;
    world_open(&world, NULL);
    world_optimisation(&world, 0, 2); /* sets are made by hand here */
    heads[0] = deliver(&world, A, B, WORLD_ISIN_1, 60, 0, WORLD_TODAY);
    heads[1] = deliver(&world, B, A, WORLD_ISIN_1, 60, 0, WORLD_TODAY);
    (void)world_target(&world, B, COMMAND_HOLD, heads[1], DIMENSION_HOLD_PARTY, 0);
    assert_false(settlement_set_settle(world.ledger, heads, 2, &fault));
    assert_int_equal(fault.head, heads[1]);
    assert_int_equal(fault.why.deliverer_reason, REASON_PREA);
    assert_int_equal(fault.why.receiver_reason, REASON_PRCY);
    assert_untouched(&world, heads[0], QUEUE_POSITION);
    assert_untouched(&world, heads[1], QUEUE_NONE);
    world_close(&world);
}

/* A member whose date has not come waits for it, and so does the set. */
static void test_one_early_member_keeps_all(void **state)
{
    struct world world;
    struct settlement_fault fault;
    uint32_t heads[2];
    (void)state;
    world_open(&world, NULL);
    world_optimisation(&world, 0, 2); /* sets are made by hand here */
    heads[0] = deliver(&world, A, B, WORLD_ISIN_1, 60, 0, WORLD_TODAY);
    heads[1] = deliver(&world, B, A, WORLD_ISIN_1, 60, 0, WORLD_TOMORROW);
    assert_false(settlement_set_settle(world.ledger, heads, 2, &fault));
    assert_int_equal(fault.head, heads[1]);
    assert_int_equal(fault.why.deliverer_reason, REASON_FUTU);
    assert_int_equal(fault.why.queue, QUEUE_DATE);
    assert_false(settlement_set_eligible(world.ledger, heads, 2, &fault));
    assert_true(settlement_set_eligible(world.ledger, heads, 1, &fault));
    world_close(&world);
}

/* A set that names a pair twice, or a receiver's side, is a mistake of the caller. */
static void test_heads_are_checked(void **state)
{
    struct world world;
    struct settlement_fault fault;
    uint32_t heads[2];
    (void)state;
    world_open(&world, NULL);
    world_optimisation(&world, 0, 2); /* sets are made by hand here */
    heads[0] = deliver(&world, A, B, WORLD_ISIN_1, 60, 0, WORLD_TODAY);
    heads[1] = world_view(&world, heads[0])->counterpart;
    expect_assert_failure((void)settlement_set_settle(world.ledger, &heads[1], 1, &fault));
    heads[1] = heads[0];
    expect_assert_failure((void)settlement_set_settle(world.ledger, heads, 2, &fault));
    expect_assert_failure((void)settlement_set_settle(world.ledger, heads, 0, &fault));
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_circle_of_three_settles_with_nothing_in_hand),
        cmocka_unit_test(test_need_is_the_net_of_the_set),
        cmocka_unit_test(test_securities_and_cash_at_once),
        cmocka_unit_test(test_cash_is_told_when_securities_suffice),
        cmocka_unit_test(test_one_closed_gate_keeps_all),
        cmocka_unit_test(test_one_early_member_keeps_all),
        cmocka_unit_test(test_heads_are_checked),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
