/*
 * Goal: T18 and T27. What settles in part, when, for what amount, what both sides are told then,
 * who is woken for it, and what stays when the rest is cancelled. The six cases of worked example
 * 90 are tests of their own; the vectors of the specification are run as well where they are at
 * hand.
 *
 * ISIN_1 is quoted in units, minimum and multiple 1: a part by value is worth 10,000.00 EUR.
 * ISIN_2 is quoted in face amount, minimum 50 and multiple 5: 100,000.00 EUR.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/instruction/explain.h"
#include "ledger/state.h"
#include "ledger/state/invariant.h"
#include "ledger/values/date.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/part_trade.h"

/* ------------------------------------------------------------------- worked example 90 */

/* One case: what there is, and what of it settles. */
struct example {
    bool both_parq;
    int64_t quantity;
    int64_t amount;
    int64_t available;
    int64_t cash;
    int64_t settles;
    int64_t settles_for;
};

static void example_run(const struct example *example)
{
    struct part_trade fixture = {0};
    bool units = !example->both_parq && example->amount > 0; /* the case that names no unit */
    int64_t more = (5 - example->available % 5) % 5;
    part_trade_open(&fixture, units ? WORLD_ISIN_1 : WORLD_ISIN_2, example->quantity,
                    example->amount);
    fixture.buyer_allows = example->both_parq ? PARTIAL_PARQ : PARTIAL_PART;
    if (more > 0) {
        part_trade_give_but(&fixture, example->available + more, more);
    } else {
        part_trade_give(&fixture, example->available);
    }
    if (example->cash > 0) {
        part_trade_pay(&fixture, example->cash);
    }
    part_trade_submit(&fixture);
    assert_int_equal(world_available(&fixture.world, PART_SELLER, fixture.trade.asset),
                     example->available - example->settles);
    if (example->settles > 0) {
        part_trade_assert_part(&fixture, example->settles, example->settles_for);
    } else {
        part_trade_assert_lacking(&fixture);
    }
    world_close(&fixture.world);
}

static void test_T18_example_90_1_free_of_payment_both_parq(void **state)
{
    (void)state;
    example_run(&(struct example){true, 100, 0, 55, 0, 55, 0});
}

static void test_T18_example_90_2_rounded_down_to_the_multiple(void **state)
{
    (void)state;
    example_run(&(struct example){false, 100, 0, 57, 0, 55, 0});
}

static void test_T18_example_90_3_below_the_minimum_unit(void **state)
{
    (void)state;
    example_run(&(struct example){true, 100, 0, 49, 0, 0, 0});
}

static void test_T18_example_90_4_against_payment_both_parq(void **state)
{
    (void)state;
    example_run(&(struct example){true, 100, 10000000, 55, 100000000, 55, 5500000});
}

static void test_T18_example_90_5_against_payment_by_value(void **state)
{
    (void)state;
    example_run(&(struct example){false, 100, 10000000, 55, 6000000, 55, 5500000});
}

static void test_T18_example_90_6_against_payment_below_the_minimum_unit(void **state)
{
    (void)state;
    example_run(&(struct example){true, 100, 10000000, 49, 100000000, 0, 0});
}

/* The number after `"name": ` inside [from, to), times `scale`; 0 when it is not there. */
static int64_t number_of(const char *from, const char *to, const char *name, double scale)
{
    char pattern[32];
    const char *found;
    (void)snprintf(pattern, sizeof pattern, "\"%s\":", name);
    found = strstr(from, pattern);
    if (found == NULL || found >= to) {
        return 0;
    }
    return (int64_t)(strtod(found + strlen(pattern), NULL) * scale + 0.5);
}

