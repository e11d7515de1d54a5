/*
 * Goal: what a block may order and claim: batches, cut, quota, time and results, one rule each. The
 * rules are those that consensus/proposal.h numbers. See test_points_voting.c.
 */
#include "consensus/evidence.h"
#include "tests/support/consensus/seat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum {
    GIVE_UP_MS = 1000 + 6 * 50,
    DRIFT_MS = 500,
    ALLOWANCE_MS = DRIFT_MS + 2 * 50
};

static uint16_t somebody_else(const struct seat *seat)
{
    return seat->config.self == 0 ? 1 : 0;
}

static void assert_voted(struct seat *seat, const struct seat_block *block)
{
    assert_true(seat_said(seat, VOTE_NOTARIZE, block->header.view, &block->hash));
}

/* The core gives the view up at once: the block breaks a rule that no waiting mends. */
static void assert_refused(struct seat *seat, const struct seat_block *block)
{
    assert_int_equal(seat_said_count(seat, VOTE_NOTARIZE, block->header.view), 0);
    assert_true(seat_said(seat, VOTE_NULLIFY, block->header.view, NULL));
}

static void assert_waiting(struct seat *seat, const struct seat_block *block)
{
    assert_int_equal(seat_said_count(seat, VOTE_NOTARIZE, block->header.view), 0);
    assert_int_equal(seat_said_count(seat, VOTE_NULLIFY, block->header.view), 0);
}

/* Proposes a block and makes it final. */
static void finalize(struct seat *seat, const struct seat_block *block)
{
    seat_propose(seat, block);
    assert_voted(seat, block);
    seat_certificate(seat, VOTE_NOTARIZE, block->header.view, &block->hash);
    seat_certificate(seat, VOTE_FINALIZE, block->header.view, &block->hash);
    assert_int_equal(seat->commits_count, block->header.height);
}

/* ------------------------------------------------------------------------- batches */

static void test_a_batch_is_held_before_the_vote(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat_batch batch;
    struct seat *seat = seat_new_following(1);
    uint16_t author = somebody_else(seat);
    seat_batch_make(seat, &batch, author, 1, 5);
    seat_block_make(seat, &block, 1, NULL);
    seat_block_add_batch(seat, &block, &batch);
    seat_propose(seat, &block);
    assert_waiting(seat, &block);
    seat_wait(seat, 60);
    assert_true(seat_sent_count(seat, MESSAGE_BATCH_REQUEST, CONSENSUS_ALL) > 0);
    seat_batch_receive(seat, author, &batch);
    assert_voted(seat, &block);
    seat_batch_free(&batch);
    seat_free(seat);
}

static void test_a_batch_is_checked_before_the_vote(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat_batch batch;
    struct seat *seat = seat_new_following(1);
    uint16_t author = somebody_else(seat);
    struct consensus_event checked = {.kind = CONSENSUS_BATCH_CHECKED};
    seat->holds_batches = true;
    seat_batch_make(seat, &batch, author, 1, 5);
    seat_batch_receive(seat, author, &batch);
    seat_block_make(seat, &block, 1, NULL);
    seat_block_add_batch(seat, &block, &batch);
    seat_propose(seat, &block);
    assert_waiting(seat, &block);
    checked.batch_checked.digest = batch.digest;
    checked.batch_checked.author = author;
    checked.batch_checked.lane_seq = 1;
    checked.batch_checked.valid = true;
    seat_step(seat, &checked);
    assert_voted(seat, &block);
    seat_batch_free(&batch);
    seat_free(seat);
}

/* Windows of two for four lanes: eight batches of others may be in check, and the ninth, which a
 * block names, is asked for again later. Without that limit a driver's queue of that size loses
 * batches, and the member that waits for their verdict never catches up (tally-sim fuzz, 1390). */
