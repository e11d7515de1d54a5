/*
 * netsim/engine/event_queue.h - what will happen, in order
 *
 * Rule. Events are handled by virtual time, and at one instant in the order in which they were
 * added. Nothing else decides, so a run can be repeated. A heap over a pool: adding and
 * taking cost O(log n) and no allocation once the pool has its size.
 *
 *     event_queue_add(queue, &(struct queue_event){.time_us = 500, .run = arrive, .context = x});
 *     while (event_queue_run(queue)) { }
 *
 * The queue mixes time, kind, place and number of every event handled into a digest: two histories
 * with equal digests are, for all practical purposes, the same.
 */
#ifndef TALLY_NETSIM_ENGINE_EVENT_QUEUE_H
#define TALLY_NETSIM_ENGINE_EVENT_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

/* What kind of event it is; for the digest. */
enum queue_event_kind {
    QUEUE_CALLBACK = 1, /* of whoever asked by simulation_at() */
    QUEUE_UPLINK,       /* a message is through its uplink */
    QUEUE_DELIVERY,     /* a message arrives */
    QUEUE_MACHINE,      /* a core is free again, or a thread has done its work */
    QUEUE_WAKE,         /* a validator's timer, or the end of its pause */
    QUEUE_DEPARTURE,    /* what a turn sends leaves */
};

struct queue_event;
typedef void event_function(void *context, const struct queue_event *event);

struct queue_event {
    uint64_t time_us;
    enum queue_event_kind kind;
    uint32_t place;  /* the host it concerns */
    uint64_t number; /* means what the one who adds it wants */
    uint64_t other;
    void *pointer;  /* not part of the digest */
    uint64_t print; /* stands for what `pointer` points to in the digest */
    event_function *run;
    void *context;
    void (*callback)(void *context, uint64_t number); /* for `run` to call, if it likes */
};

struct event_queue;

/* An empty queue at time 0. */
struct event_queue *event_queue_new(void);
/* Frees it; `drop` is called for every event that was never handled. */
void event_queue_free(struct event_queue *queue, void (*drop)(const struct queue_event *event));

/* Copies the event. pre: not before the present. */
void event_queue_add(struct event_queue *queue, const struct queue_event *event);

/* Whether there is one, and when. */
bool event_queue_next_us(const struct event_queue *queue, uint64_t *time_us);

/* Handles the next event; false when there is none. */
bool event_queue_run(struct event_queue *queue);

/* The present: the time of the event under way or handled last. */
uint64_t event_queue_now_us(const struct event_queue *queue);
/* Makes it later without an event. pre: no event is due before. */
void event_queue_advance(struct event_queue *queue, uint64_t time_us);

/* What was handled so far: how many events, and their digest. */
uint64_t event_queue_count(const struct event_queue *queue);
uint64_t event_queue_digest(const struct event_queue *queue);

#endif
