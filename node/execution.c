#include "node/execution.h"

#include <stdlib.h>
#include <string.h>

#include "consensus/batch.h"
#include "ledger/command/envelope.h"
#include "ledger/command/event.h"
#include "ledger/command/receipt.h"
#include "ledger/state/snapshot.h"
#include "node/checkpoint.h"
#include "node/log.h"
#include "node/stored.h"

STATUS_DEFINE(execution_status, EXECUTION_STATUS_LIST)

enum {
    ROOM_KEPT_MAX = 32 << 20, /* a larger block gives its memory back */
};

struct execution {
    struct execution_config config;
    struct store_batch *results;
    struct checkpoint_pace pace;
    uint64_t bytes_since_checkpoint;

    /* The block that was loaded. */
    bool loaded;
    struct executor_block block;
    uint64_t certified_height;
    struct payload_item *payloads;
    uint16_t *authors;               /* of each of them */
    const struct hash **identifiers; /* of the envelopes of each; NULL: not known */
    uint32_t batch_count;

    /* What backs the payloads: the batches of a block as the log has them, one after the other.
     * Kept from block to block, since memory that the system gives anew has to be cleared. */
    uint8_t *room;
    size_t room_capacity;

    /* What the last block left out, and the bytes behind it. */
    struct payload_item *skipped;
    uint32_t skipped_count;
};

struct execution *execution_new(const struct execution_config *config)
{
    struct execution *execution = calloc(1, sizeof *execution);
    if (execution == NULL) {
        return NULL;
    }
    execution->config = *config;
    execution->pace = (struct checkpoint_pace){
        .bytes = config->checkpoint_bytes,
        .renewal_blocks_max = ledger_limits(executor_ledger(config->executor))->renewal_blocks_max,
        .self = config->self,
        .validator_count = config->validator_count,
    };
    execution->bytes_since_checkpoint = checkpoint_head_start(&execution->pace);
    execution->results = store_batch_new();
    if (execution->results == NULL) {
        free(execution);
        return NULL;
    }
    return execution;
}

static void unload(struct execution *execution)
{
    free(execution->payloads);
    free(execution->authors);
    for (uint32_t i = 0; i < execution->batch_count; i++) {
        free((void *)(uintptr_t)execution->identifiers[i]);
    }
    free(execution->identifiers);
    execution->identifiers = NULL;
    execution->authors = NULL;
    execution->payloads = NULL;
    execution->batch_count = 0;
    execution->loaded = false;
    if (execution->room_capacity > ROOM_KEPT_MAX) {
        free(execution->room);
        execution->room = NULL;
        execution->room_capacity = 0;
    }
}

static void skipped_clear(struct execution *execution)
{
    for (uint32_t i = 0; i < execution->skipped_count; i++) {
        free((void *)(uintptr_t)execution->skipped[i].bytes);
    }
    free(execution->skipped);
    execution->skipped = NULL;
    execution->skipped_count = 0;
}

void execution_free(struct execution *execution)
{
    if (execution != NULL) {
        unload(execution);
        skipped_clear(execution);
        free(execution->room);
        store_batch_free(execution->results);
        free(execution);
    }
}

/* ---- Loading ------------------------------------------------------------------------------ */

/* Makes room for all batches that a block names. */
static enum execution_status room_make(struct execution *execution, const struct block_body *body)
{
    size_t size = 0;
    for (uint32_t i = 0; i < body->batch_count; i++) {
        struct block_reference reference;
        struct batch_log_entry entry;
        block_body_reference(body, i, &reference);
        if (batch_log_find(execution->config.batch_log, &reference.digest, &entry) !=
            BATCH_LOG_OK) {
            return EXECUTION_BATCH_LOST;
        }
        size += BATCH_LOG_ENTRY_SIZE + (size_t)entry.size;
    }
    if (size > execution->room_capacity) {
        free(execution->room);
        execution->room = malloc(size);
        execution->room_capacity = execution->room != NULL ? size : 0;
    }
    return size <= execution->room_capacity ? EXECUTION_OK : EXECUTION_MEMORY;
}

/* What the envelopes of a batch are called, from when it was checked; NULL when nobody knows. */
static struct hash *identifiers_find(const struct execution *execution, const struct hash *digest,
                                     const struct batch *batch)
{
    uint32_t count;
    struct hash *found = NULL;
    if (execution->config.identifiers != NULL &&
        payload_count(batch->payload, batch->payload_size, &count)) {
        found = malloc(count * sizeof *found);
    }
    if (found != NULL &&
        !batch_identifiers_get(execution->config.identifiers, digest, found, count)) {
        free(found);
        return NULL;
    }
    return found;
}

