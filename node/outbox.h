/*
 * node/outbox.h - what must not leave before something is durable
 *
 * A list of messages, batches by digest and answers, in the order in which they came, with their
 * bytes copied. It grows as needed; what cannot be kept for lack of memory is dropped, which every
 * receiver can bear: consensus repeats, and a client asks again.
 */
#ifndef TALLY_NODE_OUTBOX_H
#define TALLY_NODE_OUTBOX_H

#include <stddef.h>
#include <stdint.h>

#include "consensus/step.h"
#include "node/replica/admission.h"

enum outbox_kind {
    OUTBOX_MESSAGE,
    OUTBOX_BATCH,
    OUTBOX_ANSWER
};

struct outbox_item {
    enum outbox_kind kind;
    uint16_t to;
    enum consensus_class class;
    size_t offset; /* MESSAGE: of its bytes in the outbox */
    size_t size;
    struct hash digest;               /* BATCH */
    struct admission_release release; /* ANSWER */
};

struct outbox {
    struct outbox_item *items;
    size_t item_count;
    size_t item_capacity;
    uint8_t *bytes;
    size_t bytes_used;
    size_t bytes_capacity;
};

/* Starts empty; zeroed memory is an empty outbox too. */
void outbox_init(struct outbox *outbox);
void outbox_free(struct outbox *outbox);

/* Append what has to leave at the end of the turn, in order. Copy what they are given. */
void outbox_add_message(struct outbox *outbox, uint16_t to, enum consensus_class class,
                        const uint8_t *bytes, size_t size);
void outbox_add_batch(struct outbox *outbox, uint16_t to, const struct hash *digest);
void outbox_add_answer(struct outbox *outbox, const struct admission_release *release);

/* The bytes of a message; borrowed until the outbox changes. */
const uint8_t *outbox_bytes(const struct outbox *outbox, const struct outbox_item *item);

/* Forgets everything, keeps the memory. */
void outbox_clear(struct outbox *outbox);

#endif
