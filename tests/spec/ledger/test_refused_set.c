/*
 * Goal: a set that passes provision, and that a gate refuses as a whole all the same: a limit of a
 * party that its members use up together (ledger/limit/limit.h). Nothing of it is booked or
 * counted; each member is told what is in its own way; optimisation goes on without the one that is
 * in the way (ledger/optimisation/optimisation.h), and when the limit is raised the set settles.
 */
#include "ledger/limit/limit.h"
#include "ledger/link/link.h"
#include "ledger/state.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/world.h"

enum {
    A = WORLD_PARTICIPANT,
    B = WORLD_PARTICIPANT + 1,
    C = WORLD_PARTICIPANT + 2,
};

static uint32_t deliver(struct world *world, uint32_t seller, uint32_t buyer, int64_t quantity,
                        bool held)
{
    const struct world_trade trade = {seller, buyer, WORLD_ISIN_1, quantity, 0, WORLD_TODAY};
    struct command sell;
    struct command buy;
    uint32_t head;
    world_trade(world, &trade, &sell, &buy);
    sell.instruct.hold = held;
    head = world_instruct(world, &sell);
    (void)world_instruct(world, &buy);
    return head;
}

/* What A and B may settle with each other of ISIN_1 in a day. */
static void limit_to(struct world *world, int64_t amount)
{
    struct command command;
    world_command(world, COMMAND_LIMIT_SET, &command);
    command.limit_set = (struct command_limit_set){.bic = world_bic(A),
                                                   .scope = LIMIT_COUNTERPARTY,
                                                   .counterparty = world_bic(B),
                                                   .asset = world_asset(WORLD_ISIN_1),
                                                   .amount = amount};
    assert_int_equal(world_submit(world, WORLD_OPERATOR, &command).outcome, OUTCOME_DONE);
}

static int64_t limit_counted(const struct world *world)
{
    uint32_t limit =
        limit_find(world->ledger, world_party_index(world, A), LIMIT_COUNTERPARTY,
                   world_party_index(world, B), world_asset_index(world, WORLD_ISIN_1));
    assert_int_not_equal(limit, RECORD_NONE);
    return limit_used(world->ledger, limit);
}

static bool settled(const struct world *world, uint32_t head)
{
    return world_view(world, head)->status[DIMENSION_SETTLEMENT].value == SETTLEMENT_SETTLED;
}

static void assert_pending(const struct world *world, uint32_t head, enum reason reason,
                           enum queue queue)
{
    world_assert_status(world, head, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, reason);
    assert_int_equal(world_view(world, head)->queue, queue);
}

static void link_with(struct world *world, uint32_t one, uint32_t two)
{
    struct command command;
    world_command(world, COMMAND_LINK, &command);
    command.link =
        (struct command_link){world_bic(A), world_view(world, one)->reference, world_bic(A),
                              world_view(world, two)->reference, LINK_WITH};
    assert_int_equal(world_submit(world, A, &command).outcome, OUTCOME_DONE);
}

/* Both within the limit, together beyond it: the second is told, the others wait for it. */
static void test_T15_a_tied_set_beyond_a_limit_settles_nothing(void **state)
{
    struct world world;
    uint32_t heads[3];
    (void)state;
    world_open(&world, NULL);
    limit_to(&world, 50);
    heads[0] = deliver(&world, A, B, 30, true);
    heads[1] = deliver(&world, A, C, 5, true);
    heads[2] = deliver(&world, A, B, 40, true);
    link_with(&world, heads[0], heads[1]);
    link_with(&world, heads[1], heads[2]);
    world_fund(&world, A, WORLD_ISIN_1, 75);
    for (uint32_t i = 0; i < 3; i++) {
        (void)world_target(&world, A, COMMAND_RELEASE, heads[i], DIMENSION_HOLD_PARTY, 0);
    }
    world_settle_down(&world);
    assert_pending(&world, heads[0], REASON_LINK, QUEUE_NONE);
    assert_pending(&world, heads[1], REASON_LINK, QUEUE_NONE);
    assert_pending(&world, heads[2], REASON_OTHR, QUEUE_LIMIT);
    assert_int_equal(limit_counted(&world), 0);
    assert_int_equal(world_available(&world, A, WORLD_ISIN_1), 75);
    limit_to(&world, 69);
    world_settle_down(&world);
    assert_int_equal(world_available(&world, A, WORLD_ISIN_1), 75);
    limit_to(&world, 70);
    world_settle_down(&world);
    for (uint32_t i = 0; i < 3; i++) {
        assert_true(settled(&world, heads[i]));
    }
    assert_int_equal(limit_counted(&world), 70);
    assert_int_equal(world_available(&world, A, WORLD_ISIN_1), 0);
    world_close(&world);
}

/* There and back between A and B is beyond their limit; there and back between A and C is not. */
static void test_optimisation_leaves_out_who_is_beyond_a_limit(void **state)
{
    struct world world;
    uint32_t heads[4];
    (void)state;
    world_open(&world, NULL);
    limit_to(&world, 100);
    heads[0] = deliver(&world, A, B, 60, true);
    heads[1] = deliver(&world, B, A, 60, false);
    heads[2] = deliver(&world, A, C, 40, true);
    heads[3] = deliver(&world, C, A, 40, false);
    world_optimisation(&world, 0, 2); /* until all of them lack */
    (void)world_target(&world, A, COMMAND_RELEASE, heads[0], DIMENSION_HOLD_PARTY, 0);
    (void)world_target(&world, A, COMMAND_RELEASE, heads[2], DIMENSION_HOLD_PARTY, 0);
    for (uint32_t i = 0; i < 4; i++) {
        assert_pending(&world, heads[i], REASON_LACK, QUEUE_POSITION);
    }
    world_optimisation(&world, 1000000, 100);
    world_block(&world);
    assert_int_equal(world_event_count(&world, EVENT_OPTIMISED), 1);
    assert_true(settled(&world, heads[2]) && settled(&world, heads[3]));
    assert_pending(&world, heads[0], REASON_LACK, QUEUE_POSITION);
    assert_pending(&world, heads[1], REASON_LACK, QUEUE_POSITION);
    assert_int_equal(limit_counted(&world), 0);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_T15_a_tied_set_beyond_a_limit_settles_nothing),
        cmocka_unit_test(test_optimisation_leaves_out_who_is_beyond_a_limit),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
