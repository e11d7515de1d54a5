/*
 * Goal: the lists of client/list.h are sound - every form's columns are told apart, its kind is one
 * that may be asked for - and their rows come back as they were written; what does not fit, is not
 * printable, or has another number of columns is refused.
 */
#include <string.h>

#include "client/list.h"
#include "client/row_cells.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static void every_form_is_sound(void **state)
{
    (void)state;
    const struct list_form *form;
    unsigned count = 0;

    for (; (form = list_form_at(count)) != NULL; count++) {
        assert_ptr_equal(list_form_of(form->kind), form);
        assert_true(form->kind > LIST_EVENTS && form->kind <= LIST_KIND_LAST);
        assert_true(form->column_count > 0 && form->column_count < LIST_COLUMNS_MAX);
        for (unsigned i = 0; i < form->column_count; i++) {
            for (unsigned j = 0; j < i; j++) {
                assert_string_not_equal(form->columns[i].name, form->columns[j].name);
                assert_true(form->columns[i].role == LIST_ROLE_NONE ||
                            form->columns[i].role != form->columns[j].role);
            }
            assert_string_not_equal(form->columns[i].name, "id"); /* the read model's own */
            assert_string_not_equal(form->columns[i].name, "key");
        }
    }
    assert_int_equal(count, LIST_KIND_LAST - LIST_EVENTS); /* every kind has its form */
    assert_null(list_form_of(LIST_EVENTS));
    assert_null(list_form_of(LIST_NONE));
}

static void a_row_survives_a_round_trip(void **state)
{
    (void)state;
    uint8_t bytes[CELLS_BYTES_MAX + 32];
    struct bytes_writer writer;
    struct bytes_reader reader;
    struct row_cells row, out;

    row_cells_begin(&row);
    row_cells_add(&row, "A-1");
    row_cells_add(&row, "");
    row_cells_add_integer(&row, INT64_MIN);
    row_cells_add_decimal(&row, INT64_MIN, 2);
    row_cells_add_decimal(&row, 5, 3);
    row_cells_add_decimal(&row, -70, 0);
    bytes_writer_init(&writer, bytes, sizeof bytes);
    row_cells_write(&writer, &row);
    assert_true(bytes_writer_ok(&writer));
    bytes_reader_init(&reader, bytes, writer.size);
    assert_true(row_cells_read(&reader, 6, &out));
    assert_true(bytes_reader_done(&reader));
    assert_string_equal(row_cells_at(&out, 0), "A-1");
    assert_string_equal(row_cells_at(&out, 1), "");
    assert_string_equal(row_cells_at(&out, 2), "-9223372036854775808");
    assert_string_equal(row_cells_at(&out, 3), "-92233720368547758.08");
    assert_string_equal(row_cells_at(&out, 4), "0.005");
    assert_string_equal(row_cells_at(&out, 5), "-70");
    assert_string_equal(row_cells_at(&out, 6), ""); /* beyond */
    for (size_t size = 0; size < writer.size; size++) {
        bytes_reader_init(&reader, bytes, size);
        assert_false(row_cells_read(&reader, 6, &out));
    }
    bytes_reader_init(&reader, bytes, writer.size);
    assert_false(row_cells_read(&reader, 5, &out)); /* another list's row */
    bytes[2] = '\n';
    bytes_reader_init(&reader, bytes, writer.size);
    assert_false(row_cells_read(&reader, 6, &out));
}

static void what_does_not_fit_is_not_written(void **state)
{
    (void)state;
    uint8_t bytes[2048];
    char text[CELL_SIZE + 1];
    struct bytes_writer writer;
    struct row_cells row;

    memset(text, 'x', sizeof text);
    text[CELL_SIZE] = 0; /* one too long */
    row_cells_begin(&row);
    row_cells_add(&row, text);
    assert_true(row.failed);
    text[CELL_SIZE - 1] = 0;
    row_cells_begin(&row);
    row_cells_add(&row, text);
    assert_false(row.failed);
    while (!row.failed) { /* until the row is full */
        row_cells_add(&row, text);
    }
    bytes_writer_init(&writer, bytes, sizeof bytes);
    row_cells_write(&writer, &row);
    assert_false(bytes_writer_ok(&writer));
    row_cells_begin(&row);
    for (unsigned i = 0; i <= LIST_COLUMNS_MAX; i++) {
        assert_false(row.failed);
        row_cells_add(&row, "");
    }
    assert_true(row.failed);
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_is_sound),
        cmocka_unit_test(a_row_survives_a_round_trip),
        cmocka_unit_test(what_does_not_fit_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
