#include "tests/support/node/local_network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "consensus/journal_record.h"
#include "consensus/message.h"
#include "crypto/start.h"
#include "node/checkpoint.h"
#include "node/stored.h"

enum {
    EPOCH = 0,
    SEGMENT_BYTES = 1 << 22,
    BATCH_BYTES = 1 << 20,
    IDENTIFIERS_KEPT = 64, /* few, so that some are forgotten */
    LEDGER_ALIGNMENT = 64
};

static struct turn_time time_of(const struct local_network *network)
{
    return (struct turn_time){.now_ms = network->now_ms,
                              .utc_ms = network->genesis->time_ms + 1000 + network->now_ms};
}

/* ---- Ports --------------------------------------------------------------------------------- */

static void post(struct local_network *network, uint16_t from, uint16_t to, const uint8_t *bytes,
                 size_t size)
{
    if (from == network->cut_off || to == network->cut_off) {
        return;
    }
    struct local_message *message = calloc(1, sizeof *message);
    TALLY_ASSERT(message != NULL);
    message->due_ms = network->now_ms + LOCAL_DELAY_MS;
    message->from = from;
    message->to = to;
    message->bytes = malloc(size);
    TALLY_ASSERT(message->bytes != NULL);
    memcpy(message->bytes, bytes, size);
    message->size = size;
    *network->last = message;
    network->last = &message->next;
}

/* ---- Promises ------------------------------------------------------------------------------- */

static void promise(struct local_node *node, uint8_t kind, uint64_t view, const struct hash *hash)
{
    for (size_t i = 0; i < node->promise_count; i++) {
        const struct local_promise *known = &node->promises[i];
        if (known->kind == kind && known->view == view && hash_equal(&known->hash, hash)) {
            return;
        }
    }
    node->promises = realloc(node->promises, (node->promise_count + 1) * sizeof *node->promises);
    TALLY_ASSERT(node->promises != NULL);
    node->promises[node->promise_count++] =
        (struct local_promise){.kind = kind, .view = view, .hash = *hash};
}

/* Notes what a message says in the validator's own name. */
static void note_promise(struct local_node *node, const uint8_t *bytes, size_t size)
{
    uint16_t count = node->network->count;
    struct message_vote vote;
    struct message_proposal proposal;
    struct batch batch;
    if (message_vote_read(bytes, size, count, &vote) && vote.vote.signer == node->index) {
        promise(node, (uint8_t)vote.vote.kind, vote.vote.view, &vote.vote.hash);
    } else if (message_proposal_read(bytes, size, count, &proposal) &&
               proposal.block.header.proposer == node->index) {
        promise(node, VOTE_NOTARIZE, proposal.block.header.view, &proposal.hash);
    } else if (message_batch_read(bytes, size, count, &batch) && batch.author == node->index) {
        promise(node, VOTE_BATCH, batch.lane_seq, &batch.digest);
    }
}

/* Other protocols than Simplex write down a block that they made as it is, without a vote. */
static bool record_promise(const struct local_node *node, const struct journal_record *record,
                           struct local_promise *out)
{
    if (record->kind == JOURNAL_NOTARIZE || record->kind == JOURNAL_VOTE) {
        *out = (struct local_promise){.kind = (uint8_t)record->vote.kind,
                                      .view = record->vote.view,
                                      .hash = record->vote.hash};
        return true;
    }
    if (record->kind == JOURNAL_BLOCK && node->network->protocol != &consensus_simplex) {
        *out = (struct local_promise){.kind = VOTE_NOTARIZE, .view = record->block.header.view};
        header_hash(&record->block.header, &out->hash);
        return true;
    }
    return false;
}

static void keep_record(void *context, uint64_t number, const uint8_t *bytes, size_t size)
{
    struct local_node *node = context;
    struct journal_record record;
    struct local_promise known;
    (void)number;
    if (!journal_record_read(bytes, size, node->network->count, &record) ||
        !record_promise(node, &record, &known)) {
        return;
    }
    for (size_t i = 0; i < node->promise_count; i++) {
        struct local_promise *promised = &node->promises[i];
        if (promised->kind == known.kind && promised->view == known.view &&
            hash_equal(&promised->hash, &known.hash)) {
            promised->kept = true;
        }
    }
}

