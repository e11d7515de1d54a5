/*
 * Goal: what got lost is found again, and liars learn nothing and cost little: the points about
 * certificates, STATUS, requests, floods and replays, one test each. See test_points_voting.c.
 */
#include "tests/support/consensus/seat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum {
    GIVE_UP_MS = 1000 + 6 * 50,
    RETRY_MS = 200,
    STATUS_IDLE_MS = 8 * RETRY_MS
};

static uint16_t somebody_else(const struct seat *seat)
{
    return seat->config.self == 0 ? 1 : 0;
}

/* Views 1 to last were given up by everybody but the core, which holds all certificates. */
static void skip_views(struct seat *seat, uint64_t last)
{
    for (uint64_t view = 1; view <= last; view++) {
        seat_certificate(seat, VOTE_NULLIFY, view, NULL);
    }
    assert_int_equal(seat_view(seat), last + 1);
}

/* ---------------------------------------------------------- 6: justification, gaps */

static void test_point_06_carried_justification_brings_a_member_along(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat *seat = seat_new_following(3);
    seat_block_make(seat, &block, 3, NULL); /* nullifications of views 1 and 2 inside */
    seat_propose(seat, &block);
    assert_int_equal(seat_view(seat), 3);
    assert_true(seat_said(seat, VOTE_NOTARIZE, 3, &block.hash));
    seat_free(seat);
}

static void test_point_06_leader_carries_the_justification(void **state)
{
    (void)state;
    struct message_proposal proposal;
    struct seat *seat = seat_new_leading(3);
    skip_views(seat, 2);
    seat_submit(seat);
    seat_wait(seat, GIVE_UP_MS);
    const struct sim_message *message = seat_last(seat, MESSAGE_PROPOSAL);
    assert_non_null(message);
    assert_true(message_proposal_read(message->bytes, message->size, 4, &proposal));
    assert_int_equal(proposal.block.header.view, 3);
    assert_true(proposal.block.justification_size > 2 * certificate_size(4));
    seat_free(seat);
}

static void test_point_06_left_out_justification_is_asked_for(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat *seat = seat_new_following(3);
    seat_block_make(seat, &block, 3, NULL);
    seat_certificate(seat, VOTE_NULLIFY, 2, NULL); /* in view 3, but view 1 is a gap */
    seat_propose_bare(seat, &block);
    assert_int_equal(seat_said_count(seat, VOTE_NOTARIZE, 3), 0);
    seat_wait(seat, RETRY_MS / 2);
    assert_true(seat_sent_count(seat, MESSAGE_JUSTIFICATION_REQUEST, CONSENSUS_ALL) > 0);
    struct message_justification answer = {block.hash, block.justification,
                                           block.justification_size};
    static uint8_t bytes[SEAT_MESSAGE_MAX];
    struct bytes_writer writer;
    bytes_writer_init(&writer, bytes, sizeof bytes);
    message_justification_write(&writer, &answer);
    seat_receive(seat, seat_leader(seat, 3), bytes, writer.size);
    assert_true(seat_said(seat, VOTE_NOTARIZE, 3, &block.hash));
    seat_free(seat);
}

static void test_point_06_gap_in_a_status_is_filled(void **state)
{
    (void)state;
    struct seat *seat = seat_new_following(3);
    skip_views(seat, 12);
    seat_wait(seat, STATUS_IDLE_MS);
    seat_forget_sent(seat);
    seat_status(seat, somebody_else(seat), 13, 0, 0, 3); /* in the same view, but without view 3 */
    assert_true(seat_sent_certificate(seat, VOTE_NULLIFY, 3));
    assert_true(seat_sent_certificate(seat, VOTE_NULLIFY, 10));
    seat_free(seat);
}

