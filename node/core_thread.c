#include "node/core_thread.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/histogram.h"
#include "host/clock.h"
#include "host/thread_name.h"
#include "node/core_inbox.h"
#include "node/log.h"

enum {
    MADE_COUNT = 1024, /* own batches under way that are timed */
    RETRY_MS = 2,      /* while a result finds the inbox full */
    SUBMIT_AT_ONCE = 16
};

/* A verdict on its way through the inbox. */
struct checked {
    struct signature_job job;
    bool valid;
};

struct core_thread {
    struct core_thread_config config;
    struct inbox *inbox;
    pthread_t thread;
    bool running;

    uint64_t space_checked_ms;
    bool space_short;
    uint64_t next_due_ms; /* when the ledger wants a block, UTC */

    /* When the own batches not yet final were made; a ring by lane_seq. */
    uint64_t made_us[MADE_COUNT];
    uint64_t made_seq; /* of the last one noted */
    uint64_t final_seq;

    pthread_mutex_t mutex; /* guards what follows */
    struct core_view view;
    uint64_t peer_heights[CONSENSUS_VALIDATORS_MAX];
    struct histogram finality_us;
};

struct core_thread *core_thread_new(const struct core_thread_config *config)
{
    struct core_thread *core = calloc(1, sizeof *core);
    if (core == NULL) {
        return NULL;
    }
    core->config = *config;
    core->next_due_ms = UINT64_MAX;
    pthread_mutex_init(&core->mutex, NULL);
    histogram_init(&core->finality_us);
    core->inbox = inbox_new(core_inbox_bounds);
    if (core->inbox == NULL) {
        core_thread_free(core);
        return NULL;
    }
    return core;
}

void core_thread_free(struct core_thread *core)
{
    if (core != NULL) {
        core_thread_stop(core);
        inbox_free(core->inbox);
        pthread_mutex_destroy(&core->mutex);
        free(core);
    }
}

/* ---- Inputs ------------------------------------------------------------------------------- */

bool core_thread_message(struct core_thread *core, uint16_t from, bool bulk, uint8_t *data,
                         size_t size)
{
    const struct inbox_item item = {
        .kind = ITEM_MESSAGE, .source = from, .data = data, .size = size};
    enum core_rank rank = bulk ? RANK_BULK : RANK_VOTE;
    enum inbox_result result = inbox_give(core->inbox, rank, &item);
    if (result == INBOX_CLOSED) {
        free(data);
    }
    return result != INBOX_FULL;
}

size_t core_thread_submit(struct core_thread *core, const struct core_submission *submissions,
                          size_t count)
{
    size_t given = 0;
    enum inbox_result result = INBOX_OK;
    while (given < count && result == INBOX_OK) {
        struct inbox_item items[SUBMIT_AT_ONCE];
        size_t part = 0;
        size_t part_given;
        while (part < SUBMIT_AT_ONCE && given + part < count) {
            const struct core_submission *submission = &submissions[given + part];
            items[part] = (struct inbox_item){.kind = ITEM_SUBMIT,
                                              .source = submission->signature_valid ? 1 : 0,
                                              .number = submission->ticket,
                                              .data = submission->envelope,
                                              .size = submission->size};
            part++;
        }
        result = inbox_give_all(core->inbox, RANK_SUBMIT, items, part, &part_given);
        given += part_given;
    }
    return given;
}

void core_thread_submit_again(struct core_thread *core, const uint8_t *envelope, size_t size)
{
    const struct inbox_item item = {.kind = ITEM_SUBMIT_AGAIN, .source = 1};
    while (inbox_put(core->inbox, RANK_SUBMIT, &item, envelope, size) == INBOX_FULL) {
        clock_sleep_ms(RETRY_MS);
    }
}

void core_thread_checked(struct core_thread *core, const struct signature_job *job, bool valid)
{
    const struct inbox_item item = {.kind = ITEM_CHECKED};
    const struct checked checked = {.job = *job, .valid = valid};
    enum inbox_result result;
    while ((result = inbox_put(core->inbox, RANK_RESULT, &item, &checked, sizeof checked)) ==
           INBOX_FULL) {
        clock_sleep_ms(RETRY_MS);
    }
    if (result == INBOX_CLOSED) {
        free(job->memory);
    }
}

void core_thread_executed(struct core_thread *core, const struct core_executed *executed)
{
    const struct inbox_item item = {.kind = ITEM_EXECUTED};
    while (inbox_put(core->inbox, RANK_RESULT, &item, executed, sizeof *executed) == INBOX_FULL) {
        clock_sleep_ms(RETRY_MS);
    }
}

