/*
 * Goal: the bitmap trees agree with a plain array of booleans under any sequence of operations, at
 * capacities around every power of 64.
 */
#include <stdlib.h>

#include "base/prng.h"
#include "base/slots.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/memory.h"

struct fixture {
    struct arena arena;
    struct slots slots;
    bool *model;
};

static void fixture_open(struct fixture *fixture, uint32_t capacity)
{
    test_arena_init(&fixture->arena, slots_footprint(capacity));
    slots_init(&fixture->slots, capacity, &fixture->arena);
    assert_int_equal(fixture->arena.used, fixture->arena.size);
    fixture->model = calloc(capacity, sizeof(bool));
    assert_non_null(fixture->model);
}

static void fixture_close(struct fixture *fixture)
{
    free(fixture->model);
    test_arena_free(&fixture->arena);
}

static uint32_t model_next(const struct fixture *fixture, uint32_t from, bool used)
{
    for (uint32_t i = from; i < fixture->slots.capacity; i++) {
        if (fixture->model[i] == used) {
            return i;
        }
    }
    return SLOTS_NONE;
}

static void step(struct fixture *fixture, struct prng *prng, uint32_t take_percent)
{
    struct slots *slots = &fixture->slots;
    uint32_t index = (uint32_t)prng_below(prng, slots->capacity);
    uint64_t dice = prng_below(prng, 100);
    if (dice < take_percent) {
        uint32_t expected = model_next(fixture, 0, false);
        assert_int_equal(slots_take(slots), expected);
        if (expected != SLOTS_NONE) {
            fixture->model[expected] = true;
        }
    } else if (fixture->model[index]) {
        slots_give(slots, index);
        fixture->model[index] = false;
    } else if (dice >= 95) {
        slots_take_at(slots, index);
        fixture->model[index] = true;
    }
    index = (uint32_t)prng_below(prng, (uint64_t)slots->capacity + 2);
    assert_int_equal(slots_next_used(slots, index), model_next(fixture, index, true));
    if (index < slots->capacity) {
        assert_int_equal(slots_used(slots, index), fixture->model[index]);
    }
}

/* A walk passes over what is used, in order, and then says so however often it is asked. */
static void walk_step(const struct fixture *fixture)
{
    struct slots_walk walk = slots_walk_begin(&fixture->slots);
    for (uint32_t i = model_next(fixture, 0, true); i != SLOTS_NONE;
         i = model_next(fixture, i + 1, true)) {
        assert_int_equal(slots_walk_next(&fixture->slots, &walk), i);
    }
    assert_int_equal(slots_walk_next(&fixture->slots, &walk), SLOTS_NONE);
    assert_int_equal(slots_walk_next(&fixture->slots, &walk), SLOTS_NONE);
}

/* Nothing is used any more, and nothing above level 0 says otherwise. */
static void clear_step(struct fixture *fixture)
{
    struct slots *slots = &fixture->slots;
    slots_clear(slots);
    assert_int_equal(slots->count, 0);
    for (uint32_t level = 0, words = slots->capacity; level < slots->level_count; level++) {
        words = (words - 1) / 64 + 1;
        for (uint32_t i = 0; i < words; i++) {
            assert_true(slots->full[level][i] == 0);
            assert_true(slots->some[level][i] == 0);
        }
    }
    for (uint32_t i = 0; i < slots->capacity; i++) {
        assert_false(slots_used(slots, i));
        fixture->model[i] = false;
    }
}

static void walks_and_clearing_agree_with_the_model(void **state)
{
    (void)state;
    const uint32_t capacities[] = {1, 63, 64, 65, 130, 4096, 4100, 9000};
    struct prng prng;
    prng_init(&prng, 3);
    for (size_t i = 0; i < sizeof(capacities) / sizeof(capacities[0]); i++) {
        struct fixture fixture;
        fixture_open(&fixture, capacities[i]);
        for (uint32_t round = 0; round < 60; round++) {
            uint32_t steps = (uint32_t)prng_below(&prng, 200);
            for (uint32_t n = 0; n < steps; n++) {
                step(&fixture, &prng, round % 3 == 0 ? 90 : 30);
            }
            walk_step(&fixture);
            if (prng_chance(&prng, 1, 2)) {
                clear_step(&fixture);
                walk_step(&fixture);
            }
        }
        clear_step(&fixture);
        assert_int_equal(slots_take(&fixture.slots), 0);
        fixture_close(&fixture);
    }
}

