/*
 * Goal: a block that does not belong to its header, or has a second form, is refused; stored blocks
 * and batches likewise.
 */
#include "tests/unit/consensus/committee.h"

#include "consensus/batch.h"
#include "consensus/block.h"

#define N 4

static struct committee committee;

struct sample {
    uint8_t body[1024];
    uint8_t justification[1024];
    struct block block;
};

/* A block in view 2 on a block of view 1, with two batches. */
static void sample_make(struct sample *sample)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, sample->body, sizeof sample->body);
    bytes_write_u32(&writer, 2);
    for (uint16_t i = 0; i < 2; i++) {
        const struct hash digest = {{(uint8_t)(0xD0 + i)}};
        bytes_write_u16(&writer, (uint16_t)(i + 2));
        bytes_write_copy(&writer, digest.bytes, HASH_SIZE);
    }
    for (uint64_t lane = 0; lane < N; lane++) {
        bytes_write_u64(&writer, 10 + lane);
    }
    assert_int_equal(writer.size, block_body_size(N, 2));
    sample->block = (struct block){.body = sample->body, .body_size = (uint32_t)writer.size};

    bytes_put_u16(sample->justification, 1);
    const size_t size = committee_certificate(&committee, CERTIFICATE_NOTARIZATION, 1, 7,
                                              sample->justification + 2);
    sample->block.justification = sample->justification;
    sample->block.justification_size = (uint32_t)(size + 2);

    struct header *header = &sample->block.header;
    *header = (struct header){.epoch = 1,
                              .view = 2,
                              .height = 2,
                              .parent_view = 1,
                              .parent_hash = {{7}},
                              .ts_ms = 5,
                              .batch_count = 2};
    block_body_root(sample->body, sample->block.body_size, &header->body_root);
    block_justification_root(sample->justification, sample->block.justification_size,
                             &header->just_root);
}

static size_t encode(const struct block *block, uint8_t *out, size_t capacity)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, out, capacity);
    block_write(&writer, block);
    assert_true(bytes_writer_ok(&writer));
    return writer.size;
}

static bool reads(const uint8_t *bytes, size_t size, struct block *out)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes, size);
    block_read(&reader, N, out);
    return bytes_reader_done(&reader);
}

static void test_round_trip(void **state)
{
    (void)state;
    struct sample sample;
    struct block read;
    struct block_body body;
    struct block_reference reference;
    uint8_t bytes[4096];
    uint8_t again[4096];
    sample_make(&sample);
    const size_t size = encode(&sample.block, bytes, sizeof bytes);
    assert_true(reads(bytes, size, &read));
    assert_int_equal(encode(&read, again, sizeof again), size);
    assert_memory_equal(bytes, again, size);
    assert_true(block_body_open(read.body, read.body_size, N, &body));
    assert_int_equal(body.batch_count, 2);
    block_body_reference(&body, 1, &reference);
    assert_int_equal(reference.lane, 3);
    assert_int_equal(reference.digest.bytes[0], 0xD1);
    assert_int_equal(block_body_cut(&body, 3), 13);
    for (size_t shorter = 0; shorter < size; shorter++) {
        assert_false(reads(bytes, shorter, &read));
    }
}

/* Goal: without its justification a block is readable; with another one it is not. */
static void test_justification_may_be_left_out(void **state)
{
    (void)state;
    struct sample sample;
    struct block read;
    uint8_t bytes[4096];
    sample_make(&sample);
    sample.block.justification_size = 0;
    assert_true(reads(bytes, encode(&sample.block, bytes, sizeof bytes), &read));
    sample_make(&sample);
    sample.justification[20] ^= 1;
    assert_false(reads(bytes, encode(&sample.block, bytes, sizeof bytes), &read));
}

/* Goal: a body that is not the header's, counts wrongly or names no lane is refused. */
static void test_refused_bodies(void **state)
{
    (void)state;
    struct sample sample;
    struct block read;
    uint8_t bytes[4096];
    sample_make(&sample);
    sample.body[10] ^= 1; /* another body_root */
    assert_false(reads(bytes, encode(&sample.block, bytes, sizeof bytes), &read));
    sample_make(&sample);
    sample.block.header.batch_count = 3;
    assert_false(reads(bytes, encode(&sample.block, bytes, sizeof bytes), &read));
    sample_make(&sample);
    bytes_put_u16(sample.body + 4, N); /* no such lane */
    block_body_root(sample.body, sample.block.body_size, &sample.block.header.body_root);
    assert_false(reads(bytes, encode(&sample.block, bytes, sizeof bytes), &read));

    struct block_body body;
    uint8_t huge[8 + N * 8] = {0xFF, 0xFF, 0xFF, 0xFF};
    assert_false(block_body_open(huge, sizeof huge, N, &body));
    uint8_t empty[4 + N * 8 + 1] = {0};
    assert_true(block_body_open(empty, 4 + N * 8, N, &body));
    assert_false(block_body_open(empty, 4 + N * 8 + 1, N, &body));
    assert_false(block_body_open(empty, 4 + N * 8 - 1, N, &body));
}

