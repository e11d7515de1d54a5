/*
 * sync_beside.c: see sync_beside.h. One set of operations of the kernel for the process, made when
 * the first sync is begun; libc has no functions for it.
 *
 * Not deterministic: what the disk answers.
 */
#include "host/sync_beside.h"

#include <errno.h>
#include <linux/aio_abi.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/assert.h"

struct under_way {
    bool used;
    bool over;
    int descriptor;
    int error;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* guards what follows */
static aio_context_t operations;
static bool asked; /* the kernel, for `operations`; 0 if it has none */
static struct under_way syncs[SYNC_BESIDE_MAX];

static struct under_way *sync_find(int descriptor)
{
    for (unsigned i = 0; i < SYNC_BESIDE_MAX; i++) {
        if (syncs[i].used && syncs[i].descriptor == descriptor) {
            return &syncs[i];
        }
    }
    return NULL;
}

static struct under_way *sync_unused(void)
{
    for (unsigned i = 0; i < SYNC_BESIDE_MAX; i++) {
        if (!syncs[i].used) {
            return &syncs[i];
        }
    }
    return NULL;
}

static bool submit(const struct under_way *sync)
{
    struct iocb operation = {.aio_data = (uint64_t)(sync - syncs),
                             .aio_lio_opcode = IOCB_CMD_FDSYNC,
                             .aio_fildes = (uint32_t)sync->descriptor};
    struct iocb *list = &operation;
    return syscall(SYS_io_submit, operations, 1L, &list) == 1;
}

bool sync_beside_begin(int descriptor)
{
    (void)pthread_mutex_lock(&mutex);
    TALLY_ASSERT(sync_find(descriptor) == NULL);
    if (!asked) {
        asked = true;
        if (syscall(SYS_io_setup, SYNC_BESIDE_MAX, &operations) != 0) {
            operations = 0;
        }
    }
    struct under_way *sync = operations == 0 ? NULL : sync_unused();
    bool begun = false;
    if (sync != NULL) {
        *sync = (struct under_way){.used = true, .descriptor = descriptor};
        begun = submit(sync);
        sync->used = begun;
    }
    (void)pthread_mutex_unlock(&mutex);
    return begun;
}

/* Waits for one of those under way, and notes how it ended. The mutex is held, so that nobody
 * takes the end of a sync that another one waits for. */
static void wait_for_one(void)
{
    struct io_event event;
    long count;
    do {
        count = syscall(SYS_io_getevents, operations, 1L, 1L, &event, NULL);
    } while (count < 0 && errno == EINTR);
    TALLY_ASSERT(count == 1);
    TALLY_ASSERT(event.data < SYNC_BESIDE_MAX && syncs[event.data].used);
    syncs[event.data].over = true;
    syncs[event.data].error = event.res < 0 ? (int)-event.res : 0;
}

bool sync_beside_end(int descriptor, int *error)
{
    (void)pthread_mutex_lock(&mutex);
    struct under_way *sync = sync_find(descriptor);
    if (sync != NULL) {
        while (!sync->over) {
            wait_for_one();
        }
        *error = sync->error;
        sync->used = false;
    }
    (void)pthread_mutex_unlock(&mutex);
    return sync != NULL;
}
