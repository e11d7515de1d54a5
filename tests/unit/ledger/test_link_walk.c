/*
 * Goal: a walk over links (ledger/link/link_walk.h) reaches exactly what each kind of way leads to,
 * remembers what lies behind an order, leaves no mark behind, and stops at its bound.
 */
#include "ledger/link/link_walk.h"

#include "ledger/link/link.h"
#include "ledger/state.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/world.h"

enum {
    A = WORLD_PARTICIPANT,
    B = WORLD_PARTICIPANT + 1,
};

/* One unmatched side. */
static uint32_t single(struct world *world, int64_t quantity)
{
    struct world_trade trade = {A, B, WORLD_ISIN_1, quantity, 0, WORLD_TODAY};
    struct command sell;
    struct command buy;
    world_trade(world, &trade, &sell, &buy);
    return world_instruct(world, &sell);
}

struct chain {
    struct world world;
    uint32_t first;  /* BEFO middle */
    uint32_t middle; /* WITH tied */
    uint32_t tied;   /* BEFO last */
    uint32_t last;   /* INFO aside */
    uint32_t aside;
};

static void chain_open(struct chain *chain)
{
    struct ledger *ledger;
    world_open(&chain->world, NULL);
    chain->first = single(&chain->world, 10);
    chain->middle = single(&chain->world, 11);
    chain->tied = single(&chain->world, 12);
    chain->last = single(&chain->world, 13);
    chain->aside = single(&chain->world, 14);
    ledger = chain->world.ledger;
    link_add(ledger, chain->first, chain->middle, LINK_BEFO);
    link_add(ledger, chain->middle, chain->tied, LINK_WITH);
    link_add(ledger, chain->tied, chain->last, LINK_BEFO);
    link_add(ledger, chain->last, chain->aside, LINK_INFO);
}

static void assert_marks(const struct ledger *ledger, uint32_t index, bool reached, bool ordered)
{
    assert_int_equal(link_walk_reached(ledger, index), reached);
    assert_int_equal(link_walk_ordered(ledger, index), ordered);
}

static void walk(const struct ledger *ledger, struct link_walk *out, uint32_t from,
                 enum link_ways ways)
{
    link_walk_begin(out);
    link_walk_reach(ledger, out, from, false);
    link_walk_run(ledger, out, ways);
}

static void test_together_follows_no_order(void **state)
{
    struct chain chain;
    struct link_walk out;
    (void)state;
    chain_open(&chain);
    walk(chain.world.ledger, &out, chain.middle, LINK_WAYS_TOGETHER);
    assert_marks(chain.world.ledger, chain.middle, true, false);
    assert_marks(chain.world.ledger, chain.tied, true, false);
    assert_marks(chain.world.ledger, chain.first, false, false);
    assert_marks(chain.world.ledger, chain.last, false, false);
    assert_int_equal(out.pair_count, 2);
    link_walk_end(chain.world.ledger, &out);
    assert_marks(chain.world.ledger, chain.middle, false, false);
    world_close(&chain.world);
}

static void test_forward_remembers_the_order(void **state)
{
    struct chain chain;
    struct link_walk out;
    (void)state;
    chain_open(&chain);
    walk(chain.world.ledger, &out, chain.middle, LINK_WAYS_FORWARD);
    assert_marks(chain.world.ledger, chain.tied, true, false);
    assert_marks(chain.world.ledger, chain.last, true, true);
    assert_marks(chain.world.ledger, chain.first, false, false);
    assert_marks(chain.world.ledger, chain.aside, false, false);
    link_walk_end(chain.world.ledger, &out);
    walk(chain.world.ledger, &out, chain.first, LINK_WAYS_FORWARD);
    assert_marks(chain.world.ledger, chain.first, true, false);
    assert_marks(chain.world.ledger, chain.middle, true, true);
    assert_marks(chain.world.ledger, chain.tied, true, true);
    link_walk_end(chain.world.ledger, &out);
    world_close(&chain.world);
}

static void test_all_ways_go_back_too(void **state)
{
    struct chain chain;
    struct link_walk out;
    (void)state;
    chain_open(&chain);
    walk(chain.world.ledger, &out, chain.last, LINK_WAYS_ALL);
    assert_marks(chain.world.ledger, chain.first, true, false);
    assert_marks(chain.world.ledger, chain.aside, false, false);
    assert_int_equal(out.pair_count, 4);
    assert_false(out.full);
    link_walk_end(chain.world.ledger, &out);
    world_close(&chain.world);
}

static void test_ended_ones_are_not_reached(void **state)
{
    struct chain chain;
    struct link_walk out;
    (void)state;
    chain_open(&chain);
    (void)world_target(&chain.world, A, COMMAND_CANCEL, chain.tied, 0, 0);
    walk(chain.world.ledger, &out, chain.middle, LINK_WAYS_ALL);
    assert_marks(chain.world.ledger, chain.tied, false, false);
    assert_marks(chain.world.ledger, chain.last, false, false);
    assert_marks(chain.world.ledger, chain.first, true, false);
    link_walk_end(chain.world.ledger, &out);
    world_close(&chain.world);
}

/* One more than may hang together: the walk says that it is full, and still leaves no mark. */
static void test_walk_stops_at_its_bound(void **state)
{
    struct world world;
    struct link_walk out;
    uint32_t all[LINK_SET_MAX + 1];
    (void)state;
    world_open(&world, NULL);
    for (uint32_t i = 0; i <= LINK_SET_MAX; i++) {
        all[i] = single(&world, 10 + (int64_t)i);
        if (i > 0) {
            link_add(world.ledger, all[i], all[i - 1], LINK_WITH);
        }
    }
    walk(world.ledger, &out, all[0], LINK_WAYS_TOGETHER);
    assert_true(out.full);
    assert_int_equal(out.count, LINK_SET_MAX);
    link_walk_end(world.ledger, &out);
    for (uint32_t i = 0; i <= LINK_SET_MAX; i++) {
        assert_marks(world.ledger, all[i], false, false);
    }
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_together_follows_no_order),
        cmocka_unit_test(test_forward_remembers_the_order),
        cmocka_unit_test(test_all_ways_go_back_too),
        cmocka_unit_test(test_ended_ones_are_not_reached),
        cmocka_unit_test(test_walk_stops_at_its_bound),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
