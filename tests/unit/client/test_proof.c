/*
 * Goal: a proof leads from a leaf to a quorum of the genesis's validators by hashes and signatures
 * alone; break any link of it, or use another genesis, and it proves nothing.
 */
#include <string.h>

#include "client/proof.h"
#include "consensus/certificate.h"
#include "crypto/start.h"
#include "tests/support/assert_hook.h"
#include "tests/support/client/sample_genesis.h"
#include "tests/support/cmocka.h"

#define STEPS 3u

static struct genesis genesis;
static struct proof proof, other;
static uint8_t certificate[CERTIFICATE_SIZE_MAX];
static uint8_t bytes[PROOF_BYTES_MAX], again[PROOF_BYTES_MAX];

/* A certificate of `kind` over the certified header, signed by the validators in the mask. */
static void certify(enum certificate_kind kind, unsigned first_signer)
{
    struct certificate_builder builder;
    struct bytes_writer writer;
    struct hash hash;

    header_hash(&proof.anchor.certified_header, &hash);
    bytes_writer_init(&writer, certificate, sizeof certificate);
    certificate_begin(&builder, &writer, SAMPLE_VALIDATOR_COUNT, kind,
                      proof.anchor.certified_header.epoch, proof.anchor.certified_header.view,
                      &hash);
    for (uint16_t i = 0; i < 3; i++) {
        uint16_t signer = (uint16_t)(first_signer + i);
        struct vote vote = {.kind = (enum vote_kind)kind,
                            .epoch = proof.anchor.certified_header.epoch,
                            .view = proof.anchor.certified_header.view,
                            .hash = hash,
                            .signer = signer};
        struct secret_key secret;
        sample_validator_key(signer, &secret);
        vote_sign(&vote, &genesis.chain_id, &secret);
        (void)certificate_add(&builder, signer, &vote.signature);
    }
    assert_true(bytes_writer_ok(&writer));
    proof.anchor.certificate = certificate;
    proof.anchor.certificate_size = (uint32_t)writer.size;
}

/* A leaf of three events, under the events root of the first step. */
static void leaf_make(struct proof_leaf *leaf, struct hash *root)
{
    struct hash leaves[3] = {{{1}}, {{2}}, {{3}}};
    struct hash scratch[3];

    memset(leaf, 0, sizeof *leaf);
    leaf->tree = PROOF_EVENT;
    leaf->leaf.kind = LEAF_EVENT;
    leaf->leaf.size = 5;
    memcpy(leaf->leaf.bytes, "event", 5);
    leaf->leaf.salt.bytes[0] = 9;
    leaf_hash(LEAF_EVENT, &leaf->leaf.salt, leaf->leaf.bytes, leaf->leaf.size, &leaves[1]);
    merkle_list_root(leaves, 3, scratch, root);
    leaf_proof_path(&leaf->leaf, leaves, 3, 1, scratch);
}

/* A valid proof: heights 7 to 9, certified by the header of height 10. */
static void make(void)
{
    struct hash root;

    sample_genesis(&genesis);
    memset(&proof, 0, sizeof proof);
    proof.anchor.height = 7;
    proof.anchor.previous_root.bytes[0] = 0x77;
    proof.anchor.step_count = STEPS;
    for (uint8_t i = 0; i < STEPS; i++) {
        proof.anchor.steps[i].receipts_root.bytes[0] = (uint8_t)(i + 1);
        proof.anchor.steps[i].state_root.bytes[0] = (uint8_t)(i + 11);
        proof.anchor.steps[i].block_id.bytes[0] = (uint8_t)(i + 21);
    }
    proof.leaf_count = 1;
    leaf_make(&proof.leaves[0], &proof.anchor.steps[0].events_root);
    proof.anchor.block_header =
        (struct header){.epoch = 1, .view = 8, .height = 7, .parent_view = 6, .ts_ms = 1000};
    header_hash(&proof.anchor.block_header, &proof.anchor.steps[0].block_id);
    root = proof.anchor.previous_root;
    for (uint8_t i = 0; i < STEPS; i++) {
        struct hash next;
        result_chain(&root, 7u + i, &proof.anchor.steps[i].block_id,
                     &proof.anchor.steps[i].receipts_root, &proof.anchor.steps[i].events_root,
                     &proof.anchor.steps[i].state_root, &next);
        root = next;
    }
    proof.anchor.certified_header = (struct header){.epoch = 1,
                                                    .view = 11,
                                                    .height = 10,
                                                    .parent_view = 10,
                                                    .ts_ms = 2000,
                                                    .exec_height = 9,
                                                    .result_root = root};
    certify(CERTIFICATE_NOTARIZATION, 0);
}

static enum proof_result verify(void)
{
    struct proof_facts facts;

    return proof_verify(&proof, &genesis, &facts);
}