static void test_point_06_certificate_request_is_answered(void **state)
{
    (void)state;
    struct message_certificate_request request = {1, 2, 0};
    uint8_t bytes[64];
    struct bytes_writer writer;
    struct seat *seat = seat_new_following(3);
    skip_views(seat, 3);
    seat_forget_sent(seat);
    bytes_writer_init(&writer, bytes, sizeof bytes);
    message_certificate_request_write(&writer, &request);
    seat_receive(seat, somebody_else(seat), bytes, writer.size);
    assert_true(seat_sent_certificate(seat, VOTE_NULLIFY, 2));
    seat_free(seat);
}

/* Who has said to be in a later view needs none; who has not, gets it a quarter of D0 later. */
static void test_point_06_a_certificate_goes_to_whoever_seems_to_lack_it(void **state)
{
    (void)state;
    static struct seat_block first;
    struct seat *seat = seat_new_following(1);
    const uint16_t lacking = somebody_else(seat);
    const uint64_t later = 5;
    const uint32_t quarter_ms = seat->config.timing.d0_ms / 4;
    for (uint16_t i = 0; i < seat->config.validator_count; i++) {
        if (i != seat->config.self && i != lacking) {
            seat_status(seat, i, later, 0, 0, later);
        }
    }
    seat_block_make(seat, &first, 1, NULL);
    seat_propose(seat, &first);
    seat_forget_sent(seat);
    seat_certificate(seat, VOTE_NOTARIZE, 1, &first.hash);
    assert_int_equal(seat_view(seat), 2);
    seat_wait(seat, quarter_ms - 1);
    assert_int_equal(seat_sent_count(seat, MESSAGE_CERTIFICATE, CONSENSUS_ALL), 0);
    seat_wait(seat, 2);
    assert_int_equal(seat_sent_count(seat, MESSAGE_CERTIFICATE, CONSENSUS_ALL), 1);
    assert_int_equal(seat_sent_count(seat, MESSAGE_CERTIFICATE, lacking), 1);
    seat_free(seat);
}

/* ----------------------------------------------- 7 to 10: restarts, old votes, S4, S12 */

static void test_point_07_certificates_survive_a_restart_S12(void **state)
{
    (void)state;
    struct seat *seat = seat_new_following(3);
    skip_views(seat, 3);
    seat_journal_durable(seat);
    seat_restart(seat, true);
    assert_int_equal(seat_view(seat), 4);
    seat_status(seat, somebody_else(seat), 1, 0, 0, 1);
    assert_true(seat_sent_certificate(seat, VOTE_NULLIFY, 1));
    assert_true(seat_sent_certificate(seat, VOTE_NULLIFY, 3));
    seat_free(seat);
}

/* The certificate that opened a view is durable no later than a vote in that view leaves. */
static void test_point_07_certificate_is_written_before_the_vote_S12(void **state)
{
    (void)state;
    static struct seat_block first;
    static struct seat_block second;
    struct seat *seat = seat_new_following(2);
    seat_block_make(seat, &first, 1, NULL);
    seat_propose(seat, &first);
    seat_certificate(seat, VOTE_NOTARIZE, 1, &first.hash);
    seat_block_make(seat, &second, 2, &first);
    seat_propose(seat, &second);
    assert_true(seat_said(seat, VOTE_NOTARIZE, 2, &second.hash));
    seat_restart(seat, true);
    seat_status(seat, somebody_else(seat), 1, 0, 0, 1);
    assert_true(seat_sent_certificate(seat, VOTE_NOTARIZE, 1));
    seat_free(seat);
}

