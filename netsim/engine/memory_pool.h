/*
 * netsim/engine/memory_pool.h - large blocks that outlive the simulation that used them
 *
 * A process that runs thousands of short schedules would spend most of its time on pages that come
 * fresh from the system. So the arenas of validators are given back here, and taken again by the
 * next simulation, the smallest that fits. What is taken holds rubbish. For one thread.
 */
#ifndef TALLY_NETSIM_ENGINE_MEMORY_POOL_H
#define TALLY_NETSIM_ENGINE_MEMORY_POOL_H

#include <stddef.h>

/* Memory aligned to 64; NULL when there is none. */
void *memory_pool_take(size_t size);
/* Gives it back. Accepts NULL. */
void memory_pool_give(void *memory);
/* Frees what nobody uses. */
void memory_pool_clear(void);

#endif
