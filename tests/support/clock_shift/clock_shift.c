/*
 * clock_shift.c: a wall clock that a test can move, for real programs.
 *
 * Loaded into a process by LD_PRELOAD, it adds to CLOCK_REALTIME the number of milliseconds (i64)
 * that the file named by TALLY_CLOCK_SHIFT holds now. All processes that name the same file see the
 * same time, and a jump at the same instant. The monotonic clock is left alone.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *shift_ms;

__attribute__((constructor)) static void shift_open(void)
{
    const char *path = getenv("TALLY_CLOCK_SHIFT");
    int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
        void *memory = mmap(NULL, sizeof *shift_ms, PROT_READ, MAP_SHARED, file, 0);
        shift_ms = memory == MAP_FAILED ? NULL : memory;
        (void)close(file);
    }
}

int clock_gettime(clockid_t id, struct timespec *out)
{
    int result = (int)syscall(SYS_clock_gettime, id, out);
    if (result == 0 && id == CLOCK_REALTIME && shift_ms != NULL) {
        int64_t shift = *shift_ms;
        out->tv_sec += shift / 1000;
        out->tv_nsec += shift % 1000 * 1000000;
        if (out->tv_nsec >= 1000000000) {
            out->tv_sec++;
            out->tv_nsec -= 1000000000;
        } else if (out->tv_nsec < 0) {
            out->tv_sec--;
            out->tv_nsec += 1000000000;
        }
    }
    return result;
}
