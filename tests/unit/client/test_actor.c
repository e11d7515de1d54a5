/*
 * Goal: every reason has its actor and its next attempt in words, as the header's table says; and
 * four letters are one reason or none.
 */
#include "client/actor.h"

#include <string.h>

#include "tests/support/cmocka.h"

static void every_reason_is_found_by_its_code(void **state)
{
    (void)state;
    unsigned known = 0;
    for (unsigned i = 1; i < 300; i++) {
        enum reason reason = (enum reason)i;
        if (reason_code(reason)[0] != 0) {
            assert_int_equal(reason_of_code(reason_code(reason)), reason);
            assert_true(actor_text(actor_of_reason(reason))[0] != 0);
            assert_true(next_attempt_of_reason(reason)[0] != 0);
            known++;
        }
    }
    assert_true(known > 60);
    assert_int_equal(reason_of_code(""), REASON_NONE);
    assert_int_equal(reason_of_code("lack"), REASON_NONE);
    assert_int_equal(reason_of_code("LACKS"), REASON_NONE);
}

static void whose_turn_it_is_follows_from_the_reason(void **state)
{
    (void)state;
    assert_string_equal(actor_text(actor_of_reason(REASON_LACK)), "own party");
    assert_string_equal(actor_text(actor_of_reason(REASON_CLAC)), "counterparty");
    assert_string_equal(actor_text(actor_of_reason(REASON_BOTH)), "both parties");
    assert_string_equal(actor_text(actor_of_reason(REASON_SBLO)), "operator");
    assert_string_equal(actor_text(actor_of_reason(REASON_FUTU)), "nobody");
    assert_string_equal(actor_text(actor_of_reason(REASON_NONE)), "nobody");
    assert_string_equal(next_attempt_of_reason(REASON_LACK), "when securities arrive");
    assert_string_equal(next_attempt_of_reason(REASON_CMON), "when cash arrives");
    assert_string_equal(next_attempt_of_reason(REASON_PRCY), "on release");
    assert_string_equal(next_attempt_of_reason(REASON_CMIS), "when it matches");
    assert_string_equal(next_attempt_of_reason(REASON_LATE), "on the next settlement day");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reason_is_found_by_its_code),
        cmocka_unit_test(whose_turn_it_is_follows_from_the_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
