/*
 * Goal: the index agrees with a linear search under any sequence of operations, also when all
 * hashes collide.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/map.h"
#include "base/prng.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/memory.h"

#define KEYS 600

struct fixture {
    struct arena arena;
    struct map map;
    uint64_t keys[KEYS]; /* the records: value i has key keys[i] */
    bool present[KEYS];
};

static bool key_equal(const void *context, uint32_t value, const void *key)
{
    const struct fixture *fixture = context;
    assert_true(value < KEYS);
    return memcmp(&fixture->keys[value], key, sizeof(uint64_t)) == 0;
}

static void fixture_open(struct fixture *fixture, uint32_t capacity)
{
    memset(fixture, 0, sizeof(*fixture));
    for (uint32_t i = 0; i < KEYS; i++) {
        fixture->keys[i] = UINT64_C(0x1000) + i;
    }
    test_arena_init(&fixture->arena, map_footprint(capacity));
    map_init(&fixture->map, capacity, key_equal, fixture, &fixture->arena);
    assert_int_equal(fixture->arena.used, fixture->arena.size);
}

/* How the tests hash: well, onto few places, at the end of the table, or all onto one. */
enum hashing {
    GOOD,
    FEW,
    WRAPPING,
    ONE,
    HASHINGS
};

static uint64_t hash_of(enum hashing hashing, uint64_t key)
{
    switch (hashing) {
    case GOOD:
        return map_hash(7, &key, sizeof(key));
    case FEW:
        return key % 5;
    case WRAPPING:
        return UINT32_MAX - key % 3;
    default:
        return 0;
    }
}

static void run_script(struct fixture *fixture, enum hashing hashing, uint32_t capacity, int steps)
{
    struct prng prng;
    prng_init(&prng, capacity + (uint64_t)hashing);
    uint32_t count = 0;
    for (int i = 0; i < steps; i++) {
        uint32_t value = (uint32_t)prng_below(&prng, KEYS);
        const uint64_t *key = &fixture->keys[value];
        uint64_t hash = hash_of(hashing, *key);
        uint32_t expected = fixture->present[value] ? value : MAP_NONE;
        assert_int_equal(map_find(&fixture->map, hash, key), expected);
        assert_int_equal(map_find_by(&fixture->map, hash, key_equal, fixture, key), expected);
        map_prefetch(&fixture->map, hash);
        uint32_t guess = map_guess(&fixture->map, hash);
        if (fixture->present[value]) { /* one of the same hash; with good ones, the only one */
            assert_true(guess < KEYS && fixture->present[guess]);
            assert_true(hash_of(hashing, fixture->keys[guess]) == hash);
            assert_true(hashing != GOOD || guess == value);
        }
        if (fixture->present[value]) {
            bool by_key = prng_below(&prng, 2) == 0;
            assert_true(by_key ? map_remove(&fixture->map, hash, key)
                               : map_remove_value(&fixture->map, hash, value));
            fixture->present[value] = false;
            count--;
        } else {
            assert_false(map_remove(&fixture->map, hash, key));
            assert_false(map_remove_value(&fixture->map, hash, value));
            bool stored = prng_below(&prng, 2) == 0
                              ? map_insert(&fixture->map, hash, value)
                              : map_insert_new(&fixture->map, hash, value, key_equal, fixture, key);
            assert_int_equal(stored, count < capacity);
            fixture->present[value] = stored;
            count += stored ? 1 : 0;
        }
        assert_int_equal(fixture->map.count, count);
    }
    for (uint32_t value = 0; value < KEYS; value++) {
        uint32_t expected = fixture->present[value] ? value : MAP_NONE;
        const uint64_t *key = &fixture->keys[value];
        assert_int_equal(map_find(&fixture->map, hash_of(hashing, *key), key), expected);
    }
}

