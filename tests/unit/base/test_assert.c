/*
 * Goal: a broken condition is reported with its place and text and the process aborts, with a hook
 * and without one, in every build profile.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static void break_condition(void)
{
    int left = 1;
    TALLY_ASSERT(left == 2);
}

static void hook_that_returns(const char *file, int line, const char *expression)
{
    char text[300];
    int size = snprintf(text, sizeof(text), "hooked %s %d %s\n", file, line > 0, expression);
    if (size < 0 || write(STDERR_FILENO, text, (size_t)size) != size) {
        _exit(3);
    }
}

/* Runs break_condition in a child and collects what it printed and how it ended. */
static int status_of_child(assert_hook *hook, char *printed, size_t size)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        (void)signal(SIGABRT, SIG_DFL);
        (void)dup2(ends[1], STDERR_FILENO);
        assert_hook_set(hook);
        break_condition();
        _exit(0);
    }
    (void)close(ends[1]);
    size_t used = 0;
    ssize_t got = 0;
    while (used + 1 < size && (got = read(ends[0], printed + used, size - 1 - used)) > 0) {
        used += (size_t)got;
    }
    printed[used] = '\0';
    (void)close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void without_a_hook_the_last_line_says_where(void **state)
{
    (void)state;
    char printed[400];
    int status = status_of_child(NULL, printed, sizeof(printed));
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    char expected[200];
    const char *prefix = "assertion failed: left == 2 at " __FILE__ ":";
    (void)snprintf(expected, sizeof(expected), "%s", prefix);
    assert_int_equal(strncmp(printed, expected, strlen(expected)), 0);
    long line = strtol(printed + strlen(expected), NULL, 10);
    assert_in_range(line, 20, 30);
    assert_int_equal(printed[strlen(printed) - 1], '\n');
}

static void a_hook_cannot_prevent_the_abort_by_returning(void **state)
{
    (void)state;
    char printed[400];
    int status = status_of_child(hook_that_returns, printed, sizeof(printed));
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_string_equal(printed, "hooked " __FILE__ " 1 left == 2\n");
}

static void a_condition_that_holds_costs_nothing_and_is_read_once(void **state)
{
    (void)state;
    int evaluated = 0;
    TALLY_ASSERT(++evaluated == 1);
    assert_int_equal(evaluated, 1);
    expect_assert_failure(break_condition());
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_hook_the_last_line_says_where),
        cmocka_unit_test(a_hook_cannot_prevent_the_abort_by_returning),
        cmocka_unit_test(a_condition_that_holds_costs_nothing_and_is_read_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
