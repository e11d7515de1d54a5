/*
 * Goal: disk, clock and idleness: the points about what must be durable before what leaves, about
 * damaged journals, timers and pacing, one test each. See test_points_voting.c.
 */
#include "tests/support/consensus/seat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum {
    D0_MS = 50,
    HEARTBEAT_MS = 1000,
    GIVE_UP_MS = HEARTBEAT_MS + 6 * D0_MS
};

/* Enters the next view by a nullification and tells how long the core waits until it gives up. */
static uint64_t patience_ms(struct seat *seat, uint64_t view)
{
    uint64_t start_ms = seat->now_ms;
    while (!seat_said(seat, VOTE_NULLIFY, view, NULL)) {
        seat_wait(seat, 5);
        assert_true(seat->now_ms - start_ms < 60000);
    }
    seat_certificate(seat, VOTE_NULLIFY, view, NULL);
    return seat->now_ms - start_ms;
}

/* --------------------------------------------------------- persistence before sending */

static void test_nothing_signed_leaves_before_it_is_durable(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat *seat = seat_new_following(1);
    seat_block_make(seat, &block, 1, NULL);
    seat->holds_journal = true;
    seat_propose(seat, &block);
    seat_certificate(seat, VOTE_NOTARIZE, 1, &block.hash);
    assert_int_equal(seat_said_count(seat, VOTE_NOTARIZE, 1), 0);
    assert_int_equal(seat_said_count(seat, VOTE_FINALIZE, 1), 0);
    seat_journal_durable(seat);
    assert_true(seat_said(seat, VOTE_NOTARIZE, 1, &block.hash));
    assert_true(seat_said(seat, VOTE_FINALIZE, 1, &block.hash));
    seat_free(seat);
}

/* A certificate with the own vote inside says what the vote says. */
static void test_no_certificate_with_an_own_vote_leaves_before_that_is_durable(void **state)
{
    (void)state;
    struct seat *seat = seat_new_following(1);
    seat->holds_journal = true;
    seat_vote(seat, seat_leader(seat, 1), VOTE_NULLIFY, 1, NULL); /* the core joins */
    for (uint16_t signer = 0; signer < 4 && seat_view(seat) == 1; signer++) {
        if (signer != seat->config.self && signer != seat_leader(seat, 1)) {
            seat_vote(seat, signer, VOTE_NULLIFY, 1, NULL);
        }
    }
    assert_int_equal(seat_view(seat), 2);
    assert_false(seat_sent_certificate(seat, VOTE_NULLIFY, 1));
    seat_journal_durable(seat);
    seat_free(seat);
}

/* What never became durable never happened: the core may vote otherwise afterwards. */
static void test_a_vote_that_was_never_durable_is_forgotten(void **state)
{
    (void)state;
    static struct seat_block first;
    static struct seat_block second;
    struct seat *seat = seat_new_following(1);
    seat_block_make(seat, &first, 1, NULL);
    second = first;
    second.header.ts_ms++;
    seat_block_seal(seat, &second);
    seat->holds_journal = true;
    seat_propose(seat, &first);
    seat->holds_journal = false;
    seat_restart(seat, true);
    seat_propose(seat, &second);
    assert_true(seat_said(seat, VOTE_NOTARIZE, 1, &second.hash));
    seat_free(seat);
}

/* ----------------------------------------------------------------- 11: growing timers */

static void test_point_11_timers_grow_until_something_is_final_S9(void **state)
{
    (void)state;
    static struct seat_block first;
    struct seat *seat = seat_new_following(1);
    seat_block_make(seat, &first, 1, NULL);
    seat_propose(seat, &first);
    seat_certificate(seat, VOTE_NOTARIZE, 1, &first.hash); /* the tail is unfinished: timers run */
    uint64_t early_ms = patience_ms(seat, 2);
    for (uint64_t view = 3; view < 14; view++) {
        (void)patience_ms(seat, view);
    }
    uint64_t late_ms = patience_ms(seat, 14);
    assert_true(late_ms > 3 * early_ms);
    seat_certificate(seat, VOTE_FINALIZE, 1, &first.hash);
    seat_submit(seat);
    (void)patience_ms(seat, 15);
    uint64_t same_ms = patience_ms(seat, 16); /* view 1 being final is old news by now */
    assert_true(same_ms > early_ms);
    seat_free(seat);
}

