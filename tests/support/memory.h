/*
 * memory.h: memory for the state machines that tests build.
 */
#ifndef TALLY_TESTS_SUPPORT_MEMORY_H
#define TALLY_TESTS_SUPPORT_MEMORY_H

#include <stddef.h>

#include "base/arena.h"

/*
 * Starts an arena over fresh memory of exactly this size, aligned to ARENA_LINE and filled with a
 * pattern so that code which relies on zeros it did not ask for shows. Ends the test program when
 * there is no memory. Give the memory back with test_arena_free.
 */
void test_arena_init(struct arena *arena, size_t size);

/* Gives the memory of an arena back. */
void test_arena_free(struct arena *arena);

#endif