bool core_thread_behind(struct core_thread *core)
{
    return inbox_count(core->inbox) >= CORE_BACKLOG;
}

/* ---- The thread --------------------------------------------------------------------------- */

static struct turn_time time_now(void)
{
    return (struct turn_time){.now_ms = clock_monotonic_ms(), .utc_ms = clock_utc_ms()};
}

static void consensus_event(struct core_thread *core, struct consensus_event consensus)
{
    struct replica_event event = {.kind = REPLICA_CONSENSUS, .consensus = consensus};
    turn_event(core->config.turn, time_now(), &event);
}

static void take_executed(struct core_thread *core, const struct core_executed *executed)
{
    core->next_due_ms = executed->next_due_ms;
    consensus_event(core, (struct consensus_event){
                              .kind = CONSENSUS_EXECUTED,
                              .executed = {.height = executed->height,
                                           .result_root = executed->result_root,
                                           .has_content = executed->has_content,
                                           .more_due = executed->more_due},
                          });
}

static void take_item(struct core_thread *core, struct inbox_item *item)
{
    bool paused = turn_state(core->config.turn) == TURN_PAUSED;
    switch ((enum core_item_kind)item->kind) {
    case ITEM_MESSAGE:
        /* Without space for what it would make us keep, a message is better not heard. */
        if (!paused) {
            turn_message(core->config.turn, time_now(), (uint16_t)item->source, item->data,
                         item->size);
            item->data = NULL; /* the turn's */
        }
        break;
    case ITEM_CHECKED: {
        struct checked checked;
        TALLY_ASSERT(item->size == sizeof checked);
        memcpy(&checked, item->data, sizeof checked);
        turn_batch_checked(core->config.turn, time_now(), &checked.job, checked.valid);
        free(checked.job.memory);
        break;
    }
    case ITEM_EXECUTED: {
        struct core_executed executed;
        TALLY_ASSERT(item->size == sizeof executed);
        memcpy(&executed, item->data, sizeof executed);
        take_executed(core, &executed);
        break;
    }
    case ITEM_SUBMIT:
    case ITEM_SUBMIT_AGAIN: {
        struct replica_event event = {
            .kind = REPLICA_SUBMIT,
            .submit = {.bytes = item->data,
                       .size = (uint32_t)item->size,
                       .signature_valid = item->source != 0,
                       .ticket = item->number,
                       .again = item->kind == ITEM_SUBMIT_AGAIN},
        };
        turn_event(core->config.turn, time_now(), &event);
        break;
    }
    }
}

/* What falls due by the clocks: the replica's timers, and the ledger's next timed event. */
static void take_time(struct core_thread *core)
{
    uint64_t deadline_ms = turn_deadline_ms(core->config.turn);
    for (unsigned i = 0; i < TURN_ITEMS_MAX && deadline_ms <= clock_monotonic_ms(); i++) {
        consensus_event(core, (struct consensus_event){.kind = CONSENSUS_TIME});
        deadline_ms = turn_deadline_ms(core->config.turn);
    }
    if (core->next_due_ms <= clock_utc_ms()) {
        core->next_due_ms = UINT64_MAX; /* the block that acts on it says what comes next */
        consensus_event(core, (struct consensus_event){.kind = CONSENSUS_WORK_DUE});
    }
}

static uint64_t wait_ms(const struct core_thread *core)
{
    uint64_t now_ms = clock_monotonic_ms();
    uint64_t deadline_ms = turn_deadline_ms(core->config.turn);
    uint64_t wait = deadline_ms <= now_ms ? 0 : deadline_ms - now_ms;
    return wait < WAIT_MS_MAX ? wait : WAIT_MS_MAX;
}

static void space_watch(struct core_thread *core)
{
    uint64_t now_ms = clock_monotonic_ms();
    struct turn *turn = core->config.turn;
    if (now_ms - core->space_checked_ms < SPACE_CHECK_MS) {
        return;
    }
    core->space_checked_ms = now_ms;
    struct statvfs disk;
    if (core->config.space_reserve_bytes > 0 && statvfs(core->config.data_directory, &disk) == 0) {
        uint64_t free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
        uint64_t wanted = core->config.space_reserve_bytes;
        /* Some distance between the two marks, so that it does not flutter. */
        core->space_short = free_bytes < (core->space_short ? wanted + wanted / 4 : wanted);
    }
    if (core->space_short && turn_state(turn) == TURN_RUNNING) {
        turn_pause(turn, time_now());
    }
    if (turn_state(turn) == TURN_PAUSED) {
        alarm_raise(core->config.alarms, ALARM_DISK_FULL, core->config.data_directory);
        if (!core->space_short && turn_recover(turn, time_now()) == TURN_RUNNING) {
            alarm_clear(core->config.alarms, ALARM_DISK_FULL);
        }
    }
}