static void test_point_08_own_votes_of_unfinal_views_are_sent_again_S4(void **state)
{
    (void)state;
    static struct seat_block first;
    static struct seat_block second;
    struct seat *seat = seat_new_following(2);
    seat_block_make(seat, &first, 1, NULL);
    seat_propose(seat, &first);
    seat_certificate(seat, VOTE_NOTARIZE, 1, &first.hash);
    seat_block_make(seat, &second, 2, &first);
    seat_propose(seat, &second);
    seat_certificate(seat, VOTE_NOTARIZE, 2, &second.hash);
    assert_true(seat_said(seat, VOTE_FINALIZE, 1, NULL));
    assert_true(seat_said(seat, VOTE_FINALIZE, 2, NULL));
    seat_wait(seat, STATUS_IDLE_MS);
    seat_forget_sent(seat);
    seat_status(seat, somebody_else(seat), 3, 0, 0, 3);
    assert_true(seat_said(seat, VOTE_FINALIZE, 1, &first.hash));
    assert_true(seat_said(seat, VOTE_FINALIZE, 2, &second.hash));
    seat_restart(seat, true); /* and also after a restart */
    seat_status(seat, somebody_else(seat), 3, 0, 0, 3);
    assert_true(seat_said(seat, VOTE_FINALIZE, 1, &first.hash));
    seat_free(seat);
}

/* No certificate formed, so peers need the vote itself; a gap is answered with it. */
static void test_point_08_own_nullify_is_sent_again(void **state)
{
    (void)state;
    struct seat *seat = seat_new_following(1);
    seat_wait(seat, GIVE_UP_MS);
    assert_true(seat_said(seat, VOTE_NULLIFY, 1, NULL));
    seat_wait(seat, STATUS_IDLE_MS);
    seat_forget_sent(seat);
    seat_status(seat, somebody_else(seat), 1, 0, 0, 1);
    assert_true(seat_said(seat, VOTE_NULLIFY, 1, NULL));
    seat_free(seat);
}

static void test_point_09_retry_goes_on_after_a_restart_S3_S5(void **state)
{
    (void)state;
    struct seat *seat = seat_new_following(1);
    seat_wait(seat, GIVE_UP_MS);
    assert_true(seat_said(seat, VOTE_NULLIFY, 1, NULL));
    seat_restart(seat, true);
    for (int i = 0; i < 3; i++) { /* a status by itself, again and again */
        seat_forget_sent(seat);
        seat_wait(seat, 2 * STATUS_IDLE_MS);
        assert_true(seat_sent_count(seat, MESSAGE_STATUS, CONSENSUS_ALL) > 0);
    }
    seat_status(seat, somebody_else(seat), 1, 0, 0, 1);
    assert_true(seat_said(seat, VOTE_NULLIFY, 1, NULL)); /* known although it was before */
    seat_free(seat);
}

static void test_point_10_who_votes_in_a_final_view_gets_the_certificate_S4(void **state)
{
    (void)state;
    static struct seat_block first;
    struct seat *seat = seat_new_following(1);
    seat_block_make(seat, &first, 1, NULL);
    seat_propose(seat, &first);
    seat_certificate(seat, VOTE_NOTARIZE, 1, &first.hash);
    seat_certificate(seat, VOTE_FINALIZE, 1, &first.hash);
    assert_int_equal(seat_final_view(seat), 1);
    seat_wait(seat, STATUS_IDLE_MS);
    seat_forget_sent(seat);
    seat_vote(seat, somebody_else(seat), VOTE_NULLIFY, 1, NULL);
    assert_true(seat_sent_certificate(seat, VOTE_FINALIZE, 1));
    seat_free(seat);
}

static void test_point_10_lower_final_view_in_a_status_is_answered_S4(void **state)
{
    (void)state;
    static struct seat_block first;
    struct seat *seat = seat_new_following(1);
    seat_block_make(seat, &first, 1, NULL);
    seat_propose(seat, &first);
    seat_certificate(seat, VOTE_FINALIZE, 1, &first.hash);
    seat_wait(seat, STATUS_IDLE_MS);
    seat_forget_sent(seat);
    seat_status(seat, somebody_else(seat), 1, 0, 0, 1);
    assert_true(seat_sent_certificate(seat, VOTE_FINALIZE, 1));
    seat_free(seat);
}

/* --------------------------------------------------------------- 14, 15: the leader */

