/*
 * Goal: the subtle points of the voting rules, one test each. The core sits among members that the
 * test plays (tests/support/consensus/seat.h). A test is named after the numbered point of
 * docs/testing-consensus.md, and after the bug S1 to S13 of other implementations that it repeats.
 */
#include "consensus/evidence.h"
#include "tests/support/consensus/seat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* The seat's heartbeat, D0 for followers, 3 D0, and a little: patience when there is no work. */
enum {
    GIVE_UP_MS = 1000 + 6 * 50
};

/* The seat has voted NULLIFY in view 1 because nobody proposed. */
static void give_up_view_1(struct seat *seat)
{
    seat_wait(seat, GIVE_UP_MS);
    assert_true(seat_said(seat, VOTE_NULLIFY, 1, NULL));
}

/* Two blocks of one view that differ in a millisecond. */
static void make_rivals(struct seat *seat, uint64_t view, const struct seat_block *parent,
                        struct seat_block *first, struct seat_block *second)
{
    seat_block_make(seat, first, view, parent);
    *second = *first;
    second->header.ts_ms += 1;
    seat_block_seal(seat, second);
}

/* ------------------------------------------------------- 1: E1 to E6, across restarts */

static void test_point_01_e1_second_proposal_gets_no_vote(void **state)
{
    (void)state;
    static struct seat_block first;
    static struct seat_block second;
    struct seat *seat = seat_new_following(1);
    make_rivals(seat, 1, NULL, &first, &second);
    seat_propose(seat, &first);
    assert_true(seat_said(seat, VOTE_NOTARIZE, 1, &first.hash));
    seat_propose(seat, &second);
    assert_int_equal(seat_said_count(seat, VOTE_NOTARIZE, 1), 1);
    seat_free(seat);
}

static void test_point_01_e1_across_restart(void **state)
{
    (void)state;
    static struct seat_block first;
    static struct seat_block second;
    struct seat *seat = seat_new_following(1);
    make_rivals(seat, 1, NULL, &first, &second);
    seat_propose(seat, &first);
    assert_true(seat_said(seat, VOTE_NOTARIZE, 1, &first.hash));
    seat_restart(seat, true);
    seat_propose(seat, &second);
    seat_wait(seat, GIVE_UP_MS);
    assert_false(seat_said(seat, VOTE_NOTARIZE, 1, &second.hash));
    seat_free(seat);
}

static void test_point_01_e2_second_finalize_across_restart(void **state)
{
    (void)state;
    static struct seat_block first;
    static struct seat_block second;
    struct seat *seat = seat_new_following(1);
    make_rivals(seat, 1, NULL, &first, &second);
    seat_certificate(seat, VOTE_NOTARIZE, 1, &first.hash);
    assert_true(seat_said(seat, VOTE_FINALIZE, 1, &first.hash));
    seat_restart(seat, true);
    seat_certificate(seat, VOTE_NOTARIZE, 1, &second.hash); /* more than f lie */
    seat_wait(seat, GIVE_UP_MS);
    assert_false(seat_said(seat, VOTE_FINALIZE, 1, &second.hash));
    seat_free(seat);
}

static void test_point_01_e3_no_finalize_after_nullify_S1(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat *seat = seat_new_following(1);
    give_up_view_1(seat);
    seat_block_make(seat, &block, 1, NULL);
    seat_certificate(seat, VOTE_NOTARIZE, 1, &block.hash);
    assert_int_equal(seat_view(seat), 2);
    assert_false(seat_said(seat, VOTE_FINALIZE, 1, NULL));
    seat_free(seat);
}

static void test_point_01_e3_no_finalize_after_nullify_across_restart_S5(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat *seat = seat_new_following(1);
    give_up_view_1(seat);
    seat_restart(seat, true);
    seat_block_make(seat, &block, 1, NULL);
    seat_certificate(seat, VOTE_NOTARIZE, 1, &block.hash);
    seat_wait(seat, GIVE_UP_MS);
    assert_false(seat_said(seat, VOTE_FINALIZE, 1, NULL));
    seat_free(seat);
}

