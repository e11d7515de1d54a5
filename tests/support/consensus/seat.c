#include "tests/support/consensus/seat.h"

#include "base/assert.h"
#include "consensus/evidence.h"
#include "netsim/check/checker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *grown(void *array, uint32_t count, uint32_t *capacity, size_t item_size)
{
    if (count < *capacity) {
        return array;
    }
    *capacity = *capacity == 0 ? 32 : *capacity * 2;
    array = realloc(array, *capacity * item_size);
    TALLY_ASSERT(array != NULL);
    return array;
}

/* ------------------------------------------------------------------------ life */

struct seat *seat_prepare(uint16_t validator_count, uint16_t self)
{
    struct seat *seat = calloc(1, sizeof *seat);
    struct consensus_config *config = &seat->config;
    TALLY_ASSERT(seat != NULL && validator_count <= SEAT_MEMBERS_MAX);
    for (uint16_t i = 0; i < validator_count; i++) {
        uint8_t seed[SIGN_SEED_SIZE] = {0};
        seed[0] = (uint8_t)(i + 1);
        sign_key_from_seed(seed, &seat->public_keys[i], &seat->secret_keys[i]);
    }
    consensus_config_defaults(config);
    hash_compute(&config->chain_id, HASH_GENESIS, "seat", 4);
    config->epoch = 1;
    config->validator_count = validator_count;
    config->self = self;
    config->validators = seat->public_keys;
    config->secret_key = self == CONSENSUS_OBSERVER ? NULL : &seat->secret_keys[self];
    config->anchor.hash = config->chain_id;
    config->anchor.ts_ms = SEAT_UTC_START_MS - 1000;
    config->timing.d0_ms = 50;
    config->timing.d_max_ms = 5000;
    config->timing.heartbeat_ms = 1000;
    config->timing.block_interval_min_ms = 1;
    config->timing.retry_ms = 200;
    config->timing.clock_drift_ms = 500;
    config->limits.batch_bytes_max = 256;
    config->limits.lane_quota_batches = 2;
    config->limits.lane_quota_bytes = 512;
    config->limits.lane_window = 8;
    config->seed = 7;
    config->trace = getenv("TALLY_TRACE") != NULL;
    seat->now_ms = 1000;
    return seat;
}

static void memory_new(struct seat *seat)
{
    size_t size = consensus_footprint(&seat->config);
    TALLY_ASSERT(size > 0);
    free(seat->memory);
    seat->memory = aligned_alloc(64, (size + 63) / 64 * 64);
    TALLY_ASSERT(seat->memory != NULL);
    seat->core = consensus_new(seat->memory, &seat->config);
    seat->persisted_seq = 0;
    seat->durable_seq = 0;
    seat->deadline_ms = UINT64_MAX;
}

static void restore(struct seat *seat)
{
    for (uint32_t i = 0; i < seat->commits_count; i++) {
        struct consensus_event event = {.kind = CONSENSUS_RESTORE_FINAL};
        event.restore_final.bytes = seat->commits[i].stored->bytes;
        event.restore_final.size = seat->commits[i].stored->size;
        seat_step(seat, &event);
    }
    uint32_t batches_count = seat->batches_count;
    for (uint32_t i = 0; i < batches_count; i++) {
        struct consensus_event event = {.kind = CONSENSUS_RESTORE_BATCH};
        event.restore_batch.bytes = seat->batches[i].bytes->bytes;
        event.restore_batch.size = seat->batches[i].bytes->size;
        event.restore_batch.valid = true;
        seat_step(seat, &event);
    }
    uint32_t records_count = seat->records_count;
    for (uint32_t i = 0; i < records_count; i++) {
        struct consensus_event event = {.kind = CONSENSUS_RESTORE_RECORD};
        event.restore_record.bytes = seat->records[i].bytes->bytes;
        event.restore_record.size = seat->records[i].bytes->size;
        seat_step(seat, &event);
    }
}

