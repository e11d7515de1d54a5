/* Execution and the signature workers of a simulated validator: see validator_inside.h. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "ledger/command/envelope.h"
#include "ledger/command/event.h"
#include "netsim/engine/validator_inside.h"
#include "node/replica/payload.h"

enum {
    SUBMIT_CHECKS_MAX = 4096 /* envelopes of clients that wait for a worker */
};

/* ---- Execution ----------------------------------------------------------------------------- */

static uint64_t settled_count(const struct ledger_output *output)
{
    uint64_t settled = 0;
    for (uint32_t i = 0; i < output->event_count; i++) {
        struct event event;
        bool whole = event_decode(&event, output->events[i].bytes, output->events[i].size);
        /* Parts count when the last of them has settled. */
        bool ends = event.kind == EVENT_SETTLED && event.reason != REASON_PAIN;
        settled += whole && ends ? 1 : 0;
    }
    return settled;
}

static uint64_t leaf_bytes(const struct ledger_leaf *leaves, uint32_t count)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < count; i++) {
        bytes += leaves[i].size;
    }
    return bytes;
}

static void charge_execution(struct validator *validator, const struct ledger_output *output)
{
    const struct cost_model *costs = &validator->config->costs;
    validator_charge(validator, ACTIVITY_EXECUTE,
                     costs->execute_block_ns + costs->execute_command_ns * output->receipt_count);
    if (costs->settle_ns > 0) {
        validator_charge(validator, ACTIVITY_EXECUTE, costs->settle_ns * settled_count(output));
    }
    validator_charge(validator, ACTIVITY_TURN, costs->turn_ns);
    validator_charge(validator, ACTIVITY_STORE, costs->store_block_ns);
    if (costs->store_kib_ns > 0) {
        uint64_t bytes = leaf_bytes(output->receipts, output->receipt_count) +
                         leaf_bytes(output->events, output->event_count);
        validator_charge(validator, ACTIVITY_STORE, costs->store_kib_ns * bytes / 1024);
    }
}

static enum execution_status execute_block(struct validator *validator)
{
    struct execution *execution = validator->execution;
    enum execution_status status = execution_load(execution);
    if (status == EXECUTION_OK) {
        status = execution_apply(execution, &validator->executed);
    }
    if (status != EXECUTION_OK) {
        return status;
    }
    charge_execution(validator, &validator->executed.output);
    status = execution_save(execution, &validator->executed);
    if (status != EXECUTION_OK) {
        return status;
    }
    validator->has_executed = true;
    if (execution_checkpoint_due(execution)) {
        status = execution_checkpoint_take(execution);
        if (status == EXECUTION_OK) {
            status = execution_checkpoint_write(execution);
        }
    }
    return status;
}

static void execution_run(void *context, struct machine_cost *cost)
{
    struct validator *validator = context;
    if (validator_is_paused(validator) || validator_list_is_full(validator)) {
        return;
    }
    validator_run_begin(validator, cost);
    enum execution_status status = execute_block(validator);
    if (status != EXECUTION_OK && status != EXECUTION_IDLE) {
        validator_end(validator, STOP_STORAGE);
    }
    (void)validator_account(validator, ACTIVITY_VERIFY);
    validator_run_end(validator);
}

static void tell_executed(struct validator *validator)
{
    const struct execution_done *done = &validator->executed;
    const struct simulation_executed executed = {
        .height = done->height,
        .ledger_ms = done->ledger_ms,
        .block_id = done->block_id,
        .output = &done->output,
        .ledger = executor_ledger(validator->executor),
        .envelope_count = done->envelope_count,
        .batch_count = done->batch_count,
        .payload_bytes = done->payload_bytes,
    };
    /* A block whose write failed may be in the store all the same; execution, which takes the store
     * for its queue, finds it there. */
    validator_tell_committed(validator, done->height);
    OBSERVERS_TELL(validator->observers, executed, validator->host, &executed);
}

