/*
 * Goal: an explanation shows the nearest instruction that is alleged against the asking party and
 * no other, prefers fewer differences, then the nearer amount, then the older one, and stays within
 * its bound when very many are alleged.
 */
#include "ledger/instruction/explain.h"
#include "ledger/state.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/world.h"

enum {
    SELLER = WORLD_PARTICIPANT,
    BUYER = WORLD_PARTICIPANT + 1,
    STRANGER = WORLD_PARTICIPANT + 2,
};

/* One side of a trade between two parties; the other parameters make it differ. */
static uint32_t side(struct world *world, bool deliver, uint32_t seller, uint32_t buyer,
                     enum world_asset asset, int64_t quantity, int64_t amount)
{
    struct world_trade trade = {seller, buyer, asset, quantity, amount, WORLD_TODAY};
    struct command sell;
    struct command buy;
    world_trade(world, &trade, &sell, &buy);
    return world_instruct(world, deliver ? &sell : &buy);
}

static struct explanation explained(const struct world *world, uint32_t index)
{
    struct explanation out;
    explain_instruction(world->ledger, index, &out);
    return out;
}

static void test_fewer_differences_then_amount_then_age(void **state)
{
    struct world world;
    struct explanation explanation;
    uint32_t asking;
    uint32_t two;
    uint32_t far;
    uint32_t near_one;
    (void)state;
    world_open(&world, NULL);
    asking = side(&world, true, SELLER, BUYER, WORLD_ISIN_1, 100, 500000);
    two = side(&world, false, SELLER, BUYER, WORLD_ISIN_2, 101, 500000);
    assert_int_equal(explained(&world, asking).nearest, two);
    far = side(&world, false, SELLER, BUYER, WORLD_ISIN_1, 100, 900000);
    assert_int_equal(explained(&world, asking).nearest, far);
    near_one = side(&world, false, SELLER, BUYER, WORLD_ISIN_1, 100, 500300);
    (void)side(&world, false, SELLER, BUYER, WORLD_ISIN_1, 100, 499700);
    explanation = explained(&world, asking);
    assert_int_equal(explanation.nearest, near_one); /* equally near, but older */
    assert_int_equal(explanation.differing, 1u << (MATCH_FIELD_AMOUNT - 1));
    assert_int_equal(explanation.examined, 4);
    assert_true(explanation.complete);
    world_close(&world);
}

/* What does not name the asking party is not shown to it, near as it may be. */
static void test_only_what_is_alleged_against_the_party_is_shown(void **state)
{
    struct world world;
    struct explanation explanation;
    uint32_t asking;
    (void)state;
    world_open(&world, NULL);
    asking = side(&world, true, SELLER, BUYER, WORLD_ISIN_1, 100, 500000);
    (void)side(&world, false, STRANGER, BUYER, WORLD_ISIN_1, 100, 500000);
    explanation = explained(&world, asking);
    assert_int_equal(explanation.nearest, RECORD_NONE);
    assert_int_equal(explanation.actor, EXPLAIN_COUNTERPARTY);
    assert_int_equal(explanation.examined, 0);
    world_close(&world);
}

/* What has matched or ended is alleged no more. */
static void test_what_has_ended_is_not_near(void **state)
{
    struct world world;
    uint32_t asking;
    uint32_t other;
    (void)state;
    world_open(&world, NULL);
    asking = side(&world, true, SELLER, BUYER, WORLD_ISIN_1, 100, 500000);
    other = side(&world, false, SELLER, BUYER, WORLD_ISIN_1, 101, 500000);
    assert_int_equal(explained(&world, asking).nearest, other);
    (void)world_target(&world, BUYER, COMMAND_CANCEL, other, 0, 0);
    assert_int_equal(explained(&world, asking).nearest, RECORD_NONE);
    assert_int_equal(explained(&world, other).dimension, DIMENSION_CANCELLATION);
    assert_int_equal(explained(&world, other).reason, REASON_CANI);
    assert_int_equal(explained(&world, other).actor, EXPLAIN_NOBODY);
    world_close(&world);
}

/* More are alleged than may be looked at: those in the same security come first, and it is said. */
static void test_the_search_is_bounded(void **state)
{
    struct world_options options = {.instructions = EXPLAIN_STEPS_MAX + 64,
                                    .references = 2 * EXPLAIN_STEPS_MAX,
                                    .wake_budget = 10};
    struct world world;
    struct explanation explanation;
    uint32_t asking;
    uint32_t same_security;
    uint32_t alleged = 0;
    (void)state;
    world_open(&world, &options);
    asking = side(&world, true, SELLER, BUYER, WORLD_ISIN_2, 100, 500000);
    while (alleged < EXPLAIN_STEPS_MAX) {
        for (uint32_t i = 0; i < WORLD_BLOCK_COMMANDS_MAX; i++, alleged++) {
            struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_1, 100, 500000, WORLD_TODAY};
            struct command sell;
            struct command buy;
            world_trade(&world, &trade, &sell, &buy);
            world_add(&world, BUYER, &buy);
        }
        world_block(&world);
        world.ts_ms +=
            600000; /* beyond the validity of the envelopes, which are remembered till then */
    }
    assert_true(explained(&world, asking).complete);
    same_security = side(&world, false, SELLER, BUYER, WORLD_ISIN_2, 77, 900000);
    explanation = explained(&world, asking);
    assert_false(explanation.complete);
    assert_int_equal(explanation.examined, EXPLAIN_STEPS_MAX);
    /* One difference in another security is nearer than two in the same. */
    assert_int_not_equal(explanation.nearest, same_security);
    assert_int_equal(explanation.differing, 1u << (MATCH_FIELD_ASSET - 1));
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fewer_differences_then_amount_then_age),
        cmocka_unit_test(test_only_what_is_alleged_against_the_party_is_shown),
        cmocka_unit_test(test_what_has_ended_is_not_near),
        cmocka_unit_test(test_the_search_is_bounded),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