static void random_operations_agree_with_the_model(void **state)
{
    (void)state;
    static struct fixture fixture;
    const uint32_t capacities[] = {1, 2, 3, 10, 42, 170, 300, KEYS};
    for (size_t i = 0; i < sizeof(capacities) / sizeof(capacities[0]); i++) {
        for (enum hashing hashing = GOOD; hashing < HASHINGS; hashing++) {
            fixture_open(&fixture, capacities[i]);
            run_script(&fixture, hashing, capacities[i], hashing == GOOD ? 20000 : 3000);
            test_arena_free(&fixture.arena);
        }
    }
}

static void equal_hashes_do_not_make_equal_keys(void **state)
{
    (void)state;
    static struct fixture fixture;
    fixture_open(&fixture, 4);
    assert_true(map_insert(&fixture.map, 99, 0));
    assert_int_equal(map_find(&fixture.map, 99, &fixture.keys[1]), MAP_NONE);
    assert_true(map_insert(&fixture.map, 99, 1));
    assert_int_equal(map_find(&fixture.map, 99, &fixture.keys[1]), 1);
    assert_int_equal(map_find(&fixture.map, 99, &fixture.keys[0]), 0);
    /* Whoever says that a key is new is held to it; another one of the same hash is new. */
    expect_assert_failure(
        (void)map_insert_new(&fixture.map, 99, 2, key_equal, &fixture, &fixture.keys[1]));
    assert_true(map_insert_new(&fixture.map, 99, 2, key_equal, &fixture, &fixture.keys[2]));
    assert_int_equal(map_find(&fixture.map, 99, &fixture.keys[2]), 2);
    test_arena_free(&fixture.arena);
}

static void there_is_always_an_empty_cell(void **state)
{
    (void)state;
    for (uint32_t capacity = 1; capacity < 3000; capacity++) {
        uint64_t cells = map_footprint(capacity) / sizeof(struct map_cell);
        assert_true(cells * 2 > (uint64_t)capacity * 3);
        assert_true(cells * 12 <= ((uint64_t)capacity * 3 + 2) * 13 + 12);
    }
    uint64_t largest = map_footprint(MAP_CAPACITY_MAX) / sizeof(struct map_cell);
    assert_true(largest > UINT64_C(1) << 31 && largest < UINT64_C(1) << 32);
}

/* Memory of a large map that holds little stays untouched. */
static void only_what_it_has_held_takes_memory(void **state)
{
    (void)state;
    static struct fixture fixture;
    const uint32_t capacity = 100000;
    fixture_open(&fixture, capacity);
    for (uint32_t value = 0; value < KEYS; value++) {
        const uint64_t *key = &fixture.keys[value];
        assert_true(map_insert(&fixture.map, hash_of(GOOD, *key), value));
        assert_true((uint64_t)fixture.map.count * 3 <= ((uint64_t)fixture.map.mask + 1) * 2 + 3);
    }
    assert_true(fixture.map.mask < 2 * KEYS);
    size_t cells = map_footprint(capacity) / sizeof(struct map_cell);
    for (size_t i = fixture.map.mask + 1; i < cells; i++) {
        assert_int_equal(fixture.map.cells[i].value, 0);
        assert_int_equal(fixture.map.cells[i].hash, 0);
    }
    test_arena_free(&fixture.arena);
}

static void misuse_is_asserted(void **state)
{
    (void)state;
    static struct fixture fixture;
    fixture_open(&fixture, 4);
    expect_assert_failure((void)map_insert(&fixture.map, 1, MAP_NONE));
    test_arena_free(&fixture.arena);
    expect_assert_failure((void)map_footprint(0));
    expect_assert_failure((void)map_footprint(MAP_CAPACITY_MAX + 1));
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_operations_agree_with_the_model),
        cmocka_unit_test(equal_hashes_do_not_make_equal_keys),
        cmocka_unit_test(there_is_always_an_empty_cell),
        cmocka_unit_test(only_what_it_has_held_takes_memory),
        cmocka_unit_test(misuse_is_asserted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