/* S3: NOTARIZE, then NULLIFY in one view; who believes the last record only forgets one of them. */
static void test_point_01_all_records_count_after_restart_S3(void **state)
{
    (void)state;
    static struct seat_block first;
    static struct seat_block second;
    struct seat *seat = seat_new_following(1);
    make_rivals(seat, 1, NULL, &first, &second);
    seat_propose(seat, &first);
    seat_wait(seat, GIVE_UP_MS);
    assert_true(seat_said(seat, VOTE_NOTARIZE, 1, &first.hash));
    assert_true(seat_said(seat, VOTE_NULLIFY, 1, NULL));
    seat_restart(seat, true);
    seat_propose(seat, &second);
    seat_vote(seat, seat->config.self, VOTE_NOTARIZE, 1, &first.hash); /* a peer repeats it */
    struct consensus_summary summary;
    consensus_summary(seat->core, &summary);
    assert_int_equal(summary.mute, CONSENSUS_ALARM_NONE); /* known, so nothing is amiss */
    seat_certificate(seat, VOTE_NOTARIZE, 1, &first.hash);
    seat_wait(seat, GIVE_UP_MS);
    assert_false(seat_said(seat, VOTE_NOTARIZE, 1, &second.hash));
    assert_false(seat_said(seat, VOTE_FINALIZE, 1, NULL));
    seat_free(seat);
}

/*
 * FINALIZE first, NULLIFY later: a finalizer has left the view, so only a restart that forgot the
 * certificates brings it back. The journal's certificates are taken away here to get there.
 */
static void test_point_01_e3_no_nullify_after_finalize(void **state)
{
    (void)state;
    static struct seat_block block;
    enum {
        CERTIFICATE_RECORD = 4
    };
    struct seat *seat = seat_new_following(1);
    seat_block_make(seat, &block, 1, NULL);
    seat_certificate(seat, VOTE_NOTARIZE, 1, &block.hash);
    assert_true(seat_said(seat, VOTE_FINALIZE, 1, &block.hash));
    seat_stop(seat, true);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < seat->records_count; i++) {
        if (seat->records[i].bytes->bytes[0] == CERTIFICATE_RECORD) {
            sim_message_release(seat->records[i].bytes);
        } else {
            seat->records[kept++] = seat->records[i];
        }
    }
    seat->records_count = kept;
    seat_forget_sent(seat);
    seat_start(seat, CONSENSUS_JOURNAL_INTACT);
    seat_votes(seat, 2, VOTE_NULLIFY, 1, NULL);
    seat_wait(seat, GIVE_UP_MS);
    assert_false(seat_said(seat, VOTE_NULLIFY, 1, NULL));
    seat_free(seat);
}

static void test_point_01_e4_no_notarize_after_nullify(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat *seat = seat_new_following(1);
    give_up_view_1(seat);
    seat_block_make(seat, &block, 1, NULL);
    seat_propose(seat, &block);
    assert_int_equal(seat_said_count(seat, VOTE_NOTARIZE, 1), 0);
    seat_restart(seat, true);
    seat_propose(seat, &block);
    assert_int_equal(seat_said_count(seat, VOTE_NOTARIZE, 1), 0);
    seat_free(seat);
}

static void test_point_01_e5_nullify_after_notarize(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat *seat = seat_new_following(1);
    seat_block_make(seat, &block, 1, NULL);
    seat_propose(seat, &block);
    assert_true(seat_said(seat, VOTE_NOTARIZE, 1, &block.hash));
    seat_wait(seat, GIVE_UP_MS);
    assert_true(seat_said(seat, VOTE_NULLIFY, 1, NULL));
    seat_free(seat);
}

static void test_point_01_e6_no_vote_ahead_of_the_view(void **state)
{
    (void)state;
    static struct seat_block first;
    static struct seat_block second;
    struct seat *seat = seat_new_following(2);
    seat_block_make(seat, &first, 1, NULL);
    seat_block_make(seat, &second, 2, &first);
    seat_propose_bare(seat, &second); /* carries no certificate that would lead into view 2 */
    assert_int_equal(seat_view(seat), 1);
    assert_int_equal(seat_said_count(seat, VOTE_NOTARIZE, 2), 0);
    seat_free(seat);
}

/* ------------------------------------------------------------------ 2: quorums */

