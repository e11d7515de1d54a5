/*
 * Goal: the rings of those who name a party hold exactly the open unmatched instructions that name
 * it, in the order in which they entered, whatever comes and goes, and also after a snapshot was
 * restored; those by asset hold no others, although different ones share a ring. Who leaves them
 * leaves zeroes. None of this depends on how many of the latest are only listed.
 */
#include <string.h>

#include "base/prng.h"
#include "ledger/state.h"
#include "ledger/state/side_places.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/world.h"

enum {
    STEPS = 400,
    OPEN_MAX = 64
};

/* What is open, in the order in which it came. */
struct list {
    uint32_t count;
    uint32_t index[OPEN_MAX];
};

static void list_drop(struct list *list, uint32_t place)
{
    list->count--;
    memmove(&list->index[place], &list->index[place + 1],
            (list->count - place) * sizeof list->index[0]);
}

/* Every ring against a straight look through the list; `ordered` says that its order counts. */
static void rings_assert(const struct world *world, const struct list *list, bool ordered)
{
    const struct alleged *alleged = &world->ledger->matching.alleged;
    for (uint32_t party = 0; party < record_count(world->ledger, RECORD_PARTY); party++) {
        for (uint32_t asset = 0; asset <= record_count(world->ledger, RECORD_ASSET); asset++) {
            bool all = asset == record_count(world->ledger, RECORD_ASSET);
            uint32_t at =
                all ? alleged_first(alleged, party) : alleged_first_in_asset(alleged, party, asset);
            uint32_t expected = 0;
            uint32_t found = 0;
            for (uint32_t i = 0; i < list->count; i++) {
                const struct instruction *view = world_view(world, list->index[i]);
                if (view->counterparty != party || (!all && view->terms.asset != asset)) {
                    continue;
                }
                expected++;
                if (ordered) {
                    assert_int_equal(at, list->index[i]);
                    at = all ? alleged_next(alleged, at) : alleged_next_in_asset(alleged, at);
                }
            }
            for (; !ordered && at != RECORD_NONE; found++) {
                assert_true(found < expected);
                at = all ? alleged_next(alleged, at) : alleged_next_in_asset(alleged, at);
            }
            assert_int_equal(at, RECORD_NONE);
            assert_int_equal(found, ordered ? 0 : expected);
        }
    }
}

static void instruction_add(struct world *world, struct prng *prng, struct list *list,
                            int64_t amount)
{
    uint32_t seller = WORLD_PARTICIPANT + (uint32_t)prng_below(prng, 3);
    struct world_trade trade = {.deliverer = seller,
                                .receiver = seller == WORLD_PARTICIPANT ? WORLD_PARTICIPANT + 1
                                                                        : WORLD_PARTICIPANT,
                                .asset = prng_below(prng, 2) == 0 ? WORLD_ISIN_1 : WORLD_ISIN_2,
                                .quantity = 100,
                                .amount = amount,
                                .settlement_date = WORLD_TODAY};
    struct command sell;
    struct command buy;
    world_trade(world, &trade, &sell, &buy);
    list->index[list->count] = world_instruct(world, prng_below(prng, 2) == 0 ? &sell : &buy);
    assert_true(matching_contains(&world->ledger->matching, list->index[list->count]));
    list->count++;
}

static void instruction_cancel(struct world *world, uint32_t index)
{
    static const union side_places left = {.alleged = {{0}}};
    struct receipt receipt = world_target(world, WORLD_OPERATOR, COMMAND_CANCEL, index, 0, 0);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    assert_memory_equal(&world->ledger->matching.alleged.places[index], &left, sizeof left);
}

static void rings_try(uint32_t recent_count)
{
    struct world world;
    struct prng prng;
    struct list list = {0};
    world_open(&world, NULL);
    world.ledger->matching.alleged.asset_mask = 0; /* all hashes share one ring */
    world.ledger->matching.alleged.recent_mask = recent_count - 1;
    prng_init(&prng, 11);
    for (uint32_t step = 0; step < STEPS; step++) {
        if (list.count == 0 || (list.count < OPEN_MAX && prng_below(&prng, 5) < 3)) {
            instruction_add(&world, &prng, &list, 1000 + (int64_t)step * 100000);
        } else {
            uint32_t place = (uint32_t)prng_below(&prng, list.count);
            instruction_cancel(&world, list.index[place]);
            list_drop(&list, place);
        }
        rings_assert(&world, &list, true);
    }
    assert_true(world_restore(&world));
    rings_assert(&world, &list, false);
    while (list.count > 0) {
        instruction_cancel(&world, list.index[0]);
        list_drop(&list, 0);
        rings_assert(&world, &list, false);
    }
    world_close(&world);
}

static void test_rings_hold_who_is_unmatched(void **state)
{
    (void)state;
    rings_try(1); /* all but the last one are in rings */
    rings_try(16);
    rings_try(ALLEGED_RECENT_MAX); /* none is */
}

static void test_misuse_is_caught(void **state)
{
    struct world world;
    struct prng prng;
    struct list list = {0};
    (void)state;
    world_open(&world, NULL);
    prng_init(&prng, 12);
    instruction_add(&world, &prng, &list, 5000);
    matching_remove(&world.ledger->matching, list.index[0]);
    expect_assert_failure(alleged_leave(&world.ledger->matching.alleged, list.index[0]));
    world.ledger->matching.alleged.recent_mask = 0;
    matching_add(&world.ledger->matching, list.index[0]);
    instruction_add(&world, &prng, &list, 6000); /* the first one enters its rings */
    matching_remove(&world.ledger->matching, list.index[0]);
    expect_assert_failure(alleged_leave(&world.ledger->matching.alleged, list.index[0]));
    matching_add(&world.ledger->matching, list.index[0]);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rings_hold_who_is_unmatched),
        cmocka_unit_test(test_misuse_is_caught),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
