#include "tests/support/consensus/sim_host.h"

#include "base/assert.h"
#include "base/bytes.h"
#include "consensus/block.h"
#include "consensus/message.h"
#include "tests/support/consensus/cluster.h"

#include <stdlib.h>
#include <string.h>

enum {
    PAYLOAD_OFFSET = 54,
    ROTATE_RECORDS_MIN = 48
};

static void *grown(void *array, uint32_t *capacity, size_t item_size)
{
    *capacity = *capacity == 0 ? 32 : *capacity * 2;
    array = realloc(array, *capacity * item_size);
    TALLY_ASSERT(array != NULL);
    return array;
}

/*
 * Memory of cores that are gone, for those to come: a schedule is short, and pages that come fresh
 * from the system would cost more than all the rest of it.
 */
static struct {
    void *memory;
    size_t size;
} spare_memory[CLUSTER_HOSTS_MAX];

static void *memory_take(size_t size)
{
    for (uint32_t i = 0; i < CLUSTER_HOSTS_MAX; i++) {
        if (spare_memory[i].memory != NULL && spare_memory[i].size == size) {
            void *memory = spare_memory[i].memory;
            spare_memory[i].memory = NULL;
            return memory;
        }
    }
    void *memory = aligned_alloc(64, (size + 63) / 64 * 64);
    TALLY_ASSERT(memory != NULL);
    return memory;
}

static void memory_give(void *memory, size_t size)
{
    uint32_t place = (uint32_t)(size / 64 % CLUSTER_HOSTS_MAX);
    for (uint32_t i = 0; i < CLUSTER_HOSTS_MAX; i++) {
        if (spare_memory[i].memory == NULL) {
            place = i;
        }
    }
    free(spare_memory[place].memory);
    spare_memory[place].memory = memory;
    spare_memory[place].size = size;
}

void sim_host_init(struct sim_host *host, struct cluster *cluster, uint32_t number,
                   const struct consensus_config *config)
{
    memset(host, 0, sizeof *host);
    host->cluster = cluster;
    host->number = number;
    host->config = *config;
    host->member = config->self;
    host->memory = memory_take(consensus_footprint(config));
    host->journal_state = CONSENSUS_JOURNAL_INTACT;
    sim_disk_init(&host->disk);
}

static void memory_lose(struct sim_host *host)
{
    for (uint32_t i = 0; i < host->outbox_count; i++) {
        sim_message_release(host->outbox[i].message);
    }
    for (uint32_t i = 0; i < host->commits_count; i++) {
        sim_message_release(host->commits[i].stored);
    }
    host->outbox_count = 0;
    host->commits_count = 0;
    host->core = NULL;
}

void sim_host_free(struct sim_host *host)
{
    memory_lose(host);
    sim_disk_free(&host->disk);
    free(host->outbox);
    free(host->commits);
    free(host->results);
    memory_give(host->memory, consensus_footprint(&host->config));
    if (!host->honest) {
        byzantine_free(&host->actor);
    }
}

/* ----------------------------------------------------------------------- departure */

/* Tells the checker that this certificate leaves, if it carries the own signature. */
static void check_certificate(struct sim_host *host, const uint8_t *bytes)
{
    enum {
        VIEW = 9,
        HASH = 17,
        BITMAP = 49
    };
    struct hash hash;
    if ((bytes[BITMAP + host->member / 8] & (1u << (host->member % 8))) != 0) {
        memcpy(hash.bytes, bytes + HASH, sizeof hash.bytes);
        checker_vote_left(host->cluster->checker, host->member, (enum checker_vote_kind)bytes[0],
                          bytes_get_u64(bytes + VIEW), &hash);
    }
}

static void check_justification(struct sim_host *host, const uint8_t *bytes, size_t size)
{
    enum {
        COUNT_BYTES = 2
    };
    size_t certificate = certificate_size(host->config.validator_count);
    for (size_t offset = COUNT_BYTES; offset + certificate <= size; offset += certificate) {
        check_certificate(host, bytes + offset);
    }
}

