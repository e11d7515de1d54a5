/*
 * Goal: an instant between two sightings is half-way; what was not seen is not made up; a rate is
 * counted between blocks, and the longest gap is within the stretch.
 */
#include "netsim/testbed/testbed_sightings.h"

#include "tests/support/cmocka.h"

static void sight(struct testbed_sightings *sightings, uint64_t time_us, uint64_t executed,
                  uint64_t commands)
{
    const struct reply_node_status status = {.final_height = executed + 1,
                                             .executed_height = executed,
                                             .certified_height = executed - 1,
                                             .commands_final = commands,
                                             .envelopes_final = commands / 10};
    testbed_sightings_add(sightings, &status, time_us);
}

static void a_height_was_reached_half_way(void **state)
{
    (void)state;
    struct testbed_sightings sightings = {.items = NULL};
    assert_int_equal(testbed_sightings_last(&sightings).time_us, 0);
    assert_int_equal(testbed_sightings_reached_us(&sightings, TESTBED_FINAL, 1), 0);
    sight(&sightings, 1000, 7, 0);
    sight(&sightings, 1200, 9, 100);
    sight(&sightings, 1400, 10, 100);
    assert_int_equal(testbed_sightings_last(&sightings).envelopes, 10);
    assert_int_equal(testbed_sightings_reached_us(&sightings, TESTBED_EXECUTED, 8), 1100);
    assert_int_equal(testbed_sightings_reached_us(&sightings, TESTBED_EXECUTED, 9), 1100);
    assert_int_equal(testbed_sightings_reached_us(&sightings, TESTBED_EXECUTED, 10), 1300);
    assert_int_equal(testbed_sightings_reached_us(&sightings, TESTBED_FINAL, 10), 1100);
    assert_int_equal(testbed_sightings_reached_us(&sightings, TESTBED_CERTIFIED, 9), 1300);
    /* reached before the first sighting, or not by the last */
    assert_int_equal(testbed_sightings_reached_us(&sightings, TESTBED_EXECUTED, 7), 0);
    assert_int_equal(testbed_sightings_reached_us(&sightings, TESTBED_EXECUTED, 11), 0);
    testbed_sightings_free(&sightings);
    assert_int_equal(sightings.count, 0);
}

static void a_rate_is_counted_between_blocks(void **state)
{
    (void)state;
    struct testbed_sightings sightings = {.items = NULL};
    struct testbed_progress progress;
    for (uint64_t i = 0; i <= 100; i++) {
        sight(&sightings, 1000 + 10 * i, 5 + i / 20, 5000 * (i / 20)); /* a block each 200 us */
    }
    testbed_sightings_progress(&sightings, 1150, 1950, &progress);
    /* blocks were seen at 1200, 1400, 1600, 1800 */
    assert_int_equal(progress.time_us, 600);
    assert_int_equal(progress.commands, 15000);
    assert_int_equal(progress.blocks, 3);
    assert_int_equal(progress.longest_gap_us, 200);
    /* one block alone counts for the whole stretch; the gap reaches to the end */
    testbed_sightings_progress(&sightings, 1150, 1390, &progress);
    assert_int_equal(progress.time_us, 240);
    assert_int_equal(progress.commands, 5000);
    assert_int_equal(progress.blocks, 1);
    assert_int_equal(progress.longest_gap_us, 190);
    /* none: all of it is a gap */
    testbed_sightings_progress(&sightings, 1010, 1190, &progress);
    assert_int_equal(progress.time_us, 0);
    assert_int_equal(progress.longest_gap_us, 180);
    testbed_sightings_free(&sightings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_height_was_reached_half_way),
        cmocka_unit_test(a_rate_is_counted_between_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
