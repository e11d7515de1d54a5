#include "node/progress.h"

#include <pthread.h>
#include <stdlib.h>

struct progress {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct progress_heights heights;
    bool stopped;
};

struct progress *progress_new(void)
{
    struct progress *progress = calloc(1, sizeof *progress);
    if (progress != NULL) {
        pthread_mutex_init(&progress->mutex, NULL);
        pthread_cond_init(&progress->changed, NULL);
    }
    return progress;
}

void progress_free(struct progress *progress)
{
    if (progress != NULL) {
        pthread_cond_destroy(&progress->changed);
        pthread_mutex_destroy(&progress->mutex);
        free(progress);
    }
}

static void raise_height(struct progress *progress, uint64_t *height, uint64_t value)
{
    pthread_mutex_lock(&progress->mutex);
    if (value > *height) {
        *height = value;
        pthread_cond_broadcast(&progress->changed);
    }
    pthread_mutex_unlock(&progress->mutex);
}

void progress_final(struct progress *progress, uint64_t height)
{
    raise_height(progress, &progress->heights.final, height);
}

void progress_executed(struct progress *progress, uint64_t height)
{
    raise_height(progress, &progress->heights.executed, height);
}

void progress_certified(struct progress *progress, uint64_t height)
{
    raise_height(progress, &progress->heights.certified, height);
}

void progress_read(struct progress *progress, struct progress_heights *heights)
{
    pthread_mutex_lock(&progress->mutex);
    *heights = progress->heights;
    pthread_mutex_unlock(&progress->mutex);
}

bool progress_wait_final(struct progress *progress, uint64_t height)
{
    pthread_mutex_lock(&progress->mutex);
    while (progress->heights.final <= height && !progress->stopped) {
        pthread_cond_wait(&progress->changed, &progress->mutex);
    }
    bool go_on = !progress->stopped;
    pthread_mutex_unlock(&progress->mutex);
    return go_on;
}

void progress_stop(struct progress *progress)
{
    pthread_mutex_lock(&progress->mutex);
    progress->stopped = true;
    pthread_cond_broadcast(&progress->changed);
    pthread_mutex_unlock(&progress->mutex);
}
