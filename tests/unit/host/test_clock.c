/*
 * Clocks: the monotonic one does not fall, deadlines lie in the future, and UTC reads as ISO 8601.
 */
#include <string.h>

#include "host/clock.h"
#include "tests/support/cmocka.h"

static void test_monotonic_time_rises_over_a_sleep(void **state)
{
    (void)state;
    uint64_t before_us = clock_monotonic_us();
    uint64_t before_ms = clock_monotonic_ms();
    clock_sleep_ms(20);
    assert_true(clock_monotonic_us() - before_us >= 20000);
    assert_true(clock_monotonic_ms() - before_ms >= 19);
}

static void test_deadlines_carry_into_seconds(void **state)
{
    (void)state;
    for (uint64_t delay_ms = 0; delay_ms < 3000; delay_ms += 499) {
        uint64_t now_ms = clock_monotonic_ms();
        struct timespec deadline = clock_deadline(delay_ms);
        uint64_t deadline_ms =
            (uint64_t)deadline.tv_sec * 1000 + (uint64_t)deadline.tv_nsec / 1000000;
        assert_true(deadline.tv_nsec < 1000000000);
        assert_true(deadline_ms >= now_ms + delay_ms);
        assert_true(deadline_ms <= now_ms + delay_ms + 1000);
    }
}

static void test_utc_as_text(void **state)
{
    (void)state;
    char text[CLOCK_TEXT_SIZE];
    clock_utc_text(0, text);
    assert_string_equal(text, "1970-01-01T00:00:00.000Z");
    clock_utc_text(UINT64_C(1709251199999), text); /* a leap day's last millisecond */
    assert_string_equal(text, "2024-02-29T23:59:59.999Z");
    assert_true(clock_utc_ms() > UINT64_C(1709251199999));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_monotonic_time_rises_over_a_sleep),
        cmocka_unit_test(test_deadlines_carry_into_seconds),
        cmocka_unit_test(test_utc_as_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
