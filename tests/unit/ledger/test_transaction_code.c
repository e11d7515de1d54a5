/*
 * Goal: every code of the two ISO lists has one number and one holder of the right to instruct it,
 * and no other number has a code.
 */
#include "ledger/instruction/transaction_code.h"

#include <string.h>

#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

enum {
    TYPE_COUNT = 44
};

static void test_every_type_has_a_code_of_its_own(void **state)
{
    uint32_t count = 0;
    (void)state;
    for (uint32_t i = 0; i < 256; i++) {
        const char *code = transaction_type_code((uint8_t)i);
        bool known = code[0] != '\0';
        count += known ? 1 : 0;
        assert_int_equal(transaction_type_by((uint8_t)i) != BY_NOBODY, known);
        for (uint32_t j = 0; j < i && known; j++) {
            assert_string_not_equal(transaction_type_code((uint8_t)j), code);
        }
    }
    assert_int_equal(count, TYPE_COUNT);
}

static void test_what_the_ledger_generates_nobody_instructs(void **state)
{
    static const uint8_t generated[] = {TRANSACTION_AUTO, TRANSACTION_REAL, TRANSACTION_RODE,
                                        TRANSACTION_SBRE, TRANSACTION_SLRE};
    (void)state;
    for (uint32_t i = 0; i < sizeof generated; i++) {
        assert_int_equal(transaction_type_by(generated[i]), BY_LEDGER);
    }
    assert_int_equal(transaction_type_by(TRANSACTION_TRAD), BY_PARTY);
    assert_int_equal(transaction_type_by(TRANSACTION_MKUP), BY_OPERATOR);
}

static void test_conditions(void **state)
{
    condition_set instructed = condition_set_instructed();
    (void)state;
    assert_string_equal(condition_code(0), "ADEA");
    assert_string_equal(condition_code(CONDITION_COUNT - 1), "UNEX");
    assert_string_equal(condition_code(CONDITION_COUNT), "");
    assert_string_equal(condition_code(UINT32_MAX), "");
    assert_int_equal(instructed & ~condition_set_known(), 0);
    assert_int_not_equal(instructed & CONDITION_NOMC, 0);
    assert_int_equal(instructed & (CONDITION_TRAN | CONDITION_PHYS | CONDITION_DLWM), 0);
    for (uint32_t i = 1; i < CONDITION_COUNT; i++) { /* by the alphabet */
        assert_true(strcmp(condition_code(i - 1), condition_code(i)) < 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_type_has_a_code_of_its_own),
        cmocka_unit_test(test_what_the_ledger_generates_nobody_instructs),
        cmocka_unit_test(test_conditions),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
