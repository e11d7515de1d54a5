/*
 * Goal: a range is taken as far as it chains to the last committed block and one FINALIZATION
 * proves it, and not a block further.
 */
#include "tests/support/cmocka.h"

#include <string.h>

#include "consensus/step.h"
#include "crypto/start.h"
#include "tests/support/consensus/seat.h"

#define BLOCKS 4

static struct seat *seat;
static struct seat_block blocks[BLOCKS];
static uint8_t bytes[1u << 17];
static struct bytes_writer writer;

static int setup(void **state)
{
    (void)state;
    assert_int_equal(crypto_start(), CRYPTO_START_OK);
    seat = seat_new_following(1);
    for (uint64_t i = 0; i < BLOCKS; i++) {
        seat_block_make(seat, &blocks[i], i + 1, i == 0 ? NULL : &blocks[i - 1]);
    }
    bytes_writer_init(&writer, bytes, sizeof bytes);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    seat_free(seat);
    return 0;
}

/* Appends a stored block; certified: with the FINALIZATION of the block at that index. */
static void add(const struct seat_block *block, const struct seat_block *certified)
{
    static uint8_t encoded[1u << 16];
    uint8_t certificate[CERTIFICATE_SIZE_MAX];
    struct bytes_writer block_writer;
    struct bytes_writer certificate_writer;
    const struct block parts = {.header = block->header,
                                .justification = block->justification,
                                .justification_size = block->justification_size,
                                .body = block->body,
                                .body_size = block->body_size};
    bytes_writer_init(&block_writer, encoded, sizeof encoded);
    block_write(&block_writer, &parts);
    bytes_writer_init(&certificate_writer, certificate, sizeof certificate);
    if (certified != NULL) {
        seat_certificate_write(seat, &certificate_writer, VOTE_FINALIZE, certified->header.view,
                               &certified->hash);
    }
    assert_true(bytes_writer_ok(&block_writer));
    stored_block_write(&writer, encoded, (uint32_t)block_writer.size, certificate,
                       (uint32_t)certificate_writer.size);
}

static uint64_t receive(void)
{
    struct consensus_summary summary;
    assert_true(bytes_writer_ok(&writer));
    seat_receive(seat, 1, bytes, writer.size);
    consensus_summary(seat->core, &summary);
    return summary.final_height;
}

static void test_one_certificate_proves_all(void **state)
{
    (void)state;
    message_range_write(&writer, BLOCKS);
    for (uint32_t i = 0; i < BLOCKS; i++) {
        add(&blocks[i], i == BLOCKS - 1 ? &blocks[i] : NULL);
    }
    assert_int_equal(receive(), BLOCKS);
    assert_int_equal(seat->commits_count, BLOCKS);
    assert_int_equal(seat_final_view(seat), BLOCKS);
}

/* Goal: what comes after the last certificate is not proved. */
static void test_unproved_tail_is_left(void **state)
{
    (void)state;
    message_range_write(&writer, BLOCKS);
    for (uint32_t i = 0; i < BLOCKS; i++) {
        add(&blocks[i], i == 1 ? &blocks[i] : NULL);
    }
    assert_int_equal(receive(), 2);
}

static void test_no_certificate_proves_nothing(void **state)
{
    (void)state;
    message_range_write(&writer, 2);
    add(&blocks[0], NULL);
    add(&blocks[1], NULL);
    assert_int_equal(receive(), 0);
}

/* Goal: a certificate of another block proves nothing of this one. */
static void test_other_certificate(void **state)
{
    (void)state;
    message_range_write(&writer, 2);
    add(&blocks[0], NULL);
    add(&blocks[1], &blocks[2]);
    assert_int_equal(receive(), 0);
}

static void test_forged_certificate(void **state)
{
    (void)state;
    message_range_write(&writer, 1);
    add(&blocks[0], &blocks[0]);
    bytes[writer.size - 1] ^= 1;
    assert_int_equal(receive(), 0);
}

/* Goal: a hole, a wrong order or a block of another branch breaks the chain. */
static void test_broken_chain(void **state)
{
    (void)state;
    message_range_write(&writer, 2);
    add(&blocks[0], NULL);
    add(&blocks[2], &blocks[2]);
    assert_int_equal(receive(), 0);
    bytes_writer_init(&writer, bytes, sizeof bytes);
    message_range_write(&writer, 1);
    add(&blocks[1], &blocks[1]); /* does not stand on what is committed */
    assert_int_equal(receive(), 0);
    blocks[1].header.ts_ms++;
    seat_block_seal(seat, &blocks[1]);
    bytes_writer_init(&writer, bytes, sizeof bytes);
    message_range_write(&writer, 3);
    add(&blocks[0], NULL);
    add(&blocks[1], NULL);
    add(&blocks[2], &blocks[2]); /* its parent is the block as it was */
    assert_int_equal(receive(), 0);
}

/* Goal: blocks that are committed already are skipped, and the rest is taken. */
static void test_overlap(void **state)
{
    (void)state;
    message_range_write(&writer, 2);
    add(&blocks[0], NULL);
    add(&blocks[1], &blocks[1]);
    assert_int_equal(receive(), 2);
    bytes_writer_init(&writer, bytes, sizeof bytes);
    message_range_write(&writer, 3);
    add(&blocks[1], NULL);
    add(&blocks[2], NULL);
    add(&blocks[3], &blocks[3]);
    assert_int_equal(receive(), 4);
    assert_int_equal(receive(), 4); /* again: nothing new */
    assert_int_equal(seat->commits_count, BLOCKS);
}

/* Goal: every block that is taken is what its header commits to, body and justification. */
static void test_content_is_checked(void **state)
{
    (void)state;
    blocks[0].body[blocks[0].body_size - 1] ^= 1;
    message_range_write(&writer, 2);
    add(&blocks[0], NULL);
    add(&blocks[1], &blocks[1]);
    assert_int_equal(receive(), 0);
    blocks[0].body[blocks[0].body_size - 1] ^= 1;
    blocks[1].justification[blocks[1].justification_size - 1] ^= 1;
    bytes_writer_init(&writer, bytes, sizeof bytes);
    message_range_write(&writer, 2);
    add(&blocks[0], NULL);
    add(&blocks[1], &blocks[1]);
    assert_int_equal(receive(), 0);
}

/* Goal: a block that is committed already is not hashed again, so its content does not matter. */
static void test_held_content_is_not_checked(void **state)
{
    (void)state;
    message_range_write(&writer, 1);
    add(&blocks[0], &blocks[0]);
    assert_int_equal(receive(), 1);
    const struct hash committed = seat->commits[0].hash;
    blocks[0].body[blocks[0].body_size - 1] ^= 1;
    bytes_writer_init(&writer, bytes, sizeof bytes);
    message_range_write(&writer, 2);
    add(&blocks[0], NULL);
    add(&blocks[1], &blocks[1]);
    assert_int_equal(receive(), 2);
    assert_int_equal(seat->commits_count, 2);
    assert_memory_equal(seat->commits[0].hash.bytes, committed.bytes, HASH_SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_certificate_proves_all, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unproved_tail_is_left, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_certificate_proves_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_certificate, setup, teardown),
        cmocka_unit_test_setup_teardown(test_forged_certificate, setup, teardown),
        cmocka_unit_test_setup_teardown(test_broken_chain, setup, teardown),
        cmocka_unit_test_setup_teardown(test_overlap, setup, teardown),
        cmocka_unit_test_setup_teardown(test_content_is_checked, setup, teardown),
        cmocka_unit_test_setup_teardown(test_held_content_is_not_checked, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