static void test_T18_example_90_as_in_the_sample_vectors(void **state)
{
    const char *path = getenv("TALLY_SAMPLES");
    char name[512];
    static char text[32768];
    uint32_t cases = 0;
    (void)state;
    (void)snprintf(name, sizeof name, "%s/t2s/vectors.json",
                   path != NULL ? path : "../shared/samples");
    FILE *file = fopen(name, "rb");
    if (file == NULL) {
        print_message("no %s (set TALLY_SAMPLES): vectors of the specification not run\n", name);
        skip();
        return;
    }
    size_t size = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[size] = '\0';
    const char *row = strstr(text, "\"partial_settlement\"");
    assert_non_null(row);
    const char *end = strchr(row, ']');
    assert_non_null(end);
    for (row = strchr(row, '{'); row != NULL && row < end; row = strchr(row + 1, '{')) {
        const char *close = strchr(row, '}');
        const char *both = strstr(row, "\"both_parties\": \"PARQ\"");
        example_run(&(struct example){
            .both_parq = both != NULL && both < close,
            .quantity = number_of(row, close, "qty", 1),
            .amount = number_of(row, close, "amount", 100),
            .available = number_of(row, close, "available_qty", 1),
            .cash = number_of(row, close, "available_cash", 100),
            .settles = number_of(row, close, "settled_qty", 1),
            .settles_for = number_of(row, close, "settled_amount", 100),
        });
        cases++;
    }
    assert_int_equal(cases, 6);
}

/* ------------------------------------------------------------------------ part after part */

static void test_T18_parts_follow_arrivals_and_the_last_one_is_marked(void **state)
{
    struct part_trade fixture = {0};
    (void)state;
    part_trade_open(&fixture, WORLD_ISIN_2, 100, 1000000);
    part_trade_pay(&fixture, 1000000);
    part_trade_submit(&fixture);
    part_trade_assert_lacking(&fixture);
    part_trade_give(&fixture, 55);
    part_trade_assert_event(&fixture, 55, 550000, REASON_PAIN);
    part_trade_assert_part(&fixture, 55, 550000);
    part_trade_give(&fixture, 50); /* all that is left, and 5 more */
    part_trade_assert_event(&fixture, 45, 450000, REASON_PARC);
    part_trade_assert(&fixture, SETTLEMENT_SETTLED, REASON_NONE, REASON_NONE);
    part_trade_assert_so_far(&fixture, 100, 1000000);
    assert_int_equal(world_available(&fixture.world, PART_SELLER, WORLD_ISIN_2), 5);
    world_assert_status(&fixture.world, fixture.buyer, DIMENSION_PROCESSING, PROCESSING_ENDED,
                        REASON_NONE);
    world_close(&fixture.world);
}

static void test_T18_settled_at_once_is_no_part(void **state)
{
    struct part_trade fixture = {0};
    (void)state;
    part_trade_open(&fixture, WORLD_ISIN_2, 100, 1000000);
    part_trade_pay(&fixture, 1000000);
    part_trade_give(&fixture, 100);
    part_trade_submit(&fixture);
    part_trade_assert_event(&fixture, 100, 1000000, REASON_NONE);
    world_close(&fixture.world);
}

static void test_T18_the_money_of_all_parts_is_the_amount_to_the_cent(void **state)
{
    struct part_trade fixture = {0};
    (void)state;
    part_trade_open(&fixture, WORLD_ISIN_1, 3, 100);
    part_trade_pay(&fixture, 100);
    part_trade_submit(&fixture);
    part_trade_give(&fixture, 1);
    part_trade_assert_part(&fixture, 1, 33);
    part_trade_give(&fixture, 1);
    part_trade_assert_part(&fixture, 2, 66);
    part_trade_assert_event(&fixture, 1, 33, REASON_PAIN);
    part_trade_give(&fixture, 1);
    part_trade_assert_event(&fixture, 1, 34, REASON_PARC);
    part_trade_assert_so_far(&fixture, 3, 100);
    world_close(&fixture.world);
}

static void test_T18_after_the_first_part_one_multiple_is_enough(void **state)
{
    struct part_trade fixture = {0};
    (void)state;
    part_trade_open(&fixture, WORLD_ISIN_2, 200, 0);
    part_trade_give_but(&fixture, 60, 10);
    part_trade_submit(&fixture);
    part_trade_assert_part(&fixture, 50, 0);
    part_trade_block(&fixture, false, 4);
    part_trade_assert_part(&fixture, 50, 0);
    part_trade_block(&fixture, false, 1);
    part_trade_assert_event(&fixture, 5, 0, REASON_PAIN);
    part_trade_assert_part(&fixture, 55, 0);
    world_close(&fixture.world);
}

