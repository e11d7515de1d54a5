/*
 * Goal: what is set aside adds up by position; limits count what they are over and nothing else, in
 * both directions, for one settlement day, and not while they have no amount.
 */
#include "netsim/market/workload_bounds.h"

#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

enum {
    ACCOUNTS = 4, /* account n is of participant n */
    EUR = 0,
    USD = 1
};

static struct workload_bounds *bounds_make(void)
{
    static const uint32_t assets[2] = {3, 2};
    struct workload_bounds *bounds = workload_bounds_new(ACCOUNTS, assets);
    assert_non_null(bounds);
    return bounds;
}

static struct workload_flow flow(uint32_t payer, uint32_t taker, uint32_t currency, int64_t amount)
{
    return (struct workload_flow){
        .account = payer, .payer = payer, .taker = taker, .currency = currency, .amount = amount};
}

static bool settles(struct workload_bounds *bounds, struct workload_flow one)
{
    return workload_bounds_settle(bounds, &one);
}

static bool has_room(const struct workload_bounds *bounds, struct workload_flow one)
{
    return workload_bounds_room(bounds, &one, NULL);
}

static void what_is_set_aside_adds_up_by_position(void **state)
{
    struct workload_bounds *bounds = bounds_make();
    (void)state;
    workload_bounds_aside_add(bounds, false, 1, 2, 100);
    workload_bounds_aside_add(bounds, false, 1, 2, -30);
    workload_bounds_aside_add(bounds, true, 1, 1, 5);
    assert_int_equal(workload_bounds_aside(bounds, false, 1, 2), 70);
    assert_int_equal(workload_bounds_aside(bounds, true, 1, 1), 5);
    assert_int_equal(workload_bounds_aside(bounds, false, 2, 2), 0);
    assert_int_equal(workload_bounds_aside(bounds, false, 1, 1), 0);
    expect_assert_failure((void)workload_bounds_aside(bounds, true, 1, 2));
    expect_assert_failure((void)workload_bounds_aside(bounds, false, ACCOUNTS, 0));
    workload_bounds_free(bounds);
}

static void a_counterparty_limit_counts_both_directions(void **state)
{
    const struct workload_limit limit = {
        .participant = 0, .subject = 1, .currency = EUR, .amount = 1000};
    struct workload_bounds *bounds = bounds_make();
    (void)state;
    workload_bounds_limit_set(bounds, &limit);
    assert_true(settles(bounds, flow(0, 1, EUR, 600)));
    assert_true(settles(bounds, flow(1, 0, EUR, 300)));
    assert_true(has_room(bounds, flow(0, 1, EUR, 100)));
    assert_false(has_room(bounds, flow(0, 1, EUR, 101)));
    assert_false(has_room(bounds, flow(1, 0, EUR, 101)));
    assert_true(has_room(bounds, flow(0, 1, USD, 101)));
    assert_true(has_room(bounds, flow(0, 2, EUR, 101)));
    assert_true(has_room(bounds, flow(0, 1, EUR, 0)));
    assert_false(settles(bounds, flow(0, 1, EUR, 101)));
    workload_bounds_free(bounds);
}

static void an_account_limit_counts_what_leaves(void **state)
{
    const struct workload_limit limit = {
        .participant = 2, .of_account = true, .subject = 2, .currency = USD, .amount = 10};
    struct workload_bounds *bounds = bounds_make();
    (void)state;
    workload_bounds_limit_set(bounds, &limit);
    assert_true(has_room(bounds, flow(1, 2, USD, 11)));
    assert_false(has_room(bounds, flow(2, 1, USD, 11)));
    assert_true(settles(bounds, flow(2, 3, USD, 10)));
    assert_false(has_room(bounds, flow(2, 1, USD, 1)));
    workload_bounds_free(bounds);
}

static void two_flows_of_one_step_count_together(void **state)
{
    const struct workload_limit limit = {
        .participant = 0, .subject = 1, .currency = EUR, .amount = 100};
    const struct workload_flow one = flow(0, 1, EUR, 60);
    const struct workload_flow other = flow(1, 0, EUR, 41);
    struct workload_bounds *bounds = bounds_make();
    (void)state;
    workload_bounds_limit_set(bounds, &limit);
    assert_true(workload_bounds_room(bounds, &one, NULL));
    assert_true(workload_bounds_room(bounds, &other, NULL));
    assert_false(workload_bounds_room(bounds, &one, &other));
    workload_bounds_free(bounds);
}

/* A new amount keeps what was used; without an amount nothing is counted; a day begins anew. */
static void limits_change_and_days_begin(void **state)
{
    struct workload_limit limit = {.participant = 0, .subject = 1, .currency = EUR, .amount = 100};
    struct workload_bounds *bounds = bounds_make();
    (void)state;
    workload_bounds_limit_set(bounds, &limit);
    assert_true(settles(bounds, flow(0, 1, EUR, 80)));
    limit.amount = INT64_MAX;
    workload_bounds_limit_set(bounds, &limit);
    assert_true(settles(bounds, flow(0, 1, EUR, 5000)));
    limit.amount = 90;
    workload_bounds_limit_set(bounds, &limit);
    assert_true(has_room(bounds, flow(0, 1, EUR, 10)));
    assert_false(has_room(bounds, flow(0, 1, EUR, 11)));
    limit.amount = 50; /* below what was used: what settled stands, nothing more does */
    workload_bounds_limit_set(bounds, &limit);
    assert_false(has_room(bounds, flow(0, 1, EUR, 1)));
    workload_bounds_day(bounds);
    assert_true(has_room(bounds, flow(0, 1, EUR, 50)));
    assert_false(has_room(bounds, flow(0, 1, EUR, 51)));
    for (uint32_t other = 1; other < 40; other++) { /* the table grows */
        limit.subject = other;
        workload_bounds_limit_set(bounds, &limit);
    }
    assert_false(has_room(bounds, flow(39, 0, EUR, 51)));
    workload_bounds_free(bounds);
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_set_aside_adds_up_by_position),
        cmocka_unit_test(a_counterparty_limit_counts_both_directions),
        cmocka_unit_test(an_account_limit_counts_what_leaves),
        cmocka_unit_test(two_flows_of_one_step_count_together),
        cmocka_unit_test(limits_change_and_days_begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
