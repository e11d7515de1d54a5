#include "netsim/engine/validator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "consensus/batch.h"
#include "netsim/engine/memory_pool.h"
#include "netsim/engine/validator_inside.h"
#include "node/checkpoint.h"

static const char data_directory[] = "data";
static const char journal_directory[] = "data/journal";
static const char batch_directory[] = "data/batches";

enum {
    NS_PER_US = 1000,
};

/* ---- Time and costs ------------------------------------------------------------------------ */

bool validator_is_paused(const struct validator *validator)
{
    return validator->paused_until_us > event_queue_now_us(validator->queue);
}

static uint64_t within_us(const struct validator *validator)
{
    const struct machine_cost *cost = validator->cost;
    return cost == NULL ? 0 : (cost->processor_ns + cost->wait_ns) / NS_PER_US;
}

/* What the monotonic clock shows at an instant not before its rate was set. */
static uint64_t monotonic_us(const struct validator *validator, uint64_t instant_us)
{
    uint64_t passed_us = instant_us - validator->clock_since_us;
    if (validator->drift_ppm == 0) {
        return validator->clock_base_us + passed_us;
    }
    uint64_t rate = (uint64_t)(1000000 + (int64_t)validator->drift_ppm);
    return validator->clock_base_us + passed_us / 1000000 * rate +
           passed_us % 1000000 * rate / 1000000;
}

struct turn_time validator_time(struct validator *validator)
{
    uint64_t now_us = event_queue_now_us(validator->queue) + within_us(validator);
    if (now_us == validator->time_at_us) {
        return validator->time;
    }
    int64_t utc_ms =
        (int64_t)(validator->config->genesis->time_ms + SIMULATION_BEGIN_MS + now_us / 1000) +
        validator->utc_offset_ms;
    validator->time_at_us = now_us;
    validator->time = (struct turn_time){
        .now_ms = monotonic_us(validator, now_us) / 1000,
        .utc_ms = utc_ms < 0 ? 0 : (uint64_t)utc_ms,
    };
    return validator->time;
}

void validator_run_begin(struct validator *validator, struct machine_cost *cost)
{
    TALLY_ASSERT(validator->cost == NULL);
    validator->cost = cost;
    validator->begin_us = event_queue_now_us(validator->queue);
    validator->meter = sign_meter;
    (void)disk_elapsed_ns(validator->disk);
}

void validator_charge(struct validator *validator, enum simulation_activity activity, uint64_t ns)
{
    uint64_t slowed_ns = ns * validator->slow_permille / 1000;
    TALLY_ASSERT(validator->cost != NULL);
    validator->cost->processor_ns += slowed_ns;
    validator->activity_ns[activity] += slowed_ns;
}

void validator_charge_hash(struct validator *validator, uint64_t size)
{
    const struct cost_model *costs = &validator->config->costs;
    validator_charge(validator, ACTIVITY_HASH, costs->hash_ns + costs->hash_kib_ns * size / 1024);
}

uint64_t validator_account(struct validator *validator, enum simulation_activity verify_as)
{
    const struct cost_model *costs = &validator->config->costs;
    uint64_t created = sign_meter.created - validator->meter.created;
    uint64_t verified = sign_meter.verified - validator->meter.verified;
    validator->meter = sign_meter;
    validator_charge(validator, ACTIVITY_SIGN, created * costs->sign_ns);
    validator_charge(validator, verify_as, verified * costs->verify_ns);
    validator->cost->wait_ns += disk_elapsed_ns(validator->disk);
    validator->observers->within_us = within_us(validator);
    return validator->observers->within_us;
}

void validator_run_end(struct validator *validator)
{
    uint64_t begin_us = validator->begin_us;
    uint64_t wait_us = validator->cost->wait_ns / NS_PER_US;
    bool was_free = validator->cost->processor_ns == 0 && wait_us == 0;
    validator->cost = NULL;
    validator->observers->within_us = 0;
    if (was_free) {
        return;
    }
    for (unsigned i = 0; i < ACTIVITY_COUNT; i++) {
        uint64_t duration_us = validator->activity_ns[i] / NS_PER_US;
        validator->activity_ns[i] %= NS_PER_US; /* told with the next one */
        if (duration_us > 0) {
            OBSERVERS_TELL(validator->observers, busy, validator->host, (enum simulation_activity)i,
                           begin_us, duration_us);
            begin_us += duration_us;
        }
    }
    if (wait_us > 0) {
        OBSERVERS_TELL(validator->observers, disk_wait, validator->host, begin_us, wait_us);
    }
}

