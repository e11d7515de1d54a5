/*
 * node/core_thread.h - the thread that is the validator
 *
 * It alone steps the replica. Everything reaches it through its inbox: messages of peers, verdicts
 * on batches, results of execution, envelopes of clients. It takes what is there, up to a bound, as
 * one turn (turn.h), and sleeps until the next input or deadline.
 *
 *     rank  inputs                        when full
 *     0     votes, proposals, status      the peer's channel is not read for a while
 *     1     verdicts, execution results   the worker waits
 *     2     envelopes                     the client is told to try again
 *     3     batches, blocks, ranges       the peer's channel is not read for a while
 *
 * It also watches the free space of the data directory. Below the reserve the node stops voting and
 * accepting, and drops what peers send, until there is space again; so the files never meet a disk
 * that is really full, as long as others do not fill it in one go.
 *
 * Inputs that are not deterministic: all of them, their order, and the time.
 */
#ifndef TALLY_NODE_CORE_THREAD_H
#define TALLY_NODE_CORE_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "consensus/step.h"
#include "node/alarm.h"
#include "node/replica/admission.h"
#include "node/signature_workers.h"
#include "node/turn.h"

struct core_thread;

struct core_thread_config {
    struct turn *turn; /* borrowed; restored and started */
    uint16_t validator_count;
    const struct replica *replica; /* borrowed; for its summary */
    struct alarm_board *alarms;    /* borrowed */
    const char *data_directory;    /* borrowed; whose free space is watched */
    uint64_t space_reserve_bytes;  /* pause below this; 0: do not watch */
    uint64_t journal_bytes;        /* rotate the journal above this */
    /* Called once, on the thread, when it ends by itself: the disk broke or consensus halted. */
    void (*ended)(void *context, enum turn_state state);
    void *context;
};

/* What execution came to, for consensus. */
struct core_executed {
    uint64_t height;
    struct hash result_root;
    bool has_content;
    bool more_due;
    uint64_t next_due_ms; /* UTC; UINT64_MAX for nothing */
};

/* An envelope of a client. */
struct core_submission {
    uint64_t ticket;
    uint8_t *envelope; /* from malloc */
    size_t size;
    bool signature_valid;
};

/* What others may know about the core, as of its last turn. */
struct core_view {
    struct consensus_summary consensus;
    uint32_t waiting_count; /* envelopes not yet in a batch */
    bool paused;
};

/* The inbox exists from here on; the thread runs from core_thread_start() on. */
struct core_thread *core_thread_new(const struct core_thread_config *config);
TALLY_MUST_CHECK bool core_thread_start(struct core_thread *core);
/* Takes no more inputs, ends the thread after a last flush, waits for it. Accepts NULL. */
void core_thread_stop(struct core_thread *core);
void core_thread_free(struct core_thread *core);

/* Inputs, from any thread. False: full; offer it again, or say busy. A message is taken with true
 * (memory from malloc). */
TALLY_MUST_CHECK bool core_thread_message(struct core_thread *core, uint16_t from, bool bulk,
                                          uint8_t *data, size_t size);
/* Envelopes in their order; takes the memory of the first so many as it returns. There was no room
 * for the others. */
TALLY_MUST_CHECK size_t core_thread_submit(struct core_thread *core,
                                           const struct core_submission *submissions, size_t count);
/* Hands an envelope in again that was ordered and left out of its block; nobody is answered. */
void core_thread_submit_again(struct core_thread *core, const uint8_t *envelope, size_t size);
/* Takes job->batch; waits while the inbox is full. The core's own thread may call it, too: all the
 * batches that can be in check fit into the inbox. */
void core_thread_checked(struct core_thread *core, const struct signature_job *job, bool valid);
void core_thread_executed(struct core_thread *core, const struct core_executed *executed);

/* Do so many inputs wait that the core's thread should leave to others what they can do? */
bool core_thread_behind(struct core_thread *core);

/* A copy of what the core last said of itself. From any thread. */
void core_thread_view(struct core_thread *core, struct core_view *view);

/* The height up to which a peer has executed, as it last reported. */
uint64_t core_thread_peer_height(struct core_thread *core, uint16_t peer);

/* From the moment an own batch is made to the final block that orders it being stored, over all own
 * batches since the start; 0 while there are none. */
void core_thread_finality(struct core_thread *core, uint64_t *p50_us, uint64_t *p99_us);

#endif
