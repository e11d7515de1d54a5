/*
 * Goal: T18. When a part falls due, and that it is tried then: other work that never comes to an
 * end leaves it its share of a block (ledger/settlement/waiting.h), and being carried over past the
 * closing of its window, or past its cut-off, costs it nothing (ledger/partial/part_settlement.h).
 */
#include "ledger/day/day.h"
#include "ledger/state.h"
#include "ledger/values/date.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/world.h"

enum {
    A = WORLD_PARTICIPANT,
    B = WORLD_PARTICIPANT + 1,
    C = WORLD_PARTICIPANT + 2,
    D = WORLD_PARTICIPANT + 3,
    E = WORLD_PARTICIPANT + 4,
    FLOOD = 12,
    STEPS = 4,
};

/* Both sides of a delivery; the deliverer's index. */
static uint32_t deliver(struct world *world, const struct world_trade *trade, uint8_t partial)
{
    struct command sell;
    struct command buy;
    uint32_t index;
    world_trade(world, trade, &sell, &buy);
    sell.instruct.partial = partial;
    buy.instruct.partial = partial;
    index = world_instruct(world, &sell);
    (void)world_instruct(world, &buy);
    return index;
}

/* A delivers ISIN_2 in parts to B, and has some of it. */
static uint32_t part_of(struct world *world, int64_t quantity, int64_t amount, int64_t has)
{
    struct world_trade trade = {A, B, WORLD_ISIN_2, quantity, amount, WORLD_TODAY};
    uint32_t index = deliver(world, &trade, PARTIAL_PARQ);
    if (amount > 0) {
        world_fund(world, B, WORLD_EUR, amount);
    }
    if (has > 0) {
        world_fund(world, A, WORLD_ISIN_2, has);
    }
    assert_int_equal(world_view(world, index)->settled_quantity, 0);
    return index;
}

/* C owes D ten of ISIN_1 so many times; the heads are in a row only by age. */
static void flood_owed(struct world *world, uint32_t *heads)
{
    const struct world_trade trade = {C, D, WORLD_ISIN_1, 10, 0, WORLD_TODAY};
    for (uint32_t i = 0; i < FLOOD; i++) {
        heads[i] = deliver(world, &trade, PARTIAL_NPAR);
    }
}

static uint32_t settled_count(const struct world *world, const uint32_t *heads)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < FLOOD; i++) {
        count +=
            world_view(world, heads[i])->status[DIMENSION_SETTLEMENT].value == SETTLEMENT_SETTLED;
    }
    return count;
}

/* At this time of the day the next block comes. */
static void time_set(struct world *world, uint64_t hour, uint64_t minute, uint64_t second)
{
    uint64_t ts_ms = world->ts_ms - world->ts_ms % DATE_DAY_MS +
                     ((hour * 60 + minute) * 60 + second) * UINT64_C(1000);
    assert_true(ts_ms >= world->ts_ms);
    world->ts_ms = ts_ms;
}

static void open_with(struct world *world, uint32_t wake_budget)
{
    struct world_options options = {
        .instructions = 256, .references = 512, .wake_budget = wake_budget};
    world_open(world, &options);
}

/* ------------------------------------------------------------------------------- the share */

/* Every block takes one mark, and there are more of them than blocks. */
static void test_T18_a_part_is_tried_though_optimisation_goes_on(void **state)
{
    static const uint32_t givers[] = {A, B, C, D, E};
    struct world world;
    uint32_t part;
    (void)state;
    open_with(&world, 100);
    part = part_of(&world, 100, 0, 55);
    world_optimisation(&world, 0, 2);  /* marks are made, and not worked off */
    for (uint32_t i = 0; i < 5; i++) { /* a circle, which two pairs are not enough for */
        struct world_trade trade = {givers[i], givers[(i + 1) % 5], WORLD_ISIN_1, 10,
                                    0,         WORLD_TODAY};
        (void)deliver(&world, &trade, PARTIAL_NPAR);
    }
    world_optimisation(&world, 1, 2); /* one component a block */
    time_set(&world, 10, 0, 0);
    world_block(&world);
    assert_true(optimisation_left(world.ledger));
    assert_int_equal(world_view(&world, part)->settled_quantity, 55);
    world_close(&world);
}

