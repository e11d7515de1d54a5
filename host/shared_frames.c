/* shared_frames.c: see shared_frames.h. */
#include "host/shared_frames.h"

#include <stdlib.h>

#include "base/assert.h"
#include "host/channel_frame.h"

struct shared_frames *shared_frames_new(uint8_t message_class, const void *message, size_t size)
{
    size_t frames_size = frame_message_size(size);
    struct shared_frames *frames = malloc(sizeof(*frames) + frames_size);
    if (frames == NULL) {
        return NULL;
    }
    atomic_init(&frames->holder_count, 1);
    frames->size = frames_size;
    frame_message_encode(FRAME_MESSAGE, message_class, message, size, frames->bytes);
    return frames;
}

struct shared_frames *shared_frames_hold(struct shared_frames *frames)
{
    unsigned before = atomic_fetch_add_explicit(&frames->holder_count, 1, memory_order_relaxed);
    TALLY_ASSERT(before > 0);
    return frames;
}

void shared_frames_drop(struct shared_frames *frames)
{
    if (frames == NULL) {
        return;
    }
    /* Whoever frees has to see that the others have read. */
    unsigned before = atomic_fetch_sub_explicit(&frames->holder_count, 1, memory_order_acq_rel);
    TALLY_ASSERT(before > 0);
    if (before == 1) {
        free(frames);
    }
}
