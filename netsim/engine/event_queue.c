#include "netsim/engine/event_queue.h"

#include <stdlib.h>

#include "base/assert.h"
#include "netsim/engine/packet.h"

/* What the heap moves about; the event itself stays where it is in the pool. */
struct entry {
    uint64_t time_us;
    uint64_t sequence;
    uint32_t index;
};

struct event_queue {
    struct entry *heap;
    struct queue_event *pool;
    uint32_t *spare; /* indexes of the pool that are free */
    uint32_t count;
    uint32_t spare_count;
    uint32_t capacity;
    uint64_t sequence;
    uint64_t now_us;
    uint64_t handled;
    uint64_t digest;
};

enum {
    CAPACITY_FIRST = 1024,
    CHILDREN = 4 /* of a place in the heap: fewer levels than with two, and children lie together */
};

static void *grown(void *array, size_t count, size_t item_size)
{
    void *larger = realloc(array, count * item_size);
    TALLY_ASSERT(larger != NULL);
    return larger;
}

static void grow(struct event_queue *queue)
{
    uint32_t capacity = queue->capacity == 0 ? CAPACITY_FIRST : queue->capacity * 2;
    queue->heap = grown(queue->heap, capacity, sizeof *queue->heap);
    queue->pool = grown(queue->pool, capacity, sizeof *queue->pool);
    queue->spare = grown(queue->spare, capacity, sizeof *queue->spare);
    for (uint32_t i = capacity; i > queue->capacity; i--) {
        queue->spare[queue->spare_count++] = i - 1;
    }
    queue->capacity = capacity;
}

struct event_queue *event_queue_new(void)
{
    struct event_queue *queue = calloc(1, sizeof *queue);
    TALLY_ASSERT(queue != NULL);
    grow(queue);
    return queue;
}

void event_queue_free(struct event_queue *queue, void (*drop)(const struct queue_event *event))
{
    for (uint32_t i = 0; i < queue->count; i++) {
        drop(&queue->pool[queue->heap[i].index]);
    }
    free(queue->heap);
    free(queue->pool);
    free(queue->spare);
    free(queue);
}

static bool is_before(const struct entry *a, const struct entry *b)
{
    return a->time_us != b->time_us ? a->time_us < b->time_us : a->sequence < b->sequence;
}

void event_queue_add(struct event_queue *queue, const struct queue_event *event)
{
    TALLY_ASSERT(event->run != NULL && event->time_us >= queue->now_us);
    if (queue->spare_count == 0) {
        grow(queue);
    }
    uint32_t index = queue->spare[--queue->spare_count];
    queue->pool[index] = *event;
    const struct entry entry = {event->time_us, queue->sequence++, index};
    uint32_t place = queue->count++;
    while (place > 0 && is_before(&entry, &queue->heap[(place - 1) / CHILDREN])) {
        queue->heap[place] = queue->heap[(place - 1) / CHILDREN];
        place = (place - 1) / CHILDREN;
    }
    queue->heap[place] = entry;
}

bool event_queue_next_us(const struct event_queue *queue, uint64_t *time_us)
{
    if (queue->count > 0) {
        *time_us = queue->heap[0].time_us;
    }
    return queue->count > 0;
}

/* The first of the children of a place; the place itself when it has none. */
static uint32_t first_child(const struct event_queue *queue, uint32_t place)
{
    uint32_t begin = place * CHILDREN + 1;
    uint32_t end = begin + CHILDREN < queue->count ? begin + CHILDREN : queue->count;
    uint32_t first = begin < end ? begin : place;
    for (uint32_t child = begin + 1; child < end; child++) {
        if (is_before(&queue->heap[child], &queue->heap[first])) {
            first = child;
        }
    }
    return first;
}

/* Takes the first entry out of the heap. */
static uint32_t take(struct event_queue *queue)
{
    uint32_t index = queue->heap[0].index;
    const struct entry last = queue->heap[--queue->count];
    uint32_t place = 0;
    for (;;) {
        uint32_t child = first_child(queue, place);
        if (child == place || !is_before(&queue->heap[child], &last)) {
            break;
        }
        queue->heap[place] = queue->heap[child];
        place = child;
    }
    queue->heap[place] = last;
    return index;
}

bool event_queue_run(struct event_queue *queue)
{
    if (queue->count == 0) {
        return false;
    }
    uint32_t index = take(queue);
    const struct queue_event event = queue->pool[index];
    queue->spare[queue->spare_count++] = index;
    queue->now_us = event.time_us;
    queue->handled++;
    uint64_t what = (uint64_t)event.kind << 56 ^ (uint64_t)event.place << 40 ^ event.time_us;
    queue->digest = digest_u64(digest_u64(queue->digest, what), event.number ^ event.print);
    event.run(event.context, &event);
    return true;
}

uint64_t event_queue_now_us(const struct event_queue *queue)
{
    return queue->now_us;
}

void event_queue_advance(struct event_queue *queue, uint64_t time_us)
{
    TALLY_ASSERT(time_us >= queue->now_us);
    TALLY_ASSERT(queue->count == 0 || queue->heap[0].time_us >= time_us);
    queue->now_us = time_us;
}

uint64_t event_queue_count(const struct event_queue *queue)
{
    return queue->handled;
}

uint64_t event_queue_digest(const struct event_queue *queue)
{
    return queue->digest;
}
