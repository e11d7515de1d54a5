/*
 * Goal: receipts, events and records are proved against the roots of their block, and whatever is
 * changed in a proof breaks it; results are chained; the state root is renewed by the rule.
 */
#include <stdlib.h>
#include <string.h>

#include "ledger/command/block_output.h"
#include "ledger/command/envelope.h"
#include "ledger/state.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/letter.h"

enum {
    SELLER = WORLD_PARTICIPANT,
    BUYER = WORLD_PARTICIPANT + 1,
    PROOF_BYTES = 8192,
    NONCE_END = ENVELOPE_HEAD_BYTES - 10, /* valid until and the count follow */
};

/* A block with several receipts and events. */
static void fixture_open(struct world *world)
{
    struct command sell;
    struct command buy;
    world_open(world, NULL);
    world_fund(world, SELLER, WORLD_ISIN_1, 100);
    world_fund(world, BUYER, WORLD_EUR, 100000);
    for (int i = 0; i < 3; i++) {
        world_trade(world,
                    &(struct world_trade){SELLER, BUYER, WORLD_ISIN_1, 10, 1000 + i, WORLD_TODAY},
                    &sell, &buy);
        world_add(world, SELLER, &sell);
        world_add(world, BUYER, &buy);
    }
    world_block(world);
    assert_int_equal(world_event_count(world, EVENT_SETTLED), 3);
}

static void test_every_leaf_of_a_block_is_proved(void **state)
{
    struct world world;
    struct leaf_proof proof;
    (void)state;
    fixture_open(&world);
    const struct result *result = ledger_result(world.ledger);
    for (uint32_t i = 0; i < world.output.receipt_count; i++) {
        ledger_prove_receipt(world.ledger, i, &proof);
        assert_true(leaf_proof_verify(&proof, &result->receipts_root));
        assert_false(leaf_proof_verify(&proof, &result->events_root));
    }
    for (uint32_t i = 0; i < world.output.event_count; i++) {
        ledger_prove_event(world.ledger, i, &proof);
        assert_true(leaf_proof_verify(&proof, &result->events_root));
        assert_false(leaf_proof_verify(&proof, &result->receipts_root));
    }
    expect_assert_failure(ledger_prove_receipt(world.ledger, world.output.receipt_count, &proof));
    world_close(&world);
}

/* The stored leaf hashes alone give the same path, later and elsewhere. */
static void test_paths_from_stored_hashes(void **state)
{
    struct world world;
    struct leaf_proof proof;
    struct leaf_proof later;
    struct hash hashes[64];
    struct hash scratch[64];
    (void)state;
    fixture_open(&world);
    uint32_t count = world.output.event_count;
    assert_true(count <= 64);
    for (uint32_t i = 0; i < count; i++) {
        hashes[i] = world.output.events[i].hash;
    }
    for (uint32_t i = 0; i < count; i++) {
        ledger_prove_event(world.ledger, i, &proof);
        later = proof;
        later.path_count = 0;
        leaf_proof_path(&later, hashes, count, i, scratch);
        assert_true(leaf_proof_verify(&later, &ledger_result(world.ledger)->events_root));
    }
    world_close(&world);
}

/* Every byte of an encoded proof is part of what it proves. */
static void test_changed_leaf_proofs_fail(void **state)
{
    struct world world;
    struct leaf_proof proof;
    uint8_t bytes[PROOF_BYTES];
    struct bytes_writer writer;
    struct bytes_reader reader;
    (void)state;
    fixture_open(&world);
    struct hash root = ledger_result(world.ledger)->events_root;
    ledger_prove_event(world.ledger, 1, &proof);
    bytes_writer_init(&writer, bytes, sizeof(bytes));
    leaf_proof_encode(&proof, &writer);
    assert_true(bytes_writer_ok(&writer));
    for (size_t i = 0; i < writer.size; i++) {
        bytes[i] ^= 1;
        bytes_reader_init(&reader, bytes, writer.size);
        bool passes = leaf_proof_decode(&proof, &reader) && bytes_reader_done(&reader) &&
                      leaf_proof_verify(&proof, &root);
        assert_false(passes);
        bytes[i] ^= 1;
    }
    for (size_t size = 0; size < writer.size; size++) {
        bytes_reader_init(&reader, bytes, size);
        assert_false(leaf_proof_decode(&proof, &reader));
    }
    bytes_reader_init(&reader, bytes, writer.size);
    assert_true(leaf_proof_decode(&proof, &reader));
    assert_true(leaf_proof_verify(&proof, &root));
    world_close(&world);
}

static void test_every_record_is_proved(void **state)
{
    struct world world;
    struct record_proof *proof = malloc(sizeof(*proof));
    (void)state;
    assert_non_null(proof);
    fixture_open(&world);
    const struct hash *root = &ledger_result(world.ledger)->state_root;
    for (uint32_t kind = 0; kind < RECORD_KIND_COUNT; kind++) {
        uint32_t i = 0;
        while ((i = record_next(world.ledger, (enum record_kind)kind, i)) != RECORD_NONE) {
            assert_true(ledger_prove_record(world.ledger, (enum record_kind)kind, i, proof));
            assert_true(record_proof_verify(proof, root));
            i++;
        }
        assert_false(ledger_prove_record(world.ledger, (enum record_kind)kind, i, proof));
    }
    free(proof);
    world_close(&world);
}

