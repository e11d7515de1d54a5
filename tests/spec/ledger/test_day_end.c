/*
 * Goal: cut-offs, failing, recycling and revalidation (domain.md 2.3 rows T20 to T25, 2.5, 2.6),
 * one test for each rule, its row in the name. Who comes past his cut-off waits for the next day
 * and is told why; who fell due before it is not pushed past it by a flood; what nobody settles or
 * changes for long enough is cancelled, on the day that the T2S examples say.
 */
#include "ledger/day/day.h"
#include "ledger/day/day_gate.h"
#include "ledger/instruction/explain.h"
#include "ledger/register/account.h"
#include "ledger/register/key.h"
#include "ledger/register/party.h"
#include "ledger/state.h"
#include "ledger/values/date.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/letter.h"

enum {
    SELLER = WORLD_PARTICIPANT,
    BUYER = WORLD_PARTICIPANT + 1,
    QUANTITY = 100,
    AMOUNT = 500000,
};

static uint64_t at(uint32_t date, uint32_t hour, uint32_t minute)
{
    return (uint64_t)date_to_days(date) * DATE_DAY_MS + (hour * 60ull + minute) * 60000ull;
}

static void block_at(struct world *world, uint64_t ts_ms)
{
    world->ts_ms = ts_ms;
    world_block(world);
}

/* A pair; amount 0: free of payment. */
struct pair_of_two {
    uint32_t seller;
    uint32_t buyer;
};

static struct pair_of_two instruct(struct world *world, int64_t amount, uint32_t settlement_date)
{
    struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_1, QUANTITY, amount, settlement_date};
    struct command sell;
    struct command buy;
    struct pair_of_two out;
    world_trade(world, &trade, &sell, &buy);
    out.seller = world_instruct(world, &sell);
    out.buyer = world_instruct(world, &buy);
    return out;
}

static void fund(struct world *world)
{
    world_fund(world, SELLER, WORLD_ISIN_1, QUANTITY);
    world_fund(world, BUYER, WORLD_EUR, AMOUNT);
}

static void assert_pair(const struct world *world, struct pair_of_two pair,
                        enum processing_status processing, enum reason seller, enum reason buyer)
{
    world_assert_status(world, pair.seller, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, seller);
    world_assert_status(world, pair.buyer, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, buyer);
    world_assert_status(world, pair.seller, DIMENSION_PROCESSING, (uint8_t)processing, REASON_NONE);
    world_assert_status(world, pair.buyer, DIMENSION_PROCESSING, (uint8_t)processing, REASON_NONE);
}

static bool settled(const struct world *world, struct pair_of_two pair)
{
    return world_view(world, pair.seller)->status[DIMENSION_SETTLEMENT].value == SETTLEMENT_SETTLED;
}

static void assert_cancelled(const struct world *world, uint32_t index)
{
    world_assert_status(world, index, DIMENSION_CANCELLATION, CANCELLATION_CANCELLED, REASON_CANS);
    world_assert_status(world, index, DIMENSION_PROCESSING, PROCESSING_ENDED, REASON_CANS);
}

/* ------------------------------------------------------------------------------ the cut-off */

/* Accepted and matched, but too late for today: both fail as late, and settle when the next day
 * opens, without anybody doing anything. */
static void test_T20_instructed_past_the_dvp_cut_off_is_late(void **state)
{
    struct world world;
    struct pair_of_two pair;
    (void)state;
    world_open(&world, NULL);
    fund(&world);
    world.ts_ms = at(WORLD_TODAY, 16, 0);
    pair = instruct(&world, AMOUNT, WORLD_TODAY);
    assert_pair(&world, pair, PROCESSING_FAILING, REASON_LATE, REASON_LATE);
    assert_int_equal(day_next_attempt_ms(world.ledger, pair.buyer), at(WORLD_TODAY, 20, 0));
    struct explanation explanation;
    explain_instruction(world.ledger, pair.seller, &explanation);
    assert_int_equal(explanation.actor, EXPLAIN_NOBODY); /* the next day opens by itself */
    block_at(&world, at(WORLD_TODAY, 20, 0) - 1);
    assert_false(settled(&world, pair));
    block_at(&world, at(WORLD_TODAY, 20, 0));
    assert_true(settled(&world, pair));
    world_close(&world);
}