static void test_point_14_leader_without_ancestry_hands_over(void **state)
{
    (void)state;
    struct seat *seat = seat_new_leading(3);
    seat_certificate(seat, VOTE_NULLIFY, 2, NULL); /* view 3; nothing is known of view 1 */
    assert_int_equal(seat_view(seat), 3);
    seat_wait(seat, 4 * 50); /* its followers would wait 6 D0 */
    assert_int_equal(seat_sent_count(seat, MESSAGE_PROPOSAL, CONSENSUS_ALL), 0);
    assert_true(seat_said(seat, VOTE_NULLIFY, 3, NULL));
    seat_free(seat);
}

static void test_point_15_leader_repeats_its_proposal_after_a_restart(void **state)
{
    (void)state;
    struct message_proposal before;
    struct message_proposal after;
    struct seat *seat = seat_new_leading(1);
    seat_submit(seat);
    seat_wait(seat, 20);
    const struct sim_message *message = seat_last(seat, MESSAGE_PROPOSAL);
    assert_non_null(message);
    assert_true(message_proposal_read(message->bytes, message->size, 4, &before));
    struct hash hash = before.hash;
    seat_restart(seat, true);
    seat_wait(seat, 20); /* another time stamp, if it were made afresh */
    seat_submit(seat);
    seat_status(seat, somebody_else(seat), 1, 0, 0, 1);
    message = seat_last(seat, MESSAGE_PROPOSAL);
    assert_non_null(message);
    assert_true(message_proposal_read(message->bytes, message->size, 4, &after));
    assert_memory_equal(after.hash.bytes, hash.bytes, sizeof hash.bytes);
    assert_int_equal(seat_said_count(seat, VOTE_NOTARIZE, 1), 1);
    seat_free(seat);
}

/* ---------------------------------------------------------- 19, 20: far and huge views */

static void test_point_19_votes_far_ahead_are_dropped(void **state)
{
    (void)state;
    static const uint64_t distances[] = {20, 30, 40, 500};
    for (size_t i = 0; i < sizeof distances / sizeof distances[0]; i++) {
        struct seat *seat = seat_new_following(1);
        uint64_t view = 1 + distances[i];
        seat_votes(seat, 2, VOTE_NULLIFY, view, NULL); /* f + 1: kept, they would bind later */
        assert_int_equal(seat_view(seat), 1);
        seat_certificate(seat, VOTE_NULLIFY, view - 1, NULL);
        assert_int_equal(seat_view(seat), view);
        assert_false(seat_said(seat, VOTE_NULLIFY, view, NULL));
        seat_free(seat);
    }
}

/* The vote tables are a ring: a vote far ahead must not take the place of the current view. */
static void test_point_19_votes_far_ahead_push_nothing_out(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat *seat = seat_new_following(1);
    seat_block_make(seat, &block, 1, NULL);
    seat_propose(seat, &block);
    for (uint64_t ahead = 16; ahead <= 1024; ahead *= 2) {
        seat_vote(seat, somebody_else(seat), VOTE_NOTARIZE, 1 + ahead, &block.hash);
        seat_vote(seat, somebody_else(seat), VOTE_NULLIFY, ahead, NULL);
    }
    seat_votes(seat, 3, VOTE_NOTARIZE, 1, &block.hash);
    assert_int_equal(seat_view(seat), 2);
    assert_true(seat_said(seat, VOTE_FINALIZE, 1, &block.hash));
    seat_free(seat);
}

static void test_point_19_certificates_are_taken_from_afar_S8(void **state)
{
    (void)state;
    struct seat *seat = seat_new_following(1);
    static struct seat_block block;
    seat_certificate(seat, VOTE_NULLIFY, 900, NULL);
    assert_int_equal(seat_view(seat), 901);
    seat_block_make(seat, &block, 3, NULL);
    block.header.view = 100000;
    seat_block_seal(seat, &block);
    seat_certificate(seat, VOTE_FINALIZE, 100000, &block.hash); /* a final one from anywhere */
    assert_int_equal(seat_view(seat), 100001);
    seat_forget_sent(seat);
    seat_wait(seat, 4 * STATUS_IDLE_MS);
    assert_true(seat->sent_count < 200); /* asks for the gap, but does not flood */
    seat_free(seat);
}