static void check_quorum(uint16_t validator_count)
{
    static struct seat_block block;
    uint16_t quorum = quorum_size(validator_count);
    struct seat *seat = seat_new(validator_count, 0);
    if (seat_leader(seat, 1) == 0) {
        seat_free(seat);
        seat = seat_new(validator_count, 1);
    }
    seat_block_make(seat, &block, 1, NULL);
    seat_propose(seat, &block); /* two votes: the leader's and the core's */
    assert_true(seat_said(seat, VOTE_NOTARIZE, 1, &block.hash));
    uint16_t votes = 2;
    for (uint16_t signer = 0; signer < validator_count && votes + 1 < quorum; signer++) {
        if (signer != seat->config.self && signer != seat_leader(seat, 1)) {
            seat_vote(seat, signer, VOTE_NOTARIZE, 1, &block.hash);
            votes++;
        }
    }
    assert_int_equal(seat_view(seat), 1);
    assert_false(seat_said(seat, VOTE_FINALIZE, 1, NULL));
    for (uint16_t signer = validator_count; signer > 0 && votes < quorum; signer--) {
        if (signer - 1 != seat->config.self && signer - 1 != seat_leader(seat, 1)) {
            seat_vote(seat, (uint16_t)(signer - 1), VOTE_NOTARIZE, 1, &block.hash);
            votes++;
        }
    }
    assert_int_equal(seat_view(seat), 2);
    assert_true(seat_said(seat, VOTE_FINALIZE, 1, &block.hash));
    seat_free(seat);
}

static void test_point_02_quorum_of_any_size(void **state)
{
    (void)state;
    for (uint16_t validator_count = 4; validator_count <= 10; validator_count++) {
        check_quorum(validator_count);
    }
}

static void test_point_02_one_validator_decides_alone(void **state)
{
    (void)state;
    struct seat *seat = seat_new(1, 0);
    seat_wait(seat, 3000);
    assert_true(seat->commits_count >= 1);
    seat_free(seat);
}

/* --------------------------------------------------- 3: parent and skipped views */

static void test_point_03_skipped_view_needs_nullification_S2(void **state)
{
    (void)state;
    static struct seat_block first;
    static struct seat_block skipping;
    struct seat *seat = seat_new_following(2);
    seat_block_make(seat, &first, 1, NULL);
    seat_certificate(seat, VOTE_NOTARIZE, 1, &first.hash);
    assert_int_equal(seat_view(seat), 2);
    seat_block_make(seat, &skipping, 2, NULL); /* as if view 1 had been given up */
    seat_block_justification_drop(seat, &skipping);
    seat_propose(seat, &skipping);
    assert_int_equal(seat_said_count(seat, VOTE_NOTARIZE, 2), 0);
    seat_free(seat);
}

static void test_point_03_parent_needs_notarization_S2(void **state)
{
    (void)state;
    static struct seat_block first;
    static struct seat_block second;
    struct seat *seat = seat_new_following(2);
    seat_block_make(seat, &first, 1, NULL);
    seat_propose(seat, &first);
    seat_certificate(seat, VOTE_NULLIFY, 1, NULL);
    assert_int_equal(seat_view(seat), 2);
    seat_block_make(seat, &second, 2, &first); /* view 1 was given up, nobody notarised its block */
    seat_block_justification_drop(seat, &second);
    seat_propose(seat, &second);
    assert_int_equal(seat_said_count(seat, VOTE_NOTARIZE, 2), 0);
    seat_free(seat);
}

static void test_point_03_certificate_of_another_block_is_none(void **state)
{
    (void)state;
    static struct seat_block first;
    static struct seat_block rival;
    static struct seat_block second;
    struct seat *seat = seat_new_following(2);
    make_rivals(seat, 1, NULL, &first, &rival);
    seat_propose(seat, &first);
    seat_certificate(seat, VOTE_NOTARIZE, 1, &first.hash);
    seat_block_make(seat, &second, 2, &first);
    second.header.parent_hash = rival.hash; /* justified by the certificate of its rival */
    seat_block_seal(seat, &second);
    seat_propose(seat, &second);
    assert_int_equal(seat_said_count(seat, VOTE_NOTARIZE, 2), 0);
    seat_free(seat);
}

