/* Goal: a thread that stands back does so alone. */
#include <pthread.h>
#include <sys/resource.h>

#include "host/thread_priority.h"
#include "tests/support/cmocka.h"

static int nice_of_this_thread(void)
{
    return getpriority(PRIO_PROCESS, 0);
}

static void *stands_back(void *context)
{
    int *nice_after = context;
    thread_priority_back();
    *nice_after = nice_of_this_thread();
    return NULL;
}

static void test_a_thread_stands_back_alone(void **state)
{
    (void)state;
    const int before = nice_of_this_thread();
    const int wanted = before + THREAD_PRIORITY_BACK < 19 ? before + THREAD_PRIORITY_BACK : 19;
    int inside = -100;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, stands_back, &inside), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(inside, wanted);
    assert_int_equal(nice_of_this_thread(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_thread_stands_back_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
