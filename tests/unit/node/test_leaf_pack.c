/*
 * Goal: leaves come back from few bytes as they went in, whatever they have in common; bytes that
 * packing did not write are refused or give leaves of the size they say, and nothing beyond.
 */
#include "node/leaf_pack.h"

#include <stdlib.h>
#include <string.h>

#include "base/prng.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

enum {
    LEAVES = 40,
    LEAF_MAX = 700,
};

static uint8_t leaves[LEAVES][LEAF_MAX];
static size_t sizes[LEAVES];
static uint8_t packed[LEAVES * (LEAF_MAX + 20)];
static uint8_t back[LEAVES][LEAF_MAX];

static size_t pack(uint32_t count)
{
    struct leaf_models models = {.last = {NULL, 0}};
    size_t size = 0;
    for (uint32_t i = 0; i < count; i++) {
        size_t one = leaf_pack(&models, leaves[i], sizes[i], packed + size);
        assert_in_range(one, 1, leaf_pack_bound(sizes[i]));
        size += one;
    }
    return size;
}

static bool unpack(uint32_t count, size_t size, size_t capacity)
{
    struct leaf_models models = {.last = {NULL, 0}};
    struct bytes_reader reader;
    uint16_t leaf_size;
    bytes_reader_init(&reader, packed, size);
    for (uint32_t i = 0; i < count; i++) {
        if (!leaf_unpack(&models, &reader, back[i], capacity, &leaf_size)) {
            return false;
        }
        assert_true(leaf_size <= capacity);
    }
    return bytes_reader_done(&reader);
}

static void assert_round(uint32_t count)
{
    assert_true(unpack(count, pack(count), LEAF_MAX));
    for (uint32_t i = 0; i < count; i++) {
        assert_memory_equal(back[i], leaves[i], sizes[i]);
    }
}

/* The example of the header. */
static void a_leaf_is_what_differs(void **state)
{
    (void)state;
    static const uint8_t expected[] = {12, 0, 'S', 5, 2, '2', '7', 4, 0};
    memcpy(leaves[0], "SELL0001EURO", 12);
    memcpy(leaves[1], "SELL0027EURO", 12);
    sizes[0] = sizes[1] = 12;
    size_t first = pack(1);
    assert_int_equal(pack(2) - first, sizeof expected);
    assert_memory_equal(packed + first, expected, sizeof expected);
    assert_round(2);
}

/* Leaves of three kinds and any sizes, with runs of others in any places. */
static void all_come_back(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 1);
    for (int round = 0; round < 300; round++) {
        for (uint32_t i = 0; i < LEAVES; i++) {
            sizes[i] = 1 + (size_t)prng_below(&prng, round % 2 == 0 ? LEAF_MAX : 30);
            memset(leaves[i], 0, LEAF_MAX);
            uint64_t runs = prng_below(&prng, 6);
            for (uint64_t run = 0; run < runs; run++) {
                size_t at = (size_t)prng_below(&prng, sizes[i]);
                size_t left = sizes[i] - at;
                prng_fill(&prng, leaves[i] + at, (size_t)prng_below(&prng, left + 1));
            }
            leaves[i][0] = (uint8_t)prng_below(&prng, 3);
        }
        assert_round(LEAVES);
    }
}

/* The counts of a run are bytes: 255, 256 and 510 equal or other ones. */
/* Four equal bytes are a run wherever they begin, three are none. */
static void a_run_is_found_wherever_it_begins(void **state)
{
    enum {
        SIZE = 48,
        HEAD = 3, /* size and first byte */
        RUN = 2   /* two counts */
    };
    uint8_t model[SIZE];
    uint8_t leaf[SIZE];
    uint8_t bytes[2 * SIZE];
    (void)state;
    for (size_t at = 2; at + 4 <= SIZE; at++) {
        struct leaf_models models = {.last = {NULL, 0}};
        memset(model, 1, SIZE);
        memset(leaf, 2, SIZE);
        memset(leaf + at, 1, 4);
        leaf[0] = model[0];
        (void)leaf_pack(&models, model, SIZE, bytes);
        size_t behind = at + 4 < SIZE ? SIZE - at - 4 : 0;
        assert_int_equal(leaf_pack(&models, leaf, SIZE, bytes),
                         HEAD + RUN + (at - 1) + RUN + behind);
        models = (struct leaf_models){.last = {NULL, 0}};
        leaf[at + 3] = 2;
        (void)leaf_pack(&models, model, SIZE, bytes);
        assert_int_equal(leaf_pack(&models, leaf, SIZE, bytes), HEAD + RUN + SIZE - 1);
    }
}

static void long_runs_are_cut(void **state)
{
    (void)state;
    for (size_t size = 250; size < 530; size++) {
        for (uint32_t i = 0; i < 4; i++) {
            sizes[i] = size;
            memset(leaves[i], (int)(i / 2), LEAF_MAX); /* as the one before, and all other */
            leaves[i][0] = 7;
        }
        assert_round(4);
    }
}

/* What is cut off, changed, or too large for the room is refused, or is as long as it says. */
static void nothing_is_written_beyond_the_room(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 2);
    for (uint32_t i = 0; i < 3; i++) {
        sizes[i] = 60;
        prng_fill(&prng, leaves[i], 60);
        memcpy(leaves[i], leaves[0], 40);
    }
    size_t size = pack(3);
    for (size_t cut = 0; cut < size; cut++) {
        assert_false(unpack(3, cut, LEAF_MAX));
    }
    assert_false(unpack(3, size, 59));
    assert_true(unpack(3, size, 60));
    for (int round = 0; round < 20000; round++) {
        size_t at = (size_t)prng_below(&prng, size);
        uint8_t kept = packed[at];
        packed[at] = (uint8_t)prng_next(&prng);
        back[2][60] = 0x55;
        (void)unpack(3, size, 60);
        assert_int_equal(back[2][60], 0x55);
        packed[at] = kept;
    }
}

/* A run of nothing, a model that is not there, and one that is too short. */
static void runs_that_lead_nowhere_are_refused(void **state)
{
    (void)state;
    static const uint8_t forms[][9] = {{2, 0, 'A', 0, 0, 0, 0, 0, 0},
                                       {2, 0, 'A', 1, 0, 0, 0, 0, 0},
                                       {0, 0, 'A', 0, 0, 0, 0, 0, 0},
                                       {2, 0, 'A', 0, 2, 1, 1, 0, 0}};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        memcpy(packed, forms[i], sizeof forms[i]);
        assert_false(unpack(1, sizeof forms[i], LEAF_MAX));
    }
    static const uint8_t short_model[] = {2, 0, 'A', 0, 1, 'x', 3, 0, 'A', 2, 0};
    memcpy(packed, short_model, sizeof short_model);
    assert_true(unpack(1, 6, LEAF_MAX));
    assert_false(unpack(2, sizeof short_model, LEAF_MAX));
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_leaf_is_what_differs),
        cmocka_unit_test(all_come_back),
        cmocka_unit_test(a_run_is_found_wherever_it_begins),
        cmocka_unit_test(long_runs_are_cut),
        cmocka_unit_test(nothing_is_written_beyond_the_room),
        cmocka_unit_test(runs_that_lead_nowhere_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