static void test_point_20_huge_views_do_no_harm(void **state)
{
    (void)state;
    static const uint64_t views[] = {UINT64_MAX, UINT64_MAX - 1, UINT64_MAX / 2,
                                     UINT64_MAX / 2 + 1};
    static struct seat_block block;
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
        struct seat *seat = seat_new_following(1);
        struct message_certificate_request request = {1, views[i], 0};
        uint8_t bytes[64];
        struct bytes_writer writer;
        seat_votes(seat, 3, VOTE_NULLIFY, views[i], NULL);
        seat_status(seat, somebody_else(seat), views[i], views[i], views[i], views[i]);
        bytes_writer_init(&writer, bytes, sizeof bytes);
        message_certificate_request_write(&writer, &request);
        seat_receive(seat, somebody_else(seat), bytes, writer.size);
        seat_certificate(seat, VOTE_NULLIFY, views[i], NULL);
        seat_wait(seat, 2 * STATUS_IDLE_MS);
        seat_block_make(seat, &block, 1, NULL);
        block.header.view = views[i];
        block.header.parent_view = views[i] - 1;
        seat_block_seal(seat, &block);
        seat_propose_from(seat, &block, seat_leader(seat, views[i]), seat_leader(seat, 1));
        seat_free(seat);
    }
}

/* -------------------------------------------------- 21, 22: whose statement, and about what */

static void vote_deliver(struct seat *seat, const struct vote *vote)
{
    struct message_vote message;
    struct bytes_writer writer;
    uint8_t bytes[1024];
    memset(&message, 0, sizeof message);
    message.vote = *vote;
    bytes_writer_init(&writer, bytes, sizeof bytes);
    message_vote_write(&writer, 4, &message);
    seat_receive(seat, vote->signer, bytes, writer.size);
}

/* Nullify votes of all others, with a wrong chain, a wrong epoch or a wrong key. */
static uint64_t view_after_wrong_votes(const struct hash *chain_id, uint64_t signed_epoch,
                                       uint64_t stated_epoch, uint16_t key_shift)
{
    struct seat *seat = seat_new_following(1);
    for (uint16_t signer = 0; signer < 4; signer++) {
        struct vote vote;
        if (signer == seat->config.self) {
            continue;
        }
        memset(&vote, 0, sizeof vote);
        vote.kind = VOTE_NULLIFY;
        vote.epoch = signed_epoch;
        vote.view = 1;
        vote.signer = signer;
        vote_sign(&vote, chain_id == NULL ? &seat->config.chain_id : chain_id,
                  &seat->secret_keys[(signer + key_shift) % 4]);
        vote.epoch = stated_epoch;
        vote_deliver(seat, &vote);
    }
    uint64_t view = seat_view(seat);
    seat_free(seat);
    return view;
}

static void test_point_21_votes_of_another_chain_or_epoch_do_not_count(void **state)
{
    (void)state;
    struct hash other_chain;
    memset(&other_chain, 9, sizeof other_chain);
    assert_int_equal(view_after_wrong_votes(NULL, 1, 1, 0), 2); /* the control */
    assert_int_equal(view_after_wrong_votes(&other_chain, 1, 1, 0), 1);
    assert_int_equal(view_after_wrong_votes(NULL, 2, 2, 0), 1);
    assert_int_equal(view_after_wrong_votes(NULL, 2, 1, 0), 1);
}

static void test_point_21_certificate_of_another_epoch_does_not_count(void **state)
{
    (void)state;
    struct seat *seat = seat_new_following(1);
    seat->config.epoch = 2; /* of what the test signs; the core has its own copy */
    seat_certificate(seat, VOTE_NULLIFY, 1, NULL);
    assert_int_equal(seat_view(seat), 1);
    seat->config.epoch = 1;
    seat_certificate(seat, VOTE_NULLIFY, 1, NULL);
    assert_int_equal(seat_view(seat), 2);
    seat_free(seat);
}

