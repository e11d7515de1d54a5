/*
 * Goal: an identifier holds only characters that every terminal and every system of the market can
 * show, and none that could start a formula, a line or an escape sequence.
 */
#include "client/text.h"

#include "tests/support/cmocka.h"

static void identifiers_hold_only_what_may_be_printed(void **state)
{
    (void)state;
    assert_true(client_text_valid("A", 2));
    assert_true(client_text_valid("a b/C-1?:().,'+", 36));
    assert_false(client_text_valid("", 36));
    assert_false(client_text_valid(" leading", 36));
    assert_false(client_text_valid("trailing ", 36));
    assert_false(client_text_valid("=cmd", 36));
    assert_false(client_text_valid("line\nbreak", 36));
    assert_false(client_text_valid("\x1b[31m", 36));
    assert_false(client_text_valid("caf\xc3\xa9", 36));
    assert_false(client_text_valid("too long", 8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identifiers_hold_only_what_may_be_printed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
