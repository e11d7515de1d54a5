/*
 * Goal: the index agrees with a linear search under any sequence of operations, also when all
 * hashes collide, and its hash function is SipHash-1-3, whose distribution is good on keys like
 * ours.
 */
#include <sodium.h>
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
        map_prefetch(&fixture->map, hash);
        uint32_t guess = map_guess(&fixture->map, hash);
        if (fixture->present[value]) { /* one of the same hash; with good ones, the only one */
            assert_true(guess < KEYS && fixture->present[guess]);
            assert_true(hash_of(hashing, fixture->keys[guess]) == hash);
            assert_true(hashing != GOOD || guess == value);
        }
        if (fixture->present[value]) {
            assert_true(map_remove(&fixture->map, hash, key));
            fixture->present[value] = false;
            count--;
        } else {
            assert_false(map_remove(&fixture->map, hash, key));
            bool stored = map_insert(&fixture->map, hash, value);
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
    test_arena_free(&fixture.arena);
}

static void there_is_always_an_empty_cell(void **state)
{
    (void)state;
    for (uint32_t capacity = 1; capacity < 3000; capacity++) {
        uint64_t cells = map_footprint(capacity) / sizeof(struct map_cell);
        assert_true(cells * 2 > (uint64_t)capacity * 3);
        assert_true(cells <= (uint64_t)capacity * 3 + 2);
        assert_int_equal(cells & (cells - 1), 0);
    }
    uint64_t largest = map_footprint(MAP_CAPACITY_MAX) / sizeof(struct map_cell);
    assert_true(largest == UINT64_C(1) << 31);
}

static uint64_t rotated(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static void sip_rounds(uint64_t v[4], int count)
{
    for (int i = 0; i < count; i++) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = rotated(v[1], 13) ^ v[0];
        v[3] = rotated(v[3], 16) ^ v[2];
        v[0] = rotated(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = rotated(v[1], 17) ^ v[2];
        v[3] = rotated(v[3], 21) ^ v[0];
        v[2] = rotated(v[2], 32);
    }
}

/* SipHash as the paper has it, byte by byte, with so many rounds a word and at the end. */
static uint64_t siphash(const uint8_t key[16], const uint8_t *data, size_t size, int each, int last)
{
    uint64_t k[2] = {bytes_get_u64(key), bytes_get_u64(key + 8)};
    uint64_t v[4] = {k[0] ^ UINT64_C(0x736f6d6570736575), k[1] ^ UINT64_C(0x646f72616e646f6d),
                     k[0] ^ UINT64_C(0x6c7967656e657261), k[1] ^ UINT64_C(0x7465646279746573)};
    for (size_t at = 0; at <= size; at += 8) {
        uint64_t word = 0;
        for (size_t i = 0; i < 8; i++) {
            uint64_t byte = at + i < size ? data[at + i] : i == 7 ? size % 256 : 0;
            word |= byte << 8 * i;
        }
        v[3] ^= word;
        sip_rounds(v, each);
        v[0] ^= word;
    }
    v[2] ^= 0xff;
    sip_rounds(v, last);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* The form above is checked against libsodium's SipHash-2-4, then ours against it with 1 and 3. */
static void the_hash_is_siphash_1_3(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 3);
    for (size_t size = 0; size < 300; size++) {
        uint8_t data[300];
        uint8_t key[16];
        uint8_t expected[8];
        uint64_t seed = prng_next(&prng);
        prng_fill(&prng, data, size);
        bytes_put_u64(key, seed);
        bytes_put_u64(key + 8, seed ^ UINT64_C(0x9e3779b97f4a7c15));
        assert_int_equal(crypto_shorthash_siphash24(expected, data, size, key), 0);
        assert_true(siphash(key, data, size, 2, 4) == bytes_get_u64(expected));
        assert_true(map_hash(seed, data, size) == siphash(key, data, size, 1, 3));
    }
}

static void a_secret_makes_another_hash(void **state)
{
    static const uint8_t none[MAP_SECRET_SIZE] = {0};
    (void)state;
    for (size_t at = 0; at < MAP_SECRET_SIZE; at++) {
        uint8_t secret[MAP_SECRET_SIZE] = {0};
        uint8_t key[16];
        uint64_t without = map_hash(7, "name", 4);
        secret[at] = 1;
        map_secret_set(secret);
        bytes_put_u64(key, 7 ^ bytes_get_u64(secret));
        bytes_put_u64(key + 8, 7 ^ bytes_get_u64(secret + 8) ^ UINT64_C(0x9e3779b97f4a7c15));
        assert_true(map_hash(7, "name", 4) == siphash(key, (const uint8_t *)"name", 4, 1, 3));
        assert_true(map_hash(7, "name", 4) != without);
        map_secret_set(none);
        assert_true(map_hash(7, "name", 4) == without);
    }
}

/* Chi-squared over the low bits of the fold that the map uses, for sequential account names. */
static void similar_keys_spread_evenly(void **state)
{
    (void)state;
    enum {
        BINS = 1024,
        SAMPLES = 200000
    };
    static uint32_t bins[BINS];
    memset(bins, 0, sizeof(bins));
    for (uint32_t i = 0; i < SAMPLES; i++) {
        char name[36] = {0};
        (void)snprintf(name, sizeof(name), "SECURITIES-ACCOUNT-%010u", i);
        uint64_t hash = map_hash(42, name, sizeof(name));
        bins[(hash ^ hash >> 32) % BINS]++;
    }
    double expected = (double)SAMPLES / BINS;
    double chi_squared = 0;
    for (int i = 0; i < BINS; i++) {
        chi_squared += (bins[i] - expected) * (bins[i] - expected) / expected;
    }
    /* 1023 degrees of freedom: mean 1023, standard deviation 45; six of those either way. */
    assert_true(chi_squared > 750 && chi_squared < 1300);
}

static void every_input_bit_moves_half_the_output(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 5);
    for (size_t bit = 0; bit < 12 * 8; bit++) {
        uint64_t flips = 0;
        for (int round = 0; round < 1000; round++) {
            uint8_t key[12];
            prng_fill(&prng, key, sizeof(key));
            uint64_t before = map_hash(9, key, sizeof(key));
            key[bit / 8] ^= (uint8_t)(1u << bit % 8);
            flips += (uint64_t)__builtin_popcountll(before ^ map_hash(9, key, sizeof(key)));
        }
        assert_in_range(flips, 31000, 33000);
    }
    const uint8_t key[3] = {1, 2, 3};
    assert_true(map_hash(1, key, 3) != map_hash(2, key, 3));
    assert_true(map_hash(1, key, 3) != map_hash(1, key, 2));
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
        cmocka_unit_test(the_hash_is_siphash_1_3),
        cmocka_unit_test(a_secret_makes_another_hash),
        cmocka_unit_test(similar_keys_spread_evenly),
        cmocka_unit_test(every_input_bit_moves_half_the_output),
        cmocka_unit_test(misuse_is_asserted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
