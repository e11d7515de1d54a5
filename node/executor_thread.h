/*
 * node/executor_thread.h - the thread that executes, and the one way to the ledger for all others
 *
 * Problem. Execution must not hold up voting, and readers must see the ledger only between blocks.
 *
 * Rule. The thread waits for final blocks (progress.h), executes them one by one (execution.h), and
 * tells the core and the service. A lock stands before the ledger: the thread holds it while it
 * applies a block or takes a checkpoint, a reader while it copies what it wants to know.
 */
#ifndef TALLY_NODE_EXECUTOR_THREAD_H
#define TALLY_NODE_EXECUTOR_THREAD_H

#include "base/assert.h"
#include "node/alarm.h"
#include "node/execution.h"
#include "node/progress.h"
#include "node/read_feed.h"

struct executor_thread;

struct executor_thread_config {
    struct execution *execution; /* borrowed, like all here */
    struct executor *executor;
    struct progress *progress;
    struct alarm_board *alarms;
    struct read_feed *feed; /* NULL: no lists */
    void *context;
    /* A block was executed and its results are stored. On this thread. */
    void (*executed)(void *context, const struct execution_done *done);
    /* Execution cannot go on: the node has to stop. On this thread, once. */
    void (*failed)(void *context, enum execution_status status);
};

/* NULL when memory is short. Copies the configuration. The thread runs from start on. */
struct executor_thread *executor_thread_new(const struct executor_thread_config *config);
TALLY_MUST_CHECK bool executor_thread_start(struct executor_thread *thread);
/* pre: progress_stop() was called. Waits for the thread. */
void executor_thread_stop(struct executor_thread *thread);
void executor_thread_free(struct executor_thread *thread);

/* The ledger between two blocks. Hold it briefly; pair the two calls. */
struct ledger *executor_thread_lock(struct executor_thread *thread);
void executor_thread_unlock(struct executor_thread *thread);

#endif
