#include "node/signature_workers.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/assert.h"
#include "host/thread_name.h"
#include "host/thread_priority.h"

struct signature_workers {
    struct signature_workers_config config;
    pthread_mutex_t mutex;
    pthread_cond_t queued;
    struct signature_job *ring;
    uint32_t first;
    uint32_t count;
    uint32_t under_way; /* taken by a worker, and not handed back yet */
    bool stopping;
    pthread_t *threads;
    unsigned started;
};

/* Takes the oldest job; false when the workers are to end. */
static bool job_take(struct signature_workers *workers, struct signature_job *job)
{
    pthread_mutex_lock(&workers->mutex);
    while (workers->count == 0 && !workers->stopping) {
        pthread_cond_wait(&workers->queued, &workers->mutex);
    }
    bool taken = !workers->stopping;
    if (taken) {
        *job = workers->ring[workers->first];
        workers->first = (workers->first + 1) % workers->config.queue_count_max;
        workers->count--;
        workers->under_way++;
    }
    pthread_mutex_unlock(&workers->mutex);
    return taken;
}

static void job_do(const struct signature_workers *workers, const struct signature_job *job)
{
    enum payload_result result =
        batch_identifiers_check(workers->config.identifiers, &workers->config.rules, &job->digest,
                                job->payload, job->payload_size);
    workers->config.done(workers->config.context, job, result);
}

static void *worker_main(void *argument)
{
    thread_name_set("check");
    thread_priority_back();
    struct signature_workers *workers = argument;
    struct signature_job job;
    while (job_take(workers, &job)) {
        job_do(workers, &job);
        pthread_mutex_lock(&workers->mutex);
        workers->under_way--;
        pthread_mutex_unlock(&workers->mutex);
    }
    return NULL;
}

struct signature_workers *signature_workers_start(const struct signature_workers_config *config)
{
    TALLY_ASSERT(config->thread_count > 0 && config->queue_count_max > 0);
    TALLY_ASSERT(config->done != NULL);
    struct signature_workers *workers = calloc(1, sizeof *workers);
    if (workers == NULL) {
        return NULL;
    }
    workers->config = *config;
    pthread_mutex_init(&workers->mutex, NULL);
    pthread_cond_init(&workers->queued, NULL);
    workers->ring = calloc(config->queue_count_max, sizeof *workers->ring);
    workers->threads = calloc(config->thread_count, sizeof *workers->threads);
    bool started = workers->ring != NULL && workers->threads != NULL;
    while (started && workers->started < config->thread_count) {
        started =
            pthread_create(&workers->threads[workers->started], NULL, worker_main, workers) == 0;
        workers->started += started ? 1 : 0;
    }
    if (!started) {
        signature_workers_stop(workers);
        return NULL;
    }
    return workers;
}

bool signature_workers_check(struct signature_workers *workers, const struct signature_job *job,
                             bool at_once_allowed)
{
    TALLY_ASSERT(job->batch != NULL && job->payload_size > 0);
    pthread_mutex_lock(&workers->mutex);
    uint32_t capacity = workers->config.queue_count_max;
    bool room = workers->count < capacity && !workers->stopping;
    const bool at_once = room && at_once_allowed &&
                         job->payload_size <= workers->config.at_once_bytes &&
                         workers->count == 0 && workers->under_way == 0;
    if (room && !at_once) {
        workers->ring[(workers->first + workers->count) % capacity] = *job;
        workers->count++;
        pthread_cond_signal(&workers->queued);
    }
    pthread_mutex_unlock(&workers->mutex);
    if (at_once) {
        job_do(workers, job);
    }
    return room;
}

void signature_workers_stop(struct signature_workers *workers)
{
    if (workers == NULL) {
        return;
    }
    pthread_mutex_lock(&workers->mutex);
    workers->stopping = true;
    pthread_cond_broadcast(&workers->queued);
    pthread_mutex_unlock(&workers->mutex);
    for (unsigned i = 0; i < workers->started; i++) {
        pthread_join(workers->threads[i], NULL);
    }
    for (uint32_t i = 0; workers->ring != NULL && i < workers->count; i++) {
        free(workers->ring[(workers->first + i) % workers->config.queue_count_max].memory);
    }
    pthread_cond_destroy(&workers->queued);
    pthread_mutex_destroy(&workers->mutex);
    free(workers->ring);
    free(workers->threads);
    free(workers);
}
