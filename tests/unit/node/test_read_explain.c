/*
 * Goal: two instructions are shown side by side field by field, whether they matched or only nearly
 * did, with the code of what differs and the tolerance; and what the other side lacks is not shown.
 */
#include "node/read_explain.h"

#include <string.h>

#include "tests/support/cmocka.h"
#include "tests/support/ledger/world.h"

enum {
    ALICE = WORLD_PARTICIPANT,
    BOB = WORLD_PARTICIPANT + 1,
};

static struct world world;
static struct command deliver;
static struct command receive;

static void open(int64_t securities)
{
    world_open(&world, NULL);
    world_fund(&world, ALICE, WORLD_ISIN_1, securities);
    world_fund(&world, BOB, WORLD_EUR, 5000);
    const struct world_trade trade = {.deliverer = ALICE,
                                      .receiver = BOB,
                                      .asset = WORLD_ISIN_1,
                                      .quantity = 10,
                                      .amount = 1000,
                                      .settlement_date = WORLD_TODAY};
    world_trade(&world, &trade, &deliver, &receive);
}

static const struct reply_comparison *comparison_of(const struct reply_explain *explain,
                                                    uint8_t number)
{
    for (uint16_t i = 0; i < explain->comparison_count; i++) {
        if (explain->comparisons[i].number == number) {
            return &explain->comparisons[i];
        }
    }
    return NULL;
}

static void the_nearest_is_shown_field_by_field(void **state)
{
    (void)state;
    struct reply_explain explain;
    open(100);
    receive.instruct.quantity = 11;
    uint32_t own = world_instruct(&world, &deliver);
    (void)world_instruct(&world, &receive);
    read_explain(world.ledger, own, &explain);
    assert_int_equal(explain.actor, ROW_ACTOR_BOTH);
    assert_true(explain.nearest_found);
    assert_false(explain.nearest_matched);
    assert_int_equal(explain.comparison_count, 20); /* 16 to 18 are of free ones */
    assert_string_equal(comparison_of(&explain, 5)->code, "DQUA");
    assert_string_equal(comparison_of(&explain, 5)->own, "10");
    assert_string_equal(comparison_of(&explain, 5)->other, "11");
    assert_string_equal(comparison_of(&explain, 12)->code, "");
    assert_string_equal(comparison_of(&explain, 12)->own, "10.00");
    assert_string_equal(comparison_of(&explain, 2)->own, "DELI");
    assert_string_equal(comparison_of(&explain, 2)->other, "RECE");
    assert_null(comparison_of(&explain, 16));
    assert_string_equal(explain.tolerance, "2.00 up to 100000.00, 25.00 above");
    world_close(&world);
}

static void a_matched_one_is_compared_with_its_counterpart(void **state)
{
    (void)state;
    struct reply_explain explain;
    open(5); /* too few: it waits */
    uint32_t own = world_instruct(&world, &deliver);
    uint32_t other = world_instruct(&world, &receive);
    read_explain(world.ledger, own, &explain);
    assert_true(explain.nearest_found && explain.nearest_matched);
    for (uint16_t i = 0; i < explain.comparison_count; i++) {
        assert_string_equal(explain.comparisons[i].code, "");
    }
    assert_true(explain.lack_found);
    assert_int_equal(explain.lack_needed, 10);
    assert_int_equal(explain.lack_available, 5);
    assert_int_equal(explain.actor, ROW_ACTOR_OWNER);
    read_explain(world.ledger, other, &explain);
    assert_int_equal(explain.actor, ROW_ACTOR_COUNTERPARTY);
    assert_true(explain.nearest_matched);
    assert_false(explain.lack_found); /* what ALICE has is not BOB's business */
    world_close(&world);
}

static void with_nothing_to_compare_nothing_is_shown(void **state)
{
    (void)state;
    struct reply_explain explain;
    open(100);
    read_explain(world.ledger, world_instruct(&world, &deliver), &explain);
    assert_false(explain.nearest_found);
    assert_int_equal(explain.comparison_count, 0);
    assert_string_equal(explain.tolerance, "");
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_is_shown_field_by_field),
        cmocka_unit_test(a_matched_one_is_compared_with_its_counterpart),
        cmocka_unit_test(with_nothing_to_compare_nothing_is_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