static void test_no_more_batches_are_in_check_than_the_windows_hold(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat_batch batches[3][3];
    struct seat *leader = seat_new_following(1);
    const uint16_t self = leader->config.self;
    struct seat *seat = seat_prepare(4, self);
    struct consensus_event checked = {.kind = CONSENSUS_BATCH_CHECKED};
    seat_free(leader);
    seat->config.limits.lane_quota_batches = 1;
    seat->config.limits.lane_window = 2;
    seat_start(seat, CONSENSUS_JOURNAL_CREATED);
    seat->holds_batches = true;
    seat_block_make(seat, &block, 1, NULL);
    for (uint16_t i = 0; i < 3; i++) {
        const uint16_t author = (uint16_t)((self + 1 + i) % 4);
        seat_batch_make(seat, &batches[i][0], author, 1, 5);
        seat_batch_make(seat, &batches[i][1], author, 2, 5);
        seat_batch_make(seat, &batches[i][2], author, 1, 6); /* a lie, but ordered */
        seat_batch_receive(seat, author, &batches[i][0]);
        seat_batch_receive(seat, author, &batches[i][1]);
    }
    for (uint16_t lane = 0; lane < 4; lane++) { /* a body names lanes in ascending order */
        for (uint16_t i = 0; i < 3; i++) {
            if (batches[i][2].author == lane) {
                seat_block_add_batch(seat, &block, &batches[i][2]);
            }
        }
    }
    seat_propose(seat, &block);
    assert_int_equal(seat->batches_count, 6);
    for (uint16_t i = 0; i < 3; i++) {
        seat_batch_receive(seat, batches[i][2].author, &batches[i][2]);
    }
    assert_int_equal(seat->batches_count, 8);
    seat_forget_sent(seat);
    seat_wait(seat, 60);
    assert_true(seat_sent_count(seat, MESSAGE_BATCH_REQUEST, CONSENSUS_ALL) > 0);
    checked.batch_checked.digest = batches[0][1].digest;
    checked.batch_checked.author = batches[0][1].author;
    checked.batch_checked.lane_seq = 2;
    checked.batch_checked.valid = true;
    seat_step(seat, &checked);
    seat_batch_receive(seat, batches[2][2].author, &batches[2][2]);
    assert_int_equal(seat->batches_count, 9);
    for (uint32_t i = 0; i < 9; i++) {
        seat_batch_free(&batches[i / 3][i % 3]);
    }
    seat_free(seat);
}

/* Who comes back needs the batches of everybody, while they go on: if it waited between asking for
 * one and for the next, as after silence, it would never come up with them, and every view that it
 * leads would be lost (tally-sim run netsim/gallery/member-down.ini). */
static void test_what_a_final_block_needs_is_asked_for_without_a_pause(void **state)
{
    enum {
        BLOCKS = 5
    };
    (void)state;
    static struct seat_block blocks[BLOCKS];
    struct seat_batch batches[BLOCKS];
    struct seat *seat = seat_new(4, CONSENSUS_OBSERVER);
    for (uint32_t i = 0; i < BLOCKS; i++) {
        seat_batch_make(seat, &batches[i], 1, i + 1, 5);
        seat_block_make(seat, &blocks[i], i + 1, i == 0 ? NULL : &blocks[i - 1]);
        seat_block_add_batch(seat, &blocks[i], &batches[i]);
        seat_propose(seat, &blocks[i]);
        seat_certificate(seat, VOTE_NOTARIZE, i + 1, &blocks[i].hash);
        seat_certificate(seat, VOTE_FINALIZE, i + 1, &blocks[i].hash);
    }
    seat_wait(seat, 200);
    assert_int_equal(seat->commits_count, 0);
    /* Only what was asked for makes the next request due: the second block's batch comes first. */
    seat_forget_sent(seat);
    seat_batch_receive(seat, 2, &batches[1]);
    assert_int_equal(seat_sent_count(seat, MESSAGE_BATCH_REQUEST, CONSENSUS_ALL), 0);
    seat_batch_receive(seat, 2, &batches[0]);
    assert_int_equal(seat->commits_count, 2);
    assert_int_equal(seat_sent_count(seat, MESSAGE_BATCH_REQUEST, CONSENSUS_ALL), 1);
    for (uint32_t i = 0; i < BLOCKS; i++) {
        seat_batch_free(&batches[i]);
    }
    seat_free(seat);
}

static void test_a_batch_of_bad_content_is_refused_and_evidence(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat_batch batch;
    struct seat *seat = seat_new_following(1);
    uint16_t author = somebody_else(seat);
    struct consensus_event checked = {.kind = CONSENSUS_BATCH_CHECKED};
    seat->holds_batches = true;
    seat_batch_make(seat, &batch, author, 1, 5);
    seat_batch_receive(seat, author, &batch);
    checked.batch_checked.digest = batch.digest;
    checked.batch_checked.author = author;
    checked.batch_checked.lane_seq = 1;
    checked.batch_checked.valid = false;
    seat_step(seat, &checked);
    assert_int_equal(seat->evidence_count, 1);
    assert_int_equal(seat->evidence[0].kind, EVIDENCE_INVALID_BATCH);
    assert_int_equal(seat->evidence[0].votes[0].signer, author);
    seat_block_make(seat, &block, 1, NULL);
    seat_block_add_batch(seat, &block, &batch);
    seat_propose(seat, &block);
    assert_refused(seat, &block);
    seat_batch_free(&batch);
    seat_free(seat);
}

