/*
 * Frames shared by channels: they are those of channel_frame.h, and live as long as anybody holds
 * them, however many threads do.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/prng.h"
#include "host/channel_frame.h"
#include "host/shared_frames.h"
#include "tests/support/cmocka.h"

enum {
    SIZE = 2 * CHANNEL_FRAME_PAYLOAD_MAX + 17,
    THREADS = 4,
    ROUNDS = 2000
};

static uint8_t message[SIZE];

static void test_they_are_the_messages_frames(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 100, CHANNEL_FRAME_PAYLOAD_MAX, SIZE};
    struct prng prng;
    prng_init(&prng, 1);
    prng_fill(&prng, message, sizeof(message));
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        size_t size = frame_message_size(sizes[i]);
        uint8_t *expected = malloc(size);
        assert_non_null(expected);
        frame_message_encode(FRAME_MESSAGE, 3, message, sizes[i], expected);
        struct shared_frames *frames = shared_frames_new(3, message, sizes[i]);
        assert_non_null(frames);
        assert_int_equal(frames->size, size);
        assert_memory_equal(frames->bytes, expected, size);
        shared_frames_drop(frames);
        free(expected);
    }
    shared_frames_drop(NULL);
}

static void *hold_and_drop(void *context)
{
    struct shared_frames *frames = context;
    for (int i = 0; i < ROUNDS; i++) {
        struct shared_frames *held = shared_frames_hold(frames);
        shared_frames_drop(held);
    }
    shared_frames_drop(frames); /* this thread's own */
    return NULL;
}

/* The maker lets go first; the last of the threads frees, and only it. */
static void test_the_last_holder_frees(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    struct shared_frames *frames = shared_frames_new(0, message, 100);
    assert_non_null(frames);
    for (size_t i = 0; i < THREADS; i++) {
        assert_ptr_equal(shared_frames_hold(frames), frames);
    }
    assert_int_equal(atomic_load(&frames->holder_count), THREADS + 1);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, hold_and_drop, frames), 0);
    }
    shared_frames_drop(frames);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_they_are_the_messages_frames),
        cmocka_unit_test(test_the_last_holder_frees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
