#include "tests/support/consensus/sim_queue.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

struct sim_message *sim_message_copy(const void *bytes, size_t size)
{
    struct sim_message *message = malloc(sizeof *message + size);
    TALLY_ASSERT(message != NULL);
    message->references = 1;
    message->size = (uint32_t)size;
    memcpy(message->bytes, bytes, size);
    return message;
}

struct sim_message *sim_message_share(struct sim_message *message)
{
    TALLY_ASSERT(message->references > 0);
    message->references++;
    return message;
}

void sim_message_release(struct sim_message *message)
{
    if (message != NULL && --message->references == 0) {
        free(message);
    }
}

static bool event_before(const struct sim_event *left, const struct sim_event *right)
{
    if (left->time_ms != right->time_ms) {
        return left->time_ms < right->time_ms;
    }
    return left->tie < right->tie;
}

void sim_queue_init(struct sim_queue *queue)
{
    queue->count = 0;
    queue->capacity = 1024;
    queue->heap = malloc(queue->capacity * sizeof *queue->heap);
    TALLY_ASSERT(queue->heap != NULL);
}

void sim_queue_free(struct sim_queue *queue)
{
    for (uint32_t i = 0; i < queue->count; i++) {
        sim_message_release(queue->heap[i].message);
    }
    free(queue->heap);
    queue->heap = NULL;
    queue->count = 0;
}

void sim_queue_push(struct sim_queue *queue, const struct sim_event *event)
{
    if (queue->count == queue->capacity) {
        queue->capacity *= 2;
        queue->heap = realloc(queue->heap, queue->capacity * sizeof *queue->heap);
        TALLY_ASSERT(queue->heap != NULL);
    }
    uint32_t place = queue->count++;
    while (place > 0 && event_before(event, &queue->heap[(place - 1) / 2])) {
        queue->heap[place] = queue->heap[(place - 1) / 2];
        place = (place - 1) / 2;
    }
    queue->heap[place] = *event;
}

bool sim_queue_pop(struct sim_queue *queue, struct sim_event *event)
{
    if (queue->count == 0) {
        return false;
    }
    *event = queue->heap[0];
    struct sim_event last = queue->heap[--queue->count];
    uint32_t place = 0;
    for (;;) {
        uint32_t child = 2 * place + 1;
        if (child >= queue->count) {
            break;
        }
        if (child + 1 < queue->count &&
            event_before(&queue->heap[child + 1], &queue->heap[child])) {
            child++;
        }
        if (!event_before(&queue->heap[child], &last)) {
            break;
        }
        queue->heap[place] = queue->heap[child];
        place = child;
    }
    if (queue->count > 0) {
        queue->heap[place] = last;
    }
    return true;
}
