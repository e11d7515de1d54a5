/*
 * Goal: a plan of the settlement day is accepted when its events are in order, counted from the
 * change of date, and refused for each single fault; it has one encoding.
 */
#include <string.h>

#include "ledger/register/day_plan.h"
#include "ledger/register/rule_set.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

enum {
    CHANGE = 18 * 60 + 45
};

static struct asset_code code(const char *text)
{
    struct asset_code out;
    bool valid = asset_code_parse(text, strlen(text), &out);
    assert_true(valid);
    return out;
}

static void sample(struct day_plan *plan)
{
    day_plan_default(plan);
    plan->currency_count = 2;
    plan->currency[0] = (struct currency_cut_offs){code("EUR"), 930, 960};
    plan->currency[1] = (struct currency_cut_offs){code("USD"), 960, 1080};
    plan->closing_count = 3;
    plan->closing[0] = (struct currency_closing){code("EUR"), 20261231};
    plan->closing[1] = (struct currency_closing){code("USD"), 20261126};
    plan->closing[2] = (struct currency_closing){code("USD"), 20261127};
}

static void test_default_and_sample_are_sound(void **state)
{
    struct day_plan plan;
    (void)state;
    day_plan_default(&plan);
    assert_int_equal(day_plan_check(&plan, CHANGE), DAY_PLAN_SOUND);
    sample(&plan);
    assert_int_equal(day_plan_check(&plan, CHANGE), DAY_PLAN_SOUND);
}

/* All closings at the change, all openings too: the longest day that has an order. */
static void test_cut_offs_may_come_with_the_change(void **state)
{
    struct day_plan plan;
    (void)state;
    day_plan_default(&plan);
    plan.start_of_day_minute = plan.night_time_minute = plan.real_time_minute = CHANGE;
    plan.dvp_cut_off_minute = plan.cash_cut_off_minute = CHANGE;
    plan.fop_cut_off_minute = plan.end_of_day_minute = CHANGE;
    assert_int_equal(day_plan_check(&plan, CHANGE), DAY_PLAN_SOUND);
    plan.start_of_day_minute = plan.night_time_minute = plan.real_time_minute = 0;
    plan.dvp_cut_off_minute = plan.cash_cut_off_minute = 1440;
    plan.fop_cut_off_minute = plan.end_of_day_minute = 1440;
    assert_int_equal(day_plan_check(&plan, 1440), DAY_PLAN_SOUND);
}

/* A continuous day needs no order: its times are not asked. */
static void test_a_continuous_plan_has_no_order(void **state)
{
    struct day_plan plan;
    (void)state;
    sample(&plan);
    assert_int_equal(day_plan_check(&plan, 1440), DAY_PLAN_ORDER);
    plan.continuous = true;
    assert_int_equal(day_plan_check(&plan, 1440), DAY_PLAN_SOUND);
    plan.sweep_budget = 0;
    assert_int_equal(day_plan_check(&plan, 1440), DAY_PLAN_SWEEP_BUDGET);
}

#define FAULT(change, fault)                                    \
    do {                                                        \
        struct day_plan plan;                                   \
        sample(&plan);                                          \
        change;                                                 \
        assert_int_equal(day_plan_check(&plan, CHANGE), fault); \
    } while (0)

