/*
 * Goal: I9. The same blocks give the same roots and the same leaves, byte for byte: on a second
 * ledger that executes them all, and on one that is restored from a snapshot at every k-th block
 * and continued. Snapshots with any byte changed, with chunks missing or of another chain do not
 * restore.
 */
#include <stdlib.h>
#include <string.h>

#include "base/prng.h"
#include "ledger/command/envelope.h"
#include "ledger/instruction/instruction.h"
#include "ledger/state.h"
#include "ledger/state/invariant.h"
#include "ledger/state/snapshot.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/history.h"

enum {
    BLOCK_COUNT = 160,
    EVERY = 7
};

/* The same block for another ledger. */
static void apply_same(struct ledger *ledger, const struct world *world,
                       const struct ledger_envelope *envelopes, uint32_t count, uint64_t ts_ms,
                       struct ledger_output *output)
{
    struct ledger_block block = {.height = world->output.height,
                                 .ts_ms = ts_ms,
                                 .envelopes = envelopes,
                                 .envelope_count = count};
    memcpy(block.block_id.bytes, &block.height, sizeof(block.height));
    ledger_apply(ledger, &block, output);
}

static void assert_same_leaves(const struct ledger_leaf *a, const struct ledger_leaf *b,
                               uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(a[i].size, b[i].size);
        assert_memory_equal(a[i].bytes, b[i].bytes, a[i].size);
        assert_memory_equal(a[i].salt.bytes, b[i].salt.bytes, SALT_SIZE);
        assert_true(hash_equal(&a[i].hash, &b[i].hash));
    }
}

static void assert_same(const struct ledger_output *a, const struct ledger_output *b)
{
    assert_int_equal(a->receipt_count, b->receipt_count);
    assert_int_equal(a->event_count, b->event_count);
    assert_same_leaves(a->receipts, b->receipts, a->receipt_count);
    assert_same_leaves(a->events, b->events, a->event_count);
    assert_true(hash_equal(&a->result.state_root, &b->result.state_root));
    assert_true(hash_equal(&a->result.result_root, &b->result.result_root));
    assert_int_equal(a->state_height, b->state_height);
    assert_int_equal(a->more_due, b->more_due);
    assert_int_equal(a->next_due_ms, b->next_due_ms);
}

/* A stored snapshot: the manifest and all chunks, each behind its size. */
struct stored {
    uint8_t *bytes;
    size_t size;
};

enum {
    STORED_BYTES_MAX = 16 * 1024 * 1024
};

static void stored_take(struct stored *stored, struct ledger *ledger)
{
    struct snapshot_manifest manifest;
    struct bytes_writer writer;
    stored->bytes = malloc(STORED_BYTES_MAX);
    assert_non_null(stored->bytes);
    bytes_writer_init(&writer, stored->bytes, STORED_BYTES_MAX);
    assert_true(snapshot_ready(ledger));
    snapshot_manifest_take(ledger, &manifest);
    uint8_t *size = bytes_write_reserve(&writer, 4);
    size_t begin = writer.size;
    snapshot_manifest_encode(&manifest, &writer);
    bytes_put_u32(size, (uint32_t)(writer.size - begin));
    for (uint32_t kind = 0; kind < RECORD_KIND_COUNT; kind++) {
        uint32_t count = snapshot_chunk_count(&manifest, (enum record_kind)kind);
        for (uint32_t chunk = 0; chunk < count; chunk++) {
            size = bytes_write_reserve(&writer, 4);
            begin = writer.size;
            snapshot_chunk_write(ledger, (enum record_kind)kind, chunk, &writer);
            bytes_put_u32(size, (uint32_t)(writer.size - begin));
        }
    }
    assert_true(bytes_writer_ok(&writer));
    stored->size = writer.size;
}

static const uint8_t *stored_next(struct bytes_reader *reader, size_t *size)
{
    *size = bytes_read_u32(reader);
    const uint8_t *bytes = bytes_read_view(reader, *size);
    if (bytes == NULL) {
        *size = 0; /* the changed byte was the size itself */
    }
    return bytes;
}

