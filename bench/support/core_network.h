/*
 * bench/support/core_network.h - n consensus cores in one process, joined by a queue
 *
 * Problem. What consensus costs is to be known without files, sockets, threads and a ledger.
 *
 * Rule. Every effect is carried out at once: a record is durable when the step ends, a block is
 * executed when it is committed, and messages wait in one queue, first in, first out. Execution
 * always asks for another block, so blocks follow each other without payload. Time stands still as
 * long as a message is on its way, and then goes on to the next deadline. All members are correct,
 * so every view has a block.
 *
 * Deterministic: the same number of members and heights give the same steps.
 */
#ifndef TALLY_BENCH_SUPPORT_CORE_NETWORK_H
#define TALLY_BENCH_SUPPORT_CORE_NETWORK_H

#include <stdint.h>

#include "consensus/step.h"

struct core_network;

struct core_network_counters {
    uint64_t steps;    /* of all members */
    uint64_t messages; /* delivered, each copy */
    uint64_t bytes;    /* of them */
    uint64_t records;  /* of the journals */
    uint64_t views;    /* that the first member has entered */
};

/* Ends the program when memory is short. */
struct core_network *core_network_new(uint16_t member_count);
void core_network_free(struct core_network *network);

/* Steps until every member has committed so many blocks. */
void core_network_run(struct core_network *network, uint64_t height);

/* What has been counted since the start. */
void core_network_counters(const struct core_network *network, struct core_network_counters *out);

#endif
