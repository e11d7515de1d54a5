#include "consensus/block_pool.h"

#include <string.h>

#include "base/assert.h"

void block_pool_init(struct block_pool *pool, uint32_t capacity, size_t heap_capacity,
                     size_t block_bytes_max, uint16_t validator_count, struct arena *arena)
{
    TALLY_ASSERT(heap_capacity >= block_bytes_max);
    pool->blocks = ARENA_TAKE(arena, struct pool_block, capacity);
    pool->count = 0;
    pool->capacity = capacity;
    pool->addition_count = 0;
    pool->heap = ARENA_TAKE_UNSET(arena, uint8_t, heap_capacity);
    pool->heap_used = 0;
    pool->heap_capacity = heap_capacity;
    pool->heap_garbage = 0;
    pool->block_bytes_max = block_bytes_max;
    pool->validator_count = validator_count;
}

void block_pool_tidy(struct block_pool *pool)
{
    if (pool->heap_garbage == 0 ||
        pool->heap_capacity - pool->heap_used > pool->heap_capacity / 4) {
        return;
    }
    size_t used = 0;
    for (uint32_t i = 0; i < pool->count; i++) {
        struct pool_block *block = &pool->blocks[i];
        const size_t size = (size_t)block->size + block->certificate_size;
        TALLY_ASSERT(block->offset >= used);
        memmove(pool->heap + used, pool->heap + block->offset, size);
        block->offset = used;
        used += size;
    }
    TALLY_ASSERT(used + pool->heap_garbage == pool->heap_used);
    pool->heap_used = used;
    pool->heap_garbage = 0;
}

bool block_pool_fits(const struct block_pool *pool, size_t size)
{
    return size <= pool->block_bytes_max && pool->count < pool->capacity &&
           size <= pool->heap_capacity - pool->heap_used;
}

uint32_t block_pool_find(const struct block_pool *pool, const struct hash *hash)
{
    /* The newest is the one most often asked for. */
    for (uint32_t i = pool->count; i > 0; i--) {
        if (memcmp(pool->blocks[i - 1].hash.bytes, hash->bytes, HASH_SIZE) == 0) {
            return i - 1;
        }
    }
    return BLOCK_POOL_NONE;
}

/* Writes a block at the end of the heap and returns its size. */
static uint32_t heap_append(struct block_pool *pool, const struct block *block)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, pool->heap + pool->heap_used, pool->heap_capacity - pool->heap_used);
    block_write(&writer, block);
    TALLY_ASSERT(bytes_writer_ok(&writer));
    TALLY_ASSERT(writer.size <= UINT32_MAX);
    pool->heap_used += writer.size;
    return (uint32_t)writer.size;
}

static size_t block_bytes(const struct block *block)
{
    return HEADER_SIZE + 8 + (size_t)block->justification_size + block->body_size;
}

uint32_t block_pool_add(struct block_pool *pool, const struct hash *hash, const struct block *block,
                        const uint8_t *certificate, uint32_t certificate_size)
{
    TALLY_ASSERT(block_pool_find(pool, hash) == BLOCK_POOL_NONE);
    TALLY_ASSERT((certificate == NULL) == (certificate_size == 0));
    if (!block_pool_fits(pool, block_bytes(block) + certificate_size)) {
        return BLOCK_POOL_NONE;
    }
    struct pool_block *added = &pool->blocks[pool->count];
    added->hash = *hash;
    added->header = block->header;
    added->offset = pool->heap_used;
    added->size = heap_append(pool, block);
    added->justification_size = block->justification_size;
    added->body_size = block->body_size;
    added->certificate_size = certificate_size;
    added->journalled = false;
    added->result_noted = false;
    pool->addition_count++;
    if (certificate_size > 0) {
        memcpy(pool->heap + pool->heap_used, certificate, certificate_size);
        pool->heap_used += certificate_size;
    }
    return pool->count++;
}

void block_pool_open(const struct block_pool *pool, uint32_t index, struct block *out)
{
    TALLY_ASSERT(index < pool->count);
    const struct pool_block *block = &pool->blocks[index];
    const uint8_t *bytes = pool->heap + block->offset;
    out->header = block->header;
    out->justification_size = block->justification_size;
    out->justification = bytes + HEADER_SIZE + 4;
    out->body_size = block->body_size;
    out->body = out->justification + block->justification_size + 4;
    TALLY_ASSERT(out->body + out->body_size == bytes + block->size);
}

/* Moves the entry at index to the end, so that entries stay in order of their offsets. */
static void entry_to_end(struct block_pool *pool, uint32_t index)
{
    const struct pool_block moved = pool->blocks[index];
    memmove(&pool->blocks[index], &pool->blocks[index + 1],
            (pool->count - index - 1) * sizeof moved);
    pool->blocks[pool->count - 1] = moved;
}

bool block_pool_complete(struct block_pool *pool, uint32_t index, const uint8_t *justification,
                         uint32_t size)
{
    TALLY_ASSERT(index < pool->count);
    TALLY_ASSERT(pool->blocks[index].justification_size == 0);
    TALLY_ASSERT(pool->blocks[index].certificate_size == 0);
    struct block block;
    block_pool_open(pool, index, &block);
    block.justification = justification;
    block.justification_size = size;
    const size_t total = block_bytes(&block);
    if (total > pool->block_bytes_max || total > pool->heap_capacity - pool->heap_used) {
        return false;
    }
    pool->addition_count++;
    pool->heap_garbage += pool->blocks[index].size;
    pool->blocks[index].offset = pool->heap_used;
    pool->blocks[index].justification_size = size;
    pool->blocks[index].size = heap_append(pool, &block);
    entry_to_end(pool, index);
    return true;
}

const uint8_t *block_pool_bytes(const struct block_pool *pool, uint32_t index)
{
    TALLY_ASSERT(index < pool->count);
    return pool->heap + pool->blocks[index].offset;
}

const uint8_t *block_pool_certificate(const struct block_pool *pool, uint32_t index)
{
    TALLY_ASSERT(index < pool->count);
    return pool->heap + pool->blocks[index].offset + pool->blocks[index].size;
}

const uint8_t *block_pool_cut(const struct block_pool *pool, uint32_t index)
{
    TALLY_ASSERT(index < pool->count);
    const struct pool_block *block = &pool->blocks[index];
    const size_t cut_size = (size_t)pool->validator_count * 8;
    TALLY_ASSERT(block->body_size >= cut_size);
    return pool->heap + block->offset + block->size - cut_size;
}

void block_pool_remove(struct block_pool *pool, uint32_t index)
{
    TALLY_ASSERT(index < pool->count);
    const struct pool_block *block = &pool->blocks[index];
    pool->heap_garbage += (size_t)block->size + block->certificate_size;
    memmove(&pool->blocks[index], &pool->blocks[index + 1],
            (pool->count - index - 1) * sizeof *block);
    pool->count--;
}

void block_pool_remove_until(struct block_pool *pool, uint64_t view)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < pool->count; i++) {
        if (pool->blocks[i].header.view <= view) {
            pool->heap_garbage += (size_t)pool->blocks[i].size + pool->blocks[i].certificate_size;
        } else {
            pool->blocks[kept++] = pool->blocks[i];
        }
    }
    pool->count = kept;
}
