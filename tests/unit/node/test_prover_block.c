/*
 * Goal: receipts and events read back from the store are those of the ledger, salts, hashes and
 * proofs included; several readers have one block; what the cache keeps is bounded.
 */
#include "node/prover_block.h"

#include <stdlib.h>
#include <string.h>

#include "netsim/engine/memory_store.h"
#include "node/stored.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/letter.h"

enum {
    SELLER = WORLD_PARTICIPANT,
    BUYER = WORLD_PARTICIPANT + 1,
};

static struct memory_store *memory;
static struct store *store;
static struct store_batch *batch;
static struct prover_cache *cache;
static struct world world;

/* A block with several receipts and events, stored. */
static int set_up(void **state)
{
    struct command sell;
    struct command buy;
    (void)state;
    memory = memory_store_new(1);
    batch = store_batch_new();
    cache = prover_cache_new();
    assert_int_equal(memory_store_open(memory, &(struct hash){{1}}, &store), STORE_OK);
    world_open(&world, NULL);
    world_fund(&world, SELLER, WORLD_ISIN_1, 100);
    world_fund(&world, BUYER, WORLD_EUR, 100000);
    for (int i = 0; i < 3; i++) {
        world_trade(&world,
                    &(struct world_trade){SELLER, BUYER, WORLD_ISIN_1, 10, 1000 + i, WORLD_TODAY},
                    &sell, &buy);
        world_add(&world, SELLER, &sell);
        world_add(&world, BUYER, &buy);
    }
    world_block(&world);
    assert_true(world.output.receipt_count > 2 && world.output.event_count > 2);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    prover_cache_free(cache);
    store_close(store);
    store_batch_free(batch);
    memory_store_free(memory);
    world_close(&world);
    return 0;
}

static void save(const struct ledger_output *output)
{
    struct stored_roots roots = {
        .height = output->height, .result = output->result, .secret = output->secret};
    assert_int_equal(stored_leaves_append(store, output->height, output->receipts,
                                          output->receipt_count, &roots.receipts),
                     STORE_OK);
    assert_int_equal(stored_leaves_append(store, output->height, output->events,
                                          output->event_count, &roots.events),
                     STORE_OK);
    store_batch_clear(batch);
    stored_roots_put(batch, &roots);
    assert_int_equal(store_write(store, batch, STORE_LAZY), STORE_OK);
}

static void assert_leaves(enum leaf_kind kind, const struct ledger_leaf *expected, uint32_t count)
{
    struct stored_leaves leaves;
    assert_int_equal(stored_leaves_get(store, kind, world.output.height, &leaves), STORE_OK);
    stored_leaves_hash(&leaves);
    assert_int_equal(leaves.count, count);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(leaves.leaves[i].size, expected[i].size);
        assert_memory_equal(leaves.leaves[i].bytes, expected[i].bytes, expected[i].size);
        assert_memory_equal(leaves.leaves[i].salt.bytes, expected[i].salt.bytes, SALT_SIZE);
        assert_true(hash_equal(&leaves.leaves[i].hash, &expected[i].hash));
    }
    stored_leaves_free(&leaves);
}

static void leaves_come_back_with_salts_and_hashes(void **state)
{
    (void)state;
    save(&world.output);
    assert_leaves(LEAF_RECEIPT, world.output.receipts, world.output.receipt_count);
    assert_leaves(LEAF_EVENT, world.output.events, world.output.event_count);
}

static void every_leaf_is_proved_against_its_root(void **state)
{
    (void)state;
    struct proof_leaf proof;
    const struct result *result = &world.output.result;
    save(&world.output);
    for (int kind = LEAF_RECEIPT; kind <= LEAF_EVENT; kind++) {
        struct prover_block *block;
        assert_int_equal(
            prover_block_open(cache, store, (enum leaf_kind)kind, world.output.height, &block),
            PROVER_OK);
        const struct hash *root =
            kind == LEAF_RECEIPT ? &result->receipts_root : &result->events_root;
        for (uint32_t i = 0; i < prover_block_count(block); i++) {
            assert_int_equal(prover_block_prove(block, i, &proof), PROVER_OK);
            assert_true(leaf_proof_verify(&proof.leaf, root));
        }
        prover_block_close(block);
    }
}

/* An empty list is a block without leaves; a height that is not there, or whose results a crash has
 * taken, may come. */
static void what_is_not_there_is_pending(void **state)
{
    (void)state;
    struct prover_block *block;
    struct ledger_output empty = {.height = 1};
    save(&world.output);
    save(&empty);
    assert_int_equal(prover_block_open(cache, store, LEAF_EVENT, 1, &block), PROVER_OK);
    assert_int_equal(prover_block_count(block), 0);
    prover_block_close(block);
    assert_int_equal(prover_block_open(cache, store, LEAF_EVENT, 999, &block), PROVER_PENDING);
    store_close(store);
    assert_int_equal(memory_store_open(memory, &(struct hash){{1}}, &store), STORE_OK);
    assert_int_equal(prover_block_open(cache, store, LEAF_EVENT, world.output.height, &block),
                     PROVER_PENDING);
    save(&world.output);
    assert_leaves(LEAF_EVENT, world.output.events, world.output.event_count);
}

/* Two that ask have the same block, and the one that is left has it still. */
static void readers_share_a_block(void **state)
{
    (void)state;
    struct prover_block *one;
    struct prover_block *two;
    save(&world.output);
    assert_int_equal(prover_block_open(cache, store, LEAF_EVENT, world.output.height, &one),
                     PROVER_OK);
    assert_int_equal(prover_block_open(cache, store, LEAF_EVENT, world.output.height, &two),
                     PROVER_OK);
    assert_ptr_equal(one, two);
    prover_block_close(one);
    assert_memory_equal(prover_block_leaf(two, 0)->bytes, world.output.events[0].bytes,
                        world.output.events[0].size);
    prover_block_close(two);
}

/* A block that is pushed out while somebody has it open stays whole until it is closed. */
static void the_one_asked_for_longest_ago_goes_first(void **state)
{
    (void)state;
    struct prover_block *open;
    struct prover_block *first;
    struct prover_block *block;
    struct proof_leaf proof;
    struct ledger_output output = world.output;
    for (uint64_t i = 0; i < PROVER_CACHE_BLOCKS + 1; i++) {
        output.height = world.output.height + i;
        save(&output);
    }
    assert_int_equal(prover_block_open(cache, store, LEAF_EVENT, world.output.height, &open),
                     PROVER_OK);
    for (uint64_t i = 1; i < PROVER_CACHE_BLOCKS + 1; i++) {
        assert_int_equal(
            prover_block_open(cache, store, LEAF_EVENT, world.output.height + i, &block),
            PROVER_OK);
        prover_block_close(block);
    }
    assert_int_equal(prover_block_prove(open, 0, &proof), PROVER_OK);
    assert_true(leaf_proof_verify(&proof.leaf, &world.output.result.events_root));
    assert_int_equal(prover_block_open(cache, store, LEAF_EVENT, world.output.height, &first),
                     PROVER_OK);
    assert_ptr_not_equal(first, open);
    prover_block_close(open);
    prover_block_close(first);
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(leaves_come_back_with_salts_and_hashes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_leaf_is_proved_against_its_root, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_there_is_pending, set_up, tear_down),
        cmocka_unit_test_setup_teardown(readers_share_a_block, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_one_asked_for_longest_ago_goes_first, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
