/*
 * netsim/testbed/testbed_usage.h - what validators have used of the machine so far
 *
 * Rule. Read from /proc, for all that run, together: processor time as a whole and by thread, in
 * the names that a node gives its threads (docs/architecture.md), memory, and bytes handed to the
 * disk. LevelDB's thread bears the name of another one, and is the second of that name in its
 * process: it is counted as "store". What a stretch of time used is the difference of two readings.
 *
 * A process that was killed in between takes what it used with it: read before.
 */
#ifndef TALLY_NETSIM_TESTBED_TESTBED_USAGE_H
#define TALLY_NETSIM_TESTBED_TESTBED_USAGE_H

#include "netsim/testbed/testbed.h"

enum {
    TESTBED_THREAD_NAMES = 24,
    TESTBED_THREAD_NAME_SIZE = 16
};

struct testbed_thread {
    char name[TESTBED_THREAD_NAME_SIZE];
    uint64_t used_us;
};

struct testbed_usage {
    uint64_t user_us;
    uint64_t system_us;
    uint64_t machine_us; /* all processes of the machine, all processors, interrupts too */
    uint64_t written_bytes;
    uint64_t resident_bytes; /* of the largest process */
    uint32_t thread_count;
    struct testbed_thread threads[TESTBED_THREAD_NAMES]; /* by name */
};

/* Reads all of it now. */
void testbed_usage_read(const struct testbed *testbed, struct testbed_usage *out);
/* What was used between two readings; memory is that of the later one. */
void testbed_usage_since(const struct testbed_usage *before, const struct testbed_usage *after,
                         struct testbed_usage *out);

/* Bytes of all files in the validators' data directories. */
uint64_t testbed_disk_bytes(const struct testbed *testbed);

#endif