static void test_T18_the_last_part_may_be_smaller_than_any_threshold(void **state)
{
    struct part_trade fixture = {0};
    (void)state;
    part_trade_open(&fixture, WORLD_ISIN_1, 100, 2000000);
    fixture.buyer_allows = PARTIAL_PARC; /* by value: 50 are worth 10,000.00 */
    part_trade_pay(&fixture, 2000000);
    part_trade_submit(&fixture);
    part_trade_give(&fixture, 49);
    part_trade_assert_lacking(&fixture);
    part_trade_give(&fixture, 50);
    part_trade_assert_part(&fixture, 99, 1980000);
    part_trade_give(&fixture, 1);
    part_trade_assert_event(&fixture, 1, 20000, REASON_PARC);
    part_trade_assert(&fixture, SETTLEMENT_SETTLED, REASON_NONE, REASON_NONE);
    world_close(&fixture.world);
}

/* ------------------------------------------------------------------------------ whether */

static void test_T18_not_if_neither_side_allows_it(void **state)
{
    struct part_trade fixture = {0};
    (void)state;
    part_trade_open(&fixture, WORLD_ISIN_2, 100, 0);
    fixture.seller_allows = PARTIAL_NPAR;
    fixture.buyer_allows = PARTIAL_NPAR;
    part_trade_give(&fixture, 95);
    part_trade_submit(&fixture);
    part_trade_assert_lacking(&fixture);
    world_close(&fixture.world);
}

static void test_T18_indicators_that_differ_are_told_PATD(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        struct part_trade fixture = {0};
        struct explanation explanation;
        part_trade_open(&fixture, WORLD_ISIN_2, 100, 0);
        fixture.seller_allows = i == 0 ? PARTIAL_NPAR : PARTIAL_PART;
        fixture.buyer_allows = i == 0 ? PARTIAL_PARQ : PARTIAL_NPAR;
        part_trade_submit(&fixture);
        part_trade_give_but(&fixture, 50, 5);
        part_trade_assert(&fixture, SETTLEMENT_UNSETTLED, REASON_PATD, REASON_PATD);
        part_trade_assert_so_far(&fixture, 0, 0);
        explain_instruction(fixture.world.ledger, fixture.buyer, &explanation);
        assert_int_equal(explanation.actor, EXPLAIN_BOTH_PARTIES);
        /* It is not tried again and again, and settles when all is there. */
        world_block(&fixture.world);
        assert_false(fixture.world.output.more_due);
        part_trade_give(&fixture, 55);
        part_trade_assert_event(&fixture, 100, 0, REASON_NONE);
        world_close(&fixture.world);
    }
}

static void test_T18_an_amended_indicator_lets_the_part_settle(void **state)
{
    struct part_trade fixture = {0};
    struct command command;
    (void)state;
    part_trade_open(&fixture, WORLD_ISIN_2, 100, 0);
    fixture.buyer_allows = PARTIAL_NPAR;
    part_trade_give(&fixture, 55);
    part_trade_submit(&fixture);
    part_trade_assert(&fixture, SETTLEMENT_UNSETTLED, REASON_PATD, REASON_PATD);
    world_command(&fixture.world, COMMAND_AMEND, &command);
    command.target =
        (struct command_target){.party = world_bic(PART_BUYER),
                                .reference = world_view(&fixture.world, fixture.buyer)->reference,
                                .partial = PARTIAL_PART};
    assert_int_equal(world_submit(&fixture.world, PART_BUYER, &command).outcome, OUTCOME_DONE);
    part_trade_assert_part(&fixture, 55, 0);
    command.reference = world_text("BACK"); /* too late: it has settled in part */
    command.target.partial = PARTIAL_NPAR;
    assert_string_equal(reason_code(world_submit(&fixture.world, PART_BUYER, &command).reason),
                        "INVM");
    world_close(&fixture.world);
}

static void test_T18_nothing_is_said_of_indicators_while_no_part_could_settle(void **state)
{
    struct part_trade fixture = {0};
    (void)state;
    part_trade_open(&fixture, WORLD_ISIN_2, 100, 0);
    fixture.seller_allows = PARTIAL_NPAR;
    part_trade_give_but(&fixture, 50, 5);
    part_trade_submit(&fixture);
    part_trade_assert_lacking(&fixture);
    world_close(&fixture.world);
}

