/*
 * Goal: this source tree keeps its own rules. Run from the root of the tree; each problem is
 * printed as path:line, one test for each rule.
 */
#include <stdio.h>

#include "tests/support/cmocka.h"
#include "tests/tidy/rules.h"

static struct tidy_tree tree;

static int load(void **state)
{
    (void)state;
    tidy_tree_load(&tree, ".");
    return tidy_tree_find(&tree, "Makefile") != NULL ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    tidy_tree_free(&tree);
    return 0;
}

#define TIDY_RULE_TEST(name, demand)                                        \
    static void name(void **state)                                          \
    {                                                                       \
        (void)state;                                                        \
        struct tidy_report report = {0};                                    \
        tidy_check_##name(&tree, &report);                                  \
        if (report.count > 0) {                                             \
            fail_msg("%u places break the rule: %s", report.count, demand); \
        }                                                                   \
    }
TIDY_RULE_LIST(TIDY_RULE_TEST)

int main(void)
{
#define TIDY_RULE_ROW(name, demand) cmocka_unit_test(name),
    const struct CMUnitTest tests[] = {TIDY_RULE_LIST(TIDY_RULE_ROW)};
    return cmocka_run_group_tests(tests, load, unload);
}
