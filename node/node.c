#include "node/node.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client/genesis.h"
#include "client/genesis_ledger.h"
#include "consensus/batch.h"
#include "crypto/hash.h"
#include "crypto/sign_known.h"
#include "host/clock.h"
#include "host/file.h"
#include "ledger/command/envelope.h"
#include "node/checkpoint.h"
#include "node/core_thread.h"
#include "node/executor_thread.h"
#include "node/keys.h"
#include "node/recovery.h"
#include "node/service.h"
#include "node/stored.h"
#include "node/watch.h"

enum {
    EPOCH_FIRST = 0,
    BATCH_AGE_MS = 5,
    SPACE_RESERVE_BYTES = 128 << 20,
    VERIFIED_SLOTS = 1 << 16,
    SKIPPED_VIEWS_MAX = 4096,
    LINE_BURST = 10, /* of one kind in a minute */
    LINE_INTERVAL_MS = 60000,
    SKIP_MS = 2000,
};

struct node {
    struct config config;
    const struct file_system *system;
    struct genesis *genesis;
    struct genesis_ledger *genesis_ledger;
    struct keys *keys;
    struct file lock;

    struct alarm_board *alarms;
    struct progress *progress;
    struct verified_set *verified;
    struct batch_identifiers *identifiers;
    struct store *store;
    struct prover_cache *prover_cache;
    struct batch_log *batch_log;
    struct read_model *read_model;
    char read_model_path[FILE_PATH_SIZE_MAX];

    void *executor_memory;
    size_t executor_size;
    struct executor *executor;
    struct hash genesis_root;

    struct replica_config replica_config;
    void *replica_memory;
    struct recovered recovered;

    struct execution *execution;
    struct read_feed *feed;
    struct signature_workers *workers;
    struct core_thread *core;
    struct executor_thread *executor_thread;
    struct service *service;
    struct transport *transport;
    struct watch *watch;

    /* what a member can make us say at will */
    struct log_limit dropped_lines;
    struct log_limit invalid_lines;

    int end_pipe[2];
    enum node_end end;
};

__attribute__((format(printf, 3, 4))) static bool fail(struct node_error *error, enum node_end end,
                                                       const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    error->end = end;
    (void)vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return false;
}

/* ---- Effects and callbacks ---------------------------------------------------------------- */

static void port_send(void *context, uint16_t to, enum consensus_class class, const uint8_t *bytes,
                      size_t size)
{
    struct node *node = context;
    enum transport_class lane = class == CONSENSUS_CLASS_VOTE ? TRANSPORT_VOTE : TRANSPORT_BULK;
    if (node->transport == NULL) {
        return; /* while starting: consensus repeats what matters */
    }
    if (to == CONSENSUS_ALL) {
        transport_send_all(node->transport, lane, bytes, size);
    } else if (to < node->genesis->validator_count) {
        transport_send(node->transport, to, lane, bytes, size);
    }
}

static void port_check(void *context, const struct signature_job *job)
{
    struct node *node = context;
    if (node->workers == NULL ||
        !signature_workers_check(node->workers, job, !core_thread_behind(node->core))) {
        if (log_limit_pass(&node->dropped_lines, LOG_WARNING, "dropped batches", LINE_BURST,
                           LINE_INTERVAL_MS)) {
            LOG(LOG_WARNING, "a batch was dropped: too many are in check",
                log_u64("author", job->author), log_u64("lane_seq", job->lane_seq));
        }
        free(job->memory);
    }
}

static void port_committed(void *context, uint64_t height)
{
    struct node *node = context;
    progress_final(node->progress, height);
}

static void port_answer(void *context, uint64_t ticket, enum admission_answer answer)
{
    struct node *node = context;
    service_answer(node->service, ticket, answer);
}