static void test_T18_a_face_amount_has_the_higher_value_threshold(void **state)
{
    struct part_trade fixture = {0};
    (void)state;
    part_trade_open(&fixture, WORLD_ISIN_2, 100, 10000100); /* 100,001.00 */
    fixture.seller_allows = PARTIAL_PARC;
    part_trade_pay(&fixture, 10000100);
    part_trade_submit(&fixture);
    part_trade_give(&fixture, 95);
    part_trade_assert_lacking(&fixture);
    world_close(&fixture.world);
    part_trade_open(&fixture, WORLD_ISIN_2, 100, 11000000);
    fixture.seller_allows = PARTIAL_PARC;
    part_trade_pay(&fixture, 11000000);
    part_trade_submit(&fixture);
    part_trade_give(&fixture, 95); /* 91 would be worth 100,100.00 */
    part_trade_assert_part(&fixture, 95, 10450000);
    world_close(&fixture.world);
}

static void in_dollars(struct part_trade *fixture, int64_t quantity)
{
    struct command sell;
    struct command buy;
    part_trade_open(fixture, WORLD_ISIN_1, 100, 2500000);
    world_fund(&fixture->world, PART_BUYER, WORLD_USD, 2500000);
    part_trade_give(fixture, quantity);
    world_trade(&fixture->world, &fixture->trade, &sell, &buy);
    sell.instruct.currency = world_asset(WORLD_USD);
    buy.instruct.currency = world_asset(WORLD_USD);
    sell.instruct.partial = PARTIAL_PART;
    buy.instruct.partial = PARTIAL_PART;
    fixture->seller = world_instruct(&fixture->world, &sell);
    fixture->buyer = world_instruct(&fixture->world, &buy);
}

static void test_T18_the_threshold_is_converted_at_the_rate_of_the_rules(void **state)
{
    struct part_trade fixture = {0};
    (void)state;
    in_dollars(&fixture, 49); /* 12,250.00 USD are worth 9,800.00 EUR */
    part_trade_assert(&fixture, SETTLEMENT_UNSETTLED, REASON_LACK, REASON_CLAC);
    world_close(&fixture.world);
    in_dollars(&fixture, 50);
    part_trade_assert(&fixture, SETTLEMENT_PARTIALLY_SETTLED, REASON_PART, REASON_PART);
    assert_int_equal(world_available(&fixture.world, PART_SELLER, WORLD_USD), 1250000);
    world_close(&fixture.world);
}

static void test_T18_not_for_lack_of_money(void **state)
{
    struct part_trade fixture = {0};
    (void)state;
    part_trade_open(&fixture, WORLD_ISIN_2, 100, 1000000);
    part_trade_give(&fixture, 100);
    part_trade_pay(&fixture, 999999);
    part_trade_submit(&fixture);
    part_trade_assert(&fixture, SETTLEMENT_UNSETTLED, REASON_CMON, REASON_MONY);
    part_trade_assert_so_far(&fixture, 0, 0);
    world_close(&fixture.world);
}

static void test_T18_a_part_without_its_money_waits_for_that(void **state)
{
    struct part_trade fixture = {0};
    (void)state;
    part_trade_open(&fixture, WORLD_ISIN_2, 100, 1000000);
    part_trade_give(&fixture, 55);
    part_trade_pay(&fixture, 549999);
    part_trade_submit(&fixture);
    part_trade_assert(&fixture, SETTLEMENT_UNSETTLED, REASON_CMON, REASON_MONY);
    part_trade_assert_so_far(&fixture, 0, 0);
    assert_int_equal(world_view(&fixture.world, fixture.seller)->waiting_need, 550000);
    world_block(&fixture.world);
    assert_false(fixture.world.output.more_due);
    part_trade_pay(&fixture, 1);
    part_trade_assert_part(&fixture, 55, 550000);
    world_close(&fixture.world);
}

