/*
 * Goal: the sequence is xoshiro256** seeded by splitmix64 and never changes, and what is derived
 * from it is fair.
 */
#include <string.h>

#include "base/prng.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

/* The published first outputs of splitmix64 for seed 1234567 are the state. */
static void the_seed_is_spread_by_splitmix64(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 1234567);
    assert_true(prng.state[0] == UINT64_C(6457827717110365317));
    assert_true(prng.state[1] == UINT64_C(3203168211198807973));
    assert_true(prng.state[2] == UINT64_C(9817491932198370423));
    assert_true(prng.state[3] == UINT64_C(4593380528125082431));
}

/* From the state 1, 2, 3, 4 the generator's first outputs are known from other implementations. */
static void the_generator_is_xoshiro256_starstar(void **state)
{
    (void)state;
    struct prng prng = {{1, 2, 3, 4}};
    const uint64_t expected[] = {
        UINT64_C(11520),
        UINT64_C(0),
        UINT64_C(1509978240),
        UINT64_C(1215971899390074240),
        UINT64_C(1216172134540287360),
        UINT64_C(607988272756665600),
        UINT64_C(16172922978634559625),
        UINT64_C(8476171486693032832),
        UINT64_C(10595114339597558777),
        UINT64_C(2904607092377533576),
    };
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        assert_true(prng_next(&prng) == expected[i]);
    }
}

static void below_is_bounded_and_even(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 1);
    uint32_t bins[10] = {0};
    for (int i = 0; i < 100000; i++) {
        uint64_t drawn = prng_below(&prng, 10);
        assert_true(drawn < 10);
        bins[drawn]++;
    }
    for (int i = 0; i < 10; i++) {
        assert_in_range(bins[i], 9500, 10500);
    }
    /* With a bound of three quarters of the range, a plain remainder would favour the low third. */
    uint64_t bound = UINT64_C(3) << 62;
    uint32_t low = 0;
    for (int i = 0; i < 30000; i++) {
        uint64_t drawn = prng_below(&prng, bound);
        assert_true(drawn < bound);
        low += drawn < bound / 3 ? 1 : 0;
    }
    assert_in_range(low, 9600, 10400);
    assert_true(prng_below(&prng, 1) == 0);
}

static void chance_is_fair(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 2);
    uint32_t hits = 0;
    for (int i = 0; i < 100000; i++) {
        hits += prng_chance(&prng, 3, 10) ? 1 : 0;
        assert_false(prng_chance(&prng, 0, 10));
        assert_true(prng_chance(&prng, 10, 10));
    }
    assert_in_range(hits, 29300, 30700);
}

static void fill_stays_within_its_size(void **state)
{
    (void)state;
    for (size_t size = 0; size < 40; size++) {
        uint8_t data[48];
        uint8_t longer[48];
        struct prng prng;
        memset(data, 0xee, sizeof(data));
        prng_init(&prng, 3);
        prng_fill(&prng, data, size);
        prng_init(&prng, 3);
        prng_fill(&prng, longer, sizeof(longer));
        assert_memory_equal(data, longer, size);
        for (size_t i = size; i < sizeof(data); i++) {
            assert_int_equal(data[i], 0xee);
        }
    }
}

static void misuse_is_asserted(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 0);
    expect_assert_failure((void)prng_below(&prng, 0));
    expect_assert_failure((void)prng_chance(&prng, 0, 0));
    expect_assert_failure((void)prng_chance(&prng, 2, 1));
    expect_assert_failure(prng_fill(&prng, NULL, 1));
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_seed_is_spread_by_splitmix64),
        cmocka_unit_test(the_generator_is_xoshiro256_starstar),
        cmocka_unit_test(below_is_bounded_and_even),
        cmocka_unit_test(chance_is_fair),
        cmocka_unit_test(fill_stays_within_its_size),
        cmocka_unit_test(misuse_is_asserted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
