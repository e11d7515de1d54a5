/*
 * Goal: one list gives an enum in its order and the right name, text and hint for each entry.
 */
#include "base/status.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

#define PUMP_STATUS_LIST(X)                          \
    X(PUMP_OK, "the pump runs", "")                  \
    X(PUMP_DRY, "the pump is dry", "open the valve") \
    X(PUMP_HOT, "the pump is hot", "let it cool")
STATUS_DECLARE(pump_status, PUMP_STATUS_LIST);
STATUS_DEFINE(pump_status, PUMP_STATUS_LIST)

static void every_entry_has_its_strings(void **state)
{
    (void)state;
    assert_int_equal(PUMP_OK, 0);
    assert_int_equal(PUMP_HOT, 2);
    assert_string_equal(pump_status_name(PUMP_DRY), "PUMP_DRY");
    assert_string_equal(pump_status_text(PUMP_DRY), "the pump is dry");
    assert_string_equal(pump_status_hint(PUMP_DRY), "open the valve");
    assert_string_equal(pump_status_hint(PUMP_OK), "");
}

static void other_numbers_are_answered_too(void **state)
{
    (void)state;
    enum pump_status odd = (enum pump_status)77;
    assert_string_equal(pump_status_name(odd), "UNKNOWN");
    assert_string_equal(pump_status_text(odd), "unknown status");
    assert_string_equal(pump_status_hint(odd), "report this as a defect");
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_entry_has_its_strings),
        cmocka_unit_test(other_numbers_are_answered_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
