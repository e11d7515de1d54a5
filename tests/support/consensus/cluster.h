/*
 * A whole network of validators in one thread.
 *
 * Every random choice comes from the seed in the options, time is virtual, and nothing outside is
 * asked for anything: the same options give the same events in the same order. The checker
 * (checker.h) watches from the first event to the last.
 *
 * A schedule has two phases. Safety: faults of the kinds in the options, until enough blocks are
 * final or time is up; nothing wrong may ever happen, but nothing good has to. Liveness: the faults
 * stop (Byzantine members go on), everybody is started, no new batches come; then every honest node
 * must finalise liveness_blocks more, among them every batch of an honest member that any honest
 * host holds, within liveness_ms of virtual time.
 *
 *     struct cluster_options options;
 *     cluster_options_from_seed(&options, CLUSTER_MIX_WIDE, 42);
 *     struct cluster *cluster = cluster_new(&options, stdout);
 *     enum cluster_outcome outcome = cluster_run_schedule(cluster);
 *     cluster_free(cluster);
 */
#ifndef TALLY_TESTS_SUPPORT_CONSENSUS_CLUSTER_H
#define TALLY_TESTS_SUPPORT_CONSENSUS_CLUSTER_H

#include "consensus/step.h"
#include "netsim/check/checker.h"
#include "tests/support/consensus/cluster_options.h"
#include "tests/support/consensus/sim_host.h"
#include "tests/support/consensus/sim_network.h"
#include "tests/support/consensus/sim_queue.h"

#include <stdio.h>

#define CLUSTER_UTC_START_MS UINT64_C(1700000000000)

enum cluster_outcome {
    CLUSTER_PASSED,
    CLUSTER_UNSAFE,
    CLUSTER_STUCK
};

struct cluster_counts {
    uint64_t events;
    uint64_t messages;
    uint64_t crashes;
    uint64_t evidence;
    uint64_t bytes;
};

/* Where the safety phase ended. */
struct cluster_marks {
    uint64_t events;
    uint64_t blocks;
    uint64_t batches;
    uint64_t time_ms;
};

enum cluster_event_kind {
    CLUSTER_MESSAGE = 1,
    CLUSTER_TIMER,
    CLUSTER_SYNCED,
    CLUSTER_STORAGE_RECOVERED,
    CLUSTER_BATCH_CHECKED,
    CLUSTER_EXECUTED,
    CLUSTER_CRASH,
    CLUSTER_START,
    CLUSTER_PARTITION,
    CLUSTER_LOAD,
    CLUSTER_ACT,
    CLUSTER_PAUSE,
};

struct cluster {
    struct cluster_options options;
    struct prng prng;
    uint64_t now_ms;
    struct sim_queue queue;
    struct sim_network network;
    struct checker *checker;
    struct sim_host *hosts;
    uint32_t hosts_count;
    struct public_key public_keys[CLUSTER_NODES_MAX];
    struct secret_key secret_keys[CLUSTER_NODES_MAX];
    struct hash chain_id;
    bool quiet;     /* the liveness phase */
    bool exhausted; /* an honest node ran out of room for unfinal views */
    bool forgotten; /* the one amnesia of the schedule has happened */
    uint64_t batches_made;
    uint32_t struck; /* bit set of enum cluster_fault: what has gone wrong at least once */
    struct cluster_counts counts;
    struct cluster_marks marks;
    FILE *trace;
    char outcome_text[768];
    uint64_t digest; /* of all events so far: equal digests, equal schedules */
};

/* All hosts are up, at time 0, when this returns. Lines go to trace, if not NULL. */
struct cluster *cluster_new(const struct cluster_options *options, FILE *trace);
void cluster_free(struct cluster *cluster);

/* Both phases. cluster_outcome_text tells the reason when it did not pass. */
enum cluster_outcome cluster_run_schedule(struct cluster *cluster);
const char *cluster_outcome_text(const struct cluster *cluster);

/* How many kinds of fault but byzantine have struck so far. */
uint32_t cluster_kinds_struck(const struct cluster *cluster);

/* What a Byzantine member has done so far, a bit set of enum byzantine_kind; none while idle. */
uint32_t cluster_kinds_played(const struct cluster *cluster, uint32_t member);

/* The groups of what all of them have done, a bit set of enum byzantine_group; none while one of
 * them has not begun. */
uint32_t cluster_groups_played(const struct cluster *cluster);

/* Handles the next event; false when there is none. */
bool cluster_run_one(struct cluster *cluster);

/* Runs to an instant, or to the first violation. */
void cluster_run_until(struct cluster *cluster, uint64_t time_ms);

/* Runs until every honest host that is up committed this height. False if time runs out first. */
bool cluster_run_to_height(struct cluster *cluster, uint64_t height, uint64_t time_ms);

/* For directed tests: member stands for its host (never a twin). */
void cluster_crash(struct cluster *cluster, uint32_t member, bool torn);
void cluster_start(struct cluster *cluster, uint32_t member);
void cluster_submit(struct cluster *cluster, uint32_t member);
void cluster_inject(struct cluster *cluster, uint32_t from, uint32_t to, const void *bytes,
                    size_t size);

/* Used by the hosts. */
void cluster_push(struct cluster *cluster, enum cluster_event_kind kind,
                  const struct sim_host *host, uint64_t delay_ms, uint64_t number);
void cluster_route(struct cluster *cluster, uint32_t from_host, uint32_t to_member,
                   struct sim_message *message); /* borrows the message */
uint32_t cluster_draw(struct cluster *cluster, uint32_t least, uint32_t spread);
__attribute__((format(printf, 3, 4))) void cluster_tell(struct cluster *cluster,
                                                        const struct sim_host *host,
                                                        const char *format, ...);

#endif
