/*
 * Secret memory: zeroed, locked, and gone after use.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypto/start.h"
#include "host/secret_memory.h"
#include "tests/support/cmocka.h"

/* The address and thread sanitizers turn mlock into nothing. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LOCKING_SEEN false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define LOCKING_SEEN false
#endif
#endif
#ifndef LOCKING_SEEN
#define LOCKING_SEEN true
#endif

/* The kilobytes this process has locked, by the kernel's own account. */
static long locked_kib(void)
{
    char line[256];
    long locked = -1;
    FILE *status = fopen("/proc/self/status", "r");
    assert_non_null(status);
    while (fgets(line, sizeof(line), status) != NULL) {
        (void)sscanf(line, "VmLck: %ld", &locked);
    }
    (void)fclose(status);
    return locked;
}

static void test_secret_memory_is_zeroed_and_locked(void **state)
{
    (void)state;
    long before = locked_kib();
    unsigned char *secret = secret_memory_take(64);
    assert_non_null(secret);
    assert_true(locked_kib() > before || !LOCKING_SEEN);
    for (size_t i = 0; i < 64; i++) {
        assert_int_equal(secret[i], 0);
    }
    memset(secret, 0xaa, 64);
    secret_memory_wipe(secret, 64);
    assert_int_equal(secret[63], 0);
    secret_memory_give(secret);
    assert_int_equal(locked_kib(), before);
    secret_memory_give(NULL);
}

/* A child has not even a copy: to look is its end. */
static void test_a_child_has_no_secrets(void **state)
{
    (void)state;
    unsigned char *secret = secret_memory_take(5000);
    assert_non_null(secret);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)signal(SIGSEGV, SIG_DFL);
        _exit(*(volatile unsigned char *)(secret + 4999));
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSEGV);
    secret[4999] = 1; /* the parent keeps it */
    secret_memory_give(secret);
}

static void test_a_hardened_process_leaves_no_core(void **state)
{
    (void)state;
    struct rlimit limit;
    assert_true(secret_memory_harden_process());
    assert_int_equal(getrlimit(RLIMIT_CORE, &limit), 0);
    assert_int_equal(limit.rlim_max, 0);
    assert_int_equal(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
    assert_int_equal(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), 0); /* the leak checker needs it */
}

int main(void)
{
    if (crypto_start() != CRYPTO_START_OK) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_secret_memory_is_zeroed_and_locked),
        cmocka_unit_test(test_a_child_has_no_secrets),
        cmocka_unit_test(test_a_hardened_process_leaves_no_core),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
