/*
 * Goal: calendar arithmetic agrees with a day-by-day walk over the whole calendar, and no number
 * that is not a date passes for one.
 */
#include "ledger/values/date.h"

#include <string.h>

#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static bool leap(uint32_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static uint32_t next_day(uint32_t date)
{
    static const uint32_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    uint32_t year = date / 10000;
    uint32_t month = date / 100 % 100;
    uint32_t day = date % 100;
    uint32_t length = lengths[month - 1] + (month == 2 && leap(year) ? 1 : 0);
    if (day < length) {
        return date + 1;
    }
    return month < 12 ? year * 10000 + (month + 1) * 100 + 1 : (year + 1) * 10000 + 101;
}

static void test_every_day_of_the_calendar(void **state)
{
    uint32_t date = 19700101;
    (void)state;
    for (uint32_t days = 0; date < 25000101; days++) {
        assert_int_equal(date_to_days(date), days);
        assert_int_equal(date_from_days(days), date);
        assert_int_equal(date_weekday(date), (days + 3) % 7);
        date = next_day(date);
    }
    assert_int_equal(date_from_days(2932896), 99991231);
}

static void test_what_is_no_date(void **state)
{
    static const uint32_t wrong[] = {0,        1,        19691231, 20260229, 20260431,  20261301,
                                     20260001, 20260100, 20260132, 21000229, 100000101, UINT32_MAX};
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(date_valid(wrong[i]));
    }
    expect_assert_failure((void)date_to_days(20260229));
    assert_true(date_valid(20240229));
    assert_true(date_valid(20000229));
}

static void test_dates_as_people_write_them(void **state)
{
    static const char *const wrong[] = {"",           "2026-11-2",  "2026-11-222", "20261122",
                                        "2026/11/22", "2026-11/22", "2026-13-01",  "2026-02-29",
                                        "2026-1a-22", "-026-11-22", "1969-12-31",  "0000-00-00"};
    uint32_t date = 7;
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(date_parse(wrong[i], strlen(wrong[i]), &date));
    }
    assert_int_equal(date, 7);
    assert_true(date_parse("2026-11-22T08:00:00Z", 10, &date));
    assert_int_equal(date, 20261122);
}

static void test_adding_stays_inside_the_calendar(void **state)
{
    (void)state;
    assert_int_equal(date_add(20261122, 40), 20270101);
    assert_int_equal(date_add(20260301, -1), 20260228);
    assert_int_equal(date_add(19700110, -100), 19700101);
    assert_int_equal(date_add(99991230, 100), 99991231);
}

static void test_time_to_date(void **state)
{
    (void)state;
    assert_int_equal(date_from_ms(0), 19700101);
    assert_int_equal(date_from_ms(DATE_DAY_MS - 1), 19700101);
    assert_int_equal(date_from_ms(DATE_DAY_MS), 19700102);
    assert_int_equal(date_weekday(20261122), 6); /* a Sunday */
    expect_assert_failure((void)date_from_ms(UINT64_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_day_of_the_calendar),
        cmocka_unit_test(test_what_is_no_date),
        cmocka_unit_test(test_dates_as_people_write_them),
        cmocka_unit_test(test_adding_stays_inside_the_calendar),
        cmocka_unit_test(test_time_to_date),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