static void test_point_11_timers_are_short_again_after_a_final_block(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat *seat = seat_new_following(1);
    seat_submit(seat);
    uint64_t early_ms = patience_ms(seat, 1);
    for (uint64_t view = 2; view < 12; view++) {
        (void)patience_ms(seat, view);
    }
    uint64_t view = 12;
    while (seat_leader(seat, view) == seat->config.self) {
        (void)patience_ms(seat, view++);
    }
    uint64_t late_ms = patience_ms(seat, view++);
    while (seat_leader(seat, view) == seat->config.self) {
        (void)patience_ms(seat, view++);
    }
    seat_block_make(seat, &block, view, NULL);
    seat_propose(seat, &block);
    seat_certificate(seat, VOTE_NOTARIZE, view, &block.hash);
    seat_certificate(seat, VOTE_FINALIZE, view, &block.hash);
    assert_int_equal(seat->commits_count, 1);
    (void)patience_ms(seat, ++view); /* its timers ran already */
    (void)patience_ms(seat, ++view);
    uint64_t short_ms = patience_ms(seat, ++view);
    assert_true(late_ms > 3 * early_ms);
    assert_true(short_ms < late_ms / 2);
    seat_free(seat);
}

/* ------------------------------------------------------------------------ 25: pacing */

static void test_point_25_idle_network_makes_a_block_per_heartbeat_only(void **state)
{
    (void)state;
    struct seat *seat = seat_new_following(1);
    seat_wait(seat, HEARTBEAT_MS - 5);
    assert_false(seat_said(seat, VOTE_NULLIFY, 1, NULL));
    seat_wait(seat, 6 * D0_MS + 5);
    assert_true(seat_said(seat, VOTE_NULLIFY, 1, NULL));
    seat_free(seat);
}

static void test_point_25_the_tail_becomes_final(void **state)
{
    (void)state;
    static struct seat_block first;
    struct seat *seat = seat_new_leading(2);
    seat_block_make(seat, &first, 1, NULL);
    seat_propose(seat, &first);
    seat_certificate(seat, VOTE_NOTARIZE, 1, &first.hash); /* its FINALIZE votes got lost */
    seat_wait(seat, HEARTBEAT_MS / 2);
    assert_true(seat_said(seat, VOTE_NOTARIZE, 2, NULL)); /* an empty block to finalise it with */
    seat_free(seat);
}

static void test_point_25_a_batch_starts_the_timers(void **state)
{
    (void)state;
    struct seat *seat = seat_new_following(1);
    seat_submit(seat);
    seat_wait(seat, 6 * D0_MS);
    assert_true(seat_said(seat, VOTE_NULLIFY, 1, NULL));
    seat_free(seat);
}

static void test_point_25_idle_members_are_pulled_along(void **state)
{
    (void)state;
    struct seat *seat = seat_new_following(1);
    seat_votes(seat, 2, VOTE_NULLIFY, 1, NULL); /* the core itself sees no work */
    assert_true(seat_said(seat, VOTE_NULLIFY, 1, NULL));
    seat_free(seat);
}

/* ------------------------------------------------------------------------ 26: clocks */

static void test_point_26_utc_jumps_move_no_timer(void **state)
{
    (void)state;
    static const int64_t jumps_ms[] = {-86400000, 86400000, 0};
    for (size_t i = 0; i < sizeof jumps_ms / sizeof jumps_ms[0]; i++) {
        struct seat *seat = seat_new_following(1);
        seat->utc_skew_ms = jumps_ms[i];
        seat_wait(seat, HEARTBEAT_MS - 5);
        assert_false(seat_said(seat, VOTE_NULLIFY, 1, NULL));
        seat->utc_skew_ms = -jumps_ms[i];
        seat_wait(seat, 6 * D0_MS + 5);
        assert_true(seat_said(seat, VOTE_NULLIFY, 1, NULL));
        seat_free(seat);
    }
}

/* --------------------------------------------------------- 29, 31: journals and disks */

static void test_point_29_a_torn_tail_is_no_loss(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat *seat = seat_new_following(1);
    seat_block_make(seat, &block, 1, NULL);
    seat_propose(seat, &block);
    seat_certificate(seat, VOTE_NOTARIZE, 1, &block.hash);
    seat_restart(seat, true);
    struct consensus_summary summary;
    consensus_summary(seat->core, &summary);
    assert_int_equal(summary.mute, CONSENSUS_ALARM_NONE);
    seat_free(seat);
}