/* ---- Ports of the turn --------------------------------------------------------------------- */

static void port_send(void *context, uint16_t to, enum consensus_class class, const uint8_t *bytes,
                      size_t size)
{
    struct validator *validator = context;
    if (!validator->starting) { /* tallyd has no channels yet then */
        validator_send(validator, to, class, bytes, size);
    }
}

static void port_check(void *context, const struct signature_job *job)
{
    validator_check_batch(context, job);
}

void validator_tell_committed(struct validator *validator, uint64_t height)
{
    bool wanted;
    OBSERVERS_WANT(validator->observers, committed, &wanted);
    while (validator->told_height < height) {
        struct store_bytes block;
        validator->told_height++;
        if (wanted &&
            store_get_block(validator->store, validator->told_height, &block) == STORE_OK) {
            OBSERVERS_TELL(validator->observers, committed, validator->host, validator->told_height,
                           block.data, block.size);
            store_bytes_free(&block);
        }
    }
}

static void port_committed(void *context, uint64_t height)
{
    struct validator *validator = context;
    (void)validator_account(validator, ACTIVITY_VERIFY);
    validator_tell_committed(validator, height);
    validator_work_wake(validator);
}

static void port_answer(void *context, uint64_t ticket, enum admission_answer answer)
{
    validator_answer(context, ticket, answer);
}

/* Kept in the store, as tallyd does it. */
static void port_evidence(void *context, const uint8_t *bytes, size_t size)
{
    struct validator *validator = context;
    struct hash id;
    char name[STORE_META_NAME_SIZE_MAX];
    hash_compute(&id, HASH_MESSAGE, bytes, size);
    (void)snprintf(name, sizeof name, "evidence-%02x%02x%02x%02x", id.bytes[0], id.bytes[1],
                   id.bytes[2], id.bytes[3]);
    struct store_batch *batch = store_batch_new();
    TALLY_ASSERT(batch != NULL);
    store_put_meta(batch, name, bytes, size);
    bool kept = store_write(validator->store, batch, STORE_SYNC) == STORE_OK;
    (void)kept; /* tallyd only logs it; the next write of the turn meets the same disk */
    store_batch_free(batch);
    OBSERVERS_TELL(validator->observers, evidence, validator->host, bytes, size);
}

static void port_alarm(void *context, enum consensus_alarm code, uint16_t peer)
{
    struct validator *validator = context;
    OBSERVERS_TELL(validator->observers, alarm, validator->host, code, peer);
}

static void port_traced(void *context, const struct consensus_effect *trace)
{
    struct validator *validator = context;
    OBSERVERS_TELL(validator->observers, traced, validator->host, trace);
}

/* ---- What is written, and what is durable -------------------------------------------------- */

static bool is_wanted(const struct validator *validator, enum turn_file file)
{
    bool wanted;
    if (file == TURN_BATCH_LOG) {
        OBSERVERS_WANT(validator->observers, batch_durable, &wanted);
    } else {
        OBSERVERS_WANT(validator->observers, recorded, &wanted);
    }
    return wanted;
}

static void tell_written(struct validator *validator, const struct written *written, bool durable)
{
    const struct packet *packet = written->packet;
    if (written->file != TURN_BATCH_LOG) {
        OBSERVERS_TELL(validator->observers, recorded, validator->host, packet->bytes, packet->size,
                       durable);
    } else if (durable) {
        OBSERVERS_TELL(validator->observers, batch_durable, validator->host, packet->bytes,
                       packet->size);
    }
}

static void port_written(void *context, enum turn_file file, const uint8_t *bytes, size_t size)
{
    struct validator *validator = context;
    validator_charge_hash(validator, size);
    if (is_wanted(validator, file)) {
        const struct written written = {.file = file, .packet = packet_new(bytes, size)};
        (void)validator_account(validator, ACTIVITY_VERIFY);
        fifo_push(&validator->unsynced, &written);
        if (!validator->starting) {
            tell_written(validator, &written, false);
        }
    }
}

/* Everything of a file that was written is durable. Batches are synced before records, so what of
 * the other file stands before them in the queue is put behind. */
