/*
 * clock_shift.c: a wall clock that a test can move, for real programs.
 *
 * Loaded into a process by LD_PRELOAD, it adds to CLOCK_REALTIME the number of milliseconds (i64)
 * that the file named by TALLY_CLOCK_SHIFT holds now. All processes that name the same file see the
 * same time, and a jump at the same instant. The monotonic clock is left alone.
 *
 * Only the program itself sees the shifted time, its shared libraries do not. nng reckons its
 * timeouts from this clock and waits for them by the kernel's: its timer threads would find that
 * the kernel is there already while they are not, and turn without end, with their lock in hand.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *shift_ms;
static uintptr_t code_begin; /* of the program */
static uintptr_t code_end;

/* The first object is the program. */
static int code_find(struct dl_phdr_info *object, size_t size, void *context)
{
    (void)size;
    (void)context;
    for (unsigned i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        if (part->p_type == PT_LOAD && (part->p_flags & PF_X) != 0) {
            code_begin = object->dlpi_addr + part->p_vaddr;
            code_end = code_begin + part->p_memsz;
        }
    }
    return 1;
}

__attribute__((constructor)) static void shift_open(void)
{
    const char *path = getenv("TALLY_CLOCK_SHIFT");
    int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
        void *memory = mmap(NULL, sizeof *shift_ms, PROT_READ, MAP_SHARED, file, 0);
        shift_ms = memory == MAP_FAILED ? NULL : memory;
        (void)close(file);
        (void)dl_iterate_phdr(code_find, NULL);
    }
}

int clock_gettime(clockid_t id, struct timespec *out)
{
    const uintptr_t caller = (uintptr_t)__builtin_return_address(0);
    const bool shifted = shift_ms != NULL && caller >= code_begin && caller < code_end;
    int result = (int)syscall(SYS_clock_gettime, id, out);
    if (result == 0 && id == CLOCK_REALTIME && shifted) {
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