static void check_mute(struct seat *seat, enum consensus_alarm reason)
{
    static struct seat_block block;
    struct consensus_summary summary;
    consensus_summary(seat->core, &summary);
    assert_int_equal(summary.mute, reason);
    uint64_t view = seat_view(seat);
    seat_votes(seat, 3, VOTE_NULLIFY, view, NULL);
    seat_block_make(seat, &block, view + 1, NULL);
    seat_propose_from(seat, &block, seat_leader(seat, view + 1), seat_leader(seat, view + 1));
    seat_wait(seat, 3 * GIVE_UP_MS);
    assert_int_equal(seat_sent_count(seat, MESSAGE_NOTARIZE, CONSENSUS_ALL), 0);
    assert_int_equal(seat_sent_count(seat, MESSAGE_NULLIFY, CONSENSUS_ALL), 0);
    assert_int_equal(seat_sent_count(seat, MESSAGE_FINALIZE, CONSENSUS_ALL), 0);
    assert_int_equal(seat_sent_count(seat, MESSAGE_PROPOSAL, CONSENSUS_ALL), 0);
}

static void test_point_29_a_lost_journal_never_votes_again(void **state)
{
    (void)state;
    struct seat *seat = seat_prepare(4, 0);
    seat_start(seat, CONSENSUS_JOURNAL_LOST);
    check_mute(seat, CONSENSUS_ALARM_MUTE_JOURNAL_LOST);
    seat_restart(seat, true); /* nor after the next restart, with a journal that looks healthy */
    check_mute(seat, CONSENSUS_ALARM_MUTE_JOURNAL_LOST);
    seat_free(seat);
}

static void test_point_29_a_rolled_back_journal_is_noticed_by_the_store(void **state)
{
    (void)state;
    static struct seat_block first;
    struct seat *seat = seat_new_following(1);
    uint32_t backup = seat->records_count;
    seat_block_make(seat, &first, 1, NULL);
    seat_propose(seat, &first);
    seat_certificate(seat, VOTE_NOTARIZE, 1, &first.hash);
    seat_certificate(seat, VOTE_FINALIZE, 1, &first.hash);
    assert_int_equal(seat->commits_count, 1);
    seat->records_durable_count = backup; /* the journal of a machine snapshot, today's store */
    seat_restart(seat, true);
    check_mute(seat, CONSENSUS_ALARM_MUTE_JOURNAL_BEHIND_STORE);
    seat_free(seat);
}

/* The power went between the store's sync and the journal's: what the journal lacks is a
 * certificate that the store has, and every promise is there, as the store's mark says. */
static void test_point_29_a_marked_journal_may_lack_the_last_certificate(void **state)
{
    (void)state;
    static struct seat_block first;
    struct seat *seat = seat_new_following(1);
    struct consensus_summary summary;
    seat_block_make(seat, &first, 1, NULL);
    seat_propose(seat, &first);
    seat_certificate(seat, VOTE_NOTARIZE, 1, &first.hash);
    const uint32_t promised = seat->records_count;
    seat_certificate(seat, VOTE_FINALIZE, 1, &first.hash);
    assert_int_equal(seat->commits_count, 1);
    assert_true(seat->records_count > promised);
    seat->records_durable_count = promised;
    seat->journal_marked = true;
    seat_restart(seat, true);
    consensus_summary(seat->core, &summary);
    assert_int_equal(summary.mute, CONSENSUS_ALARM_NONE);
    assert_int_equal(seat_final_view(seat), 1);
    assert_int_equal(seat_view(seat), 2);
    seat_free(seat);
}

static void test_point_29_a_rolled_back_journal_is_noticed_by_an_own_vote(void **state)
{
    (void)state;
    static struct seat_block first;
    struct seat *seat = seat_new_following(1);
    uint32_t backup = seat->records_count;
    seat_block_make(seat, &first, 1, NULL);
    seat_propose(seat, &first);
    assert_true(seat_said(seat, VOTE_NOTARIZE, 1, &first.hash));
    seat->records_durable_count = backup;
    seat_restart(seat, true);
    seat_vote(seat, seat->config.self, VOTE_NOTARIZE, 1, &first.hash); /* a peer repeats it */
    check_mute(seat, CONSENSUS_ALARM_MUTE_OWN_VOTE_UNKNOWN);
    seat_free(seat);
}

/*
 * Found by a random schedule: a finalization that was only ever seen inside the
 * justification of a journalled block is in the journal, so the store is not newer than it.
 */
