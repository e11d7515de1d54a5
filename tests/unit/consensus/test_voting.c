/*
 * Goal: votes are counted and compared whichever way they arrive: alone, in proposals or inside
 * certificates. The exclusivity rules have their tests in tests/spec/consensus/.
 */
#include "tests/support/cmocka.h"

#include <string.h>

#include "consensus/evidence.h"
#include "consensus/step.h"
#include "crypto/start.h"
#include "tests/support/consensus/seat.h"

/* A second block of the same view and leader. */
static void twin_of(struct seat *seat, const struct seat_block *block, struct seat_block *twin)
{
    *twin = *block;
    twin->header.ts_ms++;
    seat_block_seal(seat, twin);
}

/* Goal: a leader that showed this node one block and the others another one is convicted by the
 * others' certificate, and only the leader. */
static void test_certificate_convicts_leader(void **state)
{
    (void)state;
    static struct seat_block block;
    static struct seat_block twin;
    struct seat *seat = seat_new_following(1);
    seat_block_make(seat, &block, 1, NULL);
    twin_of(seat, &block, &twin);
    seat_propose(seat, &block);
    seat_certificate(seat, VOTE_NOTARIZE, 1, &twin.hash);
    assert_int_equal(seat->evidence_count, 1);
    assert_int_equal(seat->evidence[0].kind, EVIDENCE_DOUBLE_NOTARIZE);
    assert_int_equal(seat->evidence[0].votes[0].signer, seat_leader(seat, 1));
    assert_true(evidence_verify(&seat->evidence[0], &seat->config.chain_id, seat->public_keys, 4));
    assert_false(seat_said(seat, VOTE_FINALIZE, 1, NULL));
    seat_free(seat);
}

/* Goal: a certificate for what everybody was seen to vote for convicts nobody. */
static void test_honest_certificate_convicts_nobody(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat *seat = seat_new_following(1);
    seat_block_make(seat, &block, 1, NULL);
    seat_propose(seat, &block);
    seat_votes(seat, 2, VOTE_NOTARIZE, 1, &block.hash);
    seat_certificate(seat, VOTE_NOTARIZE, 1, &block.hash);
    seat_votes(seat, 1, VOTE_NULLIFY, 1, NULL); /* allowed after NOTARIZE (E5) */
    seat_certificate(seat, VOTE_NULLIFY, 1, NULL);
    assert_int_equal(seat->evidence_count, 0);
    seat_free(seat);
}

/* Goal: FINALIZE seen alone and NULLIFY seen inside a certificate are the offence they are. */
static void test_nullification_convicts_finalizer(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat *seat = seat_new_following(1);
    const uint16_t liar = seat_leader(seat, 1);
    seat_block_make(seat, &block, 1, NULL);
    seat_propose(seat, &block);
    seat_vote(seat, liar, VOTE_FINALIZE, 1, &block.hash);
    seat_certificate(seat, VOTE_NULLIFY, 1, NULL);
    assert_int_equal(seat->evidence_count, 1);
    assert_int_equal(seat->evidence[0].kind, EVIDENCE_FINALIZE_AND_NULLIFY);
    assert_int_equal(seat->evidence[0].votes[0].signer, liar);
    seat_free(seat);
}

/*
 * Goal: of a certificate only those signatures are believed unchecked that came as votes before,
 * byte by byte. Here the core holds its own FINALIZE and one more; each signature of the others'
 * certificate is spoilt in turn, the known one included, and each time it is refused.
 */
static void test_certificate_with_known_signatures(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat *seat = seat_new_following(1);
    seat_block_make(seat, &block, 1, NULL);
    seat_propose(seat, &block);
    seat_certificate(seat, VOTE_NOTARIZE, 1, &block.hash);
    assert_true(seat_said(seat, VOTE_FINALIZE, 1, &block.hash));
    seat_votes(seat, 1, VOTE_FINALIZE, 1, &block.hash);
    assert_int_equal(seat_final_view(seat), 0);

    uint8_t message[1 + CERTIFICATE_SIZE_MAX] = {MESSAGE_CERTIFICATE};
    struct bytes_writer writer;
    bytes_writer_init(&writer, message + 1, CERTIFICATE_SIZE_MAX);
    seat_certificate_write(seat, &writer, VOTE_FINALIZE, 1, &block.hash);
    for (size_t i = 0; i < 3; i++) {
        uint8_t *signature = message + 1 + writer.size - (3 - i) * SIGN_SIGNATURE_SIZE;
        signature[7] ^= 1;
        seat_receive(seat, 3, message, 1 + writer.size);
        assert_int_equal(seat_final_view(seat), 0);
        signature[7] ^= 1;
    }
    seat_receive(seat, 3, message, 1 + writer.size);
    assert_int_equal(seat_final_view(seat), 1);
    seat_free(seat);
}

/* Goal: a vote for one block proves nothing in a certificate of its rival, although the signer and
 * the signature's bytes are the same. */
static void test_known_signature_is_of_its_block(void **state)
{
    (void)state;
    static struct seat_block block;
    static struct seat_block twin;
    struct seat *seat = seat_new_following(1);
    seat_block_make(seat, &block, 1, NULL);
    twin_of(seat, &block, &twin);
    uint8_t message[1 + CERTIFICATE_SIZE_MAX] = {MESSAGE_CERTIFICATE};
    struct bytes_writer writer;
    bytes_writer_init(&writer, message + 1, CERTIFICATE_SIZE_MAX);
    seat_certificate_write(seat, &writer, VOTE_NOTARIZE, 1, &block.hash);
    seat_votes(seat, 2, VOTE_NOTARIZE, 1, &block.hash);
    memcpy(message + 1 + CERTIFICATE_FIXED_SIZE - HASH_SIZE, twin.hash.bytes, HASH_SIZE);
    seat_receive(seat, 3, message, 1 + writer.size);
    assert_int_equal(seat_view(seat), 1);
    assert_int_equal(seat->evidence_count, 0);
    seat_free(seat);
}

static int start_cryptography(void **state)
{
    (void)state;
    return crypto_start() == CRYPTO_START_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_certificate_convicts_leader),
        cmocka_unit_test(test_honest_certificate_convicts_nobody),
        cmocka_unit_test(test_nullification_convicts_finalizer),
        cmocka_unit_test(test_certificate_with_known_signatures),
        cmocka_unit_test(test_known_signature_is_of_its_block),
    };
    return cmocka_run_group_tests(tests, start_cryptography, NULL);
}
