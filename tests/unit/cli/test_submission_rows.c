/*
 * Goal: what is said of a refusal names the restriction type that decided, and its rule only if it
 * was one of its rules.
 */
#include "cli/submission_rows.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static void a_refusal_names_the_type_and_its_rule_if_it_has_one(void **state)
{
    struct submission_row row;
    char said[256];

    (void)state;
    memset(&row, 0, sizeof row);
    row.receipt.outcome = OUTCOME_REFUSED;
    row.receipt.reason = REASON_OTHR;
    row.receipt.detail = DETAIL_RESTRICTED;
    assert_true(text35_parse("RT-1", 4, &row.receipt.restriction));
    row.receipt.rule = 2;
    submission_row_explain(&row, said, sizeof said);
    assert_non_null(strstr(said, " RT-1, rule 2: "));
    row.receipt.rule = 0;
    submission_row_explain(&row, said, sizeof said);
    assert_non_null(strstr(said, " RT-1: "));
    assert_null(strstr(said, "rule 0"));
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refusal_names_the_type_and_its_rule_if_it_has_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
