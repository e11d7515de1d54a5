#include "node/turn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mutant.h"
#include "consensus/batch.h"
#include "consensus/block.h"
#include "consensus/message.h"
#include "node/log.h"
#include "node/outbox.h"
#include "node/stored.h"

/* Others' batches that wait for the next sync of the batch log, at most. */
#define QUEUED_BYTES_MAX ((size_t)1 << 20)
/* Journal records that may wait, at most. */
#define WAITING_BYTES_MAX ((size_t)1 << 16)

struct turn {
    struct turn_config config;
    struct journal *journal;
    enum turn_state state;
    enum consensus_halt halt;
    char fault[160];
    uint64_t deadline_ms;

    bool batches_queued; /* in the batch log, not synced yet */
    uint64_t own_queued; /* the number of the first own one among them; 0: none is */
    size_t queued_bytes;
    uint64_t appended_seq; /* of the last record given to the journal */
    uint64_t due_seq;      /* of the last that something waits for */
    uint64_t durable_seq;
    size_t waiting_bytes; /* of those behind it */
    bool said;   /* among the records that are not durable is one of what this validator says */
    bool counts; /* and one behind it, which may rest on it */
    struct outbox outbox;

    struct store_batch *commits;
    uint32_t commit_count;
    uint64_t commit_height;
    uint64_t commit_cut; /* of the own lane, in the last of them */
    uint64_t own_cut;    /* the same, once stored */

    /* Batches of the own lane that were queued and wait to be judged: at most one per event. */
    bool own_batch_queued;
    struct consensus_event own_batch;

    uint8_t *message; /* the message of the event under way, if it is the turn's to give away */
    size_t message_size;
    uint8_t *batch; /* room to read one batch back, with the kind byte of its message in front */
    uint8_t *own_message; /* the last own batch as it is sent, or NULL; and its digest */
    size_t own_message_size;
    struct hash own_digest;
};

static void broke(struct turn *turn, const char *what, const char *text)
{
    if (turn->state != TURN_BROKEN) {
        turn->state = TURN_BROKEN;
        (void)snprintf(turn->fault, sizeof turn->fault, "%s: %s", what, text);
        LOG(LOG_ERROR, "storage failed", log_text("what", what), log_text("text", text));
    }
}

struct turn *turn_new(const struct turn_config *config)
{
    TALLY_ASSERT(config->replica != NULL && config->store != NULL && config->batch_log != NULL);
    struct turn *turn = calloc(1, sizeof *turn);
    if (turn == NULL) {
        return NULL;
    }
    turn->config = *config;
    turn->deadline_ms = UINT64_MAX;
    turn->commits = store_batch_new();
    turn->batch = malloc(BATCH_LOG_BATCH_SIZE_MAX + 1u);
    if (turn->commits == NULL || turn->batch == NULL) {
        turn_free(turn);
        return NULL;
    }
    return turn;
}

void turn_free(struct turn *turn)
{
    if (turn != NULL) {
        outbox_free(&turn->outbox);
        store_batch_free(turn->commits);
        free(turn->batch);
        free(turn->own_message);
        free(turn);
    }
}

void turn_use_journal(struct turn *turn, struct journal *journal)
{
    TALLY_ASSERT(turn->appended_seq == turn->durable_seq);
    turn->journal = journal;
}

static void tell_written(const struct turn *turn, enum turn_file file, const uint8_t *bytes,
                         size_t size)
{
    if (turn->config.ports.written != NULL) {
        turn->config.ports.written(turn->config.ports.context, file, bytes, size);
    }
}

static void tell_synced(const struct turn *turn, enum turn_file file)
{
    if (turn->config.ports.synced != NULL) {
        turn->config.ports.synced(turn->config.ports.context, file);
    }
}

/* ---- Effects that are carried out or kept back ------------------------------------------- */

/* Something waits for the records up to `seq`. */
static void journal_is_due(struct turn *turn, uint64_t seq)
{
    if (seq > turn->due_seq) {
        turn->due_seq = seq;
        turn->waiting_bytes = 0;
    }
}