void seat_start(struct seat *seat, enum consensus_journal_state journal)
{
    struct consensus_event event = {.kind = CONSENSUS_START};
    bool held = seat->holds_journal;
    seat->holds_journal = true; /* nothing may be reported before START */
    memory_new(seat);
    restore(seat);
    seat->holds_journal = held;
    event.start.journal = journal;
    event.start.batch_log_lost = seat->batch_log_lost;
    event.start.journal_marked = seat->journal_marked;
    seat_step(seat, &event);
    for (uint32_t height = 1; height <= seat->executed_count; height++) {
        struct consensus_event executed = {.kind = CONSENSUS_EXECUTED};
        executed.executed.height = height;
        executed.executed.result_root = seat->results[height - 1];
        seat_step(seat, &executed);
    }
}

struct seat *seat_new(uint16_t validator_count, uint16_t self)
{
    struct seat *seat = seat_prepare(validator_count, self);
    seat_start(seat, CONSENSUS_JOURNAL_CREATED);
    return seat;
}

struct seat *seat_new_leading(uint64_t view)
{
    for (uint16_t self = 0; self < 4; self++) {
        struct seat *seat = seat_new(4, self);
        if (seat_leader(seat, view) == self) {
            return seat;
        }
        seat_free(seat);
    }
    abort(); /* every view has a leader */
}

struct seat *seat_new_following(uint64_t views)
{
    TALLY_ASSERT(views <= 3);
    for (uint16_t self = 0; self < 4; self++) {
        struct seat *seat = seat_new(4, self);
        bool leads = false;
        for (uint64_t view = 1; view <= views; view++) {
            leads = leads || seat_leader(seat, view) == self;
        }
        if (!leads) {
            return seat;
        }
        seat_free(seat);
    }
    abort(); /* of four members one leads none of three views */
}

void seat_free(struct seat *seat)
{
    seat_forget_sent(seat);
    for (uint32_t i = 0; i < seat->records_count; i++) {
        sim_message_release(seat->records[i].bytes);
    }
    for (uint32_t i = 0; i < seat->commits_count; i++) {
        sim_message_release(seat->commits[i].stored);
    }
    for (uint32_t i = 0; i < seat->batches_count; i++) {
        sim_message_release(seat->batches[i].bytes);
    }
    free(seat->sent);
    free(seat->records);
    free(seat->commits);
    free(seat->results);
    free(seat->evidence);
    free(seat->memory);
    free(seat);
}

void seat_stop(struct seat *seat, bool torn)
{
    while (torn && seat->records_count > seat->records_durable_count) {
        sim_message_release(seat->records[--seat->records_count].bytes);
    }
    seat->records_durable_count = seat->records_count;
    seat->core = NULL;
}

void seat_restart(struct seat *seat, bool torn)
{
    seat_stop(seat, torn);
    seat_forget_sent(seat);
    seat_start(seat, CONSENSUS_JOURNAL_INTACT);
}

/* --------------------------------------------------------------------- effects */

static void on_commit(struct seat *seat, const struct consensus_effect *effect)
{
    size_t size = 8 + (size_t)effect->commit.block_size + effect->commit.certificate_size;
    uint8_t *bytes = malloc(size);
    struct bytes_writer writer;
    TALLY_ASSERT(bytes != NULL);
    bytes_writer_init(&writer, bytes, size);
    stored_block_write(&writer, effect->commit.block_bytes, effect->commit.block_size,
                       effect->commit.certificate, effect->commit.certificate_size);
    TALLY_ASSERT(bytes_writer_ok(&writer) && writer.size == size);
    TALLY_ASSERT(effect->commit.height == seat->commits_count + UINT64_C(1));
    seat->commits =
        grown(seat->commits, seat->commits_count, &seat->commits_capacity, sizeof *seat->commits);
    seat->commits[seat->commits_count++] = (struct seat_commit){
        effect->commit.height, effect->commit.hash, sim_message_copy(bytes, size)};
    free(bytes);
    struct hash previous;
    memset(&previous, 0, sizeof previous);
    if (seat->results_count > 0) {
        previous = seat->results[seat->results_count - 1];
    }
    seat->results =
        grown(seat->results, seat->results_count, &seat->results_capacity, sizeof *seat->results);
    checker_result(&previous, effect->commit.height, &effect->commit.hash,
                   &seat->results[seat->results_count++]);
}

