#include "netsim/engine/memory_pool.h"

#include <stdlib.h>

#include "base/assert.h"

enum {
    ALIGNMENT = 64, /* and room for a block's head */
    BLOCKS_MAX = 512
};

/* Stands before the memory that is handed out. */
struct block {
    _Alignas(ALIGNMENT) size_t size;
};

static struct block *blocks[BLOCKS_MAX]; /* that nobody uses */
static size_t block_count;

/* The smallest unused block that is large enough; BLOCKS_MAX: none. */
static size_t best_fit(size_t size)
{
    size_t best = BLOCKS_MAX;
    for (size_t i = 0; i < block_count; i++) {
        if (blocks[i]->size >= size &&
            (best == BLOCKS_MAX || blocks[i]->size < blocks[best]->size)) {
            best = i;
        }
    }
    return best;
}

void *memory_pool_take(size_t size)
{
    TALLY_ASSERT(size > 0);
    size_t place = best_fit(size);
    if (place < BLOCKS_MAX) {
        struct block *block = blocks[place];
        blocks[place] = blocks[--block_count];
        return block + 1;
    }
    size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct block *block = aligned_alloc(ALIGNMENT, sizeof *block + rounded);
    if (block == NULL) {
        return NULL;
    }
    block->size = rounded;
    return block + 1;
}

void memory_pool_give(void *memory)
{
    if (memory == NULL) {
        return;
    }
    struct block *block = (struct block *)memory - 1;
    if (block_count == BLOCKS_MAX) {
        free(block);
        return;
    }
    blocks[block_count++] = block;
}

void memory_pool_clear(void)
{
    while (block_count > 0) {
        block_count--;
        free(blocks[block_count]);
    }
}
