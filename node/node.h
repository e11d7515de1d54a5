/*
 * node/node.h - a validator put together: files, cores, threads, network
 *
 * Start, in this order, each step refusing with one line what is wrong:
 *     configuration, genesis, keys      what the operator gave
 *     data directory and its lock       no two processes on one directory
 *     store, batch log                  opened, damage found
 *     ledger                            genesis, then the last checkpoint
 *     recovery (recovery.h)             consensus as it was
 *     threads, network                  nothing is sent before all of the above is done
 *
 * Stop, in the reverse order: the network first, so that nobody waits for an answer that cannot
 * come; then the intake, which hands on to the core; the core, with a last flush; the executor; a
 * checkpoint is not needed, since a start re-executes.
 *
 *     thread      one each of                              waits on
 *     channels    connection (host/channel.h)              its socket
 *     intake      process (intake.h)                       envelopes of clients
 *     core        process (core_thread.h)                  its inbox
 *     workers     configured number (signature_workers.h)  batches to check
 *     executor    process (executor_thread.h)              final blocks
 *     feed        process, if it keeps lists (read_feed.h) rows to write
 *     main        process                                  signals
 */
#ifndef TALLY_NODE_NODE_H
#define TALLY_NODE_NODE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "node/config.h"

/* Why a node does not start, or has ended; these are tallyd's exit codes. */
enum node_end {
    NODE_STOPPED = 0,        /* as asked */
    NODE_USAGE = 2,          /* command line, configuration, genesis or key files */
    NODE_DATA = 3,           /* the data directory is damaged, locked or another's */
    NODE_STORAGE_FAILED = 4, /* the disk failed while the node ran */
    NODE_HALTED = 5,         /* consensus found what must not be */
    NODE_SYSTEM = 6,         /* memory, threads or sockets are short */
};

struct node_error {
    enum node_end end;
    char text[1024]; /* one line: what, where, what to do */
};

struct node;

/*
 * Starts a node. `first_start` is the operator's word that this key has never voted. NULL and
 * *error when it does not start. Copies the configuration.
 */
TALLY_MUST_CHECK struct node *node_start(const struct config *config, bool first_start,
                                         struct node_error *error);

/* Checks configuration, genesis and keys without starting. */
TALLY_MUST_CHECK bool node_check(const struct config *config, struct node_error *error);

/* Readable when the node has ended by itself (then node_stop() says why); for poll(). */
int node_end_descriptor(const struct node *node);

/* Looks after what nobody reports (watch.h); to be called about once a second. */
void node_watch(struct node *node);

/* Stops everything, frees the node, says how it ended. */
enum node_end node_stop(struct node *node);

#endif
