/*
 * Goal: a table of merge is read to the last cell; what is no table is refused with its line.
 */
#include "netsim/lab/csv_table.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static void check_refused(const char *text, const char *expected)
{
    char why[200] = "";
    assert_null(csv_table_parse(text, why, sizeof why));
    assert_string_equal(why, expected);
}

static void cells_are_found_by_row_and_name(void **state)
{
    (void)state;
    char why[200];
    struct csv_table *table = csv_table_parse(
        "network.protocol,final_per_s\nsimplex,99.960\nfixed-leader,\n", why, sizeof why);
    assert_non_null(table);
    assert_int_equal(csv_table_rows(table), 2);
    assert_int_equal(csv_table_column(table, "final_per_s"), 1);
    assert_int_equal(csv_table_column(table, "final"), CSV_TABLE_NONE);
    assert_string_equal(csv_table_cell(table, 0, 0), "simplex");
    assert_string_equal(csv_table_cell(table, 0, 1), "99.960");
    assert_string_equal(csv_table_cell(table, 1, 0), "fixed-leader");
    assert_string_equal(csv_table_cell(table, 1, 1), ""); /* a figure that does not exist */
    expect_assert_failure((void)csv_table_cell(table, 2, 0));
    expect_assert_failure((void)csv_table_cell(table, 0, 2));
    csv_table_free(table);
}

static void the_last_line_need_not_end(void **state)
{
    (void)state;
    char why[200];
    struct csv_table *table = csv_table_parse("a\n1\n2", why, sizeof why);
    assert_non_null(table);
    assert_int_equal(csv_table_rows(table), 2);
    assert_string_equal(csv_table_cell(table, 1, 0), "2");
    csv_table_free(table);
}

static void what_is_no_table_is_refused(void **state)
{
    (void)state;
    check_refused("", "there are no rows in it");
    check_refused("a,b\n", "there are no rows in it");
    check_refused("a,b\n1,2,3\n", "line 2 has not the 2 cells of the first");
    check_refused("a,b\n1,2\n1\n", "line 3 has not the 2 cells of the first");
    check_refused("a,b\n\n1,2\n", "line 2 has not the 2 cells of the first");
}

static void a_missing_file_is_refused(void **state)
{
    (void)state;
    char why[200] = "";
    assert_null(csv_table_load("/nonexistent/runs.csv", why, sizeof why));
    assert_string_equal(why, "No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_found_by_row_and_name),
        cmocka_unit_test(the_last_line_need_not_end),
        cmocka_unit_test(what_is_no_table_is_refused),
        cmocka_unit_test(a_missing_file_is_refused),
    };
    assert_hook_install();
    return cmocka_run_group_tests_name("csv_table", tests, NULL, NULL);
}