/* Reads a batch behind those before it, which end at `used`. */
static enum execution_status load_batch(struct execution *execution, const struct hash *digest,
                                        size_t *used)
{
    const uint8_t *bytes;
    size_t size;
    if (batch_log_read_in(execution->config.batch_log, digest, execution->room + *used,
                          execution->room_capacity - *used, &bytes, &size) != BATCH_LOG_OK) {
        return EXECUTION_BATCH_LOST;
    }
    *used += BATCH_LOG_ENTRY_SIZE + size;
    struct batch batch;
    /* The log has them by their digest and under a checksum; the digest is not made once more. */
    if (!batch_open(bytes, size, execution->config.validator_count, &batch)) {
        return EXECUTION_BATCH_TORN;
    }
    execution->payloads[execution->batch_count] =
        (struct payload_item){.bytes = batch.payload, .size = batch.payload_size};
    execution->authors[execution->batch_count] = batch.author;
    execution->identifiers[execution->batch_count] = identifiers_find(execution, digest, &batch);
    execution->batch_count++;
    execution->bytes_since_checkpoint += batch.payload_size;
    return EXECUTION_OK;
}

static enum execution_status load_body(struct execution *execution, const struct block *block)
{
    struct block_body body;
    if (!block_body_open(block->body, block->body_size, execution->config.validator_count, &body)) {
        return EXECUTION_STORE_FAILED;
    }
    execution->payloads = calloc((size_t)body.batch_count + 1, sizeof *execution->payloads);
    execution->authors = calloc((size_t)body.batch_count + 1, sizeof *execution->authors);
    execution->identifiers = calloc((size_t)body.batch_count + 1, sizeof *execution->identifiers);
    if (execution->payloads == NULL || execution->authors == NULL ||
        execution->identifiers == NULL) {
        return EXECUTION_MEMORY;
    }
    enum execution_status status = room_make(execution, &body);
    size_t used = 0;
    for (uint32_t i = 0; status == EXECUTION_OK && i < body.batch_count; i++) {
        struct block_reference reference;
        block_body_reference(&body, i, &reference);
        status = load_batch(execution, &reference.digest, &used);
    }
    return status;
}

enum execution_status execution_load(struct execution *execution)
{
    TALLY_ASSERT(!execution->loaded);
    uint64_t height = ledger_height(executor_ledger(execution->config.executor)) + 1;
    struct stored_block_read stored;
    enum store_status found = stored_block_get(execution->config.store,
                                               execution->config.validator_count, height, &stored);
    if (found != STORE_OK) {
        return found == STORE_NOT_FOUND ? EXECUTION_IDLE : EXECUTION_STORE_FAILED;
    }
    const struct header *header = &stored.stored.block.header;
    enum execution_status status = load_body(execution, &stored.stored.block);
    if (status == EXECUTION_OK) {
        execution->loaded = true;
        execution->certified_height = header->exec_height;
        execution->block = (struct executor_block){
            .height = height,
            .ts_ms = header->ts_ms,
            .payloads = execution->payloads,
            .payload_count = execution->batch_count,
            .identifiers = execution->identifiers,
        };
        header_hash(header, &execution->block.block_id);
    } else {
        unload(execution);
    }
    stored_block_free(&stored);
    return status;
}

/* ---- Applying ----------------------------------------------------------------------------- */

/*
 * Receipts stand in the order of the envelopes, so one walk over both finds who has none. Steps
 * over those of one envelope, from `at` on; false when the receipt there is another's.
 */
static bool receipts_pass(const struct ledger_output *output, const struct hash *envelope_id,
                          uint32_t *at)
{
    uint32_t first = *at;
    struct receipt receipt;
    uint32_t command_next = 0;
    while (*at < output->receipt_count) {
        const struct ledger_leaf *leaf = &output->receipts[*at];
        bool whole = receipt_decode(&receipt, leaf->bytes, leaf->size);
        TALLY_ASSERT(whole);
        bool whole_envelope = receipt.command_index == RECEIPT_WHOLE_ENVELOPE && *at == first;
        if (!hash_equal(&receipt.envelope_id, envelope_id) ||
            !(whole_envelope || receipt.command_index == command_next)) {
            break;
        }
        (*at)++;
        if (whole_envelope) {
            break;
        }
        command_next++;
    }
    return *at > first;
}

