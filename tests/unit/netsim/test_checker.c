/*
 * Goal: the checker is silent about a right history, and objects to each kind of wrong one, in
 * words that name the kind. Blocks are written here byte by byte.
 */
#include "netsim/check/checker.h"

#include "base/bytes.h"
#include "tests/support/cmocka.h"

#include <string.h>

enum {
    MEMBERS = 4,
    QUOTA = 2,
    HEADER_BYTES = 215,
    BLOCK_BYTES_MAX = 1024
};

/* What a block says; the rest is zero. */
struct draft {
    uint64_t view;
    uint64_t height;
    uint64_t parent_view;
    struct hash parent_hash;
    uint64_t ts_ms;
    uint64_t exec_height;
    struct hash result_root;
    uint32_t references_count;
    struct checker_reference references[4];
    uint64_t cut[MEMBERS];
};

static struct checker *checker;

static void checker_with(uint32_t byzantine_count, enum checker_results results)
{
    struct checker_config config = {
        .members_count = MEMBERS, .lane_quota_batches = QUOTA, .results = results};
    for (uint32_t i = 0; i < byzantine_count; i++) {
        member_set_add(&config.byzantine, MEMBERS - 1 - i);
    }
    checker = checker_new(&config);
}

static int set_up(void **state)
{
    (void)state;
    checker_with(1, CHECKER_RESULTS_COMPUTED);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    checker_free(checker);
    return 0;
}

/* Offsets of consensus/header.h and block.h. */
static size_t draft_write(const struct draft *draft, uint8_t *bytes)
{
    uint8_t *body = bytes + HEADER_BYTES + 8 + 2;
    size_t body_size = 4 + 34 * (size_t)draft->references_count + 8 * MEMBERS;
    struct hash root;
    memset(bytes, 0, BLOCK_BYTES_MAX);
    bytes_put_u64(bytes + 8, draft->view);
    bytes_put_u64(bytes + 16, draft->height);
    bytes_put_u64(bytes + 24, draft->parent_view);
    memcpy(bytes + 32, draft->parent_hash.bytes, HASH_SIZE);
    bytes_put_u64(bytes + 64, draft->ts_ms);
    bytes_put_u32(bytes + 104, draft->references_count);
    bytes_put_u64(bytes + 108, draft->exec_height);
    memcpy(bytes + 116, draft->result_root.bytes, HASH_SIZE);
    bytes_put_u32(bytes + HEADER_BYTES, 2); /* an empty justification: its count */
    bytes_put_u32(bytes + HEADER_BYTES + 6, (uint32_t)body_size);
    bytes_put_u32(body, draft->references_count);
    for (uint32_t i = 0; i < draft->references_count; i++) {
        bytes_put_u16(body + 4 + 34 * i, (uint16_t)draft->references[i].lane);
        memcpy(body + 6 + 34 * i, draft->references[i].digest.bytes, HASH_SIZE);
    }
    for (uint32_t lane = 0; lane < MEMBERS; lane++) {
        bytes_put_u64(body + 4 + 34 * draft->references_count + 8 * lane, draft->cut[lane]);
    }
    hash_compute(&root, HASH_BODY, body, body_size);
    memcpy(bytes + 72, root.bytes, HASH_SIZE);
    return HEADER_BYTES + 10 + body_size;
}

/* Somebody proposes it. */
static struct hash propose(const struct draft *draft)
{
    uint8_t bytes[BLOCK_BYTES_MAX];
    struct checker_block block;
    size_t size = draft_write(draft, bytes);
    assert_true(checker_block_read(bytes, size, MEMBERS, &block));
    checker_learn(checker, &block);
    return block.hash;
}

static struct draft first_draft(uint64_t view)
{
    return (struct draft){.view = view, .height = 1, .ts_ms = 1000};
}

static struct draft next_draft(const struct draft *parent, const struct hash *parent_hash,
                               uint64_t view)
{
    struct draft draft = {.view = view,
                          .height = parent->height + 1,
                          .parent_view = parent->view,
                          .parent_hash = *parent_hash,
                          .ts_ms = parent->ts_ms + 1};
    memcpy(draft.cut, parent->cut, sizeof draft.cut);
    return draft;
}

/* A vote as an honest member casts it: made, durable, sent. */
static void vote(uint32_t signer, enum checker_vote_kind kind, uint64_t view,
                 const struct hash *hash)
{
    struct hash none = {{0}};
    hash = hash == NULL ? &none : hash;
    checker_vote_made(checker, signer, kind, view);
    checker_vote_durable(checker, signer, kind, view, hash);
    checker_vote_left(checker, signer, kind, view, hash);
}

