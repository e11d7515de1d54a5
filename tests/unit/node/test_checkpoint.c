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

static struct checkpoint_pace pace_of(uint16_t self, uint16_t count)
{
    return (struct checkpoint_pace){
        .bytes = 1600, .renewal_blocks_max = 16, .self = self, .validator_count = count};
}

/* Goal: members begin evenly apart; who is no member, at no other's time. */
static void members_begin_in_turn(void **state)
{
    (void)state;
    struct checkpoint_pace pace = pace_of(0, 1);
    for (uint16_t count = 1; count <= 7; count++) {
        for (uint16_t self = 0; self < count; self++) {
            pace = pace_of(self, count);
            const uint64_t start = checkpoint_head_start(&pace);
            assert_true(start < pace.bytes);
            assert_true(start <= pace.bytes * self / count &&
                        start + count > pace.bytes * self / count);
        }
    }
    pace = pace_of(3, 4);
    assert_int_equal(checkpoint_head_start(&pace), 1200);
    pace = pace_of(UINT16_MAX, 4);
    assert_int_equal(checkpoint_head_start(&pace), 0);
    assert_true(checkpoint_due(&pace, pace.bytes, 7));
    assert_false(checkpoint_due(&pace, pace.bytes - 1, 7));
}

/* Goal: if all are due at each renewal, the quorum never takes one together, and nobody is left
 * out: with renewals as far apart as they can be, or closer by any number of blocks. */
static void those_who_are_due_wait_for_their_turn(void **state)
{
    (void)state;
    enum {
        MEMBERS_MAX = 31,
        HEIGHTS = 2048
    };
    for (uint16_t count = 1; count <= MEMBERS_MAX; count++) {
        for (uint64_t step = 1; step <= pace_of(0, 1).renewal_blocks_max; step++) {
            uint32_t taken[MEMBERS_MAX] = {0};
            for (uint64_t height = 5; height < HEIGHTS; height += step) {
                uint32_t at_once = 0;
                for (uint16_t self = 0; self < count; self++) {
                    const struct checkpoint_pace pace = pace_of(self, count);
                    const bool due = checkpoint_due(&pace, pace.bytes, height);
                    at_once += due ? 1u : 0u;
                    taken[self] += due ? 1u : 0u;
                }
                assert_true(at_once <= 1 || count - at_once >= quorum_size(count));
            }
            for (uint16_t self = 0; self < count; self++) {
                assert_true(taken[self] > 0);
            }
        }
    }
}

/* Goal: a turn that does not come is not waited for without end. */
static void the_wait_is_bounded(void **state)
{
    (void)state;
    const struct checkpoint_pace pace = pace_of(1, 4);
    assert_false(checkpoint_due(&pace, pace.bytes * CHECKPOINT_WAIT_MAX - 1, 7));
    assert_true(checkpoint_due(&pace, pace.bytes * CHECKPOINT_WAIT_MAX, 7));
}

/* Goal: a rush, in which all are due at each renewal, leaves the members as far apart as before. */
static void they_are_apart_again_after_a_rush(void **state)
{
    (void)state;
    enum {
        MEMBERS = 4,
        RUSH = 640, /* heights; sixteen bring as much as lies between two checkpoints and more */
        HEIGHTS = 4000
    };
    uint64_t bytes[MEMBERS];
    uint64_t last = 0;
    uint32_t taken = 0;
    for (uint16_t self = 0; self < MEMBERS; self++) {
        const struct checkpoint_pace pace = pace_of(self, MEMBERS);
        bytes[self] = checkpoint_head_start(&pace);
    }
    for (uint64_t height = 1; height < HEIGHTS; height++) {
        const bool rush = height < RUSH;
        for (uint16_t self = 0; self < MEMBERS; self++) {
            const struct checkpoint_pace pace = pace_of(self, MEMBERS);
            bytes[self] += rush ? 160 : 4;
            if ((!rush || height % 16 == 0) && checkpoint_due(&pace, bytes[self], height)) {
                bytes[self] = checkpoint_carry(&pace, bytes[self]);
                assert_true(height != last);
                /* Every 100 heights, or a turn's wait later. */
                assert_true(height < RUSH + 400 || height - last >= 100 - 64);
                last = height;
                taken++;
            }
        }
    }
    assert_true(taken > (HEIGHTS - RUSH) / 100);
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
        cmocka_unit_test(members_begin_in_turn),
        cmocka_unit_test(those_who_are_due_wait_for_their_turn),
        cmocka_unit_test(the_wait_is_bounded),
        cmocka_unit_test(they_are_apart_again_after_a_rush),
        cmocka_unit_test_setup_teardown(it_restores_to_the_same_state, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_second_one_builds_on_the_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(records_that_are_alike_are_packed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_chunk_that_is_not_there_is_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_cut_or_changed_is_not_restored, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
