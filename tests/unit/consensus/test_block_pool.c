/*
 * Goal: whatever is added, completed, removed and pushed together, in any order, every block in the
 * pool still has its own bytes.
 */
#include "tests/support/cmocka.h"

#include <stdlib.h>
#include <string.h>

#include "base/prng.h"
#include "consensus/block_pool.h"

#define N         4
#define CAPACITY  8
#define BLOCK_MAX 2048
#define HEAP      (CAPACITY * 700)
#define BODY_SIZE (4 + N * 8)

static _Alignas(16) uint8_t memory[1u << 16];
static struct block_pool pool;

static int setup(void **state)
{
    (void)state;
    struct arena arena;
    memset(memory, 0, sizeof memory);
    arena_init(&arena, memory, sizeof memory);
    block_pool_init(&pool, CAPACITY, HEAP, BLOCK_MAX, N, &arena);
    return 0;
}

/* A block that is recognised by its view: the cut of every lane says it. */
static struct hash block_make(uint64_t view, uint32_t justification_size, struct block *block)
{
    static uint8_t body[BODY_SIZE];
    static uint8_t justification[BLOCK_MAX];
    for (uint32_t lane = 0; lane < N; lane++) {
        bytes_put_u64(body + 4 + lane * 8, view);
    }
    memset(justification, (int)view, sizeof justification);
    *block = (struct block){.header = {.view = view, .height = 1},
                            .justification = justification,
                            .justification_size = justification_size,
                            .body = body,
                            .body_size = sizeof body};
    struct hash hash;
    header_hash(&block->header, &hash);
    return hash;
}

static void check_block(uint64_t view)
{
    struct block made;
    struct block held;
    const struct hash hash = block_make(view, 0, &made);
    const uint32_t index = block_pool_find(&pool, &hash);
    assert_int_not_equal(index, BLOCK_POOL_NONE);
    block_pool_open(&pool, index, &held);
    assert_int_equal(held.header.view, view);
    for (uint32_t i = 0; i < held.justification_size; i++) {
        assert_int_equal(held.justification[i], (uint8_t)view);
    }
    assert_int_equal(held.body_size, BODY_SIZE);
    assert_int_equal(bytes_get_u64(block_pool_cut(&pool, index)), view);
    assert_int_equal(bytes_get_u64(held.body + 4), view);
}

static bool present(uint64_t view)
{
    struct block made;
    const struct hash hash = block_make(view, 0, &made);
    return block_pool_find(&pool, &hash) != BLOCK_POOL_NONE;
}

/* Goal: full is a result, not a crash. */
static void test_full(void **state)
{
    (void)state;
    struct block block;
    for (uint64_t view = 1; view <= CAPACITY; view++) {
        const struct hash hash = block_make(view, 10, &block);
        assert_int_not_equal(block_pool_add(&pool, &hash, &block, NULL, 0), BLOCK_POOL_NONE);
    }
    const struct hash hash = block_make(99, 10, &block);
    assert_int_equal(block_pool_add(&pool, &hash, &block, NULL, 0), BLOCK_POOL_NONE);
    block_pool_remove_until(&pool, 1);
    assert_int_not_equal(block_pool_add(&pool, &hash, &block, NULL, 0), BLOCK_POOL_NONE);
    const struct hash large = block_make(100, BLOCK_MAX, &block);
    assert_int_equal(block_pool_add(&pool, &large, &block, NULL, 0), BLOCK_POOL_NONE);
}

/* Goal: the certificate stands behind its block, also after the heap was pushed together. */
static void test_certificate_behind(void **state)
{
    (void)state;
    const uint8_t certificate[] = {1, 2, 3, 4, 5};
    struct block block;
    struct hash hash = block_make(1, 1500, &block);
    assert_int_not_equal(block_pool_add(&pool, &hash, &block, NULL, 0), BLOCK_POOL_NONE);
    hash = block_make(2, 1500, &block);
    assert_int_not_equal(block_pool_add(&pool, &hash, &block, certificate, sizeof certificate),
                         BLOCK_POOL_NONE);
    hash = block_make(3, 900, &block);
    assert_int_not_equal(block_pool_add(&pool, &hash, &block, NULL, 0), BLOCK_POOL_NONE);
    block_pool_remove_until(&pool, 1);
    const size_t used = pool.heap_used;
    block_pool_tidy(&pool);
    assert_true(pool.heap_used < used);
    hash = block_make(2, 0, &block);
    const uint32_t index = block_pool_find(&pool, &hash);
    assert_memory_equal(block_pool_certificate(&pool, index), certificate, sizeof certificate);
    check_block(2);
    check_block(3);
}

/* Goal: a long random life against a model that only knows which views are in. */
static void test_random_life(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 4);
    bool in[256] = {false};
    for (uint32_t round = 0; round < 20000; round++) {
        const uint64_t view = 1 + prng_below(&prng, 255);
        struct block block;
        const struct hash hash = block_make(view, (uint32_t)prng_below(&prng, 3) * 100, &block);
        const uint32_t index = block_pool_find(&pool, &hash);
        assert_int_equal(index != BLOCK_POOL_NONE, in[view]);
        if (index == BLOCK_POOL_NONE) {
            in[view] = block_pool_add(&pool, &hash, &block, NULL, 0) != BLOCK_POOL_NONE;
        } else if (pool.blocks[index].justification_size == 0 && prng_chance(&prng, 1, 2)) {
            (void)block_make(view, 300, &block);
            const bool fits = HEADER_SIZE + 8 + 300 + BODY_SIZE <= HEAP - pool.heap_used;
            assert_int_equal(block_pool_complete(&pool, index, block.justification, 300), fits);
        } else if (prng_chance(&prng, 1, 8)) {
            block_pool_remove_until(&pool, view);
            memset(in, 0, view + 1);
        } else {
            block_pool_remove(&pool, index);
            in[view] = false;
        }
        block_pool_tidy(&pool);
        for (uint64_t other = 1; other < 256; other++) {
            if (in[other]) {
                check_block(other);
            }
        }
        assert_true(!in[1] || present(1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_full, setup),
        cmocka_unit_test_setup(test_certificate_behind, setup),
        cmocka_unit_test_setup(test_random_life, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