static void check_proposal(struct sim_host *host, const uint8_t *bytes)
{
    enum {
        HEADER = 65,
        HEADER_BYTES = 215,
        VIEW = 8,
        PROPOSER = 213
    };
    const uint8_t *header = bytes + HEADER;
    struct hash hash;
    check_justification(host, header + HEADER_BYTES + 4, bytes_get_u32(header + HEADER_BYTES));
    if (bytes_get_u16(header + PROPOSER) == host->member) {
        hash_compute(&hash, HASH_HEADER, header, HEADER_BYTES);
        checker_vote_left(host->cluster->checker, host->member, CHECKER_NOTARIZE,
                          bytes_get_u64(header + VIEW), &hash);
    }
}

/*
 * Whatever of an honest member's votes is in a message that leaves, in a vote, a proposal or a
 * certificate, must be in the journal for certain by now. The offsets are those that
 * consensus/message.h documents, read here without its decoders.
 */
static void check_departure(struct sim_host *host, const struct sim_message *message)
{
    enum {
        VIEW = 9,
        HASH = 17,
        SIGNER = 49
    };
    const uint8_t *bytes = message->bytes;
    struct hash hash;
    if (bytes[0] >= MESSAGE_NOTARIZE && bytes[0] <= MESSAGE_FINALIZE) {
        if (bytes_get_u16(bytes + SIGNER) == host->member) {
            memcpy(hash.bytes, bytes + HASH, sizeof hash.bytes);
            checker_vote_left(host->cluster->checker, host->member,
                              (enum checker_vote_kind)bytes[0], bytes_get_u64(bytes + VIEW), &hash);
        }
    } else if (bytes[0] == MESSAGE_PROPOSAL) {
        check_proposal(host, bytes);
    } else if (bytes[0] == MESSAGE_CERTIFICATE) {
        check_certificate(host, bytes + 1);
    }
}

static void depart(struct sim_host *host, uint16_t to, struct sim_message *message)
{
    struct cluster *cluster = host->cluster;
    if (host->honest) {
        check_departure(host, message);
    }
    for (uint32_t member = 0; member < cluster->options.nodes_count; member++) {
        if (member == host->member || (to != CONSENSUS_ALL && to != member)) {
            continue;
        }
        if (host->honest) {
            cluster_route(cluster, host->number, member, message);
        } else {
            byzantine_send(&host->actor, member, message->bytes, message->size);
        }
    }
}

static void outbox_release(struct sim_host *host)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < host->outbox_count; i++) {
        struct sim_outgoing outgoing = host->outbox[i];
        if (outgoing.after_seq <= host->durable_seq) {
            depart(host, outgoing.to, outgoing.message);
            sim_message_release(outgoing.message);
        } else {
            host->outbox[kept++] = outgoing;
        }
    }
    host->outbox_count = kept;
}

/* ------------------------------------------------------------------------- storage */

/* Tells the checker of the own vote in a journal record, if there is one, and of an own block. */
static void check_record(struct sim_host *host, const uint8_t *bytes, size_t size)
{
    enum {
        NOTARIZE_RECORD = 2,
        VOTE_RECORD = 3,
        VIEW_OFFSET = 10,
        VOTE_END = 116
    };
    struct checker *checker = host->cluster->checker;
    struct checker_block block;
    if (!host->honest || size < VOTE_END ||
        (bytes[0] != NOTARIZE_RECORD && bytes[0] != VOTE_RECORD)) {
        return;
    }
    checker_vote_made(checker, host->member, (enum checker_vote_kind)bytes[1],
                      bytes_get_u64(bytes + VIEW_OFFSET));
    if (bytes[0] == NOTARIZE_RECORD &&
        checker_block_read(bytes + VOTE_END, size - VOTE_END, host->config.validator_count,
                           &block) &&
        block.proposer == host->member) {
        checker_learn(checker, &block);
    }
}