static void carry_persist(struct turn *turn, const struct consensus_effect *effect)
{
    TALLY_ASSERT(effect->persist.seq == turn->appended_seq + 1);
    turn->counts = turn->counts || turn->said;
    turn->said = turn->said || !effect->persist.may_wait;
    turn->appended_seq = effect->persist.seq;
    turn->waiting_bytes += effect->persist.size;
    if (!effect->persist.may_wait || turn->waiting_bytes > WAITING_BYTES_MAX ||
        turn->journal == NULL) {
        journal_is_due(turn, effect->persist.seq);
    }
    if (turn->journal == NULL) {
        return;
    }
    uint64_t number;
    enum journal_status status =
        journal_append(turn->journal, effect->persist.bytes, effect->persist.size, &number);
    if (status != JOURNAL_OK) {
        broke(turn, "journal", journal_status_text(status));
        return;
    }
    tell_written(turn, TURN_JOURNAL, effect->persist.bytes, effect->persist.size);
}

static void carry_send(struct turn *turn, const struct consensus_effect *effect)
{
    /* A vote that is sent again may rest on a batch that has come back just now; before the first
     * record of this run its after_seq is 0, too. */
    const bool waits_for_batches =
        turn->batches_queued && (effect->send.after_seq > 0 || turn->appended_seq == 0);
    if (effect->send.after_seq <= turn->durable_seq && !waits_for_batches) {
        turn->config.ports.send(turn->config.ports.context, effect->send.to, effect->send.class,
                                effect->send.bytes, effect->send.size);
    } else {
        journal_is_due(turn, effect->send.after_seq);
        outbox_add_message(&turn->outbox, effect->send.to, effect->send.class, effect->send.bytes,
                           effect->send.size);
    }
}

static void append_batch(struct turn *turn, const struct signature_job *job, bool valid)
{
    const struct batch_log_entry entry = {
        .digest = job->digest,
        .epoch = turn->config.epoch,
        .lane_sequence = job->lane_seq,
        .author = job->author,
        .content_valid = valid,
    };
    enum batch_log_status status =
        batch_log_append(turn->config.batch_log, &entry, job->batch, job->batch_size);
    if (status != BATCH_LOG_OK) {
        broke(turn, "batch log", batch_log_status_text(status));
    } else {
        tell_written(turn, TURN_BATCH_LOG, job->batch, job->batch_size);
    }
    turn->batches_queued = true;
    if (job->author == turn->config.self && turn->own_queued == 0) {
        turn->own_queued = job->lane_seq;
    }
    turn->queued_bytes += job->batch_size;
}

static struct consensus_event batch_verdict(const struct signature_job *job, bool valid)
{
    return (struct consensus_event){
        .kind = CONSENSUS_BATCH_CHECKED,
        .batch_checked = {.digest = job->digest,
                          .author = job->author,
                          .lane_seq = job->lane_seq,
                          .valid = valid},
    };
}

/* Whether a batch stands in the message of the event under way, which may be given away. */
static bool stands_in_message(const struct turn *turn, const uint8_t *batch, size_t size)
{
    return turn->message != NULL && size + 1 == turn->message_size && batch == turn->message + 1;
}

/* Memory with the batch in it, the kind byte of its message in front; NULL without memory. */
static uint8_t *batch_message(const uint8_t *batch, size_t size)
{
    uint8_t *message = malloc(size + 1);
    if (message != NULL) {
        message[0] = MESSAGE_BATCH;
        memcpy(message + 1, batch, size);
    }
    return message;
}

/* Admission took only valid envelopes, so the own batch needs no check. */
static void store_own(struct turn *turn, const struct signature_job *job)
{
    TALLY_ASSERT(!turn->own_batch_queued);
    append_batch(turn, job, true);
    turn->own_batch = batch_verdict(job, true);
    turn->own_batch_queued = true;
    free(turn->own_message);
    turn->own_message = job->memory;
    turn->own_message_size = job->batch_size + 1;
    turn->own_digest = job->digest;
}

