/*
 * Goal: work is taken up at once, no work makes no blocks, blocks keep their distance, and a leader
 * that seems to be dead is not waited for.
 */
#include "tests/support/cmocka.h"

#include "consensus/step.h"
#include "crypto/start.h"
#include "tests/support/consensus/seat.h"

static uint64_t height(const struct seat *seat)
{
    struct consensus_summary summary;
    consensus_summary(seat->core, &summary);
    return summary.final_height;
}

/* Goal: the first batch after an idle time is proposed in the very step in which it is ready. */
static void test_first_batch_goes_at_once(void **state)
{
    (void)state;
    struct seat *seat = seat_new_leading(1);
    seat_wait(seat, 300);
    assert_int_equal(seat_sent_count(seat, MESSAGE_PROPOSAL, CONSENSUS_ALL), 0);
    seat_submit(seat);
    assert_int_equal(seat_sent_count(seat, MESSAGE_PROPOSAL, CONSENSUS_ALL), 1);
    seat_free(seat);
}

static bool under_way(const struct seat *seat)
{
    struct consensus_summary summary;
    consensus_summary(seat->core, &summary);
    return summary.under_way;
}

/* Goal: who asks whether a block is under way hears it from its proposal on, until it is final. */
static void test_a_block_is_under_way_from_proposal_to_finalization(void **state)
{
    (void)state;
    struct seat *seat = seat_new(4, 0);
    struct seat_block block;
    assert_false(under_way(seat));
    seat_block_make(seat, &block, 1, NULL);
    seat_propose(seat, &block);
    assert_true(under_way(seat));
    seat_certificate(seat, VOTE_NOTARIZE, 1, &block.hash);
    assert_true(under_way(seat));
    seat_certificate(seat, VOTE_FINALIZE, 1, &block.hash);
    assert_false(under_way(seat));
    seat_free(seat);
}

/* Goal: two blocks are never nearer than block_interval_min_ms, though one validator alone needs no
 * messages at all. */
static void test_blocks_keep_their_distance(void **state)
{
    (void)state;
    struct seat *seat = seat_prepare(1, 0);
    seat->config.timing.block_interval_min_ms = 50;
    seat_start(seat, CONSENSUS_JOURNAL_CREATED);
    seat_wait(seat, 100);
    seat_submit(seat);
    assert_int_equal(height(seat), 1);
    seat_submit(seat);
    seat_wait(seat, 48);
    assert_int_equal(height(seat), 1);
    seat_wait(seat, 4);
    assert_int_equal(height(seat), 2);
    seat_free(seat);
}

/* Makes a block, has it executed for so long and leaves so much time behind it, thirty times. */
static void work_for(struct seat *seat, uint64_t executing_ms, uint64_t idle_ms)
{
    for (int i = 0; i < 30; i++) {
        const uint64_t before = height(seat);
        seat_submit(seat);
        while (height(seat) == before) {
            seat_wait(seat, 1);
        }
        seat_wait(seat, executing_ms);
        struct consensus_event event = {
            .kind = CONSENSUS_EXECUTED,
            .executed = {.height = height(seat), .result_root = {{(uint8_t)height(seat)}}}};
        seat_step(seat, &event);
        seat_wait(seat, idle_ms);
    }
}

/* How many milliseconds lie between two blocks for which there is work at once. */
static uint64_t distance_ms(struct seat *seat)
{
    uint64_t waited_ms = 0;
    seat_wait(seat, 500);
    seat_submit(seat);
    const uint64_t before = height(seat);
    seat_submit(seat);
    while (height(seat) == before) {
        seat_wait(seat, 1);
        waited_ms++;
        assert_in_range(waited_ms, 0, 1000);
    }
    return waited_ms;
}

/* Goal: a leader whose execution has been under way for most of the time lets time pass between
 * blocks, 4/5 D0 at most; one whose execution waits for blocks does not, also after such a time. */
