/*
 * Goal: a rule set is accepted in exactly one form and refused for each single fault; the
 * settlement day follows ledger time across weekends and holidays.
 */
#include <string.h>

#include "ledger/register/rule_set.h"
#include "ledger/values/date.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static uint64_t at(uint32_t date, uint32_t hour, uint32_t minute)
{
    return (uint64_t)date_to_days(date) * DATE_DAY_MS + (hour * 60ull + minute) * 60000ull;
}

static void sample(struct rule_set *rules)
{
    rule_set_default(rules);
    rules->holiday_count = 2;
    rules->holiday[0] = 20261225;
    rules->holiday[1] = 20270101;
    rules->tolerance_count = 2;
    rules->tolerance[1] = rules->tolerance[0];
    memcpy(rules->tolerance[1].currency.text, "GBP", 3);
    rules->valuation.rate_count = 1;
    rules->valuation.rate[0] = (struct currency_rate){rules->tolerance[1].currency, 86, 100};
}

static void test_default_and_sample_are_sound(void **state)
{
    struct rule_set rules;
    (void)state;
    rule_set_default(&rules);
    assert_int_equal(rule_set_check(&rules), RULE_SET_SOUND);
    sample(&rules);
    assert_int_equal(rule_set_check(&rules), RULE_SET_SOUND);
}

#define FAULT(change, fault)                               \
    do {                                                   \
        struct rule_set rules;                             \
        sample(&rules);                                    \
        change;                                            \
        assert_int_equal(rule_set_check(&rules), (fault)); \
        assert_false(rule_set_valid(&rules));              \
    } while (0)

static void test_each_fault_is_named(void **state)
{
    (void)state;
    FAULT(rules.effective_date = 20261301, RULE_SET_EFFECTIVE_DATE);
    FAULT(rules.effective_date = 0, RULE_SET_EFFECTIVE_DATE);
    FAULT(rules.day_change_minute = 0, RULE_SET_DAY_CHANGE);
    FAULT(rules.day_change_minute = 1441, RULE_SET_DAY_CHANGE);
    FAULT(rules.retention_days = 0, RULE_SET_RETENTION);
    FAULT(rules.retention_days = RULE_RETENTION_DAYS_MAX + 1, RULE_SET_RETENTION);
    FAULT(rules.wake_budget = 0, RULE_SET_WAKE_BUDGET);
    FAULT(rules.wake_budget = RULE_WAKE_BUDGET_MAX + 1, RULE_SET_WAKE_BUDGET);
    FAULT(rules.optimisation_budget = RULE_OPTIMISATION_BUDGET_MAX + 1, RULE_SET_OPTIMISATION);
    FAULT(rules.optimisation_pairs = 1, RULE_SET_OPTIMISATION);
    FAULT(rules.optimisation_pairs = RULE_OPTIMISATION_PAIRS_MAX + 1, RULE_SET_OPTIMISATION);
    FAULT(rules.tolerance_count = RULE_TOLERANCE_MAX + 1, RULE_SET_TOLERANCE_COUNT);
    FAULT(rules.tolerance[0].currency.text[0] = 'e', RULE_SET_TOLERANCE_CURRENCY);
    FAULT(rules.tolerance[0].currency.size = 0, RULE_SET_TOLERANCE_CURRENCY);
    FAULT(rules.tolerance[1] = rules.tolerance[0], RULE_SET_TOLERANCE_CURRENCY);
    FAULT(rules.tolerance[0].threshold = -1, RULE_SET_TOLERANCE_AMOUNT);
    FAULT(rules.tolerance[1].below = -1, RULE_SET_TOLERANCE_AMOUNT);
    FAULT(rules.tolerance[1].above = -1, RULE_SET_TOLERANCE_AMOUNT);
    FAULT(rules.valuation.reference_currency.size = 0, RULE_SET_REFERENCE_CURRENCY);
    FAULT(rules.valuation.rate_count = VALUATION_RATE_MAX + 1, RULE_SET_RATE_COUNT);
    FAULT(rules.valuation.rate[0].currency = rules.valuation.reference_currency,
          RULE_SET_RATE_CURRENCY);
    FAULT(rules.valuation.rate[0].own = 0, RULE_SET_RATE_VALUE);
    FAULT(rules.partial_value_unit = -1, RULE_SET_PARTIAL_VALUE);
    FAULT(rules.partial_value_nominal = -1, RULE_SET_PARTIAL_VALUE);
    FAULT(rules.holiday_count = RULE_HOLIDAY_MAX + 1, RULE_SET_HOLIDAY_COUNT);
    FAULT(rules.holiday[1] = 20261225, RULE_SET_HOLIDAY_DATE);
    FAULT(rules.holiday[0] = 20260230, RULE_SET_HOLIDAY_DATE);
    FAULT(rules.plan.sweep_budget = 0, RULE_SET_DAY_PLAN);
}

static size_t encoded(const struct rule_set *rules, uint8_t bytes[RECORD_BYTES_MAX])
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, bytes, RECORD_BYTES_MAX);
    rule_set_encode(rules, &writer);
    assert_false(writer.failed);
    return writer.size;
}

static bool decoded(struct rule_set *rules, const uint8_t *bytes, size_t size)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes, size);
    rule_set_decode(rules, &reader);
    return bytes_reader_done(&reader);
}

