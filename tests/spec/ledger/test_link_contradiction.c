/*
 * Goal: T15. Links that a match has made impossible to keep (ledger/link/contradiction.h): both
 * sides are told which contradiction it is, nothing settles, unlinking cures it; and nobody is told
 * of one where there is none.
 */
#include "ledger/instruction/explain.h"
#include "ledger/link/link.h"
#include "ledger/state.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/world.h"

enum {
    A = WORLD_PARTICIPANT,
    B = WORLD_PARTICIPANT + 1,
    C = WORLD_PARTICIPANT + 2,
    CHAIN = 40, /* pairs: two of them are more than may settle in one step */
};

struct sides {
    struct command sell;
    struct command buy;
};

static struct sides trade(struct world *world, uint32_t seller, uint32_t buyer, int64_t quantity)
{
    const struct world_trade terms = {seller, buyer, WORLD_ISIN_1, quantity, 0, WORLD_TODAY};
    struct sides sides;
    world_trade(world, &terms, &sides.sell, &sides.buy);
    return sides;
}

static void name_link(struct command *command, uint8_t type, const struct text35 *reference)
{
    command->instruct.links[command->instruct.link_count].type = type;
    command->instruct.links[command->instruct.link_count].reference = *reference;
    command->instruct.link_count++;
}

static void unlink_pair(struct world *world, uint32_t party, uint32_t index, uint32_t other,
                        uint8_t type)
{
    struct command command;
    world_command(world, COMMAND_UNLINK, &command);
    command.link =
        (struct command_link){world_bic(party), world_view(world, index)->reference,
                              world_bic(party), world_view(world, other)->reference, type};
    assert_int_equal(world_submit(world, party, &command).outcome, OUTCOME_DONE);
}

static bool settled(const struct world *world, uint32_t index)
{
    return world_view(world, index)->status[DIMENSION_SETTLEMENT].value == SETTLEMENT_SETTLED;
}

static void assert_kept(const struct world *world, uint32_t index, enum detail detail)
{
    struct explanation why;
    world_assert_status(world, index, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, REASON_LINK);
    explain_instruction(world->ledger, index, &why);
    assert_string_equal(detail_name(why.detail), detail_name(detail));
}

/* The only event of a kind in the last block names both sides of the pair. */
static void assert_told(const struct world *world, enum event_kind kind, uint32_t deliverer)
{
    const struct instruction *side = world_view(world, deliverer);
    struct event event = {0};
    assert_int_equal(world_event_count(world, kind), 1);
    for (uint32_t i = 0; i < world->output.event_count && event.kind != kind; i++) {
        const struct ledger_leaf *leaf = &world->output.events[i];
        assert_true(event_decode(&event, leaf->bytes, leaf->size));
    }
    assert_int_equal(event.instruction_sequence, side->sequence);
    assert_int_equal(event.counter_sequence, world_view(world, side->counterpart)->sequence);
    assert_string_equal(reason_code(event.reason), "LINK");
}

static void assert_nothing_told(const struct world *world)
{
    assert_int_equal(world_event_count(world, EVENT_LINKED_IN_CIRCLE), 0);
    assert_int_equal(world_event_count(world, EVENT_LINKED_TOO_MANY), 0);
}

/* A delivers the second after the first, B takes the first after the second. */
static void test_T15_a_circle_that_a_match_closes_is_told(void **state)
{
    struct world world;
    struct sides one;
    struct sides two;
    uint32_t sold[2];
    uint32_t bought[2];
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, A, WORLD_ISIN_1, 21);
    one = trade(&world, A, B, 10);
    two = trade(&world, A, B, 11);
    sold[0] = world_instruct(&world, &one.sell);
    name_link(&two.sell, LINK_AFTE, &one.sell.reference);
    sold[1] = world_instruct(&world, &two.sell);
    bought[1] = world_instruct(&world, &two.buy);
    assert_nothing_told(&world);
    assert_kept(&world, sold[1], DETAIL_NONE); /* the first may still come */
    name_link(&one.buy, LINK_AFTE, &two.buy.reference);
    bought[0] = world_instruct(&world, &one.buy);
    assert_told(&world, EVENT_LINKED_IN_CIRCLE, sold[0]);
    for (uint32_t i = 0; i < 2; i++) {
        assert_kept(&world, sold[i], DETAIL_LINK_CIRCLE);
        assert_kept(&world, bought[i], DETAIL_LINK_CIRCLE);
    }
    assert_false(world.output.more_due);
    unlink_pair(&world, B, bought[0], bought[1], LINK_AFTE);
    world_settle_down(&world);
    assert_true(settled(&world, sold[0]));
    assert_true(settled(&world, sold[1]));
    world_close(&world);
}

/* The same as three pairs of three parties; any of them is told why, though only two were told. */
static void test_T15_a_circle_over_three_parties_is_explained_to_all(void **state)
{
    static const uint32_t ring[] = {A, B, C};
    struct world world;
    struct sides sides[3];
    uint32_t heads[3];
    (void)state;
    world_open(&world, NULL);
    for (uint32_t i = 0; i < 3; i++) {
        world_fund(&world, ring[i], WORLD_ISIN_1, 10);
        sides[i] = trade(&world, ring[i], ring[(i + 1) % 3], 10);
        heads[i] = world_instruct(&world, &sides[i].sell);
    }
    for (uint32_t i = 0; i < 3; i++) { /* each takes only after it has delivered */
        name_link(&sides[i].buy, LINK_AFTE, &sides[(i + 1) % 3].sell.reference);
        (void)world_instruct(&world, &sides[i].buy);
    }
    assert_told(&world, EVENT_LINKED_IN_CIRCLE, heads[2]);
    for (uint32_t i = 0; i < 3; i++) {
        assert_kept(&world, heads[i], DETAIL_LINK_CIRCLE);
    }
    unlink_pair(&world, B, world_view(&world, heads[0])->counterpart, heads[1], LINK_AFTE);
    world_settle_down(&world);
    for (uint32_t i = 0; i < 3; i++) {
        assert_true(settled(&world, heads[i]));
    }
    world_close(&world);
}