static void test_a_batch_that_its_author_did_not_sign_is_not_stored(void **state)
{
    (void)state;
    struct seat_batch batch;
    struct seat *seat = seat_new_following(1);
    uint16_t author = somebody_else(seat);
    seat_batch_make(seat, &batch, author, 1, 5);
    batch.bytes->bytes[batch.bytes->size - 1] ^= 1u;
    seat_batch_receive(seat, author, &batch);
    assert_int_equal(seat->batches_count, 0);
    assert_int_equal(seat->evidence_count, 0); /* it only says something about who sent it */
    seat_batch_free(&batch);
    seat_free(seat);
}

static void test_two_batches_of_one_number_are_evidence(void **state)
{
    (void)state;
    struct seat_batch first;
    struct seat_batch second;
    struct seat *seat = seat_new_following(1);
    uint16_t author = somebody_else(seat);
    seat_batch_make(seat, &first, author, 1, 5);
    seat_batch_make(seat, &second, author, 1, 6);
    seat_batch_receive(seat, author, &first);
    seat_batch_receive(seat, author, &second);
    assert_int_equal(seat->evidence_count, 1);
    assert_int_equal(seat->evidence[0].kind, EVIDENCE_DOUBLE_BATCH);
    assert_int_equal(seat->evidence[0].votes[0].signer, author);
    seat_batch_free(&first);
    seat_batch_free(&second);
    seat_free(seat);
}

/* Which of two conflicting batches counts is said by the block, whichever came first. */
static void test_the_digest_in_the_block_decides(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat_batch first;
    struct seat_batch second;
    struct seat *seat = seat_new_following(1);
    uint16_t author = somebody_else(seat);
    seat_batch_make(seat, &first, author, 1, 5);
    seat_batch_make(seat, &second, author, 1, 6);
    seat_batch_receive(seat, author, &first);
    seat_block_make(seat, &block, 1, NULL);
    seat_block_add_batch(seat, &block, &second);
    seat_propose(seat, &block);
    assert_waiting(seat, &block);
    seat_batch_receive(seat, author, &second);
    assert_voted(seat, &block);
    seat_batch_free(&first);
    seat_batch_free(&second);
    seat_free(seat);
}

/* Batches that blocks named and nobody ordered fill their room; a block's are taken anyway. */
static void test_extra_batches_give_way_to_those_of_a_block(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat_batch batch;
    struct seat *seat = seat_new_following(1);
    const uint16_t author = somebody_else(seat);
    const uint32_t quota = seat->config.limits.lane_quota_batches;
    const uint32_t room = 4 * quota + 64;
    uint8_t content = 1;
    for (uint64_t number = 1; number <= quota; number++) {
        seat_batch_make(seat, &batch, author, number, content);
        seat_batch_receive(seat, author, &batch);
        seat_batch_free(&batch);
    }
    uint64_t view = 1;
    for (uint32_t named = 0; named <= room; view++) {
        if (seat_leader(seat, view) == seat->config.self) {
            seat_certificate(seat, VOTE_NULLIFY, view, NULL);
            continue;
        }
        struct seat_batch forks[16];
        assert_true(quota <= 16);
        content++;
        seat_block_make(seat, &block, view, NULL);
        for (uint32_t i = 0; i < quota; i++) {
            seat_batch_make(seat, &forks[i], author, i + 1, content);
            seat_block_add_batch(seat, &block, &forks[i]);
        }
        seat_propose(seat, &block);
        for (uint32_t i = 0; i < quota; i++) {
            seat_batch_receive(seat, author, &forks[i]);
            seat_batch_free(&forks[i]);
        }
        assert_voted(seat, &block);
        named += quota;
        seat_certificate(seat, VOTE_NULLIFY, view, NULL);
    }
    seat_free(seat);
}

/* A restart must never lead to a second batch with one number: that would be evidence. */
static void test_a_lane_number_is_never_used_twice(void **state)
{
    (void)state;
    struct seat *seat = seat_new_following(1);
    seat_submit(seat);
    assert_int_equal(seat->batches_count, 1);
    seat_restart(seat, true);
    seat_submit(seat);
    assert_int_equal(seat->batches_count, 2);
    assert_int_equal(seat->batches[0].lane_seq, 1);
    assert_int_equal(seat->batches[1].lane_seq, 2);
    seat_free(seat);
}