static void put_executed(struct validator *validator)
{
    const struct execution_done *done = &validator->executed;
    struct core_item item = {
        .kind = ITEM_EXECUTED,
        .executed = {.height = done->height,
                     .result_root = done->output.result.result_root,
                     .has_content = done->output.has_content,
                     .more_due = done->output.more_due,
                     .next_due_ms = done->output.next_due_ms},
    };
    if (validator->has_gate && validator->gate.result != NULL) {
        validator->gate.result(validator->gate.context, done->height, &item.executed.result_root);
    }
    bool put = validator_core_put(validator, RANK_RESULT, &item);
    TALLY_ASSERT(put);
    /* The core may run at once, and its disk may fail: then all this is gone. */
    for (uint32_t i = 0; validator->up && i < done->skipped_count; i++) {
        const struct core_item again = {
            .kind = ITEM_SUBMIT_AGAIN,
            .valid = true,
            .packet = packet_new(done->skipped[i].bytes, done->skipped[i].size),
        };
        put = validator_core_put(validator, RANK_SUBMIT, &again);
        TALLY_ASSERT(put);
    }
}

static void execution_done(void *context)
{
    struct validator *validator = context;
    if (validator->has_executed) {
        validator->has_executed = false;
        validator_list_put(validator, validator->executed.output.receipt_count);
        tell_executed(validator);
        put_executed(validator);
        if (!validator->ending) {
            validator_work_wake(validator); /* the next block may be final already */
        }
    }
    validator_stop_if_ending(validator);
}

/* ---- Workers ------------------------------------------------------------------------------- */

static uint32_t envelope_count(const struct signature_job *job)
{
    uint32_t count = 0;
    (void)payload_count(job->payload, job->payload_size, &count);
    return count;
}

static void check_batch(struct validator *validator, struct check *check)
{
    const struct payload_rules rules = {
        .chain_id = validator->config->genesis->chain_id,
        .payload_bytes_max = validator->config->limits.batch_bytes_max,
        .known = verified_set_contains,
        .context = validator->verified,
    };
    validator_charge(validator, ACTIVITY_CHECK,
                     validator->config->costs.check_envelope_ns * envelope_count(&check->job));
    check->valid =
        payload_check(&rules, check->job.payload, check->job.payload_size) == PAYLOAD_VALID;
}

/* As node/service.c: verified unless these very bytes were before, and remembered. */
static void check_envelope(struct validator *validator, struct check *check)
{
    const struct cost_model *costs = &validator->config->costs;
    const struct packet *packet = check->packet;
    struct envelope envelope;
    struct hash fingerprint;
    validator_charge(validator, ACTIVITY_CHECK, costs->check_envelope_ns);
    if (envelope_decode(&envelope, packet->bytes, packet->size) != ENVELOPE_OK) {
        check->valid = false;
        return;
    }
    payload_envelope_fingerprint(&envelope, &fingerprint);
    check->valid = verified_set_contains(validator->verified, &fingerprint);
    if (!check->valid && envelope_verify(&envelope) == ENVELOPE_OK) {
        check->valid = true;
        verified_set_add(validator->verified, &fingerprint);
    }
}

static void worker_run(void *context, struct machine_cost *cost)
{
    struct worker *worker = context;
    struct validator *validator = worker->validator;
    if (validator->checks.count == 0 || validator_is_paused(validator)) {
        return; /* another worker was faster */
    }
    fifo_pop(&validator->checks, &worker->check);
    worker->has_check = true;
    validator_run_begin(validator, cost);
    if (!worker->awake) {
        validator_charge(validator, ACTIVITY_TURN, validator->config->costs.turn_ns);
    }
    if (worker->check.is_batch) {
        check_batch(validator, &worker->check);
    } else {
        check_envelope(validator, &worker->check);
    }
    (void)validator_account(validator, ACTIVITY_CHECK);
    validator_run_end(validator);
}

static void check_free(struct check *check)
{
    free(check->job.memory);
    if (check->packet != NULL) {
        packet_release(check->packet);
    }
}

static void tell_check(struct validator *validator, struct check *check)
{
    const struct core_item item = {
        .kind = check->is_batch ? ITEM_CHECKED : ITEM_SUBMIT,
        .valid = check->valid,
        .ticket = check->ticket,
        .packet = check->packet,
        .job = check->job,
    };
    validator->batch_checks -= check->is_batch ? 1 : 0;
    validator->submit_checks -= check->is_batch ? 0 : 1;
    enum core_rank rank = check->is_batch ? RANK_RESULT : RANK_SUBMIT;
    if (!validator_core_put(validator, rank, &item)) {
        OBSERVERS_TELL(validator->observers, answered, validator->host, check->ticket,
                       ADMISSION_BUSY);
        check_free(check);
    }
}