/* Views 1 and 2 were given up, but the proposal proves the end of view 1 twice. */
static void test_point_03_stale_certificate_proves_nothing_S2(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat *seat = seat_new_following(3);
    seat_certificate(seat, VOTE_NULLIFY, 1, NULL);
    seat_certificate(seat, VOTE_NULLIFY, 2, NULL);
    assert_int_equal(seat_view(seat), 3);
    seat_block_make(seat, &block, 3, NULL);
    const size_t size = (block.justification_size - 2) / 2;
    memcpy(block.justification + 2 + size, block.justification + 2, size);
    seat_block_seal(seat, &block);
    seat_propose(seat, &block);
    assert_int_equal(seat_said_count(seat, VOTE_NOTARIZE, 3), 0);
    seat_free(seat);
}

/* The right block and the right root, but one of the signatures in the certificate is not one. */
static void test_point_03_parent_s_certificate_is_verified_S2(void **state)
{
    (void)state;
    static struct seat_block first;
    static struct seat_block second;
    struct seat *seat = seat_new_following(2);
    seat_block_make(seat, &first, 1, NULL);
    seat_propose(seat, &first);
    seat_certificate(seat, VOTE_NULLIFY, 1, NULL);
    assert_int_equal(seat_view(seat), 2);
    seat_block_make(seat, &second, 2, &first);
    second.justification[second.justification_size - 1] ^= 1u;
    seat_block_seal(seat, &second);
    seat_propose(seat, &second);
    assert_int_equal(seat_said_count(seat, VOTE_NOTARIZE, 2), 0);
    seat_free(seat);
}

static void test_point_03_just_root_must_fit(void **state)
{
    (void)state;
    static struct seat_block first;
    static struct seat_block second;
    struct seat *seat = seat_new_following(2);
    seat_block_make(seat, &first, 1, NULL);
    seat_propose(seat, &first);
    seat_certificate(seat, VOTE_NOTARIZE, 1, &first.hash);
    seat_block_make(seat, &second, 2, &first);
    second.header.just_root.bytes[0] ^= 1u; /* commits to certificates that nobody has */
    header_hash(&second.header, &second.hash);
    seat_propose(seat, &second);
    seat_propose_bare(seat, &second);
    assert_int_equal(seat_said_count(seat, VOTE_NOTARIZE, 2), 0);
    seat_free(seat);
}

/* ------------------------------------------------------------ 4, 5: two certificates */

static void test_point_04_notarized_parent_is_preferred(void **state)
{
    (void)state;
    static struct seat_block first;
    struct message_proposal proposal;
    struct seat *seat = seat_new_leading(2);
    seat_block_make(seat, &first, 1, NULL);
    seat_propose(seat, &first);
    seat_certificate(seat, VOTE_NOTARIZE, 1, &first.hash);
    seat_certificate(seat, VOTE_NULLIFY, 1, NULL);
    seat_wait(seat, GIVE_UP_MS);
    const struct sim_message *message = seat_last(seat, MESSAGE_PROPOSAL);
    assert_non_null(message);
    assert_true(message_proposal_read(message->bytes, message->size, 4, &proposal));
    assert_int_equal(proposal.block.header.view, 2);
    assert_int_equal(proposal.block.header.parent_view, 1);
    seat_free(seat);
}

static void test_point_05_nullification_does_not_undo_a_notarization_S7(void **state)
{
    (void)state;
    static struct seat_block first;
    static struct seat_block second;
    struct seat *seat = seat_new_following(2);
    give_up_view_1(seat);
    seat_certificate(seat, VOTE_NULLIFY, 1, NULL);
    assert_int_equal(seat_view(seat), 2);
    seat_block_make(seat, &first, 1, NULL);
    seat_propose(seat, &first); /* late, and of a view that is over */
    seat_certificate(seat, VOTE_NOTARIZE, 1, &first.hash);
    seat_block_make(seat, &second, 2, &first);
    seat_propose(seat, &second);
    assert_true(seat_said(seat, VOTE_NOTARIZE, 2, &second.hash));
    seat_free(seat);
}