static void port_evidence(void *context, const uint8_t *bytes, size_t size)
{
    struct node *node = context;
    struct hash id;
    char name[STORE_META_NAME_SIZE_MAX];
    hash_compute(&id, HASH_MESSAGE, bytes, size);
    (void)snprintf(name, sizeof name, "evidence-%02x%02x%02x%02x%02x%02x%02x%02x", id.bytes[0],
                   id.bytes[1], id.bytes[2], id.bytes[3], id.bytes[4], id.bytes[5], id.bytes[6],
                   id.bytes[7]);
    LOG(LOG_ERROR, "evidence", log_text("stored_as", name), log_u64("size", size));
    struct store_batch *batch = store_batch_new();
    if (batch != NULL) {
        store_put_meta(batch, name, bytes, size);
        if (store_write(node->store, batch, STORE_SYNC) != STORE_OK) {
            LOG(LOG_ERROR, "evidence could not be stored", log_text("name", name));
        }
        store_batch_free(batch);
    }
    alarm_raise(node->alarms, ALARM_EVIDENCE, name);
}

static void port_alarm(void *context, enum consensus_alarm code, uint16_t peer)
{
    struct node *node = context;
    char detail[ALARM_DETAIL_SIZE];
    if (peer < node->genesis->validator_count) {
        (void)snprintf(detail, sizeof detail, "%.90s (validator %u, %.35s)",
                       consensus_alarm_text(code), peer, node->genesis->validators[peer].name);
    } else {
        (void)snprintf(detail, sizeof detail, "%s", consensus_alarm_text(code));
    }
    if (code == CONSENSUS_ALARM_STORAGE_RECOVERED) {
        alarm_clear(node->alarms, ALARM_DISK_FULL);
    } else {
        alarm_raise(node->alarms, alarm_of_consensus(code), detail);
    }
}

static void batch_checked(void *context, const struct signature_job *job,
                          enum payload_result result)
{
    struct node *node = context;
    if (result != PAYLOAD_VALID &&
        log_limit_pass(&node->invalid_lines, LOG_WARNING, "invalid batches", LINE_BURST,
                       LINE_INTERVAL_MS)) {
        LOG(LOG_WARNING, "a batch is invalid", log_u64("author", job->author),
            log_u64("lane_seq", job->lane_seq), log_text("why", payload_result_text(result)));
    }
    core_thread_checked(node->core, job, result == PAYLOAD_VALID);
}

static void node_ends(struct node *node, enum node_end end)
{
    node->end = end;
    if (write(node->end_pipe[1], "x", 1) != 1) {
        LOG(LOG_ERROR, "cannot tell the main thread to stop");
    }
}

static void core_ended(void *context, enum turn_state state)
{
    struct node *node = context;
    if (state == TURN_HALTED) {
        enum consensus_halt halt = turn_halt(node->recovered.turn);
        alarm_raise(node->alarms,
                    halt == CONSENSUS_HALT_RESULT_CONTRADICTED ? ALARM_RESULT_CONTRADICTED
                                                               : ALARM_HALTED,
                    consensus_halt_text(halt));
        node_ends(node, NODE_HALTED);
    } else {
        alarm_raise(node->alarms, ALARM_DISK_FAILED, turn_fault(node->recovered.turn));
        node_ends(node, NODE_STORAGE_FAILED);
    }
}

static void block_executed(void *context, const struct execution_done *done)
{
    struct node *node = context;
    const struct core_executed executed = {
        .height = done->height,
        .result_root = done->output.result.result_root,
        .has_content = done->output.has_content,
        .more_due = done->output.more_due,
        .next_due_ms = done->output.next_due_ms,
    };
    core_thread_executed(node->core, &executed);
    for (uint32_t i = 0; i < done->skipped_count; i++) {
        core_thread_submit_again(node->core, done->skipped[i].bytes, done->skipped[i].size);
    }
    service_executed(node->service, done);
}

static void execution_failed(void *context, enum execution_status status)
{
    struct node *node = context;
    alarm_raise(node->alarms, ALARM_DISK_FAILED, execution_status_text(status));
    node_ends(node, NODE_STORAGE_FAILED);
}

static bool peer_message(void *context, uint16_t from, enum transport_class class, uint8_t *data,
                         size_t size)
{
    struct node *node = context;
    return core_thread_message(node->core, from, class == TRANSPORT_BULK, data, size);
}