/* Without the batch log nobody knows which numbers were used: the lane stays closed. */
static void test_a_lost_batch_log_closes_the_lane(void **state)
{
    (void)state;
    struct seat *seat = seat_new_following(1);
    seat_submit(seat);
    assert_int_equal(seat->batches_count, 1);
    sim_message_release(seat->batches[0].bytes);
    seat->batches_count = 0;
    seat->batch_log_lost = true;
    seat_restart(seat, true);
    seat_submit(seat);
    assert_int_equal(seat->batches_count, 0);
    assert_int_equal(seat->alarm, CONSENSUS_ALARM_LANE_CLOSED);
    seat_free(seat);
}

/*
 * Journal and batch log are synced at once, so a power cut may leave the vote and take the batch.
 * Then the vote counts in no certificate, which would say that the batch is held here, until it is
 * held again.
 */
static void test_a_vote_without_its_batches_does_not_count(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat_batch batch;
    struct seat *seat = seat_new_following(1);
    uint16_t author = somebody_else(seat);
    seat_batch_make(seat, &batch, author, 1, 5);
    seat_batch_receive(seat, author, &batch);
    seat_block_make(seat, &block, 1, NULL);
    seat_block_add_batch(seat, &block, &batch);
    seat_propose(seat, &block);
    assert_true(seat_said(seat, VOTE_NOTARIZE, 1, &block.hash));
    assert_int_equal(seat->batches_count, 1);
    sim_message_release(seat->batches[0].bytes);
    seat->batches_count = 0;
    seat_restart(seat, true);
    seat_votes(seat, 2, VOTE_NOTARIZE, 1, &block.hash); /* with the own one a quorum */
    assert_int_equal(seat_said_count(seat, VOTE_FINALIZE, 1), 0);
    seat_batch_receive(seat, author, &batch);
    assert_true(seat_said(seat, VOTE_FINALIZE, 1, &block.hash));
    seat_batch_free(&batch);
    seat_free(seat);
}

/* The same vote does not keep others' certificates away. */
static void test_without_its_batches_a_certificate_of_others_is_taken(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat_batch batch;
    struct seat *seat = seat_new_following(1);
    uint16_t author = somebody_else(seat);
    seat_batch_make(seat, &batch, author, 1, 5);
    seat_batch_receive(seat, author, &batch);
    seat_block_make(seat, &block, 1, NULL);
    seat_block_add_batch(seat, &block, &batch);
    seat_propose(seat, &block);
    sim_message_release(seat->batches[0].bytes);
    seat->batches_count = 0;
    seat_restart(seat, true);
    seat_certificate(seat, VOTE_NOTARIZE, 1, &block.hash);
    assert_true(seat_said(seat, VOTE_FINALIZE, 1, &block.hash));
    seat_batch_free(&batch);
    seat_free(seat);
}

/* ----------------------------------------------------------------------- cut, quota */

static void test_the_cut_follows_from_the_references(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat_batch batch;
    struct seat *seat = seat_new_following(1);
    uint16_t author = somebody_else(seat);
    seat_batch_make(seat, &batch, author, 1, 5);
    seat_batch_receive(seat, author, &batch);
    seat_block_make(seat, &block, 1, NULL);
    block.cut[(author + 1) % 4] = 1; /* claims one more lane moved */
    seat_block_add_batch(seat, &block, &batch);
    seat_propose(seat, &block);
    assert_refused(seat, &block);
    seat_batch_free(&batch);
    seat_free(seat);
}

static void test_a_lane_has_no_gap(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat_batch first;
    struct seat_batch second;
    struct seat *seat = seat_new_following(1);
    uint16_t author = somebody_else(seat);
    seat_batch_make(seat, &first, author, 1, 5);
    seat_batch_make(seat, &second, author, 2, 6);
    seat_batch_receive(seat, author, &first);
    seat_batch_receive(seat, author, &second);
    seat_block_make(seat, &block, 1, NULL);
    seat_block_add_batch(seat, &block, &second); /* as if it were number 1 */
    seat_propose(seat, &block);
    seat_wait(seat, GIVE_UP_MS);
    assert_int_equal(seat_said_count(seat, VOTE_NOTARIZE, 1), 0);
    seat_batch_free(&first);
    seat_batch_free(&second);
    seat_free(seat);
}