/* Of four steps of a block wholes have three, as long as a part is due, and then all. */
static void test_T18_a_part_is_tried_though_wholes_go_on(void **state)
{
    struct world world;
    uint32_t heads[FLOOD];
    uint32_t part;
    (void)state;
    open_with(&world, STEPS);
    part = part_of(&world, 100, 0, 55);
    flood_owed(&world, heads);
    time_set(&world, 9, 59, 59);
    world_fund(&world, C, WORLD_ISIN_1, 10 * FLOOD);
    assert_int_equal(settled_count(&world, heads), STEPS); /* no window is open */
    assert_int_equal(world_view(&world, part)->settled_quantity, 0);
    world_block(&world);
    assert_int_equal(world_view(&world, part)->settled_quantity, 55);
    assert_int_equal(settled_count(&world, heads), 2 * STEPS - 1);
    world_block(&world);
    assert_int_equal(settled_count(&world, heads), 3 * STEPS - 1);
    world_close(&world);
}

/* The share is a quarter and no more: two parts, four steps, one part a block. */
static void test_T18_the_share_of_parts_is_a_quarter(void **state)
{
    struct world_trade back = {B, A, WORLD_ISIN_2, 100, 0, WORLD_TODAY};
    struct world world;
    uint32_t heads[FLOOD];
    uint32_t parts[2];
    (void)state;
    open_with(&world, STEPS);
    world_optimisation(&world, 0, 2); /* the two could settle together */
    parts[0] = part_of(&world, 200, 0, 55);
    parts[1] = deliver(&world, &back, PARTIAL_PARQ);
    world_fund(&world, B, WORLD_ISIN_2, 60);
    flood_owed(&world, heads);
    time_set(&world, 9, 59, 59);
    world_fund(&world, C, WORLD_ISIN_1, 10 * FLOOD);
    world_block(&world);
    assert_int_equal(world_view(&world, parts[0])->settled_quantity, 55);
    assert_int_equal(world_view(&world, parts[1])->settled_quantity, 0);
    world_block(&world);
    assert_true(world_view(&world, parts[1])->settled_quantity > 0);
    assert_true(settled_count(&world, heads) < FLOOD);
    world_close(&world);
}

static void issue_add(struct world *world, uint32_t party, enum world_asset asset, int64_t quantity)
{
    struct command command;
    world_command(world, COMMAND_ISSUE, &command);
    command.issuance = (struct command_issuance){.asset = world_asset(asset),
                                                 .bic = world_bic(party),
                                                 .account = world_account(asset, 0),
                                                 .quantity = quantity};
    world_add(world, WORLD_REGISTRAR, &command);
}

/*
 * Three positions have their turns before that of A, so that the share of parts is used up before
 * A's whole is tried. The part does not take what the whole needs.
 */
static void test_T18_the_share_does_not_take_from_wholes_of_the_position(void **state)
{
    static const uint32_t others[] = {C, D, E};
    const struct world_trade trade = {A, C, WORLD_ISIN_2, 50, 0, WORLD_TODAY};
    struct world world;
    uint32_t part;
    uint32_t whole;
    (void)state;
    open_with(&world, STEPS);
    part = part_of(&world, 100, 0, 0);
    whole = deliver(&world, &trade, PARTIAL_NPAR);
    for (uint32_t i = 0; i < 2 * 3; i++) {
        const struct world_trade small = {others[i / 2], B, WORLD_ISIN_1, 1, 0, WORLD_TODAY};
        (void)deliver(&world, &small, PARTIAL_NPAR);
    }
    time_set(&world, 10, 0, 0);
    for (uint32_t i = 0; i < 3; i++) {
        issue_add(&world, others[i], WORLD_ISIN_1, 2);
    }
    issue_add(&world, A, WORLD_ISIN_2, 55);
    world_block(&world);
    assert_int_equal(world_event_count(&world, EVENT_SETTLED), 3);
    assert_int_equal(world_view(&world, part)->settled_quantity, 0);
    world_settle_down(&world);
    world_assert_status(&world, whole, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED, REASON_NONE);
    assert_int_equal(world_view(&world, part)->settled_quantity, 5);
    world_close(&world);
}

/* ------------------------------------------------------------------------- time of origin */