static void test_point_29_a_final_view_inside_a_journalled_block_counts(void **state)
{
    (void)state;
    static struct seat_block first;
    static struct seat_block second;
    struct consensus_summary summary;
    struct seat *seat = seat_new_following(2);
    uint16_t peer = seat_leader(seat, 1);
    seat_block_make(seat, &first, 1, NULL);
    seat_block_make(seat, &second, 2, &first);
    seat_block_justify_final(seat, &second);
    seat_certificate(seat, VOTE_NOTARIZE, 2, &second.hash);
    seat_wait(seat, 40);
    seat_answer(seat, peer, &second);
    seat_restart(seat, true);
    assert_int_equal(seat_final_view(seat), 1);
    seat_wait(seat, 40);
    seat_answer(seat, peer, &first);
    assert_int_equal(seat->commits_count, 1);
    seat_restart(seat, true);
    consensus_summary(seat->core, &summary);
    assert_int_equal(summary.mute, CONSENSUS_ALARM_NONE);
    seat_free(seat);
}

static void storage_event(struct seat *seat, enum consensus_event_kind kind)
{
    struct consensus_event event = {.kind = kind};
    seat_step(seat, &event);
}

static void test_point_31_no_vote_while_storage_fails(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat *seat = seat_new_following(1);
    seat_block_make(seat, &block, 1, NULL);
    storage_event(seat, CONSENSUS_STORAGE_FAILED);
    assert_int_equal(seat->alarm, CONSENSUS_ALARM_STORAGE_FAILED);
    seat_propose(seat, &block);
    seat_wait(seat, GIVE_UP_MS);
    assert_int_equal(seat_said_count(seat, VOTE_NOTARIZE, 1), 0);
    assert_int_equal(seat_said_count(seat, VOTE_NULLIFY, 1), 0);
    storage_event(seat, CONSENSUS_STORAGE_RECOVERED);
    seat_wait(seat, GIVE_UP_MS);
    assert_true(seat_said(seat, VOTE_NOTARIZE, 1, NULL) || seat_said(seat, VOTE_NULLIFY, 1, NULL));
    seat_free(seat);
}

/* ----------------------------------------------------------------------- 32: long stalls */

/* S11: a stall costs one nullification per view, and D grows, so a day of it stays small. */
static void test_point_32_a_long_stall_is_survived_S11(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat *seat = seat_new_following(1);
    for (uint64_t view = 1; view <= 100; view++) {
        seat_certificate(seat, VOTE_NULLIFY, view, NULL);
    }
    uint64_t view = 101;
    while (seat_leader(seat, view) == seat->config.self) {
        seat_certificate(seat, VOTE_NULLIFY, view++, NULL);
    }
    seat_block_make(seat, &block, view, NULL); /* carries them all */
    seat_propose(seat, &block);
    assert_true(seat_said(seat, VOTE_NOTARIZE, view, &block.hash));
    seat_certificate(seat, VOTE_NOTARIZE, view, &block.hash);
    seat_certificate(seat, VOTE_FINALIZE, view, &block.hash);
    assert_int_equal(seat->commits_count, 1);
    seat_free(seat);
}

/* S1, second half: what was forgotten with old views is never contradicted. */
static void test_point_32_no_finalize_below_the_floor_S1(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat *seat = seat_new_following(1);
    seat_block_make(seat, &block, 1, NULL);
    seat_wait(seat, GIVE_UP_MS);
    assert_true(seat_said(seat, VOTE_NULLIFY, 1, NULL));
    for (uint64_t view = 1; view <= 110; view++) { /* beyond the 64 views of vote tables */
        seat_certificate(seat, VOTE_NULLIFY, view, NULL);
    }
    seat_certificate(seat, VOTE_NOTARIZE, 1, &block.hash);
    assert_false(seat_said(seat, VOTE_FINALIZE, 1, NULL));
    seat_restart(seat, true);
    seat_certificate(seat, VOTE_NOTARIZE, 1, &block.hash);
    seat_certificate(seat, VOTE_NOTARIZE, 2, &block.hash); /* a view without any own vote */
    assert_false(seat_said(seat, VOTE_FINALIZE, 1, NULL));
    assert_false(seat_said(seat, VOTE_FINALIZE, 2, NULL));
    seat_free(seat);
}

/*
 * The same where only the floor says so: a member that passed 110 views on the certificates of
 * others has no vote of its own in view 2, and if the journal held no certificates (the companion
 * in base/mutant.h) it would start low again, with view 2 inside its window.
 */