static void test_T18_a_blocked_account_keeps_a_part_as_it_keeps_a_whole(void **state)
{
    struct part_trade fixture = {0};
    struct command command;
    (void)state;
    part_trade_open(&fixture, WORLD_ISIN_2, 100, 0);
    part_trade_submit(&fixture);
    world_command(&fixture.world, COMMAND_ACCOUNT_CHANGE, &command);
    command.account_change = (struct command_account_change){
        world_bic(PART_BUYER), world_account(WORLD_ISIN_2, 0), ACCOUNT_BLOCKED, true};
    (void)world_submit(&fixture.world, WORLD_OPERATOR, &command);
    part_trade_give(&fixture, 55);
    part_trade_assert(&fixture, SETTLEMENT_UNSETTLED, REASON_BLOC, REASON_BLOC);
    part_trade_assert_so_far(&fixture, 0, 0);
    command.reference = world_text("OPEN-AGAIN");
    command.account_change.status = ACCOUNT_OPEN;
    (void)world_submit(&fixture.world, WORLD_OPERATOR, &command);
    world_settle_down(&fixture.world);
    part_trade_assert_part(&fixture, 55, 0);
    world_close(&fixture.world);
}

static void test_T18_not_while_a_side_is_on_hold(void **state)
{
    struct part_trade fixture = {0};
    (void)state;
    part_trade_open(&fixture, WORLD_ISIN_2, 100, 0);
    part_trade_submit(&fixture);
    (void)world_target(&fixture.world, PART_BUYER, COMMAND_HOLD, fixture.buyer,
                       DIMENSION_HOLD_PARTY, 0);
    part_trade_give(&fixture, 55);
    part_trade_assert(&fixture, SETTLEMENT_UNSETTLED, REASON_PRCY, REASON_PREA);
    (void)world_target(&fixture.world, PART_BUYER, COMMAND_RELEASE, fixture.buyer,
                       DIMENSION_HOLD_PARTY, 0);
    part_trade_assert_part(&fixture, 55, 0);
    world_close(&fixture.world);
}

/* ---------------------------------------------------------------------- other kinds of trade */

static void test_T18_a_delivery_with_payment_takes_its_share_of_the_money_along(void **state)
{
    struct part_trade fixture = {0};
    struct command sell;
    struct command buy;
    (void)state;
    part_trade_open(&fixture, WORLD_ISIN_2, 100, 1000);
    part_trade_give(&fixture, 50);
    world_fund(&fixture.world, PART_SELLER, WORLD_EUR, 1000);
    world_trade(&fixture.world, &fixture.trade, &sell, &buy);
    sell.instruct.credit_debit = CREDIT_DEBIT_DBIT;
    buy.instruct.credit_debit = CREDIT_DEBIT_CRDT;
    sell.instruct.partial = PARTIAL_PARQ;
    buy.instruct.partial = PARTIAL_PARQ;
    (void)world_instruct(&fixture.world, &sell);
    (void)world_instruct(&fixture.world, &buy);
    assert_int_equal(world_available(&fixture.world, PART_BUYER, WORLD_ISIN_2), 50);
    assert_int_equal(world_available(&fixture.world, PART_BUYER, WORLD_EUR), 500);
    assert_int_equal(world_available(&fixture.world, PART_SELLER, WORLD_EUR), 500);
    world_close(&fixture.world);
}

static uint32_t internal_transfer(struct part_trade *fixture, enum world_asset asset,
                                  uint8_t allows)
{
    struct command move;
    struct command unused;
    fixture->trade = (struct world_trade){PART_SELLER, PART_SELLER, asset, 100, 0, WORLD_TODAY};
    world_trade(&fixture->world, &fixture->trade, &move, &unused);
    move.instruct.transaction_type = TRANSACTION_OWNI;
    move.instruct.receiver_account = world_account(asset, 1);
    move.instruct.partial = allows;
    return world_instruct(&fixture->world, &move);
}

static void test_T18_an_internal_transfer_asks_its_own_indicator_only(void **state)
{
    struct part_trade fixture = {0};
    uint32_t index;
    (void)state;
    part_trade_open(&fixture, WORLD_ISIN_2, 100, 0);
    part_trade_give(&fixture, 60);
    index = internal_transfer(&fixture, WORLD_ISIN_2, PARTIAL_PART);
    assert_int_equal(world_view(&fixture.world, index)->settled_quantity, 60);
    world_assert_status(&fixture.world, index, DIMENSION_SETTLEMENT, SETTLEMENT_PARTIALLY_SETTLED,
                        REASON_PART);
    world_close(&fixture.world);
    part_trade_open(&fixture, WORLD_EUR, 100, 0); /* of money nothing settles in part */
    world_fund(&fixture.world, PART_SELLER, WORLD_EUR, 60);
    index = internal_transfer(&fixture, WORLD_EUR, PARTIAL_PART);
    world_assert_status(&fixture.world, index, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED,
                        REASON_MONY);
    world_close(&fixture.world);
}

