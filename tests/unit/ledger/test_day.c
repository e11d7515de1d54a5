/*
 * Goal: the settlement day follows the timestamps of blocks alone, says so in an event, never goes
 * back, and the ledger names the time at which it will change next.
 */
#include "ledger/day/day.h"
#include "ledger/state.h"
#include "ledger/values/date.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/world.h"

static uint64_t at(uint32_t date, uint32_t hour, uint32_t minute)
{
    return (uint64_t)date_to_days(date) * DATE_DAY_MS + (hour * 60ull + minute) * 60000ull;
}

static void block_at(struct world *world, uint64_t ts_ms)
{
    world->ts_ms = ts_ms;
    world_block(world);
}

static void test_the_day_changes_with_the_block_that_reaches_its_minute(void **state)
{
    struct world world;
    (void)state;
    world_open(&world, NULL);
    assert_int_equal(ledger_date(world.ledger), WORLD_TODAY);
    block_at(&world, at(WORLD_TODAY, 18, 45) - 1);
    assert_int_equal(ledger_date(world.ledger), WORLD_TODAY);
    assert_int_equal(world_event_count(&world, EVENT_DAY_CHANGED), 0);
    assert_int_equal(world.output.next_due_ms, at(WORLD_TODAY, 18, 45));
    block_at(&world, at(WORLD_TODAY, 18, 45));
    assert_int_equal(ledger_date(world.ledger), WORLD_TOMORROW);
    assert_int_equal(world_event_count(&world, EVENT_DAY_CHANGED), 1);
    assert_int_equal(world.output.next_due_ms, at(WORLD_TODAY, 20, 0));
    world_close(&world);
}

/* Friday evening, Saturday and Sunday are Monday; the change is told once. */
static void test_a_weekend_is_one_day(void **state)
{
    struct world world;
    (void)state;
    world_open(&world, NULL);
    block_at(&world, at(WORLD_TOMORROW, 19, 0));
    assert_int_equal(ledger_date(world.ledger), WORLD_MONDAY);
    assert_int_equal(world.output.next_due_ms, at(WORLD_TOMORROW, 20, 0));
    block_at(&world, at(WORLD_TOMORROW + 1, 20, 0));
    assert_int_equal(world.output.next_due_ms, at(WORLD_MONDAY, 5, 0));
    block_at(&world, at(WORLD_MONDAY, 8, 0));
    assert_int_equal(world_event_count(&world, EVENT_DAY_CHANGED), 0);
    assert_int_equal(ledger_date(world.ledger), WORLD_MONDAY);
    world_close(&world);
}

/* No block for a week: the days between are passed over, and what was due is due now. */
static void test_days_without_blocks_are_passed_over(void **state)
{
    struct world world;
    struct command sell;
    struct command buy;
    uint32_t seller;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, WORLD_PARTICIPANT, WORLD_ISIN_1, 5);
    world_trade(&world,
                &(struct world_trade){WORLD_PARTICIPANT, WORLD_PARTICIPANT + 1, WORLD_ISIN_1, 5, 0,
                                      WORLD_TOMORROW},
                &sell, &buy);
    seller = world_instruct(&world, &sell);
    (void)world_instruct(&world, &buy);
    world_assert_status(&world, seller, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, REASON_FUTU);
    block_at(&world, at(date_add(WORLD_TODAY, 7), 9, 0));
    assert_int_equal(ledger_date(world.ledger), date_add(WORLD_TODAY, 7));
    world_assert_status(&world, seller, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED, REASON_NONE);
    world_close(&world);
}

static void test_the_purge_date_follows_and_never_falls(void **state)
{
    struct world world;
    uint32_t before;
    (void)state;
    world_open(&world, NULL);
    before = world.ledger->scalars->purge_date;
    assert_int_equal(before, date_add(WORLD_TODAY, -90));
    block_at(&world, at(WORLD_TOMORROW, 9, 0));
    assert_int_equal(world.ledger->scalars->purge_date, date_add(WORLD_TOMORROW, -90));
    world.ledger->rule_sets[world.ledger->rule_set_current].retention_days = 3000;
    block_at(&world, at(WORLD_MONDAY, 9, 0));
    assert_int_equal(world.ledger->scalars->purge_date, date_add(WORLD_TOMORROW, -90));
    world_close(&world);
}

/* What the dates alone say of a cut-off is never more than what the cut-off says. */
static void test_cut_offs_by_their_dates_alone(void **state)
{
    struct world world;
    (void)state;
    world_open(&world, NULL);
    for (int32_t days = 0; days < 12; days++) {
        struct instruction_terms terms = {.payment = PAYMENT_FREE,
                                          .movement = MOVEMENT_DELI,
                                          .asset = WORLD_ISIN_1,
                                          .quantity = 1,
                                          .settlement_date = date_add(WORLD_TODAY, days),
                                          .currency = RECORD_NONE};
        uint64_t cut_off_ms = day_cut_off_ms(world.ledger, &terms);
        uint64_t far_ms = cut_off_ms - 5 * (uint64_t)DATE_DAY_MS;
        assert_int_equal(day_cut_off_after(world.ledger, &terms, far_ms), days > 0);
        assert_false(day_cut_off_after(world.ledger, &terms, cut_off_ms));
        for (uint64_t ms = far_ms; ms < cut_off_ms + DATE_DAY_MS; ms += 900000) {
            assert_true(!day_cut_off_after(world.ledger, &terms, ms) || cut_off_ms > ms);
        }
    }
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_day_changes_with_the_block_that_reaches_its_minute),
        cmocka_unit_test(test_a_weekend_is_one_day),
        cmocka_unit_test(test_days_without_blocks_are_passed_over),
        cmocka_unit_test(test_the_purge_date_follows_and_never_falls),
        cmocka_unit_test(test_cut_offs_by_their_dates_alone),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