static void carry_store_batch(struct turn *turn, const struct consensus_effect *effect)
{
    const size_t size = effect->store_batch.size;
    struct signature_job job = {
        .digest = effect->store_batch.digest,
        .author = effect->store_batch.author,
        .lane_seq = effect->store_batch.lane_seq,
        .batch_size = size,
    };
    const bool own = job.author == turn->config.self;
    if (!own && stands_in_message(turn, effect->store_batch.bytes, size)) {
        job.memory = turn->message;
        turn->message = NULL;
    } else {
        job.memory = batch_message(effect->store_batch.bytes, size);
    }
    if (job.memory == NULL) {
        broke(turn, "batch", "out of memory");
        return;
    }
    struct batch batch;
    job.batch = job.memory + 1;
    bool whole = batch_open(job.batch, size, turn->config.validator_count, &batch);
    TALLY_ASSERT(whole); /* the core has read it too, and made the digest */
    job.payload = batch.payload;
    job.payload_size = batch.payload_size;
    if (own) {
        store_own(turn, &job);
    } else {
        turn->config.ports.check(turn->config.ports.context, &job);
    }
}

/* The own lane's cut of a block that the core committed. */
static uint64_t own_cut_of(const struct turn *turn, const struct consensus_effect *effect)
{
    struct bytes_reader reader;
    struct block block;
    struct block_body body;
    bytes_reader_init(&reader, effect->commit.block_bytes, effect->commit.block_size);
    block_read(&reader, turn->config.validator_count, &block);
    bool whole = bytes_reader_done(&reader) &&
                 block_body_open(block.body, block.body_size, turn->config.validator_count, &body);
    TALLY_ASSERT(whole); /* the core has checked it */
    return turn->config.self < turn->config.validator_count
               ? block_body_cut(&body, turn->config.self)
               : 0;
}

static void carry_commit(struct turn *turn, const struct consensus_effect *effect)
{
    size_t capacity = stored_block_size(effect->commit.block_size, effect->commit.certificate_size);
    uint8_t *bytes = malloc(capacity);
    if (bytes == NULL) {
        broke(turn, "store", "out of memory");
        return;
    }
    struct bytes_writer writer;
    bytes_writer_init(&writer, bytes, capacity);
    stored_block_write(&writer, effect->commit.block_bytes, effect->commit.block_size,
                       effect->commit.certificate, effect->commit.certificate_size);
    TALLY_ASSERT(!writer.failed && writer.size == capacity);
    TALLY_ASSERT(turn->commit_height == 0 || effect->commit.height == turn->commit_height + 1);
    store_put_block(turn->commits, effect->commit.height, bytes, capacity);
    turn->commit_height = effect->commit.height;
    turn->commit_cut = own_cut_of(turn, effect);
    turn->commit_count++;
    free(bytes);
}

static void carry_send_blocks(struct turn *turn, const struct consensus_effect *effect)
{
    uint8_t *message;
    size_t size;
    if (stored_range_message(turn->config.store, turn->config.validator_count,
                             effect->send_blocks.from_height, effect->send_blocks.count, &message,
                             &size)) {
        turn->config.ports.send(turn->config.ports.context, effect->send_blocks.to,
                                CONSENSUS_CLASS_BULK, message, size);
        free(message);
    }
}

static void carry_trace(const struct turn *turn, const struct consensus_effect *effect)
{
    if (turn->config.ports.traced != NULL) {
        turn->config.ports.traced(turn->config.ports.context, effect);
    }
    LOG(LOG_DEBUG, "trace", log_text("what", consensus_trace_text(effect->trace.code)),
        log_u64("view", effect->trace.view), log_u64("peer", effect->trace.peer),
        log_hash("hash", &effect->trace.hash));
}

