/*
 * node/leaf_pack.h - leaves of a block in few bytes: each as what differs from one before it
 *
 * Problem. The receipts of a block differ in a few bytes, and so do its events of one kind:
 * parties, securities, heights and times repeat thousands of times.
 *
 * Rule. A leaf is compared, position by position, with its model: the last one before it that
 * begins with the same byte (with it events of one kind find each other), or else the last one of
 * all. What is equal for a while is counted, what is not stands there:
 *
 *     leaf   size u16 | first byte | runs until the size is reached, each:
 *            equal u8 | other u8 | that many other bytes
 *
 *     model  S E L L 0 0 0 1 E U R O      leaf  S E L L 0 0 2 7 E U R O
 *     packed 12 | 'S' | 5 2 '2' '7' | 4 0
 *
 * The records of a checkpoint are packed in the same way (checkpoint.h).
 *
 * The model of the first leaf has no bytes. Others end where four equal ones follow. Packing writes
 * one form; unpacking takes whatever is whole.
 */
#ifndef TALLY_NODE_LEAF_PACK_H
#define TALLY_NODE_LEAF_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/bytes.h"

enum {
    LEAF_PACK_RATIO_MAX = 256, /* a packed byte stands for at most so many */
};

/* The last leaf of all, and that began with each byte; borrowed. Zeroed at the begin of a list. */
struct leaf_model {
    const uint8_t *bytes;
    size_t size;
};
struct leaf_models {
    struct leaf_model last;
    struct leaf_model by_first[256];
};

/* The most that a leaf takes when it is packed. */
size_t leaf_pack_bound(size_t size);

/* Packs a leaf and keeps it as a model; returns the bytes written. pre: room for the bound, and a
 * size of 1 to UINT16_MAX. */
size_t leaf_pack(struct leaf_models *models, const uint8_t *leaf, size_t size, uint8_t *out);

/* Unpacks the leaf that comes next and keeps it as a model. False when it is not whole or needs
 * more than `capacity`. Total: any bytes may be given. */
TALLY_MUST_CHECK bool leaf_unpack(struct leaf_models *models, struct bytes_reader *reader,
                                  uint8_t *out, size_t capacity, uint16_t *size);

#endif