/* The view of the last stored block; 0 when there is none. */
static uint64_t final_view(struct local_node *node)
{
    struct stored_block_read block;
    uint64_t height;
    uint64_t view = 0;
    if (store_last_height(node->store, &height) == STORE_OK &&
        stored_block_get(node->store, node->network->count, height, &block) == STORE_OK) {
        view = block.stored.block.header.view;
        stored_block_free(&block);
    }
    return view;
}

/* Looks for everything that was promised; the storage is open, the journal is not. */
static void assert_promises_kept(struct local_node *node)
{
    struct journal *journal = NULL;
    uint64_t settled_view = node->rotated ? final_view(node) : 0;
    for (size_t i = 0; i < node->promise_count; i++) {
        struct local_promise *promised = &node->promises[i];
        struct batch_log_entry entry;
        promised->kept =
            promised->kind == VOTE_BATCH
                ? batch_log_find(node->batch_log, &promised->hash, &entry) == BATCH_LOG_OK
                : promised->view <= settled_view;
    }
    if (node->promise_count == 0) {
        return; /* also when the test broke the journal on purpose */
    }
    TALLY_ASSERT(journal_open(disk_system(node->disk), "data/journal",
                              &node->network->genesis->chain_id, &node->network->keys[node->index],
                              NULL, keep_record, node, &journal) == JOURNAL_OK);
    journal_close(journal);
    for (size_t i = 0; i < node->promise_count; i++) {
        TALLY_ASSERT(node->promises[i].kept);
    }
    uint64_t height = 0;
    TALLY_ASSERT(
        node->committed_height == 0 ||
        (store_last_height(node->store, &height) == STORE_OK && height >= node->committed_height));
}

static void port_written(void *context, enum turn_file file, const uint8_t *bytes, size_t size)
{
    struct local_node *node = context;
    (void)bytes;
    (void)size;
    node->unsynced_batch_count += file == TURN_BATCH_LOG;
}

static void port_synced(void *context, enum turn_file file)
{
    struct local_node *node = context;
    if (file == TURN_BATCH_LOG) {
        node->unsynced_batch_count = 0;
    } else {
        node->journal_sync_count++;
    }
}

static bool rests_on_batches(uint8_t kind)
{
    return kind == MESSAGE_NOTARIZE || kind == MESSAGE_FINALIZE || kind == MESSAGE_PROPOSAL ||
           kind == MESSAGE_BATCH;
}

static void port_send(void *context, uint16_t to, enum consensus_class class, const uint8_t *bytes,
                      size_t size)
{
    struct local_node *node = context;
    (void)class;
    TALLY_ASSERT(node->unsynced_batch_count == 0 || !rests_on_batches(bytes[0]));
    note_promise(node, bytes, size);
    for (uint16_t i = 0; i < node->network->count; i++) {
        if (i != node->index && (to == CONSENSUS_ALL || to == i)) {
            post(node->network, node->index, i, bytes, size);
        }
    }
}

static void port_check(void *context, const struct signature_job *job)
{
    struct local_node *node = context;
    TALLY_ASSERT(node->job_count < sizeof node->jobs / sizeof node->jobs[0]);
    node->jobs[node->job_count++] = *job;
    bool in_place = job->memory == node->message && job->batch == node->message + 1;
    node->checks_in_place += in_place ? 1 : 0;
    node->checks_of_copies += in_place ? 0 : 1;
}

static void port_committed(void *context, uint64_t height)
{
    struct local_node *node = context;
    TALLY_ASSERT(node->unsynced_batch_count == 0);
    node->committed_height = height;
}

static void port_answer(void *context, uint64_t ticket, enum admission_answer answer)
{
    struct local_node *node = context;
    (void)ticket;
    TALLY_ASSERT(node->unsynced_batch_count == 0 || answer != ADMISSION_ACCEPTED);
    node->answers[answer]++;
}

