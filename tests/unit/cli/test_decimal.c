/*
 * Goal: amounts are converted exactly or refused; no digit is ever rounded away or invented.
 */
#include <string.h>

#include "base/prng.h"
#include "cli/decimal.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static void amounts_are_exact(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned decimals;
        int64_t value;
    } rows[] = {
        {"0", 2, 0},
        {"1", 2, 100},
        {"1000.5", 2, 100050},
        {"1000.50", 2, 100050},
        {"1000.5000000000000000000000", 2, 100050},
        {"0.01", 2, 1},
        {"-0.01", 2, -1},
        {"007", 0, 7},
        {"9223372036854775807", 0, INT64_MAX},
        {"-9223372036854775808", 0, INT64_MIN},
        {"92233720368547758.07", 2, INT64_MAX},
        {"9.223372036854775807", 18, INT64_MAX},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t value = 42;
        assert_int_equal(decimal_parse(rows[i].text, rows[i].decimals, &value), DECIMAL_OK);
        assert_true(value == rows[i].value);
    }
}

static void what_is_no_exact_amount_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned decimals;
        enum decimal_status status;
    } rows[] = {
        {"", 2, DECIMAL_NOT_A_NUMBER},
        {"-", 2, DECIMAL_NOT_A_NUMBER},
        {".5", 2, DECIMAL_NOT_A_NUMBER},
        {"5.", 2, DECIMAL_NOT_A_NUMBER},
        {"1,000", 2, DECIMAL_NOT_A_NUMBER},
        {"1 000", 2, DECIMAL_NOT_A_NUMBER},
        {"1e3", 2, DECIMAL_NOT_A_NUMBER},
        {"+1", 2, DECIMAL_NOT_A_NUMBER},
        {"0x10", 2, DECIMAL_NOT_A_NUMBER},
        {"1.2.3", 3, DECIMAL_NOT_A_NUMBER},
        {"nan", 2, DECIMAL_NOT_A_NUMBER},
        {" 1", 2, DECIMAL_NOT_A_NUMBER},
        {"1.001", 2, DECIMAL_TOO_FINE},
        {"1.1", 0, DECIMAL_TOO_FINE},
        {"9223372036854775808", 0, DECIMAL_TOO_LARGE},
        {"-9223372036854775809", 0, DECIMAL_TOO_LARGE},
        {"92233720368547758.08", 2, DECIMAL_TOO_LARGE},
        {"1000000000000000000", 2, DECIMAL_TOO_LARGE},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t value = 42;
        if (decimal_parse(rows[i].text, rows[i].decimals, &value) != rows[i].status ||
            value != 42) {
            fail_msg("\"%s\" with %u decimals", rows[i].text, rows[i].decimals);
        }
    }
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    struct prng prng;
    char text[DECIMAL_TEXT_SIZE];

    prng_init(&prng, 7);
    for (unsigned i = 0; i < 20000; i++) {
        unsigned decimals = (unsigned)prng_below(&prng, 19);
        int64_t value = (int64_t)(prng_next(&prng) >> prng_below(&prng, 64));
        int64_t again = 0;
        value = prng_chance(&prng, 1, 2) ? -value : value;
        decimal_format(value, decimals, text);
        assert_int_equal(decimal_parse(text, decimals, &again), DECIMAL_OK);
        assert_true(again == value);
    }
    decimal_format(INT64_MIN, 18, text);
    assert_string_equal(text, "-9.223372036854775808");
    decimal_format(-5, 2, text);
    assert_string_equal(text, "-0.05");
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_are_exact),
        cmocka_unit_test(what_is_no_exact_amount_is_refused),
        cmocka_unit_test(what_is_written_reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