static void on_evidence(struct seat *seat, const struct consensus_effect *effect)
{
    struct evidence evidence;
    bool read = evidence_read(effect->evidence.bytes, effect->evidence.size,
                              seat->config.validator_count, &evidence);
    TALLY_ASSERT(read);
    seat->evidence = grown(seat->evidence, seat->evidence_count, &seat->evidence_capacity,
                           sizeof *seat->evidence);
    seat->evidence[seat->evidence_count++] = evidence;
}

static void on_persist(struct seat *seat, const struct consensus_effect *effect)
{
    TALLY_ASSERT(effect->persist.seq == seat->persisted_seq + 1);
    seat->persisted_seq = effect->persist.seq;
    seat->records =
        grown(seat->records, seat->records_count, &seat->records_capacity, sizeof *seat->records);
    seat->records[seat->records_count++] = (struct seat_record){
        effect->persist.seq, sim_message_copy(effect->persist.bytes, effect->persist.size)};
}

static void on_send(struct seat *seat, const struct consensus_effect *effect)
{
    seat->sent = grown(seat->sent, seat->sent_count, &seat->sent_capacity, sizeof *seat->sent);
    seat->sent[seat->sent_count++] =
        (struct seat_sent){effect->send.to, effect->send.class, effect->send.after_seq,
                           seat->now_ms, sim_message_copy(effect->send.bytes, effect->send.size)};
}

static void on_store_batch(struct seat *seat, const struct consensus_effect *effect)
{
    TALLY_ASSERT(seat->batches_count < SEAT_BATCHES_MAX);
    seat->batches[seat->batches_count++] = (struct seat_batch){
        effect->store_batch.digest, effect->store_batch.author, effect->store_batch.lane_seq,
        sim_message_copy(effect->store_batch.bytes, effect->store_batch.size)};
}

static void on_effect(struct seat *seat, const struct consensus_effect *effect)
{
    switch (effect->kind) {
    case CONSENSUS_PERSIST:
        on_persist(seat, effect);
        break;
    case CONSENSUS_SEND:
        on_send(seat, effect);
        break;
    case CONSENSUS_STORE_BATCH:
        on_store_batch(seat, effect);
        break;
    case CONSENSUS_COMMIT:
        on_commit(seat, effect);
        break;
    case CONSENSUS_EVIDENCE:
        on_evidence(seat, effect);
        break;
    case CONSENSUS_ALARM:
        seat->alarm = effect->alarm.code;
        break;
    case CONSENSUS_HALT:
        seat->halt = effect->halt.reason;
        break;
    case CONSENSUS_SEND_BATCH:
    case CONSENSUS_SEND_BLOCKS:
    case CONSENSUS_BATCH_REFUSED:
        break;
    case CONSENSUS_TRACE:
        printf("[%6llu] %s view %llu by %u %02x%02x\n", (unsigned long long)seat->now_ms,
               consensus_trace_text(effect->trace.code), (unsigned long long)effect->trace.view,
               effect->trace.peer, effect->trace.hash.bytes[0], effect->trace.hash.bytes[1]);
        break;
    }
}

static void step_once(struct seat *seat, struct consensus_event *event)
{
    struct consensus_effects effects;
    event->now_ms = seat->now_ms;
    event->utc_ms = (uint64_t)((int64_t)(SEAT_UTC_START_MS + seat->now_ms) + seat->utc_skew_ms);
    consensus_step(seat->core, event, &effects);
    for (size_t i = 0; i < effects.count; i++) {
        on_effect(seat, &effects.items[i]);
    }
    seat->deadline_ms = effects.next_deadline_ms;
}

void seat_journal_durable(struct seat *seat)
{
    struct consensus_event event = {.kind = CONSENSUS_JOURNAL_DURABLE};
    event.journal_durable.seq = seat->persisted_seq;
    seat->durable_seq = seat->persisted_seq;
    seat->records_durable_count = seat->records_count;
    step_once(seat, &event);
}