static void test_point_22_votes_need_their_signer_s_key(void **state)
{
    (void)state;
    assert_int_equal(view_after_wrong_votes(NULL, 1, 1, 1), 1);
}

static void test_point_22_anyone_may_relay_a_proposal(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat *seat = seat_new_following(1);
    uint16_t leader = seat_leader(seat, 1);
    uint16_t relay = 0;
    while (relay == leader || relay == seat->config.self) {
        relay++;
    }
    seat_block_make(seat, &block, 1, NULL);
    seat_propose_from(seat, &block, leader, relay);
    assert_true(seat_said(seat, VOTE_NOTARIZE, 1, &block.hash));
    seat_free(seat);
}

static void test_point_22_only_the_leader_may_sign_a_proposal(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat *seat = seat_new_following(1);
    uint16_t leader = seat_leader(seat, 1);
    uint16_t other = 0;
    while (other == leader || other == seat->config.self) {
        other++;
    }
    seat_block_make(seat, &block, 1, NULL);
    seat_propose_from(seat, &block, other, other); /* names the leader as proposer */
    assert_int_equal(seat_said_count(seat, VOTE_NOTARIZE, 1), 0);
    block.header.proposer = other; /* names itself */
    seat_block_seal(seat, &block);
    seat_propose_from(seat, &block, other, other);
    assert_int_equal(seat_said_count(seat, VOTE_NOTARIZE, 1), 0);
    assert_int_equal(seat_said_count(seat, VOTE_NULLIFY, 1), 0); /* nor does it spoil the view */
    seat_block_make(seat, &block, 1, NULL);
    seat_propose(seat, &block);
    assert_true(seat_said(seat, VOTE_NOTARIZE, 1, &block.hash));
    seat_free(seat);
}

static void test_point_22_certificates_need_every_signature(void **state)
{
    (void)state;
    uint8_t bytes[1024];
    struct bytes_writer writer;
    struct seat *seat = seat_new_following(1);
    bytes_writer_init(&writer, bytes, sizeof bytes);
    bytes_write_u8(&writer, MESSAGE_CERTIFICATE);
    seat_certificate_write(seat, &writer, VOTE_NULLIFY, 1, NULL);
    bytes[writer.size - 1] ^= 1u; /* the last signature's last byte */
    seat_receive(seat, somebody_else(seat), bytes, writer.size);
    assert_int_equal(seat_view(seat), 1);
    seat_free(seat);
}

/* ----------------------------------------------------------- 23, 28: egress, observers */

static void test_point_23_a_lying_status_costs_little(void **state)
{
    (void)state;
    struct seat *seat = seat_new_following(3);
    skip_views(seat, 40);
    seat_wait(seat, STATUS_IDLE_MS);
    seat_forget_sent(seat);
    for (uint32_t i = 0; i < 1000; i++) { /* within one millisecond */
        seat_status(seat, somebody_else(seat), i % 41, 0, 0, 1 + i % 40);
    }
    assert_true(seat->sent_count <= 64);
    seat_free(seat);
}

/* A standstill feeds itself if everybody is given all that it asks for, however often. */
static void test_point_23_a_standstill_costs_little_S10(void **state)
{
    enum {
        PERIODS = 20,
        ANSWERS_PER_PERIOD = 64
    };
    (void)state;
    struct seat *seat = seat_new_following(3);
    skip_views(seat, 40);
    seat_wait(seat, STATUS_IDLE_MS);
    seat_forget_sent(seat);
    for (uint32_t i = 0; i < PERIODS * RETRY_MS; i++) {
        for (uint32_t j = 0; j < 4; j++) { /* four requests a millisecond, for ever behind */
            struct message_certificate_request request = {1, 1 + (i + j) % 40, 0};
            uint8_t bytes[64];
            struct bytes_writer writer;
            bytes_writer_init(&writer, bytes, sizeof bytes);
            message_certificate_request_write(&writer, &request);
            seat_receive(seat, somebody_else(seat), bytes, writer.size);
        }
        seat_wait(seat, 1);
    }
    assert_true(seat->sent_count > PERIODS);
    assert_true(seat->sent_count <= (PERIODS + 1) * (ANSWERS_PER_PERIOD + 3));
    seat_free(seat);
}

