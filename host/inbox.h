/*
 * inbox.h: The one way into a thread: a bounded queue with many writers and one reader.
 *
 * Sockets, timers and workers never act on a core directly. They put an item into its inbox, and
 * the core's thread takes items at its own pace. The queue is bounded in items and in bytes: when
 * it is full inbox_put says so, and a socket's reader then stops reading, which slows the sender
 * down through TCP instead of growing memory here.
 *
 * Items have a rank. Each rank is a queue with bounds of its own, and a lower rank is always taken
 * first: votes do not wait behind megabytes of batches, and a flood of one rank cannot fill
 * another.
 *
 *   rank 0 (votes)   [a][b]            inbox_take -> a, b, then X, Y
 *   rank 1 (bulk)    [X][Y]
 *
 * Within a rank the order of arrival is kept. Every function may be called from any thread, except
 * inbox_take and inbox_free, which belong to the reader.
 */
#ifndef TALLY_HOST_INBOX_H
#define TALLY_HOST_INBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"

#define INBOX_RANKS 4u

struct inbox;

/* Bounds per rank. A rank with item_count_max 0 does not exist: putting into it is a bug. */
struct inbox_bounds {
    uint32_t item_count_max;
    size_t bytes_max; /* sum of the sizes of the queued items */
};

/*
 * `kind`, `source` and `number` mean what writer and reader agree on. `data` belongs to the item;
 * after inbox_take the reader owns it and frees it with inbox_item_free.
 */
struct inbox_item {
    uint32_t kind;
    uint64_t source;
    uint64_t number;
    uint8_t *data; /* NULL when size is 0 */
    size_t size;
};

enum inbox_result {
    INBOX_OK,
    INBOX_FULL,   /* nothing was queued; try again later */
    INBOX_CLOSED, /* the reader is gone for good */
    INBOX_EMPTY,  /* inbox_take: nothing came within the time */
};

/* Copies the bounds. Returns NULL when there is no memory. */
struct inbox *inbox_new(const struct inbox_bounds bounds[INBOX_RANKS]);

/* Frees the inbox and everything in it. No other thread may use it any more. Accepts NULL. */
void inbox_free(struct inbox *inbox);

/*
 * Queues a copy of `data` with the item's kind, source and number; the item's own data and size are
 * ignored. An item larger than the rank's bytes_max is taken only into an empty rank, so that it
 * cannot be refused for ever.
 */
TALLY_MUST_CHECK enum inbox_result inbox_put(struct inbox *inbox, uint32_t rank,
                                             const struct inbox_item *item, const void *data,
                                             size_t size);

/* As inbox_put, but takes item->data (from malloc) instead of copying it. On any result but
 * INBOX_OK the data still belongs to the caller. */
TALLY_MUST_CHECK enum inbox_result inbox_give(struct inbox *inbox, uint32_t rank,
                                              const struct inbox_item *item);

/* As inbox_give for several in their order, so that the reader finds them together. INBOX_OK when
 * all were taken; else why the one after the first `*given` was not, and with it the rest. */
TALLY_MUST_CHECK enum inbox_result inbox_give_all(struct inbox *inbox, uint32_t rank,
                                                  const struct inbox_item *items, size_t count,
                                                  size_t *given);

/*
 * Takes the oldest item of the lowest rank that has one, waiting at most `timeout_ms` (0: not at
 * all). INBOX_EMPTY after the time; INBOX_CLOSED when closed and empty.
 */
TALLY_MUST_CHECK enum inbox_result inbox_take(struct inbox *inbox, uint64_t timeout_ms,
                                              struct inbox_item *item);

/* How many items wait. */
size_t inbox_count(struct inbox *inbox);

/* Frees an item's data. */
void inbox_item_free(struct inbox_item *item);

/* From now on puts are refused with INBOX_CLOSED; what is queued can still be taken. */
void inbox_close(struct inbox *inbox);

#endif