static void vote_by(uint32_t count, enum checker_vote_kind kind, uint64_t view,
                    const struct hash *hash)
{
    for (uint32_t signer = 0; signer < count; signer++) {
        vote(signer, kind, view, hash);
    }
}

/* A block of view 1, notarised and final by all honest members. */
static struct hash first_block_final(struct draft *draft)
{
    *draft = first_draft(1);
    struct hash hash = propose(draft);
    vote_by(3, CHECKER_NOTARIZE, 1, &hash);
    vote_by(3, CHECKER_FINALIZE, 1, &hash);
    checker_commit(checker, 0, 1, &hash);
    return hash;
}

static void assert_silent(void)
{
    if (checker_violation(checker) != NULL) {
        fail_msg("%s", checker_violation(checker));
    }
}

static void assert_objects(const char *words)
{
    const char *violation = checker_violation(checker);
    if (violation == NULL || strstr(violation, words) == NULL) {
        fail_msg("'%s' expected, not '%s'", words, violation == NULL ? "silence" : violation);
    }
}

/* ----------------------------------------------------------------------------- right */

static void a_right_history_passes(void **state)
{
    struct draft first;
    (void)state;
    struct hash hash = first_block_final(&first);
    checker_commit(checker, 1, 1, &hash);
    vote_by(2, CHECKER_NULLIFY, 2, NULL); /* with the Byzantine one a quorum */
    struct draft third = next_draft(&first, &hash, 3);
    struct hash third_hash = propose(&third);
    vote_by(3, CHECKER_NOTARIZE, 3, &third_hash);
    vote(2, CHECKER_NULLIFY, 3, NULL); /* E5 */
    vote_by(2, CHECKER_FINALIZE, 3, &third_hash);
    checker_commit(checker, 0, 2, &third_hash);
    checker_evidence(checker, 0, 3);
    assert_silent();
    assert_true(checker_final_height(checker) == 2);
    checker_votes_forgotten(checker, 2);
    vote(2, CHECKER_NULLIFY, 3, NULL); /* said again after a restart */
    assert_silent();
}

static void books_are_empty_after_a_reset(void **state)
{
    struct draft first;
    struct checker_config config = {.members_count = MEMBERS, .lane_quota_batches = QUOTA};
    (void)state;
    struct hash hash = first_block_final(&first);
    checker_evidence(checker, 0, 1);
    assert_non_null(checker_violation(checker));
    checker_reset(checker, &config);
    assert_null(checker_violation(checker));
    assert_null(checker_find(checker, &hash));
    assert_true(checker_final_height(checker) == 0);
    vote_by(3, CHECKER_NULLIFY, 1, NULL);
    assert_silent();
}

/* ----------------------------------------------------------------------------- votes */

static void two_notarize(void **state)
{
    (void)state;
    struct draft draft = first_draft(1);
    struct hash hash = propose(&draft);
    draft.ts_ms++;
    struct hash other = propose(&draft);
    vote(0, CHECKER_NOTARIZE, 1, &hash);
    vote(0, CHECKER_NOTARIZE, 1, &hash);
    assert_silent();
    vote(0, CHECKER_NOTARIZE, 1, &other);
    assert_objects("E1");
}

static void two_finalize(void **state)
{
    struct draft draft = first_draft(1);
    (void)state;
    struct hash hash = propose(&draft);
    draft.ts_ms++;
    struct hash other = propose(&draft);
    vote_by(2, CHECKER_NOTARIZE, 1, &hash);
    vote(2, CHECKER_NOTARIZE, 1, &other);
    vote(0, CHECKER_FINALIZE, 1, &hash);
    assert_silent();
    vote(0, CHECKER_FINALIZE, 1, &other);
    assert_objects("E2");
}

static void finalize_after_nullify(void **state)
{
    struct draft draft = first_draft(1);
    (void)state;
    struct hash hash = propose(&draft);
    vote_by(3, CHECKER_NOTARIZE, 1, &hash);
    vote(0, CHECKER_NULLIFY, 1, NULL);
    assert_silent();
    vote(0, CHECKER_FINALIZE, 1, &hash);
    assert_objects("E3");
}