/* ----------------------------------------------------------------------- T27 and cancelling */

static void in_part(struct part_trade *fixture)
{
    part_trade_open(fixture, WORLD_ISIN_2, 100, 1000000);
    part_trade_pay(fixture, 1000000);
    part_trade_give(fixture, 55);
    part_trade_submit(fixture);
    part_trade_assert_part(fixture, 55, 550000);
}

static void assert_rest_cancelled(const struct part_trade *fixture, enum reason reason)
{
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t index = i == 0 ? fixture->seller : fixture->buyer;
        world_assert_status(&fixture->world, index, DIMENSION_CANCELLATION, CANCELLATION_CANCELLED,
                            reason);
        world_assert_status(&fixture->world, index, DIMENSION_PROCESSING, PROCESSING_ENDED, reason);
    }
    part_trade_assert(fixture, SETTLEMENT_PARTIALLY_SETTLED, REASON_NONE, REASON_NONE);
    part_trade_assert_so_far(fixture, 55, 550000);
}

static void test_T27_both_cancel_the_rest_and_the_part_stays(void **state)
{
    struct part_trade fixture = {0};
    (void)state;
    in_part(&fixture);
    (void)world_target(&fixture.world, PART_SELLER, COMMAND_CANCEL, fixture.seller, 0, 0);
    world_assert_status(&fixture.world, fixture.seller, DIMENSION_CANCELLATION,
                        CANCELLATION_REQUESTED, REASON_CONF);
    (void)world_target(&fixture.world, PART_BUYER, COMMAND_CANCEL, fixture.buyer, 0, 0);
    assert_rest_cancelled(&fixture, REASON_CANI);
    /* What arrives later is no longer for it. */
    part_trade_give(&fixture, 50);
    part_trade_assert_so_far(&fixture, 55, 550000);
    assert_int_equal(world_available(&fixture.world, PART_SELLER, WORLD_ISIN_2), 50);
    world_close(&fixture.world);
}

static void test_T27_a_request_to_cancel_stands_while_parts_settle(void **state)
{
    struct part_trade fixture = {0};
    (void)state;
    part_trade_open(&fixture, WORLD_ISIN_2, 100, 1000000);
    part_trade_pay(&fixture, 1000000);
    part_trade_submit(&fixture);
    (void)world_target(&fixture.world, PART_SELLER, COMMAND_CANCEL, fixture.seller, 0, 0);
    part_trade_give(&fixture, 55);
    part_trade_assert_part(&fixture, 55, 550000);
    world_assert_status(&fixture.world, fixture.seller, DIMENSION_CANCELLATION,
                        CANCELLATION_REQUESTED, REASON_CONF);
    (void)world_target(&fixture.world, PART_BUYER, COMMAND_CANCEL, fixture.buyer, 0, 0);
    assert_rest_cancelled(&fixture, REASON_CANI);
    world_close(&fixture.world);
}

static void test_T27_a_request_that_the_last_part_overtook_is_denied(void **state)
{
    struct part_trade fixture = {0};
    (void)state;
    in_part(&fixture);
    (void)world_target(&fixture.world, PART_BUYER, COMMAND_CANCEL, fixture.buyer, 0, 0);
    part_trade_give(&fixture, 50);
    part_trade_assert(&fixture, SETTLEMENT_SETTLED, REASON_NONE, REASON_NONE);
    world_assert_status(&fixture.world, fixture.buyer, DIMENSION_CANCELLATION, CANCELLATION_NONE,
                        REASON_DSET);
    assert_int_equal(
        world_target(&fixture.world, PART_SELLER, COMMAND_CANCEL, fixture.seller, 0, 0).reason,
        REASON_DSET);
    world_close(&fixture.world);
}