static bool client_allowed(void *context, const struct public_key *key)
{
    struct node *node = context;
    return service_allows(node->service, key);
}

static bool client_message(void *context, uint64_t channel, const struct public_key *key,
                           const uint8_t *data, size_t size)
{
    struct node *node = context;
    return service_message(node->service, channel, key, data, size);
}

/* ---- What the operator gave ---------------------------------------------------------------- */

static bool load_genesis(struct node *node, struct node_error *error)
{
    const char *path = node->config.genesis;
    char *text = malloc(GENESIS_TEXT_BYTES_MAX);
    node->genesis = calloc(1, sizeof *node->genesis);
    if (text == NULL || node->genesis == NULL) {
        free(text);
        return fail(error, NODE_SYSTEM, "out of memory");
    }
    size_t size;
    struct genesis_fault wrong;
    enum file_status read = file_read_all(node->system, path, text, GENESIS_TEXT_BYTES_MAX, &size);
    bool parsed = read == FILE_OK && genesis_parse(text, size, node->genesis, &wrong);
    free(text);
    if (read != FILE_OK) {
        return fail(error, NODE_USAGE, "%s: %s; %s", path, file_status_text(read),
                    file_status_hint(read));
    }
    if (!parsed) {
        return fail(error, NODE_USAGE, "%s: line %u: %s: %s", path, wrong.line, wrong.field,
                    wrong.text);
    }
    if (!genesis_governable(node->genesis, &wrong)) {
        return fail(error, NODE_USAGE, "%s: %s: %s", path, wrong.field, wrong.text);
    }
    if (node->config.validator >= node->genesis->validator_count) {
        return fail(error, NODE_USAGE, "[node] validator: the genesis has validators 0 to %u",
                    node->genesis->validator_count - 1u);
    }
    return true;
}

/* What the configuration may say and this version does not do. */
static bool refuse_unsupported(const struct config *config, struct node_error *error)
{
    if (config->validator == CONFIG_OBSERVER) {
        return fail(error, NODE_USAGE,
                    "[node] validator: this version runs validators only; "
                    "give the index in the genesis");
    }
    if (!config->keep_history) {
        return fail(error, NODE_USAGE,
                    "[storage] keep_history: this version keeps all history; "
                    "say yes or remove the line");
    }
    return true;
}

static bool load_keys(struct node *node, struct node_error *error)
{
    struct keys_error wrong;
    const struct genesis_validator *self = &node->genesis->validators[node->config.validator];
    node->keys = keys_open(node->system, &node->config, self, &wrong);
    return node->keys != NULL || fail(error, NODE_USAGE, "%s", wrong.text);
}

/* ---- The data directory -------------------------------------------------------------------- */

static bool join(char path[FILE_PATH_SIZE_MAX], const struct node *node, const char *name,
                 struct node_error *error)
{
    if (file_path_join(path, node->config.data, name) != FILE_OK) {
        return fail(error, NODE_USAGE, "%s: the path is too long", node->config.data);
    }
    return true;
}

static bool lock_data(struct node *node, struct node_error *error)
{
    char path[FILE_PATH_SIZE_MAX];
    enum file_status status = directory_create(node->system, node->config.data);
    if (status != FILE_OK) {
        return fail(error, NODE_DATA, "%s: %s; %s", node->config.data, file_status_text(status),
                    file_status_hint(status));
    }
    if (!join(path, node, "lock", error)) {
        return false;
    }
    status = file_open(&node->lock, node->system, path, FILE_WRITE_CREATE);
    if (status == FILE_OK) {
        status = file_lock(&node->lock);
    }
    if (status != FILE_OK) {
        return fail(error, NODE_DATA, "%s: %s; %s", path, file_status_text(status),
                    file_status_hint(status));
    }
    return true;
}

static bool open_store(struct node *node, struct node_error *error)
{
    char path[FILE_PATH_SIZE_MAX];
    if (!join(path, node, "store", error)) {
        return false;
    }
    enum store_status status = store_open(path, &node->genesis->chain_id, &node->store);
    if (status != STORE_OK) {
        return fail(error, NODE_DATA, "%s: %s; %s", path, store_status_text(status),
                    store_status_hint(status));
    }
    return true;
}

