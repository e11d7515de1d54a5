/*
 * Goal: counting and laying out agree to the byte, what is taken is aligned, zeroed and disjoint,
 * and nothing outside the block is ever given.
 */
#include <string.h>

#include "base/arena.h"
#include "base/prng.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/memory.h"

struct piece {
    size_t item_size;
    size_t item_count;
    size_t alignment;
};

static struct piece draw(struct prng *prng)
{
    return (struct piece){
        .item_size = (size_t)prng_below(prng, 40),
        .item_count = (size_t)prng_below(prng, 9),
        .alignment = (size_t)1 << prng_below(prng, 5),
    };
}

static void layout_fits_its_count_exactly(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 1);
    for (int round = 0; round < 500; round++) {
        struct piece pieces[20];
        struct arena count;
        arena_init(&count, NULL, 0);
        for (int i = 0; i < 20; i++) {
            pieces[i] = draw(&prng);
            const struct piece *p = &pieces[i];
            assert_null(arena_take(&count, p->item_size, p->item_count, p->alignment));
        }
        struct arena arena;
        test_arena_init(&arena, count.used);
        const uint8_t *end = arena.base;
        for (int i = 0; i < 20; i++) {
            const struct piece *p = &pieces[i];
            uint8_t *taken = arena_take(&arena, p->item_size, p->item_count, p->alignment);
            assert_int_equal((uintptr_t)taken % p->alignment, 0);
            assert_true(taken >= end);
            for (size_t at = 0; at < p->item_size * p->item_count; at++) {
                assert_int_equal(taken[at], 0);
            }
            end = taken + p->item_size * p->item_count;
        }
        assert_int_equal(arena.used, count.used);
        test_arena_free(&arena);
    }
}

static void the_macro_takes_typed_arrays(void **state)
{
    (void)state;
    struct arena arena;
    test_arena_init(&arena, 64);
    (void)ARENA_TAKE(&arena, uint8_t, 1);
    uint64_t *words = ARENA_TAKE(&arena, uint64_t, 3);
    assert_ptr_equal(words, arena.base + 8);
    assert_int_equal(arena.used, 32);
    test_arena_free(&arena);
}

static void lines_are_whole(void **state)
{
    (void)state;
    struct line {
        uint8_t bytes[128];
    };
    struct arena count;
    arena_init(&count, NULL, 0);
    (void)ARENA_TAKE(&count, uint8_t, 1);
    assert_null(ARENA_TAKE_LINES(&count, struct line, 2));
    assert_int_equal(count.used, 64 + 256);
    _Alignas(64) uint8_t memory[64 + 256];
    struct arena arena;
    arena_init(&arena, memory, sizeof memory);
    (void)ARENA_TAKE(&arena, uint8_t, 1);
    assert_ptr_equal(ARENA_TAKE_LINES(&arena, struct line, 2), memory + 64);
}

static void unset_memory_is_left_as_it_was(void **state)
{
    (void)state;
    struct arena arena;
    _Alignas(16) uint8_t memory[32];
    memset(memory, 0x5a, sizeof memory);
    arena_init(&arena, memory, sizeof memory);
    (void)ARENA_TAKE(&arena, uint8_t, 1);
    const uint32_t *words = ARENA_TAKE_UNSET(&arena, uint32_t, 2);
    assert_ptr_equal(words, memory + 4);
    assert_int_equal(words[0], 0x5a5a5a5a);
    assert_int_equal(arena.used, 12);
    expect_assert_failure(arena_take_unset(&arena, 21, 1, 1));
    arena_init(&arena, NULL, 0);
    assert_null(ARENA_TAKE_UNSET(&arena, uint32_t, 5));
    assert_int_equal(arena.used, 20);
}

static void misuse_is_asserted(void **state)
{
    (void)state;
    struct arena arena;
    test_arena_init(&arena, 32);
    expect_assert_failure(arena_take(&arena, 33, 1, 1));
    test_arena_free(&arena);
    arena_init(&arena, NULL, 0);
    expect_assert_failure(arena_take(&arena, 1, 1, 3));
    expect_assert_failure(arena_take(&arena, 1, 1, 0));
    expect_assert_failure(arena_take(&arena, 1, 1, 2 * ARENA_LINE));
    expect_assert_failure(arena_take(&arena, SIZE_MAX / 2, 3, 1));
    (void)arena_take(&arena, SIZE_MAX - 1, 1, 1);
    expect_assert_failure(arena_take(&arena, 2, 1, 1));
    expect_assert_failure(arena_take(&arena, 1, 1, 16));
    expect_assert_failure(arena_init(&arena, NULL, 1));
    _Alignas(64) uint8_t memory[80];
    expect_assert_failure(arena_init(&arena, memory + 1, 16));
    arena_init(&arena, memory + 16, 64);
    expect_assert_failure(arena_take(&arena, 1, 1, ARENA_LINE));
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layout_fits_its_count_exactly),
        cmocka_unit_test(the_macro_takes_typed_arrays),
        cmocka_unit_test(lines_are_whole),
        cmocka_unit_test(unset_memory_is_left_as_it_was),
        cmocka_unit_test(misuse_is_asserted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
