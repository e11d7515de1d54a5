/*
 * netsim/engine/observer.h - whoever wants to know what happens in a simulated network
 *
 * Problem. The checker, the figures of a run, the trace for Perfetto and the clients all look at
 * the same events. None of them may change what happens, and the engine must not know any of them.
 *
 * Rule. An observer is a table of functions, each of which may be NULL. The engine calls all
 * observers in the order in which they were added, at the virtual instant at which the thing
 * happens. Pointers are borrowed for the call. An observer never steps the simulation from within a
 * call; it may ask for a callback later (simulation_at). Within a call simulation_now_us() is the
 * instant within the turn, after what the turn has cost so far.
 *
 * A *host* is one running validator program. Hosts 0 to n - 1 are the members; a host beyond is a
 * twin, a second program with the key of member validator_member(host).
 */
#ifndef TALLY_NETSIM_ENGINE_OBSERVER_H
#define TALLY_NETSIM_ENGINE_OBSERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "consensus/step.h"
#include "crypto/hash.h"
#include "ledger/ledger.h"
#include "node/replica/admission.h"

/* Where processor time goes. */
#define SIMULATION_ACTIVITY_LIST(X)         \
    X(ACTIVITY_STEP, "consensus step")      \
    X(ACTIVITY_SIGN, "signing")             \
    X(ACTIVITY_VERIFY, "verifying votes")   \
    X(ACTIVITY_HASH, "hashing")             \
    X(ACTIVITY_CHECK, "checking envelopes") \
    X(ACTIVITY_EXECUTE, "execution")        \
    X(ACTIVITY_STORE, "storing results")    \
    X(ACTIVITY_LIST, "read model")          \
    X(ACTIVITY_TURN, "waking threads")      \
    X(ACTIVITY_CHANNEL, "network channels")

#define SIMULATION_ACTIVITY_ENUMERATOR(symbol, text) symbol,
enum simulation_activity {
    SIMULATION_ACTIVITY_LIST(SIMULATION_ACTIVITY_ENUMERATOR) ACTIVITY_COUNT
};

/* Why a host stopped. */
enum simulation_stop {
    STOP_CRASH,   /* it was made to */
    STOP_STORAGE, /* its disk broke, or crashed between two operations */
    STOP_HALT,    /* consensus halted for good */
};

/* A block as one host executed it. */
struct simulation_executed {
    uint64_t height;
    uint64_t ledger_ms;
    struct hash block_id;
    const struct ledger_output *output; /* roots, receipts, events */
    const struct ledger *ledger;        /* for balances and invariants; borrowed for the call */
    uint32_t envelope_count;
    uint32_t batch_count;
    uint64_t payload_bytes;
};

struct simulation_observer {
    void *context;
    /* A message leaves a host for member `to`, after any gate; `class` is that of consensus. */
    void (*sent)(void *context, uint32_t host, uint32_t to, enum consensus_class class,
                 const uint8_t *bytes, size_t size);
    /* It arrives, and is about to be handled. */
    void (*delivered)(void *context, uint32_t host, uint32_t from, const uint8_t *bytes,
                      size_t size);
    /* A journal record was appended (`durable` false), or is durable now. */
    void (*recorded)(void *context, uint32_t host, const uint8_t *record, size_t size,
                     bool durable);
    /* A batch is durable in the host's batch log. `batch` are the signed batch bytes. */
    void (*batch_durable)(void *context, uint32_t host, const uint8_t *batch, size_t size);
    /* The host stored this final block: a stored block (consensus/block.h). Again after a restart
     * for blocks above what had been told before. */
    void (*committed)(void *context, uint32_t host, uint64_t height, const uint8_t *stored,
                      size_t size);
    void (*executed)(void *context, uint32_t host, const struct simulation_executed *executed);
    /* What became of an envelope handed in with this ticket. */
    void (*answered)(void *context, uint32_t host, uint64_t ticket, enum admission_answer answer);
    void (*evidence)(void *context, uint32_t host, const uint8_t *bytes, size_t size);
    void (*alarm)(void *context, uint32_t host, enum consensus_alarm code, uint16_t peer);
    /* What consensus did, in its own words; only if the simulation's configuration says `trace`. */
    void (*traced)(void *context, uint32_t host, const struct consensus_effect *trace);
    /* A program runs. What recovery found on its disk is told next: recorded() for each record of
     * the journal, batch_durable() for each batch. */
    void (*started)(void *context, uint32_t host, bool mute);
    void (*stopped)(void *context, uint32_t host, enum simulation_stop why);
    /* Processor time: from `begin_us` on, `duration_us` long, on a thread of the host. */
    void (*busy)(void *context, uint32_t host, enum simulation_activity activity, uint64_t begin_us,
                 uint64_t duration_us);
    /* The thread waited for its disk. */
    void (*disk_wait)(void *context, uint32_t host, uint64_t begin_us, uint64_t duration_us);
};

#endif