/* The last second before it is in time. */
static void test_T20_before_the_dvp_cut_off_settles(void **state)
{
    struct world world;
    struct pair_of_two pair;
    (void)state;
    world_open(&world, NULL);
    fund(&world);
    world.ts_ms = at(WORLD_TODAY, 16, 0) - 1001;
    pair = instruct(&world, AMOUNT, WORLD_TODAY); /* the second side: 1 ms before */
    assert_true(settled(&world, pair));
    world_close(&world);
}

/* Only one side came too late: it is told so, the other that the next cycle is awaited. */
static void test_T20_each_side_in_its_own_words(void **state)
{
    struct world world;
    struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_1, QUANTITY, AMOUNT, WORLD_TODAY};
    struct command sell;
    struct command buy;
    struct pair_of_two pair;
    (void)state;
    world_open(&world, NULL);
    fund(&world);
    world_trade(&world, &trade, &sell, &buy);
    pair.seller = world_instruct(&world, &sell);
    world.ts_ms = at(WORLD_TODAY, 16, 30);
    pair.buyer = world_instruct(&world, &buy);
    assert_pair(&world, pair, PROCESSING_FAILING, REASON_CYCL, REASON_LATE);
    world_close(&world);
}

/* Past the DvP cut-off free deliveries and payments still settle, until their own. */
static void test_T20_each_kind_has_its_own_cut_off(void **state)
{
    struct world world;
    struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_1, 0, AMOUNT, WORLD_TODAY};
    struct command deliver;
    struct command receive;
    struct pair_of_two free;
    uint32_t payment;
    (void)state;
    world_open(&world, NULL);
    fund(&world);
    world.ts_ms = at(WORLD_TODAY, 17, 39);
    world_trade(&world, &trade, &deliver, &receive); /* payment without delivery */
    (void)world_instruct(&world, &deliver);
    payment = world_instruct(&world, &receive);
    world_assert_status(&world, payment, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED, REASON_NONE);
    world.ts_ms = at(WORLD_TODAY, 17, 40);
    world_trade(&world, &trade, &deliver, &receive);
    (void)world_instruct(&world, &deliver);
    payment = world_instruct(&world, &receive);
    world_assert_status(&world, payment, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, REASON_LATE);
    free = instruct(&world, 0, WORLD_TODAY);
    assert_true(settled(&world, free));
    world.ts_ms = at(WORLD_TODAY, 18, 0);
    free = instruct(&world, 0, WORLD_TODAY);
    assert_pair(&world, free, PROCESSING_FAILING, REASON_LATE, REASON_LATE);
    world_close(&world);
}

/* What else is in the way tells more than the hour, and is told first. */
static void test_T20_a_hold_is_told_before_the_cut_off(void **state)
{
    struct world world;
    struct pair_of_two pair;
    struct receipt receipt;
    (void)state;
    world_open(&world, NULL);
    fund(&world);
    pair = instruct(&world, AMOUNT, WORLD_TOMORROW);
    receipt = world_target(&world, SELLER, COMMAND_HOLD, pair.seller, DIMENSION_HOLD_PARTY, 0);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    block_at(&world, at(WORLD_TOMORROW, 15, 0));
    assert_pair(&world, pair, PROCESSING_PENDING, REASON_PREA, REASON_PRCY);
    block_at(&world, at(WORLD_TOMORROW, 16, 0));
    receipt = world_target(&world, SELLER, COMMAND_RELEASE, pair.seller, DIMENSION_HOLD_PARTY, 0);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    assert_pair(&world, pair, PROCESSING_FAILING, REASON_CYCL, REASON_CYCL);
    world_close(&world);
}