static void test_changed_record_proofs_fail(void **state)
{
    struct world world;
    struct record_proof *proof = malloc(sizeof(*proof));
    uint8_t bytes[PROOF_BYTES];
    struct bytes_writer writer;
    struct bytes_reader reader;
    (void)state;
    assert_non_null(proof);
    fixture_open(&world);
    struct hash root = ledger_result(world.ledger)->state_root;
    uint32_t position = world_position(&world, SELLER, WORLD_ISIN_1, 0);
    assert_true(ledger_prove_record(world.ledger, RECORD_POSITION, position, proof));
    bytes_writer_init(&writer, bytes, sizeof(bytes));
    record_proof_encode(proof, &writer);
    assert_true(bytes_writer_ok(&writer));
    for (size_t i = 0; i < writer.size; i++) {
        bytes[i] ^= 1;
        bytes_reader_init(&reader, bytes, writer.size);
        bool passes = record_proof_decode(proof, &reader) && bytes_reader_done(&reader) &&
                      record_proof_verify(proof, &root);
        assert_false(passes);
        bytes[i] ^= 1;
    }
    for (size_t size = 0; size < writer.size; size++) {
        bytes_reader_init(&reader, bytes, size);
        assert_false(record_proof_decode(proof, &reader));
    }
    free(proof);
    world_close(&world);
}

/* Two positions of one account with equal bytes would have different leaves: salts differ. */
static void test_salts_differ(void **state)
{
    struct world world;
    struct salt a;
    struct salt b;
    (void)state;
    fixture_open(&world);
    record_salt(world.ledger, RECORD_POSITION, 0, &a);
    record_salt(world.ledger, RECORD_POSITION, 1, &b);
    assert_memory_not_equal(&a, &b, SALT_SIZE);
    uint32_t account = world.ledger->positions[0].account;
    record_salt(world.ledger, RECORD_ACCOUNT, account, &b);
    assert_memory_not_equal(&a, &b, SALT_SIZE);
    for (uint32_t i = 1; i < world.output.event_count; i++) {
        assert_memory_not_equal(world.output.events[0].salt.bytes,
                                world.output.events[i].salt.bytes, SALT_SIZE);
    }
    assert_memory_not_equal(world.output.receipts[0].salt.bytes,
                            world.output.receipts[1].salt.bytes, SALT_SIZE);
    assert_memory_not_equal(world.output.receipts[0].salt.bytes, world.output.events[0].salt.bytes,
                            SALT_SIZE);
    world_close(&world);
}

/* A block of these envelopes, the last nonce with one bit changed if `other`. */
static struct hash secret_after(struct world *world, bool other)
{
    uint8_t bytes[2][NONCE_END + 1] = {{0}};
    struct ledger_envelope envelopes[2] = {{.bytes = bytes[0], .size = sizeof bytes[0]},
                                           {.bytes = bytes[1], .size = NONCE_END}};
    struct ledger_output output;
    struct ledger_block block = {.height = ledger_height(world->ledger) + 1,
                                 .ts_ms = ledger_time_ms(world->ledger),
                                 .envelopes = envelopes,
                                 .envelope_count = 2};
    bytes[1][NONCE_END - 1] = other;
    ledger_apply(world->ledger, &block, &output);
    return output.secret;
}

/* Each nonce of a block counts, whatever becomes of its envelope; these two are not even whole. */
static void test_every_nonce_changes_the_secret(void **state)
{
    struct world one;
    struct world two;
    (void)state;
    world_open(&one, NULL);
    world_open(&two, NULL);
    struct hash before = one.ledger->scalars->secret;
    struct hash a = secret_after(&one, false);
    struct hash b = secret_after(&two, true);
    assert_false(hash_equal(&a, &before));
    assert_false(hash_equal(&a, &b));
    /* What came in is never lost again. */
    a = secret_after(&one, false);
    b = secret_after(&two, false);
    assert_false(hash_equal(&a, &b));
    world_close(&one);
    world_close(&two);
}

/* A block without envelopes keeps the secret, so that it can repeat the state root. */
static void test_empty_blocks_keep_the_secret(void **state)
{
    struct world world;
    (void)state;
    fixture_open(&world);
    struct hash secret = world.output.secret;
    for (int i = 0; i < 3; i++) {
        world_block(&world);
        assert_true(hash_equal(&secret, &world.output.secret));
    }
    world_close(&world);
}

