/*
 * Goal: a sync that was begun is over when its end says so, whoever waits for it; what cannot be
 * begun says so, and is not ended.
 */
#include "host/sync_beside.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

enum {
    FILES = SYNC_BESIDE_MAX + 1,
    ROUNDS = 20
};

static int files[FILES];

static int set_up(void **state)
{
    (void)state;
    for (int i = 0; i < FILES; i++) {
        char path[] = "/tmp/tally-sync-XXXXXX";
        files[i] = mkstemp(path);
        if (files[i] < 0 || unlink(path) != 0 || pwrite(files[i], "x", 1, 0) != 1) {
            return 1;
        }
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < FILES; i++) {
        (void)close(files[i]);
    }
    return 0;
}

/* Some sandboxes have no such operation: then there is nothing to test. */
static void skip_without_kernel(void)
{
    int error = 0;
    if (!sync_beside_begin(files[0])) {
        print_message("the kernel syncs nothing beside here\n");
        skip();
    }
    assert_true(sync_beside_end(files[0], &error));
}

static void many_are_under_way_and_end_in_any_order(void **state)
{
    (void)state;
    skip_without_kernel();
    for (int i = 0; i < SYNC_BESIDE_MAX; i++) {
        assert_true(sync_beside_begin(files[i]));
    }
    assert_false(sync_beside_begin(files[SYNC_BESIDE_MAX])); /* no place for it */
    for (int i = SYNC_BESIDE_MAX - 1; i >= 0; i--) {
        int error = -1;
        assert_true(sync_beside_end(files[i], &error));
        assert_int_equal(error, 0);
    }
    assert_true(sync_beside_begin(files[SYNC_BESIDE_MAX]));
    int error = -1;
    assert_true(sync_beside_end(files[SYNC_BESIDE_MAX], &error));
    assert_int_equal(error, 0);
}

static void what_was_not_begun_is_not_ended(void **state)
{
    (void)state;
    int error = -1;
    int ends[2];
    assert_false(sync_beside_end(files[0], &error));
    assert_int_equal(error, -1);
    assert_int_equal(pipe(ends), 0);
    assert_false(sync_beside_begin(ends[1])); /* has nothing to sync */
    assert_false(sync_beside_end(ends[1], &error));
    (void)close(ends[0]);
    (void)close(ends[1]);
    assert_false(sync_beside_begin(ends[1])); /* closed */
}

static void one_file_is_not_begun_twice(void **state)
{
    (void)state;
    skip_without_kernel();
    assert_true(sync_beside_begin(files[0]));
    expect_assert_failure(sync_beside_begin(files[0]));
}

static void *sync_often(void *argument)
{
    const int *file = argument;
    for (long i = 0; i < ROUNDS; i++) {
        int error = -1;
        if (pwrite(*file, "y", 1, i) != 1 || !sync_beside_begin(*file) ||
            !sync_beside_end(*file, &error) || error != 0) {
            return argument;
        }
    }
    return NULL;
}

/* Who waits may find the end of another one's sync first. */
static void threads_get_the_ends_of_their_own(void **state)
{
    (void)state;
    skip_without_kernel();
    pthread_t threads[SYNC_BESIDE_MAX];
    for (int i = 0; i < SYNC_BESIDE_MAX; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, sync_often, &files[i]), 0);
    }
    for (int i = 0; i < SYNC_BESIDE_MAX; i++) {
        void *failed = NULL;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(many_are_under_way_and_end_in_any_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_not_begun_is_not_ended, set_up, tear_down),
        cmocka_unit_test_setup_teardown(threads_get_the_ends_of_their_own, set_up, tear_down),
        /* The last one: it leaves the lock held. */
        cmocka_unit_test_setup_teardown(one_file_is_not_begun_twice, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
