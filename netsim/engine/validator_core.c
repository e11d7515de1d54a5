/*
 * The core thread of a simulated validator, as node/core_thread.c runs it: what waits in the inbox
 * is one turn, then a flush, then what falls due. See validator_inside.h.
 */
#include <stdlib.h>

#include "base/assert.h"
#include "netsim/engine/validator_inside.h"

/* ---- The inbox ----------------------------------------------------------------------------- */

static uint64_t item_size(const struct core_item *item)
{
    return item->packet == NULL ? sizeof *item : item->packet->size;
}

static void item_free(struct core_item *item)
{
    if (item->packet != NULL) {
        packet_release(item->packet);
    }
    if (item->kind == ITEM_CHECKED) {
        free(item->job.memory);
    }
}

bool validator_core_put(struct validator *validator, enum core_rank rank,
                        const struct core_item *item)
{
    struct fifo *fifo = &validator->inbox[rank];
    uint64_t bytes = validator->inbox_bytes[rank] + item_size(item);
    /* Results of the own threads are never lost: tallyd's wait for room. */
    bool must = item->kind == ITEM_CHECKED || item->kind == ITEM_EXECUTED ||
                item->kind == ITEM_SUBMIT_AGAIN;
    bool full = fifo->count >= core_inbox_bounds[rank].item_count_max ||
                (fifo->count > 0 && bytes > core_inbox_bounds[rank].bytes_max);
    if (full && !must) {
        return false;
    }
    fifo_push(fifo, item);
    validator->inbox_bytes[rank] = bytes;
    validator_core_wake(validator);
    return true;
}

static bool item_take(struct validator *validator, struct core_item *item)
{
    for (unsigned rank = 0; rank < INBOX_RANKS; rank++) {
        if (validator->inbox[rank].count > 0) {
            fifo_pop(&validator->inbox[rank], item);
            validator->inbox_bytes[rank] -= item_size(item);
            return true;
        }
    }
    return false;
}

/* ---- Ports of the turn --------------------------------------------------------------------- */

static void consensus_event(struct validator *validator, struct consensus_event consensus)
{
    struct replica_event event = {.kind = REPLICA_CONSENSUS, .consensus = consensus};
    validator_charge(validator, ACTIVITY_STEP, validator->config->costs.step_ns);
    turn_event(validator->recovered.turn, validator_time(validator), &event);
}

static void take_message(struct validator *validator, const struct core_item *item)
{
    /* Without space for what it would make us keep, a message is better not heard. */
    if (turn_state(validator->recovered.turn) == TURN_PAUSED) {
        return;
    }
    validator_charge_hash(validator, item->packet->size);
    consensus_event(validator, (struct consensus_event){
                                   .kind = CONSENSUS_MESSAGE,
                                   .message = {.from = item->from,
                                               .bytes = item->packet->bytes,
                                               .size = item->packet->size},
                               });
}

static void take_item(struct validator *validator, struct core_item *item)
{
    struct turn *turn = validator->recovered.turn;
    switch (item->kind) {
    case ITEM_MESSAGE:
        take_message(validator, item);
        break;
    case ITEM_CHECKED:
        validator_charge(validator, ACTIVITY_STEP, validator->config->costs.step_ns);
        turn_batch_checked(turn, validator_time(validator), &item->job, item->valid);
        break;
    case ITEM_EXECUTED:
        validator->next_due_ms = item->executed.next_due_ms;
        consensus_event(validator, (struct consensus_event){
                                       .kind = CONSENSUS_EXECUTED,
                                       .executed = {.height = item->executed.height,
                                                    .result_root = item->executed.result_root,
                                                    .has_content = item->executed.has_content,
                                                    .more_due = item->executed.more_due},
                                   });
        break;
    case ITEM_SUBMIT:
    case ITEM_SUBMIT_AGAIN: {
        struct replica_event event = {
            .kind = REPLICA_SUBMIT,
            .submit = {.bytes = item->packet->bytes,
                       .size = item->packet->size,
                       .signature_valid = item->valid,
                       .ticket = item->ticket,
                       .again = item->kind == ITEM_SUBMIT_AGAIN},
        };
        validator_charge(validator, ACTIVITY_STEP, validator->config->costs.step_ns);
        turn_event(turn, validator_time(validator), &event);
        break;
    }
    }
}

/* What falls due by the clocks: the replica's timers, and the ledger's next timed event. */
static void take_time(struct validator *validator)
{
    const struct turn *turn = validator->recovered.turn;
    for (unsigned i = 0; i < TURN_ITEMS_MAX; i++) {
        if (turn_deadline_ms(turn) > validator_time(validator).now_ms) {
            break;
        }
        consensus_event(validator, (struct consensus_event){.kind = CONSENSUS_TIME});
    }
    if (validator->next_due_ms <= validator_time(validator).utc_ms) {
        validator->next_due_ms = UINT64_MAX; /* the block that acts on it says what comes next */
        consensus_event(validator, (struct consensus_event){.kind = CONSENSUS_WORK_DUE});
    }
}

/* Pauses before the disk is full, and goes on when there is room again. */
static void space_watch(struct validator *validator)
{
    struct turn *turn = validator->recovered.turn;
    struct turn_time time = validator_time(validator);
    if (time.now_ms - validator->space_checked_ms < SPACE_CHECK_MS) {
        return;
    }
    validator->space_checked_ms = time.now_ms;
    uint64_t wanted = validator->config->space_reserve_bytes;
    uint64_t left = disk_space_left(validator->disk);
    /* Some distance between the two marks, so that it does not flutter. */
    validator->space_short = left < (validator->space_short ? wanted + wanted / 4 : wanted);
    if (validator->space_short && turn_state(turn) == TURN_RUNNING) {
        turn_pause(turn, time);
    }
    if (turn_state(turn) == TURN_PAUSED && !validator->space_short) {
        (void)turn_recover(turn, time);
    }
}

