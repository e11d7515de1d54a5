/*
 * Goal: the list agrees with plain C arrays moved by hand, and never reaches beyond its capacity.
 */
#include <string.h>

#include "base/array.h"
#include "base/prng.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/memory.h"

#define CAPACITY 13

struct item {
    uint64_t number;
    uint8_t extra[4];
};

static void random_operations_agree_with_the_model(void **state)
{
    (void)state;
    struct arena arena;
    struct array array;
    test_arena_init(&arena, CAPACITY * sizeof(struct item));
    array_init(&array, sizeof(struct item), CAPACITY, &arena);
    uint64_t model[CAPACITY];
    uint32_t count = 0;
    struct prng prng;
    prng_init(&prng, 1);
    for (uint64_t round = 1; round < 50000; round++) {
        uint64_t dice = prng_below(&prng, 100);
        if (dice < 55) {
            uint32_t index = (uint32_t)prng_below(&prng, count + 1);
            struct item *item = dice < 20 ? array_push(&array) : array_insert(&array, index);
            index = dice < 20 ? count : index;
            assert_int_equal(item != NULL, count < CAPACITY);
            if (item != NULL) {
                assert_true(item->number == 0 && item->extra[3] == 0);
                item->number = round;
                item->extra[3] = 1;
                for (uint32_t i = count; i > index; i--) {
                    model[i] = model[i - 1];
                }
                model[index] = round;
                count++;
            }
        } else if (dice < 98 && count > 0) {
            uint32_t index = (uint32_t)prng_below(&prng, count);
            array_remove(&array, index);
            count--;
            for (uint32_t i = index; i < count; i++) {
                model[i] = model[i + 1];
            }
        } else if (dice == 98) {
            uint32_t removed = (uint32_t)prng_below(&prng, count + 1);
            array_remove_first(&array, removed);
            count -= removed;
            for (uint32_t i = 0; i < count; i++) {
                model[i] = model[i + removed];
            }
        } else if (dice == 99) {
            array_clear(&array);
            count = 0;
        }
        assert_int_equal(array.count, count);
        for (uint32_t i = 0; i < count; i++) {
            const struct item *item = array_at(&array, i);
            assert_true(item->number == model[i]);
        }
    }
    test_arena_free(&arena);
}

static void misuse_is_asserted(void **state)
{
    (void)state;
    struct arena arena;
    struct array array;
    test_arena_init(&arena, 64);
    array_init(&array, 4, 4, &arena);
    expect_assert_failure((void)array_at(&array, 0));
    expect_assert_failure(array_remove(&array, 0));
    expect_assert_failure(array_remove_first(&array, 1));
    expect_assert_failure((void)array_insert(&array, 1));
    expect_assert_failure(array_init(&array, 0, 4, &arena));
    expect_assert_failure(array_init(&array, 4, 0, &arena));
    test_arena_free(&arena);
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_operations_agree_with_the_model),
        cmocka_unit_test(misuse_is_asserted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