static bool open_batch_log(struct node *node, struct node_error *error)
{
    char path[FILE_PATH_SIZE_MAX];
    if (!join(path, node, "batches", error)) {
        return false;
    }
    enum batch_log_status status = batch_log_open(node->system, path, &node->genesis->chain_id,
                                                  node->config.segment_bytes, &node->batch_log);
    if (status != BATCH_LOG_OK) {
        return fail(error, NODE_DATA, "%s: %s; %s", path, batch_log_status_text(status),
                    batch_log_status_hint(status));
    }
    return true;
}

/* Lists are a convenience: a read model that does not open raises an alarm and nothing else. */
static void open_read_model(struct node *node)
{
    struct node_error ignored;
    if (!node->config.read_model ||
        !join(node->read_model_path, node, "read_model.sqlite", &ignored)) {
        node->read_model_path[0] = '\0';
        return;
    }
    enum read_model_status status =
        read_model_open(node->read_model_path, &node->genesis->chain_id, &node->read_model);
    if (status != READ_MODEL_OK) {
        alarm_raise(node->alarms, ALARM_READ_MODEL_FAILED, read_model_status_text(status));
        node->read_model_path[0] = '\0';
    }
}

/* ---- Ledger and consensus ------------------------------------------------------------------ */

static uint64_t block_bytes_max(const struct genesis *genesis)
{
    return genesis->limits[GENESIS_LIMIT_LANE_BLOCK_BYTES] * genesis->validator_count;
}

