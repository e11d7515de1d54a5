/*
 * One number decides a whole schedule.
 *
 * A seed expands into the options below, which are printed before anything runs; the same options
 * and seed give the same schedule, event by event. Faults come in classes, so that a failing
 * schedule can be made smaller by taking away one class after the other (cluster_options_without).
 */
#ifndef TALLY_TESTS_SUPPORT_CONSENSUS_CLUSTER_OPTIONS_H
#define TALLY_TESTS_SUPPORT_CONSENSUS_CLUSTER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netsim/adversary/byzantine_kind.h"

enum {
    CLUSTER_NODES_MAX = 20,
    CLUSTER_BYZANTINE_MAX = 3,
    CLUSTER_KINDS_COUNT = BYZANTINE_SILENT + 1, /* kinds of liar that the wide mix draws from */
    CLUSTER_HOSTS_MAX =
        CLUSTER_NODES_MAX + CLUSTER_BYZANTINE_MAX /* twins have hosts of their own */
};

/*
 * Classes of fault. A schedule draws at least three. In the wide mix one that needs more members is
 * dropped again; the campaign's mix draws until three are left beside the Byzantine members.
 *
 *     loss        messages vanish                      crash      nodes stop at any step
 *     delay       long and uneven delays               torn       a crash takes unsynced bytes
 *     duplicate   messages arrive twice                pause      nodes stand still, then go on
 *     partition   two parts, drawn again and again     sync       slow, stalling and failing disks
 *     one-way     parts that hear but are not heard    execute    slow execution
 *     stall       for seconds votes pass, no block     clock      clocks differ, and jump
 *     amnesia     one of the f loses its journal       timer      the view timer is far too short
 *     byzantine   up to f members do as they like
 */
#define CLUSTER_FAULT_LIST(X)       \
    X(FAULT_LOSS, "loss")           \
    X(FAULT_DELAY, "delay")         \
    X(FAULT_DUPLICATE, "duplicate") \
    X(FAULT_PARTITION, "partition") \
    X(FAULT_ONE_WAY, "one-way")     \
    X(FAULT_STALL, "stall")         \
    X(FAULT_CRASH, "crash")         \
    X(FAULT_TORN, "torn")           \
    X(FAULT_PAUSE, "pause")         \
    X(FAULT_SYNC, "sync")           \
    X(FAULT_EXECUTE, "execute")     \
    X(FAULT_CLOCK, "clock")         \
    X(FAULT_TIMER, "timer")         \
    X(FAULT_AMNESIA, "amnesia")     \
    X(FAULT_BYZANTINE, "byzantine")

#define CLUSTER_FAULT_ENUMERATOR(symbol, name) symbol,
enum cluster_fault {
    CLUSTER_FAULT_LIST(CLUSTER_FAULT_ENUMERATOR) CLUSTER_FAULT_COUNT
};

/*
 * From what schedules are drawn.
 *
 *     wide      1 to 19 members, mostly four; Byzantine members in a third of the schedules
 *     campaign  4 to 10 members, exactly f of them Byzantine, of two groups of byzantine_kind.h at
 *               least; three kinds of fault beside them; and these are waited for: the faults do
 *               not stop before three kinds have struck and every liar has done something
 */
enum cluster_mix {
    CLUSTER_MIX_WIDE,
    CLUSTER_MIX_CAMPAIGN
};

struct cluster_options {
    uint64_t seed;
    uint32_t faults; /* bit set of enum cluster_fault */
    uint32_t nodes_count;
    uint32_t byzantine_count;                        /* the members with the highest indexes */
    uint32_t byzantine_kinds[CLUSTER_BYZANTINE_MAX]; /* bit sets of enum byzantine_kind */

    uint32_t loss_permille;
    uint32_t duplicate_permille;
    uint32_t delay_min_ms;
    uint32_t delay_spread_ms; /* beyond the minimum, evenly; one in sixteen is four times that */
    uint32_t partition_period_ms;
    uint32_t partition_permille; /* chance that a redraw cuts something */

    uint32_t crash_period_ms; /* mean time between crashes somewhere */
    uint32_t down_ms;         /* mean time a node stays down */

    uint32_t sync_min_ms;
    uint32_t sync_spread_ms;
    uint32_t sync_stall_permille; /* chance that a sync takes stall_ms more */
    uint32_t sync_stall_ms;
    uint32_t sync_fail_permille; /* chance that a sync fails: storage is full for stall_ms */
    uint32_t execute_spread_ms;
    uint32_t clock_skew_ms; /* UTC of each node is off by up to this, either way */

    uint32_t pause_period_ms; /* mean time between pauses somewhere */
    uint32_t pause_ms;
    uint32_t stall_begin_ms;
    uint32_t stall_end_ms; /* no block, justification or range gets through between */

    uint32_t d0_ms;
    uint32_t d_max_ms;
    uint32_t heartbeat_ms;
    uint32_t block_interval_min_ms;
    uint32_t batch_period_ms; /* mean time between batches somewhere; 0: none */

    bool canary;              /* tell the checker a lie that it must notice */
    uint32_t safety_blocks;   /* the faults stop at this many blocks ... */
    uint32_t safety_ms;       /* ... or at this time */
    uint32_t liveness_blocks; /* then every honest node finalises this many more ... */
    uint32_t liveness_ms;     /* ... within this time */
    uint32_t blocks_min;      /* final blocks of both phases together, at least */
    uint32_t kinds_min;       /* the faults go on until so many kinds but byzantine have struck, */
    uint32_t groups_min;  /* all Byzantine members have begun, in so many groups together, ... */
    uint32_t patience_ms; /* ... or until this time */
};

/* f of n, and q of n: the largest minority tolerated, and the votes of a certificate. */
uint32_t cluster_faulty_max(uint32_t nodes_count);
uint32_t cluster_quorum(uint32_t nodes_count);

/* Four nodes, a quiet network, no fault: the base that a directed test changes as it likes. */
void cluster_options_quiet(struct cluster_options *options, uint64_t seed);

/* Everything drawn from the seed. */
void cluster_options_from_seed(struct cluster_options *options, enum cluster_mix mix,
                               uint64_t seed);

/* Takes a class of fault away. False when the schedule did not have it. */
bool cluster_options_without(struct cluster_options *options, enum cluster_fault fault);

/* The names used in options, and back; false for an unknown one. */
const char *cluster_fault_name(enum cluster_fault fault);
/* The class of fault of a name. */
bool cluster_fault_by_name(const char *name, enum cluster_fault *fault);

/* "seed=.. n=.. ..." in one line, without those that do not apply. */
void cluster_options_print(const struct cluster_options *options, char *text, size_t size);

#endif
