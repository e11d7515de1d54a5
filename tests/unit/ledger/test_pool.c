/*
 * Goal: the members of a pool (ledger/link/pool.h) are found by party and reference alone, in the
 * order of their numbers, whatever the order they came in; names that begin alike, other parties
 * and what has ended are kept apart.
 */
#include "ledger/link/pool.h"

#include "ledger/state.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/world.h"

enum {
    A = WORLD_PARTICIPANT,
    B = WORLD_PARTICIPANT + 1,
};

/* One side of a delivery, in a pool. */
static uint32_t member(struct world *world, uint32_t party, const char *pool, uint16_t number,
                       uint16_t total)
{
    struct world_trade trade = {party, party == A ? B : A, WORLD_ISIN_1, 10, 0, WORLD_TODAY};
    struct command sell;
    struct command buy;
    world_trade(world, &trade, &sell, &buy);
    sell.instruct.pool = world_text(pool);
    sell.instruct.pool_number = number;
    sell.instruct.pool_total = total;
    return world_instruct(world, &sell);
}

static uint32_t first_of(const struct world *world, uint32_t party, const char *pool)
{
    struct text35 reference = world_text(pool);
    return pool_first(world->ledger, world_party_index(world, party), &reference);
}

static void test_members_come_by_number(void **state)
{
    struct world world;
    uint32_t third;
    uint32_t first;
    uint32_t second;
    (void)state;
    world_open(&world, NULL);
    third = member(&world, A, "P", 3, 3);
    first = member(&world, A, "P", 1, 3);
    assert_false(pool_complete(world.ledger, first));
    second = member(&world, A, "P", 2, 3);
    assert_int_equal(first_of(&world, A, "P"), first);
    assert_int_equal(pool_next(world.ledger, first), second);
    assert_int_equal(pool_next(world.ledger, second), third);
    assert_int_equal(pool_next(world.ledger, third), RECORD_NONE);
    assert_true(pool_complete(world.ledger, third));
    world_close(&world);
}

/* A longer name, a shorter one, one between, and the same of another party. */
static void test_names_and_parties_are_kept_apart(void **state)
{
    struct world world;
    uint32_t pb;
    uint32_t p;
    uint32_t pa;
    uint32_t other;
    (void)state;
    world_open(&world, NULL);
    pb = member(&world, A, "PB", 1, 2);
    p = member(&world, A, "P", 1, 2);
    other = member(&world, B, "P", 1, 2);
    pa = member(&world, A, "PA", 2, 2);
    assert_int_equal(first_of(&world, A, "P"), p);
    assert_int_equal(first_of(&world, A, "PA"), pa);
    assert_int_equal(first_of(&world, A, "PB"), pb);
    assert_int_equal(first_of(&world, B, "P"), other);
    assert_int_equal(pool_next(world.ledger, p), RECORD_NONE);
    assert_int_equal(pool_next(world.ledger, pb), RECORD_NONE);
    assert_int_equal(first_of(&world, B, "PA"), RECORD_NONE);
    assert_int_equal(first_of(&world, A, "Q"), RECORD_NONE);
    assert_int_equal(first_of(&world, A, "A"), RECORD_NONE);
    world_close(&world);
}

/* What has ended is no member; asking for its neighbour is a mistake. */
static void test_ended_members_have_left(void **state)
{
    struct world world;
    uint32_t first;
    uint32_t second;
    (void)state;
    world_open(&world, NULL);
    first = member(&world, A, "P", 1, 2);
    second = member(&world, A, "P", 2, 2);
    (void)world_target(&world, A, COMMAND_CANCEL, first, 0, 0);
    assert_int_equal(first_of(&world, A, "P"), second);
    assert_false(pool_complete(world.ledger, second));
    assert_true(pool_has(world_view(&world, first))); /* it says what it was */
    expect_assert_failure((void)pool_next(world.ledger, first));
    (void)world_target(&world, A, COMMAND_CANCEL, second, 0, 0);
    assert_int_equal(first_of(&world, A, "P"), RECORD_NONE);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members_come_by_number),
        cmocka_unit_test(test_names_and_parties_are_kept_apart),
        cmocka_unit_test(test_ended_members_have_left),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
