#include "node/executor_thread.h"

#include <pthread.h>
#include <stdlib.h>

#include "host/thread_name.h"
#include "host/thread_priority.h"
#include "node/log.h"

struct executor_thread {
    struct executor_thread_config config;
    pthread_mutex_t ledger_mutex;
    pthread_t thread;
    bool running;
};

struct executor_thread *executor_thread_new(const struct executor_thread_config *config)
{
    struct executor_thread *thread = calloc(1, sizeof *thread);
    if (thread != NULL) {
        thread->config = *config;
        pthread_mutex_init(&thread->ledger_mutex, NULL);
    }
    return thread;
}

void executor_thread_free(struct executor_thread *thread)
{
    if (thread != NULL) {
        executor_thread_stop(thread);
        pthread_mutex_destroy(&thread->ledger_mutex);
        free(thread);
    }
}

struct ledger *executor_thread_lock(struct executor_thread *thread)
{
    pthread_mutex_lock(&thread->ledger_mutex);
    return executor_ledger(thread->config.executor);
}

void executor_thread_unlock(struct executor_thread *thread)
{
    pthread_mutex_unlock(&thread->ledger_mutex);
}

static enum execution_status checkpoint(struct executor_thread *thread)
{
    struct execution *execution = thread->config.execution;
    if (!execution_checkpoint_due(execution)) {
        return EXECUTION_OK;
    }
    (void)executor_thread_lock(thread);
    enum execution_status status = execution_checkpoint_take(execution);
    executor_thread_unlock(thread);
    return status == EXECUTION_OK ? execution_checkpoint_write(execution) : status;
}

static enum execution_status execute_next(struct executor_thread *thread)
{
    const struct executor_thread_config *config = &thread->config;
    struct execution_done done;
    enum execution_status status = execution_load(config->execution);
    if (status != EXECUTION_OK) {
        return status;
    }
    (void)executor_thread_lock(thread);
    status = execution_apply(config->execution, &done);
    executor_thread_unlock(thread);
    if (status == EXECUTION_OK) {
        status = execution_save(config->execution, &done);
    }
    if (status != EXECUTION_OK) {
        return status;
    }
    progress_executed(config->progress, done.height);
    progress_certified(config->progress, done.certified_height);
    config->executed(config->context, &done);
    if (config->feed != NULL) {
        (void)executor_thread_lock(thread);
        read_feed_block(config->feed, executor_ledger(config->executor), &done);
        executor_thread_unlock(thread);
        read_feed_commit(config->feed);
    }
    return checkpoint(thread);
}

static void *executor_main(void *argument)
{
    thread_name_set("execute");
    thread_priority_back();
    struct executor_thread *thread = argument;
    uint64_t height = ledger_height(executor_ledger(thread->config.executor));
    enum execution_status status = EXECUTION_OK;
    while (status == EXECUTION_OK && progress_wait_final(thread->config.progress, height)) {
        status = execute_next(thread);
        height++;
    }
    if (status != EXECUTION_OK) {
        LOG(LOG_ERROR, "execution failed", log_u64("height", height),
            log_text("text", execution_status_text(status)),
            log_text("remedy", execution_status_hint(status)));
        thread->config.failed(thread->config.context, status);
    }
    return NULL;
}

bool executor_thread_start(struct executor_thread *thread)
{
    TALLY_ASSERT(!thread->running);
    thread->running = pthread_create(&thread->thread, NULL, executor_main, thread) == 0;
    return thread->running;
}

void executor_thread_stop(struct executor_thread *thread)
{
    if (thread->running) {
        pthread_join(thread->thread, NULL);
        thread->running = false;
    }
}