static void nullify_after_finalize(void **state)
{
    struct draft draft = first_draft(1);
    (void)state;
    struct hash hash = propose(&draft);
    vote_by(3, CHECKER_NOTARIZE, 1, &hash);
    vote(0, CHECKER_FINALIZE, 1, &hash);
    vote(0, CHECKER_NULLIFY, 1, NULL);
    assert_objects("E3");
}

static void notarize_after_nullify(void **state)
{
    struct draft draft = first_draft(1);
    (void)state;
    struct hash hash = propose(&draft);
    vote(0, CHECKER_NULLIFY, 1, NULL);
    vote(0, CHECKER_NOTARIZE, 1, &hash);
    assert_objects("E4");
}

static void a_vote_in_an_earlier_view(void **state)
{
    (void)state;
    vote(0, CHECKER_NULLIFY, 2, NULL);
    vote(1, CHECKER_NULLIFY, 1, NULL);
    assert_silent();
    vote(0, CHECKER_NULLIFY, 1, NULL);
    assert_objects("E6");
}

static void a_vote_that_was_not_written_down(void **state)
{
    struct draft draft = first_draft(1);
    (void)state;
    struct hash hash = propose(&draft);
    checker_vote_made(checker, 0, CHECKER_NOTARIZE, 1);
    checker_vote_left(checker, 0, CHECKER_NOTARIZE, 1, &hash);
    assert_objects("before it was durable");
}

static void a_vote_for_what_nobody_proposed(void **state)
{
    struct hash hash = {{7}};
    (void)state;
    vote(0, CHECKER_NOTARIZE, 1, &hash);
    assert_objects("nobody proposed");
}

static void a_vote_in_another_view_than_the_blocks(void **state)
{
    struct draft draft = first_draft(2);
    (void)state;
    struct hash hash = propose(&draft);
    vote(0, CHECKER_NOTARIZE, 1, &hash);
    assert_objects("nobody proposed");
}

static void finalize_without_a_notarization(void **state)
{
    struct draft draft = first_draft(1);
    (void)state;
    struct hash hash = propose(&draft);
    vote(0, CHECKER_NOTARIZE, 1, &hash); /* with the Byzantine one, one too few */
    vote(0, CHECKER_FINALIZE, 1, &hash);
    assert_objects("not notarised");
}

static void finalize_of_another_block_than_notarized(void **state)
{
    struct draft draft = first_draft(1);
    (void)state;
    struct hash hash = propose(&draft);
    draft.ts_ms++;
    struct hash other = propose(&draft);
    vote_by(2, CHECKER_NOTARIZE, 1, &hash);
    vote(2, CHECKER_NOTARIZE, 1, &other);
    vote(2, CHECKER_FINALIZE, 1, &hash);
    assert_objects("than it notarised");
}

/* ---------------------------------------------------------------------------- parents */

static void a_parent_that_is_not_notarized(void **state)
{
    struct draft first = first_draft(1);
    (void)state;
    struct hash hash = propose(&first);
    vote(0, CHECKER_NOTARIZE, 1, &hash);
    struct draft second = next_draft(&first, &hash, 2);
    struct hash second_hash = propose(&second);
    vote(1, CHECKER_NOTARIZE, 2, &second_hash);
    assert_objects("not notarised");
}

static void a_parent_that_nobody_proposed(void **state)
{
    struct hash unknown = {{9}};
    struct draft first = first_draft(1);
    (void)state;
    struct draft second = next_draft(&first, &unknown, 2);
    struct hash hash = propose(&second);
    vote(1, CHECKER_NOTARIZE, 2, &hash);
    assert_objects("a parent nobody proposed");
}

static void a_skipped_view_that_is_not_nullified(void **state)
{
    struct draft first;
    (void)state;
    struct hash hash = first_block_final(&first);
    vote(0, CHECKER_NULLIFY, 2, NULL);
    struct draft third = next_draft(&first, &hash, 3);
    struct hash third_hash = propose(&third);
    vote(1, CHECKER_NOTARIZE, 3, &third_hash);
    assert_objects("skipping view 2");
}

static void heights_times_and_results_that_go_back(void **state)
{
    (void)state;
    for (uint32_t what = 0; what < 3; what++) {
        struct draft first;
        checker_free(checker);
        checker_with(1, CHECKER_RESULTS_COMPUTED);
        struct hash hash = first_block_final(&first);
        struct draft second = next_draft(&first, &hash, 2);
        second.height += what == 0;
        second.ts_ms -= what == 1;
        if (what == 2) { /* its parent certified height 1 already */
            struct hash zero = {{0}};
            second.exec_height = 1;
            checker_result(&zero, 1, &hash, &second.result_root);
            hash = propose(&second);
            vote_by(3, CHECKER_NOTARIZE, 2, &hash);
            assert_silent();
            first = second;
            second = next_draft(&first, &hash, 3);
        }
        hash = propose(&second);
        vote(0, CHECKER_NOTARIZE, second.view, &hash);
        assert_objects("go backwards");
    }
}