/* Restores; the first check that fails, else SNAPSHOT_OK. `without` leaves out one chunk. */
static enum snapshot_check stored_restore(const struct stored *stored, struct ledger *ledger,
                                          uint32_t without)
{
    static struct hash scratch[SNAPSHOT_CHUNK_SLOTS];
    struct bytes_reader reader;
    struct snapshot_manifest manifest;
    size_t size = 0;
    uint32_t number = 0;
    bytes_reader_init(&reader, stored->bytes, stored->size);
    const uint8_t *bytes = stored_next(&reader, &size);
    enum snapshot_check check = snapshot_manifest_decode(&manifest, bytes, size);
    if (check == SNAPSHOT_OK) {
        check = snapshot_restore_begin(ledger, &manifest);
    }
    for (uint32_t kind = 0; check == SNAPSHOT_OK && kind < RECORD_KIND_COUNT; kind++) {
        uint32_t count = snapshot_chunk_count(&manifest, (enum record_kind)kind);
        for (uint32_t chunk = 0; check == SNAPSHOT_OK && chunk < count; chunk++, number++) {
            bytes = stored_next(&reader, &size);
            check = snapshot_chunk_verify(&manifest, (enum record_kind)kind, chunk, bytes, size,
                                          scratch);
            if (check == SNAPSHOT_OK && number != without) {
                check = snapshot_restore_chunk(ledger, (enum record_kind)kind, chunk, bytes, size);
            }
        }
    }
    return check == SNAPSHOT_OK ? snapshot_restore_end(ledger) : check;
}

/* Makes renewals of the state root rare: at most every fifth block, unless nothing changed. */
static void renew_rarely(struct world *world)
{
    world->ledger->limits.renewal_records_max = 1;
    world->ledger->limits.renewal_blocks_max = 5;
}

/* Every second one comes with its identifier, as whoever checked its batch may have kept it. */
static void identifiers_give(struct ledger_envelope *envelopes, uint32_t count, struct hash *ids)
{
    for (uint32_t i = 0; i < count; i += 2) {
        struct envelope envelope;
        assert_int_equal(envelope_decode(&envelope, envelopes[i].bytes, envelopes[i].size),
                         ENVELOPE_OK);
        ids[i] = envelope.id;
        envelopes[i].id = &ids[i];
    }
}

/* One random history on three ledgers. */
static void history_check(uint64_t seed, bool rare_renewals)
{
    static struct ledger_envelope envelopes[WORLD_BLOCK_COMMANDS_MAX];
    static struct hash ids[WORLD_BLOCK_COMMANDS_MAX];
    struct world world;
    struct world replayed;
    struct world restored;
    struct prng prng;
    prng_init(&prng, seed);
    world_open(&world, NULL);
    world_open(&replayed, NULL);
    world_open(&restored, NULL);
    if (rare_renewals) {
        renew_rarely(&world);
        renew_rarely(&replayed);
        renew_rarely(&restored);
    }
    uint32_t restores = 0;
    for (uint32_t i = 0; i < BLOCK_COUNT; i++) {
        struct ledger_output output;
        if (i % 40 == 39) {
            world.ts_ms += (uint64_t)24 * 3600 * 1000; /* the settlement day moves */
        }
        history_add_commands(&world, &prng);
        uint32_t count = world.envelope_count;
        uint64_t ts_ms = world.ts_ms;
        memcpy(envelopes, world.envelopes, sizeof(envelopes));
        world_block(&world);
        assert_int_equal(invariant_first_broken(world.ledger), INVARIANT_NONE);
        apply_same(replayed.ledger, &world, envelopes, count, ts_ms, &output);
        assert_same(&world.output, &output);
        identifiers_give(envelopes, count, ids);
        apply_same(restored.ledger, &world, envelopes, count, ts_ms, &output);
        assert_same(&world.output, &output);
        bool ready = snapshot_ready(world.ledger);
        assert_true(ready || rare_renewals);
        if (ready && i % (rare_renewals ? 1 : EVERY) == 0) {
            struct stored stored;
            restores++;
            stored_take(&stored, world.ledger);
            assert_int_equal(stored_restore(&stored, restored.ledger, UINT32_MAX), SNAPSHOT_OK);
            free(stored.bytes);
        }
    }
    assert_true(restores >= BLOCK_COUNT / EVERY);
    assert_true(record_count(world.ledger, RECORD_INSTRUCTION) > BLOCK_COUNT);
    world_close(&world);
    world_close(&replayed);
    world_close(&restored);
}

static void test_I9_replay_and_restore_give_the_same_roots(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        history_check(seed, false);
    }
}

/* Between renewals the last state root stands; which blocks renew is itself part of the result. */
static void test_I9_with_rare_renewals(void **state)
{
    (void)state;
    history_check(4, true);
}

