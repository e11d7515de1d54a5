/*
 * Goal: each message has one encoding; other kinds, missing or extra bytes and values out of range
 * are refused.
 */
#include "tests/unit/consensus/committee.h"

#include "consensus/message.h"

#define N 4

static uint8_t bytes[1024];
static struct bytes_writer writer;

static void begin(void)
{
    bytes_writer_init(&writer, bytes, sizeof bytes);
}

/* Checks a decoder against every shorter input, a longer one, and every other kind byte. */
#define CHECK_FORMS(read, ...)                                                    \
    do {                                                                          \
        assert_true(bytes_writer_ok(&writer));                                    \
        const uint8_t kind = bytes[0];                                            \
        assert_true(read(bytes, writer.size, __VA_ARGS__));                       \
        assert_false(read(bytes, writer.size + 1, __VA_ARGS__));                  \
        for (size_t shorter = 0; shorter < writer.size; shorter++) {              \
            assert_false(read(bytes, shorter, __VA_ARGS__));                      \
        }                                                                         \
        for (unsigned other = 0; other < 256; other++) {                          \
            bytes[0] = (uint8_t)other;                                            \
            assert_true(other == kind || !read(bytes, writer.size, __VA_ARGS__)); \
        }                                                                         \
        bytes[0] = kind;                                                          \
        assert_true(read(bytes, writer.size, __VA_ARGS__));                       \
    } while (0)

static void test_status(void **state)
{
    (void)state;
    uint8_t lanes[N * 8];
    for (uint64_t i = 0; i < N; i++) {
        bytes_put_u64(lanes + i * 8, 100 + i);
    }
    const struct message_status status = {.epoch = 1,
                                          .view = 2,
                                          .final_view = 3,
                                          .final_height = 4,
                                          .gap_view = 5,
                                          .report = {.exec_height = 6, .lane_held = lanes}};
    struct message_status read;
    begin();
    message_status_write(&writer, N, &status);
    CHECK_FORMS(message_status_read, N, &read);
    assert_int_equal(read.gap_view, 5);
    assert_int_equal(read.report.exec_height, 6);
    assert_int_equal(report_lane_held(&read.report, 3), 103);
}

static void test_vote(void **state)
{
    (void)state;
    struct message_vote vote = {.vote = {.kind = VOTE_NULLIFY, .epoch = 1, .view = 9, .signer = 3}};
    struct message_vote read;
    begin();
    message_vote_write(&writer, N, &vote);
    const size_t size = writer.size;
    assert_int_equal(size, VOTE_SIZE + 8 + N * 8);
    assert_true(message_vote_read(bytes, size, N, &read));
    assert_int_equal(read.vote.signer, 3);
    assert_int_equal(report_lane_held(&read.report, 0), 0);
    for (size_t shorter = 0; shorter < size; shorter++) {
        assert_false(message_vote_read(bytes, shorter, N, &read));
    }
    assert_false(message_vote_read(bytes, size + 1, N, &read));
    vote.vote.kind = VOTE_BATCH;
    vote.vote.hash.bytes[0] = 1;
    begin();
    vote_write(&writer, &vote.vote);
    bytes_write_zero(&writer, 8 + N * 8);
    assert_false(message_vote_read(bytes, writer.size, N, &read)); /* a batch is not a vote */
}

static void test_certificate_request(void **state)
{
    (void)state;
    struct message_certificate_request request = {.epoch = 1, .view = 7, .kind = 2};
    struct message_certificate_request read;
    begin();
    message_certificate_request_write(&writer, &request);
    CHECK_FORMS(message_certificate_request_read, &read);
    request.kind = 4;
    begin();
    message_certificate_request_write(&writer, &request);
    assert_false(message_certificate_request_read(bytes, writer.size, &read));
    request.kind = 0;
    request.view = 0;
    begin();
    message_certificate_request_write(&writer, &request);
    assert_false(message_certificate_request_read(bytes, writer.size, &read));
}

