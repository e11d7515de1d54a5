/*
 * Goal: votes are counted and compared whichever way they arrive: alone, in proposals or inside
 * certificates. The exclusivity rules have their tests in tests/spec/consensus/.
 */
#include "tests/support/cmocka.h"

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
    };
    return cmocka_run_group_tests(tests, start_cryptography, NULL);
}
