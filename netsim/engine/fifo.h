/*
 * netsim/engine/fifo.h - items of one size, taken in the order in which they came
 *
 * A ring that grows. Zeroed but for item_size it is empty.
 */
#ifndef TALLY_NETSIM_ENGINE_FIFO_H
#define TALLY_NETSIM_ENGINE_FIFO_H

#include <stddef.h>
#include <stdint.h>

struct fifo {
    uint8_t *items;
    size_t item_size;
    uint32_t first;
    uint32_t count;
    uint32_t capacity;
};

/* Appends a copy. */
void fifo_push(struct fifo *fifo, const void *item);
/* The oldest, borrowed until the next push; pre: there is one. */
void *fifo_first(const struct fifo *fifo);
/* Takes the oldest out. pre: there is one. */
void fifo_pop(struct fifo *fifo, void *item);
void fifo_free(struct fifo *fifo);

#endif
