/*
 * netsim/engine/validator.h - one validator program on a simulated host
 *
 * Problem. What is tested and measured must be what runs: not a copy of the driver's duties, but
 * the driver.
 *
 * Rule. A validator is node/recovery.c, node/turn.c, node/execution.c and the replica, over a disk
 * in memory (disk.h) and a store in memory (memory_store.h). In place of tallyd's threads it has
 * three kinds of simulated thread, which take turns on the cores of their machine (machine.h):
 *
 *     core        takes what waits in its inbox as one turn: events, then a flush that waits for
 *                 the disk; messages leave at the instant within the turn at which the flush lets
 *                 them
 *     execution   one final block at a time: load, apply, save; now and then a checkpoint
 *     workers     check the envelopes of batches, and those of clients
 *
 * A turn runs the real code at its begin; the time that it takes follows from the cost model and
 * the disk, and the thread is busy until then.
 *
 * Between a validator and the network may stand a gate (a Byzantine member). What the disk does
 * when the validator stops is decided by validator_crash().
 */
#ifndef TALLY_NETSIM_ENGINE_VALIDATOR_H
#define TALLY_NETSIM_ENGINE_VALIDATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "consensus/step.h"
#include "crypto/hash.h"
#include "ledger/ledger.h"
#include "netsim/engine/disk.h"
#include "netsim/engine/simulation.h"
#include "node/batch_log.h"
#include "node/store.h"

/* Stands at the door to the network. Each may be NULL. Borrowed while set. */
struct validator_gate {
    void *context;
    /* The core wants this sent to a member: the gate calls validator_emit() as it pleases. */
    void (*send)(void *context, uint32_t to, enum consensus_class class, const uint8_t *bytes,
                 size_t size);
    /* A message arrived; the core hears it too, unless this returns false. */
    bool (*receive)(void *context, uint32_t from, const uint8_t *bytes, size_t size);
    /* May change the result that the core is told. */
    void (*result)(void *context, uint64_t height, struct hash *result_root);
};

/* What becomes of the unsynced part of a disk. */
enum validator_crash_kind {
    CRASH_PROCESS, /* the program dies, the machine stays up: all that was written is kept */
    CRASH_POWER,   /* an arbitrary part of what was not synced is gone */
};

struct validator;

/* Starts the program on what its disk holds. False when it could not start (the disk failed). */
bool validator_start(struct validator *validator, bool first_start);
/* Stops it at once. pre: it is up. */
void validator_crash(struct validator *validator, enum validator_crash_kind kind);
bool validator_is_up(const struct validator *validator);
/* Its disk broke in a run that is not over yet: it is up, and will stop. */
bool validator_is_ending(const struct validator *validator);
/* Never votes, since its journal is gone or damaged. */
bool validator_is_mute(const struct validator *validator);

/* The program stands still until then: nothing is handled, everything waits. */
void validator_pause(struct validator *validator, uint64_t until_us);
/* The host's clocks: UTC is off by this, and its monotonic clock runs fast by this. */
void validator_clock(struct validator *validator, int64_t utc_offset_ms, int32_t drift_ppm);
/* Multiplies every processor cost of this host; 1000 is normal. */
void validator_slow(struct validator *validator, uint32_t permille);

/* Copies the table; NULL takes the gate away. */
void validator_gate_set(struct validator *validator, const struct validator_gate *gate);
/* A message leaves this host for a member, around any gate. */
void validator_emit(struct validator *validator, uint32_t to, enum consensus_class class,
                    const uint8_t *bytes, size_t size);

/*
 * Has a function fill the storage of a host that is down, as files brought from another machine
 * would; what it wrote is durable then. False when storage does not open or the function says so.
 */
typedef bool validator_filling(void *context, struct store *store, struct batch_log *log);
bool validator_fill(struct validator *validator, validator_filling *filling, void *context);

/* Accidents of storage; pre: down. The journal's files vanish; everything vanishes; a bit of one
 * durable byte of the journal, the batch log or the store turns over. */
void validator_lose_journal(struct validator *validator);
void validator_wipe(struct validator *validator);
enum validator_rot {
    ROT_JOURNAL,
    ROT_BATCH_LOG,
    ROT_STORE
};
bool validator_rot(struct validator *validator, enum validator_rot where, uint64_t draw);

/* Which host it is, and whose key it has. */
uint32_t validator_host(const struct validator *validator);
uint32_t validator_member(const struct validator *validator);
/* The disk, for slowing it down, filling it up and planning faults at its n-th operation. */
struct disk *validator_disk(struct validator *validator);
/* Between two events; pre: up. */
const struct ledger *validator_ledger(const struct validator *validator);
void validator_summary(const struct validator *validator, struct consensus_summary *summary);
uint64_t validator_final_height(const struct validator *validator);
uint64_t validator_executed_height(const struct validator *validator);
/* Messages that found the inbox full and were dropped, since the simulation began. */
uint64_t validator_dropped_count(const struct validator *validator);
/* Inputs that wait for the core thread. */
uint32_t validator_waiting_count(const struct validator *validator);

#endif