static void batch_checked(struct seat *seat, uint32_t number)
{
    struct consensus_event event = {.kind = CONSENSUS_BATCH_CHECKED};
    event.batch_checked.digest = seat->batches[number].digest;
    event.batch_checked.author = seat->batches[number].author;
    event.batch_checked.lane_seq = seat->batches[number].lane_seq;
    event.batch_checked.valid = true;
    step_once(seat, &event);
}

static void executed(struct seat *seat)
{
    struct consensus_event event = {.kind = CONSENSUS_EXECUTED};
    event.executed.height = ++seat->executed_count;
    event.executed.result_root = seat->results[seat->executed_count - 1];
    step_once(seat, &event);
}

void seat_step(struct seat *seat, struct consensus_event *event)
{
    uint32_t checked = seat->batches_count;
    step_once(seat, event);
    if (event->kind == CONSENSUS_RESTORE_FINAL || event->kind == CONSENSUS_RESTORE_BATCH ||
        event->kind == CONSENSUS_RESTORE_RECORD) {
        return; /* the driver owes nothing before START */
    }
    for (bool again = true; again;) {
        again = false;
        if (!seat->holds_batches && checked < seat->batches_count) {
            batch_checked(seat, checked++);
            again = true;
        } else if (!seat->holds_journal && seat->durable_seq < seat->persisted_seq) {
            seat_journal_durable(seat);
            again = true;
        } else if (!seat->holds_execution && seat->executed_count < seat->commits_count) {
            executed(seat);
            again = true;
        }
    }
}

void seat_receive(struct seat *seat, uint16_t from, const void *bytes, size_t size)
{
    struct consensus_event event = {.kind = CONSENSUS_MESSAGE};
    event.message.from = from;
    event.message.bytes = bytes;
    event.message.size = size;
    seat_step(seat, &event);
}

void seat_wait(struct seat *seat, uint64_t duration_ms)
{
    uint64_t end_ms = seat->now_ms + duration_ms;
    while (seat->deadline_ms <= end_ms) {
        struct consensus_event event = {.kind = CONSENSUS_TIME};
        uint64_t before_ms = seat->now_ms;
        if (seat->deadline_ms > seat->now_ms) {
            seat->now_ms = seat->deadline_ms;
        }
        seat_step(seat, &event);
        TALLY_ASSERT(seat->now_ms > before_ms || seat->deadline_ms > seat->now_ms);
    }
    seat->now_ms = end_ms;
}

void seat_submit(struct seat *seat)
{
    struct consensus_event event = {.kind = CONSENSUS_LOCAL_BATCH};
    static const uint8_t payload[] = "payload";
    event.local_batch.payload = payload;
    event.local_batch.size = sizeof payload;
    seat_step(seat, &event);
}

/* ---------------------------------------------------------------- certificates */

void seat_certificate_write(struct seat *seat, struct bytes_writer *writer, enum vote_kind kind,
                            uint64_t view, const struct hash *hash)
{
    uint16_t n = seat->config.validator_count;
    struct certificate_builder builder;
    struct vote vote;
    bool complete = false;
    memset(&vote, 0, sizeof vote);
    vote.kind = kind;
    vote.epoch = seat->config.epoch;
    vote.view = view;
    if (hash != NULL) {
        vote.hash = *hash;
    }
    certificate_begin(&builder, writer, n, (enum certificate_kind)kind, vote.epoch, view,
                      &vote.hash);
    bool everybody = quorum_size(n) == n; /* then the core's own vote is needed */
    for (uint16_t signer = 0; signer < n && !complete; signer++) {
        if (signer != seat->config.self || everybody) {
            vote.signer = signer;
            vote_sign(&vote, &seat->config.chain_id, &seat->secret_keys[signer]);
            complete = certificate_add(&builder, signer, &vote.signature);
        }
    }
    TALLY_ASSERT(complete && bytes_writer_ok(writer));
}