/* An extension holds for its currency: in dollars it is late, in euros in time. */
static void test_T20_an_extended_cut_off(void **state)
{
    struct world world;
    struct command command;
    struct receipt receipt;
    struct pair_of_two pair;
    (void)state;
    world_open(&world, NULL);
    letter_key_add(&world, WORLD_OPERATOR, 1, KEY_APPROVE, INT64_MAX);
    fund(&world);
    world_command(&world, COMMAND_DAY_REVISE, &command);
    command.day_revise.event = DAY_DVP_CUT_OFF;
    command.day_revise.currency = world_asset(WORLD_EUR);
    command.day_revise.revised_ms = at(WORLD_TODAY, 16, 30);
    (void)world_submit(&world, WORLD_OPERATOR, &command);
    struct text35 reference = command.reference;
    world_command(&world, COMMAND_APPROVE, &command);
    command.approval.reference = reference;
    command.approval.content = draft_view(world.ledger, 0)->content;
    receipt = letter_submit_by(&world, WORLD_OPERATOR, 1, &command);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    world.ts_ms = at(WORLD_TODAY, 16, 15);
    pair = instruct(&world, AMOUNT, WORLD_TODAY);
    assert_true(settled(&world, pair));
    fund(&world);
    world.ts_ms = at(WORLD_TODAY, 16, 30);
    pair = instruct(&world, AMOUNT, WORLD_TODAY);
    assert_pair(&world, pair, PROCESSING_FAILING, REASON_LATE, REASON_LATE);
    world_close(&world);
}

/* A flood just before the cut-off: one turn is left to each block, and the last of them come past
 * it; they fell due in time, and settle. */
static void test_T20_a_flood_pushes_nobody_past_the_cut_off(void **state)
{
    enum {
        PAIRS = 12
    };
    struct world world;
    struct world_options options = {.instructions = 4096, .references = 8192, .wake_budget = 1};
    struct pair_of_two pairs[PAIRS];
    struct command command;
    uint32_t settled_count = 0;
    (void)state;
    world_open(&world, &options);
    world_fund(&world, BUYER, WORLD_EUR, PAIRS * AMOUNT);
    for (uint32_t i = 0; i < PAIRS; i++) {
        pairs[i] = instruct(&world, AMOUNT, WORLD_TODAY);
        assert_pair(&world, pairs[i], PROCESSING_PENDING, REASON_LACK, REASON_CLAC);
    }
    world.ts_ms = at(WORLD_TODAY, 16, 0) - 1;
    world_command(&world, COMMAND_ISSUE, &command);
    command.issuance = (struct command_issuance){world_asset(WORLD_ISIN_1), world_bic(SELLER),
                                                 world_account(WORLD_ISIN_1, 0), PAIRS * QUANTITY};
    world_add(&world, WORLD_REGISTRAR, &command);
    world_block(&world);
    assert_true(world.output.more_due);
    for (uint32_t i = 0; i < 2 * PAIRS; i++) {
        world_block(&world);
    }
    for (uint32_t i = 0; i < PAIRS; i++) {
        settled_count += settled(&world, pairs[i]) ? 1 : 0;
    }
    assert_int_equal(settled_count, PAIRS);
    world_close(&world);
}

/* An arrival past the cut-off helps nobody today. */
static void test_T20_an_arrival_past_the_cut_off_waits(void **state)
{
    struct world world;
    struct pair_of_two pair;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, BUYER, WORLD_EUR, AMOUNT);
    pair = instruct(&world, AMOUNT, WORLD_TODAY);
    world.ts_ms = at(WORLD_TODAY, 16, 0);
    world_fund(&world, SELLER, WORLD_ISIN_1, QUANTITY);
    assert_pair(&world, pair, PROCESSING_FAILING, REASON_CYCL, REASON_CYCL);
    block_at(&world, at(WORLD_TODAY, 20, 0));
    assert_true(settled(&world, pair));
    world_close(&world);
}