static void carry_one(struct turn *turn, const struct consensus_effect *effect)
{
    const struct turn_ports *ports = &turn->config.ports;
    switch (effect->kind) {
    case CONSENSUS_PERSIST:
        carry_persist(turn, effect);
        break;
    case CONSENSUS_SEND:
        carry_send(turn, effect);
        break;
    case CONSENSUS_STORE_BATCH:
        carry_store_batch(turn, effect);
        break;
    case CONSENSUS_SEND_BATCH:
        outbox_add_batch(&turn->outbox, effect->send_batch.to, &effect->send_batch.digest);
        break;
    case CONSENSUS_SEND_BLOCKS:
        carry_send_blocks(turn, effect);
        break;
    case CONSENSUS_COMMIT:
        carry_commit(turn, effect);
        break;
    case CONSENSUS_EVIDENCE:
        ports->evidence(ports->context, effect->evidence.bytes, effect->evidence.size);
        break;
    case CONSENSUS_ALARM:
        ports->alarm(ports->context, effect->alarm.code, effect->alarm.peer);
        break;
    case CONSENSUS_HALT:
        turn->state = TURN_HALTED;
        turn->halt = effect->halt.reason;
        break;
    case CONSENSUS_TRACE:
        carry_trace(turn, effect);
        break;
    case CONSENSUS_BATCH_REFUSED: /* the replica asserts that it does not happen */
        break;
    }
}

static void step(struct turn *turn, struct turn_time time, struct replica_event *event)
{
    struct replica_effects effects;
    event->now_ms = time.now_ms;
    event->utc_ms = time.utc_ms;
    replica_step(turn->config.replica, event, &effects);
    for (size_t i = 0; i < effects.consensus.count; i++) {
        carry_one(turn, &effects.consensus.items[i]);
    }
    for (uint32_t i = 0; i < effects.answer_count; i++) {
        outbox_add_answer(&turn->outbox, &effects.answers[i]);
    }
    turn->deadline_ms = effects.next_deadline_ms;
}

void turn_event(struct turn *turn, struct turn_time time, struct replica_event *event)
{
    if (turn->state == TURN_BROKEN || turn->state == TURN_HALTED) {
        return;
    }
    step(turn, time, event);
    while (turn->own_batch_queued && turn->state != TURN_BROKEN) {
        struct replica_event verdict = {.kind = REPLICA_CONSENSUS, .consensus = turn->own_batch};
        turn->own_batch_queued = false;
        step(turn, time, &verdict);
    }
}

void turn_message(struct turn *turn, struct turn_time time, uint16_t from, uint8_t *message,
                  size_t size)
{
    TALLY_ASSERT(turn->message == NULL);
    struct replica_event event = {
        .kind = REPLICA_CONSENSUS,
        .consensus = {.kind = CONSENSUS_MESSAGE,
                      .message = {.from = from, .bytes = message, .size = size}},
    };
    turn->message = message;
    turn->message_size = size;
    turn_event(turn, time, &event);
    free(turn->message); /* unless its batch has gone to the check with it */
    turn->message = NULL;
}

static void consensus_event(struct turn *turn, struct turn_time time,
                            struct consensus_event consensus)
{
    struct replica_event event = {.kind = REPLICA_CONSENSUS, .consensus = consensus};
    turn_event(turn, time, &event);
}

void turn_batch_checked(struct turn *turn, struct turn_time time, const struct signature_job *job,
                        bool valid)
{
    if (turn->state == TURN_BROKEN || turn->state == TURN_HALTED) {
        return;
    }
    append_batch(turn, job, valid);
    consensus_event(turn, time, batch_verdict(job, valid));
}

/* ---- The flush ---------------------------------------------------------------------------- */

static void batches_synced(struct turn *turn)
{
    turn->batches_queued = false;
    turn->own_queued = 0;
    turn->queued_bytes = 0;
}

/* Whether a step of the batch log's sync went well. */
static bool batches_ok(struct turn *turn, enum batch_log_status status)
{
    if (status != BATCH_LOG_OK && status != BATCH_LOG_FULL) {
        broke(turn, "batch log", batch_log_status_text(status));
    }
    return status == BATCH_LOG_OK;
}

static bool sync_batches_end(struct turn *turn)
{
    if (!batches_ok(turn, batch_log_sync_end(turn->config.batch_log))) {
        return false;
    }
    batches_synced(turn);
    tell_synced(turn, TURN_BATCH_LOG);
    return true;
}

static bool sync_journal(struct turn *turn)
{
    enum journal_status status = journal_sync(turn->journal);
    if (status != JOURNAL_OK && status != JOURNAL_FULL) {
        broke(turn, "journal", journal_status_text(status));
    }
    return status == JOURNAL_OK;
}

