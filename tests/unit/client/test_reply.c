/*
 * Goal: every kind of reply has exactly one encoding; a node cannot make a client read beyond the
 * message, show control characters, or take an answer without proof for one with.
 */
#include <string.h>

#include "client/reply.h"
#include "client/row.h"
#include "ledger/values/outcome.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static const uint8_t blob[] = {1, 2, 3, 4, 5};
static const uint8_t two_leaves[] = {2, 0, 0, 0, 0xaa, 0xbb, 1, 0, 0, 0, 0xcc};

static void sample_status(struct reply_node_status *status)
{
    strcpy(status->version, "0.1 (test)");
    status->final_height = 12;
    status->peer_count = 2;
    status->peers[1].validator = 3;
    status->peers[1].connected = true;
    status->alarm_count = 1;
    status->alarms[0].code = 4;
    strcpy(status->alarms[0].text, "disk almost full");
}

static void sample_explain(struct reply_explain *explain)
{
    explain->actor = ROW_ACTOR_OPERATOR;
    explain->nearest_found = true;
    strcpy(explain->nearest_party, "CUSTFRPPXXX");
    explain->comparison_count = 1;
    strcpy(explain->comparisons[0].code, "DQUA");
    strcpy(explain->comparisons[0].field, "quantity");
    explain->lack_found = true;
    explain->lack_needed = -1;
    explain->detail = DETAIL_LINK_CIRCLE;
}

static struct reply sample(enum reply_kind kind)
{
    struct reply reply = {.id = 5, .kind = kind};

    switch (kind) {
    case REPLY_ERROR:
        reply.fault = REPLY_FAULT_BUSY;
        strcpy(reply.text, "try again");
        break;
    case REPLY_SUBMITTED:
        reply.submitted = SUBMIT_EXPIRED;
        break;
    case REPLY_OUTCOME:
        reply.stage = STAGE_CERTIFIED;
        reply.receipt_total = 9;
        reply.leaf_count = 2;
        reply.anchor = blob;
        reply.anchor_size = sizeof blob;
        reply.leaves = two_leaves;
        reply.leaves_size = sizeof two_leaves;
        break;
    case REPLY_EXPLAIN:
        sample_explain(&reply.explain);
        /* fall through */
    case REPLY_POINT:
        reply.found = true;
        reply.state_height = 8;
        reply.proof = blob;
        reply.proof_size = sizeof blob;
        break;
    case REPLY_LIST:
        reply.list = LIST_ASSETS;
        reply.row_count = 1;
        reply.rows = blob;
        reply.rows_size = sizeof blob;
        break;
    case REPLY_NODE_STATUS:
        sample_status(&reply.status);
        break;
    case REPLY_ROOTS:
        reply.roots.height = 4;
        break;
    }
    return reply;
}

static void every_kind_survives_a_round_trip(void **state)
{
    (void)state;
    for (int kind = REPLY_ERROR; kind <= REPLY_ROOTS; kind++) {
        uint8_t first[2048], second[2048];
        struct reply reply = sample((enum reply_kind)kind);
        struct reply decoded;
        size_t size = reply_encode(&reply, first, sizeof first);
        assert_true(size > 0);
        assert_true(reply_decode(first, size, &decoded));
        assert_int_equal(decoded.kind, kind);
        assert_int_equal(reply_encode(&decoded, second, sizeof second), size);
        assert_memory_equal(first, second, size);
        for (size_t shorter = 0; shorter < size; shorter++) {
            assert_false(reply_decode(first, shorter, &decoded));
        }
        first[size] = 0;
        assert_false(reply_decode(first, size + 1, &decoded));
    }
}

