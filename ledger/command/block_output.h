/*
 * ledger/command/block_output.h - the leaves of the block at hand: receipts and events as they
 * come about
 *
 * Rule. A list has room for a fixed number of leaves and bytes, laid out once. Each leaf is kept
 * with its salt and hash, so that roots and paths need no second pass over the bytes. A new block
 * starts with empty lists.
 */
#ifndef TALLY_LEDGER_COMMAND_BLOCK_OUTPUT_H
#define TALLY_LEDGER_COMMAND_BLOCK_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "ledger/ledger.h"

struct leaf_list {
    struct ledger_leaf *leaves;
    struct hash *hashes;
    uint8_t *bytes; /* of all leaves, one after the other */
    uint32_t capacity;
    uint32_t count;
    size_t bytes_capacity;
    size_t bytes_used;
};

/* Lays out an empty list of `capacity` leaves of at most `leaf_bytes_max` each. */
void leaf_list_layout(struct leaf_list *list, uint32_t capacity, size_t leaf_bytes_max,
                      struct arena *arena);
void leaf_list_clear(struct leaf_list *list);
/* Appends a leaf. Copies. pre: there is room. */
void leaf_list_add(struct leaf_list *list, enum leaf_kind kind, const struct hash *salt,
                   const void *bytes, size_t size);

#endif
