/*
 * Goal: what a command shows is the same in all formats, and nothing that others named can act on
 * the reader's terminal or spreadsheet.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/table.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static const struct table_column columns[] = {{"reference", TABLE_LEFT}, {"amount", TABLE_NUMBER}};

static struct table *sample(void)
{
    struct table *table = table_new("rows", columns, 2);

    table_row(table, (const char *const[]){"A1", "10.50"});
    table_row(table, (const char *const[]){"=1+1", "-3"});
    table_row(table, (const char *const[]){"comma, \"quote\"", "7"});
    table_note(table, "answered_by", "node %d", 2);
    return table;
}

static char *printed(const struct table *table, enum table_format format)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    table_print(table, format, out);
    (void)fclose(out);
    return text;
}

static void text_is_aligned(void **state)
{
    (void)state;
    struct table *table = sample();
    char *text = printed(table, TABLE_TEXT);

    assert_string_equal(text, "reference       amount\n"
                              "A1               10.50\n"
                              "=1+1                -3\n"
                              "comma, \"quote\"       7\n"
                              "  answered by: node 2\n");
    free(text);
    table_free(table);
}

static void csv_is_protected_against_formulas(void **state)
{
    (void)state;
    struct table *table = sample();
    char *text = printed(table, TABLE_CSV);

    assert_string_equal(text, "reference,amount\r\nA1,10.50\r\n\"'=1+1\",-3\r\n"
                              "\"comma, \"\"quote\"\"\",7\r\n");
    assert_true(table_cell_is_formula("@SUM(A1)"));
    assert_true(table_cell_is_formula("+1"));
    assert_true(table_cell_is_formula("-1"));
    assert_true(table_cell_is_formula("\tx"));
    assert_false(table_cell_is_formula("A=1"));
    assert_false(table_cell_is_formula(""));
    free(text);
    table_free(table);
}

static void json_has_every_value_as_text(void **state)
{
    (void)state;
    struct table *table = sample();
    char *text = printed(table, TABLE_JSON);
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    const json_t *row;

    assert_non_null(root);
    row = json_array_get(json_object_get(root, "rows"), 0);
    assert_string_equal(json_string_value(json_object_get(row, "amount")), "10.50");
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(root, "notes"), "answered_by")),
        "node 2");
    json_decref(root);
    free(text);
    table_free(table);
}

static void control_characters_never_reach_a_terminal(void **state)
{
    (void)state;
    struct table *table = table_new("rows", columns, 2);
    char *text;

    table_row(table, (const char *const[]){"\x1b[2J\x07", "\xff"});
    text = printed(table, TABLE_TEXT);
    for (const char *c = text; *c != 0; c++) {
        assert_true(*c == '\n' || (*c >= 0x20 && *c <= 0x7e));
    }
    free(text);
    table_free(table);
}

static void records_are_named_values(void **state)
{
    (void)state;
    struct table *record = record_new("thing");
    char *text;

    record_set(record, "who_must_act", "%s", "nobody");
    assert_string_equal(record_get(record, "who_must_act"), "nobody");
    assert_null(record_get(record, "other"));
    text = printed(record, TABLE_TEXT);
    assert_string_equal(text, "who must act  nobody\n");
    free(text);
    text = printed(record, TABLE_JSON);
    assert_non_null(strstr(text, "\"who_must_act\": \"nobody\""));
    free(text);
    table_free(record);
}

static void tables_compare_by_rows(void **state)
{
    (void)state;
    struct table *a = sample(), *b = sample();

    table_note(b, "more", "%s", "notes do not count");
    assert_true(table_equal(a, b));
    table_row(b, (const char *const[]){"A4", "1"});
    assert_false(table_equal(a, b));
    table_free(a);
    table_free(b);
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_aligned),
        cmocka_unit_test(csv_is_protected_against_formulas),
        cmocka_unit_test(json_has_every_value_as_text),
        cmocka_unit_test(control_characters_never_reach_a_terminal),
        cmocka_unit_test(records_are_named_values),
        cmocka_unit_test(tables_compare_by_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
