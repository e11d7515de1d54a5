/*
 * Goal: certificates of all views after the final one are kept, both kinds of one view side by
 * side, and nothing outside the table's range is.
 */
#include "tests/unit/consensus/committee.h"

#include "consensus/certificate_table.h"
#include "tests/support/assert_hook.h"

#define CAPACITY 8

static struct committee committee;
static _Alignas(16) uint8_t memory[1u << 16];
static struct certificate_table table;

static int setup(void **state)
{
    (void)state;
    struct arena arena;
    memset(memory, 0, sizeof memory);
    arena_init(&arena, memory, sizeof memory);
    certificate_table_init(&table, CAPACITY, committee.n, &arena);
    return 0;
}

static struct certificate certificate(enum certificate_kind kind, uint64_t view, uint8_t hash,
                                      uint8_t *bytes)
{
    struct bytes_reader reader;
    struct certificate out;
    const size_t size = committee_certificate(&committee, kind, view, hash, bytes);
    bytes_reader_init(&reader, bytes, size);
    certificate_read(&reader, committee.n, &out);
    assert_true(bytes_reader_done(&reader));
    return out;
}

static void put(enum certificate_kind kind, uint64_t view, uint8_t hash)
{
    uint8_t bytes[CERTIFICATE_SIZE_MAX];
    const struct certificate added = certificate(kind, view, hash, bytes);
    if (kind == CERTIFICATE_FINALIZATION) {
        certificate_table_put_final(&table, &added);
    } else {
        certificate_table_put(&table, &added);
    }
    assert_memory_equal(certificate_table_bytes(&table, kind, view), bytes, table.size);
}

/* Goal: rule S6: one view may have both certificates, and each is found. */
static void test_both_kinds_of_one_view(void **state)
{
    (void)state;
    put(CERTIFICATE_NOTARIZATION, 3, 9);
    put(CERTIFICATE_NULLIFICATION, 3, 0);
    assert_true(certificate_table_row(&table, 3)->notarized);
    assert_true(certificate_table_row(&table, 3)->nullified);
    assert_false(certificate_table_holds(&table, CERTIFICATE_FINALIZATION, 3));
    assert_null(certificate_table_row(&table, 4));
}

/* Goal: the range is (final, final + capacity], without overflow. */
static void test_range(void **state)
{
    (void)state;
    put(CERTIFICATE_FINALIZATION, 5, 9);
    assert_false(certificate_table_fits(&table, 5));
    assert_true(certificate_table_fits(&table, 6));
    assert_true(certificate_table_fits(&table, 13));
    assert_false(certificate_table_fits(&table, 14));
    assert_false(certificate_table_fits(&table, 0));
    assert_false(certificate_table_fits(&table, UINT64_MAX));
    uint8_t bytes[CERTIFICATE_SIZE_MAX];
    const struct certificate beyond = certificate(CERTIFICATE_NULLIFICATION, 14, 0, bytes);
    expect_assert_failure(certificate_table_put(&table, &beyond));
}

/* Goal: a finalization forgets what it covers, and the ring is used again. */
static void test_final_forgets(void **state)
{
    (void)state;
    for (uint64_t view = 1; view <= CAPACITY; view++) {
        put(CERTIFICATE_NULLIFICATION, view, 0);
    }
    put(CERTIFICATE_FINALIZATION, 4, 9);
    assert_null(certificate_table_row(&table, 4));
    assert_non_null(certificate_table_row(&table, 5));
    put(CERTIFICATE_NOTARIZATION, 9, 7); /* in the place of view 1 */
    assert_false(certificate_table_row(&table, 9)->nullified);
    put(CERTIFICATE_FINALIZATION, 100, 9);
    assert_null(certificate_table_row(&table, 9));
    assert_non_null(certificate_table_bytes(&table, CERTIFICATE_FINALIZATION, 100));
    assert_null(certificate_table_bytes(&table, CERTIFICATE_FINALIZATION, 4));
}

/* Goal: the gap is the lowest view of which nothing is known. */
static void test_gap(void **state)
{
    (void)state;
    assert_int_equal(certificate_table_gap(&table, 1), 1);
    put(CERTIFICATE_NULLIFICATION, 1, 0);
    put(CERTIFICATE_NOTARIZATION, 3, 8);
    assert_int_equal(certificate_table_gap(&table, 4), 2);
    put(CERTIFICATE_NOTARIZATION, 2, 8);
    assert_int_equal(certificate_table_gap(&table, 4), 4);
    put(CERTIFICATE_FINALIZATION, 6, 8);
    assert_int_equal(certificate_table_gap(&table, 7), 7);
}

int main(void)
{
    assert_hook_install();
    committee_init(&committee, 4);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_both_kinds_of_one_view, setup),
        cmocka_unit_test_setup(test_range, setup),
        cmocka_unit_test_setup(test_final_forgets, setup),
        cmocka_unit_test_setup(test_gap, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
