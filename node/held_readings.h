/*
 * node/held_readings.h - readings that wait for the next block
 *
 * Problem. A reading (reading.h) whose answer is not certified yet is tried again after each
 * executed block. One that is tried just before a block is executed, and held just after it, would
 * wait for the block behind that one: on an idle chain that is a whole heartbeat.
 *
 * Rule. Every executed block begins a round. Whoever tries a reading asks first which round it is;
 * the reading is held only if that round still runs, and else it is to be tried again.
 *
 *     channel's thread                 executor's thread
 *     round 7; tries: not certified
 *                                      executes the block; takes all: round 8
 *     puts at 7: HELD_LATE
 *     round 8; tries: answered
 *
 * What is held is bounded in number. Any thread may call these functions.
 */
#ifndef TALLY_NODE_HELD_READINGS_H
#define TALLY_NODE_HELD_READINGS_H

#include <pthread.h>
#include <stdint.h>

#include "base/assert.h"
#include "node/reading.h"

#define HELD_READINGS_MAX 256u

struct held_readings {
    pthread_mutex_t mutex; /* guards what follows */
    uint64_t round;
    uint32_t count;
    struct reading *readings[HELD_READINGS_MAX];
};

enum held_result {
    HELD_OK,
    HELD_LATE, /* a block was executed since: try again */
    HELD_FULL,
};

/* Round 0, with nothing held. */
void held_readings_init(struct held_readings *held);
/* Frees what is held with free(). */
void held_readings_free(struct held_readings *held);

/* Which round it is, to be asked before the try. */
uint64_t held_readings_round(struct held_readings *held);

/* Holds a reading that was tried in `round`; takes it on HELD_OK. */
TALLY_MUST_CHECK enum held_result held_readings_put(struct held_readings *held, uint64_t round,
                                                    struct reading *reading);

/* Begins the next round, after what the readings wait for has changed. Gives all readings out, in
 * the order in which they came; returns how many. */
uint32_t held_readings_take(struct held_readings *held, struct reading *out[HELD_READINGS_MAX]);

#endif
