/*
 * node/signature_workers.h - threads that check the content of batches
 *
 * Problem. Checking a batch costs one Ed25519 verification for each of its envelopes, and the core
 * thread must not stand still for it.
 *
 * Rule. A job owns the memory in which a signed batch stands. A worker runs payload_check() on its
 * payload and hands batch and verdict to the callback, on its own thread. A payload of an
 * instruction or two is checked sooner than a worker wakes, so if no other batch is in check,
 * whoever hands it in checks it and calls the callback, unless more waits for him than can wait: a
 * core that has fallen behind, as on a slow disk, would fall back further. Results come in any
 * order. The queue is bounded: the core has no more batches in check than all lanes' windows
 * together, so a queue of that size is never full unless something is broken.
 *
 * Not deterministic: the order of results. The results themselves are a function of the bytes.
 */
#ifndef TALLY_NODE_SIGNATURE_WORKERS_H
#define TALLY_NODE_SIGNATURE_WORKERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "crypto/hash.h"
#include "node/batch_identifiers.h"
#include "node/replica/payload.h"

/* Payloads up to this size are checked by who hands them in. */
#define SIGNATURE_WORKERS_AT_ONCE_BYTES 1024u

struct signature_workers;

/* A batch in check. */
struct signature_job {
    struct hash digest;
    uint16_t author;
    uint64_t lane_seq;
    const uint8_t *payload; /* inside `batch` */
    uint32_t payload_size;
    const uint8_t *batch; /* the signed batch, inside `memory` */
    size_t batch_size;
    uint8_t *memory; /* from malloc; as a rule the message that brought the batch */
};

/*
 * Called on a worker's thread, or within signature_workers_check(). Takes job->memory: the callback
 * frees it, or hands it on. It may wait, but must return when signature_workers_stop() is called
 * meanwhile.
 */
typedef void signature_workers_done(void *context, const struct signature_job *job,
                                    enum payload_result result);

struct signature_workers_config {
    unsigned thread_count;
    uint32_t queue_count_max;
    uint32_t at_once_bytes;     /* SIGNATURE_WORKERS_AT_ONCE_BYTES; 0: workers check everything */
    struct payload_rules rules; /* copied; `known` is called by whoever checks */
    struct batch_identifiers *identifiers; /* of valid batches are noted here; borrowed, or NULL */
    signature_workers_done *done;
    void *context;
};

/* Starts the threads. NULL when memory or threads are short. */
struct signature_workers *signature_workers_start(const struct signature_workers_config *config);

/*
 * Queues a job, or does it at once if that is allowed, and takes job->memory. False when the queue
 * is full: nothing was queued or taken.
 */
TALLY_MUST_CHECK bool signature_workers_check(struct signature_workers *workers,
                                              const struct signature_job *job,
                                              bool at_once_allowed);

/* Drops what is queued, waits for the checks under way and frees everything. */
void signature_workers_stop(struct signature_workers *workers);

#endif