static bool make_executor(struct node *node, struct node_error *error)
{
    const struct executor_config config = {
        .genesis = &node->genesis_ledger->ledger,
        .envelope_count_max = executor_envelope_bound(block_bytes_max(node->genesis)),
    };
    if (node->executor_memory != NULL) {
        munmap(node->executor_memory, node->executor_size);
    }
    node->executor_size = executor_footprint(&config);
    if (node->executor_size == 0) {
        return fail(error, NODE_USAGE, "%s: the capacities are not legal", node->config.genesis);
    }
    node->executor_memory =
        mmap(NULL, node->executor_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (node->executor_memory == MAP_FAILED) {
        node->executor_memory = NULL;
        return fail(error, NODE_SYSTEM, "the ledger needs %zu bytes of memory",
                    node->executor_size);
    }
    /* In large pages where the system has them: records are met in no order, and of small pages the
     * processor would have to look most up. Refused, it is as it was. */
    (void)madvise(node->executor_memory, node->executor_size, MADV_HUGEPAGE);
    enum genesis_check check = executor_new(node->executor_memory, &config, &node->executor);
    if (check != GENESIS_OK) {
        return fail(error, NODE_USAGE, "%s: %s", node->config.genesis, genesis_check_text(check));
    }
    node->genesis_root = ledger_result(executor_ledger(node->executor))->result_root;
    return true;
}

static bool restore_ledger(struct node *node, struct node_error *error)
{
    node->genesis_ledger = calloc(1, sizeof *node->genesis_ledger);
    if (node->genesis_ledger == NULL) {
        return fail(error, NODE_SYSTEM, "out of memory");
    }
    genesis_ledger_make(node->genesis, node->genesis_ledger);
    if (!make_executor(node, error)) {
        return false;
    }
    switch (checkpoint_restore(executor_ledger(node->executor), node->store)) {
    case CHECKPOINT_OK:
        LOG(LOG_NOTICE, "checkpoint restored",
            log_u64("height", ledger_height(executor_ledger(node->executor))));
        return true;
    case CHECKPOINT_NONE:
        return true;
    case CHECKPOINT_BROKEN:
        LOG(LOG_WARNING, "the checkpoint does not restore: executing from the genesis");
        return make_executor(node, error);
    case CHECKPOINT_MEMORY:
    case CHECKPOINT_STORE:
        break;
    }
    return fail(error, NODE_DATA, "%s: the checkpoint cannot be read", node->config.data);
}

static uint32_t timing(const struct genesis *genesis, enum genesis_timing index)
{
    return (uint32_t)genesis->timings[index];
}

static uint32_t limit(const struct genesis *genesis, enum genesis_limit index)
{
    return (uint32_t)genesis->limits[index];
}

static void configure_consensus(struct node *node, struct public_key *validators)
{
    const struct genesis *genesis = node->genesis;
    struct consensus_config *config = &node->replica_config.consensus;
    consensus_config_defaults(config);
    for (uint16_t i = 0; i < genesis->validator_count; i++) {
        validators[i] = genesis->validators[i].signing;
    }
    config->chain_id = genesis->chain_id;
    config->epoch = EPOCH_FIRST;
    config->validator_count = genesis->validator_count;
    config->self = (uint16_t)node->config.validator;
    config->validators = validators;
    config->secret_key = &node->keys->signing;
    config->anchor = (struct consensus_anchor){
        .height = 0,
        .hash = genesis->chain_id,
        .ts_ms = genesis->created_ms,
        .result_root = node->genesis_root,
    };
    config->timing = (struct consensus_timing){
        .d0_ms = timing(genesis, GENESIS_TIMING_DELTA_MS),
        .d_max_ms = timing(genesis, GENESIS_TIMING_DELTA_MAX_MS),
        .heartbeat_ms = timing(genesis, GENESIS_TIMING_HEARTBEAT_MS),
        .block_interval_min_ms = timing(genesis, GENESIS_TIMING_BLOCK_INTERVAL_MS),
        .retry_ms = timing(genesis, GENESIS_TIMING_RETRY_MS),
        .skip_ms = SKIP_MS,
        .clock_drift_ms = timing(genesis, GENESIS_TIMING_DRIFT_MS),
    };
    config->limits = (struct consensus_limits){
        .batch_bytes_max = limit(genesis, GENESIS_LIMIT_BATCH_BYTES),
        .lane_quota_batches = limit(genesis, GENESIS_LIMIT_LANE_BLOCK_BATCHES),
        .lane_quota_bytes = limit(genesis, GENESIS_LIMIT_LANE_BLOCK_BYTES),
        .lane_window = limit(genesis, GENESIS_LIMIT_LANE_WINDOW),
        .skipped_views_max = SKIPPED_VIEWS_MAX,
    };
    config->seed = clock_monotonic_us() ^ (uint64_t)node->config.validator << 48;
    config->trace = log_enabled(LOG_DEBUG);
}

/* Nearly all signatures that are checked one by one are by validators. */
static void know_validators(const struct genesis *genesis)
{
    for (uint16_t i = 0; i < genesis->validator_count; i++) {
        sign_known_add(&genesis->validators[i].signing);
    }
}

static void configure_admission(struct node *node)
{
    const struct genesis *genesis = node->genesis;
    uint32_t batch_bytes = limit(genesis, GENESIS_LIMIT_BATCH_BYTES);
    uint32_t envelope_bytes = batch_bytes - PAYLOAD_PREFIX_BYTES; /* it has to fit into a batch */
    if (envelope_bytes > ENVELOPE_BYTES_MAX) {
        envelope_bytes = ENVELOPE_BYTES_MAX;
    }
    node->replica_config.admission = (struct admission_config){
        .chain_id = genesis->chain_id,
        .hash_seed = clock_monotonic_us(),
        .batch_bytes_max = batch_bytes,
        .batch_age_ms = BATCH_AGE_MS,
        .envelope_bytes_max = envelope_bytes,
        .validity_ahead_ms = limit(genesis, GENESIS_LIMIT_VALIDITY_MS),
        .waiting_bytes_max = batch_bytes * 4,
        .waiting_count_max = SERVICE_TICKETS_MAX,
        .remembered_count_max = VERIFIED_SLOTS,
    };
}

static bool recover(struct node *node, bool first_start, struct node_error *error)
{
    static struct public_key validators[GENESIS_VALIDATORS_MAX];
    char path[FILE_PATH_SIZE_MAX];
    if (limit(node->genesis, GENESIS_LIMIT_BATCH_BYTES) >
        BATCH_LOG_BATCH_SIZE_MAX - BATCH_FIXED_SIZE) {
        return fail(error, NODE_USAGE, "%s: limit batch-bytes: this version stores at most %u",
                    node->config.genesis, (unsigned)(BATCH_LOG_BATCH_SIZE_MAX - BATCH_FIXED_SIZE));
    }
    know_validators(node->genesis);
    configure_consensus(node, validators);
    configure_admission(node);
    enum consensus_config_check check = consensus_config_check(&node->replica_config.consensus);
    size_t size = replica_footprint(&node->replica_config);
    if (size == 0) {
        return fail(error, NODE_USAGE, "%s: %s; %s", node->config.genesis,
                    consensus_config_check_text(check), consensus_config_check_hint(check));
    }
    node->replica_memory = calloc(1, size);
    if (node->replica_memory == NULL || !join(path, node, "journal", error)) {
        return fail(error, NODE_SYSTEM, "out of memory");
    }
    const struct recovery_config config = {
        .system = node->system,
        .journal_directory = path,
        .store = node->store,
        .batch_log = node->batch_log,
        .ledger = executor_ledger(node->executor),
        .replica = &node->replica_config,
        .replica_memory = node->replica_memory,
        .key = keys_public(&node->keys->signing),
        .ports = {.context = node,
                  .send = port_send,
                  .check = port_check,
                  .committed = port_committed,
                  .answer = port_answer,
                  .evidence = port_evidence,
                  .alarm = port_alarm},
        .first_start = first_start,
        .time = {.now_ms = clock_monotonic_ms(), .utc_ms = clock_utc_ms()},
    };
    enum recovery_result result = recovery_run(&config, &node->recovered);
    if (result != RECOVERY_OK) {
        return fail(error, NODE_DATA, "%s: %s", node->config.data, recovery_result_text(result));
    }
    if (node->recovered.journal_status == JOURNAL_ROLLED_BACK) {
        alarm_raise(node->alarms, ALARM_JOURNAL_ROLLED_BACK, path);
    }
    LOG(LOG_NOTICE, "recovered", log_u64("final", node->recovered.final_height),
        log_u64("executed", ledger_height(executor_ledger(node->executor))),
        log_u64("records", node->recovered.record_count),
        log_u64("batches", node->recovered.batch_count),
        log_text("journal", journal_status_text(node->recovered.journal_status)));
    return true;
}

/* ---- Threads ------------------------------------------------------------------------------- */

static bool make_shared(struct node *node, struct node_error *error)
{
    node->alarms = alarm_board_new();
    node->progress = progress_new();
    node->verified = verified_set_new(VERIFIED_SLOTS);
    node->identifiers = batch_identifiers_new(BATCH_IDENTIFIERS_MAX);
    if (node->alarms == NULL || node->progress == NULL || node->verified == NULL ||
        node->identifiers == NULL || pipe(node->end_pipe) != 0) {
        return fail(error, NODE_SYSTEM, "out of memory");
    }
    return true;
}

static bool make_workers(struct node *node)
{
    const struct consensus_limits *limits = &node->replica_config.consensus.limits;
    const struct signature_workers_config config = {
        .thread_count = node->config.workers,
        .queue_count_max = limits->lane_window * node->genesis->validator_count,
        .at_once_bytes = SIGNATURE_WORKERS_AT_ONCE_BYTES,
        .rules = {.chain_id = node->genesis->chain_id,
                  .payload_bytes_max = limits->batch_bytes_max,
                  .known = verified_set_contains,
                  .context = node->verified},
        .identifiers = node->identifiers,
        .done = batch_checked,
        .context = node,
    };
    node->workers = signature_workers_start(&config);
    return node->workers != NULL;
}

static bool make_core(struct node *node)
{
    const struct core_thread_config config = {
        .turn = node->recovered.turn,
        .validator_count = node->genesis->validator_count,
        .replica = node->recovered.replica,
        .alarms = node->alarms,
        .data_directory = node->config.data,
        .space_reserve_bytes = SPACE_RESERVE_BYTES,
        .journal_bytes = node->config.journal_bytes,
        .ended = core_ended,
        .context = node,
    };
    node->core = core_thread_new(&config);
    return node->core != NULL;
}

static bool make_execution(struct node *node)
{
    const struct execution_config config = {
        .executor = node->executor,
        .store = node->store,
        .batch_log = node->batch_log,
        .identifiers = node->identifiers,
        .validator_count = node->genesis->validator_count,
        .self = (uint16_t)node->config.validator,
        .checkpoint_bytes = node->config.checkpoint_bytes,
    };
    node->execution = execution_new(&config);
    if (node->read_model != NULL) {
        node->feed = read_feed_start(node->read_model, node->alarms);
        if (node->feed == NULL) {
            return false;
        }
    }
    const struct executor_thread_config thread = {
        .execution = node->execution,
        .executor = node->executor,
        .progress = node->progress,
        .alarms = node->alarms,
        .feed = node->feed,
        .context = node,
        .executed = block_executed,
        .failed = execution_failed,
    };
    node->executor_thread = node->execution == NULL ? NULL : executor_thread_new(&thread);
    return node->executor_thread != NULL;
}

static bool make_service(struct node *node)
{
    node->prover_cache = prover_cache_new();
    if (node->prover_cache == NULL) {
        return false;
    }
    const struct service_config config = {
        .genesis = node->genesis,
        .self = (uint16_t)node->config.validator,
        .prover = {.store = node->store,
                   .cache = node->prover_cache,
                   .validator_count = node->genesis->validator_count,
                   .genesis_root = node->genesis_root},
        .progress = node->progress,
        .alarms = node->alarms,
        .verified = node->verified,
        .read_model_path = node->read_model == NULL ? NULL : node->read_model_path,
    };
    node->service = service_new(&config);
    return node->service != NULL;
}

static bool make_watch(struct node *node)
{
    const struct watch_config config = {
        .genesis = node->genesis,
        .self = (uint16_t)node->config.validator,
        .alarms = node->alarms,
        .progress = node->progress,
        .transport = node->transport,
        .core = node->core,
    };
    node->watch = watch_new(&config, clock_monotonic_ms());
    return node->watch != NULL;
}

static bool make_transport(struct node *node, struct node_error *error)
{
    const struct genesis_validator *self = &node->genesis->validators[node->config.validator];
    const char *address =
        node->config.listen_address[0] != '\0' ? node->config.listen_address : self->address;
    const struct transport_config config = {
        .genesis = node->genesis,
        .self = (uint16_t)node->config.validator,
        .listen_address = address,
        .config = &node->config,
        .channel_key = &node->keys->channel,
        .bulk_size_max = limit(node->genesis, GENESIS_LIMIT_BATCH_BYTES) + (4u << 20),
        .client_count_max = node->config.clients_max,
        .callbacks = {.context = node,
                      .message = peer_message,
                      .client_allowed = client_allowed,
                      .client_message = client_message},
    };
    enum channel_status status = transport_new(&config, &node->transport);
    if (status != CHANNEL_OK) {
        return fail(error, NODE_SYSTEM, "%s: %s; %s", address, channel_status_text(status),
                    channel_status_hint(status));
    }
    return true;
}

/* Heights as the store has them, before the threads run. */
static void seed_progress(struct node *node)
{
    struct stored_block_read block;
    uint64_t height = node->recovered.final_height;
    progress_final(node->progress, height);
    progress_executed(node->progress, ledger_height(executor_ledger(node->executor)));
    if (height > 0 &&
        stored_block_get(node->store, node->genesis->validator_count, height, &block) == STORE_OK) {
        uint64_t certified = block.stored.block.header.exec_height;
        uint64_t executed = ledger_height(executor_ledger(node->executor));
        progress_certified(node->progress, certified < executed ? certified : executed);
        stored_block_free(&block);
    }
}

static bool start_threads(struct node *node, struct node_error *error)
{
    if (!make_workers(node) || !make_core(node) || !make_execution(node) || !make_service(node)) {
        return fail(error, NODE_SYSTEM, "out of memory or threads");
    }
    if (!make_transport(node, error)) {
        return false;
    }
    if (!make_watch(node)) {
        return fail(error, NODE_SYSTEM, "out of memory");
    }
    service_connect(node->service, node->core, node->executor_thread, node->transport);
    seed_progress(node);
    if (node->feed != NULL) {
        read_feed_catch_up(node->feed, executor_ledger(node->executor));
    }
    if (!core_thread_start(node->core) || !executor_thread_start(node->executor_thread)) {
        return fail(error, NODE_SYSTEM, "no threads");
    }
    uint16_t port;
    enum channel_status status = transport_start(node->transport, &port);
    if (status != CHANNEL_OK) {
        return fail(error, NODE_USAGE, "[listen] address: %s; %s", channel_status_text(status),
                    channel_status_hint(status));
    }
    char fingerprint[GENESIS_FINGERPRINT_SIZE];
    genesis_fingerprint(&node->genesis->chain_id, fingerprint);
    LOG(LOG_NOTICE, "ready", log_u64("validator", node->config.validator), log_u64("port", port),
        log_text("chain", fingerprint));
    return true;
}

/* ---- Life ---------------------------------------------------------------------------------- */

static void node_free(struct node *node)
{
    if (node->transport != NULL) {
        transport_stop(node->transport);
    }
    service_stop(node->service);
    core_thread_stop(node->core);
    if (node->progress != NULL) {
        progress_stop(node->progress);
    }
    watch_free(node->watch);
    executor_thread_free(node->executor_thread);
    signature_workers_stop(node->workers);
    core_thread_free(node->core);
    service_free(node->service);
    prover_cache_free(node->prover_cache);
    transport_free(node->transport);
    read_feed_stop(node->feed);
    read_model_close(node->read_model);
    execution_free(node->execution);
    turn_free(node->recovered.turn);
    journal_close(node->recovered.journal);
    batch_log_close(node->batch_log);
    store_close(node->store);
    if (node->executor_memory != NULL) {
        munmap(node->executor_memory, node->executor_size);
    }
    free(node->replica_memory);
    verified_set_free(node->verified);
    batch_identifiers_free(node->identifiers);
    progress_free(node->progress);
    alarm_board_free(node->alarms);
    file_close(&node->lock);
    keys_close(node->keys);
    free(node->genesis_ledger);
    free(node->genesis);
    close(node->end_pipe[0]);
    close(node->end_pipe[1]);
    free(node);
}

static struct node *node_new(const struct config *config)
{
    struct node *node = calloc(1, sizeof *node);
    if (node != NULL) {
        node->config = *config;
        node->system = file_system_posix();
        node->end_pipe[0] = -1;
        node->end_pipe[1] = -1;
        file_init(&node->lock);
    }
    return node;
}

struct node *node_start(const struct config *config, bool first_start, struct node_error *error)
{
    struct node *node = node_new(config);
    if (node == NULL) {
        (void)fail(error, NODE_SYSTEM, "out of memory");
        return NULL;
    }
    bool started = make_shared(node, error) && refuse_unsupported(config, error) &&
                   load_genesis(node, error) && load_keys(node, error) && lock_data(node, error) &&
                   open_store(node, error) && open_batch_log(node, error) &&
                   restore_ledger(node, error) && recover(node, first_start, error);
    if (started) {
        open_read_model(node);
        started = start_threads(node, error);
    }
    if (!started) {
        node_free(node);
        return NULL;
    }
    return node;
}

bool node_check(const struct config *config, struct node_error *error)
{
    struct node *node = node_new(config);
    if (node == NULL) {
        return fail(error, NODE_SYSTEM, "out of memory");
    }
    bool good =
        refuse_unsupported(config, error) && load_genesis(node, error) && load_keys(node, error);
    node_free(node);
    return good;
}

int node_end_descriptor(const struct node *node)
{
    return node->end_pipe[0];
}

void node_watch(struct node *node)
{
    watch_look(node->watch, clock_monotonic_ms());
}

enum node_end node_stop(struct node *node)
{
    enum node_end end = node->end;
    LOG(LOG_NOTICE, "stopping");
    node_free(node);
    return end;
}
