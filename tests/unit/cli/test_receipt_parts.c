/*
 * Goal: the parts of an instruction hang together as they settled: none left out, in no other
 * order, of no other instruction, and what they come to is what had settled.
 */
#include "cli/receipt_parts.h"

#include <string.h>

#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static struct event settlement(int64_t quantity, int64_t so_far, enum reason reason)
{
    return (struct event){.kind = EVENT_SETTLED,
                          .instruction_sequence = 7,
                          .counter_sequence = 8,
                          .quantity = quantity,
                          .amount = 10 * quantity,
                          .settled_quantity = so_far,
                          .height = (uint64_t)so_far,
                          .reason = reason};
}

static struct receipt_parts parts;

static void begin(void)
{
    struct event first = settlement(40, 40, REASON_PAIN);
    struct event second = settlement(35, 75, REASON_PAIN);

    memset(&parts, 0, sizeof parts);
    assert_true(receipt_parts_add(&parts, &first));
    assert_true(receipt_parts_add(&parts, &second));
}

static void parts_lead_to_the_last(void **state)
{
    (void)state;
    struct event last = settlement(25, 100, REASON_PARC);
    struct table *statement = record_new("statement");
    begin();
    assert_int_equal(receipt_parts_before(&last), 75);
    assert_true(receipt_parts_lead_to(&parts, &last));
    receipt_parts_fill(&parts, &last, statement);
    assert_string_equal(record_get(statement, "parts"), "3");
    assert_string_equal(record_get(statement, "part_1"), "40 for 400 in block 40");
    assert_string_equal(record_get(statement, "part_3"), "25 for 250 in block 100");
    assert_string_equal(record_get(statement, "settled_quantity_in_smallest_units"), "100");
    assert_string_equal(record_get(statement, "settled_amount_in_smallest_units"), "1000");
    table_free(statement);
}

/* The rest was cancelled: by whoever of the two, the receiver's names its own side first. */
static void parts_lead_to_a_cancellation(void **state)
{
    (void)state;
    struct event last = settlement(100, 75, REASON_CANI);
    struct table *statement = record_new("statement");
    begin();
    last.kind = EVENT_CANCELLED;
    assert_true(receipt_parts_lead_to(&parts, &last));
    last.instruction_sequence = 8;
    last.counter_sequence = 7;
    assert_true(receipt_parts_lead_to(&parts, &last));
    receipt_parts_fill(&parts, &last, statement);
    assert_string_equal(record_get(statement, "parts"), "2");
    assert_string_equal(record_get(statement, "settled_quantity_in_smallest_units"), "75");
    assert_string_equal(record_get(statement, "settled_amount_in_smallest_units"), "750");
    table_free(statement);
}

static void what_settled_whole_has_no_parts(void **state)
{
    (void)state;
    struct event last = settlement(100, 100, REASON_NONE);
    struct table *statement = record_new("statement");
    memset(&parts, 0, sizeof parts);
    assert_true(receipt_parts_lead_to(&parts, &last));
    receipt_parts_fill(&parts, &last, statement);
    assert_int_equal(table_row_count(statement), 0);
    table_free(statement);
    last.settled_quantity = 140; /* 40 settled before, and are not shown */
    assert_false(receipt_parts_lead_to(&parts, &last));
}

static void a_gap_is_found(void **state)
{
    (void)state;
    struct event next = settlement(10, 90, REASON_PAIN);
    struct event last = settlement(10, 90, REASON_PARC);
    begin();
    assert_false(receipt_parts_lead_to(&parts, &last));
    assert_false(receipt_parts_add(&parts, &next));
    memset(&parts, 0, sizeof parts);
    next = settlement(35, 75, REASON_PAIN); /* the first is missing */
    assert_false(receipt_parts_add(&parts, &next));
}

static void another_order_is_found(void **state)
{
    (void)state;
    struct event again = settlement(35, 75, REASON_PAIN);
    begin();
    assert_false(receipt_parts_add(&parts, &again)); /* twice */
    begin();
    again = settlement(40, 40, REASON_PAIN);
    assert_false(receipt_parts_add(&parts, &again));
}

static void other_events_are_no_parts(void **state)
{
    (void)state;
    struct event other = settlement(10, 85, REASON_PAIN);
    other.instruction_sequence = 9; /* of another instruction */
    begin();
    assert_false(receipt_parts_add(&parts, &other));
    other = settlement(10, 85, REASON_PARC); /* the last part is not one before the last */
    begin();
    assert_false(receipt_parts_add(&parts, &other));
    other = settlement(10, 85, REASON_PAIN);
    other.kind = EVENT_CANCELLED;
    begin();
    assert_false(receipt_parts_add(&parts, &other));
    other = settlement(0, 75, REASON_PAIN);
    begin();
    assert_false(receipt_parts_add(&parts, &other));
    other = settlement(10, 85, REASON_PAIN);
    other.amount = INT64_MAX;
    begin();
    assert_false(receipt_parts_add(&parts, &other));
    other = settlement(10, 85, REASON_PARC);
    other.counter_sequence = 9;
    begin();
    assert_false(receipt_parts_lead_to(&parts, &other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_lead_to_the_last),
        cmocka_unit_test(parts_lead_to_a_cancellation),
        cmocka_unit_test(what_settled_whole_has_no_parts),
        cmocka_unit_test(a_gap_is_found),
        cmocka_unit_test(another_order_is_found),
        cmocka_unit_test(other_events_are_no_parts),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
