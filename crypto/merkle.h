/*
 * merkle.h: one hash over an array of records, and short proofs of single records and of ranges.
 *
 * Problem. The ledger's records stand in dense arrays of up to millions. After each block the
 * array needs a new root although few records changed; a client wants proof of one record; a
 * joining node wants chunks that it can check one by one.
 *
 * Rule. A leaf is a hash given by the caller, made under a domain of its own (HASH_RECEIPT,
 * HASH_EVENT, HASH_RECORD), or zero where there is nothing. With count leaves:
 *     level 0, node i       = leaf i
 *     level k+1, node i     = H(node domain, level k nodes 4i to 4i+3, as many as there are)
 *                             or, where only 4i exists, level k node 4i itself (promoted)
 *     root                  = H(root domain, count as u64 | the single node at the top)
 * with 32 zero bytes for the top of no leaves. Four hashes are 128 bytes, one block of BLAKE2b: a
 * node of four costs as much as one of two, and there are a third as many.
 *
 *     count 6     level 0   a  b  c  d    e  f
 *                 level 1   abcd          ef
 *                 level 2   abcdef
 *     path of c = { a, b, d, ef }       path of e = { f, abcd }
 *     count 5:    e has no sibling on level 0 and is promoted; path of e = { abcd }
 *
 * A path holds the siblings level by level, on each from left to right.
 *
 * Why a leaf need not be hashed once more. The count is in the root and gives the shape: how many
 * levels there are above each index, and how many siblings on each. So what is shown as leaf i is
 * compared with level 0, node i and with nothing else, and a root of another count is another hash.
 * To show an inner node as a leaf one would need content whose hash under a leaf's domain is that
 * node, which is a hash under the node domain (or the other way round): a collision of BLAKE2b
 * across two personalisations. Nor can one node be read in two ways: its size, 64, 96 or 128
 * bytes, is the number of its children. This holds only as long as the verifier makes the leaf's
 * hash itself, from content and under the domain of that content; all callers do.
 *
 * The root is a function of the count and the leaves alone: in which order and in how many batches
 * they were set does not show. Setting m leaves of n and updating costs m log4(n/m) + m/3 hashes or
 * so. About 42 bytes of memory a leaf, in whole lines of the cache: what a node is the hash of
 * fills two.
 */
#ifndef TALLY_CRYPTO_MERKLE_H
#define TALLY_CRYPTO_MERKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/assert.h"
#include "base/slots.h"
#include "crypto/hash.h"

/* Children of a node; the largest number of leaves; levels above so many; the longest path. */
#define MERKLE_CHILDREN     4
#define MERKLE_CAPACITY_MAX (UINT32_C(1) << 30)
#define MERKLE_HEIGHT_MAX   15
#define MERKLE_PATH_MAX     (MERKLE_HEIGHT_MAX * (MERKLE_CHILDREN - 1))
#define MERKLE_LEVELS_MAX   (MERKLE_HEIGHT_MAX + 1)

struct merkle_tree {
    uint32_t capacity;
    uint32_t count;                         /* leaves */
    uint32_t level_count;                   /* levels that the capacity needs */
    struct hash *levels[MERKLE_LEVELS_MAX]; /* levels[0] are the leaves */
    struct slots dirty;                     /* fours of leaves changed since the last update */
    struct hash root;
};

/* Bytes that merkle_init takes from an arena, padding included. */
size_t merkle_footprint(uint32_t capacity);

/* Starts with no leaves. capacity is 1 to MERKLE_CAPACITY_MAX. Keeps memory from the arena, whose
 * block is aligned to ARENA_LINE. */
void merkle_init(struct merkle_tree *tree, uint32_t capacity, struct arena *arena);

/* Raises the number of leaves to count, at most capacity; the new leaves are zero hashes. */
void merkle_grow(struct merkle_tree *tree, uint32_t count);

/* Replaces the leaf at an index below count. Copies the leaf. */
void merkle_set(struct merkle_tree *tree, uint32_t index, const struct hash *leaf);

/* Asks memory for the place of a leaf below count, and does not wait for it. */
void merkle_prefetch(const struct merkle_tree *tree, uint32_t index);

/* Renews what depends on the leaves changed since the last call. */
void merkle_update(struct merkle_tree *tree);

/* The root as of the last update; nothing may have been changed since. Borrowed from the tree. */
const struct hash *merkle_root(const struct merkle_tree *tree);

/*
 * Writes the siblings on the way from a leaf up to the root, at most MERKLE_PATH_MAX, to path,
 * and their number to *path_count. index is below count; the tree is up to date.
 */
void merkle_path(const struct merkle_tree *tree, uint32_t index, struct hash *path,
                 uint32_t *path_count);

/* Tells whether leaf stands at index in the array of count leaves with this root. Any bytes may be
 * given. */
TALLY_MUST_CHECK bool merkle_verify(const struct hash *root, const struct hash *leaf,
                                    uint32_t index, uint32_t count, const struct hash *path,
                                    uint32_t path_count);

/*
 * Ranges. Range number r of height k holds the leaves from r * 4^k up to the next range or the end.
 * It is a subtree, so its leaves plus the path above it prove all of them at once.
 *
 *     count 6, height 1:  range 0 = {a, b, c, d}, range 1 = {e, f}
 */

/* Number of leaves in a range; 0 if it lies beyond the end. */
uint32_t merkle_range_count(uint32_t count, uint32_t height, uint32_t range);

/* As merkle_path, for the top of a range that is not empty. height is at most MERKLE_HEIGHT_MAX. */
void merkle_range_path(const struct merkle_tree *tree, uint32_t height, uint32_t range,
                       struct hash *path, uint32_t *path_count);

/*
 * Tells whether leaves are all the leaves of a range under this root. Overwrites leaves, which
 * serve as scratch memory. Any bytes may be given.
 */
TALLY_MUST_CHECK bool merkle_range_verify(const struct hash *root, struct hash *leaves,
                                          uint32_t leaf_count, uint32_t height, uint32_t range,
                                          uint32_t count, const struct hash *path,
                                          uint32_t path_count);

/*
 * Lists: the same root and path for leaves that are given once. scratch holds count hashes and may
 * be the leaves' own memory, which is then overwritten. scratch may be NULL if count is 0.
 */
void merkle_list_root(const struct hash *leaves, uint32_t count, struct hash *scratch,
                      struct hash *root);
void merkle_list_path(const struct hash *leaves, uint32_t count, uint32_t index,
                      struct hash *scratch, struct hash *path, uint32_t *path_count);

#endif
