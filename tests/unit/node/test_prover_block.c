/*
 * Goal: receipts and events read back from the store are those of the ledger, salts, hashes and
 * proofs included; several readers have one block; what the cache keeps is bounded.
 */
#include "node/prover_block.h"

#include <stdlib.h>
#include <string.h>

#include "node/stored.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/node/stored_world.h"

static struct stored_world stored;
static struct prover_cache *cache;
static const struct ledger_output *output; /* of a block with several receipts and events */

static int set_up(void **state)
{
    (void)state;
    stored_world_open(&stored);
    cache = prover_cache_new();
    output = &stored.world.output;
    for (int i = 0; i < 3; i++) {
        stored_world_deal(&stored, 1000 + i, true);
    }
    world_block(&stored.world);
    assert_true(output->receipt_count > 2 && output->event_count > 2);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    prover_cache_free(cache);
    stored_world_close(&stored);
    return 0;
}

static void save(const struct ledger_output *saved)
{
    struct stored_roots roots = {
        .height = saved->height, .result = saved->result, .secret = saved->secret};
    assert_int_equal(stored_leaves_append(stored.store, saved->height, saved->receipts,
                                          saved->receipt_count, &roots.receipts),
                     STORE_OK);
    assert_int_equal(stored_leaves_append(stored.store, saved->height, saved->events,
                                          saved->event_count, &roots.events),
                     STORE_OK);
    store_batch_clear(stored.batch);
    stored_roots_put(stored.batch, &roots);
    assert_int_equal(store_write(stored.store, stored.batch, STORE_LAZY), STORE_OK);
}

static void assert_leaves(enum leaf_kind kind, const struct ledger_leaf *expected, uint32_t count)
{
    struct stored_leaves leaves;
    assert_int_equal(stored_leaves_get(stored.store, kind, output->height, &leaves), STORE_OK);
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
    save(output);
    assert_leaves(LEAF_RECEIPT, output->receipts, output->receipt_count);
    assert_leaves(LEAF_EVENT, output->events, output->event_count);
}

static void every_leaf_is_proved_against_its_root(void **state)
{
    (void)state;
    struct proof_leaf proof;
    const struct result *result = &output->result;
    save(output);
    for (int kind = LEAF_RECEIPT; kind <= LEAF_EVENT; kind++) {
        struct prover_block *block;
        assert_int_equal(
            prover_block_open(cache, stored.store, (enum leaf_kind)kind, output->height, &block),
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
    save(output);
    save(&empty);
    assert_int_equal(prover_block_open(cache, stored.store, LEAF_EVENT, 1, &block), PROVER_OK);
    assert_int_equal(prover_block_count(block), 0);
    prover_block_close(block);
    assert_int_equal(prover_block_open(cache, stored.store, LEAF_EVENT, 999, &block),
                     PROVER_PENDING);
    stored_world_reopen(&stored);
    assert_int_equal(prover_block_open(cache, stored.store, LEAF_EVENT, output->height, &block),
                     PROVER_PENDING);
    save(output);
    assert_leaves(LEAF_EVENT, output->events, output->event_count);
}

/* Two that ask have the same block, and the one that is left has it still. */
static void readers_share_a_block(void **state)
{
    (void)state;
    struct prover_block *one;
    struct prover_block *two;
    save(output);
    assert_int_equal(prover_block_open(cache, stored.store, LEAF_EVENT, output->height, &one),
                     PROVER_OK);
    assert_int_equal(prover_block_open(cache, stored.store, LEAF_EVENT, output->height, &two),
                     PROVER_OK);
    assert_ptr_equal(one, two);
    prover_block_close(one);
    assert_memory_equal(prover_block_leaf(two, 0)->bytes, output->events[0].bytes,
                        output->events[0].size);
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
    struct ledger_output later = *output;
    for (uint64_t i = 0; i < PROVER_CACHE_BLOCKS + 1; i++) {
        later.height = output->height + i;
        save(&later);
    }
    assert_int_equal(prover_block_open(cache, stored.store, LEAF_EVENT, output->height, &open),
                     PROVER_OK);
    for (uint64_t i = 1; i < PROVER_CACHE_BLOCKS + 1; i++) {
        assert_int_equal(
            prover_block_open(cache, stored.store, LEAF_EVENT, output->height + i, &block),
            PROVER_OK);
        prover_block_close(block);
    }
    assert_int_equal(prover_block_prove(open, 0, &proof), PROVER_OK);
    assert_true(leaf_proof_verify(&proof.leaf, &output->result.events_root));
    assert_int_equal(prover_block_open(cache, stored.store, LEAF_EVENT, output->height, &first),
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
