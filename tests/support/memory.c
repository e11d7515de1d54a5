#include "tests/support/memory.h"

#include <stdlib.h>
#include <string.h>

void test_arena_init(struct arena *arena, size_t size)
{
    void *memory = NULL;
    if (posix_memalign(&memory, ARENA_LINE, size) != 0) {
        abort();
    }
    memset(memory, 0xa5, size);
    arena_init(arena, memory, size);
}

void test_arena_free(struct arena *arena)
{
    free(arena->base);
    arena_init(arena, NULL, 0);
}