static void test_nothing_is_ordered_twice(void **state)
{
    (void)state;
    static struct seat_block first;
    static struct seat_block second;
    struct seat_batch batch;
    struct seat *seat = seat_new_following(2);
    uint16_t author = somebody_else(seat);
    seat_batch_make(seat, &batch, author, 1, 5);
    seat_batch_receive(seat, author, &batch);
    seat_block_make(seat, &first, 1, NULL);
    seat_block_add_batch(seat, &first, &batch);
    finalize(seat, &first);
    seat_block_make(seat, &second, 2, &first);
    seat_block_add_batch(seat, &second, &batch);
    seat_propose(seat, &second);
    seat_wait(seat, GIVE_UP_MS);
    assert_int_equal(seat_said_count(seat, VOTE_NOTARIZE, 2), 0);
    seat_batch_free(&batch);
    seat_free(seat);
}

static void test_a_lane_keeps_to_its_quota(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat_batch batches[3];
    struct seat *seat = seat_new_following(1);
    uint16_t author = somebody_else(seat);
    seat_block_make(seat, &block, 1, NULL);
    for (uint8_t i = 0; i < 3; i++) { /* the quota is two */
        seat_batch_make(seat, &batches[i], author, i + 1u, i);
        seat_batch_receive(seat, author, &batches[i]);
        seat_block_add_batch(seat, &block, &batches[i]);
    }
    seat_propose(seat, &block);
    assert_refused(seat, &block);
    for (uint8_t i = 0; i < 3; i++) {
        seat_batch_free(&batches[i]);
    }
    seat_free(seat);
}

/* ----------------------------------------------------------------------------- time */

static void test_a_block_dated_back_is_refused(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat *seat = seat_new_following(1);
    seat->now_ms += 2000; /* so that the date stays above the anchor's */
    seat_block_make(seat, &block, 1, NULL);
    block.header.ts_ms -= ALLOWANCE_MS + 1;
    seat_block_seal(seat, &block);
    seat_propose(seat, &block);
    assert_refused(seat, &block);
    seat_free(seat);
}

static void test_a_date_within_the_allowance_is_taken(void **state)
{
    (void)state;
    static const int64_t shifts_ms[] = {-DRIFT_MS, DRIFT_MS};
    for (size_t i = 0; i < sizeof shifts_ms / sizeof shifts_ms[0]; i++) {
        static struct seat_block block;
        struct seat *seat = seat_new_following(1);
        seat->now_ms += 2000;
        seat_block_make(seat, &block, 1, NULL);
        block.header.ts_ms = (uint64_t)((int64_t)block.header.ts_ms + shifts_ms[i]);
        seat_block_seal(seat, &block);
        seat_propose(seat, &block);
        assert_voted(seat, &block);
        seat_free(seat);
    }
}

static void test_a_block_from_the_future_waits_for_its_time(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat *seat = seat_new_following(1);
    seat_block_make(seat, &block, 1, NULL);
    block.header.ts_ms += ALLOWANCE_MS + 60;
    seat_block_seal(seat, &block);
    seat_propose(seat, &block);
    assert_waiting(seat, &block);
    seat_wait(seat, 61);
    assert_voted(seat, &block);
    seat_free(seat);
}

/* Judged once, at arrival: fetching its batch takes long, and does not make it too old. */
static void test_a_long_fetch_ages_no_block(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat_batch batch;
    struct seat *seat = seat_prepare(4, 0);
    seat->config.timing.d0_ms = 2000; /* patience, so that the view is still there */
    seat_start(seat, CONSENSUS_JOURNAL_CREATED);
    uint64_t view = 1;
    while (seat_leader(seat, view) == seat->config.self) {
        seat_certificate(seat, VOTE_NULLIFY, view++, NULL);
    }
    seat_batch_make(seat, &batch, 1, 1, 5);
    seat_block_make(seat, &block, view, NULL);
    block.header.ts_ms -= DRIFT_MS + 3900; /* almost as old as it may be */
    block.header.ts_ms = block.header.ts_ms <= seat->config.anchor.ts_ms
                             ? seat->config.anchor.ts_ms + 1
                             : block.header.ts_ms;
    seat_block_add_batch(seat, &block, &batch);
    seat_propose(seat, &block);
    assert_waiting(seat, &block);
    seat_wait(seat, 4900);
    seat_batch_receive(seat, 1, &batch);
    assert_voted(seat, &block);
    seat_batch_free(&batch);
    seat_free(seat);
}

static void test_time_goes_forward(void **state)
{
    (void)state;
    static struct seat_block first;
    static struct seat_block second;
    struct seat *seat = seat_new_following(2);
    seat_block_make(seat, &first, 1, NULL);
    finalize(seat, &first);
    seat_block_make(seat, &second, 2, &first);
    second.header.ts_ms = first.header.ts_ms;
    seat_block_seal(seat, &second);
    seat_propose(seat, &second);
    assert_refused(seat, &second);
    seat_free(seat);
}

/* -------------------------------------------------------------------------- results */