void seat_certificate(struct seat *seat, enum vote_kind kind, uint64_t view,
                      const struct hash *hash)
{
    uint8_t bytes[4096];
    struct bytes_writer writer;
    bytes_writer_init(&writer, bytes, sizeof bytes);
    bytes_write_u8(&writer, MESSAGE_CERTIFICATE);
    seat_certificate_write(seat, &writer, kind, view, hash);
    uint16_t from = seat->config.self == 0 ? 1 : 0;
    seat_receive(seat, from, bytes, writer.size);
}

/* ---------------------------------------------------------------------- blocks */

static void justification_make(struct seat *seat, struct seat_block *block)
{
    struct bytes_writer writer;
    const struct header *header = &block->header;
    bytes_writer_init(&writer, block->justification, sizeof block->justification);
    uint64_t skipped = header->view - header->parent_view - 1;
    bytes_write_u16(&writer, (uint16_t)(skipped + (header->parent_view > 0)));
    if (header->parent_view > 0) {
        seat_certificate_write(seat, &writer, VOTE_NOTARIZE, header->parent_view,
                               &header->parent_hash);
    }
    for (uint64_t view = header->parent_view + 1; view < header->view; view++) {
        seat_certificate_write(seat, &writer, VOTE_NULLIFY, view, NULL);
    }
    TALLY_ASSERT(bytes_writer_ok(&writer));
    block->justification_size = (uint32_t)writer.size;
}

static void body_make(struct seat *seat, struct seat_block *block, const uint8_t *references,
                      uint32_t count)
{
    struct bytes_writer writer;
    uint8_t copy[SEAT_BODY_MAX];
    size_t references_size = (size_t)count * BLOCK_REFERENCE_SIZE;
    TALLY_ASSERT(references_size <= sizeof copy);
    if (count > 0) {
        memcpy(copy, references, references_size);
    }
    bytes_writer_init(&writer, block->body, sizeof block->body);
    bytes_write_u32(&writer, count);
    bytes_write_copy(&writer, copy, references_size);
    for (uint16_t lane = 0; lane < seat->config.validator_count; lane++) {
        bytes_write_u64(&writer, block->cut[lane]);
    }
    TALLY_ASSERT(bytes_writer_ok(&writer));
    block->body_size = (uint32_t)writer.size;
    block->header.batch_count = count;
}

void seat_block_make(struct seat *seat, struct seat_block *block, uint64_t view,
                     const struct seat_block *parent)
{
    struct header *header = &block->header;
    memset(block, 0, sizeof *block);
    header->epoch = seat->config.epoch;
    header->view = view;
    header->height = 1;
    header->parent_hash = seat->config.anchor.hash;
    header->ts_ms = SEAT_UTC_START_MS + seat->now_ms;
    header->result_root = seat->config.anchor.result_root;
    header->proposer = seat_leader(seat, view);
    if (parent != NULL) {
        header->height = parent->header.height + 1;
        header->parent_view = parent->header.view;
        header->parent_hash = parent->hash;
        header->exec_height = parent->header.exec_height;
        header->result_root = parent->header.result_root;
        memcpy(block->cut, parent->cut, sizeof block->cut);
        if (header->ts_ms <= parent->header.ts_ms) {
            header->ts_ms = parent->header.ts_ms + 1;
        }
    }
    justification_make(seat, block);
    body_make(seat, block, NULL, 0);
    seat_block_seal(seat, block);
}

void seat_block_add_batch(struct seat *seat, struct seat_block *block,
                          const struct seat_batch *batch)
{
    uint8_t references[SEAT_BODY_MAX];
    uint32_t count = block->header.batch_count;
    struct bytes_writer writer;
    bytes_writer_init(&writer, references, sizeof references);
    bytes_write_copy(&writer, block->body + 4, (size_t)count * BLOCK_REFERENCE_SIZE);
    bytes_write_u16(&writer, batch->author);
    bytes_write_copy(&writer, batch->digest.bytes, sizeof batch->digest.bytes);
    TALLY_ASSERT(bytes_writer_ok(&writer));
    block->cut[batch->author]++;
    body_make(seat, block, references, count + 1);
    seat_block_seal(seat, block);
}