/* The core itself never gave view 1 up, so it may still help to finish it. */
static void test_point_05_late_notarization_is_finalized_S7(void **state)
{
    (void)state;
    static struct seat_block first;
    struct seat *seat = seat_new_following(1);
    seat_certificate(seat, VOTE_NULLIFY, 1, NULL);
    assert_int_equal(seat_view(seat), 2);
    seat_block_make(seat, &first, 1, NULL);
    seat_certificate(seat, VOTE_NOTARIZE, 1, &first.hash);
    assert_true(seat_said(seat, VOTE_FINALIZE, 1, &first.hash));
    seat_free(seat);
}

/* S6: half of the members passed view 1 by notarization, half by nullification: both build on. */
static void test_point_05_certified_split_heals_S6(void **state)
{
    (void)state;
    static struct seat_block first;
    static struct seat_block over_nullified;
    struct seat *seat = seat_new_following(2);
    seat_block_make(seat, &first, 1, NULL);
    seat_propose(seat, &first);
    seat_certificate(seat, VOTE_NOTARIZE, 1, &first.hash);
    assert_true(seat_said(seat, VOTE_FINALIZE, 1, &first.hash));
    seat_block_make(seat, &over_nullified, 2, NULL); /* brings the nullification of view 1 */
    seat_propose(seat, &over_nullified);
    assert_true(seat_said(seat, VOTE_NOTARIZE, 2, &over_nullified.hash));
    seat_free(seat);
}

/* ------------------------------------------------------------ 12, 13, 30: giving up */

static void test_point_12_joins_f_plus_1(void **state)
{
    (void)state;
    struct seat *seat = seat_new_following(1);
    uint16_t leader = seat_leader(seat, 1);
    uint16_t others[2];
    uint16_t count = 0;
    for (uint16_t member = 0; member < 4 && count < 2; member++) {
        if (member != leader && member != seat->config.self) {
            others[count++] = member;
        }
    }
    seat_vote(seat, others[0], VOTE_NULLIFY, 1, NULL);
    assert_false(seat_said(seat, VOTE_NULLIFY, 1, NULL));
    seat_vote(seat, others[1], VOTE_NULLIFY, 1, NULL);
    assert_true(seat_said(seat, VOTE_NULLIFY, 1, NULL));
    seat_free(seat);
}

static void test_point_12_joins_the_leader(void **state)
{
    (void)state;
    struct seat *seat = seat_new_following(1);
    seat_vote(seat, seat_leader(seat, 1), VOTE_NULLIFY, 1, NULL);
    assert_true(seat_said(seat, VOTE_NULLIFY, 1, NULL));
    seat_free(seat);
}

static void test_point_12_joins_only_in_the_current_view(void **state)
{
    (void)state;
    struct seat *seat = seat_new_following(2);
    uint16_t leader = seat_leader(seat, 2);
    uint16_t other = 0;
    while (other == leader || other == seat->config.self) {
        other++;
    }
    seat_vote(seat, leader, VOTE_NULLIFY, 2, NULL);
    seat_vote(seat, other, VOTE_NULLIFY, 2, NULL);
    assert_int_equal(seat_view(seat), 1);
    assert_false(seat_said(seat, VOTE_NULLIFY, 2, NULL));
    seat_free(seat);
}

static void test_point_12_votes_that_came_early_count_on_entering(void **state)
{
    (void)state;
    static struct seat_block first;
    struct seat *seat = seat_new_following(2);
    seat_vote(seat, seat_leader(seat, 2), VOTE_NULLIFY, 2, NULL);
    assert_false(seat_said(seat, VOTE_NULLIFY, 2, NULL));
    seat_block_make(seat, &first, 1, NULL);
    seat_certificate(seat, VOTE_NOTARIZE, 1, &first.hash);
    assert_true(seat_said(seat, VOTE_NULLIFY, 2, NULL));
    seat_free(seat);
}

static void test_point_13_a_view_left_is_never_nullified(void **state)
{
    (void)state;
    static struct seat_block first;
    struct seat *seat = seat_new_following(1);
    seat_block_make(seat, &first, 1, NULL);
    seat_propose(seat, &first);
    seat_certificate(seat, VOTE_NULLIFY, 1, NULL);
    assert_int_equal(seat_view(seat), 2);
    seat_votes(seat, 3, VOTE_NULLIFY, 1, NULL);
    seat_wait(seat, GIVE_UP_MS);
    assert_false(seat_said(seat, VOTE_NULLIFY, 1, NULL));
    seat_free(seat);
}

