/* The sandbox around sese023_parse(): a child that can compute and answer, and nothing else. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libxml/parser.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "cli/sese023.h"
#include "host/clock.h"

#define ANSWER_SIZE_MAX   8192u
#define ANSWER_TIMEOUT_MS 10000u
#define CPU_SECONDS       5u
#define MEMORY_BYTES      (256u * 1024u * 1024u)

/* Sanitizers map terabytes of shadow and make calls of their own. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANDBOX 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANDBOX 0
#endif
#endif
#ifndef SANDBOX
#define SANDBOX 1
#endif

#if defined(__x86_64__)
#define SANDBOX_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define SANDBOX_ARCH AUDIT_ARCH_AARCH64
#endif

#define ALLOW(call) \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* After this, only memory, the answer's pipe and the end remain. False when the system refuses. */
static bool calls_confine(void)
{
#if SANDBOX && defined(SANDBOX_ARCH)
    static struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SANDBOX_ARCH, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        ALLOW(SYS_write),
        ALLOW(SYS_brk),
        ALLOW(SYS_mmap),
        ALLOW(SYS_munmap),
        ALLOW(SYS_mremap),
        ALLOW(SYS_mprotect),
        ALLOW(SYS_madvise),
        ALLOW(SYS_futex),
        ALLOW(SYS_exit_group),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    static const struct sock_fprog program = {
        .len = sizeof filter / sizeof filter[0],
        .filter = filter,
    };
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
#else
    return true;
#endif
}

static bool resources_confine(void)
{
    const struct rlimit none = {0, 0};
    const struct rlimit cpu = {CPU_SECONDS, CPU_SECONDS};

    if (setrlimit(RLIMIT_CPU, &cpu) != 0 || setrlimit(RLIMIT_NOFILE, &none) != 0 ||
        setrlimit(RLIMIT_FSIZE, &none) != 0 || setrlimit(RLIMIT_CORE, &none) != 0 ||
        setrlimit(RLIMIT_NPROC, &none) != 0) {
        return false;
    }
#if SANDBOX
    const struct rlimit memory = {MEMORY_BYTES, MEMORY_BYTES};
    if (setrlimit(RLIMIT_AS, &memory) != 0) {
        return false;
    }
#endif
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

/*
 * Only the answer's pipe stays open, as descriptor 0: what can write must have nothing of the
 * parent's to write to, be it a connection, a spool file or the terminal. Sanitizers keep theirs to
 * report on.
 */
static bool files_confine(int answer)
{
    if (dup2(answer, STDIN_FILENO) != STDIN_FILENO) {
        return false;
    }
#if SANDBOX
    return syscall(SYS_close_range, 1u, ~0u, 0u) == 0;
#else
    return true;
#endif
}

static void text_write(struct bytes_writer *writer, const char *text)
{
    size_t length = strlen(text);

    bytes_write_u8(writer, (uint8_t)length);
    bytes_write_copy(writer, text, length);
}

/* Answer: u8 good | the fields, or u32 line and the reason; texts as u8 length and bytes. */
static size_t answer_encode(bool good, const struct instruction_input *input,
                            const struct sese023_fault *fault, uint8_t out[ANSWER_SIZE_MAX])
{
    struct bytes_writer writer;

    bytes_writer_init(&writer, out, ANSWER_SIZE_MAX);
    bytes_write_bool(&writer, good);
    if (good) {
        for (unsigned i = 0; i < INPUT_FIELD_COUNT; i++) {
            text_write(&writer, input->fields[i]);
        }
    } else {
        bytes_write_u32(&writer, fault->line);
        text_write(&writer, fault->text);
    }
    TALLY_ASSERT(bytes_writer_ok(&writer));
    return writer.size;
}

static void text_read(struct bytes_reader *reader, char *out, size_t size)
{
    size_t length = bytes_read_u8(reader);

    memset(out, 0, size);
    if (length >= size) {
        bytes_reader_fail(reader);
        return;
    }
    bytes_read_copy(reader, out, length);
    for (size_t i = 0; i < length; i++) {
        if (out[i] < 0x20 || out[i] > 0x7e) {
            out[i] = '?';
        }
    }
}

/* The child is not believed either: whatever it sent is read as hostile input. */
static bool answer_decode(const uint8_t *data, size_t size, struct instruction_input *out,
                          struct sese023_fault *fault, bool *good)
{
    struct bytes_reader reader;

    bytes_reader_init(&reader, data, size);
    *good = bytes_read_bool(&reader);
    if (*good) {
        for (unsigned i = 0; i < INPUT_FIELD_COUNT; i++) {
            text_read(&reader, out->fields[i], sizeof out->fields[i]);
        }
    } else {
        fault->line = bytes_read_u32(&reader);
        text_read(&reader, fault->text, sizeof fault->text);
    }
    return bytes_reader_done(&reader);
}

static _Noreturn void child_run(int answer, const void *data, size_t size)
{
    struct instruction_input input;
    struct sese023_fault fault;
    uint8_t bytes[ANSWER_SIZE_MAX];
    size_t answer_size;
    bool good;

    xmlInitParser(); /* looks at the environment once, before that is forbidden */
    if (!files_confine(answer) || !resources_confine() || !calls_confine()) {
        _exit(1);
    }
    good = sese023_parse(data, size, &input, &fault);
    answer_size = answer_encode(good, &input, &fault, bytes);
    _exit(write(STDIN_FILENO, bytes, answer_size) == (ssize_t)answer_size ? 0 : 1);
}

/* Reads until the child closes its end, the bound or the time is reached. */
static size_t answer_read(int answer, uint8_t out[ANSWER_SIZE_MAX])
{
    uint64_t deadline_ms = clock_monotonic_ms() + ANSWER_TIMEOUT_MS;
    size_t size = 0;

    while (size < ANSWER_SIZE_MAX) {
        struct pollfd ready = {.fd = answer, .events = POLLIN};
        uint64_t now_ms = clock_monotonic_ms();
        ssize_t got;
        if (now_ms >= deadline_ms || poll(&ready, 1, (int)(deadline_ms - now_ms)) == 0) {
            return 0;
        }
        got = read(answer, out + size, ANSWER_SIZE_MAX - size);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return got == 0 ? size : 0;
        }
        size += (size_t)got;
    }
    return size;
}

static bool fail_with(struct sese023_fault *fault, const char *text)
{
    fault->line = 0;
    (void)snprintf(fault->text, sizeof fault->text, "%s", text);
    return false;
}

bool sese023_read(const void *data, size_t size, struct instruction_input *out,
                  struct sese023_fault *fault)
{
    uint8_t bytes[ANSWER_SIZE_MAX];
    size_t answer_size;
    int ends[2], status = 0;
    bool good = false;
    pid_t child;

    memset(out, 0, sizeof *out);
    memset(fault, 0, sizeof *fault);
    if (size > SESE023_BYTES_MAX) {
        return fail_with(fault, "the file is too large for one instruction");
    }
    if (pipe(ends) != 0) {
        return fail_with(fault, "no pipe to the parser's sandbox");
    }
    child = fork();
    if (child == 0) {
        (void)close(ends[0]);
        child_run(ends[1], data, size);
    }
    (void)close(ends[1]);
    answer_size = child > 0 ? answer_read(ends[0], bytes) : 0;
    (void)close(ends[0]);
    if (child > 0) {
        (void)kill(child, SIGKILL); /* it has answered, or had its time */
        while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
        }
    }
    if (answer_size == 0 || !answer_decode(bytes, answer_size, out, fault, &good)) {
        return fail_with(fault, "the parser's sandbox was ended: the file asks for too much");
    }
    return good;
}