/* Before the night the day has begun, but its settlement has not. */
static void test_T12_between_the_change_of_date_and_the_opening(void **state)
{
    struct world world;
    struct pair_of_two pair;
    (void)state;
    world_open(&world, NULL);
    fund(&world);
    world.ts_ms = at(WORLD_TODAY, 19, 0);
    pair = instruct(&world, AMOUNT, WORLD_TOMORROW);
    assert_pair(&world, pair, PROCESSING_PENDING, REASON_CYCL, REASON_CYCL);
    block_at(&world, at(WORLD_TODAY, 20, 0));
    assert_true(settled(&world, pair));
    world_close(&world);
}

/* A settlement date on a closing day of the currency counts as its next business day; without
 * money the day is like any other. */
static void test_T12_a_closing_day_of_the_currency(void **state)
{
    struct world world;
    struct pair_of_two paid;
    struct pair_of_two free;
    struct day_plan *plan;
    (void)state;
    world_open(&world, NULL);
    plan = &world.ledger->rule_sets[world.ledger->rule_set_current].plan;
    plan->closing_count = 1;
    plan->closing[0] = (struct currency_closing){world_asset(WORLD_EUR), WORLD_TOMORROW};
    record_touch(world.ledger, RECORD_RULE_SET, world.ledger->rule_set_current);
    world_fund(&world, SELLER, WORLD_ISIN_1, 2 * QUANTITY);
    world_fund(&world, BUYER, WORLD_EUR, AMOUNT);
    paid = instruct(&world, AMOUNT, WORLD_TOMORROW);
    free = instruct(&world, 0, WORLD_TOMORROW);
    block_at(&world, at(WORLD_TODAY, 20, 0));     /* Friday opens */
    block_at(&world, at(WORLD_TOMORROW, 18, 30)); /* its end of day */
    assert_true(settled(&world, free));
    assert_pair(&world, paid, PROCESSING_PENDING, REASON_FUTU, REASON_FUTU);
    block_at(&world, at(WORLD_TOMORROW, 20, 0)); /* Monday opens */
    assert_true(settled(&world, paid));
    world_close(&world);
}

/* ----------------------------------------------------------------------- the end of the day */

static void test_T20_failing_for_its_reason_at_the_end_of_day(void **state)
{
    struct world world;
    struct pair_of_two due;
    struct pair_of_two later;
    (void)state;
    world_open(&world, NULL);
    due = instruct(&world, AMOUNT, WORLD_TODAY);
    later = instruct(&world, AMOUNT, WORLD_TOMORROW);
    block_at(&world, at(WORLD_TODAY, 18, 0) - 1);
    assert_pair(&world, due, PROCESSING_PENDING, REASON_LACK, REASON_CLAC);
    block_at(&world, at(WORLD_TODAY, 18, 0));
    assert_pair(&world, due, PROCESSING_FAILING, REASON_LACK, REASON_CLAC);
    assert_pair(&world, later, PROCESSING_PENDING, REASON_FUTU, REASON_FUTU);
    assert_int_equal(world_event_count(&world, EVENT_STATEMENTS), 1);
    world_close(&world);
}

static void test_T22_failing_is_pending_again_on_the_next_day(void **state)
{
    struct world world;
    struct pair_of_two pair;
    (void)state;
    world_open(&world, NULL);
    pair = instruct(&world, AMOUNT, WORLD_TODAY);
    block_at(&world, at(WORLD_TODAY, 18, 0));
    assert_pair(&world, pair, PROCESSING_FAILING, REASON_LACK, REASON_CLAC);
    block_at(&world, at(WORLD_TODAY, 18, 45));
    assert_pair(&world, pair, PROCESSING_PENDING, REASON_LACK, REASON_CLAC);
    block_at(&world, at(WORLD_TODAY, 20, 0));
    fund(&world);
    assert_true(settled(&world, pair));
    world_close(&world);
}