/* ---------------------------------------------------------------------------- results */

static void a_wrong_result(void **state)
{
    struct draft first;
    (void)state;
    struct hash hash = first_block_final(&first);
    struct draft second = next_draft(&first, &hash, 2);
    second.exec_height = 1;
    second.result_root.bytes[0] = 1;
    hash = propose(&second);
    vote(0, CHECKER_NOTARIZE, 2, &hash);
    assert_objects("wrong result");
}

static void a_result_of_the_block_itself(void **state)
{
    struct draft draft = first_draft(1);
    (void)state;
    draft.exec_height = 1;
    struct hash hash = propose(&draft);
    vote(0, CHECKER_NOTARIZE, 1, &hash);
    assert_objects("names results of height 1");
}

static void results_that_were_told(void **state)
{
    struct draft first;
    struct hash result = {{5}};
    (void)state;
    checker_free(checker);
    checker_with(1, CHECKER_RESULTS_TOLD);
    struct hash hash = first_block_final(&first);
    struct draft second = next_draft(&first, &hash, 2);
    second.exec_height = 1;
    second.result_root = result;
    struct hash second_hash = propose(&second);
    checker_executed(checker, 1, 1, &result);
    checker_executed(checker, 0, 1, &result);
    vote(0, CHECKER_NOTARIZE, 2, &second_hash);
    assert_silent();
    result.bytes[0]++;
    checker_executed(checker, 2, 1, &result);
    assert_objects("another result");
}

static void a_result_that_nobody_computed(void **state)
{
    struct draft first;
    (void)state;
    checker_free(checker);
    checker_with(1, CHECKER_RESULTS_TOLD);
    struct hash hash = first_block_final(&first);
    struct draft second = next_draft(&first, &hash, 2);
    second.exec_height = 1;
    hash = propose(&second);
    vote(0, CHECKER_NOTARIZE, 2, &hash);
    assert_objects("wrong result");
}

static void execution_of_what_is_not_final(void **state)
{
    struct hash result = {{5}};
    (void)state;
    checker_free(checker);
    checker_with(1, CHECKER_RESULTS_TOLD);
    checker_executed(checker, 1, 1, &result);
    assert_objects("which nobody finalised");
}

/* ---------------------------------------------------------------------------- batches */

/* A batch that all honest members hold. */
static struct checker_reference batch_held(uint32_t lane, uint64_t lane_seq)
{
    struct checker_reference reference = {lane, {{(uint8_t)(100 + lane), (uint8_t)lane_seq}}};
    checker_batch_signed(checker, lane, lane_seq, &reference.digest);
    for (uint32_t node = 0; node < 3; node++) {
        checker_batch_durable(checker, node, &reference.digest);
    }
    return reference;
}

static struct draft draft_with(struct checker_reference one, struct checker_reference two)
{
    struct draft draft = first_draft(1); /* lanes begin with lane 1 */
    draft.references_count = 2;
    draft.references[0] = one;
    draft.references[1] = two;
    draft.cut[one.lane]++;
    draft.cut[two.lane]++;
    return draft;
}

static void batches_in_their_places_pass(void **state)
{
    (void)state;
    struct draft draft = draft_with(batch_held(1, 1), batch_held(0, 1));
    struct hash hash = propose(&draft);
    vote_by(3, CHECKER_NOTARIZE, 1, &hash);
    vote_by(3, CHECKER_FINALIZE, 1, &hash);
    checker_commit(checker, 0, 1, &hash);
    assert_silent();
    assert_true(checker_ordered_count(checker) == 2);
    assert_true(checker_batch_ordered(checker, &draft.references[0].digest));
}

static void lanes_out_of_order(void **state)
{
    (void)state;
    struct draft draft = draft_with(batch_held(0, 1), batch_held(1, 1));
    struct hash hash = propose(&draft);
    vote(0, CHECKER_NOTARIZE, 1, &hash);
    assert_non_null(checker_violation(checker));
}

static void a_gap_in_a_lane(void **state)
{
    (void)state;
    struct draft draft = draft_with(batch_held(1, 1), batch_held(1, 3));
    struct hash hash = propose(&draft);
    vote(0, CHECKER_NOTARIZE, 1, &hash);
    assert_objects("has no place there");
}