static void test_point_32_the_floor_outlives_a_restart_S1(void **state)
{
    (void)state;
    static struct seat_block block;
    struct seat *seat = seat_new_following(1);
    seat_block_make(seat, &block, 2, NULL);
    for (uint64_t view = 1; view <= 110; view++) {
        seat_certificate(seat, VOTE_NULLIFY, view, NULL);
    }
    seat_restart(seat, true);
    seat_certificate(seat, VOTE_NOTARIZE, 2, &block.hash);
    seat_wait(seat, GIVE_UP_MS);
    assert_false(seat_said(seat, VOTE_FINALIZE, 2, NULL));
    seat_free(seat);
}

/* And where the floor's own record is all that is left: the certificates were lost. */
static void test_point_32_the_floor_counts_without_certificates_S1(void **state)
{
    (void)state;
    static struct seat_block block;
    enum {
        CERTIFICATE_RECORD = 4
    };
    struct seat *seat = seat_new_following(1);
    seat_block_make(seat, &block, 2, NULL);
    for (uint64_t view = 1; view <= 110; view++) {
        seat_certificate(seat, VOTE_NULLIFY, view, NULL);
    }
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
    assert_true(seat_view(seat) < 110);
    seat_certificate(seat, VOTE_NOTARIZE, 2, &block.hash);
    seat_wait(seat, GIVE_UP_MS);
    assert_false(seat_said(seat, VOTE_FINALIZE, 2, NULL));
    seat_free(seat);
}

/* More views without a final block than there is room for: the operator is told. */
static void test_point_32_exhausted_views_raise_an_alarm(void **state)
{
    (void)state;
    struct seat *seat = seat_new_following(1);
    const uint64_t most = seat->config.limits.skipped_views_max;
    for (uint64_t view = 1; view < most; view++) {
        seat_certificate(seat, VOTE_NULLIFY, view, NULL);
    }
    assert_int_equal(seat_view(seat), most);
    assert_int_not_equal(seat->alarm, CONSENSUS_ALARM_VIEWS_EXHAUSTED);
    seat_certificate(seat, VOTE_NULLIFY, most, NULL);
    assert_int_equal(seat_view(seat), most + 1);
    assert_int_equal(seat->alarm, CONSENSUS_ALARM_VIEWS_EXHAUSTED);
    seat_certificate(seat, VOTE_NULLIFY, most + 1, NULL); /* no room: the view stays */
    assert_int_equal(seat_view(seat), most + 1);
    seat_free(seat);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_signed_leaves_before_it_is_durable),
        cmocka_unit_test(test_no_certificate_with_an_own_vote_leaves_before_that_is_durable),
        cmocka_unit_test(test_a_vote_that_was_never_durable_is_forgotten),
        cmocka_unit_test(test_point_11_timers_grow_until_something_is_final_S9),
        cmocka_unit_test(test_point_11_timers_are_short_again_after_a_final_block),
        cmocka_unit_test(test_point_25_idle_network_makes_a_block_per_heartbeat_only),
        cmocka_unit_test(test_point_25_the_tail_becomes_final),
        cmocka_unit_test(test_point_25_a_batch_starts_the_timers),
        cmocka_unit_test(test_point_25_idle_members_are_pulled_along),
        cmocka_unit_test(test_point_26_utc_jumps_move_no_timer),
        cmocka_unit_test(test_point_29_a_torn_tail_is_no_loss),
        cmocka_unit_test(test_point_29_a_lost_journal_never_votes_again),
        cmocka_unit_test(test_point_29_a_rolled_back_journal_is_noticed_by_the_store),
        cmocka_unit_test(test_point_29_a_marked_journal_may_lack_the_last_certificate),
        cmocka_unit_test(test_point_29_a_rolled_back_journal_is_noticed_by_an_own_vote),
        cmocka_unit_test(test_point_29_a_final_view_inside_a_journalled_block_counts),
        cmocka_unit_test(test_point_31_no_vote_while_storage_fails),
        cmocka_unit_test(test_point_32_a_long_stall_is_survived_S11),
        cmocka_unit_test(test_point_32_no_finalize_below_the_floor_S1),
        cmocka_unit_test(test_point_32_the_floor_outlives_a_restart_S1),
        cmocka_unit_test(test_point_32_the_floor_counts_without_certificates_S1),
        cmocka_unit_test(test_point_32_exhausted_views_raise_an_alarm),
    };
    return cmocka_run_group_tests_name("hosts and time", tests, NULL, NULL);
}
