/*
 * Goal: a peer gets what it asks for if it is held, and never more than its credit pays for.
 */
#include "tests/support/cmocka.h"

#include "consensus/step.h"
#include "crypto/start.h"
#include "tests/support/consensus/seat.h"

static struct seat *seat;
static struct seat_block block;
static uint8_t bytes[256];
static struct bytes_writer writer;

static int setup(void **state)
{
    (void)state;
    assert_int_equal(crypto_start(), CRYPTO_START_OK);
    seat = seat_new(4, 0);
    seat_block_make(seat, &block, 1, NULL);
    if (seat_leader(seat, 1) == 0) {
        seat_certificate(seat, VOTE_NULLIFY, 1, NULL);
        seat_block_make(seat, &block, 2, NULL);
    }
    seat_propose(seat, &block);
    seat_certificate(seat, VOTE_NOTARIZE, block.header.view, &block.hash);
    seat_forget_sent(seat);
    bytes_writer_init(&writer, bytes, sizeof bytes);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    seat_free(seat);
    return 0;
}

static void ask(uint16_t from)
{
    assert_true(bytes_writer_ok(&writer));
    seat_receive(seat, from, bytes, writer.size);
}

/* Goal: a hundred requests get as many answers as the credit pays, and more only with time. */
static void test_credit(void **state)
{
    (void)state;
    const struct message_hash_request request = {.epoch = seat->config.epoch, .hash = block.hash};
    message_block_request_write(&writer, &request);
    for (uint32_t i = 0; i < 100; i++) {
        ask(1);
    }
    const uint32_t answered = seat_sent_count(seat, MESSAGE_BLOCK, 1);
    assert_in_range(answered, 8, 40);
    ask(2); /* another peer's credit is its own */
    assert_int_equal(seat_sent_count(seat, MESSAGE_BLOCK, 2), 1);
    seat_wait(seat, seat->config.timing.retry_ms);
    for (uint32_t i = 0; i < 100; i++) {
        ask(1);
    }
    assert_in_range(seat_sent_count(seat, MESSAGE_BLOCK, 1), answered + 8, 2 * answered + 8);
}

/* Goal: what is not held, or of another epoch, is not answered. */
static void test_no_answer(void **state)
{
    (void)state;
    struct message_hash_request request = {.epoch = seat->config.epoch + 1, .hash = block.hash};
    message_block_request_write(&writer, &request);
    ask(1);
    request.epoch--;
    request.hash.bytes[0] ^= 1;
    bytes_writer_init(&writer, bytes, sizeof bytes);
    message_block_request_write(&writer, &request);
    ask(1);
    bytes_writer_init(&writer, bytes, sizeof bytes);
    message_justification_request_write(&writer, &request);
    ask(1);
    bytes_writer_init(&writer, bytes, sizeof bytes);
    message_certificate_request_write(
        &writer, &(struct message_certificate_request){.epoch = seat->config.epoch, .view = 77});
    ask(1);
    assert_int_equal(seat_sent_count(seat, MESSAGE_BLOCK, 1), 0);
    assert_int_equal(seat_sent_count(seat, MESSAGE_JUSTIFICATION, 1), 0);
    assert_int_equal(seat_sent_count(seat, MESSAGE_CERTIFICATE, 1), 0);
}

/* Goal: a justification is served byte for byte; a certificate by kind, or any. */
static void test_justification_and_certificate(void **state)
{
    (void)state;
    const struct message_hash_request request = {.epoch = seat->config.epoch, .hash = block.hash};
    message_justification_request_write(&writer, &request);
    ask(1);
    const struct sim_message *answer = seat_last(seat, MESSAGE_JUSTIFICATION);
    struct message_justification read;
    assert_non_null(answer);
    assert_true(message_justification_read(answer->bytes, answer->size, &read));
    assert_int_equal(read.justification_size, block.justification_size);
    assert_memory_equal(read.justification, block.justification, read.justification_size);

    struct message_certificate_request certificate = {.epoch = seat->config.epoch,
                                                      .view = block.header.view};
    bytes_writer_init(&writer, bytes, sizeof bytes);
    message_certificate_request_write(&writer, &certificate);
    ask(1);
    assert_int_equal(seat_sent_count(seat, MESSAGE_CERTIFICATE, 1), 1);
    certificate.kind = CERTIFICATE_NULLIFICATION; /* not held */
    bytes_writer_init(&writer, bytes, sizeof bytes);
    message_certificate_request_write(&writer, &certificate);
    ask(1);
    assert_int_equal(seat_sent_count(seat, MESSAGE_CERTIFICATE, 1), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_credit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_justification_and_certificate, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
