#include "netsim/engine/memory_pool.h"

#include <stdlib.h>

#include "base/assert.h"

enum {
    ALIGNMENT = 64,
    BLOCKS_MAX = 512
};

static struct {
    void *memory;
    size_t size;
} blocks[BLOCKS_MAX];
static size_t block_count;

void *memory_pool_take(size_t size)
{
    TALLY_ASSERT(size > 0);
    for (size_t i = block_count; i > 0; i--) {
        if (blocks[i - 1].size == size) {
            void *memory = blocks[i - 1].memory;
            blocks[i - 1] = blocks[--block_count];
            return memory;
        }
    }
    return aligned_alloc(ALIGNMENT, (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
}

void memory_pool_give(void *memory, size_t size)
{
    if (memory == NULL) {
        return;
    }
    if (block_count == BLOCKS_MAX) {
        memory_pool_clear();
    }
    blocks[block_count].memory = memory;
    blocks[block_count].size = size;
    block_count++;
}

void memory_pool_clear(void)
{
    while (block_count > 0) {
        block_count--;
        free(blocks[block_count].memory);
    }
}