static void port_synced(void *context, enum turn_file file)
{
    struct validator *validator = context;
    (void)validator_account(validator, ACTIVITY_VERIFY);
    for (uint32_t left = validator->unsynced.count; left > 0; left--) {
        struct written written;
        fifo_pop(&validator->unsynced, &written);
        if (written.file == file) {
            tell_written(validator, &written, true);
            packet_release(written.packet);
        } else {
            fifo_push(&validator->unsynced, &written);
        }
    }
}

static void unsynced_clear(struct validator *validator)
{
    while (validator->unsynced.count > 0) {
        struct written written;
        fifo_pop(&validator->unsynced, &written);
        packet_release(written.packet);
    }
}

/* What recovery read in the journal counts as durable; what it wrote itself waits for its sync. A
 * journal that was given up counts for nothing. */
static void tell_found_records(struct validator *validator)
{
    for (uint32_t left = validator->unsynced.count; left > 0; left--) {
        struct written written;
        fifo_pop(&validator->unsynced, &written);
        bool before = written.file == TURN_JOURNAL_BEFORE;
        if (!before || validator->recovered.journal != NULL) {
            tell_written(validator, &written, false);
        }
        if (before && validator->recovered.journal != NULL) {
            tell_written(validator, &written, true);
        }
        if (before) {
            packet_release(written.packet);
        } else {
            fifo_push(&validator->unsynced, &written);
        }
    }
}

static void tell_found_batch(void *context, const struct batch_log_entry *entry)
{
    struct validator *validator = context;
    uint8_t *bytes = malloc(entry->size);
    size_t size;
    TALLY_ASSERT(bytes != NULL);
    if (batch_log_read(validator->batch_log, &entry->digest, bytes, entry->size, &size) ==
        BATCH_LOG_OK) {
        OBSERVERS_TELL(validator->observers, batch_durable, validator->host, bytes, size);
    }
    free(bytes);
}

static void tell_started(struct validator *validator)
{
    OBSERVERS_TELL(validator->observers, started, validator->host,
                   validator->recovered.journal == NULL);
    tell_found_records(validator);
    if (is_wanted(validator, TURN_BATCH_LOG)) {
        batch_log_each(validator->batch_log, 0, tell_found_batch, validator);
    }
    validator_tell_committed(validator, validator->recovered.final_height);
}

/* ---- Start --------------------------------------------------------------------------------- */

static bool make_executor(struct validator *validator)
{
    const struct executor_config config = {
        .genesis = validator->config->genesis,
        .envelope_count_max = validator->config->envelope_count_max,
    };
    if (validator->executor_memory == NULL) {
        size_t size = executor_footprint(&config);
        TALLY_ASSERT(size > 0);
        validator->executor_memory = memory_pool_take(size);
        TALLY_ASSERT(validator->executor_memory != NULL);
    }
    return executor_new(validator->executor_memory, &config, &validator->executor) == GENESIS_OK;
}

/* pre: the ledger is at its genesis. */
static void configure(struct validator *validator)
{
    const struct simulation_config *config = validator->config;
    struct consensus_config *consensus = &validator->replica_config.consensus;
    validator->replica_config.protocol = config->protocol;
    consensus_config_defaults(consensus);
    consensus->chain_id = config->genesis->chain_id;
    consensus->epoch = 0;
    consensus->validator_count = config->member_count;
    consensus->self = validator->member;
    consensus->validators = validator->keys;
    consensus->secret_key = validator->secret;
    consensus->anchor = (struct consensus_anchor){
        .hash = config->genesis->chain_id,
        .ts_ms = config->genesis->time_ms,
        .result_root = ledger_result(executor_ledger(validator->executor))->result_root,
    };
    consensus->timing = config->timing;
    consensus->limits = config->limits;
    consensus->seed = validator->seed;
    consensus->trace = config->trace;
    validator->replica_config.admission = config->admission;
    validator->replica_config.admission.chain_id = config->genesis->chain_id;
    validator->replica_config.admission.hash_seed =
        digest_bytes(validator->seed, config->genesis->chain_id.bytes, HASH_SIZE);
}

static bool open_storage(struct validator *validator)
{
    const struct hash *chain_id = &validator->config->genesis->chain_id;
    const struct file_system *system = disk_system(validator->disk);
    return directory_create(system, data_directory) == FILE_OK &&
           memory_store_open(validator->memory, chain_id, &validator->store) == STORE_OK &&
           batch_log_open(system, batch_directory, chain_id, validator->config->segment_bytes,
                          &validator->batch_log) == BATCH_LOG_OK;
}

