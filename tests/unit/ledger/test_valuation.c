/*
 * Goal: an amount is worth exactly what the rate says, rounded down; the least amount worth a value
 * is found exactly; what has no rate or does not fit is said to have no value; a valuation is
 * accepted in one form and refused for each single fault.
 */
#include <string.h>

#include "base/prng.h"
#include "ledger/register/valuation.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static struct asset_code code(const char *text)
{
    struct asset_code out;
    bool parsed = asset_code_parse(text, strlen(text), &out);
    assert_true(parsed);
    return out;
}

static struct valuation sample(void)
{
    return (struct valuation){.reference_currency = code("EUR"),
                              .rate_count = 3,
                              .rate = {{code("GBP"), 8600, 10000},
                                       {code("JPY"), 1625, 1000},
                                       {code("USD"), 10825, 10000}}};
}

static void test_the_reference_currency_is_worth_itself(void **state)
{
    struct valuation valuation = sample();
    struct asset_code euro = code("EUR");
    int64_t out = -1;
    (void)state;
    assert_true(valuation_value(&valuation, &euro, 123, &out));
    assert_int_equal(out, 123);
    assert_true(valuation_amount(&valuation, &euro, 123, &out));
    assert_int_equal(out, 123);
    assert_true(valuation_value(&valuation, &euro, INT64_MAX, &out));
    assert_int_equal(out, INT64_MAX);
}

static void test_values_are_rounded_down_and_amounts_up(void **state)
{
    struct valuation valuation = sample();
    struct asset_code dollar = code("USD");
    int64_t out = -1;
    (void)state;
    assert_true(valuation_value(&valuation, &dollar, 10000, &out));
    assert_int_equal(out, 9237);
    assert_true(valuation_amount(&valuation, &dollar, 1000000, &out));
    assert_int_equal(out, 1082500);
    assert_true(valuation_amount(&valuation, &dollar, 9237, &out));
    assert_int_equal(out, 10000);
    assert_true(valuation_amount(&valuation, &dollar, 9238, &out));
    assert_int_equal(out, 10001);
    assert_true(valuation_amount(&valuation, &dollar, 0, &out));
    assert_int_equal(out, 0);
}

static void test_the_least_amount_reaches_the_value_and_one_less_does_not(void **state)
{
    struct valuation valuation = sample();
    struct prng prng;
    (void)state;
    prng_init(&prng, 7);
    for (uint32_t i = 0; i < 20000; i++) {
        struct currency_rate *rate = &valuation.rate[2];
        int64_t value = (int64_t)prng_below(&prng, UINT64_C(1) << (1 + prng_below(&prng, 40)));
        int64_t amount = 0;
        int64_t reached = 0;
        rate->own = 1 + (int64_t)prng_below(&prng, 20000);
        rate->reference = 1 + (int64_t)prng_below(&prng, 20000);
        assert_true(valuation_amount(&valuation, &rate->currency, value, &amount));
        assert_true(valuation_value(&valuation, &rate->currency, amount, &reached));
        assert_true(reached >= value);
        if (amount > 0) {
            assert_true(valuation_value(&valuation, &rate->currency, amount - 1, &reached));
            assert_true(reached < value);
        }
    }
}

static void test_no_rate_and_no_room_have_no_value(void **state)
{
    struct valuation valuation = sample();
    struct asset_code franc = code("CHF");
    struct asset_code pound = code("GBP");
    struct asset_code yen = code("JPY");
    struct asset_code absent = {0};
    int64_t out = -1;
    (void)state;
    assert_false(valuation_value(&valuation, &franc, 1, &out));
    assert_false(valuation_amount(&valuation, &franc, 1, &out));
    assert_false(valuation_value(&valuation, &absent, 1, &out));
    assert_false(valuation_value(&valuation, &pound, INT64_MAX, &out));
    assert_false(valuation_amount(&valuation, &yen, INT64_MAX, &out));
    assert_int_equal(out, -1);
    expect_assert_failure((void)valuation_value(&valuation, &pound, -1, &out));
    expect_assert_failure((void)valuation_amount(&valuation, &pound, -1, &out));
}

#define FAULT(change, fault)                                  \
    do {                                                      \
        struct valuation valuation = sample();                \
        change;                                               \
        assert_int_equal(valuation_check(&valuation), fault); \
    } while (0)

static void test_each_fault_is_named(void **state)
{
    (void)state;
    FAULT((void)0, VALUATION_SOUND);
    FAULT(valuation.rate_count = 0, VALUATION_SOUND);
    FAULT(valuation.reference_currency.size = 0, VALUATION_REFERENCE);
    FAULT(valuation.reference_currency.text[0] = 'e', VALUATION_REFERENCE);
    FAULT(valuation.rate_count = VALUATION_RATE_MAX + 1, VALUATION_RATE_COUNT);
    FAULT(valuation.rate[1].currency = code("EUR"), VALUATION_RATE_CURRENCY);
    FAULT(valuation.rate[1].currency = code("GBP"), VALUATION_RATE_CURRENCY);
    FAULT(valuation.rate[1].currency = code("AUD"), VALUATION_RATE_CURRENCY);
    FAULT(valuation.rate[0].currency.size = 0, VALUATION_RATE_CURRENCY);
    FAULT(valuation.rate[0].own = 0, VALUATION_RATE_VALUE);
    FAULT(valuation.rate[2].reference = 0, VALUATION_RATE_VALUE);
    FAULT(valuation.rate[2].reference = -1, VALUATION_RATE_VALUE);
}

static void test_encoding_round_trips_and_bounds_its_rates(void **state)
{
    struct valuation valuation = sample();
    struct valuation out;
    struct bytes_writer writer;
    struct bytes_reader reader;
    uint8_t bytes[256];
    (void)state;
    bytes_writer_init(&writer, bytes, sizeof bytes);
    valuation_encode(&valuation, &writer);
    bytes_reader_init(&reader, bytes, writer.size);
    valuation_decode(&out, &reader);
    assert_true(bytes_reader_done(&reader));
    assert_memory_equal(&out.rate, &valuation.rate, sizeof out.rate);
    assert_int_equal(out.rate_count, valuation.rate_count);
    bytes[4] = VALUATION_RATE_MAX + 1;
    bytes_reader_init(&reader, bytes, writer.size);
    valuation_decode(&out, &reader);
    assert_true(reader.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_reference_currency_is_worth_itself),
        cmocka_unit_test(test_values_are_rounded_down_and_amounts_up),
        cmocka_unit_test(test_the_least_amount_reaches_the_value_and_one_less_does_not),
        cmocka_unit_test(test_no_rate_and_no_room_have_no_value),
        cmocka_unit_test(test_each_fault_is_named),
        cmocka_unit_test(test_encoding_round_trips_and_bounds_its_rates),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