static void test_a_wrong_result_gets_no_vote(void **state)
{
    (void)state;
    static struct seat_block first;
    static struct seat_block second;
    struct seat *seat = seat_new_following(2);
    seat_block_make(seat, &first, 1, NULL);
    finalize(seat, &first);
    seat_block_make(seat, &second, 2, &first);
    second.header.exec_height = 1;
    second.header.result_root = seat->results[0];
    second.header.result_root.bytes[0] ^= 1u;
    seat_block_seal(seat, &second);
    seat_propose(seat, &second);
    seat_wait(seat, GIVE_UP_MS);
    assert_int_equal(seat_said_count(seat, VOTE_NOTARIZE, 2), 0);
    seat_free(seat);
}

static void test_a_result_not_computed_yet_is_waited_for(void **state)
{
    (void)state;
    static struct seat_block first;
    static struct seat_block second;
    struct seat *seat = seat_new_following(2);
    seat->holds_execution = true;
    seat_block_make(seat, &first, 1, NULL);
    finalize(seat, &first);
    seat_block_make(seat, &second, 2, &first);
    second.header.exec_height = 1;
    second.header.result_root = seat->results[0];
    seat_block_seal(seat, &second);
    seat_propose(seat, &second);
    assert_waiting(seat, &second);
    struct consensus_event executed = {.kind = CONSENSUS_EXECUTED};
    executed.executed.height = 1;
    executed.executed.result_root = seat->results[0];
    seat_step(seat, &executed);
    assert_voted(seat, &second);
    seat_free(seat);
}

/* So that slow members and liars cannot hold a view up: what the parent said may be said again. */
static void test_repeating_the_parent_s_result_needs_no_execution(void **state)
{
    (void)state;
    static struct seat_block first;
    static struct seat_block second;
    struct seat *seat = seat_new_following(2);
    seat->holds_execution = true;
    seat_block_make(seat, &first, 1, NULL);
    finalize(seat, &first);
    seat_block_make(seat, &second, 2, &first);
    seat_propose(seat, &second);
    assert_voted(seat, &second);
    seat_free(seat);
}

static void test_results_never_go_back(void **state)
{
    (void)state;
    static struct seat_block blocks[3];
    struct seat *seat = seat_new_following(3);
    seat_block_make(seat, &blocks[0], 1, NULL);
    finalize(seat, &blocks[0]);
    seat_block_make(seat, &blocks[1], 2, &blocks[0]);
    blocks[1].header.exec_height = 1;
    blocks[1].header.result_root = seat->results[0];
    seat_block_seal(seat, &blocks[1]);
    finalize(seat, &blocks[1]);
    seat_block_make(seat, &blocks[2], 3, &blocks[1]);
    blocks[2].header.exec_height = 0;
    blocks[2].header.result_root = seat->config.anchor.result_root;
    seat_block_seal(seat, &blocks[2]);
    seat_propose(seat, &blocks[2]);
    assert_refused(seat, &blocks[2]);
    seat_free(seat);
}

static void test_a_contradicted_result_halts(void **state)
{
    (void)state;
    static struct seat_block first;
    static struct seat_block second;
    struct seat *seat = seat_new_following(2);
    seat_block_make(seat, &first, 1, NULL);
    finalize(seat, &first);
    seat_block_make(seat, &second, 2, &first);
    second.header.exec_height = 1;
    second.header.result_root = seat->results[0];
    second.header.result_root.bytes[0] ^= 1u;
    seat_block_seal(seat, &second);
    seat_propose(seat, &second);
    assert_int_equal(seat->halt, CONSENSUS_HALT_NONE);
    seat_certificate(seat, VOTE_NOTARIZE, 2, &second.hash);
    assert_int_equal(seat->halt, CONSENSUS_HALT_RESULT_CONTRADICTED);
    seat_free(seat);
}

/*
 * The core leads every fourth view: 4, 8, 12. Three blocks of others come before each of them, name
 * the result of the given height, and become final.
 */
static void three_blocks_of_others(struct seat *seat, struct seat_block *blocks, uint64_t named)
{
    const struct seat_block *parent = seat->commits_count == 0 ? NULL : &blocks[2];
    static struct seat_block last;
    if (parent != NULL) {
        last = *parent;
        parent = &last;
    }
    const uint64_t first_view = seat_view(seat);
    for (uint64_t i = 0; i < 3; i++) {
        seat_block_make(seat, &blocks[i], first_view + i, parent);
        blocks[i].header.exec_height = named;
        if (named > 0) {
            blocks[i].header.result_root = seat->results[named - 1];
        }
        seat_block_seal(seat, &blocks[i]);
        finalize(seat, &blocks[i]);
        parent = &blocks[i];
    }
}