static void port_evidence(void *context, const uint8_t *bytes, size_t size)
{
    struct local_node *node = context;
    (void)bytes;
    (void)size;
    node->evidence_count++;
}

static void port_alarm(void *context, enum consensus_alarm code, uint16_t peer)
{
    struct local_node *node = context;
    (void)peer;
    if (code != CONSENSUS_ALARM_STORAGE_FAILED && code != CONSENSUS_ALARM_STORAGE_RECOVERED) {
        node->alarm_count++;
    }
}

/* ---- One validator -------------------------------------------------------------------------- */

static void release(struct local_node *node)
{
    for (uint32_t i = 0; i < node->job_count; i++) {
        free(node->jobs[i].memory);
    }
    node->job_count = 0;
    execution_free(node->execution);
    batch_identifiers_free(node->identifiers);
    turn_free(node->recovered.turn);
    journal_close(node->recovered.journal);
    batch_log_close(node->batch_log);
    store_close(node->store);
    free(node->executor_memory);
    free(node->replica_memory);
    node->execution = NULL;
    node->identifiers = NULL;
    node->recovered = (struct recovered){.replica = NULL};
    node->batch_log = NULL;
    node->store = NULL;
    node->executor_memory = NULL;
    node->replica_memory = NULL;
    node->alive = false;
}

void local_node_crash(struct local_node *node)
{
    release(node);
    disk_crash(node->disk);
    disk_restart(node->disk);
    memory_store_restart(node->memory);
}

/* ---- Accidents ------------------------------------------------------------------------------ */

static const char journal_directory[] = "data/journal";

static void journal_path(char path[FILE_PATH_SIZE_MAX], const char *name)
{
    TALLY_ASSERT(file_path_join(path, journal_directory, name) == FILE_OK);
}

/* Lists the journal's files into a backup without their bytes. */
static void name_file(void *context, const char *name)
{
    struct local_backup *backup = context;
    TALLY_ASSERT(backup->count < LOCAL_BACKUP_FILES);
    (void)snprintf(backup->names[backup->count], sizeof backup->names[0], "%s", name);
    backup->count++;
}

static void name_files(struct local_node *node, struct local_backup *backup)
{
    memset(backup, 0, sizeof *backup);
    TALLY_ASSERT(directory_list(disk_system(node->disk), journal_directory, name_file, backup) ==
                 FILE_OK);
}

void local_node_lose_journal(struct local_node *node)
{
    const struct file_system *system = disk_system(node->disk);
    struct local_backup files;
    char path[FILE_PATH_SIZE_MAX];
    TALLY_ASSERT(!node->alive);
    name_files(node, &files);
    for (unsigned i = 0; i < files.count; i++) {
        journal_path(path, files.names[i]);
        TALLY_ASSERT(file_unlink(system, path) == FILE_OK);
    }
    TALLY_ASSERT(directory_sync(system, journal_directory) == FILE_OK);
}

void local_node_wipe(struct local_node *node)
{
    TALLY_ASSERT(!node->alive);
    disk_free(node->disk);
    memory_store_free(node->memory);
    node->disk = disk_new(node->index + 77u);
    node->memory = memory_store_new(node->index + 78u);
}

void local_node_back_up_journal(struct local_node *node, struct local_backup *backup)
{
    char path[FILE_PATH_SIZE_MAX];
    name_files(node, backup);
    for (unsigned i = 0; i < backup->count; i++) {
        journal_path(path, backup->names[i]);
        backup->bytes[i] = disk_take(node->disk, path, &backup->sizes[i]);
    }
}

void local_node_restore_journal(struct local_node *node, struct local_backup *backup)
{
    char path[FILE_PATH_SIZE_MAX];
    local_node_lose_journal(node);
    for (unsigned i = 0; i < backup->count; i++) {
        journal_path(path, backup->names[i]);
        disk_put(node->disk, path, backup->bytes[i], backup->sizes[i]);
        free(backup->bytes[i]);
    }
}