/* ---- The thread ---------------------------------------------------------------------------- */

static void core_run(void *context, struct machine_cost *cost)
{
    struct validator *validator = context;
    if (validator_is_paused(validator)) {
        return; /* it became ready before the pause */
    }
    validator_run_begin(validator, cost);
    cost->processor_ns += validator->start_cost.processor_ns;
    cost->wait_ns += validator->start_cost.wait_ns;
    validator->start_cost = (struct machine_cost){0, 0};
    if (!validator->core_awake) {
        validator_charge(validator, ACTIVITY_TURN, validator->config->costs.turn_ns);
    }
    struct core_item item;
    for (unsigned i = 0; i <= TURN_ITEMS_MAX && item_take(validator, &item); i++) {
        take_item(validator, &item);
        item_free(&item);
    }
    take_time(validator);
    struct turn *turn = validator->recovered.turn;
    if (turn_flush(turn, validator_time(validator)) == TURN_RUNNING) {
        (void)turn_rotate(turn, validator->config->journal_bytes);
    }
    space_watch(validator);
    (void)validator_account(validator, ACTIVITY_VERIFY);
    enum turn_state state = turn_state(turn);
    if (state == TURN_BROKEN || state == TURN_HALTED) {
        validator_end(validator, state == TURN_HALTED ? STOP_HALT : STOP_STORAGE);
    }
    validator_run_end(validator);
}

/* The first instant at which the monotonic clock shows at least this. */
static uint64_t instant_of(const struct validator *validator, uint64_t monotonic_ms)
{
    uint64_t wanted_us = monotonic_ms * 1000;
    if (wanted_us <= validator->clock_base_us) {
        return validator->clock_since_us;
    }
    uint64_t rate = (uint64_t)(1000000 + (int64_t)validator->drift_ppm);
    uint64_t local_us = wanted_us - validator->clock_base_us;
    return validator->clock_since_us + local_us / rate * 1000000 +
           (local_us % rate * 1000000 + rate - 1) / rate;
}

static void wake(void *context, const struct queue_event *event)
{
    struct validator *validator = context;
    if (event->number == validator->incarnation && validator->up) {
        validator->wake_us = UINT64_MAX;
        validator_core_wake(validator);
    }
}

/* Has the thread run again when its next timer is due. */
static void schedule_wake(struct validator *validator)
{
    struct turn_time time = validator_time(validator);
    uint64_t due_ms = turn_deadline_ms(validator->recovered.turn);
    bool watching = validator->config->space_reserve_bytes > 0 ||
                    turn_state(validator->recovered.turn) == TURN_PAUSED;
    if (watching && due_ms > time.now_ms + WAIT_MS_MAX) {
        due_ms = time.now_ms + WAIT_MS_MAX;
    }
    uint64_t work_ms = validator->next_due_ms;
    if (work_ms != UINT64_MAX) {
        uint64_t wait_ms = work_ms > time.utc_ms ? work_ms - time.utc_ms : 0;
        due_ms = due_ms > time.now_ms + wait_ms ? time.now_ms + wait_ms : due_ms;
    }
    if (due_ms == UINT64_MAX) {
        return;
    }
    uint64_t now_us = event_queue_now_us(validator->queue);
    uint64_t due_us = instant_of(validator, due_ms);
    due_us = due_us <= now_us ? now_us + 1 : due_us;
    if (due_us < validator->wake_us) {
        validator->wake_us = due_us;
        event_queue_add(validator->queue, &(struct queue_event){
                                              .time_us = due_us,
                                              .kind = QUEUE_WAKE,
                                              .place = validator->host,
                                              .number = validator->incarnation,
                                              .run = wake,
                                              .context = validator,
                                          });
    }
}

static void core_done(void *context)
{
    struct validator *validator = context;
    validator->core_awake = !validator->ending && validator_waiting_count(validator) > 0;
    if (validator->ending) {
        validator_stop_if_ending(validator);
    } else if (validator->core_awake) {
        validator_core_wake(validator);
    } else if (!validator_is_paused(validator)) {
        schedule_wake(validator);
    }
}

void validator_core_wake(struct validator *validator)
{
    if (validator->up && !validator->ending && !validator_is_paused(validator)) {
        machine_thread_ready(&validator->core);
    }
}

void validator_core_init(struct validator *validator)
{
    for (unsigned rank = 0; rank < INBOX_RANKS; rank++) {
        validator->inbox[rank].item_size = sizeof(struct core_item);
    }
    machine_thread_init(&validator->core, validator->machine, validator->host, core_run, core_done,
                        validator);
}

void validator_core_clear(struct validator *validator)
{
    machine_thread_stop(&validator->core);
    validator->core_awake = false;
    for (unsigned rank = 0; rank < INBOX_RANKS; rank++) {
        while (validator->inbox[rank].count > 0) {
            struct core_item item;
            fifo_pop(&validator->inbox[rank], &item);
            item_free(&item);
        }
        validator->inbox_bytes[rank] = 0;
    }
    validator->wake_us = UINT64_MAX;
    validator->next_due_ms = UINT64_MAX;
    validator->space_short = false;
    validator->space_checked_ms = 0;
}