static bool restore_ledger(struct validator *validator)
{
    if (!make_executor(validator)) {
        return false;
    }
    configure(validator);
    enum checkpoint_result result =
        checkpoint_restore(executor_ledger(validator->executor), validator->store);
    if (result == CHECKPOINT_BROKEN) {
        return make_executor(validator); /* everything is executed again */
    }
    return result == CHECKPOINT_OK || result == CHECKPOINT_NONE;
}

static bool recover(struct validator *validator, bool first_start)
{
    size_t size = replica_footprint(&validator->replica_config);
    TALLY_ASSERT(size > 0);
    validator->replica_memory = memory_pool_take(size);
    TALLY_ASSERT(validator->replica_memory != NULL);
    const struct recovery_config config = {
        .system = disk_system(validator->disk),
        .journal_directory = journal_directory,
        .store = validator->store,
        .batch_log = validator->batch_log,
        .ledger = executor_ledger(validator->executor),
        .replica = &validator->replica_config,
        .replica_memory = validator->replica_memory,
        .key = validator->keys[validator->member],
        .ports = {.context = validator,
                  .send = port_send,
                  .check = port_check,
                  .committed = port_committed,
                  .answer = port_answer,
                  .evidence = port_evidence,
                  .alarm = port_alarm,
                  .written = port_written,
                  .synced = port_synced,
                  .traced = validator->config->trace ? port_traced : NULL},
        .first_start = first_start,
        .time = validator_time(validator),
    };
    return recovery_run(&config, &validator->recovered) == RECOVERY_OK;
}

static bool make_execution(struct validator *validator)
{
    const struct execution_config config = {
        .executor = validator->executor,
        .store = validator->store,
        .batch_log = validator->batch_log,
        .validator_count = validator->config->member_count,
        .self = validator->member,
        .checkpoint_bytes = validator->config->checkpoint_bytes,
    };
    validator->execution = execution_new(&config);
    validator->verified = verified_set_new(validator->config->admission.remembered_count_max);
    return validator->execution != NULL && validator->verified != NULL;
}

static void release(struct validator *validator)
{
    execution_free(validator->execution);
    verified_set_free(validator->verified);
    turn_free(validator->recovered.turn);
    journal_close(validator->recovered.journal);
    batch_log_close(validator->batch_log);
    store_close(validator->store);
    memory_pool_give(validator->executor_memory);
    memory_pool_give(validator->replica_memory);
    validator->execution = NULL;
    validator->verified = NULL;
    validator->recovered = (struct recovered){.replica = NULL};
    validator->batch_log = NULL;
    validator->store = NULL;
    validator->executor_memory = NULL;
    validator->replica_memory = NULL;
    unsynced_clear(validator);
}

/* What the machine does to the disk when the program has ended. */
static void disk_settle(struct validator *validator, bool power)
{
    if (power || disk_is_crashed(validator->disk)) {
        disk_crash(validator->disk);
        disk_restart(validator->disk);
        memory_store_restart(validator->memory);
    } else {
        disk_kill(validator->disk);
    }
}

bool validator_start(struct validator *validator, bool first_start)
{
    TALLY_ASSERT(!validator->up);
    validator->incarnation++;
    validator->starting = true;
    validator->start_cost = (struct machine_cost){0, 0};
    validator_run_begin(validator, &validator->start_cost);
    bool started = open_storage(validator) && restore_ledger(validator) &&
                   recover(validator, first_start) && make_execution(validator);
    if (started) {
        tell_started(validator);
    }
    (void)validator_account(validator, ACTIVITY_VERIFY);
    validator_run_end(validator);
    validator->starting = false;
    validator->up = started;
    if (!started) {
        release(validator);
        disk_settle(validator, false);
        return false;
    }
    validator->ending = false;
    validator_core_wake(validator);
    validator_work_wake(validator);
    return true;
}

/* ---- End ----------------------------------------------------------------------------------- */

void validator_end(struct validator *validator, enum simulation_stop why)
{
    if (!validator->ending) {
        validator->ending = true;
        validator->end = why;
    }
}