void seat_block_seal(struct seat *seat, struct seat_block *block)
{
    (void)seat;
    block_body_root(block->body, block->body_size, &block->header.body_root);
    block_justification_root(block->justification, block->justification_size,
                             &block->header.just_root);
    header_hash(&block->header, &block->hash);
}

void seat_block_justify_final(struct seat *seat, struct seat_block *block)
{
    struct bytes_writer writer;
    TALLY_ASSERT(block->header.parent_view + 1 == block->header.view);
    bytes_writer_init(&writer, block->justification, sizeof block->justification);
    bytes_write_u16(&writer, 1);
    seat_certificate_write(seat, &writer, VOTE_FINALIZE, block->header.parent_view,
                           &block->header.parent_hash);
    block->justification_size = (uint32_t)writer.size;
    seat_block_seal(seat, block);
}

void seat_block_justification_drop(struct seat *seat, struct seat_block *block)
{
    static const uint8_t empty[2] = {0, 0};
    memcpy(block->justification, empty, sizeof empty);
    block->justification_size = sizeof empty;
    seat_block_seal(seat, block);
}

static void proposal_receive(struct seat *seat, const struct seat_block *block, uint16_t signer,
                             uint16_t from, bool bare)
{
    struct message_proposal message;
    struct vote vote;
    struct bytes_writer writer;
    uint8_t *bytes = malloc(SEAT_MESSAGE_MAX);
    TALLY_ASSERT(bytes != NULL);
    memset(&message, 0, sizeof message);
    memset(&vote, 0, sizeof vote);
    vote.kind = VOTE_NOTARIZE;
    vote.epoch = block->header.epoch;
    vote.view = block->header.view;
    vote.hash = block->hash;
    vote.signer = signer;
    vote_sign(&vote, &seat->config.chain_id, &seat->secret_keys[signer]);
    message.signature = vote.signature;
    message.block.header = block->header;
    message.block.justification = block->justification;
    message.block.justification_size = bare ? 0 : block->justification_size;
    message.block.body = block->body;
    message.block.body_size = block->body_size;
    bytes_writer_init(&writer, bytes, SEAT_MESSAGE_MAX);
    message_proposal_write(&writer, &message);
    TALLY_ASSERT(bytes_writer_ok(&writer));
    seat_receive(seat, from, bytes, writer.size);
    free(bytes);
}

void seat_propose(struct seat *seat, const struct seat_block *block)
{
    uint16_t leader = seat_leader(seat, block->header.view);
    proposal_receive(seat, block, leader, leader, false);
}

void seat_propose_from(struct seat *seat, const struct seat_block *block, uint16_t signer,
                       uint16_t from)
{
    proposal_receive(seat, block, signer, from, false);
}

void seat_propose_bare(struct seat *seat, const struct seat_block *block)
{
    uint16_t leader = seat_leader(seat, block->header.view);
    proposal_receive(seat, block, leader, leader, true);
}

void seat_answer(struct seat *seat, uint16_t from, const struct seat_block *block)
{
    struct block answer = {.header = block->header,
                           .justification = block->justification,
                           .justification_size = block->justification_size,
                           .body = block->body,
                           .body_size = block->body_size};
    struct bytes_writer writer;
    uint8_t *bytes = malloc(SEAT_MESSAGE_MAX);
    TALLY_ASSERT(bytes != NULL);
    bytes_writer_init(&writer, bytes, SEAT_MESSAGE_MAX);
    message_block_write(&writer, &answer);
    TALLY_ASSERT(bytes_writer_ok(&writer));
    seat_receive(seat, from, bytes, writer.size);
    free(bytes);
}

/* ----------------------------------------------------------------------- votes */