/* The result that the core names in the view that it leads; nobody votes, the view is given up. */
static uint64_t named_in_vain(struct seat *seat)
{
    struct message_proposal proposal;
    const uint64_t view = seat_view(seat);
    assert_int_equal(seat_leader(seat, view), seat->config.self);
    seat_wait(seat, 20);
    const struct sim_message *message = seat_last(seat, MESSAGE_PROPOSAL);
    assert_non_null(message);
    assert_true(message_proposal_read(message->bytes, message->size, 4, &proposal));
    assert_int_equal(proposal.block.header.view, view);
    const uint64_t named = proposal.block.header.exec_height;
    seat_certificate(seat, VOTE_NULLIFY, view, NULL);
    return named;
}

/* Two others: with the core a quorum. */
static void others_executed(struct seat *seat, uint64_t first_height, uint64_t second_height)
{
    const uint16_t self = seat->config.self;
    seat_status_executed(seat, (uint16_t)((self + 1) % 4), first_height);
    seat_status_executed(seat, (uint16_t)((self + 2) % 4), second_height);
}

/*
 * One of the quorum that reported may be mute, and the slowest voter a block behind all the time:
 * it comes up to a height that stays, never to the newest.
 */
static void test_a_named_result_is_named_again_until_it_is_certified(void **state)
{
    (void)state;
    static struct seat_block blocks[3];
    struct seat *seat = seat_new_leading(4);
    seat_submit(seat); /* there is something to propose, all the time */
    three_blocks_of_others(seat, blocks, 0);
    others_executed(seat, 2, 3);
    assert_int_equal(named_in_vain(seat), 2);
    three_blocks_of_others(seat, blocks, 0);
    others_executed(seat, 5, 6);
    assert_int_equal(named_in_vain(seat), 2);
    three_blocks_of_others(seat, blocks, 2); /* it is certified: on to the newest */
    others_executed(seat, 8, 9);
    assert_int_equal(named_in_vain(seat), 8);
    seat_free(seat);
}

/* Who restarts executes again, and reports less: what no quorum has any more can get no votes. */
static void test_a_named_result_that_a_quorum_lost_is_not_named_again(void **state)
{
    (void)state;
    static struct seat_block blocks[3];
    struct seat *seat = seat_new_leading(4);
    seat_submit(seat);
    three_blocks_of_others(seat, blocks, 0);
    others_executed(seat, 3, 3);
    assert_int_equal(named_in_vain(seat), 3);
    three_blocks_of_others(seat, blocks, 0);
    others_executed(seat, 1, 6);
    assert_int_equal(named_in_vain(seat), 1);
    seat_free(seat);
}

/* Back-pressure: eight blocks with batches, none executed; one more of them is too much. */
static void test_order_does_not_run_away_from_execution(void **state)
{
    (void)state;
    static struct seat_block blocks[10];
    struct seat_batch batches[10];
    struct seat *seat = seat_new(4, 0);
    seat->holds_execution = true;
    uint64_t view = 1;
    for (uint8_t i = 0; i < 10; i++) {
        while (seat_leader(seat, view) == seat->config.self) {
            seat_certificate(seat, VOTE_NULLIFY, view++, NULL);
        }
        seat_batch_make(seat, &batches[i], 1, i + 1u, i);
        seat_batch_receive(seat, 1, &batches[i]);
        seat_block_make(seat, &blocks[i], view, i == 0 ? NULL : &blocks[i - 1]);
        seat_block_add_batch(seat, &blocks[i], &batches[i]);
        if (i < CONSENSUS_UNEXECUTED_MAX) {
            finalize(seat, &blocks[i]);
            view++;
        }
        seat_batch_free(&batches[i]);
        if (i == CONSENSUS_UNEXECUTED_MAX) {
            break;
        }
    }
    seat_propose(seat, &blocks[CONSENSUS_UNEXECUTED_MAX]);
    assert_refused(seat, &blocks[CONSENSUS_UNEXECUTED_MAX]);
    seat_free(seat);
}

/* A batch of lane 1 comes in, and a block of another member that orders it and names the result of
 * its parent becomes final. */
