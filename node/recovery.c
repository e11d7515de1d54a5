#include "node/recovery.h"

#include <stdlib.h>

#include "consensus/block.h"
#include "node/log.h"
#include "node/stored.h"

/* What the steps share. */
struct recovery {
    const struct recovery_config *config;
    struct recovered *out;
    uint16_t validator_count;
    uint64_t exec_height; /* named by the last final block */
    struct block_body body;
    enum recovery_result batches; /* why they cannot be restored */
    bool journal_marked;          /* it reaches as far as the store's mark */
    bool own_batch_lost;          /* one of the own lane is in the index, but not in the log */
};

const char *recovery_result_text(enum recovery_result result)
{
    switch (result) {
    case RECOVERY_OK:
        return "ok";
    case RECOVERY_MEMORY:
        return "out of memory";
    case RECOVERY_STORE:
        return "a stored block cannot be read back";
    case RECOVERY_BATCH_LOG:
        return "a batch cannot be read back: the disk of the batch log failed";
    case RECOVERY_JOURNAL_LOCKED:
        return "another process uses this data directory";
    case RECOVERY_JOURNAL_IO:
        return "the disk failed or is full";
    }
    return "unknown";
}

static void event(struct recovery *recovery, struct consensus_event consensus)
{
    struct replica_event wrapped = {.kind = REPLICA_CONSENSUS, .consensus = consensus};
    turn_event(recovery->out->turn, recovery->config->time, &wrapped);
}

/* ---- 1. final blocks ---------------------------------------------------------------------- */

static bool restore_block(struct recovery *recovery, uint64_t height,
                          struct stored_block_read *block)
{
    if (stored_block_get(recovery->config->store, recovery->validator_count, height, block) !=
        STORE_OK) {
        return false;
    }
    event(recovery, (struct consensus_event){
                        .kind = CONSENSUS_RESTORE_FINAL,
                        .restore_final = {.bytes = block->bytes.data, .size = block->bytes.size},
                    });
    return true;
}

/* `last` keeps the last final block, if there is one; the caller frees it. */
static bool restore_blocks(struct recovery *recovery, struct stored_block_read *last)
{
    uint64_t height;
    enum store_status status = store_last_height(recovery->config->store, &height);
    if (status == STORE_NOT_FOUND) {
        return true;
    }
    if (status != STORE_OK) {
        return false;
    }
    uint64_t first = height > CONSENSUS_RESTORE_BLOCKS ? height - CONSENSUS_RESTORE_BLOCKS + 1 : 1;
    for (uint64_t i = first; i <= height; i++) {
        stored_block_free(last);
        if (!restore_block(recovery, i, last)) {
            return false;
        }
    }
    const struct block *block = &last->stored.block;
    recovery->exec_height = block->header.exec_height;
    recovery->out->final_height = height;
    return block_body_open(block->body, block->body_size, recovery->validator_count,
                           &recovery->body);
}

/* ---- 2. batches --------------------------------------------------------------------------- */

/* An own batch that is passed over would be forgotten, and its number used twice. */
static void restore_batch_failed(struct recovery *recovery, const struct batch_log_entry *entry,
                                 enum batch_log_status status)
{
    if (status == BATCH_LOG_MEMORY) {
        recovery->batches = RECOVERY_MEMORY;
    } else if (status != BATCH_LOG_NOT_FOUND) {
        recovery->batches = RECOVERY_BATCH_LOG;
    } else if (entry->author == recovery->config->replica->consensus.self) {
        recovery->own_batch_lost = true;
    }
}

static void restore_batch(void *context, const struct batch_log_entry *entry)
{
    struct recovery *recovery = context;
    if (recovery->batches != RECOVERY_OK ||
        entry->epoch != recovery->config->replica->consensus.epoch ||
        entry->author >= recovery->validator_count) {
        return;
    }
    uint64_t cut =
        recovery->out->final_height > 0 ? block_body_cut(&recovery->body, entry->author) : 0;
    if (entry->lane_sequence <= cut) {
        return;
    }
    size_t size;
    uint8_t *bytes = malloc(entry->size);
    const enum batch_log_status status =
        bytes == NULL ? BATCH_LOG_MEMORY
                      : batch_log_read(recovery->config->batch_log, &entry->digest, bytes,
                                       entry->size, &size);
    if (status == BATCH_LOG_OK) {
        event(recovery,
              (struct consensus_event){
                  .kind = CONSENSUS_RESTORE_BATCH,
                  .restore_batch = {.bytes = bytes, .size = size, .valid = entry->content_valid},
              });
        recovery->out->batch_count++;
    } else {
        restore_batch_failed(recovery, entry, status);
    }
    free(bytes);
}

/* ---- 3. the journal ----------------------------------------------------------------------- */

static void restore_record(void *context, uint64_t number, const uint8_t *record, size_t size)
{
    struct recovery *recovery = context;
    const struct turn_ports *ports = &recovery->config->ports;
    (void)number;
    recovery->out->record_count++;
    if (ports->written != NULL) {
        ports->written(ports->context, TURN_JOURNAL_BEFORE, record, size);
    }
    event(recovery, (struct consensus_event){
                        .kind = CONSENSUS_RESTORE_RECORD,
                        .restore_record = {.bytes = record, .size = size},
                    });
}

/* The store's mark; false when it has none. */
static bool expected_mark(const struct recovery_config *config, struct journal_mark *mark)
{
    struct store_bytes bytes;
    if (store_get_meta(config->store, STORED_JOURNAL_MARK, &bytes) != STORE_OK) {
        return false;
    }
    bool whole = bytes.size == JOURNAL_MARK_SIZE;
    if (whole) {
        journal_mark_decode(mark, bytes.data);
    }
    store_bytes_free(&bytes);
    return whole;
}

