/*
 * Goal: exactly the pairs of statements that an honest validator never makes are evidence, in one
 * encoding, and nobody can be framed.
 */
#include "tests/unit/consensus/committee.h"

#include "consensus/evidence.h"
#include "tests/support/assert_hook.h"

static struct committee committee;

static size_t encode(const struct evidence *evidence, uint8_t *out)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, out, EVIDENCE_SIZE_MAX);
    evidence_write(&writer, evidence);
    assert_true(bytes_writer_ok(&writer));
    return writer.size;
}

/* Goal: the table of evidence.h, both ways round. */
static void test_classification(void **state)
{
    (void)state;
    const struct vote notarize = committee_vote(&committee, VOTE_NOTARIZE, 5, 1, 2);
    const struct vote notarize_other = committee_vote(&committee, VOTE_NOTARIZE, 5, 2, 2);
    const struct vote finalize = committee_vote(&committee, VOTE_FINALIZE, 5, 1, 2);
    const struct vote finalize_other = committee_vote(&committee, VOTE_FINALIZE, 5, 2, 2);
    const struct vote nullify = committee_vote(&committee, VOTE_NULLIFY, 5, 0, 2);
    const struct vote batch = committee_vote(&committee, VOTE_BATCH, 5, 1, 2);
    const struct vote batch_other = committee_vote(&committee, VOTE_BATCH, 5, 2, 2);
    assert_int_equal(evidence_classify(&notarize, &notarize_other), EVIDENCE_DOUBLE_NOTARIZE);
    assert_int_equal(evidence_classify(&finalize_other, &finalize), EVIDENCE_DOUBLE_FINALIZE);
    assert_int_equal(evidence_classify(&finalize, &nullify), EVIDENCE_FINALIZE_AND_NULLIFY);
    assert_int_equal(evidence_classify(&nullify, &finalize), EVIDENCE_FINALIZE_AND_NULLIFY);
    assert_int_equal(evidence_classify(&batch, &batch_other), EVIDENCE_DOUBLE_BATCH);
    assert_int_equal(evidence_classify(&notarize, &finalize_other), EVIDENCE_FINALIZE_AND_NOTARIZE);
    assert_int_equal(evidence_classify(&finalize_other, &notarize), EVIDENCE_FINALIZE_AND_NOTARIZE);

    /* What honest validators do. */
    assert_int_equal(evidence_classify(&notarize, &notarize), 0);
    assert_int_equal(evidence_classify(&notarize, &nullify), 0); /* E5 */
    assert_int_equal(evidence_classify(&notarize, &finalize), 0);
    assert_int_equal(evidence_classify(&finalize, &notarize), 0);
    assert_int_equal(evidence_classify(&batch, &finalize_other), 0); /* a lane is no view */
    assert_int_equal(evidence_classify(&nullify, &nullify), 0);
    assert_int_equal(evidence_classify(&batch, &notarize_other), 0);
    const struct vote other_view = committee_vote(&committee, VOTE_NOTARIZE, 6, 2, 2);
    const struct vote other_signer = committee_vote(&committee, VOTE_NOTARIZE, 5, 2, 1);
    struct vote other_epoch = notarize_other;
    other_epoch.epoch = 2;
    assert_int_equal(evidence_classify(&notarize, &other_view), 0);
    assert_int_equal(evidence_classify(&notarize, &other_signer), 0);
    assert_int_equal(evidence_classify(&notarize, &other_epoch), 0);
}

/* Goal: one offence has one encoding, whoever found which vote first; it verifies alone. */
static void test_round_trip(void **state)
{
    (void)state;
    const struct vote a = committee_vote(&committee, VOTE_NOTARIZE, 5, 1, 2);
    const struct vote b = committee_vote(&committee, VOTE_NOTARIZE, 5, 2, 2);
    struct evidence one;
    struct evidence two;
    uint8_t bytes[EVIDENCE_SIZE_MAX];
    uint8_t swapped[EVIDENCE_SIZE_MAX];
    evidence_make(&one, &a, &b);
    evidence_make(&two, &b, &a);
    const size_t size = encode(&one, bytes);
    assert_int_equal(encode(&two, swapped), size);
    assert_memory_equal(bytes, swapped, size);
    struct evidence read;
    assert_true(evidence_read(bytes, size, committee.n, &read));
    assert_true(evidence_verify(&read, &committee.chain_id, committee.keys, committee.n));
    for (size_t shorter = 0; shorter < size; shorter++) {
        assert_false(evidence_read(bytes, shorter, committee.n, &read));
    }
}

