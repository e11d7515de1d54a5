/*
 * Goal: a checkpoint restores to the same state, record by record and root by root, also after more
 * blocks and a second one; a chunk that is cut, changed or gone is not restored from.
 */
#include "node/checkpoint.h"

#include <stdlib.h>
#include <string.h>

#include "consensus/quorum.h"
#include "ledger/state/snapshot.h"
#include "node/stored.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/node/stored_world.h"

static struct stored_world stored;
static struct world fresh;

static void trade(int64_t amount)
{
    const bool both = amount % 3 != 0; /* some are matched and settle, some wait */
    stored_world_deal(&stored, amount, both);
    world_block(&stored.world);
}

static int set_up(void **state)
{
    (void)state;
    stored_world_open(&stored);
    world_open(&fresh, NULL);
    for (int64_t i = 0; i < 60; i++) {
        trade(100 + i);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stored_world_close(&stored);
    world_close(&fresh);
    return 0;
}

static size_t take(void)
{
    while (!snapshot_ready(stored.world.ledger)) {
        world_block(&stored.world);
    }
    store_batch_clear(stored.batch);
    assert_int_equal(checkpoint_take(stored.world.ledger, stored.store, stored.batch),
                     CHECKPOINT_OK);
    assert_int_equal(store_sync_results(stored.store, stored.batch), STORE_OK);
    assert_int_equal(store_write(stored.store, stored.batch, STORE_SYNC), STORE_OK);
    return store_batch_size(stored.batch);
}

static void assert_same(void)
{
    const struct result *a = ledger_result(stored.world.ledger);
    const struct result *b = ledger_result(fresh.ledger);
    assert_int_equal(ledger_height(stored.world.ledger), ledger_height(fresh.ledger));
    assert_true(hash_equal(&a->state_root, &b->state_root));
    assert_true(hash_equal(&a->result_root, &b->result_root));
}

static void it_restores_to_the_same_state(void **state)
{
    (void)state;
    (void)take();
    assert_int_equal(checkpoint_restore(fresh.ledger, stored.store), CHECKPOINT_OK);
    assert_same();
}

/* The second one holds what changed, and restores with what is left of the first. */
static void a_second_one_builds_on_the_first(void **state)
{
    (void)state;
    size_t first = take();
    trade(7000);
    size_t second = take();
    assert_true(second < first);
    assert_int_equal(checkpoint_restore(fresh.ledger, stored.store), CHECKPOINT_OK);
    assert_same();
}

static size_t chunk_size(enum record_kind kind)
{
    uint8_t *chunk = malloc(SNAPSHOT_CHUNK_BYTES_MAX);
    struct bytes_writer writer;
    assert_non_null(chunk);
    bytes_writer_init(&writer, chunk, SNAPSHOT_CHUNK_BYTES_MAX);
    snapshot_chunk_write(stored.world.ledger, kind, 0, &writer);
    assert_false(writer.failed);
    free(chunk);
    return writer.size;
}

/* Sixty instructions of one market take a third of their bytes or less. */
static void records_that_are_alike_are_packed(void **state)
{
    (void)state;
    struct store_bytes packed;
    (void)take();
    uint64_t part = checkpoint_part(RECORD_INSTRUCTION, 0);
    assert_int_equal(store_get_checkpoint(stored.store, part, &packed), STORE_OK);
    assert_true(packed.size * 3 < chunk_size(RECORD_INSTRUCTION) * 2);
    store_bytes_free(&packed);
}

static void put_back(uint64_t part, const uint8_t *bytes, size_t size)
{
    store_batch_clear(stored.batch);
    assert_int_equal(
        store_append_checkpoint(stored.store, stored.batch, part, bytes, (uint32_t)size), STORE_OK);
    assert_int_equal(store_sync_results(stored.store, stored.batch), STORE_OK);
    assert_int_equal(store_write(stored.store, stored.batch, STORE_SYNC), STORE_OK);
}

static void what_is_cut_or_changed_is_not_restored(void **state)
{
    (void)state;
    struct store_bytes packed;
    uint64_t part = checkpoint_part(RECORD_INSTRUCTION, 0);
    (void)take();
    assert_int_equal(store_get_checkpoint(stored.store, part, &packed), STORE_OK);
    for (size_t at = 1; at < packed.size; at += packed.size / 23 + 1) {
        struct world other;
        world_open(&other, NULL);
        put_back(part, packed.data, at);
        assert_int_equal(checkpoint_restore(other.ledger, stored.store), CHECKPOINT_BROKEN);
        world_close(&other);
        world_open(&other, NULL);
        packed.data[at] ^= 0x01;
        put_back(part, packed.data, packed.size);
        packed.data[at] ^= 0x01;
        assert_int_equal(checkpoint_restore(other.ledger, stored.store), CHECKPOINT_BROKEN);
        world_close(&other);
    }
    put_back(part, packed.data, packed.size);
    assert_int_equal(checkpoint_restore(fresh.ledger, stored.store), CHECKPOINT_OK);
    assert_same();
    store_bytes_free(&packed);
}

/* Goal: members take their checkpoints in turn, evenly; who is no member, at no other's time. */
static void members_take_theirs_in_turn(void **state)
{
    (void)state;
    enum {
        BYTES = 1600
    };
    for (uint16_t count = 1; count <= 7; count++) {
        for (uint16_t self = 0; self < count; self++) {
            const uint64_t start = checkpoint_head_start(BYTES, self, count);
            assert_true(start < BYTES);
            assert_true(start <= BYTES * self / count && start + count > BYTES * self / count);
        }
    }
    assert_int_equal(checkpoint_head_start(BYTES, 3, 4), 1200);
    assert_int_equal(checkpoint_head_start(BYTES, UINT16_MAX, 4), 0);
}

/* Goal: if all are due at each renewal, the quorum never takes one together, and nobody is left
 * out: with renewals as far apart as they can be, or closer by any number of blocks. */
static void those_who_are_due_wait_for_their_turn(void **state)
{
    (void)state;
    enum {
        RENEWAL = 16,
        HEIGHTS = 16 * RENEWAL * 8
    };
    for (uint16_t count = 1; count <= 31; count++) {
        for (uint64_t step = 1; step <= RENEWAL; step++) {
            uint32_t taken[31] = {0};
            for (uint64_t height = 5; height < HEIGHTS; height += step) {
                uint32_t at_once = 0;
                for (uint16_t self = 0; self < count; self++) {
                    const bool turn = checkpoint_turn(height, RENEWAL, self, count);
                    at_once += turn ? 1u : 0u;
                    taken[self] += turn ? 1u : 0u;
                }
                assert_true(at_once <= 1 || count - at_once >= quorum_size(count));
            }
            for (uint16_t self = 0; self < count; self++) {
                assert_true(taken[self] > 0);
            }
        }
    }
    assert_true(checkpoint_turn(7, RENEWAL, UINT16_MAX, 4));
    assert_true(checkpoint_turn(7, RENEWAL, 4, 4));
}

/* A chunk that is not in the store, as one that rotted, is written though it did not change. */
static void a_chunk_that_is_not_there_is_written(void **state)
{
    (void)state;
    (void)take();
    struct memory_store *memory = memory_store_new(2);
    struct store *other;
    assert_non_null(memory);
    assert_int_equal(memory_store_open(memory, ledger_chain_id(stored.world.ledger), &other),
                     STORE_OK);
    store_batch_clear(stored.batch);
    assert_int_equal(checkpoint_take(stored.world.ledger, other, stored.batch), CHECKPOINT_OK);
    assert_int_equal(store_sync_results(other, stored.batch), STORE_OK);
    assert_int_equal(store_write(other, stored.batch, STORE_SYNC), STORE_OK);
    assert_int_equal(checkpoint_restore(fresh.ledger, other), CHECKPOINT_OK);
    assert_same();
    store_close(other);
    memory_store_free(memory);
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_take_theirs_in_turn),
        cmocka_unit_test(those_who_are_due_wait_for_their_turn),
        cmocka_unit_test_setup_teardown(it_restores_to_the_same_state, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_second_one_builds_on_the_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(records_that_are_alike_are_packed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_chunk_that_is_not_there_is_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_cut_or_changed_is_not_restored, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
