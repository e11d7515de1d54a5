/* The price of waking a thread: two of them hand a token to and fro. Elapsed time, the median of
 * many wakings: what counts is when the woken thread runs, and a processor that rests first has to
 * wake itself. */
#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#include "netsim/lab/calibrate.h"

enum {
    TURNS = 4001, /* there and back */
};

struct table {
    sem_t there;
    sem_t back;
};

static void *answer(void *context)
{
    struct table *table = context;
    for (int i = 0; i < TURNS; i++) {
        (void)sem_wait(&table->there);
        (void)sem_post(&table->back);
    }
    return NULL;
}

static uint64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void calibrate_threads(struct cost_model *costs, FILE *log)
{
    static uint64_t ns[TURNS];
    const struct timespec rest = {.tv_nsec = 200000};
    struct table table;
    pthread_t thread;
    (void)fputs("threads\n", log);
    (void)sem_init(&table.there, 0, 0);
    (void)sem_init(&table.back, 0, 0);
    int failed = pthread_create(&thread, NULL, answer, &table);
    TALLY_ASSERT(failed == 0);
    for (int i = 0; i < TURNS; i++) {
        (void)nanosleep(&rest, NULL); /* as between two messages */
        uint64_t begin = now_ns();
        (void)sem_post(&table.there);
        (void)sem_wait(&table.back);
        ns[i] = (now_ns() - begin) / 2;
    }
    (void)pthread_join(thread, NULL);
    (void)sem_destroy(&table.there);
    (void)sem_destroy(&table.back);
    costs->turn_ns = calibrate_median(ns, TURNS);
}