/* A few far apart, in a tree of four levels, and all of it. */
static void what_is_sparse_and_what_is_full_are_walked_over_and_cleared(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, 65 * 64 * 64);
    const uint32_t used[] = {0, 4095, 8192, 8193, 64 * 64 * 63, 64 * 64 * 64, 65 * 64 * 64 - 1};
    for (size_t i = 0; i < sizeof(used) / sizeof(used[0]); i++) {
        slots_take_at(&fixture.slots, used[i]);
        fixture.model[used[i]] = true;
    }
    walk_step(&fixture);
    clear_step(&fixture);
    for (uint32_t i = 0; i < fixture.slots.capacity; i++) {
        assert_true(slots_take(&fixture.slots) == i);
        fixture.model[i] = true;
    }
    walk_step(&fixture);
    clear_step(&fixture);
    assert_int_equal(slots_take(&fixture.slots), 0);
    fixture_close(&fixture);
}

static void random_operations_agree_with_the_model(void **state)
{
    (void)state;
    const uint32_t capacities[] = {1, 2, 63, 64, 65, 127, 128, 4095, 4096, 4097, 5000};
    struct prng prng;
    prng_init(&prng, 1);
    for (size_t i = 0; i < sizeof(capacities) / sizeof(capacities[0]); i++) {
        struct fixture fixture;
        fixture_open(&fixture, capacities[i]);
        /* Fill, hold nearly full, drain: a different part of the code matters in each. */
        for (uint32_t phase = 0; phase < 4; phase++) {
            const uint32_t take_percent[] = {85, 50, 10, 60};
            for (uint32_t round = 0; round < 3 * capacities[i] / 2 + 200; round++) {
                step(&fixture, &prng, take_percent[phase]);
            }
        }
        uint32_t count = 0;
        for (uint32_t at = 0; at < capacities[i]; at++) {
            count += fixture.model[at] ? 1 : 0;
        }
        assert_int_equal(fixture.slots.count, count);
        fixture_close(&fixture);
    }
}

static void a_million_are_taken_in_order_and_then_none(void **state)
{
    (void)state;
    const uint32_t capacity = 1000003;
    struct fixture fixture;
    fixture_open(&fixture, capacity);
    for (uint32_t i = 0; i < capacity; i++) {
        assert_true(slots_take(&fixture.slots) == i);
    }
    assert_int_equal(slots_take(&fixture.slots), SLOTS_NONE);
    assert_int_equal(fixture.slots.count, capacity);
    slots_give(&fixture.slots, 777777);
    slots_give(&fixture.slots, 4096);
    assert_int_equal(slots_take(&fixture.slots), 4096);
    assert_int_equal(slots_take(&fixture.slots), 777777);
    assert_int_equal(slots_take(&fixture.slots), SLOTS_NONE);
    fixture_close(&fixture);
}

static void next_used_crosses_empty_stretches(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, 70 * 64 * 64);
    const uint32_t used[] = {0, 63, 64, 4095, 4096, 64 * 64 * 64, 70 * 64 * 64 - 1};
    for (size_t i = 0; i < sizeof(used) / sizeof(used[0]); i++) {
        slots_take_at(&fixture.slots, used[i]);
    }
    uint32_t from = 0;
    for (size_t i = 0; i < sizeof(used) / sizeof(used[0]); i++) {
        assert_int_equal(slots_next_used(&fixture.slots, from), used[i]);
        from = used[i] + 1;
    }
    assert_int_equal(slots_next_used(&fixture.slots, from), SLOTS_NONE);
    assert_int_equal(slots_next_used(&fixture.slots, SLOTS_NONE), SLOTS_NONE);
    fixture_close(&fixture);
}

static void misuse_is_asserted(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, 10);
    expect_assert_failure(slots_give(&fixture.slots, 3));
    expect_assert_failure(slots_give(&fixture.slots, 10));
    expect_assert_failure(slots_take_at(&fixture.slots, 10));
    slots_take_at(&fixture.slots, 3);
    expect_assert_failure(slots_take_at(&fixture.slots, 3));
    expect_assert_failure((void)slots_used(&fixture.slots, 10));
    fixture_close(&fixture);
    expect_assert_failure((void)slots_footprint(0));
    expect_assert_failure((void)slots_footprint(UINT32_MAX));
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_operations_agree_with_the_model),
        cmocka_unit_test(walks_and_clearing_agree_with_the_model),
        cmocka_unit_test(what_is_sparse_and_what_is_full_are_walked_over_and_cleared),
        cmocka_unit_test(a_million_are_taken_in_order_and_then_none),
        cmocka_unit_test(next_used_crosses_empty_stretches),
        cmocka_unit_test(misuse_is_asserted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