/* The budget of one step is the flood's; the part's turn comes after its window has closed. */
static void test_T18_a_part_due_in_a_window_outlasts_it(void **state)
{
    struct world world;
    uint32_t heads[FLOOD];
    uint32_t part;
    (void)state;
    open_with(&world, 1);
    part = part_of(&world, 100, 0, 0);
    flood_owed(&world, heads);
    time_set(&world, 10, 14, 58);
    world_fund(&world, C, WORLD_ISIN_1, 10 * FLOOD);
    world_fund(&world, A, WORLD_ISIN_2, 55);
    time_set(&world, 10, 15, 0);
    world_block(&world);
    assert_false(day_partial_window_open(world.ledger));
    assert_int_equal(world_view(&world, part)->settled_quantity, 0);
    assert_true(world.output.more_due);
    world_settle_down(&world);
    assert_int_equal(world_view(&world, part)->settled_quantity, 55);
    world_close(&world);
}

/* What came after the closing has to wait for the next window. */
static void test_T18_a_part_after_the_window_waits_for_the_next(void **state)
{
    struct world world;
    uint32_t part;
    (void)state;
    open_with(&world, 1);
    part = part_of(&world, 100, 0, 0);
    time_set(&world, 10, 15, 0);
    world_fund(&world, A, WORLD_ISIN_2, 55);
    world_settle_down(&world);
    assert_int_equal(world_view(&world, part)->settled_quantity, 0);
    time_set(&world, 12, 0, 0);
    world_block(&world);
    assert_int_equal(world_view(&world, part)->settled_quantity, 55);
    world_close(&world);
}

/* Due a second before its cut-off, done seconds after it: as any other work (day_gate.h). */
static void test_T18_a_part_due_before_its_cut_off_is_not_late(void **state)
{
    struct world world;
    uint32_t heads[FLOOD];
    uint32_t part;
    (void)state;
    open_with(&world, 1);
    part = part_of(&world, 100, 100000, 0);
    flood_owed(&world, heads);
    time_set(&world, 15, 59, 58);
    world_fund(&world, C, WORLD_ISIN_1, 10 * FLOOD);
    world_fund(&world, A, WORLD_ISIN_2, 55);
    world_settle_down(&world);
    assert_true(world.ts_ms % DATE_DAY_MS > UINT64_C(16) * 3600000);
    assert_int_equal(world_view(&world, part)->settled_quantity, 55);
    world_assert_status(&world, part, DIMENSION_SETTLEMENT, SETTLEMENT_PARTIALLY_SETTLED,
                        REASON_PART);
    world_assert_status(&world, part, DIMENSION_PROCESSING, PROCESSING_PENDING, REASON_NONE);
    world_close(&world);
}

/* The end of the day comes while a part that was due before it is still in line. */
static void test_T20_the_end_of_the_day_waits_for_parts_that_were_due(void **state)
{
    struct world world;
    uint32_t heads[FLOOD];
    uint32_t part;
    (void)state;
    open_with(&world, 1);
    part = part_of(&world, 100, 0, 0);
    flood_owed(&world, heads);
    time_set(&world, 15, 59, 58);
    world_fund(&world, C, WORLD_ISIN_1, 10 * FLOOD);
    world_fund(&world, A, WORLD_ISIN_2, 55);
    time_set(&world, 18, 0, 0);
    while (world_view(&world, part)->settled_quantity == 0) {
        world_assert_status(&world, part, DIMENSION_PROCESSING, PROCESSING_PENDING, REASON_NONE);
        world_block(&world);
    }
    world_assert_status(&world, part, DIMENSION_PROCESSING, PROCESSING_PENDING, REASON_NONE);
    world_settle_down(&world);
    world_assert_status(&world, part, DIMENSION_PROCESSING, PROCESSING_FAILING, REASON_NONE);
    world_close(&world);
}

/* A turn that was left over yesterday is due with today's first window. */
static void test_T18_a_turn_of_yesterday_waits_for_a_window(void **state)
{
    struct world world;
    uint32_t part;
    (void)state;
    open_with(&world, 100);
    part = part_of(&world, 100, 0, 0);
    time_set(&world, 17, 0, 0);
    world_fund(&world, A, WORLD_ISIN_2, 55);
    time_set(&world, 20, 0, 0);
    world_block(&world);
    world_settle_down(&world);
    world.ts_ms += DATE_DAY_MS - world.ts_ms % DATE_DAY_MS;
    time_set(&world, 7, 59, 59);
    world_block(&world);
    assert_int_equal(ledger_date(world.ledger), WORLD_TOMORROW);
    assert_int_equal(world_view(&world, part)->settled_quantity, 0);
    assert_true(world_restore(&world));
    time_set(&world, 8, 0, 0);
    world_block(&world);
    assert_int_equal(world_view(&world, part)->settled_quantity, 55);
    world_close(&world);
}

