/*
 * Goal: a quantity is what it says, to the last unit, and nothing else is taken for one.
 */
#include <stdlib.h>
#include <string.h>

#include "netsim/lab/scenario_value.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

struct pair {
    enum value_kind kind;
    const char *text;
    uint64_t value;
};

static void quantities_are_exact(void **state)
{
    (void)state;
    static const struct pair pairs[] = {
        {VALUE_COUNT, "0", 0},
        {VALUE_COUNT, "18446744073709551615", UINT64_MAX},
        {VALUE_TIME, "250us", 250},
        {VALUE_TIME, "1.5ms", 1500},
        {VALUE_TIME, "0.000001s", 1},
        {VALUE_TIME, "2m", 120000000},
        {VALUE_TIME_MS, "5ms", 5},
        {VALUE_TIME_MS, "1.25s", 1250},
        {VALUE_BANDWIDTH, "1Gbit", 125000000},
        {VALUE_BANDWIDTH, "0.8kbit", 100},
        {VALUE_BYTES, "1.5KiB", 1536},
        {VALUE_BYTES, "4MiB", 4194304},
        {VALUE_SHARE, "0.1%", 1},
        {VALUE_SHARE, "100%", 1000},
        {VALUE_RATIO, "0.99", 990},
        {VALUE_SWITCH, "yes", 1},
        {VALUE_PROTOCOL, "fixed-leader", 1},
        {VALUE_LOOP, "closed", 1},
        {VALUE_HOME, "random", 1},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char why[256];
        uint64_t value = 77;
        if (!value_parse(pairs[i].kind, pairs[i].text, 0, UINT64_MAX, &value, why, sizeof why)) {
            fail_msg("%s: %s", pairs[i].text, why);
        }
        assert_int_equal(value, pairs[i].value);
    }
}

static void what_is_no_quantity_is_refused(void **state)
{
    (void)state;
    static const struct pair pairs[] = {
        {VALUE_COUNT, "", 0},
        {VALUE_COUNT, "-1", 0},
        {VALUE_COUNT, "+1", 0},
        {VALUE_COUNT, " 1", 0},
        {VALUE_COUNT, "1 ", 0},
        {VALUE_COUNT, "1.5", 0},
        {VALUE_COUNT, "0x10", 0},
        {VALUE_COUNT, "1e3", 0},
        {VALUE_COUNT, "1s", 0},
        {VALUE_COUNT, "18446744073709551616", 0},
        {VALUE_TIME, "20", 0},
        {VALUE_TIME, "20 ms", 0},
        {VALUE_TIME, "20MS", 0},
        {VALUE_TIME, "20h", 0},
        {VALUE_TIME, "1.5us", 0},
        {VALUE_TIME, "1.us", 0},
        {VALUE_TIME, ".5ms", 0},
        {VALUE_TIME, "1.2.3ms", 0},
        {VALUE_TIME, "ms", 0},
        {VALUE_TIME, "99999999999999999999s", 0},
        {VALUE_TIME, "999999999999999999m", 0},
        {VALUE_TIME_MS, "250us", 0},
        {VALUE_TIME_MS, "0.5ms", 0},
        {VALUE_BANDWIDTH, "1MB", 0},
        {VALUE_BANDWIDTH, "1Mbit/s", 0},
        {VALUE_BANDWIDTH, "0.001kbit", 0},
        {VALUE_BYTES, "1KB", 0},
        {VALUE_BYTES, "0.3B", 0},
        {VALUE_SHARE, "0.05%", 0},
        {VALUE_SHARE, "0.5", 0},
        {VALUE_RATIO, "0.9999", 0},
        {VALUE_SWITCH, "true", 0},
        {VALUE_SWITCH, "", 0},
        {VALUE_PROTOCOL, "paxos", 0},
        {VALUE_LOOP, "yes", 0},
        {VALUE_HOME, "simplex", 0},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char why[256] = "";
        uint64_t value = 77;
        if (value_parse(pairs[i].kind, pairs[i].text, 0, UINT64_MAX, &value, why, sizeof why)) {
            fail_msg("accepted: '%s'", pairs[i].text);
        }
        assert_int_equal(value, 77);
        assert_non_null(strstr(why, "give"));
    }
}

static void a_value_out_of_range_is_refused_with_the_range(void **state)
{
    (void)state;
    char why[256] = "";
    uint64_t value = 77;
    assert_false(value_parse(VALUE_TIME, "9us", 10, 2000000, &value, why, sizeof why));
    assert_string_equal(why, "'9us' is out of range; give 10us to 2s");
    assert_false(value_parse(VALUE_TIME, "2.000001s", 10, 2000000, &value, why, sizeof why));
    assert_true(value_parse(VALUE_TIME, "10us", 10, 2000000, &value, why, sizeof why));
    assert_true(value_parse(VALUE_TIME, "2s", 10, 2000000, &value, why, sizeof why));
}

static void what_is_printed_is_read_as_the_same(void **state)
{
    (void)state;
    static const uint64_t values[] = {0,     1,      7,      9,       10,       15,
                                      100,   125,    999,    1000,    1024,     1536,
                                      60000, 125000, 125001, 1000000, 60000000, 123456789};
    for (enum value_kind kind = VALUE_COUNT; kind <= VALUE_RATIO; kind++) {
        for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
            char text[VALUE_TEXT_SIZE];
            char why[256];
            uint64_t value = 77;
            value_print(kind, values[i], text);
            if (!value_parse(kind, text, 0, UINT64_MAX, &value, why, sizeof why) ||
                value != values[i]) {
                fail_msg("kind %d: %lu is printed as %s", (int)kind, (unsigned long)values[i],
                         text);
            }
        }
    }
}

static void the_shortest_unit_is_chosen(void **state)
{
    (void)state;
    static const struct pair pairs[] = {
        {VALUE_TIME, "2m", 120000000},
        {VALUE_TIME, "90s", 90000000},
        {VALUE_TIME, "0us", 0},
        {VALUE_BYTES, "4MiB", 4194304},
        {VALUE_BANDWIDTH, "1Gbit", 125000000},
        {VALUE_SHARE, "2.5%", 25},
        {VALUE_RATIO, "0.990", 990},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char text[VALUE_TEXT_SIZE];
        value_print(pairs[i].kind, pairs[i].value, text);
        assert_string_equal(text, pairs[i].text);
    }
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantities_are_exact),
        cmocka_unit_test(what_is_no_quantity_is_refused),
        cmocka_unit_test(a_value_out_of_range_is_refused_with_the_range),
        cmocka_unit_test(what_is_printed_is_read_as_the_same),
        cmocka_unit_test(the_shortest_unit_is_chosen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