static void some_history(struct world *world)
{
    struct prng prng;
    prng_init(&prng, 11);
    world_open(world, NULL);
    for (uint32_t i = 0; i < 20; i++) {
        history_add_commands(world, &prng);
        world_block(world);
    }
}

/* Any byte of a stored snapshot counts. */
static void test_changed_bytes_do_not_restore(void **state)
{
    struct world world;
    struct world other;
    struct stored stored;
    struct prng prng;
    (void)state;
    some_history(&world);
    world_open(&other, NULL);
    stored_take(&stored, world.ledger);
    prng_init(&prng, 5);
    for (uint32_t i = 0; i < 60; i++) {
        size_t at = (size_t)prng_below(&prng, stored.size);
        uint8_t change = (uint8_t)(1 + prng_below(&prng, 255));
        stored.bytes[at] ^= change;
        /* In the manifest, only the roots of receipts, events and result are not under the state
         * root: they are under the certificate. */
        bool covered = at >= 4 + 2 + HASH_SIZE + 16 + 4 * HASH_SIZE;
        if (covered) {
            assert_int_not_equal(stored_restore(&stored, other.ledger, UINT32_MAX), SNAPSHOT_OK);
        }
        stored.bytes[at] ^= change;
    }
    assert_int_equal(stored_restore(&stored, other.ledger, UINT32_MAX), SNAPSHOT_OK);
    free(stored.bytes);
    world_close(&world);
    world_close(&other);
}

static void test_a_missing_chunk_does_not_restore(void **state)
{
    struct world world;
    struct world other;
    struct stored stored;
    (void)state;
    some_history(&world);
    world_open(&other, NULL);
    stored_take(&stored, world.ledger);
    for (uint32_t without = 0; without < 9; without++) {
        assert_int_not_equal(stored_restore(&stored, other.ledger, without), SNAPSHOT_OK);
    }
    assert_int_equal(stored_restore(&stored, other.ledger, UINT32_MAX), SNAPSHOT_OK);
    free(stored.bytes);
    world_close(&world);
    world_close(&other);
}

static void test_another_chain_does_not_restore(void **state)
{
    struct world world;
    struct snapshot_manifest manifest;
    uint8_t bytes[SNAPSHOT_MANIFEST_BYTES_MAX];
    struct bytes_writer writer;
    (void)state;
    some_history(&world);
    snapshot_manifest_take(world.ledger, &manifest);
    manifest.chain_id.bytes[3] ^= 1;
    assert_int_equal(snapshot_restore_begin(world.ledger, &manifest), SNAPSHOT_CHAIN);
    manifest.chain_id.bytes[3] ^= 1;
    manifest.parts.extent[RECORD_DRAFT] = UINT32_MAX;
    assert_int_equal(snapshot_restore_begin(world.ledger, &manifest), SNAPSHOT_RANGE);
    bytes_writer_init(&writer, bytes, sizeof(bytes));
    snapshot_manifest_encode(&manifest, &writer);
    assert_true(bytes_writer_ok(&writer));
    assert_int_equal(snapshot_manifest_decode(&manifest, bytes, writer.size), SNAPSHOT_RANGE);
    assert_int_equal(snapshot_manifest_decode(&manifest, bytes, writer.size - 1),
                     SNAPSHOT_MALFORMED);
    world_close(&world);
}

/* Only what changed since the last clearing is marked: a checkpoint need not write the rest. */
static void test_changed_chunks_are_known(void **state)
{
    struct world world;
    (void)state;
    some_history(&world);
    snapshot_changes_clear(world.ledger);
    assert_false(snapshot_chunk_changed(world.ledger, RECORD_POSITION, 0));
    world_fund(&world, WORLD_PARTICIPANT, WORLD_EUR, 5);
    assert_true(snapshot_chunk_changed(world.ledger, RECORD_POSITION, 0));
    assert_true(snapshot_chunk_changed(world.ledger, RECORD_SCALARS, 0));
    assert_false(snapshot_chunk_changed(world.ledger, RECORD_INSTRUCTION, 0));
    assert_false(snapshot_chunk_changed(world.ledger, RECORD_POSITION, UINT32_MAX));
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_I9_replay_and_restore_give_the_same_roots),
        cmocka_unit_test(test_I9_with_rare_renewals),
        cmocka_unit_test(test_changed_bytes_do_not_restore),
        cmocka_unit_test(test_a_missing_chunk_does_not_restore),
        cmocka_unit_test(test_another_chain_does_not_restore),
        cmocka_unit_test(test_changed_chunks_are_known),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
