/*
 * Goal: the window of each lane holds what lies above the cut, in any order of arrival.
 */
#include "tests/support/cmocka.h"

#include <stdlib.h>

#include "consensus/lane.h"
#include "tests/support/assert_hook.h"

#define LANES  3
#define WINDOW 4
#define EXTRAS 2

static _Alignas(16) uint8_t memory[1u << 16];
static struct lane_set set;

static int setup(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, memory, sizeof memory);
    lane_set_init(&set, LANES, WINDOW, EXTRAS, &arena);
    return 0;
}

static struct batch batch(uint16_t author, uint64_t lane_seq, uint8_t variant)
{
    return (struct batch){.author = author,
                          .lane_seq = lane_seq,
                          .payload_size = 10,
                          .digest = {{(uint8_t)author, (uint8_t)lane_seq, variant}}};
}

static struct held_batch *add(uint16_t author, uint64_t lane_seq, uint8_t variant)
{
    const struct batch added = batch(author, lane_seq, variant);
    return lane_add(&set, &added);
}

static void add_valid(uint16_t author, uint64_t lane_seq)
{
    struct held_batch *held = add(author, lane_seq, 0);
    assert_non_null(held);
    lane_checked(&set, held, true);
}

/* Goal: "held" is contiguous whatever the order of arrival, and counts valid batches only. */
static void test_held_is_contiguous(void **state)
{
    (void)state;
    add_valid(1, 3);
    assert_int_equal(set.lanes[1].held, 0);
    add_valid(1, 1);
    assert_int_equal(set.lanes[1].held, 1);
    struct held_batch *second = add(1, 2, 0);
    assert_int_equal(set.lanes[1].held, 1);
    lane_checked(&set, second, true);
    assert_int_equal(set.lanes[1].held, 3);
    lane_checked(&set, add(1, 4, 0), false);
    assert_int_equal(set.lanes[1].held, 3);
    assert_int_equal(set.lanes[0].held, 0);
}

/* Goal: the first batch of a number has the place; another one is an extra, if there is room. */
static void test_first_has_the_place(void **state)
{
    (void)state;
    const struct held_batch *first = add(0, 1, 7);
    const struct held_batch *second = add(0, 1, 8);
    assert_ptr_equal(lane_at(&set, 0, 1), first);
    assert_ptr_equal(lane_find(&set, 0, 1, &second->digest), second);
    assert_non_null(add(0, 1, 9));
    assert_null(add(0, 1, 10));
}

/* Goal: nothing at or below the cut, nothing beyond the window; no arithmetic overflows. */
static void test_window_edges(void **state)
{
    (void)state;
    lane_set_cut(&set, 2, 10);
    assert_false(lane_in_window(&set, 2, 10));
    assert_true(lane_in_window(&set, 2, 11));
    assert_true(lane_in_window(&set, 2, 14));
    assert_false(lane_in_window(&set, 2, 15));
    assert_false(lane_in_window(&set, 2, UINT64_MAX));
    assert_null(lane_at(&set, 2, 11));
    expect_assert_failure((void)add(2, 10, 0));
    expect_assert_failure(lane_set_cut(&set, 2, 9));
}

/* Goal: the cut frees places, and the ring is used again. */
static void test_cut_frees(void **state)
{
    (void)state;
    for (uint64_t seq = 1; seq <= WINDOW; seq++) {
        add_valid(0, seq);
    }
    lane_set_cut(&set, 0, 3);
    assert_null(lane_at(&set, 0, 3));
    assert_int_equal(lane_at(&set, 0, 4)->lane_seq, 4);
    add_valid(0, 5);
    add_valid(0, 7);
    assert_int_equal(set.lanes[0].held, 5);
    lane_set_cut(&set, 0, 6); /* beyond what is held here */
    assert_int_equal(set.lanes[0].held, 7);
}

/*
 * Goal: batches restored beyond the window (the store's cut was behind) count once the cut reaches
 * them. Without it an author lost its own batch and its lane was dead: simulation seed 499.
 */
static void test_extras_move_into_the_window(void **state)
{
    (void)state;
    add_valid(0, 5);
    assert_null(lane_at(&set, 0, 5));
    lane_set_cut(&set, 0, 4);
    assert_int_equal(set.extra_count, 0);
    assert_int_equal(set.lanes[0].held, 5);
}

/* Goal: room is made at the cost of the oldest of the others, never of the kept author. */
static void test_drop_extra(void **state)
{
    (void)state;
    assert_non_null(add(0, 9, 0));
    assert_non_null(add(2, 9, 0));
    lane_drop_extra(&set, 1);
    assert_int_equal(set.extra_count, 1);
    assert_int_equal(set.extras[0].author, 2);
    lane_drop_extra(&set, 2);
    assert_int_equal(set.extra_count, 1);
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_held_is_contiguous, setup),
        cmocka_unit_test_setup(test_first_has_the_place, setup),
        cmocka_unit_test_setup(test_window_edges, setup),
        cmocka_unit_test_setup(test_cut_frees, setup),
        cmocka_unit_test_setup(test_extras_move_into_the_window, setup),
        cmocka_unit_test_setup(test_drop_extra, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