/* Goal: the store has complete blocks, with a certificate of the right size or none. */
static void test_stored_block(void **state)
{
    (void)state;
    struct sample sample;
    uint8_t block[4096];
    uint8_t certificate[CERTIFICATE_SIZE_MAX];
    uint8_t bytes[8192];
    sample_make(&sample);
    const size_t certificate_bytes =
        committee_certificate(&committee, CERTIFICATE_FINALIZATION, 2, 8, certificate);
    const uint32_t sizes[] = {0, (uint32_t)certificate_bytes, (uint32_t)certificate_bytes - 1, 1};
    for (size_t i = 0; i < 8; i++) {
        if (i == 4) {
            sample.block.justification_size = 0;
        }
        const size_t block_bytes = encode(&sample.block, block, sizeof block);
        struct bytes_writer writer;
        struct bytes_reader reader;
        struct stored_block stored;
        bytes_writer_init(&writer, bytes, sizeof bytes);
        stored_block_write(&writer, block, (uint32_t)block_bytes, certificate, sizes[i % 4]);
        bytes_reader_init(&reader, bytes, writer.size);
        stored_block_read(&reader, N, &stored);
        assert_int_equal(bytes_reader_done(&reader), i < 2);
    }
}

/* Goal: a batch is bound to chain, epoch, author and number. */
static void test_batch(void **state)
{
    (void)state;
    const uint8_t payload[] = "payload";
    struct batch batch = {.chain_id = committee.chain_id,
                          .epoch = 1,
                          .author = 2,
                          .lane_seq = 7,
                          .payload = payload,
                          .payload_size = sizeof payload};
    batch_sign(&batch, &committee.secrets[2]);
    uint8_t bytes[256];
    struct bytes_writer writer;
    struct batch read;
    bytes_writer_init(&writer, bytes, sizeof bytes);
    batch_write(&writer, &batch);
    const size_t size = writer.size;
    assert_int_equal(size, BATCH_FIXED_SIZE + sizeof payload);
    assert_true(batch_read(bytes, size, N, &read));
    assert_true(hash_equal(&read.digest, &batch.digest));
    assert_true(batch_verify(&read, &committee.keys[2]));
    assert_false(batch_verify(&read, &committee.keys[1]));
    for (size_t shorter = 0; shorter < size; shorter++) {
        assert_false(batch_read(bytes, shorter, N, &read));
    }
    assert_false(batch_read(bytes, size + 1, N, &read));
    for (size_t i = 0; i < size; i++) {
        bytes[i] ^= 1;
        assert_false(batch_read(bytes, size, N, &read) && batch_verify(&read, &committee.keys[2]));
        bytes[i] ^= 1;
    }
}

/* Goal: no author beyond the committee, no number zero, no empty payload. */
static void test_refused_batches(void **state)
{
    (void)state;
    uint8_t bytes[BATCH_FIXED_SIZE + 1] = {0};
    struct batch read;
    bytes_put_u16(bytes + 40, 1);
    bytes_put_u64(bytes + 42, 1);
    bytes_put_u32(bytes + 50, 1);
    assert_true(batch_read(bytes, sizeof bytes, N, &read));
    bytes_put_u16(bytes + 40, N);
    assert_false(batch_read(bytes, sizeof bytes, N, &read));
    bytes_put_u16(bytes + 40, 1);
    bytes_put_u64(bytes + 42, 0);
    assert_false(batch_read(bytes, sizeof bytes, N, &read));
    bytes_put_u64(bytes + 42, 1);
    bytes_put_u32(bytes + 50, 0);
    assert_false(batch_read(bytes, BATCH_FIXED_SIZE, N, &read));
}

int main(void)
{
    committee_init(&committee, N);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),     cmocka_unit_test(test_justification_may_be_left_out),
        cmocka_unit_test(test_refused_bodies), cmocka_unit_test(test_stored_block),
        cmocka_unit_test(test_batch),          cmocka_unit_test(test_refused_batches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