/* Notes when own batches were made, and how long those that became final took. */
static void time_batches(struct core_thread *core, uint64_t own_lane_seq)
{
    uint64_t now_us = clock_monotonic_us();
    uint64_t cut = turn_own_cut(core->config.turn);
    if (core->made_seq == 0) {
        core->made_seq = own_lane_seq; /* those of an earlier run are not timed */
        core->final_seq = own_lane_seq;
    }
    while (core->made_seq < own_lane_seq) {
        core->made_seq++;
        core->made_us[core->made_seq % MADE_COUNT] = now_us;
    }
    while (core->final_seq < cut && core->final_seq < core->made_seq) {
        core->final_seq++;
        if (core->made_seq - core->final_seq < MADE_COUNT) {
            histogram_record(&core->finality_us,
                             now_us - core->made_us[core->final_seq % MADE_COUNT]);
        }
    }
}

static void view_publish(struct core_thread *core)
{
    const struct replica *replica = core->config.replica;
    struct core_view view;
    replica_summary(replica, &view.consensus);
    view.waiting_count = admission_waiting_count(replica_admission(replica));
    view.paused = turn_state(core->config.turn) == TURN_PAUSED;
    pthread_mutex_lock(&core->mutex);
    core->view = view;
    for (uint16_t i = 0; i < core->config.validator_count; i++) {
        core->peer_heights[i] = replica_peer_exec_height(replica, i);
    }
    time_batches(core, view.consensus.own_lane_seq);
    pthread_mutex_unlock(&core->mutex);
}

/* One turn. False when the thread has to end. */
static bool run_turn(struct core_thread *core)
{
    struct inbox_item item;
    enum inbox_result result = inbox_take(core->inbox, wait_ms(core), &item);
    for (unsigned i = 0; result == INBOX_OK; i++) {
        take_item(core, &item);
        inbox_item_free(&item);
        if (i == TURN_ITEMS_MAX) {
            break;
        }
        result = inbox_take(core->inbox, 0, &item);
    }
    take_time(core);
    enum turn_state state = turn_flush(core->config.turn, time_now());
    if (state == TURN_RUNNING) {
        state = turn_rotate(core->config.turn, core->config.journal_bytes);
    }
    space_watch(core);
    view_publish(core);
    state = turn_state(core->config.turn);
    if (state == TURN_BROKEN || state == TURN_HALTED) {
        core->config.ended(core->config.context, state);
        return false;
    }
    return result != INBOX_CLOSED;
}

static void *core_main(void *argument)
{
    thread_name_set("core");
    struct core_thread *core = argument;
    while (run_turn(core)) {
    }
    return NULL;
}

bool core_thread_start(struct core_thread *core)
{
    TALLY_ASSERT(!core->running);
    view_publish(core);
    core->running = pthread_create(&core->thread, NULL, core_main, core) == 0;
    return core->running;
}

void core_thread_stop(struct core_thread *core)
{
    if (core != NULL && core->running) {
        inbox_close(core->inbox);
        pthread_join(core->thread, NULL);
        core->running = false;
    }
}

void core_thread_view(struct core_thread *core, struct core_view *view)
{
    pthread_mutex_lock(&core->mutex);
    *view = core->view;
    pthread_mutex_unlock(&core->mutex);
}

uint64_t core_thread_peer_height(struct core_thread *core, uint16_t peer)
{
    TALLY_ASSERT(peer < core->config.validator_count);
    pthread_mutex_lock(&core->mutex);
    uint64_t height = core->peer_heights[peer];
    pthread_mutex_unlock(&core->mutex);
    return height;
}

void core_thread_finality(struct core_thread *core, uint64_t *p50_us, uint64_t *p99_us)
{
    pthread_mutex_lock(&core->mutex);
    bool any = histogram_count(&core->finality_us) > 0;
    *p50_us = any ? histogram_quantile(&core->finality_us, 500) : 0;
    *p99_us = any ? histogram_quantile(&core->finality_us, 990) : 0;
    pthread_mutex_unlock(&core->mutex);
}