/* Pairs of one seller and one buyer, in a chain of the seller's WITH links, the oldest first. */
static void chain(struct world *world, uint32_t seller, uint32_t buyer, uint32_t *heads)
{
    for (uint32_t i = 0; i < CHAIN; i++) {
        struct sides sides = trade(world, seller, buyer, 100 + i);
        if (i > 0) {
            name_link(&sides.sell, LINK_WITH, &world_view(world, heads[i - 1])->reference);
        }
        heads[i] = world_instruct(world, &sides.sell);
        (void)world_instruct(world, &sides.buy);
    }
}

/* Each party's chain is allowed; a delivery of A to B that is linked to both joins them. */
static void test_T15_too_many_that_a_match_joins_are_told(void **state)
{
    struct world world;
    struct sides joint;
    uint32_t first[CHAIN];
    uint32_t second[CHAIN];
    uint32_t sold;
    uint32_t bought;
    (void)state;
    world_open(&world, NULL);
    chain(&world, A, C, first);
    chain(&world, B, C, second);
    joint = trade(&world, A, B, 10);
    name_link(&joint.sell, LINK_WITH, &world_view(&world, first[0])->reference);
    name_link(&joint.buy, LINK_WITH, &world_view(&world, second[0])->reference);
    sold = world_instruct(&world, &joint.sell);
    assert_nothing_told(&world);
    bought = world_instruct(&world, &joint.buy);
    assert_told(&world, EVENT_LINKED_TOO_MANY, sold);
    world_fund(&world, A, WORLD_ISIN_1, 100000);
    world_fund(&world, B, WORLD_ISIN_1, 100000);
    world_settle_down(&world);
    assert_kept(&world, sold, DETAIL_LINKS_FULL);
    assert_kept(&world, bought, DETAIL_LINKS_FULL);
    assert_kept(&world, first[CHAIN - 1], DETAIL_LINKS_FULL);
    assert_kept(&world, second[CHAIN - 1], DETAIL_LINKS_FULL);
    unlink_pair(&world, B, bought, second[0], LINK_WITH);
    world_settle_down(&world);
    assert_true(settled(&world, sold));
    for (uint32_t i = 0; i < CHAIN; i++) {
        assert_true(settled(&world, first[i]));
        assert_true(settled(&world, second[i]));
    }
    world_close(&world);
}

/* Order among what settles in one step is kept by that step, and no contradiction. */
static void test_order_within_a_set_is_no_contradiction(void **state)
{
    struct world world;
    struct sides one;
    struct sides two;
    uint32_t sold[2];
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, A, WORLD_ISIN_1, 21);
    one = trade(&world, A, B, 10);
    two = trade(&world, A, B, 11);
    name_link(&two.sell, LINK_WITH, &one.sell.reference);
    name_link(&one.buy, LINK_AFTE, &two.buy.reference);
    sold[0] = world_instruct(&world, &one.sell);
    sold[1] = world_instruct(&world, &two.sell);
    two.buy.instruct.hold = true;
    (void)world_instruct(&world, &two.buy);
    (void)world_instruct(&world, &one.buy);
    assert_nothing_told(&world);
    (void)world_target(&world, B, COMMAND_RELEASE, world_view(&world, sold[1])->counterpart,
                       DIMENSION_HOLD_PARTY, 0);
    world_settle_down(&world);
    assert_true(settled(&world, sold[0]));
    assert_true(settled(&world, sold[1]));
    world_close(&world);
}

/* Linked one after the other, without a way back; and what waits so is not explained as kept. */
static void test_an_order_without_a_way_back_is_no_contradiction(void **state)
{
    struct world world;
    struct sides one;
    struct sides two;
    uint32_t sold[2];
    (void)state;
    world_open(&world, NULL);
    one = trade(&world, A, B, 10);
    two = trade(&world, A, B, 11);
    name_link(&two.sell, LINK_AFTE, &one.sell.reference);
    name_link(&two.buy, LINK_AFTE, &one.buy.reference);
    sold[0] = world_instruct(&world, &one.sell);
    sold[1] = world_instruct(&world, &two.sell);
    (void)world_instruct(&world, &one.buy);
    assert_nothing_told(&world);
    (void)world_instruct(&world, &two.buy);
    assert_nothing_told(&world);
    world_fund(&world, A, WORLD_ISIN_1, 9);
    assert_kept(&world, sold[1], DETAIL_NONE);
    world_fund(&world, A, WORLD_ISIN_1, 12);
    world_settle_down(&world);
    assert_true(settled(&world, sold[0]));
    assert_true(settled(&world, sold[1]));
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_T15_a_circle_that_a_match_closes_is_told),
        cmocka_unit_test(test_T15_a_circle_over_three_parties_is_explained_to_all),
        cmocka_unit_test(test_T15_too_many_that_a_match_joins_are_told),
        cmocka_unit_test(test_order_within_a_set_is_no_contradiction),
        cmocka_unit_test(test_an_order_without_a_way_back_is_no_contradiction),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