static void test_each_fault_is_named(void **state)
{
    (void)state;
    FAULT(plan.start_of_day_minute = 1440, DAY_PLAN_MINUTE);
    FAULT(plan.end_of_day_minute = 1441, DAY_PLAN_MINUTE);
    FAULT(plan.start_of_day_minute = 1201, DAY_PLAN_ORDER); /* after night-time */
    FAULT(plan.night_time_minute = 301, DAY_PLAN_ORDER);
    FAULT(plan.real_time_minute = 961, DAY_PLAN_ORDER);
    FAULT(plan.dvp_cut_off_minute = 1061, DAY_PLAN_ORDER);
    FAULT(plan.cash_cut_off_minute = 1081, DAY_PLAN_ORDER);
    FAULT(plan.fop_cut_off_minute = 1081, DAY_PLAN_ORDER);
    FAULT(plan.end_of_day_minute = 1126, DAY_PLAN_ORDER); /* in the evening before */
    FAULT(plan.extension_minutes_max = 721, DAY_PLAN_EXTENSION);
    FAULT(plan.recycling_unmatched_days = 251, DAY_PLAN_RECYCLING);
    FAULT(plan.recycling_matched_days = 251, DAY_PLAN_RECYCLING);
    FAULT(plan.sweep_budget = 0, DAY_PLAN_SWEEP_BUDGET);
    FAULT(plan.sweep_budget = DAY_SWEEP_BUDGET_MAX + 1, DAY_PLAN_SWEEP_BUDGET);
    FAULT(plan.window_count = DAY_WINDOW_MAX + 1, DAY_PLAN_WINDOW);
    FAULT(plan.window[0].minutes = 0, DAY_PLAN_WINDOW);
    FAULT(plan.window[0].minutes = 121, DAY_PLAN_WINDOW); /* into the next */
    FAULT(plan.window[0].opens_minute = 299, DAY_PLAN_WINDOW);
    FAULT(plan.window[3].minutes = 121, DAY_PLAN_WINDOW); /* past the cut-off */
    FAULT(plan.currency_count = DAY_CURRENCY_MAX + 1, DAY_PLAN_CURRENCY);
    FAULT(plan.currency[1].currency = code("EUR"), DAY_PLAN_CURRENCY);
    FAULT(plan.currency[0].currency.size = 0, DAY_PLAN_CURRENCY);
    FAULT(plan.currency[0].dvp_minute = 961, DAY_PLAN_CURRENCY_ORDER);
    FAULT(plan.currency[0].dvp_minute = 299, DAY_PLAN_CURRENCY_ORDER);
    FAULT(plan.currency[1].cash_minute = 1081, DAY_PLAN_CURRENCY_ORDER);
    FAULT(plan.closing_count = DAY_CLOSING_MAX + 1, DAY_PLAN_CLOSING);
    FAULT(plan.closing[2].date = 20261126, DAY_PLAN_CLOSING);
    FAULT(plan.closing[0].currency = code("USD"), DAY_PLAN_CLOSING);
    FAULT(plan.closing[0].date = 20261301, DAY_PLAN_CLOSING);
}

static void test_encoding_round_trips_also_at_its_largest(void **state)
{
    uint8_t bytes[RECORD_BYTES_MAX];
    uint8_t again[RECORD_BYTES_MAX];
    struct bytes_writer writer;
    struct bytes_reader reader;
    struct day_plan plan;
    struct day_plan out;
    (void)state;
    sample(&plan);
    plan.window_count = DAY_WINDOW_MAX;
    plan.currency_count = DAY_CURRENCY_MAX;
    plan.closing_count = DAY_CLOSING_MAX;
    for (uint8_t i = 0; i < DAY_CLOSING_MAX; i++) {
        plan.closing[i] = (struct currency_closing){code("USD"), 20270101u + i};
        plan.currency[i % DAY_CURRENCY_MAX] = plan.currency[0];
        plan.window[i % DAY_WINDOW_MAX] = (struct partial_window){i, i};
    }
    bytes_writer_init(&writer, bytes, sizeof bytes);
    day_plan_encode(&plan, &writer);
    assert_true(bytes_writer_ok(&writer));
    bytes_reader_init(&reader, bytes, writer.size);
    day_plan_decode(&out, &reader);
    assert_true(bytes_reader_done(&reader));
    size_t size = writer.size;
    bytes_writer_init(&writer, again, sizeof again);
    day_plan_encode(&out, &writer);
    assert_int_equal(writer.size, size);
    assert_memory_equal(bytes, again, size);
    for (size_t i = 0; i < size; i++) {
        bytes_reader_init(&reader, bytes, i);
        day_plan_decode(&out, &reader);
        assert_true(reader.failed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_default_and_sample_are_sound),
        cmocka_unit_test(test_cut_offs_may_come_with_the_change),
        cmocka_unit_test(test_a_continuous_plan_has_no_order),
        cmocka_unit_test(test_each_fault_is_named),
        cmocka_unit_test(test_encoding_round_trips_also_at_its_largest),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
