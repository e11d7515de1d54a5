/*
 * shared_frames.h: a message's frames, encoded once for all the channels it goes to.
 *
 * What a validator says it says to all the others. The frames are the same on each channel, only
 * their encryption differs; so they are made once, and each session's queue holds them until it
 * has encrypted them.
 *
 *     made (1)  -> queued at A (2), at B (3) -> the maker drops its hold (2) -> A, then B has sent
 *                                               them: freed
 *
 * Holds are counted atomically: the holders are threads that know nothing of each other. The bytes
 * do not change after they were made.
 */
#ifndef TALLY_HOST_SHARED_FRAMES_H
#define TALLY_HOST_SHARED_FRAMES_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct shared_frames {
    atomic_uint holder_count;
    size_t size;
    uint8_t bytes[];
};

/* Encodes a message (channel_frame.h); the maker holds it. NULL without memory. */
struct shared_frames *shared_frames_new(uint8_t message_class, const void *message, size_t size);

/* One holder more. Returns the same frames. pre: the caller holds them, or somebody for it. */
struct shared_frames *shared_frames_hold(struct shared_frames *frames);

/* One holder less; the last one frees. Accepts NULL. */
void shared_frames_drop(struct shared_frames *frames);

#endif
