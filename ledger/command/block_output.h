/*
 * ledger/command/block_output.h - the leaves of the block at hand: receipts and events as they
 * come about
 *
 * Rule. A list has room for a fixed number of leaves and bytes, laid out once. Each leaf is kept
 * with its salt and hash, so that roots and paths need no second pass over the bytes. Salts and
 * hashes are made for many leaves at once (crypto/hash_many.h), as soon as enough have come
 * together; leaf_list_finish() makes those of the rest. A new block starts with empty lists.
 *
 * The salt of a leaf is hash(HASH_SALT, key: a secret nonce; its number in little-endian bytes). In
 * the list's memory it stands right before the leaf's bytes, since both are hashed in one piece.
 */
#ifndef TALLY_LEDGER_COMMAND_BLOCK_OUTPUT_H
#define TALLY_LEDGER_COMMAND_BLOCK_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "crypto/hash_many.h"
#include "ledger/ledger.h"
#include "ledger/state/record.h"

/* What the salt of a leaf is drawn from. */
struct leaf_salt_source {
    struct nonce_secret secret;
    uint8_t number[8];
    uint8_t number_size; /* 4 of a receipt, 8 of an event */
};

struct leaf_list {
    struct ledger_leaf *leaves;
    struct hash *hashes;
    uint8_t *bytes; /* of all leaves, one after the other, each behind its salt */
    struct leaf_salt_source sources[HASH_MANY]; /* of the leaves not hashed yet */
    enum leaf_kind kind;
    uint32_t capacity;
    uint32_t count;
    uint32_t hashed_count;
    size_t bytes_capacity;
    size_t bytes_used;
};

/* Lays out an empty list of `capacity` leaves of at most `leaf_bytes_max` each. */
void leaf_list_layout(struct leaf_list *list, enum leaf_kind kind, uint32_t capacity,
                      size_t leaf_bytes_max, struct arena *arena);
void leaf_list_clear(struct leaf_list *list);
/* Appends a leaf. Copies. pre: there is room. */
void leaf_list_add(struct leaf_list *list, const struct leaf_salt_source *source, const void *bytes,
                   size_t size);
/* Makes the salts and hashes that are missing. */
void leaf_list_finish(struct leaf_list *list);

#endif