static bool make_executor(struct local_node *node)
{
    const struct executor_config config = {
        .genesis = node->network->genesis,
        .envelope_count_max = 4096,
    };
    size_t size = executor_footprint(&config);
    size = (size + LEDGER_ALIGNMENT - 1) / LEDGER_ALIGNMENT * LEDGER_ALIGNMENT;
    free(node->executor_memory);
    node->executor_memory = aligned_alloc(LEDGER_ALIGNMENT, size);
    TALLY_ASSERT(size > 0 && node->executor_memory != NULL);
    memset(node->executor_memory, 0, size);
    return executor_new(node->executor_memory, &config, &node->executor) == GENESIS_OK;
}

static void configure(struct local_node *node)
{
    const struct local_network *network = node->network;
    struct consensus_config *consensus = &node->replica_config.consensus;
    const struct ledger *ledger = executor_ledger(node->executor);
    node->replica_config.protocol = network->protocol;
    consensus_config_defaults(consensus);
    consensus->chain_id = network->genesis->chain_id;
    consensus->epoch = EPOCH;
    consensus->validator_count = network->count;
    consensus->self = node->index;
    consensus->validators = network->keys;
    consensus->secret_key = &network->secrets[node->index];
    consensus->anchor = (struct consensus_anchor){
        .hash = network->genesis->chain_id,
        .ts_ms = network->genesis->time_ms,
        .result_root = ledger_result(ledger)->result_root,
    };
    consensus->timing = (struct consensus_timing){
        .d0_ms = 20,
        .d_max_ms = 1000,
        .heartbeat_ms = 500,
        .block_interval_min_ms = 2,
        .retry_ms = 50,
        .skip_ms = 300,
        .clock_drift_ms = 1000,
    };
    consensus->limits = (struct consensus_limits){
        .batch_bytes_max = BATCH_BYTES,
        .lane_quota_batches = 4,
        .lane_quota_bytes = 4 * BATCH_BYTES,
        .lane_window = 8,
        .skipped_views_max = 128,
    };
    consensus->seed = 1000u + node->index;
    node->replica_config.admission = (struct admission_config){
        .chain_id = network->genesis->chain_id,
        .batch_bytes_max = BATCH_BYTES,
        .batch_age_ms = 2,
        .envelope_bytes_max = BATCH_BYTES - PAYLOAD_PREFIX_BYTES,
        .validity_ahead_ms = UINT64_C(86400000),
        .waiting_bytes_max = 2 * BATCH_BYTES,
        .waiting_count_max = 256,
        .remembered_count_max = 1024,
    };
}

/* Opens the files; false when the storage crashed meanwhile. */
static bool open_storage(struct local_node *node)
{
    const struct hash *chain_id = &node->network->genesis->chain_id;
    const struct file_system *system = disk_system(node->disk);
    return directory_create(system, "data") == FILE_OK &&
           memory_store_open(node->memory, chain_id, &node->store) == STORE_OK &&
           batch_log_open(system, "data/batches", chain_id, SEGMENT_BYTES, &node->batch_log) ==
               BATCH_LOG_OK;
}

static bool restore(struct local_node *node, bool first_start)
{
    if (!make_executor(node)) {
        return false;
    }
    configure(node); /* while the ledger is at its genesis */
    enum checkpoint_result checkpoint =
        checkpoint_restore(executor_ledger(node->executor), node->store);
    TALLY_ASSERT(checkpoint != CHECKPOINT_BROKEN);
    node->replica_memory = calloc(1, replica_footprint(&node->replica_config));
    TALLY_ASSERT(node->replica_memory != NULL);
    const struct recovery_config config = {
        .system = disk_system(node->disk),
        .journal_directory = "data/journal",
        .store = node->store,
        .batch_log = node->batch_log,
        .ledger = executor_ledger(node->executor),
        .replica = &node->replica_config,
        .replica_memory = node->replica_memory,
        .key = node->network->keys[node->index],
        .ports = {.context = node,
                  .send = port_send,
                  .check = port_check,
                  .committed = port_committed,
                  .answer = port_answer,
                  .evidence = port_evidence,
                  .alarm = port_alarm,
                  .written = port_written,
                  .synced = port_synced},
        .first_start = first_start,
        .time = time_of(node->network),
    };
    return recovery_run(&config, &node->recovered) == RECOVERY_OK;
}

