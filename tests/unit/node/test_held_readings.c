/*
 * Goal: a reading that waits for a block is tried again after it, also if the block was executed
 * between its first try and its being held.
 */
#include "node/held_readings.h"

#include <stdlib.h>

#include "tests/support/cmocka.h"

static struct held_readings held;
static struct reading *taken[HELD_READINGS_MAX];

static int begin(void **state)
{
    (void)state;
    held_readings_init(&held);
    return 0;
}

static int end(void **state)
{
    (void)state;
    held_readings_free(&held);
    return 0;
}

static struct reading *reading_new(void)
{
    struct reading *reading = calloc(1, sizeof *reading);
    assert_non_null(reading);
    return reading;
}

static void all_are_taken_once_and_in_order(void **state)
{
    (void)state;
    struct reading *first = reading_new();
    struct reading *second = reading_new();
    assert_int_equal(held_readings_put(&held, held_readings_round(&held), first), HELD_OK);
    assert_int_equal(held_readings_put(&held, held_readings_round(&held), second), HELD_OK);
    assert_int_equal(held_readings_take(&held, taken), 2);
    assert_ptr_equal(taken[0], first);
    assert_ptr_equal(taken[1], second);
    assert_int_equal(held_readings_take(&held, taken), 0);
    free(first);
    free(second);
}

static void one_that_missed_a_block_is_tried_again(void **state)
{
    (void)state;
    struct reading *reading = reading_new();
    uint64_t round = held_readings_round(&held);
    assert_int_equal(held_readings_take(&held, taken), 0); /* the block that it was to wait for */
    assert_int_equal(held_readings_put(&held, round, reading), HELD_LATE);
    assert_int_equal(held_readings_take(&held, taken), 0);
    assert_int_equal(held_readings_put(&held, held_readings_round(&held), reading), HELD_OK);
    assert_int_equal(held_readings_take(&held, taken), 1);
    assert_ptr_equal(taken[0], reading);
    free(reading);
}

static void there_is_room_for_so_many(void **state)
{
    (void)state;
    struct reading *reading = reading_new();
    uint64_t round = held_readings_round(&held);
    for (unsigned i = 0; i < HELD_READINGS_MAX; i++) {
        assert_int_equal(held_readings_put(&held, round, reading_new()), HELD_OK);
    }
    assert_int_equal(held_readings_put(&held, round, reading), HELD_FULL);
    free(reading); /* it was not taken; the others are freed with what holds them */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_are_taken_once_and_in_order, begin, end),
        cmocka_unit_test_setup_teardown(one_that_missed_a_block_is_tried_again, begin, end),
        cmocka_unit_test_setup_teardown(there_is_room_for_so_many, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
