/*
 * Goal: the numbers of outcomes, reasons, details and fields never change and never collide; every
 * number has a name, and none that is unknown passes.
 */
#include "ledger/values/outcome.h"

#include <string.h>

#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

/* A few numbers pinned for ever: receipts on disk depend on them. */
static void test_pinned_numbers(void **state)
{
    (void)state;
    assert_int_equal(OUTCOME_DONE, 1);
    assert_int_equal(OUTCOME_UNRECORDED, 5);
    assert_int_equal(REASON_REFE, 17);
    assert_int_equal(REASON_LACK, 43);
    assert_int_equal(REASON_LALO, 68);
    assert_int_equal(DETAIL_CAPACITY_FULL, 12);
    assert_int_equal(DETAIL_BLOCK_FULL, 33);
    assert_int_equal(FIELD_QUANTITY, 23);
    assert_int_equal(FIELD_QUOTA, 52);
    assert_int_equal(FIELD_BALANCE_TO, 54);
}

static void test_reasons_are_four_letters_and_all_different(void **state)
{
    uint32_t count = 0;
    (void)state;
    for (uint32_t i = 1; i < 256; i++) {
        if (!reason_known((uint16_t)i)) {
            continue;
        }
        const char *code = reason_code((enum reason)i);
        assert_int_equal(strlen(code), 4);
        for (uint32_t j = 1; j < i; j++) {
            assert_string_not_equal(code, reason_code((enum reason)j));
        }
        assert_true(strlen(reason_text((enum reason)i)) > 0);
        count++;
    }
    assert_int_equal(count, 68);
}

static void test_unknown_numbers(void **state)
{
    (void)state;
    assert_false(outcome_known(0));
    assert_false(outcome_known(7));
    assert_false(reason_known(0));
    assert_false(reason_known(69));
    assert_false(reason_known(UINT16_MAX));
    assert_false(detail_known(0));
    assert_false(detail_known(34));
    assert_false(field_known(0));
    assert_false(field_known(55));
    assert_string_equal(reason_code((enum reason)999), "");
    assert_string_equal(detail_hint((enum detail)999), "");
    assert_string_equal(outcome_text((enum outcome)99), "");
}

static void test_every_detail_says_what_to_do(void **state)
{
    (void)state;
    for (uint32_t i = 1; detail_known((uint16_t)i); i++) {
        assert_true(strlen(detail_text((enum detail)i)) > 0);
        assert_true(strlen(detail_hint((enum detail)i)) > 0);
    }
    for (uint32_t i = 1; field_known((uint16_t)i); i++) {
        assert_true(strlen(field_name((enum field)i)) > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pinned_numbers),
        cmocka_unit_test(test_reasons_are_four_letters_and_all_different),
        cmocka_unit_test(test_unknown_numbers),
        cmocka_unit_test(test_every_detail_says_what_to_do),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
