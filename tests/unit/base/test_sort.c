/*
 * Goal: sorting gives the same items in ascending order, for any item size and any input, within
 * n log n comparisons.
 */
#include <stdlib.h>
#include <string.h>

#include "base/prng.h"
#include "base/sort.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

#define COUNT_MAX     300
#define ITEM_SIZE_MAX 200

struct counter {
    size_t item_size;
    uint64_t comparisons;
};

static int bytes_compare(const void *context, const void *a, const void *b)
{
    struct counter *counter = *(struct counter *const *)context;
    counter->comparisons++;
    return memcmp(a, b, counter->item_size);
}

static void any_items_come_out_ascending_and_complete(void **state)
{
    (void)state;
    static uint8_t items[COUNT_MAX * ITEM_SIZE_MAX];
    struct prng prng;
    prng_init(&prng, 1);
    for (int round = 0; round < 400; round++) {
        struct counter counter = {.item_size = 1 + (size_t)prng_below(&prng, ITEM_SIZE_MAX)};
        struct counter *context = &counter;
        size_t count = (size_t)prng_below(&prng, COUNT_MAX + 1);
        size_t size = count * counter.item_size;
        prng_fill(&prng, items, size);
        if (prng_chance(&prng, 1, 2)) { /* many equal items */
            for (size_t i = 0; i < size; i++) {
                items[i] &= 1;
            }
        }
        uint32_t histogram[256] = {0};
        for (size_t i = 0; i < size; i++) {
            histogram[items[i]]++;
        }
        sort_items(items, count, counter.item_size, bytes_compare, &context);
        for (size_t i = 1; i < count; i++) {
            const uint8_t *item = items + i * counter.item_size;
            assert_true(memcmp(item - counter.item_size, item, counter.item_size) <= 0);
        }
        for (size_t i = 0; i < size; i++) {
            histogram[items[i]]--;
        }
        for (int i = 0; i < 256; i++) {
            assert_int_equal(histogram[i], 0);
        }
    }
}

static int number_compare(const void *context, const void *a, const void *b)
{
    uint32_t first = 0;
    uint32_t second = 0;
    memcpy(&first, a, sizeof(first));
    memcpy(&second, b, sizeof(second));
    uint64_t *comparisons = *(uint64_t *const *)context;
    (*comparisons)++;
    return (first > second) - (first < second);
}

static void no_input_is_slow(void **state)
{
    (void)state;
    enum {
        COUNT = 1 << 14
    };
    uint32_t *numbers = malloc(COUNT * sizeof(uint32_t));
    assert_non_null(numbers);
    for (int shape = 0; shape < 4; shape++) {
        for (uint32_t i = 0; i < COUNT; i++) {
            const uint32_t shapes[] = {i, COUNT - i, i % 2 ? i : COUNT - i, 7};
            numbers[i] = shapes[shape];
        }
        uint64_t comparisons = 0;
        uint64_t *context = &comparisons;
        sort_items(numbers, COUNT, sizeof(uint32_t), number_compare, &context);
        assert_true(comparisons <= 2 * COUNT * 15);
        for (uint32_t i = 1; i < COUNT; i++) {
            assert_true(numbers[i - 1] <= numbers[i]);
        }
    }
    free(numbers);
}

static void nothing_and_one_item_are_sorted(void **state)
{
    (void)state;
    struct counter counter = {.item_size = 1};
    struct counter *context = &counter;
    uint8_t one = 5;
    sort_items(NULL, 0, 1, bytes_compare, &context);
    sort_items(&one, 1, 1, bytes_compare, &context);
    assert_int_equal(one, 5);
    assert_true(counter.comparisons == 0);
    expect_assert_failure(sort_items(NULL, 1, 1, bytes_compare, &context));
    expect_assert_failure(sort_items(&one, 1, 0, bytes_compare, &context));
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_items_come_out_ascending_and_complete),
        cmocka_unit_test(no_input_is_slow),
        cmocka_unit_test(nothing_and_one_item_are_sorted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
