/*
 * Goal: a matrix of round trips is read to the microsecond, and one that is not whole is refused
 * with its line. The one that is shipped is whole.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netsim/lab/latency_matrix.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static struct latency_matrix matrix;
static struct latency_error error;

static bool parse(const char *text)
{
    char copy[512];
    assert_true(strlen(text) < sizeof copy);
    memcpy(copy, text, strlen(text) + 1);
    return latency_matrix_parse(copy, &matrix, &error);
}

static void one_way_is_half_and_each_way_its_own(void **state)
{
    (void)state;
    assert_true(parse("# from nowhere\n\nfrom,a,b,c\na,,10,0.003\nb,12.5,,300\nc,7,241.125,\n"));
    assert_int_equal(matrix.region_count, 3);
    assert_int_equal(matrix.one_way_us[0][0], 0);
    assert_int_equal(matrix.one_way_us[0][1], 5000);
    assert_int_equal(matrix.one_way_us[0][2], 1);
    assert_int_equal(matrix.one_way_us[1][0], 6250);
    assert_int_equal(matrix.one_way_us[1][2], 150000);
    assert_int_equal(matrix.one_way_us[2][1], 120562);
    assert_int_equal(latency_matrix_find(&matrix, "c"), 2);
    assert_int_equal(latency_matrix_find(&matrix, "d"), LATENCY_REGIONS_MAX);
    assert_int_equal(latency_matrix_find(&matrix, ""), LATENCY_REGIONS_MAX);
}

static void what_is_not_whole_is_refused_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t line;
    } cases[] = {
        {"", 0},
        {"# nothing\n", 1},
        {"to,a\na,\n", 1},
        {"from\n", 1},
        {"from,a,a\n", 1},
        {"from,a,\n", 1},
        {"from,a b\n", 1},
        {"from,a,b\r\na,,1\r\n", 1},
        {"from,an-extraordinarily-long-name-of-a-region\n", 1},
        {"from,a,b\na,,1\n", 2},
        {"from,a,b\nb,1,\na,,1\n", 2},
        {"from,a,b\na,,1\nb,1,\nc,1,1\n", 4},
        {"from,a,b\na,,\nb,1,\n", 2},
        {"from,a,b\na,,x\nb,1,\n", 2},
        {"from,a,b\na,,-1\nb,1,\n", 2},
        {"from,a,b\na,,0\nb,1,\n", 2},
        {"from,a,b\na,,0.001\nb,1,\n", 2},
        {"from,a,b\na,,1.\nb,1,\n", 2},
        {"from,a,b\na,,.5\nb,1,\n", 2},
        {"from,a,b\na,,1.2345\nb,1,\n", 2},
        {"from,a,b\na,,10001\nb,1,\n", 2},
        {"from,a,b\na,,99999999999999999999\nb,1,\n", 2},
        {"from,a,b\na,0,1\nb,1,\n", 2},
        {"from,a,b\na,,1,1\nb,1,\n", 2},
        {"from,a,b\na,,1\nb,1\n", 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (parse(cases[i].text)) {
            fail_msg("accepted: %s", cases[i].text);
        }
        assert_int_equal(error.line, cases[i].line);
        assert_true(error.text[0] != '\0');
    }
}

static void what_is_written_is_read_as_the_same(void **state)
{
    (void)state;
    static struct latency_matrix before;
    char *text = NULL;
    size_t size = 0;
    assert_true(parse("from,a,b,c\na,,10,0.002\nb,12.501,,300\nc,7,241.125,\n"));
    before = matrix;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    latency_matrix_write(&matrix, out);
    (void)fclose(out);
    assert_true(latency_matrix_parse(text, &matrix, &error));
    assert_memory_equal(&matrix, &before, sizeof matrix);
    free(text);
}

static void the_shipped_matrix_is_whole_and_nearly_symmetric(void **state)
{
    (void)state;
    static char text[1 << 16];
    FILE *file = fopen("netsim/gallery/azure-2026-07.csv", "r");
    if (file == NULL) {
        skip(); /* not run from the top of the tree */
    }
    size_t size = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[size] = '\0';
    assert_non_null(strstr(text, "# Source: "));
    if (!latency_matrix_parse(text, &matrix, &error)) {
        fail_msg("line %u: %s", error.line, error.text);
    }
    assert_true(matrix.region_count >= 12);
    for (uint32_t i = 0; i < matrix.region_count; i++) {
        for (uint32_t j = 0; j < i; j++) {
            uint32_t there = matrix.one_way_us[i][j];
            uint32_t back = matrix.one_way_us[j][i];
            assert_true(there > 1000 && back > 1000);
            assert_true(there < back + 15000 && back < there + 15000); /* a slip of the pen */
        }
    }
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_way_is_half_and_each_way_its_own),
        cmocka_unit_test(what_is_not_whole_is_refused_with_its_line),
        cmocka_unit_test(what_is_written_is_read_as_the_same),
        cmocka_unit_test(the_shipped_matrix_is_whole_and_nearly_symmetric),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