static bool store_is_new(const struct recovery_config *config)
{
    struct store_bytes bytes;
    if (store_get_meta(config->store, STORED_STARTED, &bytes) != STORE_NOT_FOUND) {
        store_bytes_free(&bytes);
        return false;
    }
    return true;
}

/* Opens the journal, or makes it on a first start. The states say how consensus is to start. */
static enum consensus_journal_state open_journal(struct recovery *recovery)
{
    const struct recovery_config *config = recovery->config;
    const struct hash *chain_id = &config->replica->consensus.chain_id;
    struct journal_mark mark;
    bool marked = expected_mark(config, &mark);
    struct recovered *out = recovery->out;
    out->journal_status =
        journal_open(config->system, config->journal_directory, chain_id, &config->key,
                     marked ? &mark : NULL, restore_record, recovery, &out->journal);
    if (out->journal_status == JOURNAL_OK) {
        recovery->journal_marked = marked;
        /* Whole but empty: the power went before the first record was durable, so nothing left. */
        return out->record_count > 0 ? CONSENSUS_JOURNAL_INTACT : CONSENSUS_JOURNAL_CREATED;
    }
    if (out->journal_status == JOURNAL_MISSING && config->first_start && store_is_new(config)) {
        out->journal_status = journal_create(config->system, config->journal_directory, chain_id,
                                             &config->key, &out->journal);
        if (out->journal_status == JOURNAL_OK) {
            return CONSENSUS_JOURNAL_CREATED;
        }
    }
    return CONSENSUS_JOURNAL_LOST;
}

/* Notes that this directory has been started with, so that it is never a first start again. */
static bool note_started(const struct recovery_config *config)
{
    struct store_batch *batch = store_batch_new();
    if (batch == NULL) {
        return false;
    }
    store_put_meta(batch, STORED_STARTED, "1", 1);
    enum store_status status = store_write(config->store, batch, STORE_SYNC);
    store_batch_free(batch);
    return status == STORE_OK;
}

/* ---- 5. results --------------------------------------------------------------------------- */

static bool restore_results(struct recovery *recovery)
{
    uint64_t last = ledger_height(recovery->config->ledger);
    uint64_t first = recovery->exec_height > 0 ? recovery->exec_height : 1;
    for (uint64_t height = first; height <= last; height++) {
        struct stored_roots roots;
        const enum store_status status = stored_roots_get(recovery->config->store, height, &roots);
        if (status == STORE_NOT_FOUND) {
            continue; /* below the horizon of what consensus asks for */
        }
        if (status != STORE_OK) {
            return false; /* nobody would report this height again */
        }
        event(recovery, (struct consensus_event){
                            .kind = CONSENSUS_EXECUTED,
                            .executed = {.height = height,
                                         .result_root = roots.result.result_root,
                                         .has_content = roots.has_content,
                                         .more_due = roots.more_due},
                        });
    }
    return true;
}

/* ---- The whole ---------------------------------------------------------------------------- */

static bool make_turn(const struct recovery_config *config, struct recovered *out)
{
    turn_free(out->turn);
    out->replica = replica_new(config->replica_memory, config->replica);
    const struct turn_config turn = {
        .replica = out->replica,
        .batch_log = config->batch_log,
        .store = config->store,
        .validator_count = config->replica->consensus.validator_count,
        .self = config->replica->consensus.self,
        .epoch = config->replica->consensus.epoch,
        .ports = config->ports,
    };
    out->turn = turn_new(&turn);
    return out->turn != NULL;
}

/* Steps 1 and 2, into a new replica. */
static enum recovery_result restore_stored(struct recovery *recovery)
{
    if (!make_turn(recovery->config, recovery->out)) {
        return RECOVERY_MEMORY;
    }
    recovery->out->batch_count = 0;
    recovery->out->record_count = 0;
    struct stored_block_read last = {.bytes = {.data = NULL}};
    bool restored = restore_blocks(recovery, &last);
    if (restored) {
        batch_log_each(recovery->config->batch_log, 0, restore_batch, recovery);
    }
    stored_block_free(&last);
    return restored ? recovery->batches : RECOVERY_STORE;
}

static bool is_journal_fault(enum journal_status status)
{
    return status == JOURNAL_FULL || status == JOURNAL_IO || status == JOURNAL_TOO_LARGE;
}

enum recovery_result recovery_run(const struct recovery_config *config, struct recovered *out)
{
    *out = (struct recovered){.replica = NULL};
    struct recovery recovery = {
        .config = config,
        .out = out,
        .validator_count = config->replica->consensus.validator_count,
    };
    enum recovery_result result = restore_stored(&recovery);
    if (result != RECOVERY_OK) {
        return result;
    }
    enum consensus_journal_state state = open_journal(&recovery);
    if (out->journal_status == JOURNAL_LOCKED) {
        return RECOVERY_JOURNAL_LOCKED;
    }
    if (is_journal_fault(out->journal_status)) {
        return RECOVERY_JOURNAL_IO;
    }
    if (state == CONSENSUS_JOURNAL_LOST) {
        /* What was replayed of it must not be used: begin again without. */
        result = restore_stored(&recovery);
        if (result != RECOVERY_OK) {
            return result;
        }
    }
    if (!note_started(config)) {
        return RECOVERY_STORE;
    }
    turn_use_journal(out->turn, out->journal);
    struct batch_log_summary summary;
    batch_log_summary_read(config->batch_log, &summary);
    event(&recovery, (struct consensus_event){
                         .kind = CONSENSUS_START,
                         .start = {.journal = state,
                                   .journal_marked = recovery.journal_marked,
                                   .batch_log_lost = summary.damaged || recovery.own_batch_lost},
                     });
    return restore_results(&recovery) ? RECOVERY_OK : RECOVERY_STORE;
}
