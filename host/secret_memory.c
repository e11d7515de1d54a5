/* secret_memory.c: see secret_memory.h. */
#include "host/secret_memory.h"

#include <sodium.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* A child that parses hostile input must not even have a copy. */
static bool keep_from_children(void *secret, size_t size)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t inset = (uintptr_t)secret % page;
    return madvise((uint8_t *)secret - inset, inset + size, MADV_DONTFORK) == 0;
}

void *secret_memory_take(size_t size)
{
    TALLY_ASSERT(size > 0);
    void *secret = sodium_malloc(size);
    if (secret == NULL) {
        return NULL;
    }
    /* sodium_malloc tries to lock but does not say when it could not: ask again. */
    if (mlock(secret, size) != 0 || !keep_from_children(secret, size)) {
        sodium_free(secret);
        return NULL;
    }
    memset(secret, 0, size);
    return secret;
}

void secret_memory_give(void *secret)
{
    sodium_free(secret);
}

void secret_memory_wipe(void *data, size_t size)
{
    sodium_memzero(data, size);
}

bool secret_memory_harden_process(void)
{
    const struct rlimit no_core = {0, 0};
    bool hardened = setrlimit(RLIMIT_CORE, &no_core) == 0;
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && hardened;
}