static void test_point_30_one_nullify_for_many_reasons_S13(void **state)
{
    (void)state;
    struct seat *seat = seat_new_following(1);
    uint32_t before = seat->records_count;
    seat_vote(seat, seat_leader(seat, 1), VOTE_NULLIFY, 1, NULL);
    assert_true(seat_said(seat, VOTE_NULLIFY, 1, NULL));
    for (uint16_t member = 0; member < 4; member++) {
        if (member != seat_leader(seat, 1) && member != seat->config.self) {
            seat_vote(seat, member, VOTE_NULLIFY, 1, NULL);
            break;
        }
    }
    seat_wait(seat, 150);
    uint32_t votes = 0;
    for (uint32_t i = before; i < seat->records_count; i++) {
        const struct sim_message *record = seat->records[i].bytes;
        votes += record->bytes[0] == 3 && record->bytes[1] == VOTE_NULLIFY &&
                 bytes_get_u64(record->bytes + 10) == 1;
    }
    assert_int_equal(votes, 1);
    seat_free(seat);
}

/* --------------------------------------------------------------- 16: two proposals */

static void test_point_16_equivocation_is_evidence(void **state)
{
    (void)state;
    static struct seat_block first;
    static struct seat_block second;
    struct seat *seat = seat_new_following(1);
    make_rivals(seat, 1, NULL, &first, &second);
    seat_propose(seat, &first);
    seat_propose(seat, &second);
    assert_int_equal(seat->evidence_count, 1);
    assert_int_equal(seat->evidence[0].kind, EVIDENCE_DOUBLE_NOTARIZE);
    assert_int_equal(seat->evidence[0].votes[0].signer, seat_leader(seat, 1));
    assert_true(evidence_verify(&seat->evidence[0], &seat->config.chain_id, seat->public_keys, 4));
    seat_free(seat);
}

static void test_point_16_certificate_decides_but_no_finalize_of_another_hash(void **state)
{
    (void)state;
    static struct seat_block first;
    static struct seat_block second;
    static struct seat_block child;
    struct seat *seat = seat_new_following(2);
    make_rivals(seat, 1, NULL, &first, &second);
    seat_propose(seat, &first);
    assert_true(seat_said(seat, VOTE_NOTARIZE, 1, &first.hash));
    seat_certificate(seat, VOTE_NOTARIZE, 1, &second.hash);
    assert_int_equal(seat_view(seat), 2);
    assert_false(seat_said(seat, VOTE_FINALIZE, 1, NULL));
    seat_block_make(seat, &child, 2, &second);
    seat_propose(seat, &child);
    seat_wait(seat, 40);
    assert_true(seat_sent_count(seat, MESSAGE_BLOCK_REQUEST, CONSENSUS_ALL) > 0);
    seat_answer(seat, seat_leader(seat, 1), &second); /* the block that the certificate is for */
    assert_true(seat_said(seat, VOTE_NOTARIZE, 2, &child.hash));
    seat_free(seat);
}

/*
 * The same where nothing convicts the leader: the certificate of the other block is signed by five
 * of seven, and the leader is not among them. The own NOTARIZE alone forbids FINALIZE.
 */
static void test_point_16_no_finalize_of_another_hash_without_evidence(void **state)
{
    (void)state;
    static struct seat_block first;
    static struct seat_block second;
    enum {
        LEADER = 6
    }; /* certificates of the seat are by the lowest members other than itself */
    struct seat *seat = seat_new(7, 0);
    uint64_t view = 1;
    while (seat_leader(seat, view) != LEADER) {
        seat_certificate(seat, VOTE_NULLIFY, view++, NULL);
    }
    make_rivals(seat, view, NULL, &first, &second);
    seat_propose(seat, &first);
    assert_true(seat_said(seat, VOTE_NOTARIZE, view, &first.hash));
    seat_certificate(seat, VOTE_NOTARIZE, view, &second.hash);
    assert_int_equal(seat->evidence_count, 0);
    assert_int_equal(seat_view(seat), view + 1);
    assert_false(seat_said(seat, VOTE_FINALIZE, view, NULL));
    seat_free(seat);
}