static void test_T21_unmatched_at_the_end_of_its_day_is_told(void **state)
{
    struct world world;
    struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_1, QUANTITY, AMOUNT, WORLD_TOMORROW};
    struct command sell;
    struct command buy;
    uint32_t seller;
    (void)state;
    world_open(&world, NULL);
    world_trade(&world, &trade, &sell, &buy);
    seller = world_instruct(&world, &sell);
    block_at(&world, at(WORLD_TODAY, 18, 0));
    assert_int_equal(world_event_count(&world, EVENT_FAILS_TO_MATCH), 0);
    block_at(&world, at(WORLD_TOMORROW, 18, 0));
    assert_int_equal(world_event_count(&world, EVENT_FAILS_TO_MATCH), 1);
    world_assert_status(&world, seller, DIMENSION_MATCH, MATCH_UNMATCHED, REASON_CMIS);
    world_assert_status(&world, seller, DIMENSION_PROCESSING, PROCESSING_ACCEPTED, REASON_NONE);
    world_close(&world);
}

/* One instruction a block: the sweep takes its time, and loses nobody. */
static void test_T20_a_sweep_goes_on_where_it_stopped(void **state)
{
    enum {
        PAIRS = 6
    };
    struct world world;
    struct pair_of_two pairs[PAIRS];
    (void)state;
    world_open(&world, NULL);
    world.ledger->rule_sets[world.ledger->rule_set_current].plan.sweep_budget = 1;
    record_touch(world.ledger, RECORD_RULE_SET, world.ledger->rule_set_current);
    for (uint32_t i = 0; i < PAIRS; i++) {
        pairs[i] = instruct(&world, AMOUNT, WORLD_TODAY);
    }
    block_at(&world, at(WORLD_TODAY, 18, 0));
    assert_true(world.output.more_due);
    assert_pair(&world, pairs[PAIRS - 1], PROCESSING_PENDING, REASON_LACK, REASON_CLAC);
    for (uint32_t i = 0; i < 2 * PAIRS; i++) {
        bool restored = world_restore(&world);
        assert_true(restored || i > 0);
        world_block(&world);
    }
    for (uint32_t i = 0; i < PAIRS; i++) {
        assert_pair(&world, pairs[i], PROCESSING_FAILING, REASON_LACK, REASON_CLAC);
    }
    assert_false(world.output.more_due);
    world_close(&world);
}

/* SELLER owes four and OTHER one; a block has one step. SELLER's turn of before the end of the day
 * goes on behind the one that OTHER got after it; nobody of SELLER's is failing for that, and OTHER
 * neither settles before the sweep nor puts it off. */
static void test_T20_the_end_of_the_day_waits_for_all_that_was_due(void **state)
{
    enum {
        PAIRS = 4,
        OTHER = WORLD_PARTICIPANT + 2
    };
    const struct world_trade trade = {OTHER, BUYER, WORLD_ISIN_1, QUANTITY, 0, WORLD_TODAY};
    struct world world;
    struct world_options options = {.instructions = 4096, .references = 8192, .wake_budget = 1};
    struct pair_of_two pairs[PAIRS];
    struct pair_of_two other;
    struct command sell;
    struct command buy;
    (void)state;
    world_open(&world, &options);
    for (uint32_t i = 0; i < PAIRS; i++) {
        pairs[i] = instruct(&world, 0, WORLD_TODAY);
    }
    world_trade(&world, &trade, &sell, &buy);
    other.seller = world_instruct(&world, &sell);
    other.buyer = world_instruct(&world, &buy);
    world.ts_ms = at(WORLD_TODAY, 18, 0) - 1000;
    world_fund(&world, SELLER, WORLD_ISIN_1, PAIRS * QUANTITY);
    world_fund(&world, OTHER, WORLD_ISIN_1, QUANTITY); /* in the block of the end of the day */
    for (uint32_t i = 2; i < PAIRS; i++) {
        assert_true(settled(&world, pairs[i - 1]));
        assert_pair(&world, pairs[i], PROCESSING_PENDING, REASON_LACK, REASON_CLAC);
        assert_true(world_restore(&world));
        world_block(&world);
        assert_true(settled(&world, pairs[i]));
        assert_int_equal(world_event_count(&world, EVENT_STATEMENTS), 0);
        assert_pair(&world, other, PROCESSING_PENDING, REASON_LACK, REASON_CLAC);
    }
    world_block(&world);
    assert_int_equal(world_event_count(&world, EVENT_STATEMENTS), 1);
    assert_pair(&world, other, PROCESSING_FAILING, REASON_CYCL, REASON_CYCL);
    world_close(&world);
}

