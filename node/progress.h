/*
 * node/progress.h - how far the node has come, for all its threads
 *
 * Rule. Heights only rise: final (stored, durable), executed (results stored), certified (a stored
 * header names the result of that height or of a higher one). The core thread raises the first, the
 * executor thread the others; anybody may read them, and the executor thread waits for final ones.
 */
#ifndef TALLY_NODE_PROGRESS_H
#define TALLY_NODE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"

struct progress;

struct progress_heights {
    uint64_t final;
    uint64_t executed;
    uint64_t certified;
};

/* NULL when memory is short. Starts with all heights 0. */
struct progress *progress_new(void);
void progress_free(struct progress *progress);

/* Raise a height; never lowers one. */
void progress_final(struct progress *progress, uint64_t height);
void progress_executed(struct progress *progress, uint64_t height);
void progress_certified(struct progress *progress, uint64_t height);

/* All heights as of one moment. From any thread. */
void progress_read(struct progress *progress, struct progress_heights *heights);

/* Waits until a height above `height` is final. False when the node stops. */
TALLY_MUST_CHECK bool progress_wait_final(struct progress *progress, uint64_t height);

/* Ends all waiting for good. */
void progress_stop(struct progress *progress);

#endif