/* The own votes among these records of the journal are durable now. */
static void check_durable(struct sim_host *host, uint32_t records_begin, uint32_t records_end)
{
    enum {
        NOTARIZE_RECORD = 2,
        VOTE_RECORD = 3,
        VIEW_OFFSET = 10,
        HASH_OFFSET = 18
    };
    for (uint32_t i = records_begin; host->honest && i < records_end; i++) {
        const uint8_t *bytes = host->disk.journal.records[i]->bytes;
        struct hash hash;
        if (bytes[0] == NOTARIZE_RECORD || bytes[0] == VOTE_RECORD) {
            memcpy(hash.bytes, bytes + HASH_OFFSET, sizeof hash.bytes);
            checker_vote_durable(host->cluster->checker, host->member,
                                 (enum checker_vote_kind)bytes[1],
                                 bytes_get_u64(bytes + VIEW_OFFSET), &hash);
        }
    }
}

static void execute_next(struct sim_host *host)
{
    struct cluster *cluster = host->cluster;
    if (host->executing || host->results_count >= host->disk.store.count) {
        return;
    }
    uint32_t spread_ms = cluster->quiet ? 3 : cluster->options.execute_spread_ms;
    host->executing = true;
    cluster_push(cluster, CLUSTER_EXECUTED, host, cluster_draw(cluster, 0, spread_ms), 0);
}

/* Commits whose records are durable go to the store, and to execution. */
static void commits_store(struct sim_host *host)
{
    uint32_t done = 0;
    while (done < host->commits_count && host->commits[done].after_seq <= host->durable_seq) {
        struct sim_commit *commit = &host->commits[done++];
        TALLY_ASSERT(commit->height == host->disk.store.count + UINT64_C(1));
        sim_disk_append_block(&host->disk, &commit->hash, commit->stored->bytes,
                              commit->stored->size);
        sim_message_release(commit->stored);
        if (host->cluster->options.canary && host->member == 0 && commit->height > 3) {
            commit->hash = host->disk.block_hashes[commit->height - 2];
        }
        if (host->honest) {
            checker_commit(host->cluster->checker, host->member, commit->height, &commit->hash);
        }
    }
    if (done > 0) {
        host->commits_count -= done;
        memmove(host->commits, host->commits + done, host->commits_count * sizeof *host->commits);
    }
    execute_next(host);
}

static void sync_begin(struct sim_host *host)
{
    struct cluster *cluster = host->cluster;
    const struct cluster_options *options = &cluster->options;
    struct sim_disk *disk = &host->disk;
    bool dirty = disk->journal.count > disk->journal.durable_count ||
                 disk->batch_log.count > disk->batch_log.durable_count ||
                 disk->store.count > disk->store.durable_count;
    if (!dirty || host->syncing || host->storage_failed) {
        return;
    }
    host->syncing = true;
    host->sync_batches_count = disk->batch_log.count;
    host->sync_journal_count = disk->journal.count;
    host->sync_store_count = disk->store.count;
    host->sync_seq = host->persisted_seq;
    uint32_t delay_ms = options->sync_min_ms;
    if (!cluster->quiet) {
        delay_ms = cluster_draw(cluster, options->sync_min_ms, options->sync_spread_ms);
        if (prng_chance(&cluster->prng, options->sync_stall_permille, 1000)) {
            delay_ms += options->sync_stall_ms;
        }
    }
    cluster_push(cluster, CLUSTER_SYNCED, host, delay_ms, 0);
}

/* Leaves out of the journal what can no longer matter, as duty 11 allows, now and then. */
static void journal_rotate(struct sim_host *host)
{
    struct sim_log *journal = &host->disk.journal;
    if (host->syncing || journal->count < ROTATE_RECORDS_MIN ||
        journal->durable_count < journal->count || !prng_chance(&host->cluster->prng, 1, 16)) {
        return;
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < journal->count; i++) {
        struct sim_message *record = journal->records[i];
        if (consensus_record_is_live(host->core, record->bytes, record->size)) {
            journal->records[kept++] = record;
        } else {
            sim_message_release(record);
        }
    }
    journal->count = kept;
    journal->durable_count = kept;
}