static void test_point_28_an_observer_follows_and_says_nothing(void **state)
{
    (void)state;
    static struct seat_block first;
    struct seat *seat = seat_new(4, CONSENSUS_OBSERVER);
    seat_block_make(seat, &first, 1, NULL);
    seat_propose_from(seat, &first, seat_leader(seat, 1), seat_leader(seat, 1));
    seat_certificate(seat, VOTE_NOTARIZE, 1, &first.hash);
    seat_certificate(seat, VOTE_FINALIZE, 1, &first.hash);
    seat_wait(seat, 3 * GIVE_UP_MS);
    assert_int_equal(seat->commits_count, 1);
    assert_int_equal(seat_sent_count(seat, MESSAGE_NOTARIZE, CONSENSUS_ALL), 0);
    assert_int_equal(seat_sent_count(seat, MESSAGE_NULLIFY, CONSENSUS_ALL), 0);
    assert_int_equal(seat_sent_count(seat, MESSAGE_FINALIZE, CONSENSUS_ALL), 0);
    assert_int_equal(seat_sent_count(seat, MESSAGE_PROPOSAL, CONSENSUS_ALL), 0);
    seat_free(seat);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_point_06_carried_justification_brings_a_member_along),
        cmocka_unit_test(test_point_06_leader_carries_the_justification),
        cmocka_unit_test(test_point_06_left_out_justification_is_asked_for),
        cmocka_unit_test(test_point_06_gap_in_a_status_is_filled),
        cmocka_unit_test(test_point_06_certificate_request_is_answered),
        cmocka_unit_test(test_point_06_a_certificate_goes_to_whoever_seems_to_lack_it),
        cmocka_unit_test(test_point_07_certificates_survive_a_restart_S12),
        cmocka_unit_test(test_point_07_certificate_is_written_before_the_vote_S12),
        cmocka_unit_test(test_point_08_own_votes_of_unfinal_views_are_sent_again_S4),
        cmocka_unit_test(test_point_08_own_nullify_is_sent_again),
        cmocka_unit_test(test_point_09_retry_goes_on_after_a_restart_S3_S5),
        cmocka_unit_test(test_point_10_who_votes_in_a_final_view_gets_the_certificate_S4),
        cmocka_unit_test(test_point_10_lower_final_view_in_a_status_is_answered_S4),
        cmocka_unit_test(test_point_14_leader_without_ancestry_hands_over),
        cmocka_unit_test(test_point_15_leader_repeats_its_proposal_after_a_restart),
        cmocka_unit_test(test_point_19_votes_far_ahead_are_dropped),
        cmocka_unit_test(test_point_19_votes_far_ahead_push_nothing_out),
        cmocka_unit_test(test_point_19_certificates_are_taken_from_afar_S8),
        cmocka_unit_test(test_point_20_huge_views_do_no_harm),
        cmocka_unit_test(test_point_21_votes_of_another_chain_or_epoch_do_not_count),
        cmocka_unit_test(test_point_21_certificate_of_another_epoch_does_not_count),
        cmocka_unit_test(test_point_22_votes_need_their_signer_s_key),
        cmocka_unit_test(test_point_22_anyone_may_relay_a_proposal),
        cmocka_unit_test(test_point_22_only_the_leader_may_sign_a_proposal),
        cmocka_unit_test(test_point_22_certificates_need_every_signature),
        cmocka_unit_test(test_point_23_a_lying_status_costs_little),
        cmocka_unit_test(test_point_23_a_standstill_costs_little_S10),
        cmocka_unit_test(test_point_28_an_observer_follows_and_says_nothing),
    };
    return cmocka_run_group_tests_name("repair", tests, NULL, NULL);
}