static void test_encoding_round_trips_also_at_its_largest(void **state)
{
    uint8_t bytes[RECORD_BYTES_MAX];
    uint8_t again[RECORD_BYTES_MAX];
    struct rule_set rules;
    struct rule_set out;
    size_t size;
    (void)state;
    sample(&rules);
    for (uint8_t i = 0; i < RULE_TOLERANCE_MAX; i++) {
        rules.tolerance[i] = rules.tolerance[0];
        rules.tolerance[i].currency.text[1] = (char)('A' + i);
    }
    rules.tolerance_count = RULE_TOLERANCE_MAX;
    for (uint8_t i = 0; i < VALUATION_RATE_MAX; i++) {
        rules.valuation.rate[i] = rules.valuation.rate[0];
        rules.valuation.rate[i].currency.text[1] = (char)('A' + i);
    }
    rules.valuation.rate_count = VALUATION_RATE_MAX;
    for (uint8_t i = 0; i < RULE_HOLIDAY_MAX; i++) {
        rules.holiday[i] = date_add(20270101, i);
    }
    rules.holiday_count = RULE_HOLIDAY_MAX;
    memset(rules.secret.bytes, 7, NONCE_SIZE);
    size = encoded(&rules, bytes);
    assert_true(decoded(&out, bytes, size));
    assert_int_equal(encoded(&out, again), size);
    assert_memory_equal(bytes, again, size);
}

static void test_every_truncation_and_wrong_flag_is_refused(void **state)
{
    uint8_t bytes[RECORD_BYTES_MAX];
    struct rule_set rules;
    struct rule_set out;
    size_t size;
    (void)state;
    sample(&rules);
    size = encoded(&rules, bytes);
    for (size_t i = 0; i < size; i++) {
        assert_false(decoded(&out, bytes, i));
        assert_int_equal(out.effective_date, 0);
    }
    bytes[6] = 2; /* closed_on_weekends is neither 0 nor 1 */
    assert_false(decoded(&out, bytes, size));
}

static void test_closing_days(void **state)
{
    struct rule_set rules;
    (void)state;
    sample(&rules);
    assert_true(rule_set_business_day(&rules, 20261120));  /* Friday */
    assert_false(rule_set_business_day(&rules, 20261121)); /* Saturday */
    assert_false(rule_set_business_day(&rules, 20261122));
    assert_false(rule_set_business_day(&rules, 20261225)); /* a Friday, holiday */
    assert_int_equal(rule_set_next_business_day(&rules, 20261224), 20261228);
    rules.closed_on_weekends = false;
    assert_int_equal(rule_set_next_business_day(&rules, 20261224), 20261226);
    assert_true(rule_set_business_day(&rules, 20261121));
    assert_false(rule_set_business_day(&rules, 20261225));
}

static void test_the_day_changes_at_its_minute(void **state)
{
    struct rule_set rules;
    (void)state;
    sample(&rules);
    assert_int_equal(rule_set_day_at(&rules, at(20261119, 0, 0)), 20261119);
    assert_int_equal(rule_set_day_at(&rules, at(20261120, 18, 45) - 1), 20261120);
    assert_int_equal(rule_set_day_at(&rules, at(20261120, 18, 45)), 20261123);
    assert_int_equal(rule_set_day_at(&rules, at(20261122, 18, 45)), 20261123);
    assert_int_equal(rule_set_day_at(&rules, at(20261123, 18, 44)), 20261123);
    assert_int_equal(rule_set_day_at(&rules, at(20261224, 18, 45)), 20261228);
    rules.day_change_minute = RULE_DAY_MINUTES;
    assert_int_equal(rule_set_day_at(&rules, at(20261119, 23, 59)), 20261119);
    assert_int_equal(rule_set_day_at(&rules, at(20261120, 0, 0)), 20261120);
}

static void test_business_days_back(void **state)
{
    struct rule_set rules;
    (void)state;
    sample(&rules);
    assert_int_equal(rule_set_business_day_before(&rules, 20261228, 0), 20261228);
    assert_int_equal(rule_set_business_day_before(&rules, 20261228, 1), 20261224);
    assert_int_equal(rule_set_business_day_before(&rules, 20261228, 6), 20261217);
    assert_int_equal(rule_set_business_day_before(&rules, 19700102, 9), 19700101);
}

/* A currency's own closing days are beside the common ones, and nobody else's. */
static void test_closing_days_of_a_currency(void **state)
{
    struct asset_code usd = {3, "USD"};
    struct asset_code eur = {3, "EUR"};
    struct rule_set rules;
    (void)state;
    sample(&rules);
    rules.plan.closing_count = 2;
    rules.plan.closing[0] = (struct currency_closing){usd, 20261126};
    rules.plan.closing[1] = (struct currency_closing){usd, 20261127};
    assert_int_equal(rule_set_check(&rules), RULE_SET_SOUND);
    assert_true(rule_set_currency_closed(&rules, &usd, 20261126));
    assert_false(rule_set_currency_closed(&rules, &eur, 20261126));
    assert_true(rule_set_currency_closed(&rules, &eur, 20261128));
    assert_true(rule_set_business_day(&rules, 20261126));
    assert_int_equal(rule_set_currency_day_from(&rules, &usd, 20261126), 20261130);
    assert_int_equal(rule_set_currency_day_from(&rules, &eur, 20261126), 20261126);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_default_and_sample_are_sound),
        cmocka_unit_test(test_each_fault_is_named),
        cmocka_unit_test(test_encoding_round_trips_also_at_its_largest),
        cmocka_unit_test(test_every_truncation_and_wrong_flag_is_refused),
        cmocka_unit_test(test_closing_days),
        cmocka_unit_test(test_the_day_changes_at_its_minute),
        cmocka_unit_test(test_business_days_back),
        cmocka_unit_test(test_closing_days_of_a_currency),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