void sim_host_synced(struct sim_host *host)
{
    struct cluster *cluster = host->cluster;
    struct sim_disk *disk = &host->disk;
    host->syncing = false;
    if (!cluster->quiet && prng_chance(&cluster->prng, cluster->options.sync_fail_permille, 1000)) {
        struct consensus_event failed = {.kind = CONSENSUS_STORAGE_FAILED};
        host->storage_failed = true;
        cluster_tell(cluster, host, "storage fails");
        cluster_push(cluster, CLUSTER_STORAGE_RECOVERED, host, cluster->options.sync_stall_ms, 0);
        sim_host_step(host, &failed);
        return;
    }
    for (uint32_t i = disk->batch_log.durable_count; i < host->sync_batches_count; i++) {
        if (host->honest) {
            checker_batch_durable(cluster->checker, host->member, &disk->batches[i].digest);
        }
        /* A turn ends with its sync, so a worker's answer comes no sooner. */
        cluster_push(cluster, CLUSTER_BATCH_CHECKED, host, cluster_draw(cluster, 0, 3), i);
    }
    TALLY_ASSERT(host->sync_journal_count <= disk->journal.count);
    disk->batch_log.durable_count = host->sync_batches_count;
    check_durable(host, disk->journal.durable_count, host->sync_journal_count);
    disk->journal.durable_count = host->sync_journal_count;
    disk->store.durable_count = host->sync_store_count;
    if (host->sync_seq > host->durable_seq) {
        struct consensus_event durable = {.kind = CONSENSUS_JOURNAL_DURABLE};
        durable.journal_durable.seq = host->sync_seq;
        host->durable_seq = host->sync_seq;
        outbox_release(host);
        commits_store(host);
        sim_host_step(host, &durable);
    }
    journal_rotate(host);
    sync_begin(host);
}

void sim_host_storage_recovered(struct sim_host *host)
{
    struct consensus_event recovered = {.kind = CONSENSUS_STORAGE_RECOVERED};
    host->storage_failed = false;
    cluster_tell(host->cluster, host, "storage recovers");
    sim_host_step(host, &recovered);
    sync_begin(host);
}

/* ------------------------------------------------------------------------- effects */

static void on_send(struct sim_host *host, const struct consensus_effect *effect)
{
    struct sim_message *message = sim_message_copy(effect->send.bytes, effect->send.size);
    enum {
        PROPOSAL_BLOCK = 65
    };
    struct checker_block block;
    if (host->honest && message->bytes[0] == MESSAGE_PROPOSAL &&
        checker_block_read(message->bytes + PROPOSAL_BLOCK, message->size - PROPOSAL_BLOCK,
                           host->cluster->options.nodes_count, &block) &&
        block.proposer == host->member) {
        checker_learn(host->cluster->checker, &block);
    }
    if (effect->send.after_seq <= host->durable_seq) {
        depart(host, effect->send.to, message);
        sim_message_release(message);
        return;
    }
    if (host->outbox_count == host->outbox_capacity) {
        host->outbox = grown(host->outbox, &host->outbox_capacity, sizeof *host->outbox);
    }
    host->outbox[host->outbox_count++] =
        (struct sim_outgoing){effect->send.after_seq, effect->send.to, message};
}

static void on_store_batch(struct sim_host *host, const struct consensus_effect *effect)
{
    struct cluster *cluster = host->cluster;
    struct sim_batch batch = {effect->store_batch.digest, effect->store_batch.author,
                              effect->store_batch.lane_seq};
    if (batch.author == host->member) {
        checker_batch_signed(cluster->checker, batch.author, batch.lane_seq, &batch.digest);
    }
    sim_disk_append_batch(&host->disk, &batch, effect->store_batch.bytes, effect->store_batch.size);
}

static void on_send_batch(struct sim_host *host, const struct consensus_effect *effect)
{
    uint32_t number = sim_disk_find_batch(&host->disk, &effect->send_batch.digest);
    if (number == UINT32_MAX) {
        return;
    }
    const struct sim_message *batch = host->disk.batch_log.records[number];
    struct sim_message *message = malloc(sizeof *message + batch->size + 1);
    TALLY_ASSERT(message != NULL);
    message->references = 1;
    message->size = batch->size + 1;
    message->bytes[0] = MESSAGE_BATCH;
    memcpy(message->bytes + 1, batch->bytes, batch->size);
    depart(host, effect->send_batch.to, message);
    sim_message_release(message);
}

