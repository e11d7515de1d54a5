/*
 * Frames: a message survives being cut into frames and fed in any pieces, and no header makes the
 * reader allocate or accept more than its bounds.
 */
#include <stdlib.h>
#include <string.h>

#include "base/prng.h"
#include "host/channel_frame.h"
#include "tests/support/cmocka.h"

static const uint32_t bounds[CHANNEL_CLASSES] = {100, 300000};

/* Feeds `size` bytes in random pieces; the result of the last feeding. */
static enum frame_result feed(struct frame_reader *reader, const uint8_t *data, size_t size,
                              struct prng *prng)
{
    enum frame_result result = FRAME_MORE;
    size_t offset = 0;
    while (offset < size && result == FRAME_MORE) {
        size_t left = size - offset;
        size_t piece = 1 + (size_t)prng_below(prng, left < 40000 ? left : 40000);
        size_t taken = 0;
        result = frame_reader_feed(reader, data + offset, piece, &taken);
        assert_true(taken <= piece);
        assert_true(taken == piece || result != FRAME_MORE);
        offset += taken;
    }
    return result;
}

static void test_messages_come_out_as_they_went_in(void **state)
{
    (void)state;
    static const size_t sizes[] = {1,
                                   100,
                                   CHANNEL_FRAME_PAYLOAD_MAX - 1,
                                   CHANNEL_FRAME_PAYLOAD_MAX,
                                   CHANNEL_FRAME_PAYLOAD_MAX + 1,
                                   300000};
    struct prng prng;
    struct frame_reader reader;
    prng_init(&prng, 1);
    frame_reader_init(&reader, bounds);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        size_t wire_size = frame_message_size(sizes[i]);
        uint8_t *message = malloc(sizes[i]);
        uint8_t *wire = malloc(wire_size);
        prng_fill(&prng, message, sizes[i]);
        frame_message_encode(FRAME_MESSAGE, 1, message, sizes[i], wire);
        for (int round = 0; round < 5; round++) {
            assert_false(frame_reader_busy(&reader));
            assert_int_equal(feed(&reader, wire, wire_size, &prng), FRAME_WHOLE);
            assert_int_equal(reader.message_size, sizes[i]);
            assert_int_equal(reader.header.message_class, 1);
            assert_memory_equal(reader.message, message, sizes[i]);
            frame_reader_clear(&reader);
        }
        free(message);
        free(wire);
    }
    frame_reader_free(&reader);
}

/* A message that was taken is the taker's, and the reader goes on with the next one. */
static void test_a_message_may_be_taken(void **state)
{
    (void)state;
    struct prng prng;
    struct frame_reader reader;
    uint8_t wire[CHANNEL_FRAME_HEADER_SIZE + 5];
    uint8_t *taken[3];
    prng_init(&prng, 7);
    frame_reader_init(&reader, bounds);
    for (size_t i = 0; i < 3; i++) {
        const uint8_t message[5] = {1, 2, 3, 4, (uint8_t)i};
        frame_message_encode(FRAME_MESSAGE, 1, message, sizeof(message), wire);
        assert_int_equal(feed(&reader, wire, sizeof(wire), &prng), FRAME_WHOLE);
        taken[i] = frame_reader_take(&reader);
        assert_false(frame_reader_busy(&reader));
        assert_null(reader.message);
    }
    frame_reader_free(&reader);
    for (size_t i = 0; i < 3; i++) {
        const uint8_t message[5] = {1, 2, 3, 4, (uint8_t)i};
        assert_memory_equal(taken[i], message, sizeof(message));
        free(taken[i]);
    }
}

static void test_headers_are_canonical(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 2);
    for (int i = 0; i < 200000; i++) {
        uint8_t bytes[CHANNEL_FRAME_HEADER_SIZE] = {0};
        uint8_t again[CHANNEL_FRAME_HEADER_SIZE];
        struct frame_header header;
        prng_fill(&prng, bytes, 2);
        prng_fill(&prng, bytes + 4, 3);
        bytes[8] = (uint8_t)prng_below(&prng, 5);
        bytes[9] = (uint8_t)prng_below(&prng, 10);
        bytes[11] = (uint8_t)(prng_chance(&prng, 1, 8) ? 1 : 0);
        if (frame_header_decode(&header, bytes)) {
            frame_header_encode(&header, again);
            assert_memory_equal(again, bytes, sizeof(bytes));
            assert_true(header.size <= CHANNEL_FRAME_PAYLOAD_MAX);
            assert_true(header.size <= header.message_size);
        }
    }
}

/* A second frame that does not continue the first one. */
static void test_a_frame_that_does_not_fit_ends_it(void **state)
{
    (void)state;
    static const struct frame_header seconds[] = {
        {1000, 300000, FRAME_MESSAGE, 1},                        /* neither full nor the last */
        {CHANNEL_FRAME_PAYLOAD_MAX, 300001, FRAME_MESSAGE, 1},   /* another message size */
        {50, 50, FRAME_MESSAGE, 0},                              /* another message */
        {FRAME_PING_SIZE, FRAME_PING_SIZE, FRAME_PING, 0},       /* a PING in between */
        {CHANNEL_HELLO_SIZE, CHANNEL_HELLO_SIZE, FRAME_HELLO, 0} /* a HELLO in between */
    };
    for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
        struct frame_reader reader;
        struct prng prng;
        uint8_t bytes[CHANNEL_FRAME_HEADER_SIZE];
        uint8_t *payload = calloc(1, CHANNEL_FRAME_PAYLOAD_MAX);
        prng_init(&prng, i);
        frame_reader_init(&reader, bounds);
        frame_header_encode(
            &(struct frame_header){CHANNEL_FRAME_PAYLOAD_MAX, 300000, FRAME_MESSAGE, 1}, bytes);
        assert_int_equal(feed(&reader, bytes, sizeof(bytes), &prng), FRAME_MORE);
        assert_int_equal(feed(&reader, payload, CHANNEL_FRAME_PAYLOAD_MAX, &prng), FRAME_MORE);
        frame_header_encode(&seconds[i], bytes);
        assert_int_equal(feed(&reader, bytes, sizeof(bytes), &prng), FRAME_BAD);
        frame_reader_free(&reader);
        free(payload);
    }
}

static void test_a_bound_is_checked_before_memory_is_taken(void **state)
{
    (void)state;
    struct prng prng;
    struct frame_reader reader;
    uint8_t bytes[CHANNEL_FRAME_HEADER_SIZE];
    prng_init(&prng, 3);
    frame_reader_init(&reader, bounds);
    frame_header_encode(&(struct frame_header){CHANNEL_FRAME_PAYLOAD_MAX, 300001, FRAME_MESSAGE, 1},
                        bytes);
    assert_int_equal(feed(&reader, bytes, sizeof(bytes), &prng), FRAME_BAD);
    assert_null(reader.message);
    frame_reader_free(&reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages_come_out_as_they_went_in),
        cmocka_unit_test(test_a_message_may_be_taken),
        cmocka_unit_test(test_headers_are_canonical),
        cmocka_unit_test(test_a_frame_that_does_not_fit_ends_it),
        cmocka_unit_test(test_a_bound_is_checked_before_memory_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
