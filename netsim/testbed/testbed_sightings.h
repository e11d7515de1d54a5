/*
 * netsim/testbed/testbed_sightings.h - what one validator said about its heights, and when
 *
 * Problem. To ask of each envelope when it was executed would be more work for the validators than
 * settling it.
 *
 * Rule. One validator's status is asked for at short intervals, and its answers are kept with their
 * instants. An envelope of height h was final, executed, certified somewhere between the first
 * answer that had reached h and the one before: the middle is taken.
 *
 *     at 10 ms: height 7    at 12 ms: height 9     heights 8 and 9 were reached at 11 ms
 *
 * Rates are counted from an instant at which something was executed to another such: blocks are
 * large, and a stretch cut anywhere would have one too many or too few.
 *
 * Not for several threads: the caller locks.
 */
#ifndef TALLY_NETSIM_TESTBED_TESTBED_SIGHTINGS_H
#define TALLY_NETSIM_TESTBED_TESTBED_SIGHTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "client/reply.h"

/* How far a height has come. */
enum testbed_stage {
    TESTBED_FINAL,
    TESTBED_EXECUTED,
    TESTBED_CERTIFIED,
    TESTBED_STAGES
};

struct testbed_sighting {
    uint64_t time_us;
    uint64_t heights[TESTBED_STAGES];
    uint64_t commands; /* executed since it started, as are the envelopes */
    uint64_t envelopes;
};

/* Zero bytes are an empty list. */
struct testbed_sightings {
    struct testbed_sighting *items;
    uint32_t count;
    uint32_t capacity;
};

/* Adds an answer; none may be older than the last. */
void testbed_sightings_add(struct testbed_sightings *sightings,
                           const struct reply_node_status *status, uint64_t time_us);
/* Empties the list. */
void testbed_sightings_free(struct testbed_sightings *sightings);

/* The latest; all zero when there is none. */
struct testbed_sighting testbed_sightings_last(const struct testbed_sightings *sightings);

/* When a height had come to a stage; 0: not seen. */
uint64_t testbed_sightings_reached_us(const struct testbed_sightings *sightings,
                                      enum testbed_stage stage, uint64_t height);

/* What was executed in a stretch of time. */
struct testbed_progress {
    uint64_t commands; /* in `time_us` */
    uint64_t blocks;
    uint64_t time_us;        /* with one block: of the whole stretch; with none: 0 */
    uint64_t longest_gap_us; /* without anything executed, within the stretch */
};

/* Reads what was seen in a stretch. */
void testbed_sightings_progress(const struct testbed_sightings *sightings, uint64_t begin_us,
                                uint64_t end_us, struct testbed_progress *out);

#endif