/* A owes B for money that B has not, and D for nothing; E owes B. */
struct three {
    uint32_t for_money;
    uint32_t for_nothing;
    uint32_t of_other;
};

/*
 * A's turn for a part falls due within a window that ends at this minute of the day, E's after it.
 * A flood keeps both waiting; A's first attempt finds no money, so that A stands behind E.
 */
static void turns_in_and_past_a_window(struct world *world, uint64_t minute, struct three *out)
{
    const struct world_trade owed[] = {{A, D, WORLD_ISIN_2, 100, 0, WORLD_TODAY},
                                       {E, B, WORLD_ISIN_2, 100, 0, WORLD_TODAY},
                                       {A, B, WORLD_ISIN_2, 100, 100000, WORLD_TODAY}};
    uint32_t heads[FLOOD];
    open_with(world, 1);
    out->for_money = deliver(world, &owed[2], PARTIAL_PARQ);
    out->for_nothing = deliver(world, &owed[0], PARTIAL_PARQ);
    out->of_other = deliver(world, &owed[1], PARTIAL_PARQ);
    flood_owed(world, heads);
    time_set(world, 0, minute - 1, 58);
    world_fund(world, C, WORLD_ISIN_1, 10 * FLOOD);
    world_fund(world, A, WORLD_ISIN_2, 55);
    time_set(world, 0, minute, 1);
    world_block(world);
    world_fund(world, E, WORLD_ISIN_2, 55);
    assert_int_equal(world_view(world, out->for_nothing)->settled_quantity, 0);
}

static void test_T18_a_turn_that_is_not_due_is_in_nobodys_way(void **state)
{
    struct world world;
    struct three three;
    (void)state;
    turns_in_and_past_a_window(&world, 10 * 60 + 15, &three);
    world_settle_down(&world);
    world_assert_status(&world, three.for_money, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED,
                        REASON_CMON);
    assert_int_equal(world_view(&world, three.for_nothing)->settled_quantity, 55);
    assert_int_equal(world_view(&world, three.of_other)->settled_quantity, 0);
    assert_true(world_restore(&world));
    time_set(&world, 12, 0, 0);
    world_block(&world);
    assert_int_equal(world_view(&world, three.of_other)->settled_quantity, 55);
    world_close(&world);
}

static void test_T20_the_end_of_the_day_waits_for_parts_behind_one_that_is_not_due(void **state)
{
    struct world world;
    struct three three;
    (void)state;
    turns_in_and_past_a_window(&world, 16 * 60, &three);
    time_set(&world, 18, 0, 0);
    for (uint32_t i = 0; i < 2 * FLOOD; i++) {
        bool told = world_event_count(&world, EVENT_STATEMENTS) > 0;
        assert_true(!told || world_view(&world, three.for_nothing)->settled_quantity == 55);
        world_assert_status(&world, three.of_other, DIMENSION_PROCESSING,
                            told ? PROCESSING_FAILING : PROCESSING_PENDING, REASON_NONE);
        if (told) {
            world_close(&world);
            return;
        }
        world_block(&world);
    }
    fail_msg("the day does not end");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_T18_a_part_is_tried_though_optimisation_goes_on),
        cmocka_unit_test(test_T18_a_part_is_tried_though_wholes_go_on),
        cmocka_unit_test(test_T18_the_share_of_parts_is_a_quarter),
        cmocka_unit_test(test_T18_the_share_does_not_take_from_wholes_of_the_position),
        cmocka_unit_test(test_T18_a_part_due_in_a_window_outlasts_it),
        cmocka_unit_test(test_T18_a_part_after_the_window_waits_for_the_next),
        cmocka_unit_test(test_T18_a_part_due_before_its_cut_off_is_not_late),
        cmocka_unit_test(test_T20_the_end_of_the_day_waits_for_parts_that_were_due),
        cmocka_unit_test(test_T18_a_turn_of_yesterday_waits_for_a_window),
        cmocka_unit_test(test_T18_a_turn_that_is_not_due_is_in_nobodys_way),
        cmocka_unit_test(test_T20_the_end_of_the_day_waits_for_parts_behind_one_that_is_not_due),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
