/*
 * Goal: CSV files are read exactly by RFC 4180 or refused with line and column; nothing is guessed.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/csv.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static struct csv csv;

static bool open_text(const char *text)
{
    return csv_open(&csv, text, strlen(text));
}

static void proper_files_are_read_cell_by_cell(void **state)
{
    (void)state;
    assert_true(open_text("\xef\xbb\xbf"
                          "reference,amount,\"a b\"\r\nA1,10.50,\"x, \"\"y\"\"\"\r\n\r\n"
                          "A2,,\n\"\",7,last"));
    assert_int_equal(csv.column_count, 3);
    assert_int_equal(csv_column(&csv, "a b"), 2);
    assert_int_equal(csv_column(&csv, "A B"), -1);
    assert_true(csv_next(&csv));
    assert_string_equal(csv_cell(&csv, 0), "A1");
    assert_string_equal(csv_cell(&csv, 2), "x, \"y\"");
    assert_string_equal(csv_cell(&csv, -1), "");
    assert_true(csv_next(&csv));
    assert_int_equal(csv.row_line, 4);
    assert_string_equal(csv_cell(&csv, 1), "");
    assert_true(csv_next(&csv));
    assert_string_equal(csv_cell(&csv, 2), "last");
    assert_false(csv_next(&csv));
    assert_int_equal(csv.fault.line, 0);
}

static void faults_have_line_and_column(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t line;
        uint32_t column;
        const char *why;
    } rows[] = {
        {"", 1, 1, "empty"},
        {"a,,b\n", 1, 3, "no name"},
        {"a,b,a\n", 1, 5, "twice"},
        {"a,b\n1\n", 2, 1, "1 cells"},
        {"a,b\n1,2,3\n", 2, 5, "3 cells"},
        {"a,b\n1,\"2\n", 2, 5, "not closed"},
        {"a,b\n1,2\"2\n", 2, 4, "quote inside"},
        {"a,b\n1,\"2\"x\n", 2, 6, "comma"},
        {"a,b\n1,2\t\n", 2, 4, "control character 0x09"},
        {"a,b\n1,2\rx\n", 2, 4, "comma"},
        {"a\n\x1b[31m\n", 2, 1, "control character 0x1b"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (open_text(rows[i].text)) {
            while (csv_next(&csv)) {
            }
        }
        if (csv.fault.line != rows[i].line || csv.fault.column != rows[i].column ||
            strstr(csv.fault.text, rows[i].why) == NULL) {
            fail_msg("\"%s\": line %u, column %u: %s", rows[i].text, csv.fault.line,
                     csv.fault.column, csv.fault.text);
        }
    }
}

static void bounds_hold(void **state)
{
    (void)state;
    char *text = malloc(2 * CSV_CELL_SIZE + 2 * CSV_COLUMNS_MAX + 100);

    assert_non_null(text);
    memset(text, 'x', CSV_CELL_SIZE);
    text[CSV_CELL_SIZE] = 0;
    assert_false(open_text(text));
    assert_non_null(strstr(csv.fault.text, "longer"));
    for (unsigned i = 0; i < CSV_COLUMNS_MAX; i++) {
        memcpy(text + 2 * i, "x,", 2);
    }
    strcpy(text + 2 * CSV_COLUMNS_MAX, "x");
    assert_false(open_text(text));
    assert_false(csv_open(&csv, text, CSV_BYTES_MAX + 1));
    assert_false(csv_open(&csv, "a\0b", 3));
    free(text);
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proper_files_are_read_cell_by_cell),
        cmocka_unit_test(faults_have_line_and_column),
        cmocka_unit_test(bounds_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