/* Duty 7: up to count blocks, and on until one that brings a certificate. */
static void on_send_blocks(struct sim_host *host, const struct consensus_effect *effect)
{
    const struct sim_log *store = &host->disk.store;
    uint64_t first = effect->send_blocks.from_height;
    uint32_t count = 0;
    size_t size = 5;
    if (first == 0 || first > store->count) {
        return;
    }
    for (uint64_t height = first; height <= store->count; height++) {
        const struct sim_message *stored = store->records[height - 1];
        struct bytes_reader reader;
        struct stored_block block;
        bytes_reader_init(&reader, stored->bytes, stored->size);
        stored_block_open(&reader, &block);
        TALLY_ASSERT(bytes_reader_done(&reader));
        count++;
        size += stored->size;
        if ((count >= effect->send_blocks.count && block.certificate_size > 0) ||
            count == MESSAGE_RANGE_BLOCKS_MAX) {
            break;
        }
    }
    struct bytes_writer writer;
    uint8_t *bytes = malloc(size);
    TALLY_ASSERT(bytes != NULL);
    bytes_writer_init(&writer, bytes, size);
    message_range_write(&writer, count);
    for (uint32_t i = 0; i < count; i++) {
        const struct sim_message *stored = store->records[first - 1 + i];
        bytes_write_copy(&writer, stored->bytes, stored->size);
    }
    TALLY_ASSERT(bytes_writer_ok(&writer));
    struct sim_message *message = sim_message_copy(bytes, writer.size);
    free(bytes);
    depart(host, effect->send_blocks.to, message);
    sim_message_release(message);
}

static void on_commit(struct sim_host *host, const struct consensus_effect *effect)
{
    size_t size = 8 + (size_t)effect->commit.block_size + effect->commit.certificate_size;
    uint8_t *bytes = malloc(size);
    struct bytes_writer writer;
    TALLY_ASSERT(bytes != NULL);
    bytes_writer_init(&writer, bytes, size);
    stored_block_write(&writer, effect->commit.block_bytes, effect->commit.block_size,
                       effect->commit.certificate, effect->commit.certificate_size);
    TALLY_ASSERT(bytes_writer_ok(&writer));
    if (host->commits_count == host->commits_capacity) {
        host->commits = grown(host->commits, &host->commits_capacity, sizeof *host->commits);
    }
    host->commits[host->commits_count++] =
        (struct sim_commit){host->persisted_seq, effect->commit.height, effect->commit.hash,
                            sim_message_copy(bytes, writer.size)};
    free(bytes);
}

static void on_evidence(struct sim_host *host, const struct consensus_effect *effect)
{
    enum {
        FIRST_SIGNER = 3 + 49
    }; /* kind u8, count u16, then the first vote */
    TALLY_ASSERT(effect->evidence.size > FIRST_SIGNER + 2);
    uint32_t culprit = bytes_get_u16(effect->evidence.bytes + FIRST_SIGNER);
    cluster_tell(host->cluster, host, "evidence against %u", culprit);
    host->cluster->counts.evidence++;
    if (host->honest) {
        checker_evidence(host->cluster->checker, host->member, culprit);
    }
}

static void on_alarm(struct sim_host *host, const struct consensus_effect *effect)
{
    enum consensus_alarm code = effect->alarm.code;
    bool harmless =
        code == CONSENSUS_ALARM_STORAGE_FAILED || code == CONSENSUS_ALARM_STORAGE_RECOVERED ||
        code == CONSENSUS_ALARM_EQUIVOCATION || code == CONSENSUS_ALARM_BATCH_SIGNATURE ||
        code == CONSENSUS_ALARM_BATCH_INVALID;
    bool expected = host->amnesiac;
    cluster_tell(host->cluster, host, "alarm: %s", consensus_alarm_text(code));
    if (code == CONSENSUS_ALARM_VIEWS_EXHAUSTED || code == CONSENSUS_ALARM_BLOCKS_FULL) {
        host->cluster->exhausted = host->honest; /* too long without a final block: not live */
    } else if (host->honest && !harmless && !expected) {
        checker_fail(host->cluster->checker, "node %u: %s", host->member,
                     consensus_alarm_text(code));
    }
}