/*
 * May the power go when the journal is durable and the batches are not? A vote that stands last
 * rests on them alone; it has not left, and does not until they are held again
 * (consensus/voting.h). But a record behind it may count it, and would say for good that they are
 * held here. And an own batch would be gone and its number given to another one, while a proposal
 * in the journal names the first; nobody else can name it yet.
 */
static bool journal_may_survive_alone(const struct turn *turn)
{
    struct consensus_summary summary;
    replica_summary(turn->config.replica, &summary);
    return !turn->counts && (turn->own_queued == 0 || summary.own_lane_named < turn->own_queued);
}

/*
 * Syncs what is queued, the batches and, if it is wanted, the journal. False when the turn cannot
 * go on.
 *
 * Both at once, if the journal may survive a power cut in which the batches are lost.
 */
static bool sync_files(struct turn *turn, bool journal)
{
    if (turn->batches_queued && MUTANT(BATCH_NOT_SYNCED)) {
        batches_synced(turn);
    }
    const bool batches = turn->batches_queued;
    journal = journal && turn->journal != NULL && turn->appended_seq > turn->durable_seq &&
              !MUTANT(JOURNAL_NOT_SYNCED);
    const bool beside = batches && journal && journal_may_survive_alone(turn);
    if (batches && (!batches_ok(turn, batch_log_sync_begin(turn->config.batch_log)) ||
                    (!beside && !sync_batches_end(turn)))) {
        return false;
    }
    const bool journalled = !journal || sync_journal(turn);
    if (beside && !sync_batches_end(turn)) {
        return false;
    }
    if (journal && journalled) {
        tell_synced(turn, TURN_JOURNAL);
    }
    return journalled;
}

static void release_batch(struct turn *turn, const struct outbox_item *item)
{
    if (turn->own_message != NULL && hash_equal(&item->digest, &turn->own_digest)) {
        turn->config.ports.send(turn->config.ports.context, item->to, CONSENSUS_CLASS_BULK,
                                turn->own_message, turn->own_message_size);
        return;
    }
    size_t size;
    turn->batch[0] = MESSAGE_BATCH;
    enum batch_log_status status = batch_log_read(turn->config.batch_log, &item->digest,
                                                  turn->batch + 1, BATCH_LOG_BATCH_SIZE_MAX, &size);
    if (status == BATCH_LOG_OK) {
        turn->config.ports.send(turn->config.ports.context, item->to, CONSENSUS_CLASS_BULK,
                                turn->batch, size + 1);
    } else if (status != BATCH_LOG_NOT_FOUND) {
        broke(turn, "batch log", batch_log_status_text(status));
    }
}

static void release(struct turn *turn)
{
    const struct turn_ports *ports = &turn->config.ports;
    for (size_t i = 0; i < turn->outbox.item_count; i++) {
        const struct outbox_item *item = &turn->outbox.items[i];
        switch (item->kind) {
        case OUTBOX_MESSAGE:
            ports->send(ports->context, item->to, item->class, outbox_bytes(&turn->outbox, item),
                        item->size);
            break;
        case OUTBOX_BATCH:
            release_batch(turn, item);
            break;
        case OUTBOX_ANSWER:
            ports->answer(ports->context, item->release.ticket, item->release.answer);
            break;
        }
    }
    outbox_clear(&turn->outbox);
}

static void store_commits(struct turn *turn)
{
    if (turn->commit_count == 0) {
        return;
    }
    if (turn->journal != NULL && !MUTANT(JOURNAL_MARK_MISSING)) {
        struct journal_mark mark;
        uint8_t bytes[JOURNAL_MARK_SIZE];
        journal_mark_read(turn->journal, &mark);
        journal_mark_encode(&mark, bytes);
        store_put_meta(turn->commits, STORED_JOURNAL_MARK, bytes, sizeof bytes);
    }
    enum store_status status = store_write(turn->config.store, turn->commits,
                                           MUTANT(FINAL_NOT_SYNCED) ? STORE_LAZY : STORE_SYNC);
    if (status != STORE_OK) {
        broke(turn, "store", store_status_text(status));
        return;
    }
    store_batch_clear(turn->commits);
    turn->commit_count = 0;
    turn->own_cut = turn->commit_cut;
    turn->config.ports.committed(turn->config.ports.context, turn->commit_height);
}

