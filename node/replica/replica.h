/*
 * node/replica/replica.h - one validator without its machine
 *
 * Problem. A validator is consensus, which orders batches, and admission, which makes them. The two
 * have to be joined once, in a way that the real node and the simulator share to the last byte.
 *
 * Rule. One event in, effects out, like consensus/step.h, whose header is the contract for the
 * events and effects that pass through here unchanged. Added to them are envelopes handed in by
 * clients, and answers to those. Execution is not here: the ledger has its own door (executor.h),
 * and the driver carries COMMIT to it and EXECUTED back, whenever it is done. Which consensus
 * protocol it is, the configuration says; from here on up it is known by consensus/protocol.h only.
 *
 *     event                       effects
 *     SUBMIT envelope, ticket 7   (nothing; it waits for its batch)
 *     TIME, the batch is due      STORE_BATCH, PERSIST; answer ticket 7: received
 *     CONSENSUS BATCH_CHECKED     SEND_BATCH to all
 *     CONSENSUS MESSAGE vote      COMMIT 12          -> the driver stores it, then executes it
 *     CONSENSUS EXECUTED 12       SEND ...
 *
 * The driver's duties, besides those of consensus/step.h:
 *   1. An envelope's signature is verified before SUBMIT, on any thread (envelope_verify()), and
 *      the verdict comes with the event.
 *   2. Answers leave after the next sync of the batch log: "received" says that the envelope is
 *      durable in a batch of this node.
 *   3. STORE_BATCH of the own lane needs no check of its content: admission took only what is
 *      valid. It is appended to the batch log and answered with BATCH_CHECKED like any other.
 *   4. TIME is due at next_deadline_ms, which covers consensus and packing. It may be now: then the
 *      driver steps again before it waits.
 *
 * Every call makes at most one consensus step, so effects stay borrowed until the next call.
 *
 * Deterministic: a function of the configuration and the events. One thread at a time.
 */
#ifndef TALLY_NODE_REPLICA_REPLICA_H
#define TALLY_NODE_REPLICA_REPLICA_H

#include <stddef.h>
#include <stdint.h>

#include "consensus/protocol.h"
#include "node/replica/admission.h"

struct replica_config {
    const struct consensus_protocol *protocol; /* borrowed for ever; NULL: consensus_simplex */
    struct consensus_config consensus;
    struct admission_config admission; /* batch_bytes_max at most that of consensus */
};

enum replica_event_kind {
    REPLICA_CONSENSUS = 1, /* anything of consensus/step.h but LOCAL_BATCH */
    REPLICA_SUBMIT,        /* an envelope from a client */
};

/* Borrows its pointers for the step only. */
struct replica_event {
    enum replica_event_kind kind;
    uint64_t now_ms;
    uint64_t utc_ms;
    union {
        struct consensus_event consensus; /* its times are ignored: those above count */
        struct admission_envelope submit;
    };
};

struct replica_effects {
    struct consensus_effects consensus; /* none when no consensus step was made */
    const struct admission_release *answers;
    uint32_t answer_count;
    uint64_t next_deadline_ms; /* UINT64_MAX: never */
};

struct replica;

/* Memory for replica_new(), aligned to 16; 0 if a part of the configuration is illegal. */
size_t replica_footprint(const struct replica_config *config);

/* Builds a replica in memory of replica_footprint() bytes. Borrows the secret key for ever. */
struct replica *replica_new(void *memory, const struct replica_config *config);

/* Takes one event, fills effects. */
void replica_step(struct replica *replica, const struct replica_event *event,
                  struct replica_effects *effects);

/* What consensus says of itself: see struct consensus_protocol (consensus/protocol.h). */
void replica_summary(const struct replica *replica, struct consensus_summary *out);
uint64_t replica_peer_exec_height(const struct replica *replica, uint16_t peer);
bool replica_record_is_live(const struct replica *replica, const uint8_t *bytes, size_t size);

/* Admission, for its getters only. */
const struct admission *replica_admission(const struct replica *replica);

#endif
