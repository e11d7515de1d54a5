/*
 * secret_memory.h: Memory for secrets: seeds, secret keys, passphrases.
 *
 * A secret in ordinary memory ends up in swap files and core dumps, and stays readable after it was
 * freed. Secret memory is locked into RAM, excluded from core dumps and from child processes,
 * fenced by guard pages, and overwritten before it is given back (libsodium's guarded heap).
 *
 * Precondition of all: crypto_start() succeeded. May be called from any thread.
 */
#ifndef TALLY_HOST_SECRET_MEMORY_H
#define TALLY_HOST_SECRET_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/assert.h"

/*
 * Returns `size` zeroed bytes, or NULL when the system grants no more locked memory (raise
 * RLIMIT_MEMLOCK, in a systemd unit LimitMEMLOCK). The caller owns them and gives them back with
 * secret_memory_give.
 */
TALLY_MUST_CHECK void *secret_memory_take(size_t size);

/* Wipes and frees. Accepts NULL. */
void secret_memory_give(void *secret);

/* Overwrites `size` bytes in a way that the compiler does not remove. For secrets that had to pass
 * through a caller's stack. */
void secret_memory_wipe(void *data, size_t size);

/*
 * Keeps this process from being read from outside: no core dumps, no ptrace by others of the same
 * user. To be called once at start by programs that hold a key. Returns false if the system
 * refuses; the caller warns and goes on.
 */
bool secret_memory_harden_process(void);

#endif