static void test_busy_execution_spaces_blocks(void **state)
{
    (void)state;
    struct seat *seat = seat_prepare(1, 0);
    seat->config.timing.d0_ms = 100;
    seat->config.timing.block_interval_min_ms = 5;
    seat->config.timing.heartbeat_ms = 1000000;
    seat_start(seat, CONSENSUS_JOURNAL_CREATED);
    seat->holds_execution = true;
    work_for(seat, 66, 34);
    assert_int_equal(distance_ms(seat), 5);
    work_for(seat, 95, 5);
    assert_int_equal(distance_ms(seat), 80);
    work_for(seat, 78, 22);
    assert_in_range(distance_ms(seat), 20, 70);
    work_for(seat, 5, 95);
    assert_int_equal(distance_ms(seat), 5);
    seat_free(seat);
}

/* A core of four, whose execution has been busy for all of the time, enters view 4, which it leads.
 * It has executed two blocks of three. */
static struct seat *seat_busy(void)
{
    struct seat *seat = seat_new_following(3);
    struct seat_block blocks[3];
    seat->holds_execution = true;
    for (uint64_t view = 1; view <= 3; view++) {
        struct seat_block *block = &blocks[view - 1];
        seat_block_make(seat, block, view, view == 1 ? NULL : &blocks[view - 2]);
        seat_propose(seat, block);
        seat_certificate(seat, VOTE_NOTARIZE, view, &block->hash);
        seat_certificate(seat, VOTE_FINALIZE, view, &block->hash);
        struct consensus_event event = {
            .kind = CONSENSUS_EXECUTED,
            .executed = {.height = view, .result_root = {{(uint8_t)view}}}};
        if (view < 3) {
            seat_wait(seat, view == 2 ? 600 : 0);
            seat_step(seat, &event);
        }
    }
    assert_int_equal(seat_view(seat), 4);
    return seat;
}

/* Goal: a busy leader does not space blocks if it is alone in being behind: if q others have
 * executed more, by more than one block. */
static void test_who_is_behind_does_not_hold_up_the_others(void **state)
{
    (void)state;
    const uint64_t executed[] = {3, 4};
    for (size_t i = 0; i < 2; i++) {
        struct seat *seat = seat_busy();
        for (uint16_t peer = 0; peer < 4; peer++) {
            if (peer != seat->config.self) {
                seat_status_executed(seat, peer, executed[i]);
            }
        }
        seat_forget_sent(seat);
        seat_submit(seat);
        seat_wait(seat, seat->config.timing.d0_ms * 3 / 5);
        assert_int_equal(seat_sent_count(seat, MESSAGE_PROPOSAL, CONSENSUS_ALL), i);
        seat_wait(seat, seat->config.timing.d0_ms * 2 / 5);
        assert_int_equal(seat_sent_count(seat, MESSAGE_PROPOSAL, CONSENSUS_ALL), 1);
        seat_free(seat);
    }
}

/* Goal: a result with content gets one block that certifies it, and that block no further one. */
static void test_certifying_block_is_the_last(void **state)
{
    (void)state;
    struct seat *seat = seat_prepare(1, 0);
    seat->config.timing.heartbeat_ms = 100000;
    seat_start(seat, CONSENSUS_JOURNAL_CREATED);
    seat->holds_execution = true;
    seat_submit(seat);
    assert_int_equal(height(seat), 1);
    for (uint64_t executed = 1; executed <= 4; executed++) {
        struct consensus_event event = {.kind = CONSENSUS_EXECUTED,
                                        .executed = {.height = executed,
                                                     .result_root = {{(uint8_t)executed}},
                                                     .has_content = executed == 1}};
        if (executed <= height(seat)) {
            seat_step(seat, &event);
        }
        seat_wait(seat, 500);
    }
    struct consensus_summary summary;
    consensus_summary(seat->core, &summary);
    assert_int_equal(summary.final_height, 2);
    assert_true(summary.certified_exec_height >= 1);
    seat_free(seat);
}

/* Goal: a timed event of the ledger makes one block, without any batch. */
static void test_work_due(void **state)
{
    (void)state;
    struct seat *seat = seat_prepare(1, 0);
    seat->config.timing.heartbeat_ms = 100000;
    seat_start(seat, CONSENSUS_JOURNAL_CREATED);
    seat_wait(seat, 1000);
    assert_int_equal(height(seat), 0);
    struct consensus_event due = {.kind = CONSENSUS_WORK_DUE};
    seat_step(seat, &due);
    seat_wait(seat, 1000);
    assert_in_range(height(seat), 1, 2);
    seat_free(seat);
}

