/*
 * Goal: many hashes at once are the same as one after the other, whatever their sizes, keys and
 * domains, however many there are, and in every way that the processor has.
 */
#include <string.h>

#include "base/prng.h"
#include "crypto/hash_many.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

enum {
    ITEMS_MAX = 70,
    BYTES_MAX = 700
};

struct bench {
    uint8_t data[ITEMS_MAX][BYTES_MAX];
    uint8_t keys[ITEMS_MAX][64];
    struct hash_item items[ITEMS_MAX];
    struct hash got[ITEMS_MAX];
};

static void one_by_one(const struct hash_item *item, struct hash *out)
{
    if (item->key_size > 0) {
        hash_keyed(out, item->domain, item->key, item->key_size, item->data, item->size);
    } else {
        hash_compute(out, item->domain, item->data, item->size);
    }
}

static void draw(struct prng *prng, struct bench *bench, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        prng_fill(prng, bench->data[i], BYTES_MAX);
        prng_fill(prng, bench->keys[i], 64);
        bench->items[i] =
            (struct hash_item){.domain = (enum hash_domain)prng_below(prng, HASH_DOMAIN_COUNT),
                               .key = bench->keys[i],
                               .key_size = prng_below(prng, 2) == 0 ? 0 : 16 + prng_below(prng, 49),
                               .data = bench->data[i],
                               .size = prng_below(prng, BYTES_MAX + 1),
                               .out = &bench->got[i]};
    }
}

static void check(struct bench *bench, size_t count)
{
    for (int way = -1; way < HASH_WAY_COUNT; way++) {
        memset(bench->got, 0, sizeof(bench->got));
        if (way < 0) {
            hash_many(bench->items, count);
        } else if (hash_way_supported((enum hash_way)way)) {
            hash_many_by((enum hash_way)way, bench->items, count);
        } else {
            continue;
        }
        for (size_t i = 0; i < count; i++) {
            struct hash wanted;
            one_by_one(&bench->items[i], &wanted);
            assert_true(hash_equal(&wanted, &bench->got[i]));
        }
    }
}

static void any_mixture_is_the_same_as_one_by_one(void **state)
{
    (void)state;
    static struct bench bench;
    struct prng prng;
    prng_init(&prng, 1);
    for (size_t count = 1; count <= ITEMS_MAX; count++) {
        draw(&prng, &bench, count);
        check(&bench, count);
    }
}

/* Every size up to beyond four blocks, in many of the lanes, with and without a key. */
static void every_size_fills_its_last_block_rightly(void **state)
{
    (void)state;
    static struct bench bench;
    struct prng prng;
    prng_init(&prng, 2);
    for (size_t size = 0; size <= 520; size++) {
        draw(&prng, &bench, 9);
        for (size_t i = 0; i < 9; i++) {
            bench.items[i].size = i == size % 8 || i == 8 ? size : 64 * i;
            bench.items[i].key_size = size % 3 == 0 ? 0 : 16;
        }
        check(&bench, 9);
    }
}

/* Under one domain, without keys and of as many blocks: any number of them, of any sizes; more than
 * are hashed at once. */
static void alike_ones_are_the_same_as_one_by_one(void **state)
{
    (void)state;
    static struct bench bench;
    struct prng prng;
    prng_init(&prng, 3);
    for (size_t blocks = 1; blocks <= 5; blocks++) {
        for (size_t count = 1; count <= 35; count++) {
            draw(&prng, &bench, count);
            for (size_t i = 0; i < count; i++) {
                bench.items[i].domain = HASH_RECEIPT;
                bench.items[i].key_size = 0;
                bench.items[i].size = (blocks - 1) * 128 + 1 + prng_below(&prng, 128);
            }
            check(&bench, count);
            bench.items[count / 2].size = (blocks - 1) * 128; /* whole, and perhaps one less */
            check(&bench, count);
            bench.items[count / 2].domain = HASH_EVENT;
            check(&bench, count);
            bench.items[count - 1].data = NULL;
            bench.items[count - 1].size = 0;
            check(&bench, count);
        }
    }
}

/* What lies behind a block that is not whole is not read into it, and need not even be there. */
static void what_is_behind_the_data_does_not_count(void **state)
{
    (void)state;
    static struct bench bench;
    struct hash first[9];
    for (size_t i = 0; i < 9; i++) {
        memset(bench.data[i], (int)i, BYTES_MAX);
        bench.items[i] = (struct hash_item){
            .domain = HASH_RECORD, .data = bench.data[i], .size = 30 * i, .out = &bench.got[i]};
    }
    check(&bench, 9);
    memcpy(first, bench.got, sizeof(first));
    for (size_t i = 0; i < 9; i++) {
        memset(bench.data[i] + 30 * i, 0xee, BYTES_MAX - 30 * i);
    }
    check(&bench, 9);
    assert_memory_equal(first, bench.got, sizeof(first));
}

static void nothing_is_hashed_of_no_items(void **state)
{
    (void)state;
    hash_many(NULL, 0);
}

/* Leaves of a tree are hashed where they stand. */
static void a_result_may_replace_its_own_data(void **state)
{
    (void)state;
    struct hash places[9];
    struct hash wanted[9];
    struct hash_item items[9];
    for (size_t i = 0; i < 9; i++) {
        memset(places[i].bytes, (int)i, HASH_SIZE);
        hash_compute(&wanted[i], HASH_MERKLE_NODE, places[i].bytes, HASH_SIZE);
        items[i] = (struct hash_item){.domain = HASH_MERKLE_NODE,
                                      .data = places[i].bytes,
                                      .size = HASH_SIZE,
                                      .out = &places[i]};
    }
    hash_many(items, 9);
    for (size_t i = 0; i < 9; i++) {
        assert_true(hash_equal(&wanted[i], &places[i]));
    }
}

static void a_program_may_start_here(void **state)
{
    (void)state;
    assert_true(hash_many_check());
    assert_true(hash_way_supported(HASH_WAY_EACH));
    assert_false(hash_way_supported(HASH_WAY_COUNT));
}

static void misuse_is_asserted(void **state)
{
    (void)state;
    struct hash out[2];
    struct hash_item items[2] = {{.domain = HASH_EVENT, .data = "a", .size = 1, .out = &out[0]},
                                 {.domain = HASH_EVENT, .data = "a", .size = 1, .out = &out[1]}};
    items[1].domain = HASH_DOMAIN_COUNT;
    expect_assert_failure(hash_many(items, 2));
    items[1].domain = HASH_EVENT;
    items[1].data = NULL;
    expect_assert_failure(hash_many(items, 2));
    items[1].data = "a";
    items[1].key = "0123456789abcde";
    items[1].key_size = 15;
    expect_assert_failure(hash_many(items, 2));
    items[1].key_size = 65;
    expect_assert_failure(hash_many(items, 2));
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_mixture_is_the_same_as_one_by_one),
        cmocka_unit_test(every_size_fills_its_last_block_rightly),
        cmocka_unit_test(alike_ones_are_the_same_as_one_by_one),
        cmocka_unit_test(what_is_behind_the_data_does_not_count),
        cmocka_unit_test(nothing_is_hashed_of_no_items),
        cmocka_unit_test(a_result_may_replace_its_own_data),
        cmocka_unit_test(a_program_may_start_here),
        cmocka_unit_test(misuse_is_asserted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