static void order_and_name(struct seat *seat, struct seat_block *block,
                           const struct seat_block *parent)
{
    struct seat_batch batch;
    const uint64_t before = parent == NULL ? 0 : parent->header.height;
    while (seat_leader(seat, seat_view(seat)) == seat->config.self) {
        seat_certificate(seat, VOTE_NULLIFY, seat_view(seat), NULL);
    }
    seat_batch_make(seat, &batch, 1, before + 1, (uint8_t)before);
    seat_batch_receive(seat, 1, &batch);
    seat_block_make(seat, block, seat_view(seat), parent);
    seat_block_add_batch(seat, block, &batch);
    if (before > 0) {
        block->header.exec_height = before;
        block->header.result_root = seat->results[before - 1];
    }
    seat_block_seal(seat, block);
    seat_propose(seat, block);
    seat_certificate(seat, VOTE_NOTARIZE, block->header.view, &block->hash);
    seat_certificate(seat, VOTE_FINALIZE, block->header.view, &block->hash);
    seat_batch_free(&batch);
}

/* A leader whose own execution stands still, as during a checkpoint, orders all the same: it names
 * once more what the others have executed. */
static void test_a_leader_behind_in_execution_goes_on_ordering(void **state)
{
    (void)state;
    static struct seat_block blocks[CONSENSUS_UNEXECUTED_MAX];
    struct seat *seat = seat_new(4, 0);
    seat->holds_execution = true;
    for (unsigned i = 0; i < CONSENSUS_UNEXECUTED_MAX; i++) {
        order_and_name(seat, &blocks[i], i == 0 ? NULL : &blocks[i - 1]);
    }
    while (seat_leader(seat, seat_view(seat)) != seat->config.self) {
        seat_certificate(seat, VOTE_NULLIFY, seat_view(seat), NULL);
    }
    seat_submit(seat);
    seat_wait(seat, 20);
    struct message_proposal proposal;
    const struct sim_message *message = seat_last(seat, MESSAGE_PROPOSAL);
    assert_non_null(message);
    assert_true(message_proposal_read(message->bytes, message->size, 4, &proposal));
    assert_int_equal(proposal.block.header.view, seat_view(seat));
    assert_int_equal(proposal.block.header.exec_height, CONSENSUS_UNEXECUTED_MAX - 1);
    assert_int_equal(proposal.block.header.batch_count, 1);
    seat_free(seat);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_batch_is_held_before_the_vote),
        cmocka_unit_test(test_a_batch_is_checked_before_the_vote),
        cmocka_unit_test(test_no_more_batches_are_in_check_than_the_windows_hold),
        cmocka_unit_test(test_what_a_final_block_needs_is_asked_for_without_a_pause),
        cmocka_unit_test(test_a_batch_of_bad_content_is_refused_and_evidence),
        cmocka_unit_test(test_a_batch_that_its_author_did_not_sign_is_not_stored),
        cmocka_unit_test(test_two_batches_of_one_number_are_evidence),
        cmocka_unit_test(test_the_digest_in_the_block_decides),
        cmocka_unit_test(test_extra_batches_give_way_to_those_of_a_block),
        cmocka_unit_test(test_a_lane_number_is_never_used_twice),
        cmocka_unit_test(test_a_lost_batch_log_closes_the_lane),
        cmocka_unit_test(test_a_vote_without_its_batches_does_not_count),
        cmocka_unit_test(test_without_its_batches_a_certificate_of_others_is_taken),
        cmocka_unit_test(test_the_cut_follows_from_the_references),
        cmocka_unit_test(test_a_lane_has_no_gap),
        cmocka_unit_test(test_nothing_is_ordered_twice),
        cmocka_unit_test(test_a_lane_keeps_to_its_quota),
        cmocka_unit_test(test_a_block_dated_back_is_refused),
        cmocka_unit_test(test_a_date_within_the_allowance_is_taken),
        cmocka_unit_test(test_a_block_from_the_future_waits_for_its_time),
        cmocka_unit_test(test_a_long_fetch_ages_no_block),
        cmocka_unit_test(test_time_goes_forward),
        cmocka_unit_test(test_a_wrong_result_gets_no_vote),
        cmocka_unit_test(test_a_result_not_computed_yet_is_waited_for),
        cmocka_unit_test(test_repeating_the_parent_s_result_needs_no_execution),
        cmocka_unit_test(test_results_never_go_back),
        cmocka_unit_test(test_a_contradicted_result_halts),
        cmocka_unit_test(test_a_named_result_is_named_again_until_it_is_certified),
        cmocka_unit_test(test_a_named_result_that_a_quorum_lost_is_not_named_again),
        cmocka_unit_test(test_order_does_not_run_away_from_execution),
        cmocka_unit_test(test_a_leader_behind_in_execution_goes_on_ordering),
    };
    return cmocka_run_group_tests_name("blocks", tests, NULL, NULL);
}
