/*
 * Goal: a journal record reads back as it was written, and a damaged one is noticed by its form.
 */
#include "tests/unit/consensus/committee.h"

#include "consensus/journal_record.h"

#define N 4

static struct committee committee;
static uint8_t bytes[4096];
static uint8_t again[4096];

static size_t encode(const struct journal_record *record, uint8_t *out)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, out, sizeof bytes);
    journal_record_write(&writer, N, record);
    assert_true(bytes_writer_ok(&writer));
    return writer.size;
}

static void check(const struct journal_record *record)
{
    struct journal_record read;
    const size_t size = encode(record, bytes);
    assert_true(journal_record_read(bytes, size, N, &read));
    assert_int_equal(read.kind, record->kind);
    assert_int_equal(encode(&read, again), size);
    assert_memory_equal(bytes, again, size);
    for (size_t shorter = 0; shorter < size; shorter++) {
        assert_false(journal_record_read(bytes, shorter, N, &read));
    }
    bytes[size] = 0;
    assert_false(journal_record_read(bytes, size + 1, N, &read));
}

static void test_small_records(void **state)
{
    (void)state;
    check(&(struct journal_record){
        .kind = JOURNAL_BEGIN, .chain_id = committee.chain_id, .epoch = 1, .self = 3});
    check(&(struct journal_record){.kind = JOURNAL_FLOOR, .view = 99});
    check(&(struct journal_record){.kind = JOURNAL_MUTE, .reason = 4});
    check(&(struct journal_record){.kind = JOURNAL_LANE_BARRED, .lane = 3});
    check(&(struct journal_record){.kind = JOURNAL_VOTE,
                                   .vote = committee_vote(&committee, VOTE_NULLIFY, 5, 0, 1)});
    check(&(struct journal_record){.kind = JOURNAL_VOTE,
                                   .vote = committee_vote(&committee, VOTE_FINALIZE, 5, 8, 1)});
}

static void test_certificate_record(void **state)
{
    (void)state;
    uint8_t encoded[CERTIFICATE_SIZE_MAX];
    struct bytes_reader reader;
    struct journal_record record = {.kind = JOURNAL_CERTIFICATE};
    const size_t size = committee_certificate(&committee, CERTIFICATE_NOTARIZATION, 5, 8, encoded);
    bytes_reader_init(&reader, encoded, size);
    certificate_read(&reader, N, &record.certificate);
    check(&record);
}

/* Goal: a block in the journal is complete; without justification it would be of no use. */
static void test_block_records(void **state)
{
    (void)state;
    uint8_t body[4 + N * 8] = {0};
    const uint8_t justification[2] = {0};
    uint8_t encoded[512];
    struct bytes_writer writer;
    struct block block = {.header = {.epoch = 1, .view = 1, .height = 1},
                          .justification = justification,
                          .justification_size = 2,
                          .body = body,
                          .body_size = sizeof body};
    block_body_root(body, sizeof body, &block.header.body_root);
    block_justification_root(justification, 2, &block.header.just_root);
    bytes_writer_init(&writer, encoded, sizeof encoded);
    block_write(&writer, &block);
    struct journal_record record = {
        .kind = JOURNAL_BLOCK, .block_bytes = encoded, .block_size = (uint32_t)writer.size};
    check(&record);
    record.kind = JOURNAL_NOTARIZE;
    record.vote = committee_vote(&committee, VOTE_NOTARIZE, 1, 8, 1);
    check(&record);

    block.justification_size = 0;
    bytes_writer_init(&writer, encoded, sizeof encoded);
    block_write(&writer, &block);
    record.block_size = (uint32_t)writer.size;
    struct journal_record read;
    const size_t size = encode(&record, bytes);
    assert_false(journal_record_read(bytes, size, N, &read));
}

static void test_refused_records(void **state)
{
    (void)state;
    struct journal_record read;
    const struct journal_record wrong[] = {
        {.kind = JOURNAL_LANE_BARRED, .lane = N},
        {.kind = JOURNAL_VOTE, .vote = committee_vote(&committee, VOTE_NOTARIZE, 5, 8, 1)},
        {.kind = JOURNAL_VOTE, .vote = committee_vote(&committee, VOTE_BATCH, 5, 8, 1)},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const size_t size = encode(&wrong[i], bytes);
        assert_false(journal_record_read(bytes, size, N, &read));
    }
    const size_t size = encode(&(struct journal_record){.kind = JOURNAL_BEGIN}, bytes);
    bytes[1] = JOURNAL_RECORD_VERSION + 1;
    assert_false(journal_record_read(bytes, size, N, &read));
    for (unsigned kind = JOURNAL_LANE_BARRED + 1; kind < 256; kind++) {
        bytes[0] = (uint8_t)kind;
        assert_false(journal_record_read(bytes, size, N, &read));
    }
}

int main(void)
{
    committee_init(&committee, N);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_records),
        cmocka_unit_test(test_certificate_record),
        cmocka_unit_test(test_block_records),
        cmocka_unit_test(test_refused_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