static void on_halt(struct sim_host *host, const struct consensus_effect *effect)
{
    host->halted = true;
    cluster_tell(host->cluster, host, "halt: %s", consensus_halt_text(effect->halt.reason));
    if (host->honest) {
        checker_fail(host->cluster->checker, "node %u halts: %s", host->member,
                     consensus_halt_text(effect->halt.reason));
    }
}

/* "notarize view 2 of 1 5e11": what, where, by or from whom if anybody, and for which block. */
static void trace_tell(struct sim_host *host, const struct consensus_effect *effect)
{
    char peer[16] = "";
    char hash[8] = "";
    if (effect->trace.code == CONSENSUS_TRACE_DROP) {
        return; /* the last votes of every view come too late: telling would drown the story */
    }
    if (effect->trace.peer != CONSENSUS_OBSERVER) {
        (void)snprintf(peer, sizeof peer, " of %u", effect->trace.peer);
    }
    if (!hash_is_zero(&effect->trace.hash)) {
        (void)snprintf(hash, sizeof hash, " %02x%02x", effect->trace.hash.bytes[0],
                       effect->trace.hash.bytes[1]);
    }
    cluster_tell(host->cluster, host, "%s view %llu%s%s", consensus_trace_text(effect->trace.code),
                 (unsigned long long)effect->trace.view, peer, hash);
}

static void on_effect(struct sim_host *host, const struct consensus_effect *effect)
{
    switch (effect->kind) {
    case CONSENSUS_PERSIST:
        TALLY_ASSERT(effect->persist.seq == host->persisted_seq + 1);
        host->persisted_seq = effect->persist.seq;
        sim_log_append(&host->disk.journal, effect->persist.bytes, effect->persist.size);
        check_record(host, effect->persist.bytes, effect->persist.size);
        break;
    case CONSENSUS_SEND:
        on_send(host, effect);
        break;
    case CONSENSUS_STORE_BATCH:
        on_store_batch(host, effect);
        break;
    case CONSENSUS_SEND_BATCH:
        on_send_batch(host, effect);
        break;
    case CONSENSUS_SEND_BLOCKS:
        on_send_blocks(host, effect);
        break;
    case CONSENSUS_COMMIT:
        on_commit(host, effect);
        break;
    case CONSENSUS_BATCH_REFUSED:
        break;
    case CONSENSUS_EVIDENCE:
        on_evidence(host, effect);
        break;
    case CONSENSUS_ALARM:
        on_alarm(host, effect);
        break;
    case CONSENSUS_HALT:
        on_halt(host, effect);
        break;
    case CONSENSUS_TRACE:
        trace_tell(host, effect);
        break;
    }
}

void sim_host_step(struct sim_host *host, struct consensus_event *event)
{
    struct cluster *cluster = host->cluster;
    struct consensus_effects effects;
    if (host->halted) {
        return;
    }
    event->now_ms = cluster->now_ms;
    event->utc_ms = (uint64_t)((int64_t)(CLUSTER_UTC_START_MS + cluster->now_ms) + host->skew_ms);
    consensus_step(host->core, event, &effects);
    for (size_t i = 0; i < effects.count; i++) {
        on_effect(host, &effects.items[i]);
    }
    if (host->commits_count > 0) {
        commits_store(host);
    }
    host->deadline_ms = effects.next_deadline_ms;
    if (host->deadline_ms < host->timer_ms) {
        uint64_t delay_ms =
            host->deadline_ms > cluster->now_ms ? host->deadline_ms - cluster->now_ms : 0;
        host->timer_ms = cluster->now_ms + delay_ms;
        cluster_push(cluster, CLUSTER_TIMER, host, delay_ms, 0);
    }
    sync_begin(host);
}

/* -------------------------------------------------------------------------- events */