void seat_vote(struct seat *seat, uint16_t signer, enum vote_kind kind, uint64_t view,
               const struct hash *hash)
{
    struct message_vote message;
    struct bytes_writer writer;
    uint8_t bytes[1024];
    memset(&message, 0, sizeof message);
    message.vote.kind = kind;
    message.vote.epoch = seat->config.epoch;
    message.vote.view = view;
    message.vote.signer = signer;
    if (hash != NULL) {
        message.vote.hash = *hash;
    }
    vote_sign(&message.vote, &seat->config.chain_id, &seat->secret_keys[signer]);
    bytes_writer_init(&writer, bytes, sizeof bytes);
    message_vote_write(&writer, seat->config.validator_count, &message);
    TALLY_ASSERT(bytes_writer_ok(&writer));
    bool own = signer == seat->config.self;
    uint16_t sender = signer;
    if (own) {
        sender = (uint16_t)((signer + 1) % seat->config.validator_count);
    }
    seat_receive(seat, sender, bytes, writer.size);
}

void seat_votes(struct seat *seat, uint16_t count, enum vote_kind kind, uint64_t view,
                const struct hash *hash)
{
    for (uint16_t signer = 0; count > 0; signer++) {
        TALLY_ASSERT(signer < seat->config.validator_count);
        if (signer != seat->config.self) {
            seat_vote(seat, signer, kind, view, hash);
            count--;
        }
    }
}

void seat_batch_make(struct seat *seat, struct seat_batch *out, uint16_t author, uint64_t lane_seq,
                     uint8_t content)
{
    struct batch batch;
    struct bytes_writer writer;
    uint8_t bytes[256];
    memset(&batch, 0, sizeof batch);
    batch.chain_id = seat->config.chain_id;
    batch.epoch = seat->config.epoch;
    batch.author = author;
    batch.lane_seq = lane_seq;
    batch.payload = &content;
    batch.payload_size = 1;
    batch_sign(&batch, &seat->secret_keys[author]);
    bytes_writer_init(&writer, bytes, sizeof bytes);
    batch_write(&writer, &batch);
    TALLY_ASSERT(bytes_writer_ok(&writer));
    *out =
        (struct seat_batch){batch.digest, author, lane_seq, sim_message_copy(bytes, writer.size)};
}

void seat_batch_receive(struct seat *seat, uint16_t from, const struct seat_batch *batch)
{
    uint8_t bytes[512];
    TALLY_ASSERT(batch->bytes->size < sizeof bytes);
    bytes[0] = MESSAGE_BATCH;
    memcpy(bytes + 1, batch->bytes->bytes, batch->bytes->size);
    seat_receive(seat, from, bytes, batch->bytes->size + 1);
}

void seat_batch_free(struct seat_batch *batch)
{
    sim_message_release(batch->bytes);
    batch->bytes = NULL;
}

static void status_receive(struct seat *seat, uint16_t from, const struct message_status *status)
{
    struct bytes_writer writer;
    uint8_t bytes[1024];
    bytes_writer_init(&writer, bytes, sizeof bytes);
    message_status_write(&writer, seat->config.validator_count, status);
    TALLY_ASSERT(bytes_writer_ok(&writer));
    seat_receive(seat, from, bytes, writer.size);
}

void seat_status(struct seat *seat, uint16_t from, uint64_t view, uint64_t final_view,
                 uint64_t final_height, uint64_t gap_view)
{
    struct message_status status;
    memset(&status, 0, sizeof status);
    status.epoch = seat->config.epoch;
    status.view = view;
    status.final_view = final_view;
    status.final_height = final_height;
    status.gap_view = gap_view;
    status_receive(seat, from, &status);
}

void seat_status_executed(struct seat *seat, uint16_t from, uint64_t exec_height)
{
    struct message_status status;
    memset(&status, 0, sizeof status);
    status.epoch = seat->config.epoch;
    status.view = seat_view(seat);
    status.final_view = seat_final_view(seat);
    status.final_height = seat->commits_count;
    status.gap_view = seat_view(seat);
    status.report.exec_height = exec_height;
    status_receive(seat, from, &status);
}

/* ----------------------------------------------------------- what the core said */

static bool departed(const struct seat *seat, const struct seat_sent *sent)
{
    return sent->after_seq <= seat->durable_seq;
}

