/*
 * node/watch.h - what nobody reports, because nothing happens
 *
 * A failure that shows in silence has to be looked for: too few validators connected, nothing final
 * for long, this node behind the others, execution behind finality, a connection that keeps
 * breaking. The watch looks once a second and raises or clears the alarm of each.
 *
 *     alarm               raised when
 *     QUORUM_UNREACHABLE  fewer validators than a quorum are connected, this one included
 *     NOTHING_FINAL       no block became final for WATCH_SILENCE_MS or five heartbeats
 *     CATCHING_UP         a peer has executed WATCH_BEHIND_BLOCKS more than is final here
 *     EXECUTION_BEHIND    as many blocks are final here and not executed
 *     PEER_FLAPPING       a peer's channel came up WATCH_FLAPS times within WATCH_FLAP_MS
 *
 * One thread.
 */
#ifndef TALLY_NODE_WATCH_H
#define TALLY_NODE_WATCH_H

#include "client/genesis.h"
#include "node/alarm.h"
#include "node/core_thread.h"
#include "node/progress.h"
#include "node/transport.h"

#define WATCH_PERIOD_MS     1000u
#define WATCH_SILENCE_MS    10000u
#define WATCH_BEHIND_BLOCKS 16u
#define WATCH_FLAPS         5u
#define WATCH_FLAP_MS       60000u

struct watch_config {
    const struct genesis *genesis; /* borrowed, like all here */
    uint16_t self;
    struct alarm_board *alarms;
    struct progress *progress;
    struct transport *transport;
    struct core_thread *core;
};

struct watch;

/* NULL when memory is short. Copies the configuration; borrows what it points to. */
struct watch *watch_new(const struct watch_config *config, uint64_t now_ms);
void watch_free(struct watch *watch);

/* Looks once. To be called about every WATCH_PERIOD_MS. */
void watch_look(struct watch *watch, uint64_t now_ms);

#endif