static void a_flipped_bit_never_makes_a_second_form(void **state)
{
    (void)state;
    for (int kind = REPLY_ERROR; kind <= REPLY_ROOTS; kind++) {
        uint8_t bytes[2048], again[2048];
        struct reply reply = sample((enum reply_kind)kind);
        struct reply decoded;
        size_t size = reply_encode(&reply, bytes, sizeof bytes);
        for (size_t bit = 0; bit < 8 * size; bit++) {
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            if (reply_decode(bytes, size, &decoded)) {
                assert_int_equal(reply_encode(&decoded, again, sizeof again), size);
                assert_memory_equal(bytes, again, size);
            }
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

static void contradictions_are_not_replies(void **state)
{
    (void)state;
    uint8_t bytes[2048];
    struct reply reply = sample(REPLY_POINT);

    reply.found = false; /* with a proof */
    assert_int_equal(reply_encode(&reply, bytes, sizeof bytes), 0);
    reply = sample(REPLY_POINT);
    reply.proof_size = 0; /* found, but no proof */
    assert_int_equal(reply_encode(&reply, bytes, sizeof bytes), 0);
    reply = sample(REPLY_OUTCOME);
    reply.stage = STAGE_EXECUTED; /* leaves before they can be proved */
    assert_int_equal(reply_encode(&reply, bytes, sizeof bytes), 0);
    reply = sample(REPLY_OUTCOME);
    reply.anchor_size = 0;
    assert_int_equal(reply_encode(&reply, bytes, sizeof bytes), 0);
    reply = sample(REPLY_LIST);
    reply.row_count = 0; /* rows that nobody counted */
    assert_int_equal(reply_encode(&reply, bytes, sizeof bytes), 0);
    reply = sample(REPLY_ERROR);
    strcpy(reply.text, "\x1b[2J"); /* would clear the reader's terminal */
    assert_int_equal(reply_encode(&reply, bytes, sizeof bytes), 0);
    reply = sample(REPLY_NODE_STATUS);
    reply.status.peer_count = REPLY_PEERS_MAX + 1;
    assert_int_equal(reply_encode(&reply, bytes, sizeof bytes), 0);
}

/* A detail that no outcome has cannot be put into words. */
static void an_unknown_detail_is_refused(void **state)
{
    static uint8_t bytes[4096];
    struct reply reply = sample(REPLY_EXPLAIN);
    struct reply decoded;
    size_t size;

    (void)state;
    reply.explain.detail = DETAIL_NONE;
    size = reply_encode(&reply, bytes, sizeof bytes);
    assert_true(size > 0 && reply_decode(bytes, size, &decoded));
    reply.explain.detail = UINT16_MAX;
    size = reply_encode(&reply, bytes, sizeof bytes);
    assert_false(size > 0 && reply_decode(bytes, size, &decoded));
}

static void leaves_are_walked_and_overlong_ones_end_the_walk(void **state)
{
    (void)state;
    struct reply reply = sample(REPLY_OUTCOME);
    const uint8_t overlong[] = {9, 0, 0, 0, 1};
    const uint8_t *leaf;
    size_t size;
    uint32_t offset = 0;

    assert_true(reply_leaf_next(&reply, &offset, &leaf, &size));
    assert_int_equal(size, 2);
    assert_int_equal(leaf[1], 0xbb);
    assert_true(reply_leaf_next(&reply, &offset, &leaf, &size));
    assert_int_equal(leaf[0], 0xcc);
    assert_false(reply_leaf_next(&reply, &offset, &leaf, &size));
    assert_int_equal(offset, reply.leaves_size);

    reply.leaves = overlong;
    reply.leaves_size = sizeof overlong;
    offset = 0;
    assert_false(reply_leaf_next(&reply, &offset, &leaf, &size));
    assert_int_equal(offset, 0);
}

static void every_answer_has_words(void **state)
{
    (void)state;
    for (int answer = SUBMIT_RECEIVED; answer <= SUBMIT_BUSY; answer++) {
        assert_string_not_equal(submit_answer_text((enum submit_answer)answer), "unknown answer");
        assert_string_not_equal(submit_answer_hint((enum submit_answer)answer),
                                "report this as a defect");
    }
    for (int fault = REPLY_FAULT_MALFORMED; fault <= REPLY_FAULT_STOPPED; fault++) {
        assert_string_not_equal(reply_fault_text((enum reply_fault)fault), "unknown fault");
    }
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_survives_a_round_trip),
        cmocka_unit_test(a_flipped_bit_never_makes_a_second_form),
        cmocka_unit_test(contradictions_are_not_replies),
        cmocka_unit_test(an_unknown_detail_is_refused),
        cmocka_unit_test(leaves_are_walked_and_overlong_ones_end_the_walk),
        cmocka_unit_test(every_answer_has_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