/* Brings a core that leads view 4 to the end of view 3. Of the views before it some become final
 * ('f'), some are notarized only ('n'), some fail: without ('x') or with ('p') a proposal. */
static struct seat *seat_after(const char views[3])
{
    struct seat *seat = seat_new_following(3);
    struct seat_block blocks[3];
    const struct seat_block *parent = NULL;
    const struct hash zero = {{0}};
    for (uint64_t view = 1; view <= 3; view++) {
        if (views[view - 1] == 'x') {
            seat_certificate(seat, VOTE_NULLIFY, view, &zero);
            continue;
        }
        struct seat_block *block = &blocks[view - 1];
        seat_block_make(seat, block, view, parent);
        seat_propose(seat, block);
        if (views[view - 1] == 'p') {
            seat_certificate(seat, VOTE_NULLIFY, view, &zero);
            continue;
        }
        seat_certificate(seat, VOTE_NOTARIZE, view, &block->hash);
        if (views[view - 1] == 'f') {
            seat_certificate(seat, VOTE_FINALIZE, view, &block->hash);
        }
        parent = block;
    }
    assert_int_equal(seat_view(seat), 4);
    assert_int_equal(seat_leader(seat, 1), seat_leader(seat, 5));
    return seat;
}

/* Enters view 5, without work. Is its leader waited for as long as one that lives, then? */
static bool fifth_is_waited_for(struct seat *seat)
{
    const struct hash zero = {{0}};
    const uint64_t d0_ms = seat->config.timing.d0_ms;
    seat_certificate(seat, VOTE_NULLIFY, 4, &zero);
    if (seat_said(seat, VOTE_NULLIFY, 5, NULL)) {
        return false;
    }
    seat_submit(seat);
    seat_wait(seat, 2 * d0_ms);
    const bool waited_for = !seat_said(seat, VOTE_NULLIFY, 5, NULL);
    seat_wait(seat, 4 * d0_ms);
    assert_true(seat_said(seat, VOTE_NULLIFY, 5, NULL));
    return waited_for;
}

/* Goal: the next view of a leader that let its turn pass is given up on entering it; not if it was
 * heard since, or if its proposal came and failed. */
static void test_absent_leader_is_not_waited_for(void **state)
{
    (void)state;
    struct seat *seat = seat_after("xff");
    assert_false(fifth_is_waited_for(seat));
    seat_free(seat);
    seat = seat_after("xfn"); /* f + 2 views ago one became final */
    assert_false(fifth_is_waited_for(seat));
    seat_free(seat);
    seat = seat_after("xff");
    seat_vote(seat, seat_leader(seat, 5), VOTE_NULLIFY, 4, NULL);
    assert_true(fifth_is_waited_for(seat));
    seat_free(seat);
    seat = seat_after("pff");
    assert_true(fifth_is_waited_for(seat));
    seat_free(seat);
}

/* Goal: all are waited for where fewer than q seem to live, and where no view of the last f + 2
 * became final: it may be the network that is slow. */
static void test_all_are_waited_for_in_a_slow_network(void **state)
{
    (void)state;
    struct seat *seat = seat_after("xxf");
    assert_true(fifth_is_waited_for(seat));
    seat_free(seat);
    seat = seat_after("xnn");
    assert_true(fifth_is_waited_for(seat));
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
        cmocka_unit_test(test_first_batch_goes_at_once),
        cmocka_unit_test(test_a_block_is_under_way_from_proposal_to_finalization),
        cmocka_unit_test(test_blocks_keep_their_distance),
        cmocka_unit_test(test_busy_execution_spaces_blocks),
        cmocka_unit_test(test_who_is_behind_does_not_hold_up_the_others),
        cmocka_unit_test(test_certifying_block_is_the_last),
        cmocka_unit_test(test_work_due),
        cmocka_unit_test(test_absent_leader_is_not_waited_for),
        cmocka_unit_test(test_all_are_waited_for_in_a_slow_network),
    };
    return cmocka_run_group_tests(tests, start_cryptography, NULL);
}
