/* Goal: a thread's name can be read from outside, and names that thread only. */
#include <pthread.h>
#include <sys/prctl.h>

#include "host/thread_name.h"
#include "tests/support/cmocka.h"

static void *named(void *context)
{
    thread_name_set("execute");
    (void)prctl(PR_GET_NAME, context);
    return NULL;
}

static void test_a_thread_names_itself_only(void **state)
{
    (void)state;
    char before[THREAD_NAME_SIZE] = "";
    char after[THREAD_NAME_SIZE] = "";
    char inside[THREAD_NAME_SIZE] = "";
    pthread_t thread;
    (void)prctl(PR_GET_NAME, before);
    assert_int_equal(pthread_create(&thread, NULL, named, inside), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void)prctl(PR_GET_NAME, after);
    assert_string_equal(inside, "execute");
    assert_string_equal(after, before);
}

static void test_a_long_name_is_cut(void **state)
{
    (void)state;
    char before[THREAD_NAME_SIZE] = "";
    char name[THREAD_NAME_SIZE] = "";
    (void)prctl(PR_GET_NAME, before);
    thread_name_set("a name of more than fifteen characters");
    (void)prctl(PR_GET_NAME, name);
    thread_name_set(before);
    assert_string_equal(name, "a name of more ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_thread_names_itself_only),
        cmocka_unit_test(test_a_long_name_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