void sim_host_deliver(struct sim_host *host, uint16_t from, struct sim_message *message)
{
    struct consensus_event event = {.kind = CONSENSUS_MESSAGE};
    if (!host->honest) {
        byzantine_observe(&host->actor, message->bytes, message->size);
    }
    event.message.from = from;
    event.message.bytes = message->bytes;
    event.message.size = message->size;
    sim_host_step(host, &event);
}

void sim_host_time(struct sim_host *host, uint64_t event_ms)
{
    struct cluster *cluster = host->cluster;
    if (event_ms != host->timer_ms) {
        return; /* an earlier one took its place */
    }
    host->timer_ms = UINT64_MAX;
    if (host->deadline_ms > cluster->now_ms) { /* it was put off meanwhile */
        if (host->deadline_ms != UINT64_MAX) {
            host->timer_ms = host->deadline_ms;
            cluster_push(cluster, CLUSTER_TIMER, host, host->deadline_ms - cluster->now_ms, 0);
        }
        return;
    }
    struct consensus_event event = {.kind = CONSENSUS_TIME};
    sim_host_step(host, &event);
}

void sim_host_batch_checked(struct sim_host *host, uint32_t batch_number)
{
    const struct sim_batch *batch = &host->disk.batches[batch_number];
    const struct sim_message *bytes = host->disk.batch_log.records[batch_number];
    struct consensus_event event = {.kind = CONSENSUS_BATCH_CHECKED};
    event.batch_checked.digest = batch->digest;
    event.batch_checked.author = (uint16_t)batch->author;
    event.batch_checked.lane_seq = batch->lane_seq;
    event.batch_checked.valid = bytes->bytes[PAYLOAD_OFFSET] != UINT8_MAX;
    sim_host_step(host, &event);
}

static void result_append(struct sim_host *host)
{
    struct hash none;
    memset(&none, 0, sizeof none);
    if (host->results_count == host->results_capacity) {
        host->results = grown(host->results, &host->results_capacity, sizeof *host->results);
    }
    uint64_t height = ++host->results_count;
    const struct hash *previous = height == 1 ? &none : &host->results[height - 2];
    checker_result(previous, height, &host->disk.block_hashes[height - 1],
                   &host->results[height - 1]);
}

static void result_report(struct sim_host *host, uint64_t height)
{
    const struct sim_message *stored = host->disk.store.records[height - 1];
    struct consensus_event event = {.kind = CONSENSUS_EXECUTED};
    struct bytes_reader reader;
    struct stored_block block;
    bytes_reader_init(&reader, stored->bytes, stored->size);
    stored_block_open(&reader, &block);
    event.executed.height = height;
    event.executed.result_root = host->results[height - 1];
    event.executed.has_content = block.block.header.batch_count > 0;
    event.executed.more_due = event.executed.result_root.bytes[0] < 8;
    if (!host->honest && (host->actor.kinds & (1u << BYZANTINE_RESULT)) != 0) {
        event.executed.result_root.bytes[0] ^= 1u;
        host->actor.deeds[BYZANTINE_RESULT]++;
    }
    sim_host_step(host, &event);
}

void sim_host_executed(struct sim_host *host)
{
    host->executing = false;
    if (host->results_count < host->disk.store.count) {
        result_append(host);
        result_report(host, host->results_count);
    }
    execute_next(host);
}

/* ---------------------------------------------------------------------- life, death */

void sim_host_crash(struct sim_host *host, bool torn)
{
    TALLY_ASSERT(host->up);
    uint32_t durable_count = host->disk.journal.durable_count;
    sim_disk_crash(&host->disk, &host->cluster->prng, torn);
    check_durable(host, durable_count, host->disk.journal.count);
    memory_lose(host);
    host->up = false;
    host->life++;
}

void sim_host_forget(struct sim_host *host, bool batch_log_too)
{
    TALLY_ASSERT(!host->up);
    host->amnesiac = true;
    host->journal_state = CONSENSUS_JOURNAL_LOST;
    sim_log_truncate(&host->disk.journal, 0);
    if (batch_log_too) {
        for (uint32_t i = 0; host->honest && i < host->disk.batch_log.count; i++) {
            checker_batch_lost(host->cluster->checker, host->member, &host->disk.batches[i].digest);
        }
        sim_log_truncate(&host->disk.batch_log, 0);
        host->batch_log_lost = true;
    }
}

