/*
 * Goal: entries leave in the order of (time, index) whatever the order of entry, also when some are
 * removed in between; misuse is caught.
 */
#include "ledger/state/deadline.h"

#include "base/prng.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/memory.h"

enum {
    CAPACITY = 200
};

static void fixture_open(struct deadline_heap *heap, struct arena *arena)
{
    struct arena count;
    arena_init(&count, NULL, 0);
    deadline_layout(heap, CAPACITY, CAPACITY, &count);
    test_arena_init(arena, count.used);
    deadline_layout(heap, CAPACITY, CAPACITY, arena);
}

static void test_leaves_in_order(void **state)
{
    struct deadline_heap heap;
    struct arena arena;
    struct deadline first;
    (void)state;
    fixture_open(&heap, &arena);
    assert_false(deadline_first(&heap, &first));
    deadline_push(&heap, 50, 7);
    deadline_push(&heap, 20, 9);
    deadline_push(&heap, 20, 3);
    const uint32_t expected[] = {3, 9, 7};
    for (size_t i = 0; i < 3; i++) {
        assert_true(deadline_first(&heap, &first));
        assert_int_equal(first.index, expected[i]);
        deadline_remove(&heap, first.index);
    }
    assert_false(deadline_first(&heap, &first));
    test_arena_free(&arena);
}

/* Against the plainest model: an array of times, searched for the least. */
static void test_agrees_with_a_model(void **state)
{
    struct deadline_heap heap;
    struct arena arena;
    struct prng prng;
    uint64_t times[CAPACITY] = {0};
    bool in[CAPACITY] = {false};
    (void)state;
    fixture_open(&heap, &arena);
    prng_init(&prng, 7);
    for (int step = 0; step < 20000; step++) {
        uint32_t index = (uint32_t)prng_below(&prng, CAPACITY);
        if (in[index]) {
            deadline_remove(&heap, index);
        } else {
            times[index] = prng_below(&prng, 50);
            deadline_push(&heap, times[index], index);
        }
        in[index] = !in[index];
        uint32_t least = CAPACITY;
        for (uint32_t i = 0; i < CAPACITY; i++) {
            if (in[i] && (least == CAPACITY || times[i] < times[least])) {
                least = i;
            }
        }
        struct deadline first = {0};
        assert_int_equal(deadline_first(&heap, &first), least != CAPACITY);
        if (least != CAPACITY) {
            assert_int_equal(first.index, least);
            assert_int_equal(first.time_ms, times[least]);
        }
    }
    test_arena_free(&arena);
}

static void test_misuse_is_caught(void **state)
{
    struct deadline_heap heap;
    struct arena arena;
    (void)state;
    fixture_open(&heap, &arena);
    deadline_push(&heap, 1, 0);
    expect_assert_failure(deadline_push(&heap, 2, 0));
    expect_assert_failure(deadline_push(&heap, 2, CAPACITY));
    expect_assert_failure(deadline_remove(&heap, CAPACITY));
    deadline_remove(&heap, 5); /* not in the heap: nothing happens */
    assert_int_equal(heap.count, 1);
    test_arena_free(&arena);
}

/* Fewer may be due than there are indexes. */
static void test_holds_what_it_was_laid_out_for(void **state)
{
    struct deadline_heap heap;
    struct arena arena;
    struct deadline first;
    (void)state;
    test_arena_init(&arena, 2 * sizeof(struct deadline) + 100 * sizeof(uint32_t));
    deadline_layout(&heap, 2, 100, &arena);
    deadline_push(&heap, 2, 99);
    deadline_push(&heap, 1, 50);
    expect_assert_failure(deadline_push(&heap, 3, 0));
    expect_assert_failure(deadline_push(&heap, 3, 100));
    assert_true(deadline_first(&heap, &first));
    assert_int_equal(first.index, 50);
    test_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leaves_in_order),
        cmocka_unit_test(test_agrees_with_a_model),
        cmocka_unit_test(test_misuse_is_caught),
        cmocka_unit_test(test_holds_what_it_was_laid_out_for),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