void local_node_start(struct local_node *node, bool first_start)
{
    TALLY_ASSERT(!node->alive);
    node->start_count++;
    node->unsynced_batch_count = 0;
    bool started = open_storage(node);
    if (started && !first_start && !node->start_fails) {
        assert_promises_kept(node);
    }
    started = started && restore(node, first_start);
    if (started) {
        node->identifiers = batch_identifiers_new(IDENTIFIERS_KEPT);
        TALLY_ASSERT(node->identifiers != NULL);
        const struct execution_config config = {
            .executor = node->executor,
            .store = node->store,
            .batch_log = node->batch_log,
            .identifiers = node->identifiers,
            .validator_count = node->network->count,
            .self = node->index,
            .checkpoint_bytes = node->network->checkpoint_bytes,
        };
        node->execution = execution_new(&config);
        TALLY_ASSERT(node->execution != NULL);
        node->alive = true;
    } else {
        release(node);
    }
}

const struct ledger *local_node_ledger(const struct local_node *node)
{
    TALLY_ASSERT(node->alive);
    return executor_ledger(node->executor);
}

static void feed(struct local_node *node, struct consensus_event consensus)
{
    struct replica_event event = {.kind = REPLICA_CONSENSUS, .consensus = consensus};
    turn_event(node->recovered.turn, time_of(node->network), &event);
}

static void check_batches(struct local_node *node)
{
    const struct payload_rules rules = {
        .chain_id = node->network->genesis->chain_id,
        .payload_bytes_max = node->replica_config.consensus.limits.batch_bytes_max,
    };
    for (uint32_t i = 0; i < node->job_count; i++) {
        const struct signature_job *job = &node->jobs[i];
        bool valid = batch_identifiers_check(node->identifiers, &rules, &job->digest, job->payload,
                                             job->payload_size) == PAYLOAD_VALID;
        turn_batch_checked(node->recovered.turn, time_of(node->network), job, valid);
        free(job->memory);
    }
    node->job_count = 0;
}

/* Executes one final block, if there is one. False when the storage crashed. */
static bool execute(struct local_node *node)
{
    struct execution_done done;
    enum execution_status status = execution_load(node->execution);
    if (status == EXECUTION_IDLE) {
        return true;
    }
    if (status == EXECUTION_OK) {
        status = execution_apply(node->execution, &done);
    }
    if (status == EXECUTION_OK) {
        status = execution_save(node->execution, &done);
    }
    if (status != EXECUTION_OK) {
        return false;
    }
    feed(node, (struct consensus_event){
                   .kind = CONSENSUS_EXECUTED,
                   .executed = {.height = done.height,
                                .result_root = done.output.result.result_root,
                                .has_content = done.output.has_content,
                                .more_due = done.output.more_due},
               });
    for (uint32_t i = 0; i < done.skipped_count; i++) {
        struct replica_event event = {
            .kind = REPLICA_SUBMIT,
            .submit = {.bytes = done.skipped[i].bytes,
                       .size = done.skipped[i].size,
                       .signature_valid = true,
                       .again = true},
        };
        turn_event(node->recovered.turn, time_of(node->network), &event);
    }
    if (execution_checkpoint_due(node->execution)) {
        node->checkpoint_height = done.height;
        return execution_checkpoint_take(node->execution) == EXECUTION_OK &&
               execution_checkpoint_write(node->execution) == EXECUTION_OK;
    }
    return true;
}

static void run_node(struct local_node *node)
{
    struct turn *turn = node->recovered.turn;
    for (unsigned i = 0; i < 8 && turn_deadline_ms(turn) <= node->network->now_ms; i++) {
        feed(node, (struct consensus_event){.kind = CONSENSUS_TIME});
    }
    check_batches(node);
    enum turn_state state = turn_flush(turn, time_of(node->network));
    TALLY_ASSERT(state != TURN_HALTED);
    const struct journal *journal = node->recovered.journal;
    if (state == TURN_RUNNING && journal != NULL &&
        journal_rotation_due(journal, node->network->journal_bytes)) {
        node->rotated = true;
        state = turn_rotate(turn, node->network->journal_bytes);
    }
    bool sound = state != TURN_BROKEN && execute(node);
    if (state == TURN_PAUSED) {
        (void)turn_recover(turn, time_of(node->network));
    }
    if (!sound) {
        local_node_crash(node);
    }
}