/* Must the batch log be synced although nothing rests on it yet? */
static bool batches_due(const struct turn *turn)
{
    if (!turn->batches_queued || turn->own_queued > 0 || turn->queued_bytes >= QUEUED_BYTES_MAX) {
        return turn->batches_queued;
    }
    struct consensus_summary summary;
    replica_summary(turn->config.replica, &summary);
    return !summary.under_way; /* idle: the next vote finds it done */
}

static bool work_left(const struct turn *turn)
{
    return batches_due(turn) || turn->due_seq > turn->durable_seq || turn->outbox.item_count > 0 ||
           turn->commit_count > 0;
}

/* Everything that was given to the journal is on the disk. */
static void journal_synced(struct turn *turn)
{
    turn->durable_seq = turn->appended_seq;
    turn->waiting_bytes = 0;
    turn->said = false;
    turn->counts = false;
}

enum turn_state turn_flush(struct turn *turn, struct turn_time time)
{
    while (turn->state == TURN_RUNNING && work_left(turn)) {
        const bool news = turn->due_seq > turn->durable_seq;
        if (!sync_files(turn, news)) {
            if (turn->state == TURN_RUNNING) {
                turn_pause(turn, time);
            }
            break;
        }
        if (news) {
            journal_synced(turn);
        }
        release(turn);
        if (turn->state == TURN_RUNNING) {
            store_commits(turn);
        }
        if (turn->state == TURN_RUNNING && news) {
            consensus_event(turn, time,
                            (struct consensus_event){.kind = CONSENSUS_JOURNAL_DURABLE,
                                                     .journal_durable = {turn->durable_seq}});
        }
    }
    return turn->state;
}

void turn_pause(struct turn *turn, struct turn_time time)
{
    if (turn->state == TURN_RUNNING) {
        consensus_event(turn, time, (struct consensus_event){.kind = CONSENSUS_STORAGE_FAILED});
        turn->state = turn->state == TURN_RUNNING ? TURN_PAUSED : turn->state;
    }
}

enum turn_state turn_recover(struct turn *turn, struct turn_time time)
{
    if (turn->state != TURN_PAUSED || !sync_files(turn, true)) {
        return turn->state;
    }
    turn->state = TURN_RUNNING;
    journal_synced(turn);
    if (turn->durable_seq > 0) {
        consensus_event(turn, time,
                        (struct consensus_event){.kind = CONSENSUS_JOURNAL_DURABLE,
                                                 .journal_durable = {turn->durable_seq}});
    }
    consensus_event(turn, time, (struct consensus_event){.kind = CONSENSUS_STORAGE_RECOVERED});
    return turn_flush(turn, time);
}

uint64_t turn_deadline_ms(const struct turn *turn)
{
    return turn->deadline_ms;
}

static bool record_is_live(void *context, uint64_t number, const uint8_t *record, size_t size)
{
    const struct turn *turn = context;
    (void)number;
    return replica_record_is_live(turn->config.replica, record, size);
}

enum turn_state turn_rotate(struct turn *turn, uint64_t bytes_max)
{
    if (turn->state != TURN_RUNNING || turn->journal == NULL ||
        !journal_rotation_due(turn->journal, bytes_max)) {
        return turn->state;
    }
    if (turn->appended_seq > turn->durable_seq) {
        journal_is_due(turn, turn->appended_seq); /* first to the disk, then to a new file */
        return turn->state;
    }
    enum journal_status status = journal_rotate(turn->journal, record_is_live, turn);
    if (status != JOURNAL_OK && status != JOURNAL_FULL) {
        broke(turn, "journal", journal_status_text(status));
    }
    return turn->state;
}

enum turn_state turn_state(const struct turn *turn)
{
    return turn->state;
}

enum consensus_halt turn_halt(const struct turn *turn)
{
    return turn->halt;
}

uint64_t turn_own_cut(const struct turn *turn)
{
    return turn->own_cut;
}

const char *turn_fault(const struct turn *turn)
{
    return turn->fault;
}