/* Every pair of statements that convicts, and one that does not. */
static void test_point_16_conflicting_votes_are_evidence(void **state)
{
    (void)state;
    static struct seat_block first;
    static struct seat_block second;
    struct seat *seat = seat_new_following(1);
    uint16_t culprit = seat->config.self == 0 ? 1 : 0;
    make_rivals(seat, 1, NULL, &first, &second);
    seat_vote(seat, culprit, VOTE_NOTARIZE, 1, &first.hash);
    seat_vote(seat, culprit, VOTE_NULLIFY, 1, NULL); /* allowed: E5 */
    assert_int_equal(seat->evidence_count, 0);
    seat_vote(seat, culprit, VOTE_FINALIZE, 1, &first.hash);
    assert_int_equal(seat->evidence_count, 1);
    assert_int_equal(seat->evidence[0].kind, EVIDENCE_FINALIZE_AND_NULLIFY);
    seat_free(seat);
}

/* Whichever of the two came first; and the same block twice is no offence. */
static void test_point_16_finalizing_another_block_is_evidence(void **state)
{
    (void)state;
    static struct seat_block first;
    static struct seat_block second;
    for (int finalize_first = 0; finalize_first <= 1; finalize_first++) {
        struct seat *seat = seat_new_following(1);
        const uint16_t honest = seat->config.self == 2 ? 3 : 2;
        const uint16_t culprit = seat->config.self == 0 ? 1 : 0;
        make_rivals(seat, 1, NULL, &first, &second);
        seat_vote(seat, honest, VOTE_NOTARIZE, 1, &first.hash);
        seat_vote(seat, honest, VOTE_FINALIZE, 1, &first.hash);
        assert_int_equal(seat->evidence_count, 0);
        seat_vote(seat, culprit, finalize_first ? VOTE_FINALIZE : VOTE_NOTARIZE, 1, &first.hash);
        seat_vote(seat, culprit, finalize_first ? VOTE_NOTARIZE : VOTE_FINALIZE, 1, &second.hash);
        assert_int_equal(seat->evidence_count, 1);
        assert_int_equal(seat->evidence[0].kind, EVIDENCE_FINALIZE_AND_NOTARIZE);
        assert_int_equal(seat->evidence[0].votes[0].signer, culprit);
        seat_free(seat);
    }
}

/* -------------------------------------------------------- 17, 18: before the proposal */

static void test_point_17_votes_for_an_unknown_block_count(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat *seat = seat_new_following(1);
    seat_block_make(seat, &block, 1, NULL);
    seat_votes(seat, 3, VOTE_NOTARIZE, 1, &block.hash);
    assert_int_equal(seat_view(seat), 2);
    assert_true(seat_said(seat, VOTE_FINALIZE, 1, &block.hash));
    seat_free(seat);
}

static void test_point_17_votes_are_counted_by_hash(void **state)
{
    (void)state;
    static struct seat_block first;
    static struct seat_block second;
    struct seat *seat = seat_new_following(1);
    uint16_t members[3];
    uint16_t count = 0;
    for (uint16_t member = 0; member < 4; member++) {
        if (member != seat->config.self) {
            members[count++] = member;
        }
    }
    make_rivals(seat, 1, NULL, &first, &second);
    seat_vote(seat, members[0], VOTE_NOTARIZE, 1, &first.hash);
    seat_vote(seat, members[1], VOTE_NOTARIZE, 1, &first.hash);
    seat_vote(seat, members[2], VOTE_NOTARIZE, 1, &second.hash);
    assert_int_equal(seat_view(seat), 1);
    seat_free(seat);
}

