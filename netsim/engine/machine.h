/*
 * netsim/engine/machine.h - the cores of a machine, and the threads that share them
 *
 * Problem. Validators on one machine take processor time from each other, and a validator's own
 * threads do. Threads that wait for a disk do not.
 *
 * Rule. A thread that is ready waits, first come first served, for a free core. When it gets one
 * its real code runs at that instant, and says what it has cost: so much processor time, for which
 * the thread holds the core, and so long a wait, during which the thread is not ready but the core
 * is free. Then the thread is done and is told so.
 *
 *     one core; A ready at 0: 30 us and a sync of 100 us; B ready at 10: 20 us
 *     A runs at 0, core until 30, done at 130; B runs at 30, core until 50, done at 50
 *
 * Costs are in nanoseconds, events in microseconds: a thread carries the rest over to its next run.
 * A machine without cores has as many as there are threads.
 */
#ifndef TALLY_NETSIM_ENGINE_MACHINE_H
#define TALLY_NETSIM_ENGINE_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "netsim/engine/event_queue.h"

/* What a run has cost. */
struct machine_cost {
    uint64_t processor_ns;
    uint64_t wait_ns;
};

struct machine;

enum machine_thread_state {
    THREAD_IDLE = 0,
    THREAD_READY, /* waits for a core */
    THREAD_BUSY,  /* has run; the time that it takes is not over */
};

struct machine_thread {
    struct machine *machine; /* set by machine_thread_init(), like the next four */
    uint32_t place;          /* the host it belongs to */
    void (*run)(void *context, struct machine_cost *cost);
    void (*done)(void *context); /* may make it ready again */
    void *context;
    enum machine_thread_state state;
    struct machine_thread *next; /* among those that wait */
    uint64_t rest_ns;            /* below a microsecond, carried over */
    uint64_t generation;         /* grows when the thread is stopped */
};

/* Borrows the queue. core_count 0: cores are never short. */
struct machine *machine_new(struct event_queue *queue, uint32_t core_count);
/* pre: no thread of it is used again. */
void machine_free(struct machine *machine);

/* An idle thread. `run` and `done` are called with the context, which is borrowed. */
void machine_thread_init(struct machine_thread *thread, struct machine *machine, uint32_t place,
                         void (*run)(void *context, struct machine_cost *cost),
                         void (*done)(void *context), void *context);

/* An idle thread is ready now; nothing happens when it is ready or busy. Runs it at once if a core
 * is free; if this is called from within a run on the same machine, right after that run. */
void machine_thread_ready(struct machine_thread *thread);

/* The thread is gone, whatever it was doing; a core that it holds is free when its time is over. */
void machine_thread_stop(struct machine_thread *thread);

#endif
