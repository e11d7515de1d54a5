#include "netsim/engine/fifo.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

static void *at(const struct fifo *fifo, uint32_t index)
{
    uint32_t place = fifo->first + index;
    return fifo->items +
           (place < fifo->capacity ? place : place - fifo->capacity) * fifo->item_size;
}

static void grow(struct fifo *fifo)
{
    struct fifo larger = {.item_size = fifo->item_size, .count = fifo->count};
    larger.capacity = fifo->capacity * 2 + 16;
    larger.items = malloc(larger.capacity * larger.item_size);
    TALLY_ASSERT(larger.items != NULL);
    for (uint32_t i = 0; i < fifo->count; i++) {
        memcpy(larger.items + i * larger.item_size, at(fifo, i), larger.item_size);
    }
    free(fifo->items);
    *fifo = larger;
}

void fifo_push(struct fifo *fifo, const void *item)
{
    TALLY_ASSERT(fifo->item_size > 0);
    if (fifo->count == fifo->capacity) {
        grow(fifo);
    }
    memcpy(at(fifo, fifo->count), item, fifo->item_size);
    fifo->count++;
}

void *fifo_first(const struct fifo *fifo)
{
    TALLY_ASSERT(fifo->count > 0);
    return at(fifo, 0);
}

void fifo_pop(struct fifo *fifo, void *item)
{
    memcpy(item, fifo_first(fifo), fifo->item_size);
    fifo->first = fifo->first + 1 == fifo->capacity ? 0 : fifo->first + 1;
    fifo->count--;
}

void fifo_free(struct fifo *fifo)
{
    free(fifo->items);
    *fifo = (struct fifo){.item_size = fifo->item_size};
}