static void test_point_18_certificate_before_proposal(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat *seat = seat_new_following(1);
    seat_block_make(seat, &block, 1, NULL);
    seat_certificate(seat, VOTE_NOTARIZE, 1, &block.hash);
    assert_int_equal(seat_view(seat), 2);
    assert_true(seat_said(seat, VOTE_FINALIZE, 1, &block.hash));
    seat_wait(seat, 40);
    assert_true(seat_sent_count(seat, MESSAGE_BLOCK_REQUEST, CONSENSUS_ALL) > 0);
    seat_certificate(seat, VOTE_FINALIZE, 1, &block.hash);
    assert_int_equal(seat->commits_count, 0);
    seat_answer(seat, seat_leader(seat, 1), &block);
    assert_int_equal(seat->commits_count, 1);
    seat_free(seat);
}

/* A jump past view 1: the core never was in view 2, and its FINALIZE may be the one that lacks. */
static void test_point_18_certificate_of_a_view_never_entered_is_finalized(void **state)
{
    (void)state;
    static struct seat_block first;
    static struct seat_block second;
    struct seat *seat = seat_new_following(2);
    seat_block_make(seat, &first, 1, NULL);
    seat_block_make(seat, &second, 2, &first);
    seat_certificate(seat, VOTE_NOTARIZE, 2, &second.hash);
    assert_int_equal(seat_view(seat), 3);
    assert_true(seat_said(seat, VOTE_FINALIZE, 2, &second.hash));
    seat_free(seat);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_point_01_e1_second_proposal_gets_no_vote),
        cmocka_unit_test(test_point_01_e1_across_restart),
        cmocka_unit_test(test_point_01_e2_second_finalize_across_restart),
        cmocka_unit_test(test_point_01_e3_no_finalize_after_nullify_S1),
        cmocka_unit_test(test_point_01_e3_no_finalize_after_nullify_across_restart_S5),
        cmocka_unit_test(test_point_01_all_records_count_after_restart_S3),
        cmocka_unit_test(test_point_01_e3_no_nullify_after_finalize),
        cmocka_unit_test(test_point_01_e4_no_notarize_after_nullify),
        cmocka_unit_test(test_point_01_e5_nullify_after_notarize),
        cmocka_unit_test(test_point_01_e6_no_vote_ahead_of_the_view),
        cmocka_unit_test(test_point_02_quorum_of_any_size),
        cmocka_unit_test(test_point_02_one_validator_decides_alone),
        cmocka_unit_test(test_point_03_skipped_view_needs_nullification_S2),
        cmocka_unit_test(test_point_03_parent_needs_notarization_S2),
        cmocka_unit_test(test_point_03_certificate_of_another_block_is_none),
        cmocka_unit_test(test_point_03_stale_certificate_proves_nothing_S2),
        cmocka_unit_test(test_point_03_parent_s_certificate_is_verified_S2),
        cmocka_unit_test(test_point_03_just_root_must_fit),
        cmocka_unit_test(test_point_04_notarized_parent_is_preferred),
        cmocka_unit_test(test_point_05_nullification_does_not_undo_a_notarization_S7),
        cmocka_unit_test(test_point_05_late_notarization_is_finalized_S7),
        cmocka_unit_test(test_point_05_certified_split_heals_S6),
        cmocka_unit_test(test_point_12_joins_f_plus_1),
        cmocka_unit_test(test_point_12_joins_the_leader),
        cmocka_unit_test(test_point_12_joins_only_in_the_current_view),
        cmocka_unit_test(test_point_12_votes_that_came_early_count_on_entering),
        cmocka_unit_test(test_point_13_a_view_left_is_never_nullified),
        cmocka_unit_test(test_point_16_equivocation_is_evidence),
        cmocka_unit_test(test_point_16_certificate_decides_but_no_finalize_of_another_hash),
        cmocka_unit_test(test_point_16_no_finalize_of_another_hash_without_evidence),
        cmocka_unit_test(test_point_16_conflicting_votes_are_evidence),
        cmocka_unit_test(test_point_16_finalizing_another_block_is_evidence),
        cmocka_unit_test(test_point_17_votes_for_an_unknown_block_count),
        cmocka_unit_test(test_point_17_votes_are_counted_by_hash),
        cmocka_unit_test(test_point_18_certificate_before_proposal),
        cmocka_unit_test(test_point_18_certificate_of_a_view_never_entered_is_finalized),
        cmocka_unit_test(test_point_30_one_nullify_for_many_reasons_S13),
    };
    return cmocka_run_group_tests_name("voting", tests, NULL, NULL);
}