/* Keeps a copy of an envelope that was left out. Without memory it is dropped, and its client, who
 * never sees a receipt, hands it in elsewhere. */
static void skipped_add(struct execution *execution, const struct payload_item *item)
{
    struct payload_item *grown =
        realloc(execution->skipped, (execution->skipped_count + 1u) * sizeof *execution->skipped);
    uint8_t *copy = malloc(item->size);
    if (grown != NULL) {
        execution->skipped = grown;
    }
    if (grown == NULL || copy == NULL) {
        free(copy);
        return;
    }
    memcpy(copy, item->bytes, item->size);
    execution->skipped[execution->skipped_count] =
        (struct payload_item){.bytes = copy, .size = item->size};
    execution->skipped_count++;
}

/* Finds the envelopes of the own lane that have no receipt. */
static void skipped_collect(struct execution *execution, const struct ledger_output *output)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < execution->batch_count; i++) {
        struct bytes_reader reader;
        struct payload_item item;
        payload_reader_init(&reader, execution->payloads[i].bytes, execution->payloads[i].size);
        while (payload_next(&reader, &item)) {
            struct envelope envelope;
            if (envelope_decode(&envelope, item.bytes, item.size) == ENVELOPE_OK &&
                !receipts_pass(output, &envelope.id, &at) &&
                execution->authors[i] == execution->config.self) {
                skipped_add(execution, &item);
            }
        }
    }
}

enum execution_status execution_apply(struct execution *execution, struct execution_done *done)
{
    TALLY_ASSERT(execution->loaded);
    *done = (struct execution_done){
        .height = execution->block.height,
        .ledger_ms = execution->block.ts_ms,
        .certified_height = execution->certified_height,
        .block_id = execution->block.block_id,
        .batch_count = execution->batch_count,
    };
    for (uint32_t i = 0; i < execution->batch_count; i++) {
        uint32_t count;
        (void)payload_count(execution->payloads[i].bytes, execution->payloads[i].size, &count);
        done->envelope_count += count;
        done->payload_bytes += execution->payloads[i].size;
    }
    enum executor_result result =
        executor_execute(execution->config.executor, &execution->block, &done->output);
    skipped_clear(execution);
    if (result == EXECUTOR_DONE && done->output.skipped_count > 0) {
        skipped_collect(execution, &done->output);
        LOG(LOG_WARNING, "envelopes left out of a full block", log_u64("height", done->height),
            log_u64("count", done->output.skipped_count), log_u64("own", execution->skipped_count));
    }
    done->skipped = execution->skipped;
    done->skipped_count = execution->skipped_count;
    unload(execution);
    return result == EXECUTOR_DONE ? EXECUTION_OK : EXECUTION_BATCH_TORN;
}

/* ---- Saving ------------------------------------------------------------------------------- */

static void index_receipts(struct execution *execution, const struct ledger_output *output)
{
    struct hash last = {{0}};
    for (uint32_t i = 0; i < output->receipt_count; i++) {
        const struct ledger_leaf *leaf = &output->receipts[i];
        /* An envelope's receipts stand together; only the first one is indexed. */
        if (receipt_is_of(leaf->bytes, leaf->size, &last)) {
            continue;
        }
        struct receipt receipt;
        bool whole = receipt_decode(&receipt, leaf->bytes, leaf->size);
        TALLY_ASSERT(whole);
        last = receipt.envelope_id;
        /* The receipt of a replay must not hide where the first ones are. (A command that was done
         * under another envelope is ALREADY, too.) */
        bool replay =
            receipt.outcome == OUTCOME_ALREADY && receipt.command_index == RECEIPT_WHOLE_ENVELOPE;
        if (!replay) {
            store_put_envelope(execution->results, &receipt.envelope_id, output->height, i);
        }
    }
}

/* What a receipt is asked for: how an instruction's or an issue's life went on, not each advice. */
static bool is_milestone(uint8_t kind)
{
    return kind == EVENT_MATCHED || kind == EVENT_SETTLED || kind == EVENT_CANCELLED ||
           kind == EVENT_ISSUED || kind == EVENT_REDEEMED;
}

static void index_sides(struct execution *execution, uint64_t height, uint32_t index,
                        const struct event_sides *sides)
{
    if (sides->reference.size > 0) {
        store_put_settled(execution->results, sides->party.text, sides->reference.text,
                          sides->reference.size, height, index);
    }
    if (sides->counter_reference.size > 0) {
        store_put_settled(execution->results, sides->counterparty.text,
                          sides->counter_reference.text, sides->counter_reference.size, height,
                          index);
    }
}

