/*
 * netsim/engine/simulation.h - a network of whole validators under one virtual clock
 *
 * Problem. What a network of validators does under faults and load must be repeatable to the last
 * byte, faster than real, and be what the real program does.
 *
 * Rule. One queue of events, ordered by virtual time and then by the order of making. Validators
 * are the code of tallyd without its threads and sockets (validator.h); the network (network.h),
 * the disks (disk.h) and the processors (machine.h) are models. All chance comes from one generator
 * per part, all seeded from `seed`: a change in one part does not shift the chance of another.
 *
 *     struct simulation *simulation = simulation_new(&config);
 *     simulation_observe(simulation, &observer);
 *     simulation_at(simulation, 2000000, kill_one, context, 3);
 *     simulation_run_until(simulation, 60000000);
 *     simulation_free(simulation);
 *
 * Times are microseconds since the simulation began, which is SIMULATION_BEGIN_MS after the time of
 * the genesis.
 *
 * Deterministic: the same configuration and calls give the same events, on any machine.
 */
#ifndef TALLY_NETSIM_ENGINE_SIMULATION_H
#define TALLY_NETSIM_ENGINE_SIMULATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "consensus/protocol.h"
#include "consensus/step.h"
#include "ledger/ledger.h"
#include "netsim/engine/cost_model.h"
#include "netsim/engine/network.h"
#include "netsim/engine/observer.h"
#include "node/replica/admission.h"

enum {
    SIMULATION_MEMBERS_MAX = 128,
    SIMULATION_HOSTS_MAX = 160, /* members and twins */
    SIMULATION_BEGIN_MS = 1000, /* from the genesis time to instant 0 */
};

struct simulation_config {
    uint64_t seed;
    uint16_t member_count;
    uint16_t twin_count; /* hosts beyond the members; twin i has the key of member n - 1 - i */
    const struct ledger_genesis *genesis; /* borrowed for the simulation's life */
    struct consensus_timing timing;
    struct consensus_limits limits;
    struct admission_config admission; /* chain_id and hash_seed are filled in from the genesis */
    uint32_t envelope_count_max;       /* of a block: executor.h */
    const struct consensus_protocol *protocol; /* NULL: Simplex */
    uint64_t checkpoint_bytes;                 /* of executed work between two checkpoints */
    uint64_t journal_bytes;                    /* a journal is rotated above this */
    uint32_t segment_bytes;                    /* of the batch log */
    uint64_t space_reserve_bytes; /* a validator pauses when its disk has less; 0: never */
    bool trace;                   /* tell observers what consensus does */
    struct network_config network;
    struct cost_model costs;
    uint16_t machine_cores;     /* of each machine; 0: processors are never short */
    uint16_t hosts_per_machine; /* hosts share a machine's cores; 1: each has its own */
    uint16_t signature_workers; /* of each host; at least 1 */
};

struct simulation;
struct validator;

/*
 * A legal configuration of `member_count` members but for the genesis, which is set: no costs, a
 * perfect network with 1 ms latency, a small ledger's limits, a core each. For changes.
 */
void simulation_config_defaults(struct simulation_config *config, uint16_t member_count,
                                const struct ledger_genesis *genesis);

/* All hosts exist and are down. NULL when a part of the config is illegal; asserts when memory is
 * short. */
struct simulation *simulation_new(const struct simulation_config *config);
/* Frees everything; large blocks stay with the process for the next one. Accepts NULL. */
void simulation_free(struct simulation *simulation);

/* Adds an observer; copies the table. At most 8. */
void simulation_observe(struct simulation *simulation, const struct simulation_observer *observer);

/* Calls back at an instant, not before now. Callbacks of one instant run in the order of asking. */
typedef void simulation_callback(void *context, uint64_t number);
void simulation_at(struct simulation *simulation, uint64_t time_us, simulation_callback *callback,
                   void *context, uint64_t number);

/* Now; within an observer's call, the instant within the turn that is telling. */
uint64_t simulation_now_us(const struct simulation *simulation);
/* UTC as an honest clock shows it. */
uint64_t simulation_utc_ms(const struct simulation *simulation);

/* Handles the next event; false when there is none. */
bool simulation_run_one(struct simulation *simulation);
/* Handles all events up to and including an instant, and makes it now; stops early when asked. */
void simulation_run_until(struct simulation *simulation, uint64_t time_us);
/* Makes simulation_run_until() return after the event under way. */
void simulation_stop(struct simulation *simulation);

/* The member whose key a host has, in a network of so many members. */
uint32_t simulation_member_of(uint32_t member_count, uint32_t host);

/* The parts. Keys are those of the members; a twin has its member's. */
uint32_t simulation_host_count(const struct simulation *simulation);
struct validator *simulation_validator(struct simulation *simulation, uint32_t host);
struct network *simulation_network(struct simulation *simulation);
const struct simulation_config *simulation_configuration(const struct simulation *simulation);
const struct secret_key *simulation_secret_key(const struct simulation *simulation,
                                               uint32_t member);

/*
 * A client hands an envelope to a host's door now. The answer comes through observer.answered, with
 * the ticket. A host that is down gives no answer; one whose queue is full says ADMISSION_BUSY.
 * Copies the bytes.
 */
void simulation_submit(struct simulation *simulation, uint32_t host, uint64_t ticket,
                       const uint8_t *envelope, size_t size);

/* Events handled, and a digest of all of them: equal digests, equal histories. */
uint64_t simulation_event_count(const struct simulation *simulation);
uint64_t simulation_digest(const struct simulation *simulation);

#endif