/* ---- The network ---------------------------------------------------------------------------- */

void local_network_open(struct local_network *network, uint16_t count, uint64_t seed,
                        const struct ledger_genesis *genesis)
{
    local_network_open_with(network, count, seed, genesis, &consensus_simplex);
}

void local_network_open_with(struct local_network *network, uint16_t count, uint64_t seed,
                             const struct ledger_genesis *genesis,
                             const struct consensus_protocol *protocol)
{
    TALLY_ASSERT(count <= LOCAL_NODES_MAX);
    TALLY_ASSERT(crypto_start() == CRYPTO_START_OK);
    memset(network, 0, sizeof *network);
    network->count = count;
    network->genesis = genesis;
    network->protocol = protocol;
    network->last = &network->first;
    network->checkpoint_bytes = 256; /* a block brings more, and less than who waits would */
    network->journal_bytes = UINT64_MAX;
    network->cut_off = LOCAL_NODES_MAX;
    for (uint16_t i = 0; i < count; i++) {
        uint8_t sign_seed[SIGN_SEED_SIZE] = {(uint8_t)(i + 101)};
        sign_key_from_seed(sign_seed, &network->keys[i], &network->secrets[i]);
        network->nodes[i].network = network;
        network->nodes[i].index = i;
        network->nodes[i].disk = disk_new(seed * 64 + i);
        network->nodes[i].memory = memory_store_new(seed * 64 + 32 + i);
    }
    for (uint16_t i = 0; i < count; i++) {
        local_node_start(&network->nodes[i], true);
        TALLY_ASSERT(network->nodes[i].alive);
    }
}

static struct local_message *take_due(struct local_network *network)
{
    struct local_message *message = network->first;
    if (message == NULL || message->due_ms > network->now_ms) {
        return NULL;
    }
    network->first = message->next;
    if (network->first == NULL) {
        network->last = &network->first;
    }
    return message;
}

static void message_free(struct local_message *message)
{
    free(message->bytes);
    free(message);
}

void local_network_close(struct local_network *network)
{
    for (uint16_t i = 0; i < network->count; i++) {
        release(&network->nodes[i]);
        disk_free(network->nodes[i].disk);
        memory_store_free(network->nodes[i].memory);
        free(network->nodes[i].promises);
    }
    while (network->first != NULL) {
        struct local_message *message = network->first;
        network->first = message->next;
        message_free(message);
    }
}

void local_network_run(struct local_network *network, uint64_t ms)
{
    for (uint64_t end_ms = network->now_ms + ms; network->now_ms < end_ms; network->now_ms++) {
        struct local_message *message;
        while ((message = take_due(network)) != NULL) {
            struct local_node *node = &network->nodes[message->to];
            if (node->alive) {
                node->message = message->bytes;
                turn_message(node->recovered.turn, time_of(network), message->from, message->bytes,
                             message->size);
                message->bytes = NULL; /* the turn's */
                node->message = NULL;
            }
            message_free(message);
        }
        for (uint16_t i = 0; i < network->count; i++) {
            if (network->nodes[i].alive) {
                run_node(&network->nodes[i]);
            }
        }
    }
}

bool local_network_submit(struct local_network *network, uint16_t index, const uint8_t *envelope,
                          size_t size)
{
    struct local_node *node = &network->nodes[index];
    if (!node->alive) {
        return false;
    }
    struct replica_event event = {
        .kind = REPLICA_SUBMIT,
        .submit = {.bytes = envelope, .size = (uint32_t)size, .signature_valid = true},
    };
    turn_event(node->recovered.turn, time_of(network), &event);
    return true;
}