/* The vote of the core in a message, if there is one. */
static bool own_vote(const struct seat *seat, const struct sim_message *message,
                     enum vote_kind *kind, uint64_t *view, struct hash *hash)
{
    struct message_vote vote;
    struct message_proposal proposal;
    uint16_t n = seat->config.validator_count;
    if (message_vote_read(message->bytes, message->size, n, &vote)) {
        *kind = vote.vote.kind;
        *view = vote.vote.view;
        *hash = vote.vote.hash;
        return vote.vote.signer == seat->config.self;
    }
    if (message_proposal_read(message->bytes, message->size, n, &proposal)) {
        *kind = VOTE_NOTARIZE;
        *view = proposal.block.header.view;
        *hash = proposal.hash;
        return proposal.block.header.proposer == seat->config.self;
    }
    return false;
}

bool seat_said(const struct seat *seat, enum vote_kind kind, uint64_t view, const struct hash *hash)
{
    for (uint32_t i = 0; i < seat->sent_count; i++) {
        enum vote_kind said_kind;
        uint64_t said_view;
        struct hash said_hash;
        if (departed(seat, &seat->sent[i]) &&
            own_vote(seat, seat->sent[i].message, &said_kind, &said_view, &said_hash) &&
            said_kind == kind && said_view == view &&
            (hash == NULL || hash_equal(hash, &said_hash))) {
            return true;
        }
    }
    return false;
}

uint32_t seat_said_count(const struct seat *seat, enum vote_kind kind, uint64_t view)
{
    struct hash seen[8];
    uint32_t count = 0;
    for (uint32_t i = 0; i < seat->sent_count; i++) {
        enum vote_kind said_kind;
        uint64_t said_view;
        struct hash said_hash;
        if (!departed(seat, &seat->sent[i]) ||
            !own_vote(seat, seat->sent[i].message, &said_kind, &said_view, &said_hash) ||
            said_kind != kind || said_view != view) {
            continue;
        }
        uint32_t known = 0;
        while (known < count && !hash_equal(&seen[known], &said_hash)) {
            known++;
        }
        if (known == count) {
            TALLY_ASSERT(count < sizeof seen / sizeof seen[0]);
            seen[count++] = said_hash;
        }
    }
    return count;
}

uint32_t seat_sent_count(const struct seat *seat, enum message_kind kind, uint16_t to)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < seat->sent_count; i++) {
        const struct seat_sent *sent = &seat->sent[i];
        count += departed(seat, sent) && sent->message->bytes[0] == kind &&
                 (to == CONSENSUS_ALL || sent->to == to || sent->to == CONSENSUS_ALL);
    }
    return count;
}

bool seat_sent_certificate(const struct seat *seat, enum vote_kind kind, uint64_t view)
{
    for (uint32_t i = 0; i < seat->sent_count; i++) {
        const struct sim_message *message = seat->sent[i].message;
        struct certificate certificate;
        if (departed(seat, &seat->sent[i]) &&
            message_certificate_read(message->bytes, message->size, seat->config.validator_count,
                                     &certificate) &&
            certificate.kind == (enum certificate_kind)kind && certificate.view == view) {
            return true;
        }
    }
    return false;
}

const struct sim_message *seat_last(const struct seat *seat, enum message_kind kind)
{
    for (uint32_t i = seat->sent_count; i > 0; i--) {
        if (departed(seat, &seat->sent[i - 1]) && seat->sent[i - 1].message->bytes[0] == kind) {
            return seat->sent[i - 1].message;
        }
    }
    return NULL;
}

void seat_forget_sent(struct seat *seat)
{
    for (uint32_t i = 0; i < seat->sent_count; i++) {
        sim_message_release(seat->sent[i].message);
    }
    seat->sent_count = 0;
}

uint64_t seat_view(const struct seat *seat)
{
    struct consensus_summary summary;
    consensus_summary(seat->core, &summary);
    return summary.view;
}

uint64_t seat_final_view(const struct seat *seat)
{
    struct consensus_summary summary;
    consensus_summary(seat->core, &summary);
    return summary.final_view;
}

uint16_t seat_leader(const struct seat *seat, uint64_t view)
{
    return consensus_leader(seat->core, view);
}