static void stop(struct validator *validator, bool power, enum simulation_stop why)
{
    TALLY_ASSERT(validator->up && validator->cost == NULL);
    validator->up = false;
    validator->incarnation++;
    validator_core_clear(validator);
    validator_work_clear(validator);
    validator_door_clear(validator);
    release(validator);
    disk_settle(validator, power);
    OBSERVERS_TELL(validator->observers, stopped, validator->host, why);
}

void validator_stop_if_ending(struct validator *validator)
{
    if (validator->up && validator->ending) {
        stop(validator, false, validator->end);
    }
}

void validator_crash(struct validator *validator, enum validator_crash_kind kind)
{
    stop(validator, kind == CRASH_POWER, STOP_CRASH);
}

/* ---- What is done to it -------------------------------------------------------------------- */

static void pause_over(void *context, const struct queue_event *event)
{
    struct validator *validator = context;
    (void)event;
    if (validator->up && !validator_is_paused(validator)) {
        validator_door_wake(validator);
        validator_work_wake(validator);
        validator_core_wake(validator);
    }
}

void validator_pause(struct validator *validator, uint64_t until_us)
{
    uint64_t now_us = event_queue_now_us(validator->queue);
    validator->paused_until_us = until_us;
    event_queue_add(validator->queue, &(struct queue_event){
                                          .time_us = until_us < now_us ? now_us : until_us,
                                          .kind = QUEUE_WAKE,
                                          .place = validator->host,
                                          .number = UINT64_MAX,
                                          .run = pause_over,
                                          .context = validator,
                                      });
}

void validator_clock(struct validator *validator, int64_t utc_offset_ms, int32_t drift_ppm)
{
    uint64_t now_us = event_queue_now_us(validator->queue);
    TALLY_ASSERT(drift_ppm > -1000000);
    validator->clock_base_us = monotonic_us(validator, now_us);
    validator->clock_since_us = now_us;
    validator->drift_ppm = drift_ppm;
    validator->utc_offset_ms = utc_offset_ms;
    validator->time_at_us = UINT64_MAX;
    validator->wake_us = UINT64_MAX; /* timers fall due at other instants now */
    validator_core_wake(validator);
}

void validator_slow(struct validator *validator, uint32_t permille)
{
    validator->slow_permille = permille;
}

void validator_gate_set(struct validator *validator, const struct validator_gate *gate)
{
    validator->has_gate = gate != NULL;
    if (gate != NULL) {
        validator->gate = *gate;
    }
}

static void name_file(void *context, const char *name)
{
    struct fifo *names = context;
    char path[FILE_PATH_SIZE_MAX];
    TALLY_ASSERT(file_path_join(path, journal_directory, name) == FILE_OK);
    fifo_push(names, path);
}

void validator_lose_journal(struct validator *validator)
{
    const struct file_system *system = disk_system(validator->disk);
    struct fifo names = {.item_size = FILE_PATH_SIZE_MAX};
    TALLY_ASSERT(!validator->up);
    /* what was planned is for the validator's own operations */
    disk_plan(validator->disk, FAULT_NONE, 0);
    if (directory_list(system, journal_directory, name_file, &names) != FILE_OK) {
        return; /* it never had one */
    }
    while (names.count > 0) {
        char path[FILE_PATH_SIZE_MAX];
        fifo_pop(&names, path);
        bool gone = file_unlink(system, path) == FILE_OK;
        TALLY_ASSERT(gone);
    }
    bool synced = directory_sync(system, journal_directory) == FILE_OK;
    TALLY_ASSERT(synced);
    fifo_free(&names);
}

/* A disk as new, which keeps the prices of the one before, if there was one; and a store on it. */
static void make_storage(struct validator *validator)
{
    uint64_t seed = digest_u64(validator->seed, validator->incarnation);
    struct disk *before = validator->disk;
    validator->disk = disk_new(seed);
    if (before != NULL) {
        *disk_prices(validator->disk) = *disk_prices(before);
    } else {
        const struct cost_model *costs = &validator->config->costs;
        struct disk_prices *prices = disk_prices(validator->disk);
        prices->write_kib_ns = costs->write_kib_ns;
        prices->sync_ns = costs->sync_ns;
        prices->sync_kib_ns = costs->sync_kib_ns;
    }
    disk_free(before);
    memory_store_free(validator->memory);
    validator->memory = memory_store_new(~seed);
    memory_store_lies_on(validator->memory, validator->disk);
    validator->told_height = 0;
}