/* ------------------------------------------------------------------------------- recycling */

struct recycling_row {
    uint32_t entry;
    uint32_t intended;
    uint32_t last_change; /* equal to entry: none later */
    uint32_t cancelled_at_end_of;
};

/* The four dated examples of T2S UDFS pages 314 to 316, run day by day. */
static void recycling_example(const struct recycling_row *row)
{
    struct world world;
    struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_1, QUANTITY, AMOUNT, row->intended};
    struct command sell;
    struct command buy;
    uint32_t seller;
    world_open_at(&world, NULL, at(row->entry, 9, 0));
    world_trade(&world, &trade, &sell, &buy);
    sell.date = row->entry < row->intended ? row->entry : row->intended; /* the trade date */
    seller = world_instruct(&world, &sell);
    if (row->last_change != row->entry) {
        struct receipt receipt;
        block_at(&world, at(row->last_change, 9, 0));
        receipt = world_target(&world, SELLER, COMMAND_HOLD, seller, DIMENSION_HOLD_PARTY, 0);
        assert_int_equal(receipt.outcome, OUTCOME_DONE);
    }
    block_at(&world, at(row->cancelled_at_end_of, 18, 0) - 1);
    world_assert_status(&world, seller, DIMENSION_MATCH, MATCH_UNMATCHED, REASON_CMIS);
    block_at(&world, at(row->cancelled_at_end_of, 18, 0));
    assert_cancelled(&world, seller);
    world_close(&world);
}

static void test_T23_T2S_example_intended_today(void **state)
{
    (void)state;
    recycling_example(&(struct recycling_row){20160427, 20160427, 20160427, 20160525});
}

static void test_T23_T2S_example_intended_later(void **state)
{
    (void)state;
    recycling_example(&(struct recycling_row){20160427, 20160504, 20160427, 20160601});
}

static void test_T23_T2S_example_changed_later(void **state)
{
    (void)state;
    recycling_example(&(struct recycling_row){20160427, 20160504, 20160506, 20160603});
}

static void test_T23_T2S_example_intended_before(void **state)
{
    (void)state;
    recycling_example(&(struct recycling_row){20160427, 20160426, 20160427, 20160525});
}

/* The 60th business day after Thursday 2026-11-19 is Thursday 2027-02-11. */
static void test_T24_matched_for_60_business_days(void **state)
{
    struct world world;
    struct pair_of_two pair;
    (void)state;
    world_open(&world, NULL);
    pair = instruct(&world, AMOUNT, WORLD_TODAY);
    block_at(&world, at(20270210, 18, 30)); /* the 59th */
    assert_pair(&world, pair, PROCESSING_FAILING, REASON_LACK, REASON_CLAC);
    block_at(&world, at(20270211, 18, 0) - 1);
    assert_pair(&world, pair, PROCESSING_PENDING, REASON_LACK, REASON_CLAC);
    block_at(&world, at(20270211, 18, 0));
    assert_cancelled(&world, pair.seller);
    assert_cancelled(&world, pair.buyer);
    world_close(&world);
}