/* Goal: statements that are no offence, in another order or unsigned, convict nobody. */
static void test_framing(void **state)
{
    (void)state;
    uint8_t bytes[EVIDENCE_SIZE_MAX];
    struct evidence read;
    const struct vote a = committee_vote(&committee, VOTE_NOTARIZE, 5, 1, 2);
    const struct vote b = committee_vote(&committee, VOTE_NOTARIZE, 5, 2, 2);
    const struct vote nullify = committee_vote(&committee, VOTE_NULLIFY, 5, 0, 2);
    const struct vote finalize = committee_vote(&committee, VOTE_FINALIZE, 5, 1, 2);
    const struct evidence wrong[] = {
        {EVIDENCE_DOUBLE_NOTARIZE, 2, {a, a}},
        {EVIDENCE_DOUBLE_NOTARIZE, 2, {b, a}},
        {EVIDENCE_DOUBLE_FINALIZE, 2, {a, b}},
        {EVIDENCE_FINALIZE_AND_NULLIFY, 2, {a, nullify}},
        {EVIDENCE_DOUBLE_NOTARIZE, 1, {a, b}},
        {EVIDENCE_INVALID_BATCH, 1, {a, b}},
        {(enum evidence_kind)0, 2, {a, b}},
        {(enum evidence_kind)7, 2, {a, b}},
        {EVIDENCE_FINALIZE_AND_NOTARIZE, 2, {b, finalize}},
        {EVIDENCE_FINALIZE_AND_NOTARIZE, 2, {finalize, a}},
        {EVIDENCE_FINALIZE_AND_NULLIFY, 2, {finalize, b}},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const size_t size = encode(&wrong[i], bytes);
        assert_false(evidence_read(bytes, size, committee.n, &read));
    }
    struct evidence forged;
    evidence_make(&forged, &a, &b);
    forged.votes[1].signature.bytes[3] ^= 1;
    const size_t size = encode(&forged, bytes);
    assert_true(evidence_read(bytes, size, committee.n, &read));
    assert_false(evidence_verify(&read, &committee.chain_id, committee.keys, committee.n));
    expect_assert_failure(evidence_make(&forged, &a, &nullify));
}

/* Goal: two certificates that cannot both be convict all who signed both, and nobody else. */
static void test_between_certificates(void **state)
{
    (void)state;
    static const struct {
        enum certificate_kind a_kind;
        uint8_t a_hash;
        enum certificate_kind b_kind;
        uint8_t b_hash;
        bool offence;
    } pairs[] = {
        {CERTIFICATE_NOTARIZATION, 1, CERTIFICATE_NOTARIZATION, 2, true},
        {CERTIFICATE_FINALIZATION, 1, CERTIFICATE_FINALIZATION, 2, true},
        {CERTIFICATE_FINALIZATION, 1, CERTIFICATE_NULLIFICATION, 0, true},
        {CERTIFICATE_NOTARIZATION, 1, CERTIFICATE_NULLIFICATION, 0, false},
        {CERTIFICATE_NOTARIZATION, 1, CERTIFICATE_FINALIZATION, 2, true},
        {CERTIFICATE_NOTARIZATION, 1, CERTIFICATE_FINALIZATION, 1, false},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        uint8_t bytes[2][CERTIFICATE_SIZE_MAX];
        struct certificate certificates[2];
        const size_t size =
            committee_certificate(&committee, pairs[i].a_kind, 5, pairs[i].a_hash, bytes[0]);
        (void)committee_certificate(&committee, pairs[i].b_kind, 5, pairs[i].b_hash, bytes[1]);
        for (size_t k = 0; k < 2; k++) {
            struct bytes_reader reader;
            bytes_reader_init(&reader, bytes[k], size);
            certificate_read(&reader, committee.n, &certificates[k]);
            assert_true(bytes_reader_done(&reader));
        }
        for (uint16_t signer = 0; signer < committee.n; signer++) {
            struct evidence evidence;
            const bool signed_both = signer < 3;
            const bool convicted =
                evidence_between(&evidence, &certificates[0], &certificates[1], signer);
            assert_int_equal(convicted, signed_both && pairs[i].offence);
            assert_true(!convicted || evidence_verify(&evidence, &committee.chain_id,
                                                      committee.keys, committee.n));
        }
    }
}

int main(void)
{
    assert_hook_install();
    committee_init(&committee, 4);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classification),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_framing),
        cmocka_unit_test(test_between_certificates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