bool validator_fill(struct validator *validator, validator_filling *filling, void *context)
{
    TALLY_ASSERT(!validator->up);
    struct store_batch *nothing = store_batch_new();
    TALLY_ASSERT(nothing != NULL);
    bool filled = open_storage(validator) &&
                  filling(context, validator->store, validator->batch_log) &&
                  store_write(validator->store, nothing, STORE_SYNC) == STORE_OK;
    store_batch_free(nothing);
    release(validator);
    disk_settle(validator, false);
    return filled;
}

void validator_wipe(struct validator *validator)
{
    TALLY_ASSERT(!validator->up);
    validator->incarnation++;
    make_storage(validator);
}

bool validator_rot(struct validator *validator, enum validator_rot where, uint64_t draw)
{
    TALLY_ASSERT(!validator->up);
    switch (where) {
    case ROT_JOURNAL:
        return disk_rot_within(validator->disk, journal_directory, draw);
    case ROT_BATCH_LOG:
        return disk_rot_within(validator->disk, batch_directory, draw);
    case ROT_STORE:
        return memory_store_rot(validator->memory, draw);
    }
    return false;
}

/* ---- What is known of it ------------------------------------------------------------------- */

bool validator_is_up(const struct validator *validator)
{
    return validator->up;
}

bool validator_is_ending(const struct validator *validator)
{
    return validator->up && validator->ending;
}

bool validator_is_mute(const struct validator *validator)
{
    return validator->up && validator->recovered.journal == NULL;
}

uint32_t validator_host(const struct validator *validator)
{
    return validator->host;
}

uint32_t validator_member(const struct validator *validator)
{
    return validator->member;
}

struct disk *validator_disk(struct validator *validator)
{
    return validator->disk;
}

const struct ledger *validator_ledger(const struct validator *validator)
{
    TALLY_ASSERT(validator->up);
    return executor_ledger(validator->executor);
}

void validator_summary(const struct validator *validator, struct consensus_summary *summary)
{
    TALLY_ASSERT(validator->up);
    replica_summary(validator->recovered.replica, summary);
}

uint64_t validator_final_height(const struct validator *validator)
{
    return validator->told_height;
}

uint64_t validator_executed_height(const struct validator *validator)
{
    return ledger_height(validator_ledger(validator));
}

uint32_t validator_waiting_count(const struct validator *validator)
{
    uint32_t count = 0;
    for (unsigned rank = 0; rank < INBOX_RANKS; rank++) {
        count += (uint32_t)validator->inbox[rank].count;
    }
    return count;
}

uint64_t validator_dropped_count(const struct validator *validator)
{
    return validator->dropped;
}

/* ---- Made and freed ------------------------------------------------------------------------ */

struct validator *validator_new(const struct validator_world *world)
{
    struct validator *validator = calloc(1, sizeof *validator);
    TALLY_ASSERT(validator != NULL);
    validator->simulation = world->simulation;
    validator->config = world->config;
    validator->queue = world->queue;
    validator->network = world->network;
    validator->machine = world->machine;
    validator->observers = world->observers;
    validator->keys = world->keys;
    validator->secret = world->secret;
    validator->host = world->host;
    validator->member = world->member;
    validator->seed = world->seed;
    validator->slow_permille = 1000;
    validator->time_at_us = UINT64_MAX;
    validator->wake_us = UINT64_MAX;
    validator->next_due_ms = UINT64_MAX;
    validator->unsynced.item_size = sizeof(struct written);
    validator_core_init(validator);
    validator_work_init(validator);
    validator_door_init(validator);
    make_storage(validator);
    return validator;
}

void validator_free(struct validator *validator)
{
    if (validator->up) {
        validator->up = false;
        validator_core_clear(validator);
        validator_work_clear(validator);
        validator_door_clear(validator);
        release(validator);
    }
    for (unsigned rank = 0; rank < INBOX_RANKS; rank++) {
        fifo_free(&validator->inbox[rank]);
    }
    for (unsigned i = 0; i < VALIDATOR_CHANNELS; i++) {
        fifo_free(&validator->channels[i].items);
    }
    fifo_free(&validator->checks);
    fifo_free(&validator->departures);
    fifo_free(&validator->unsynced);
    disk_free(validator->disk);
    memory_store_free(validator->memory);
    free(validator);
}
