/* inbox.c: see inbox.h. One mutex and one condition; a ring of items per rank. */
#include "host/inbox.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"

struct inbox_ring {
    struct inbox_item *items;
    uint32_t capacity;
    uint32_t first;
    uint32_t count;
    size_t bytes;
    size_t bytes_max;
};

struct inbox {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct inbox_ring rings[INBOX_RANKS];
    bool closed;
};

static bool ring_has_room(const struct inbox_ring *ring, size_t size)
{
    if (ring->count == ring->capacity) {
        return false;
    }
    return ring->count == 0 ||
           (ring->bytes <= ring->bytes_max && size <= ring->bytes_max - ring->bytes);
}

static void ring_push(struct inbox_ring *ring, const struct inbox_item *item)
{
    TALLY_ASSERT(ring->count < ring->capacity);
    /* 64 bits, since first + count may exceed 32 */
    uint64_t place = ((uint64_t)ring->first + ring->count) % ring->capacity;
    ring->items[place] = *item;
    ring->count += 1;
    ring->bytes += item->size;
}

static void ring_pop(struct inbox_ring *ring, struct inbox_item *item)
{
    TALLY_ASSERT(ring->items != NULL);
    TALLY_ASSERT(ring->count > 0 && ring->count <= ring->capacity);
    *item = ring->items[ring->first];
    TALLY_ASSERT(ring->bytes >= item->size);
    ring->bytes -= item->size;
    ring->first = ring->first + 1 == ring->capacity ? 0 : ring->first + 1;
    ring->count -= 1;
}

static void inbox_lock(struct inbox *inbox)
{
    int result = pthread_mutex_lock(&inbox->mutex);
    TALLY_ASSERT(result == 0);
}

static void inbox_unlock(struct inbox *inbox)
{
    int result = pthread_mutex_unlock(&inbox->mutex);
    TALLY_ASSERT(result == 0);
}

static void inbox_locks_init(struct inbox *inbox)
{
    clock_condition_init(&inbox->changed);
    TALLY_ASSERT(pthread_mutex_init(&inbox->mutex, NULL) == 0);
}

struct inbox *inbox_new(const struct inbox_bounds bounds[INBOX_RANKS])
{
    struct inbox *inbox = calloc(1, sizeof(*inbox));
    if (inbox == NULL) {
        return NULL;
    }
    inbox_locks_init(inbox);
    for (uint32_t rank = 0; rank < INBOX_RANKS; rank++) {
        struct inbox_ring *ring = &inbox->rings[rank];
        ring->capacity = bounds[rank].item_count_max;
        ring->bytes_max = bounds[rank].bytes_max;
        if (ring->capacity == 0) {
            continue;
        }
        ring->items = calloc(ring->capacity, sizeof(*ring->items));
        if (ring->items == NULL) {
            inbox_free(inbox);
            return NULL;
        }
    }
    return inbox;
}

void inbox_free(struct inbox *inbox)
{
    if (inbox == NULL) {
        return;
    }
    for (uint32_t rank = 0; rank < INBOX_RANKS; rank++) {
        struct inbox_ring *ring = &inbox->rings[rank];
        while (ring->count > 0) {
            struct inbox_item item;
            ring_pop(ring, &item);
            inbox_item_free(&item);
        }
        free(ring->items);
    }
    (void)pthread_cond_destroy(&inbox->changed);
    (void)pthread_mutex_destroy(&inbox->mutex);
    free(inbox);
}

void inbox_item_free(struct inbox_item *item)
{
    free(item->data);
    item->data = NULL;
    item->size = 0;
}

enum inbox_result inbox_give_all(struct inbox *inbox, uint32_t rank, const struct inbox_item *items,
                                 size_t count, size_t *given)
{
    TALLY_ASSERT(rank < INBOX_RANKS);
    struct inbox_ring *ring = &inbox->rings[rank];
    TALLY_ASSERT(ring->capacity > 0);
    size_t pushed = 0;
    inbox_lock(inbox);
    while (!inbox->closed && pushed < count && ring_has_room(ring, items[pushed].size)) {
        ring_push(ring, &items[pushed]);
        pushed++;
    }
    enum inbox_result refused = inbox->closed ? INBOX_CLOSED : INBOX_FULL;
    if (pushed > 0) {
        (void)pthread_cond_signal(&inbox->changed);
    }
    inbox_unlock(inbox);
    *given = pushed;
    return pushed == count ? INBOX_OK : refused;
}

enum inbox_result inbox_give(struct inbox *inbox, uint32_t rank, const struct inbox_item *item)
{
    size_t given;
    return inbox_give_all(inbox, rank, item, 1, &given);
}

enum inbox_result inbox_put(struct inbox *inbox, uint32_t rank, const struct inbox_item *item,
                            const void *data, size_t size)
{
    TALLY_ASSERT(size == 0 || data != NULL);
    struct inbox_item copy = *item;
    copy.data = NULL;
    copy.size = size;
    if (size > 0) {
        copy.data = malloc(size);
        if (copy.data == NULL) {
            return INBOX_FULL;
        }
        memcpy(copy.data, data, size);
    }
    enum inbox_result result = inbox_give(inbox, rank, &copy);
    if (result != INBOX_OK) {
        free(copy.data);
    }
    return result;
}

/* Takes the first item by rank; false if there is none. The mutex is held. */
static bool inbox_pop(struct inbox *inbox, struct inbox_item *item)
{
    for (uint32_t rank = 0; rank < INBOX_RANKS; rank++) {
        if (inbox->rings[rank].count > 0) {
            ring_pop(&inbox->rings[rank], item);
            return true;
        }
    }
    return false;
}

enum inbox_result inbox_take(struct inbox *inbox, uint64_t timeout_ms, struct inbox_item *item)
{
    struct timespec deadline = clock_deadline(timeout_ms);
    inbox_lock(inbox);
    bool taken = inbox_pop(inbox, item);
    int waited = 0;
    while (!taken && !inbox->closed && timeout_ms > 0 && waited != ETIMEDOUT) {
        waited = pthread_cond_timedwait(&inbox->changed, &inbox->mutex, &deadline);
        TALLY_ASSERT(waited == 0 || waited == ETIMEDOUT);
        taken = inbox_pop(inbox, item);
    }
    enum inbox_result nothing = inbox->closed ? INBOX_CLOSED : INBOX_EMPTY;
    inbox_unlock(inbox);
    return taken ? INBOX_OK : nothing;
}

size_t inbox_count(struct inbox *inbox)
{
    size_t count = 0;
    inbox_lock(inbox);
    for (uint32_t rank = 0; rank < INBOX_RANKS; rank++) {
        count += inbox->rings[rank].count;
    }
    inbox_unlock(inbox);
    return count;
}

void inbox_close(struct inbox *inbox)
{
    inbox_lock(inbox);
    inbox->closed = true;
    (void)pthread_cond_broadcast(&inbox->changed);
    inbox_unlock(inbox);
}
