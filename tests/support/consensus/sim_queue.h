/*
 * What will happen, in the order in which it happens.
 *
 * The simulated cluster has one queue of events. The earliest comes out first; among events of one
 * instant a random tie-break drawn from the seed decides, so that no order is ever relied upon.
 * Messages are shared by reference: a broadcast is one copy of bytes and n-1 references.
 */
#ifndef TALLY_TESTS_SUPPORT_CONSENSUS_SIM_QUEUE_H
#define TALLY_TESTS_SUPPORT_CONSENSUS_SIM_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_message {
    uint32_t references;
    uint32_t size;
    uint8_t bytes[];
};

/* Makes a message, with one reference. */
struct sim_message *sim_message_copy(const void *bytes, size_t size); /* one reference */
struct sim_message *sim_message_share(struct sim_message *message);   /* one more */
void sim_message_release(struct sim_message *message);                /* NULL is allowed */

struct sim_event {
    uint64_t time_ms;
    uint64_t tie;
    uint8_t kind;                /* the user's */
    uint16_t node;               /* to whom */
    uint16_t peer;               /* from whom */
    uint32_t life;               /* of the node it was meant for: an older life never sees it */
    uint64_t number;             /* the user's */
    struct sim_message *message; /* or NULL; owned by the event */
};

struct sim_queue {
    struct sim_event *heap;
    uint32_t count;
    uint32_t capacity;
};

/* An empty queue; sim_queue_free gives its memory back. */
void sim_queue_init(struct sim_queue *queue);
void sim_queue_free(struct sim_queue *queue); /* releases the messages of events still inside */
void sim_queue_push(struct sim_queue *queue, const struct sim_event *event); /* takes the message */
bool sim_queue_pop(struct sim_queue *queue, struct sim_event *event);        /* gives the message */

#endif