static void worker_done(void *context)
{
    struct worker *worker = context;
    struct validator *validator = worker->validator;
    if (worker->has_check) {
        worker->has_check = false;
        tell_check(validator, &worker->check);
    }
    worker->awake = validator->checks.count > 0 && !validator_is_paused(validator);
    if (worker->awake) {
        machine_thread_ready(&worker->thread);
    }
}

static void check_add(struct validator *validator, const struct check *check)
{
    fifo_push(&validator->checks, check);
    if (validator_is_paused(validator)) {
        return;
    }
    for (unsigned i = 0; i < validator->config->signature_workers; i++) {
        if (validator->workers[i].thread.state == THREAD_IDLE) {
            machine_thread_ready(&validator->workers[i].thread);
            break;
        }
    }
}

void validator_check_batch(struct validator *validator, const struct signature_job *job)
{
    uint32_t queue_max = validator->config->limits.lane_window * validator->config->member_count;
    if (validator->starting || validator->batch_checks >= queue_max) {
        free(job->memory);
        return;
    }
    struct check check = {.is_batch = true, .job = *job};
    const bool at_once = job->payload_size <= SIGNATURE_WORKERS_AT_ONCE_BYTES &&
                         validator->batch_checks == 0 &&
                         validator_waiting_count(validator) < CORE_BACKLOG;
    validator->batch_checks++;
    if (at_once) {
        (void)validator_account(validator, ACTIVITY_VERIFY);
        check_batch(validator, &check);
        (void)validator_account(validator, ACTIVITY_CHECK);
        tell_check(validator, &check);
    } else {
        check_add(validator, &check);
    }
}

void validator_check_submitted(struct validator *validator, uint64_t ticket, struct packet *packet)
{
    if (validator->submit_checks >= SUBMIT_CHECKS_MAX) {
        OBSERVERS_TELL(validator->observers, answered, validator->host, ticket, ADMISSION_BUSY);
        return;
    }
    const struct check check = {.ticket = ticket, .packet = packet_hold(packet)};
    validator->submit_checks++;
    check_add(validator, &check);
}

/* ---- Life ---------------------------------------------------------------------------------- */

void validator_work_wake(struct validator *validator)
{
    if (!validator->up || validator_is_paused(validator)) {
        return;
    }
    machine_thread_ready(&validator->executing);
    if (validator->listing.count > 0) {
        machine_thread_ready(&validator->listing.thread);
    }
    for (unsigned i = 0; i < validator->config->signature_workers; i++) {
        if (validator->checks.count > 0) {
            machine_thread_ready(&validator->workers[i].thread);
        }
    }
}

void validator_work_init(struct validator *validator)
{
    validator->checks.item_size = sizeof(struct check);
    machine_thread_init(&validator->executing, validator->machine, validator->host, execution_run,
                        execution_done, validator);
    validator_list_init(validator);
    for (unsigned i = 0; i < VALIDATOR_WORKERS_MAX; i++) {
        validator->workers[i].validator = validator;
        machine_thread_init(&validator->workers[i].thread, validator->machine, validator->host,
                            worker_run, worker_done, &validator->workers[i]);
    }
}

void validator_work_clear(struct validator *validator)
{
    struct check check;
    machine_thread_stop(&validator->executing);
    validator_list_clear(validator);
    if (validator->has_executed) {
        validator->has_executed = false;
        tell_executed(validator); /* a checkpoint may have it, though the core never heard of it */
    }
    for (unsigned i = 0; i < VALIDATOR_WORKERS_MAX; i++) {
        struct worker *worker = &validator->workers[i];
        machine_thread_stop(&worker->thread);
        worker->awake = false;
        if (worker->has_check) {
            check_free(&worker->check);
            worker->has_check = false;
        }
    }
    while (validator->checks.count > 0) {
        fifo_pop(&validator->checks, &check);
        check_free(&check);
    }
    validator->batch_checks = 0;
    validator->submit_checks = 0;
}
