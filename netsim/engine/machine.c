#include "netsim/engine/machine.h"

#include <stdlib.h>

#include "base/assert.h"

enum {
    NS_PER_US = 1000
};

struct machine {
    struct event_queue *queue;
    uint32_t core_count; /* 0: never short */
    uint32_t free_count;
    bool dispatching;             /* run_waiting() is under way */
    struct machine_thread *first; /* that wait for a core */
    struct machine_thread **last;
};

struct machine *machine_new(struct event_queue *queue, uint32_t core_count)
{
    struct machine *machine = calloc(1, sizeof *machine);
    TALLY_ASSERT(machine != NULL);
    machine->queue = queue;
    machine->core_count = core_count;
    machine->free_count = core_count == 0 ? 1 : core_count;
    machine->last = &machine->first;
    return machine;
}

void machine_free(struct machine *machine)
{
    free(machine);
}

void machine_thread_init(struct machine_thread *thread, struct machine *machine, uint32_t place,
                         void (*run)(void *context, struct machine_cost *cost),
                         void (*done)(void *context), void *context)
{
    *thread = (struct machine_thread){
        .machine = machine,
        .place = place,
        .run = run,
        .done = done,
        .context = context,
    };
}

static void run_waiting(struct machine *machine);

static void core_freed(void *context, const struct queue_event *event)
{
    struct machine *machine = context;
    (void)event;
    machine->free_count++;
    run_waiting(machine);
}

static void thread_done(void *context, const struct queue_event *event)
{
    struct machine_thread *thread = context;
    if (thread->generation == event->number) {
        thread->state = THREAD_IDLE;
        thread->done(thread->context);
    }
}

static void add_event(struct machine *machine, uint64_t delay_us, uint32_t place, uint64_t number,
                      event_function *run, void *context)
{
    event_queue_add(machine->queue, &(struct queue_event){
                                        .time_us = event_queue_now_us(machine->queue) + delay_us,
                                        .kind = QUEUE_MACHINE,
                                        .place = place,
                                        .number = number,
                                        .run = run,
                                        .context = context,
                                    });
}

/* Runs a thread's code on a core that was free. */
static void run_now(struct machine_thread *thread)
{
    struct machine *machine = thread->machine;
    struct machine_cost cost = {0, 0};
    uint64_t generation = thread->generation;
    thread->state = THREAD_BUSY;
    thread->run(thread->context, &cost);
    uint64_t busy_ns = cost.processor_ns + thread->rest_ns;
    uint64_t whole_ns = busy_ns + cost.wait_ns;
    if (machine->core_count > 0 && busy_ns >= NS_PER_US) {
        machine->free_count--;
        add_event(machine, busy_ns / NS_PER_US, thread->place, 0, core_freed, machine);
    }
    if (thread->generation != generation) {
        return; /* it was stopped by what it did itself */
    }
    thread->rest_ns = whole_ns % NS_PER_US;
    if (whole_ns < NS_PER_US) {
        thread->state = THREAD_IDLE;
        thread->done(thread->context);
    } else {
        add_event(machine, whole_ns / NS_PER_US, thread->place, generation, thread_done, thread);
    }
}

/* What runs here may make other threads ready: they are run by this loop, not from within. */
static void run_waiting(struct machine *machine)
{
    if (machine->dispatching) {
        return;
    }
    machine->dispatching = true;
    while (machine->free_count > 0 && machine->first != NULL) {
        struct machine_thread *thread = machine->first;
        machine->first = thread->next;
        if (machine->first == NULL) {
            machine->last = &machine->first;
        }
        thread->next = NULL;
        run_now(thread);
    }
    machine->dispatching = false;
}

void machine_thread_ready(struct machine_thread *thread)
{
    struct machine *machine = thread->machine;
    if (thread->state == THREAD_IDLE) {
        TALLY_ASSERT(thread->next == NULL);
        thread->state = THREAD_READY;
        *machine->last = thread;
        machine->last = &thread->next;
        run_waiting(machine);
    }
}

void machine_thread_stop(struct machine_thread *thread)
{
    struct machine *machine = thread->machine;
    if (thread->state == THREAD_READY) {
        struct machine_thread **place = &machine->first;
        while (*place != thread) {
            TALLY_ASSERT(*place != NULL);
            place = &(*place)->next;
        }
        *place = thread->next;
        if (thread->next == NULL) {
            machine->last = place;
        }
        thread->next = NULL;
    }
    thread->state = THREAD_IDLE;
    thread->generation++;
    thread->rest_ns = 0;
}