static void test_hash_requests(void **state)
{
    (void)state;
    const struct message_hash_request request = {.epoch = 1, .hash = {{5}}};
    struct message_hash_request read;
    begin();
    message_block_request_write(&writer, &request);
    CHECK_FORMS(message_block_request_read, &read);
    begin();
    message_justification_request_write(&writer, &request);
    CHECK_FORMS(message_justification_request_read, &read);
    assert_int_equal(read.hash.bytes[0], 5);
}

static void test_batch_request(void **state)
{
    (void)state;
    struct message_batch_request request = {.epoch = 1, .digest_count = 3};
    struct message_batch_request read;
    begin();
    message_batch_request_write(&writer, &request);
    CHECK_FORMS(message_batch_request_read, &read);
    bytes_put_u16(bytes + 9, 0);
    assert_false(message_batch_request_read(bytes, 11, &read));
    bytes_put_u16(bytes + 9, MESSAGE_BATCH_REQUEST_MAX + 1);
    assert_false(message_batch_request_read(bytes, sizeof bytes, &read));
}

static void test_range_request(void **state)
{
    (void)state;
    struct message_range_request request = {.epoch = 1, .from_height = 5, .count = 64};
    struct message_range_request read;
    begin();
    message_range_request_write(&writer, &request);
    CHECK_FORMS(message_range_request_read, &read);
    const struct message_range_request wrong[] = {{1, 0, 1}, {1, 5, 0}, {1, 5, 65}};
    for (size_t i = 0; i < 3; i++) {
        begin();
        message_range_request_write(&writer, &wrong[i]);
        assert_false(message_range_request_read(bytes, writer.size, &read));
    }
}

static void test_justification(void **state)
{
    (void)state;
    const uint8_t certificates[] = {0, 0};
    const struct message_justification message = {{{9}}, certificates, sizeof certificates};
    struct message_justification read;
    begin();
    message_justification_write(&writer, &message);
    assert_true(message_justification_read(bytes, writer.size, &read));
    assert_int_equal(read.justification_size, 2);
    assert_false(message_justification_read(bytes, 1 + HASH_SIZE, &read));
    assert_false(message_justification_read(bytes, 5, &read));
}

static void test_certificate(void **state)
{
    (void)state;
    struct committee committee;
    struct certificate certificate;
    committee_init(&committee, N);
    bytes[0] = MESSAGE_CERTIFICATE;
    const size_t size =
        1 + committee_certificate(&committee, CERTIFICATE_NULLIFICATION, 4, 0, bytes + 1);
    assert_true(message_certificate_read(bytes, size, N, &certificate));
    assert_false(message_certificate_read(bytes, size - 1, N, &certificate));
    assert_false(message_certificate_read(bytes, size + 1, N, &certificate));
    begin();
    uint8_t copy[CERTIFICATE_SIZE_MAX + 1];
    bytes_writer_init(&writer, copy, sizeof copy);
    message_certificate_write(&writer, N, &certificate);
    assert_int_equal(writer.size, size);
    assert_memory_equal(copy, bytes, size);
}

/* Goal: a range that promises more blocks than it has, or none, is refused. */
static void test_range(void **state)
{
    (void)state;
    struct message_range range;
    struct stored_block stored;
    begin();
    message_range_write(&writer, 0);
    assert_false(message_range_read(bytes, writer.size, N, &range));
    begin();
    message_range_write(&writer, UINT32_MAX);
    assert_true(message_range_read(bytes, writer.size, N, &range));
    assert_false(message_range_next(&range, &stored));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status),
        cmocka_unit_test(test_vote),
        cmocka_unit_test(test_certificate_request),
        cmocka_unit_test(test_hash_requests),
        cmocka_unit_test(test_batch_request),
        cmocka_unit_test(test_range_request),
        cmocka_unit_test(test_justification),
        cmocka_unit_test(test_certificate),
        cmocka_unit_test(test_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