/* Failing every evening and pending every morning is no change that counts. A release is. */
static void test_T24_a_status_change_starts_the_period_anew(void **state)
{
    struct world world;
    struct pair_of_two pair;
    struct receipt receipt;
    (void)state;
    world_open(&world, NULL);
    pair = instruct(&world, AMOUNT, WORLD_TODAY);
    block_at(&world, at(20270105, 9, 0));
    receipt = world_target(&world, BUYER, COMMAND_HOLD, pair.buyer, DIMENSION_HOLD_PARTY, 0);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    block_at(&world, at(20270211, 18, 30));
    assert_pair(&world, pair, PROCESSING_FAILING, REASON_PRCY, REASON_PREA);
    world_close(&world);
}

/* CSDR article 9: until settled or cancelled by both. */
static void test_T24_off_in_a_strict_profile(void **state)
{
    struct world world;
    struct pair_of_two pair;
    (void)state;
    world_open(&world, NULL);
    world.ledger->rule_sets[world.ledger->rule_set_current].plan.recycling_matched_days = 0;
    record_touch(world.ledger, RECORD_RULE_SET, world.ledger->rule_set_current);
    pair = instruct(&world, AMOUNT, WORLD_TODAY);
    block_at(&world, at(20270311, 18, 30));
    assert_pair(&world, pair, PROCESSING_FAILING, REASON_LACK, REASON_CLAC);
    world_close(&world);
}

/* ---------------------------------------------------------------------------- revalidation */

static void account_close(struct world *world, uint32_t party, enum world_asset asset)
{
    struct command command;
    struct receipt receipt;
    world_command(world, COMMAND_ACCOUNT_CHANGE, &command);
    command.account_change = (struct command_account_change){
        world_bic(party), world_account(asset, 1), ACCOUNT_CLOSED, false};
    receipt = world_submit(world, WORLD_OPERATOR, &command);
    letter_assert(&receipt, OUTCOME_DONE, REASON_NONE, DETAIL_NONE, FIELD_NONE);
}

/* An unmatched one and a matched pair over an account that was closed in the meantime. */
static void test_T25_an_account_was_closed(void **state)
{
    struct world world;
    struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_1, QUANTITY, AMOUNT, WORLD_MONDAY};
    struct command sell;
    struct command buy;
    struct pair_of_two pair;
    uint32_t alone;
    (void)state;
    world_open(&world, NULL);
    world_trade(&world, &trade, &sell, &buy);
    buy.instruct.cash_account = world_account(WORLD_EUR, 1);
    pair.seller = world_instruct(&world, &sell);
    pair.buyer = world_instruct(&world, &buy);
    world_trade(&world, &trade, &sell, &buy);
    sell.instruct.account = world_account(WORLD_ISIN_1, 1);
    alone = world_instruct(&world, &sell);
    account_close(&world, BUYER, WORLD_EUR);
    account_close(&world, SELLER, WORLD_ISIN_1);
    block_at(&world, at(WORLD_TODAY, 18, 45) - 1);
    assert_pair(&world, pair, PROCESSING_PENDING, REASON_FUTU, REASON_FUTU);
    block_at(&world, at(WORLD_TODAY, 18, 45));
    assert_int_equal(world_event_count(&world, EVENT_REVALIDATION_FAILED), 2);
    assert_cancelled(&world, pair.seller);
    assert_cancelled(&world, pair.buyer);
    assert_cancelled(&world, alone);
    world_close(&world);
}

static void test_T25_a_party_was_suspended(void **state)
{
    struct world world;
    struct pair_of_two pair;
    struct command command;
    struct receipt receipt;
    (void)state;
    world_open(&world, NULL);
    pair = instruct(&world, AMOUNT, WORLD_MONDAY);
    world_command(&world, COMMAND_PARTY_CHANGE, &command);
    command.party_change =
        (struct command_party_change){world_bic(BUYER), PARTY_PARTICIPANT, PARTY_SUSPENDED, 0};
    receipt = world_submit(&world, WORLD_OPERATOR, &command);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    block_at(&world, at(WORLD_TODAY, 18, 45));
    assert_cancelled(&world, pair.seller);
    assert_cancelled(&world, pair.buyer);
    world_close(&world);
}

