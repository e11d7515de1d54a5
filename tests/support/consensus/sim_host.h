/*
 * One simulated host: a consensus core with its disk, and the driver's duties between them.
 *
 * The duties are those that consensus/step.h numbers: records are appended at once and synced some
 * time later, batch log first, then journal; only then do the messages that wait for them leave,
 * and only then are final blocks stored and executed. Execution takes its time, and its result is
 * chained from height and block hash (checker_result).
 *
 * A host of a Byzantine member runs the same core; its actor (byzantine.h) stands at the door to
 * the network.
 */
#ifndef TALLY_TESTS_SUPPORT_CONSENSUS_SIM_HOST_H
#define TALLY_TESTS_SUPPORT_CONSENSUS_SIM_HOST_H

#include "consensus/step.h"
#include "netsim/adversary/byzantine.h"
#include "tests/support/consensus/sim_disk.h"

struct cluster;

struct sim_outgoing {
    uint64_t after_seq;
    uint16_t to;
    struct sim_message *message;
};

struct sim_commit {
    uint64_t after_seq;
    uint64_t height;
    struct hash hash;
    struct sim_message *stored; /* stored_block encoding */
};

struct sim_host {
    struct cluster *cluster; /* borrowed */
    uint32_t number;         /* of the host; twins come after the members */
    uint32_t member;
    bool honest;
    bool up;
    bool halted;
    uint32_t life; /* counts starts: events meant for an earlier life are dropped */
    struct consensus_config config;
    void *memory;
    struct consensus *core;
    struct sim_disk disk;
    enum consensus_journal_state journal_state; /* what the next start will report */

    uint64_t persisted_seq;
    uint64_t durable_seq;
    bool syncing;
    bool storage_failed;
    uint32_t sync_batches_count; /* what the sync under way covers */
    uint32_t sync_journal_count;
    uint32_t sync_store_count;
    uint64_t sync_seq;

    struct sim_outgoing *outbox;
    uint32_t outbox_count;
    uint32_t outbox_capacity;
    struct sim_commit *commits; /* final, but waiting for the journal */
    uint32_t commits_count;
    uint32_t commits_capacity;

    uint64_t deadline_ms; /* what the core asked for last */
    uint64_t timer_ms;    /* the earliest TIME event under way */
    struct hash *results; /* of execution, by height - 1 */
    uint64_t results_count;
    uint32_t results_capacity;
    bool executing;
    int64_t skew_ms;
    uint64_t paused_until_ms;
    bool amnesiac; /* lost its journal: follows, and never votes again */
    bool batch_log_lost;
    struct byzantine actor;
};

/* Prepares a host that is down, with an empty disk. Borrows config's pointers for ever. */
void sim_host_init(struct sim_host *host, struct cluster *cluster, uint32_t number,
                   const struct consensus_config *config);
void sim_host_free(struct sim_host *host);

/* Starts the process: restores from the disk what duty 2 of step.h lists. */
void sim_host_start(struct sim_host *host);

/* Stops it at once; everything in memory and a part of what was not synced is gone. */
void sim_host_crash(struct sim_host *host, bool torn);

/* What is left when the journal is gone for good, and perhaps the batch log too. Only when down. */
void sim_host_forget(struct sim_host *host, bool batch_log_too);

/* One event into the core, and all its effects carried out. */
void sim_host_step(struct sim_host *host, struct consensus_event *event);

/* What the cluster's queue brings back to a host that is up. */
void sim_host_deliver(struct sim_host *host, uint16_t from, struct sim_message *message);
void sim_host_time(struct sim_host *host, uint64_t event_ms);
void sim_host_synced(struct sim_host *host);
void sim_host_storage_recovered(struct sim_host *host);
void sim_host_batch_checked(struct sim_host *host, uint32_t batch_number);
void sim_host_executed(struct sim_host *host);

#endif
