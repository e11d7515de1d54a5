/*
 * block_pool.h: blocks that are proposed, notarized or final, but not committed yet. Internal.
 *
 * Rule. Entries are of fixed number; their bytes (the encoding of block.h) stand in one heap, in
 * order of arrival. Removal only marks; the heap is pushed together at the start of a step, never
 * during one, so bytes given out as effects stay where they are until the next step.
 */
#ifndef TALLY_CONSENSUS_BLOCK_POOL_H
#define TALLY_CONSENSUS_BLOCK_POOL_H

#include "base/arena.h"
#include "consensus/block.h"

#define BLOCK_POOL_NONE UINT32_MAX

struct pool_block {
    struct hash hash;
    struct header header;
    size_t offset; /* in the heap */
    uint32_t size;
    uint32_t justification_size; /* 0: not here yet */
    uint32_t body_size;
    uint32_t certificate_size; /* FINALIZATION, encoded behind the block; 0: none */
    bool journalled;
    bool result_noted; /* its notarization's result was noted */
};

struct block_pool {
    struct pool_block *blocks; /* the first count are in use, in order of their offsets */
    uint32_t count;
    uint32_t capacity;
    uint32_t addition_count; /* grows with every block added or completed */
    uint8_t *heap;
    size_t heap_used;
    size_t heap_capacity;
    size_t heap_garbage;
    size_t block_bytes_max;
    uint16_t validator_count;
};

/* Starts empty. Keeps memory from the arena for capacity blocks of heap_capacity bytes in all. */
void block_pool_init(struct block_pool *pool, uint32_t capacity, size_t heap_capacity,
                     size_t block_bytes_max, uint16_t validator_count, struct arena *arena);

/* Pushes the heap together if less than a quarter is free. Only between steps. */
void block_pool_tidy(struct block_pool *pool);

/* Tells whether a block of so many bytes fits now. */
bool block_pool_fits(const struct block_pool *pool, size_t size);

/* The index of the block with this hash, or BLOCK_POOL_NONE. Valid until the next removal. */
uint32_t block_pool_find(const struct block_pool *pool, const struct hash *hash);

/*
 * Copies a block and, if certificate is not NULL, the FINALIZATION behind it. The hash must not be
 * in the pool. Returns its index, or BLOCK_POOL_NONE if it does not fit.
 */
uint32_t block_pool_add(struct block_pool *pool, const struct hash *hash, const struct block *block,
                        const uint8_t *certificate, uint32_t certificate_size);

/* Adds the justification to a block that came without. False if it does not fit. */
TALLY_MUST_CHECK bool block_pool_complete(struct block_pool *pool, uint32_t index,
                                          const uint8_t *justification, uint32_t size);

/* Takes a block apart; pointers borrow the heap until the next step. */
void block_pool_open(const struct block_pool *pool, uint32_t index, struct block *out);

/* The encoded bytes of a block and of the certificate behind it. */
const uint8_t *block_pool_bytes(const struct block_pool *pool, uint32_t index);
const uint8_t *block_pool_certificate(const struct block_pool *pool, uint32_t index);

/* The encoded cut of a block: validator_count times u64. */
const uint8_t *block_pool_cut(const struct block_pool *pool, uint32_t index);

/* Removes all blocks of this view and below. Indexes change; bytes stay until the next step. */
void block_pool_remove_until(struct block_pool *pool, uint64_t view);

/* Removes one block. */
void block_pool_remove(struct block_pool *pool, uint32_t index);

#endif