static void more_batches_than_the_quota(void **state)
{
    (void)state;
    struct draft draft = draft_with(batch_held(1, 1), batch_held(1, 2));
    draft.references[2] = batch_held(1, 3);
    draft.references_count = 3;
    draft.cut[1]++;
    struct hash hash = propose(&draft);
    vote(0, CHECKER_NOTARIZE, 1, &hash);
    assert_objects("over its quota");
}

static void a_cut_that_is_not_what_references_say(void **state)
{
    (void)state;
    struct draft draft = draft_with(batch_held(1, 1), batch_held(0, 1));
    draft.cut[2] = 1;
    struct hash hash = propose(&draft);
    vote(0, CHECKER_NOTARIZE, 1, &hash);
    assert_objects("the cut is not");
}

static void a_batch_that_the_voter_lacks(void **state)
{
    (void)state;
    struct draft draft = draft_with(batch_held(1, 1), batch_held(0, 1));
    struct hash hash = propose(&draft);
    checker_batch_lost(checker, 2, &draft.references[0].digest);
    vote(0, CHECKER_NOTARIZE, 1, &hash);
    assert_silent();
    vote(2, CHECKER_NOTARIZE, 1, &hash);
    assert_objects("without a batch of lane 1");
}

static void a_batch_that_too_few_hold(void **state)
{
    (void)state;
    struct draft draft = draft_with(batch_held(1, 1), batch_held(0, 1));
    struct hash hash = propose(&draft);
    vote(0, CHECKER_NOTARIZE, 1, &hash);
    checker_batches_lost(checker, 0);
    checker_batches_lost(checker, 2);
    vote(1, CHECKER_NOTARIZE, 1, &hash);
    assert_objects("fewer than f+1");
}

static void a_batch_ordered_twice(void **state)
{
    (void)state;
    struct draft first = draft_with(batch_held(1, 1), batch_held(0, 1));
    struct hash hash = propose(&first);
    vote_by(3, CHECKER_NOTARIZE, 1, &hash);
    vote_by(3, CHECKER_FINALIZE, 1, &hash);
    checker_commit(checker, 0, 1, &hash);
    struct draft second = next_draft(&first, &hash, 2);
    second.references_count = 1;
    second.references[0] = first.references[0];
    struct hash second_hash = propose(&second);
    checker_vote_durable(checker, 0, CHECKER_FINALIZE, 2, &second_hash);
    checker_commit(checker, 0, 2, &second_hash);
    assert_non_null(checker_violation(checker));
}

/* ----------------------------------------------------------------------------- finals */

static void two_finals_at_one_height(void **state)
{
    struct draft first;
    (void)state;
    (void)first_block_final(&first);
    first.ts_ms++;
    struct hash other = propose(&first);
    checker_commit(checker, 1, 1, &other);
    assert_objects("two blocks are final at height 1");
}

static void a_final_that_nobody_proposed(void **state)
{
    struct hash hash = {{1}};
    (void)state;
    checker_commit(checker, 1, 1, &hash);
    assert_objects("a block nobody proposed");
}

static void a_final_that_skips_a_height(void **state)
{
    struct draft first = first_draft(1);
    (void)state;
    struct hash hash = propose(&first);
    vote_by(3, CHECKER_NOTARIZE, 1, &hash);
    struct draft second = next_draft(&first, &hash, 2);
    struct hash second_hash = propose(&second);
    vote_by(3, CHECKER_NOTARIZE, 2, &second_hash);
    vote_by(3, CHECKER_FINALIZE, 2, &second_hash);
    checker_commit(checker, 0, 2, &second_hash);
    assert_objects("before anybody finalised 1");
}

static void a_final_without_a_quorum(void **state)
{
    struct draft first = first_draft(1);
    (void)state;
    struct hash hash = propose(&first);
    vote_by(3, CHECKER_NOTARIZE, 1, &hash);
    vote(0, CHECKER_FINALIZE, 1, &hash);
    checker_commit(checker, 0, 1, &hash);
    assert_objects("no quorum finalised it");
}