static void a_whole_proof_is_valid_and_says_what_it_is(void **state)
{
    (void)state;
    struct proof_facts facts;

    make();
    assert_int_equal(proof_verify(&proof, &genesis, &facts), PROOF_VALID);
    assert_int_equal(facts.height, 7);
    assert_int_equal(facts.ledger_ms, 1000);
    assert_int_equal(facts.certified_height, 10);
    assert_int_equal(facts.signer_count, 3);
    assert_int_equal(facts.quorum, 3);
    certify(CERTIFICATE_FINALIZATION, 1);
    assert_int_equal(verify(), PROOF_VALID);
}

static void it_survives_a_round_trip_in_one_form(void **state)
{
    (void)state;
    size_t size;

    make();
    size = proof_encode(&proof, bytes, sizeof bytes);
    assert_true(size > 0);
    assert_true(proof_decode(bytes, size, &other));
    assert_int_equal(proof_encode(&other, again, sizeof again), size);
    assert_memory_equal(bytes, again, size);
    assert_false(proof_decode(bytes, size - 1, &other));
    assert_false(proof_decode(bytes, size + 1, &other));
    assert_int_equal(proof_encode(&proof, bytes, size - 1), 0);
}

static void no_flipped_bit_leaves_it_valid(void **state)
{
    (void)state;
    struct proof_facts facts;
    size_t size;

    make();
    size = proof_encode(&proof, bytes, sizeof bytes);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (proof_decode(bytes, size, &other) &&
            proof_verify(&other, &genesis, &facts) == PROOF_VALID) {
            fail_msg("byte %zu, bit %zu does not matter", bit / 8, bit % 8);
        }
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void each_broken_link_has_its_name(void **state)
{
    (void)state;
    make();
    proof.leaves[0].leaf.bytes[0] ^= 1;
    assert_int_equal(verify(), PROOF_PATH_BROKEN);
    make();
    proof.leaves[0].leaf.index = 2;
    assert_int_equal(verify(), PROOF_PATH_BROKEN);
    make();
    proof.anchor.block_header.ts_ms++;
    assert_int_equal(verify(), PROOF_HEADER_MISMATCH);
    make();
    proof.anchor.block_header.height++;
    assert_int_equal(verify(), PROOF_HEADER_MISMATCH);
    make();
    proof.anchor.steps[2].state_root.bytes[5] ^= 1;
    assert_int_equal(verify(), PROOF_RESULT_MISMATCH);
    make();
    proof.anchor.step_count--;
    assert_int_equal(verify(), PROOF_RESULT_MISMATCH);
    make();
    proof.anchor.certified_header.view++;
    assert_int_equal(verify(), PROOF_CERTIFICATE_MISMATCH);
    make();
    certificate[proof.anchor.certificate_size - 1] ^= 1;
    assert_int_equal(verify(), PROOF_CERTIFICATE_INVALID);
    make();
    proof.anchor.certificate_size--;
    assert_int_equal(verify(), PROOF_CERTIFICATE_MALFORMED);
}

static void a_nullification_proves_nothing(void **state)
{
    (void)state;
    make();
    certificate[0] = CERTIFICATE_NULLIFICATION;
    assert_int_not_equal(verify(), PROOF_VALID);
}

static void another_genesis_refuses_it(void **state)
{
    (void)state;
    struct public_key first;

    make();
    first = genesis.validators[0].signing;
    genesis.validators[0].signing = genesis.validators[3].signing;
    genesis.validators[3].signing = first;
    assert_int_equal(verify(), PROOF_CERTIFICATE_INVALID);
    make();
    genesis.chain_id.bytes[0] ^= 1;
    assert_int_equal(verify(), PROOF_CERTIFICATE_INVALID);
    make();
    genesis.validator_count = 7; /* a larger network needs more signatures */
    assert_int_equal(verify(), PROOF_CERTIFICATE_MALFORMED);
}

static void bounds_are_kept(void **state)
{
    (void)state;
    make();
    proof.leaf_count = 0;
    assert_int_equal(proof_encode(&proof, bytes, sizeof bytes), 0);
    proof.leaf_count = PROOF_LEAVES_MAX + 1;
    assert_int_equal(proof_encode(&proof, bytes, sizeof bytes), 0);
    make();
    proof.anchor.step_count = 0;
    assert_int_equal(proof_encode(&proof, bytes, sizeof bytes), 0);
    make();
    proof.leaves[0].tree = PROOF_RECEIPT; /* an event in the receipts' place */
    assert_int_equal(proof_encode(&proof, bytes, sizeof bytes), 0);
    assert_false(proof_decode(bytes, PROOF_BYTES_MAX + 1, &other));
}

int main(void)
{
    assert_hook_install();
    if (crypto_start() != CRYPTO_START_OK) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_proof_is_valid_and_says_what_it_is),
        cmocka_unit_test(it_survives_a_round_trip_in_one_form),
        cmocka_unit_test(no_flipped_bit_leaves_it_valid),
        cmocka_unit_test(each_broken_link_has_its_name),
        cmocka_unit_test(a_nullification_proves_nothing),
        cmocka_unit_test(another_genesis_refuses_it),
        cmocka_unit_test(bounds_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