/* Each part of an instruction that settles in parts, for either side. A whole has no reason. */
static void index_part(struct execution *execution, uint64_t height, uint32_t index,
                       const struct ledger_leaf *leaf)
{
    struct event event;
    bool whole = event_decode(&event, leaf->bytes, leaf->size);
    TALLY_ASSERT(whole);
    if (event.kind != EVENT_SETTLED ||
        (event.reason != REASON_PAIN && event.reason != REASON_PARC)) {
        return;
    }
    uint64_t settled = (uint64_t)event.settled_quantity;
    store_put_part(execution->results, event.instruction_sequence, settled, height, index);
    if (event.counter_sequence != event.instruction_sequence) {
        store_put_part(execution->results, event.counter_sequence, settled, height, index);
    }
}

/* The latest milestone of each reference: what is put later takes the place of the one before. */
static void index_events(struct execution *execution, const struct ledger_output *output)
{
    struct event_sides sides;
    for (uint32_t i = 0; i < output->event_count; i++) {
        const struct ledger_leaf *leaf = &output->events[i];
        if (is_milestone(event_kind_of(leaf->bytes, leaf->size))) {
            bool whole = event_sides_read(&sides, leaf->bytes, leaf->size);
            TALLY_ASSERT(whole);
            if (sides.says_reason) {
                index_part(execution, output->height, i, leaf);
            }
            index_sides(execution, output->height, i, &sides);
        }
    }
}

/* Leaves to their file, and where they are to the roots. */
static enum store_status append_leaves(struct execution *execution,
                                       const struct ledger_output *output,
                                       struct stored_roots *roots)
{
    struct store *store = execution->config.store;
    enum store_status status = stored_leaves_append(store, output->height, output->receipts,
                                                    output->receipt_count, &roots->receipts);
    if (status == STORE_OK) {
        status = stored_leaves_append(store, output->height, output->events, output->event_count,
                                      &roots->events);
    }
    execution->bytes_since_checkpoint += (uint64_t)roots->receipts.size + roots->events.size;
    return status;
}

enum execution_status execution_save(struct execution *execution, const struct execution_done *done)
{
    const struct ledger_output *output = &done->output;
    store_batch_clear(execution->results);
    struct stored_roots roots = {
        .height = done->height,
        .ledger_ms = done->ledger_ms,
        .state_height = output->state_height,
        .next_due_ms = output->next_due_ms,
        .has_content = output->has_content,
        .more_due = output->more_due,
        .block_id = execution->block.block_id,
        .result = output->result,
        .secret = output->secret,
    };
    enum store_status status = append_leaves(execution, output, &roots);
    if (status == STORE_OK) {
        stored_roots_put(execution->results, &roots);
        index_receipts(execution, output);
        index_events(execution, output);
        status = store_write(execution->config.store, execution->results, STORE_LAZY);
    }
    if (status == STORE_MEMORY) {
        return EXECUTION_MEMORY;
    }
    return status == STORE_OK ? EXECUTION_OK : EXECUTION_STORE_FAILED;
}

/* ---- Checkpoints -------------------------------------------------------------------------- */

bool execution_checkpoint_due(const struct execution *execution)
{
    const struct ledger *ledger = executor_ledger(execution->config.executor);
    return snapshot_ready(ledger) &&
           checkpoint_due(&execution->pace, execution->bytes_since_checkpoint,
                          ledger_height(ledger));
}

enum execution_status execution_checkpoint_take(struct execution *execution)
{
    store_batch_clear(execution->results);
    enum checkpoint_result result = checkpoint_take(executor_ledger(execution->config.executor),
                                                    execution->config.store, execution->results);
    if (result == CHECKPOINT_OK) {
        return EXECUTION_OK;
    }
    return result == CHECKPOINT_MEMORY ? EXECUTION_MEMORY : EXECUTION_STORE_FAILED;
}

enum execution_status execution_checkpoint_write(struct execution *execution)
{
    LOG(LOG_INFO, "checkpoint",
        log_u64("height", ledger_height(executor_ledger(execution->config.executor))));
    execution->bytes_since_checkpoint =
        checkpoint_carry(&execution->pace, execution->bytes_since_checkpoint);
    struct store *store = execution->config.store;
    enum store_status status = store_sync_results(store, execution->results);
    if (status == STORE_OK) {
        status = store_write(store, execution->results, STORE_SYNC);
    }
    return status == STORE_OK ? EXECUTION_OK : EXECUTION_STORE_FAILED;
}