static void a_final_beside_the_chain(void **state)
{
    struct draft first;
    (void)state;
    struct hash hash = first_block_final(&first);
    struct draft beside = first;
    beside.view = 2;
    beside.height = 2; /* and its parent is not the final one */
    beside.parent_view = 0;
    struct hash beside_hash = propose(&beside);
    for (uint32_t signer = 0; signer < 3; signer++) {
        checker_vote_durable(checker, signer, CHECKER_NOTARIZE, 2, &beside_hash);
        checker_vote_durable(checker, signer, CHECKER_FINALIZE, 2, &beside_hash);
    }
    checker_commit(checker, 0, 2, &beside_hash);
    assert_non_null(checker_violation(checker));
    (void)hash;
}

static void evidence_against_an_honest_member(void **state)
{
    (void)state;
    checker_evidence(checker, 0, 2);
    assert_objects("accuses node 2");
}

static void the_first_violation_is_kept(void **state)
{
    (void)state;
    checker_fail(checker, "first %d", 1);
    checker_fail(checker, "second");
    assert_string_equal(checker_violation(checker), "first 1");
}

/* ----------------------------------------------------------------------------- decoder */

static void blocks_that_are_none(void **state)
{
    uint8_t bytes[BLOCK_BYTES_MAX];
    struct checker_block block;
    (void)state;
    struct draft draft = draft_with(batch_held(1, 1), batch_held(0, 1));
    size_t size = draft_write(&draft, bytes);
    assert_true(checker_block_read(bytes, size, MEMBERS, &block));
    assert_true(block.view == 1 && block.references_count == 2);
    assert_true(checker_block_cut(&block, 1) == 1 && checker_block_cut(&block, 2) == 0);
    for (size_t shorter = 0; shorter < size; shorter++) {
        assert_false(checker_block_read(bytes, shorter, MEMBERS, &block));
    }
    assert_false(checker_block_read(bytes, size + 1, MEMBERS, &block));
    assert_false(checker_block_read(bytes, size, MEMBERS + 1, &block));
    bytes[size - 1] ^= 1u; /* the body is another than the header's */
    assert_false(checker_block_read(bytes, size, MEMBERS, &block));
    draft.references[0].lane = MEMBERS;
    draft.cut[0] = 0;
    size = draft_write(&draft, bytes);
    assert_false(checker_block_read(bytes, size, MEMBERS, &block));
}

static void members_beyond_the_64th_count(void **state)
{
    struct checker_config config = {.members_count = 128, .lane_quota_batches = QUOTA};
    (void)state;
    checker_free(checker);
    checker = checker_new(&config);
    for (uint32_t signer = 0; signer < 128; signer += 2) {
        vote(signer, CHECKER_NULLIFY, 1, NULL);
    }
    vote(127, CHECKER_NULLIFY, 1, NULL);
    assert_silent();
    checker_vote_durable(checker, 127, CHECKER_FINALIZE, 1, &(struct hash){{1}});
    assert_objects("E3: node 127");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_right_history_passes),
        TEST(books_are_empty_after_a_reset),
        TEST(two_notarize),
        TEST(two_finalize),
        TEST(finalize_after_nullify),
        TEST(nullify_after_finalize),
        TEST(notarize_after_nullify),
        TEST(a_vote_in_an_earlier_view),
        TEST(a_vote_that_was_not_written_down),
        TEST(a_vote_for_what_nobody_proposed),
        TEST(a_vote_in_another_view_than_the_blocks),
        TEST(finalize_without_a_notarization),
        TEST(finalize_of_another_block_than_notarized),
        TEST(a_parent_that_is_not_notarized),
        TEST(a_parent_that_nobody_proposed),
        TEST(a_skipped_view_that_is_not_nullified),
        TEST(heights_times_and_results_that_go_back),
        TEST(a_wrong_result),
        TEST(a_result_of_the_block_itself),
        TEST(results_that_were_told),
        TEST(a_result_that_nobody_computed),
        TEST(execution_of_what_is_not_final),
        TEST(batches_in_their_places_pass),
        TEST(lanes_out_of_order),
        TEST(a_gap_in_a_lane),
        TEST(more_batches_than_the_quota),
        TEST(a_cut_that_is_not_what_references_say),
        TEST(a_batch_that_the_voter_lacks),
        TEST(a_batch_that_too_few_hold),
        TEST(a_batch_ordered_twice),
        TEST(two_finals_at_one_height),
        TEST(a_final_that_nobody_proposed),
        TEST(a_final_that_skips_a_height),
        TEST(a_final_without_a_quorum),
        TEST(a_final_beside_the_chain),
        TEST(evidence_against_an_honest_member),
        TEST(the_first_violation_is_kept),
        TEST(blocks_that_are_none),
        TEST(members_beyond_the_64th_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