/* The secret of a block, height, kind and number are all that salts and hashes are made from. */
static void test_leaves_are_hashed_again_from_the_secret(void **state)
{
    struct world world;
    uint8_t salted[SALT_SIZE + 512];
    (void)state;
    fixture_open(&world);
    struct leaf_salts salts;
    leaf_salts_begin(&salts, &world.output.secret, world.output.height, LEAF_EVENT);
    for (uint32_t i = 0; i < world.output.event_count; i++) {
        const struct ledger_leaf *leaf = &world.output.events[i];
        struct salt some[LEAF_SALTS_TOGETHER];
        uint32_t at = i % LEAF_SALTS_TOGETHER;
        struct ledger_leaf again[1] = {{.bytes = salted + SALT_SIZE, .size = leaf->size}};
        leaf_salts_make(&salts, i - at, LEAF_SALTS_TOGETHER, some);
        assert_memory_equal(some[at].bytes, leaf->salt.bytes, SALT_SIZE);
        if (at == 0) {
            memcpy(salted + SALT_SIZE, leaf->bytes, leaf->size);
            leaves_hash(&salts, i, 1, salted, again);
            assert_true(hash_equal(&again[0].hash, &leaf->hash));
        }
    }
    world_close(&world);
}

static void test_results_are_chained(void **state)
{
    struct world world;
    struct hash expected;
    struct hash block_id = {{0}};
    (void)state;
    world_open(&world, NULL);
    for (uint64_t height = 1; height < 5; height++) {
        struct hash previous = ledger_result(world.ledger)->result_root;
        world_block(&world);
        memcpy(block_id.bytes, &height, sizeof(height));
        const struct result *result = ledger_result(world.ledger);
        result_chain(&previous, height, &block_id, &result->receipts_root, &result->events_root,
                     &result->state_root, &expected);
        assert_true(hash_equal(&expected, &result->result_root));
        assert_true(hash_equal(&world.output.result.result_root, &result->result_root));
    }
    world_close(&world);
}

/* Few changes: renewed at once. Many: only after so many blocks, or in one without envelopes, and
 * what changed is not provable until then; another block is asked for. */
static void test_renewal_rule(void **state)
{
    struct world world;
    struct record_proof *proof = malloc(sizeof(*proof));
    (void)state;
    assert_non_null(proof);
    fixture_open(&world);
    world.ledger->limits.renewal_records_max = 3;
    world.ledger->limits.renewal_blocks_max = 4;
    uint32_t position = world_position(&world, BUYER, WORLD_EUR, 0);
    uint64_t last = ledger_state_height(world.ledger);
    assert_int_equal(last, ledger_height(world.ledger));
    struct hash root = ledger_result(world.ledger)->state_root;
    for (uint64_t age = 1; age <= 4; age++) {
        world_fund(&world, BUYER, WORLD_EUR, 5);
        bool renewed = age == 4;
        bool same = hash_equal(&root, &ledger_result(world.ledger)->state_root);
        assert_int_equal(same, !renewed);
        assert_int_equal(ledger_state_height(world.ledger), renewed ? last + 4 : last);
        assert_int_equal(world.output.more_due, !renewed);
        assert_int_equal(ledger_prove_record(world.ledger, RECORD_POSITION, position, proof),
                         renewed);
    }
    world_block(&world); /* an empty one changes nothing */
    assert_int_equal(ledger_state_height(world.ledger), ledger_height(world.ledger));
    world_fund(&world, BUYER, WORLD_EUR, 5);
    assert_false(ledger_prove_record(world.ledger, RECORD_POSITION, position, proof));
    assert_true(world.output.more_due);
    world_block(&world); /* renews what waits */
    assert_true(ledger_prove_record(world.ledger, RECORD_POSITION, position, proof));
    assert_false(world.output.more_due);
    free(proof);
    world_close(&world);
}

/* Empty blocks repeat the state root: what is asked on an idle network is proved at once. */
static void test_empty_blocks_repeat_the_state_root(void **state)
{
    struct world world;
    (void)state;
    fixture_open(&world);
    world_block(&world);
    struct hash root = ledger_result(world.ledger)->state_root;
    struct hash result = ledger_result(world.ledger)->result_root;
    for (int i = 0; i < 5; i++) {
        world_block(&world);
        assert_true(hash_equal(&root, &ledger_result(world.ledger)->state_root));
        assert_false(hash_equal(&result, &ledger_result(world.ledger)->result_root));
        assert_int_equal(ledger_state_height(world.ledger), ledger_height(world.ledger));
    }
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_leaf_of_a_block_is_proved),
        cmocka_unit_test(test_paths_from_stored_hashes),
        cmocka_unit_test(test_changed_leaf_proofs_fail),
        cmocka_unit_test(test_every_record_is_proved),
        cmocka_unit_test(test_changed_record_proofs_fail),
        cmocka_unit_test(test_salts_differ),
        cmocka_unit_test(test_every_nonce_changes_the_secret),
        cmocka_unit_test(test_empty_blocks_keep_the_secret),
        cmocka_unit_test(test_leaves_are_hashed_again_from_the_secret),
        cmocka_unit_test(test_results_are_chained),
        cmocka_unit_test(test_renewal_rule),
        cmocka_unit_test(test_empty_blocks_repeat_the_state_root),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