static void test_T27_the_operator_cancels_the_rest_alone(void **state)
{
    struct part_trade fixture = {0};
    (void)state;
    in_part(&fixture);
    (void)world_target(&fixture.world, WORLD_OPERATOR, COMMAND_CANCEL, fixture.buyer, 0, 0);
    assert_rest_cancelled(&fixture, REASON_CTHP);
    world_close(&fixture.world);
}

/* ------------------------------------------------------------------------------ invariants */

static void test_T18_I3_and_I4_hold_of_parts(void **state)
{
    struct part_trade fixture = {0};
    (void)state;
    in_part(&fixture);
    struct ledger *ledger = fixture.world.ledger;
    struct instruction *seller = instruction_at(ledger, fixture.seller);
    struct instruction *buyer = instruction_at(ledger, fixture.buyer);
    assert_int_equal(invariant_first_broken(ledger), INVARIANT_NONE);
    seller->settled_quantity -= 5; /* one side has settled less than the other */
    assert_int_equal(invariant_first_broken(ledger), INVARIANT_I3);
    buyer->settled_quantity -= 5; /* both, and the money is ahead */
    assert_int_equal(invariant_first_broken(ledger), INVARIANT_I4);
    seller->settled_amount -= 50000;
    buyer->settled_amount -= 50000;
    assert_int_equal(invariant_first_broken(ledger), INVARIANT_NONE);
    seller->status[DIMENSION_SETTLEMENT].value = SETTLEMENT_UNSETTLED; /* the status forgets it */
    buyer->status[DIMENSION_SETTLEMENT].value = SETTLEMENT_UNSETTLED;
    assert_int_equal(invariant_first_broken(ledger), INVARIANT_I4);
    world_close(&fixture.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_T18_example_90_1_free_of_payment_both_parq),
        cmocka_unit_test(test_T18_example_90_2_rounded_down_to_the_multiple),
        cmocka_unit_test(test_T18_example_90_3_below_the_minimum_unit),
        cmocka_unit_test(test_T18_example_90_4_against_payment_both_parq),
        cmocka_unit_test(test_T18_example_90_5_against_payment_by_value),
        cmocka_unit_test(test_T18_example_90_6_against_payment_below_the_minimum_unit),
        cmocka_unit_test(test_T18_example_90_as_in_the_sample_vectors),
        cmocka_unit_test(test_T18_parts_follow_arrivals_and_the_last_one_is_marked),
        cmocka_unit_test(test_T18_settled_at_once_is_no_part),
        cmocka_unit_test(test_T18_the_money_of_all_parts_is_the_amount_to_the_cent),
        cmocka_unit_test(test_T18_after_the_first_part_one_multiple_is_enough),
        cmocka_unit_test(test_T18_the_last_part_may_be_smaller_than_any_threshold),
        cmocka_unit_test(test_T18_not_if_neither_side_allows_it),
        cmocka_unit_test(test_T18_indicators_that_differ_are_told_PATD),
        cmocka_unit_test(test_T18_an_amended_indicator_lets_the_part_settle),
        cmocka_unit_test(test_T18_nothing_is_said_of_indicators_while_no_part_could_settle),
        cmocka_unit_test(test_T18_a_face_amount_has_the_higher_value_threshold),
        cmocka_unit_test(test_T18_the_threshold_is_converted_at_the_rate_of_the_rules),
        cmocka_unit_test(test_T18_not_for_lack_of_money),
        cmocka_unit_test(test_T18_a_part_without_its_money_waits_for_that),
        cmocka_unit_test(test_T18_a_blocked_account_keeps_a_part_as_it_keeps_a_whole),
        cmocka_unit_test(test_T18_not_while_a_side_is_on_hold),
        cmocka_unit_test(test_T18_a_delivery_with_payment_takes_its_share_of_the_money_along),
        cmocka_unit_test(test_T18_an_internal_transfer_asks_its_own_indicator_only),
        cmocka_unit_test(test_T27_both_cancel_the_rest_and_the_part_stays),
        cmocka_unit_test(test_T27_a_request_to_cancel_stands_while_parts_settle),
        cmocka_unit_test(test_T27_a_request_that_the_last_part_overtook_is_denied),
        cmocka_unit_test(test_T27_the_operator_cancels_the_rest_alone),
        cmocka_unit_test(test_T18_I3_and_I4_hold_of_parts),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