/* Returns the exec_height of the last stored block. */
static uint64_t restore_blocks(struct sim_host *host, struct checker_block *last)
{
    const struct sim_log *store = &host->disk.store;
    uint32_t first =
        store->count > CONSENSUS_RESTORE_BLOCKS ? store->count - CONSENSUS_RESTORE_BLOCKS : 0;
    memset(last, 0, sizeof *last);
    for (uint32_t i = first; i < store->count; i++) {
        struct consensus_event event = {.kind = CONSENSUS_RESTORE_FINAL};
        event.restore_final.bytes = store->records[i]->bytes;
        event.restore_final.size = store->records[i]->size;
        sim_host_step(host, &event);
    }
    if (store->count > 0) {
        const struct sim_message *stored = store->records[store->count - 1];
        uint32_t size = bytes_get_u32(stored->bytes);
        bool read = checker_block_read(stored->bytes + 4, size, host->config.validator_count, last);
        TALLY_ASSERT(read);
    }
    return last->exec_height;
}

static void restore_batches(struct sim_host *host, const struct checker_block *last)
{
    const struct sim_disk *disk = &host->disk;
    for (uint32_t i = 0; i < disk->batch_log.count; i++) {
        const struct sim_batch *batch = &disk->batches[i];
        struct consensus_event event = {.kind = CONSENSUS_RESTORE_BATCH};
        if (host->honest) { /* what survived is synced before anything else happens */
            checker_batch_durable(host->cluster->checker, host->member, &batch->digest);
        }
        if (last->body != NULL && batch->lane_seq <= checker_block_cut(last, batch->author)) {
            continue;
        }
        event.restore_batch.bytes = disk->batch_log.records[i]->bytes;
        event.restore_batch.size = disk->batch_log.records[i]->size;
        event.restore_batch.valid = event.restore_batch.bytes[PAYLOAD_OFFSET] != UINT8_MAX;
        sim_host_step(host, &event);
    }
}

void sim_host_start(struct sim_host *host)
{
    struct cluster *cluster = host->cluster;
    struct checker_block last;
    TALLY_ASSERT(!host->up);
    host->core = consensus_new(host->memory, &host->config);
    host->up = true;
    host->persisted_seq = 0;
    host->durable_seq = 0;
    host->syncing = false;
    host->storage_failed = false;
    host->executing = false;
    host->results_count = 0;
    host->timer_ms = UINT64_MAX;
    cluster_tell(cluster, host, "starts with %u records, %u batches, height %u",
                 host->disk.journal.count, host->disk.batch_log.count, host->disk.store.count);
    uint64_t certified = restore_blocks(host, &last);
    restore_batches(host, &last);
    uint32_t records_count = host->disk.journal.count; /* without what the restart writes */
    if (host->honest) {
        checker_votes_forgotten(cluster->checker, host->member);
    }
    for (uint32_t i = 0; i < records_count; i++) {
        struct consensus_event event = {.kind = CONSENSUS_RESTORE_RECORD};
        event.restore_record.bytes = host->disk.journal.records[i]->bytes;
        event.restore_record.size = host->disk.journal.records[i]->size;
        check_record(host, event.restore_record.bytes, event.restore_record.size);
        sim_host_step(host, &event);
    }
    struct consensus_event start = {.kind = CONSENSUS_START};
    start.start.journal = host->journal_state;
    start.start.batch_log_lost = host->batch_log_lost;
    if (host->journal_state == CONSENSUS_JOURNAL_INTACT && records_count == 0) {
        start.start.journal = CONSENSUS_JOURNAL_CREATED; /* never got as far as its first record */
    }
    sim_host_step(host, &start);
    /* The ledger's checkpoint: somewhere from what the last block certifies to the last block. */
    uint64_t executed =
        certified + prng_below(&cluster->prng, host->disk.store.count - certified + 1);
    while (host->results_count < executed) {
        result_append(host);
        if (host->results_count >= certified) {
            result_report(host, host->results_count);
        }
    }
    execute_next(host);
}