/* Blocked is not closed: it waits, and is told BLOC. */
static void test_T25_a_blocked_account_cancels_nothing(void **state)
{
    struct world world;
    struct pair_of_two pair;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    pair = instruct(&world, AMOUNT, WORLD_TOMORROW);
    world_command(&world, COMMAND_ACCOUNT_CHANGE, &command);
    command.account_change = (struct command_account_change){
        world_bic(SELLER), world_account(WORLD_ISIN_1, 0), ACCOUNT_BLOCKED, true};
    (void)world_submit(&world, WORLD_OPERATOR, &command);
    block_at(&world, at(WORLD_TODAY, 20, 0));
    assert_pair(&world, pair, PROCESSING_PENDING, REASON_BLOC, REASON_BLOC);
    world_close(&world);
}

/* A continuous day has no hour at which anything is late. */
static void test_a_continuous_day_is_never_late(void **state)
{
    struct world world;
    struct pair_of_two pair;
    (void)state;
    world_open(&world, NULL);
    world.ledger->rule_sets[world.ledger->rule_set_current].plan.continuous = true;
    record_touch(world.ledger, RECORD_RULE_SET, world.ledger->rule_set_current);
    block_at(&world, at(WORLD_TODAY, 18, 45)); /* from the next day on */
    for (uint32_t hour = 19; hour < 24 + 18; hour++) {
        uint32_t date = hour < 24 ? WORLD_TODAY : WORLD_TOMORROW;
        world.ts_ms = at(date, hour % 24, 30);
        fund(&world);
        pair = instruct(&world, AMOUNT, WORLD_TOMORROW);
        assert_true(settled(&world, pair));
        assert_true(day_partial_window_open(world.ledger));
    }
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_T20_instructed_past_the_dvp_cut_off_is_late),
        cmocka_unit_test(test_T20_before_the_dvp_cut_off_settles),
        cmocka_unit_test(test_T20_each_side_in_its_own_words),
        cmocka_unit_test(test_T20_each_kind_has_its_own_cut_off),
        cmocka_unit_test(test_T20_a_hold_is_told_before_the_cut_off),
        cmocka_unit_test(test_T20_an_extended_cut_off),
        cmocka_unit_test(test_T20_a_flood_pushes_nobody_past_the_cut_off),
        cmocka_unit_test(test_T20_an_arrival_past_the_cut_off_waits),
        cmocka_unit_test(test_T12_between_the_change_of_date_and_the_opening),
        cmocka_unit_test(test_T12_a_closing_day_of_the_currency),
        cmocka_unit_test(test_T20_failing_for_its_reason_at_the_end_of_day),
        cmocka_unit_test(test_T22_failing_is_pending_again_on_the_next_day),
        cmocka_unit_test(test_T21_unmatched_at_the_end_of_its_day_is_told),
        cmocka_unit_test(test_T20_a_sweep_goes_on_where_it_stopped),
        cmocka_unit_test(test_T20_the_end_of_the_day_waits_for_all_that_was_due),
        cmocka_unit_test(test_T23_T2S_example_intended_today),
        cmocka_unit_test(test_T23_T2S_example_intended_later),
        cmocka_unit_test(test_T23_T2S_example_changed_later),
        cmocka_unit_test(test_T23_T2S_example_intended_before),
        cmocka_unit_test(test_T24_matched_for_60_business_days),
        cmocka_unit_test(test_T24_a_status_change_starts_the_period_anew),
        cmocka_unit_test(test_T24_off_in_a_strict_profile),
        cmocka_unit_test(test_T25_an_account_was_closed),
        cmocka_unit_test(test_T25_a_party_was_suspended),
        cmocka_unit_test(test_T25_a_blocked_account_cancels_nothing),
        cmocka_unit_test(test_a_continuous_day_is_never_late),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
