/*
 * ledger/command/block_output.h - the leaves of the block at hand: receipts and events as they
 * come about
 *
 * Rule. A list has room for a fixed number of leaves and bytes, laid out once. Each leaf is kept
 * with its salt and hash, so that roots and paths need no second pass over the bytes. Salts and
 * hashes are made for many leaves at once (crypto/hash_many.h), as soon as enough have come
 * together; leaf_list_finish() makes those of the rest. A new block starts with empty lists.
 *
 * Salts are drawn from the block's secret (leaf_salt.h). In memory a salt stands right before its
 * leaf's bytes, since both are hashed in one piece.
 */
#ifndef TALLY_LEDGER_COMMAND_BLOCK_OUTPUT_H
#define TALLY_LEDGER_COMMAND_BLOCK_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "crypto/hash_many.h"
#include "ledger/ledger.h"
#include "ledger/state/leaf_salt.h"

struct leaf_list {
    struct ledger_leaf *leaves;
    struct hash *hashes;
    uint8_t *bytes; /* of all leaves, one after the other, each behind its salt */
    struct leaf_salts salts;
    uint32_t capacity;
    uint32_t count;
    uint32_t hashed_count;
    size_t leaf_bytes_max;
    size_t bytes_capacity;
    size_t bytes_used;
};

/* Lays out an empty list of `capacity` leaves of at most `leaf_bytes_max` each. */
void leaf_list_layout(struct leaf_list *list, enum leaf_kind kind, uint32_t capacity,
                      size_t leaf_bytes_max, struct arena *arena);
/* Empties it for the block of a height with this secret. */
void leaf_list_begin(struct leaf_list *list, uint64_t height, const struct hash *secret);
/*
 * Where the next leaf is to be written: room for the longest one. leaf_list_commit() then appends
 * what was written there; without it, nothing has happened. pre: there is room.
 */
uint8_t *leaf_list_place(struct leaf_list *list);
/* pre: leaf_list_place() was called last; `size` is at most that of the longest leaf. */
void leaf_list_commit(struct leaf_list *list, size_t size);
/* Makes the salts and hashes that are missing. */
void leaf_list_finish(struct leaf_list *list);

/*
 * Makes salt and hash of `count` leaves from number `first` on, whose bytes are there, within
 * `memory`. Writes each leaf's salt also over the SALT_SIZE bytes before its bytes, which belong to
 * it.
 * pre: `first` a multiple of LEAF_SALTS_TOGETHER, `count` 1 to HASH_MANY.
 */
void leaves_hash(const struct leaf_salts *salts, uint32_t first, uint32_t count, uint8_t *memory,
                 struct ledger_leaf *leaves);

#endif
