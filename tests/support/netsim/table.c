#include "tests/support/netsim/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "consensus/message.h"
#include "tests/unit/replica/envelopes.h"

enum {
    CHAIN = 9,
    UTC_START_MS = 1000000,
    BATCH_BYTES = 4096
};

static struct table_bytes copy(const void *data, size_t size)
{
    struct table_bytes bytes = {.data = malloc(size), .size = size};
    TALLY_ASSERT(bytes.data != NULL);
    memcpy(bytes.data, data, size);
    return bytes;
}

static void drop(struct table_bytes *bytes)
{
    free(bytes->data);
    bytes->data = NULL;
}

static void owe(struct table_host *host, struct consensus_event event)
{
    TALLY_ASSERT(host->owed_count < TABLE_OWED_MAX);
    host->owed[host->owed_count++] = event;
}

/* ---- The network -------------------------------------------------------------------------- */

static void post_one(struct table *table, struct table_message message)
{
    table->sent_count++;
    if ((table->loses != NULL && table->loses(table, &message)) ||
        prng_below(&table->prng, 1000) < table->loss_permille) {
        return;
    }
    TALLY_ASSERT(table->message_count < TABLE_LIST_MAX);
    message.bytes = copy(message.bytes.data, message.bytes.size);
    message.due_ms = table->now_ms + TABLE_DELAY_MS;
    table->messages[table->message_count++] = message;
}

static void post(struct table_host *host, uint16_t to, const uint8_t *data, size_t size)
{
    struct table_message message = {.from = host->index};
    message.bytes.data = (uint8_t *)(uintptr_t)data; /* copied by post_one() */
    message.bytes.size = size;
    for (uint16_t i = 0; i < host->table->n; i++) {
        if (i != host->index && (to == i || to == CONSENSUS_ALL)) {
            message.to = i;
            post_one(host->table, message);
        }
    }
}

/* ---- The disk ----------------------------------------------------------------------------- */

static struct table_batch *find_batch(struct table_host *host, const struct hash *digest)
{
    for (uint32_t i = 0; i < host->batch_durable_count; i++) {
        if (hash_equal(&host->batches[i].digest, digest)) {
            return &host->batches[i];
        }
    }
    return NULL;
}

static void send_batch(struct table_host *host, uint16_t to, const struct hash *digest)
{
    const struct table_batch *batch = find_batch(host, digest);
    if (batch == NULL) {
        return;
    }
    uint8_t message[BATCH_BYTES + BATCH_FIXED_SIZE + 1] = {MESSAGE_BATCH};
    TALLY_ASSERT(batch->bytes.size < sizeof message);
    memcpy(message + 1, batch->bytes.data, batch->bytes.size);
    post(host, to, message, batch->bytes.size + 1);
}

static void send_blocks(struct table_host *host, uint16_t to, uint64_t from, uint32_t count)
{
    static uint8_t message[1 << 20];
    uint32_t certified = 0;
    for (uint32_t i = 0; i < count && from + i <= host->block_durable_count; i++) {
        struct stored_block stored;
        table_block(host->table, host->index, from + i, &stored);
        certified = stored.certificate_size > 0 ? i + 1 : certified;
    }
    struct bytes_writer writer;
    bytes_writer_init(&writer, message, sizeof message);
    message_range_write(&writer, certified);
    for (uint32_t i = 0; i < certified; i++) {
        const struct table_bytes *bytes = &host->blocks[from - 1 + i].bytes;
        bytes_write_copy(&writer, bytes->data, bytes->size);
    }
    if (certified > 0 && bytes_writer_ok(&writer)) {
        post(host, to, message, writer.size);
    }
}

/* The result of a height: a hash over the block's and that of the height before. */
static struct hash result_of(const struct table_host *host, uint64_t height)
{
    struct hash pair[2] = {{{0}}};
    struct hash root = {{1}};
    for (uint64_t i = 1; i <= height; i++) {
        pair[0] = root;
        pair[1] = host->blocks[i - 1].hash;
        hash_compute(&root, HASH_BODY, pair, sizeof pair);
    }
    root.bytes[0] = (uint8_t)(root.bytes[0] ^ (host->lies_about_result ? 1 : 0));
    return root;
}

static void execute(struct table_host *host, uint64_t height)
{
    struct stored_block stored;
    table_block(host->table, host->index, height, &stored);
    owe(host, (struct consensus_event){
                  .kind = CONSENSUS_EXECUTED,
                  .executed = {.height = height,
                               .result_root = result_of(host, height),
                               .has_content = stored.block.header.batch_count > 0},
              });
}

/* One sync of everything, in the order that a turn keeps. */
static void sync_disk(struct table_host *host)
{
    host->batch_durable_count = host->batch_count;
    host->record_durable_count = host->record_count;
    const bool news = host->durable_seq < host->persisted_seq;
    host->durable_seq = host->persisted_seq;
    for (uint32_t i = 0; i < host->held_count; i++) {
        struct table_message *held = &host->held[i];
        if (held->bytes.size == HASH_SIZE) {
            struct hash digest;
            memcpy(digest.bytes, held->bytes.data, HASH_SIZE);
            send_batch(host, held->to, &digest);
        } else {
            post(host, held->to, held->bytes.data, held->bytes.size);
        }
        drop(&held->bytes);
    }
    host->held_count = 0;
    host->block_durable_count = host->block_count;
    while (!host->holds_execution && host->executed_count < host->block_durable_count) {
        execute(host, ++host->executed_count);
    }
    if (news) {
        owe(host, (struct consensus_event){.kind = CONSENSUS_JOURNAL_DURABLE,
                                           .journal_durable = {host->durable_seq}});
    }
}

/* ---- Effects ------------------------------------------------------------------------------ */

static void hold(struct table_host *host, uint16_t to, const void *data, size_t size)
{
    TALLY_ASSERT(host->held_count < TABLE_LIST_MAX);
    host->held[host->held_count++] = (struct table_message){.to = to, .bytes = copy(data, size)};
}

static void carry_store_batch(struct table_host *host, const struct consensus_effect *effect)
{
    TALLY_ASSERT(host->batch_count < TABLE_LIST_MAX);
    host->batches[host->batch_count++] =
        (struct table_batch){.digest = effect->store_batch.digest,
                             .bytes = copy(effect->store_batch.bytes, effect->store_batch.size)};
    owe(host, (struct consensus_event){
                  .kind = CONSENSUS_BATCH_CHECKED,
                  .batch_checked = {.digest = effect->store_batch.digest,
                                    .author = effect->store_batch.author,
                                    .lane_seq = effect->store_batch.lane_seq,
                                    .valid = true},
              });
}

/* What a committed block orders is stored here. */
static void assert_batches_stored(const struct table_host *host, uint64_t height)
{
    struct stored_block stored;
    struct block_body body;
    table_block(host->table, host->index, height, &stored);
    TALLY_ASSERT(block_body_open(stored.block.body, stored.block.body_size, host->table->n, &body));
    for (uint32_t i = 0; i < body.batch_count; i++) {
        struct block_reference reference;
        bool found = false;
        block_body_reference(&body, i, &reference);
        for (uint32_t k = 0; k < host->batch_count; k++) {
            found = found || hash_equal(&host->batches[k].digest, &reference.digest);
        }
        TALLY_ASSERT(found || host->batch_log_lost);
    }
}

static void carry_commit(struct table_host *host, const struct consensus_effect *effect)
{
    static uint8_t stored[1 << 20];
    TALLY_ASSERT(host->block_count < TABLE_LIST_MAX);
    TALLY_ASSERT(effect->commit.height == host->block_count + 1);
    struct bytes_writer writer;
    bytes_writer_init(&writer, stored, sizeof stored);
    stored_block_write(&writer, effect->commit.block_bytes, effect->commit.block_size,
                       effect->commit.certificate, effect->commit.certificate_size);
    TALLY_ASSERT(bytes_writer_ok(&writer));
    host->blocks[host->block_count++] =
        (struct table_block){.bytes = copy(stored, writer.size), .hash = effect->commit.hash};
    assert_batches_stored(host, effect->commit.height);
}

static void carry(struct table_host *host, const struct consensus_effect *effect)
{
    switch (effect->kind) {
    case CONSENSUS_PERSIST:
        TALLY_ASSERT(effect->persist.seq == host->persisted_seq + 1);
        TALLY_ASSERT(host->record_count < TABLE_LIST_MAX);
        host->persisted_seq++;
        if (!host->journal_lost) {
            host->records[host->record_count++] = copy(effect->persist.bytes, effect->persist.size);
        }
        break;
    case CONSENSUS_SEND:
        if (effect->send.after_seq <= host->durable_seq) {
            post(host, effect->send.to, effect->send.bytes, effect->send.size);
        } else {
            hold(host, effect->send.to, effect->send.bytes, effect->send.size);
        }
        break;
    case CONSENSUS_STORE_BATCH:
        carry_store_batch(host, effect);
        break;
    case CONSENSUS_SEND_BATCH:
        hold(host, effect->send_batch.to, effect->send_batch.digest.bytes, HASH_SIZE);
        break;
    case CONSENSUS_SEND_BLOCKS:
        send_blocks(host, effect->send_blocks.to, effect->send_blocks.from_height,
                    effect->send_blocks.count);
        break;
    case CONSENSUS_COMMIT:
        carry_commit(host, effect);
        break;
    case CONSENSUS_ALARM:
        host->alarm_count++;
        break;
    case CONSENSUS_HALT:
        host->halt = effect->halt.reason;
        break;
    case CONSENSUS_BATCH_REFUSED:
    case CONSENSUS_EVIDENCE:
    case CONSENSUS_TRACE:
        break;
    }
}

static void step_one(struct table_host *host, struct replica_event *event)
{
    struct replica_effects effects;
    event->now_ms = host->table->now_ms;
    event->utc_ms = UTC_START_MS + host->table->now_ms;
    replica_step(host->replica, event, &effects);
    for (size_t i = 0; i < effects.consensus.count; i++) {
        carry(host, &effects.consensus.items[i]);
    }
    host->answered_count += effects.answer_count;
    host->deadline_ms = effects.next_deadline_ms;
}

static void step(struct table_host *host, struct replica_event *event)
{
    step_one(host, event);
    if (!host->holds_disk) {
        sync_disk(host);
    }
    while (host->owed_count > 0) {
        struct replica_event owed = {.kind = REPLICA_CONSENSUS, .consensus = host->owed[0]};
        memmove(&host->owed[0], &host->owed[1], --host->owed_count * sizeof host->owed[0]);
        step_one(host, &owed);
        if (!host->holds_disk) {
            sync_disk(host);
        }
    }
}

void table_event(struct table *table, uint16_t host, struct consensus_event event)
{
    struct replica_event wrapped = {.kind = REPLICA_CONSENSUS, .consensus = event};
    TALLY_ASSERT(table->hosts[host].up);
    step(&table->hosts[host], &wrapped);
}

void table_receive(struct table *table, uint16_t host, uint16_t from, const void *bytes,
                   size_t size)
{
    table_event(table, host,
                (struct consensus_event){
                    .kind = CONSENSUS_MESSAGE,
                    .message = {.from = from, .bytes = bytes, .size = size},
                });
}

void table_sync(struct table *table, uint16_t index)
{
    struct table_host *host = &table->hosts[index];
    const bool holds_disk = host->holds_disk;
    host->holds_disk = false;
    table_event(table, index, (struct consensus_event){.kind = CONSENSUS_TIME});
    host->holds_disk = holds_disk;
}

/* ---- Life --------------------------------------------------------------------------------- */

static void configure(struct table_host *host)
{
    const struct table *table = host->table;
    struct consensus_config *consensus = &host->config.consensus;
    host->config.protocol = table->protocol;
    consensus_config_defaults(consensus);
    consensus->chain_id = envelopes_chain(CHAIN);
    consensus->validator_count = table->n;
    consensus->self = host->index;
    consensus->validators = table->public_keys;
    consensus->secret_key = &table->secret_keys[host->index];
    consensus->anchor = (struct consensus_anchor){
        .hash = envelopes_chain(CHAIN), .ts_ms = UTC_START_MS - 1, .result_root = {{1}}};
    consensus->timing = (struct consensus_timing){.d0_ms = 40,
                                                  .d_max_ms = 1000,
                                                  .heartbeat_ms = 1000,
                                                  .block_interval_min_ms = 2,
                                                  .retry_ms = 100,
                                                  .skip_ms = 500,
                                                  .clock_drift_ms = 1000};
    consensus->limits = (struct consensus_limits){.batch_bytes_max = BATCH_BYTES,
                                                  .lane_quota_batches = 2,
                                                  .lane_quota_bytes = 2 * BATCH_BYTES,
                                                  .lane_window = 8,
                                                  .skipped_views_max = 128};
    consensus->seed = host->index;
    host->config.admission = (struct admission_config){.chain_id = consensus->chain_id,
                                                       .batch_bytes_max = BATCH_BYTES,
                                                       .batch_age_ms = 1,
                                                       .envelope_bytes_max = BATCH_BYTES / 2,
                                                       .validity_ahead_ms = 100000000,
                                                       .waiting_bytes_max = BATCH_BYTES,
                                                       .waiting_count_max = 64,
                                                       .remembered_count_max = 64};
}

static void restore(struct table_host *host)
{
    struct table *table = host->table;
    for (uint32_t i = 0; i < host->block_count; i++) {
        table_event(table, host->index,
                    (struct consensus_event){
                        .kind = CONSENSUS_RESTORE_FINAL,
                        .restore_final = {.bytes = host->blocks[i].bytes.data,
                                          .size = host->blocks[i].bytes.size},
                    });
    }
    for (uint32_t i = 0; i < host->batch_count; i++) {
        table_event(table, host->index,
                    (struct consensus_event){
                        .kind = CONSENSUS_RESTORE_BATCH,
                        .restore_batch = {.bytes = host->batches[i].bytes.data,
                                          .size = host->batches[i].bytes.size,
                                          .valid = true},
                    });
    }
    for (uint32_t i = 0; i < host->record_count; i++) {
        table_event(
            table, host->index,
            (struct consensus_event){
                .kind = CONSENSUS_RESTORE_RECORD,
                .restore_record = {.bytes = host->records[i].data, .size = host->records[i].size},
            });
    }
}

static void start(struct table_host *host, bool created)
{
    const size_t size = replica_footprint(&host->config);
    TALLY_ASSERT(size > 0);
    host->memory = malloc(size);
    TALLY_ASSERT(host->memory != NULL);
    memset(host->memory, 0xA5, size);
    host->replica = replica_new(host->memory, &host->config);
    host->up = true;
    host->persisted_seq = 0;
    host->durable_seq = 0;
    if (host->batch_log_lost) {
        while (host->batch_count > 0) {
            drop(&host->batches[--host->batch_count].bytes);
        }
        host->batch_durable_count = 0;
    }
    restore(host);
    for (host->executed_count = 0; host->executed_count < host->block_count;) {
        execute(host, ++host->executed_count); /* owed: they come behind START, the next step */
    }
    table_event(host->table, host->index,
                (struct consensus_event){
                    .kind = CONSENSUS_START,
                    .start = {.journal = created              ? CONSENSUS_JOURNAL_CREATED
                                         : host->journal_lost ? CONSENSUS_JOURNAL_LOST
                                                              : CONSENSUS_JOURNAL_INTACT,
                              .batch_log_lost = host->batch_log_lost},
                });
}

struct table *table_open(const struct consensus_protocol *protocol, uint16_t n)
{
    TALLY_ASSERT(n <= TABLE_HOSTS_MAX);
    struct table *table = calloc(1, sizeof *table);
    TALLY_ASSERT(table != NULL);
    table->n = n;
    table->protocol = protocol;
    prng_init(&table->prng, n);
    for (uint16_t i = 0; i < n; i++) {
        const uint8_t seed[SIGN_SEED_SIZE] = {(uint8_t)(i + 1)};
        sign_key_from_seed(seed, &table->public_keys[i], &table->secret_keys[i]);
    }
    for (uint16_t i = 0; i < n; i++) {
        table->hosts[i].table = table;
        table->hosts[i].index = i;
        configure(&table->hosts[i]);
        start(&table->hosts[i], true);
    }
    return table;
}

void table_crash(struct table *table, uint16_t index)
{
    struct table_host *host = &table->hosts[index];
    TALLY_ASSERT(host->up);
    free(host->memory);
    host->memory = NULL;
    host->up = false;
    host->owed_count = 0;
    while (host->held_count > 0) {
        drop(&host->held[--host->held_count].bytes);
    }
    while (host->record_count > host->record_durable_count) {
        drop(&host->records[--host->record_count]);
    }
    while (host->batch_count > host->batch_durable_count) {
        drop(&host->batches[--host->batch_count].bytes);
    }
    while (host->block_count > host->block_durable_count) {
        drop(&host->blocks[--host->block_count].bytes);
    }
}

void table_restart(struct table *table, uint16_t host)
{
    TALLY_ASSERT(!table->hosts[host].up);
    start(&table->hosts[host], false);
}

void table_close(struct table *table)
{
    for (uint16_t i = 0; i < table->n; i++) {
        struct table_host *host = &table->hosts[i];
        host->record_durable_count = 0;
        host->batch_durable_count = 0;
        host->block_durable_count = 0;
        if (!host->up) {
            host->memory = NULL;
            host->up = true;
        }
        table_crash(table, i);
    }
    while (table->message_count > 0) {
        drop(&table->messages[--table->message_count].bytes);
    }
    free(table);
}

void table_submit(struct table *table, uint16_t host)
{
    uint8_t envelope[TABLE_ENVELOPE_BYTES];
    envelopes_make(envelope, sizeof envelope, CHAIN, ++table->submitted_count,
                   UTC_START_MS + 50000000);
    struct replica_event event = {.kind = REPLICA_SUBMIT,
                                  .submit = {.bytes = envelope,
                                             .size = sizeof envelope,
                                             .signature_valid = true,
                                             .ticket = table->submitted_count}};
    TALLY_ASSERT(table->hosts[host].up);
    step(&table->hosts[host], &event);
}

static void deliver(struct table *table)
{
    while (table->message_count > 0 && table->messages[0].due_ms <= table->now_ms) {
        struct table_message message = table->messages[0];
        memmove(&table->messages[0], &table->messages[1],
                --table->message_count * sizeof table->messages[0]);
        if (table->hosts[message.to].up) {
            table_receive(table, message.to, message.from, message.bytes.data, message.bytes.size);
        }
        drop(&message.bytes);
    }
}

void table_run(struct table *table, uint64_t ms)
{
    for (uint64_t end_ms = table->now_ms + ms; table->now_ms < end_ms; table->now_ms++) {
        deliver(table);
        for (uint16_t i = 0; i < table->n; i++) {
            for (uint32_t k = 0; table->hosts[i].up && k < 8; k++) {
                if (table->hosts[i].deadline_ms <= table->now_ms) {
                    table_event(table, i, (struct consensus_event){.kind = CONSENSUS_TIME});
                }
            }
        }
    }
}

/* ---- Looking ------------------------------------------------------------------------------ */

uint64_t table_height(const struct table *table, uint16_t host)
{
    return table->hosts[host].block_durable_count;
}

void table_block(const struct table *table, uint16_t host, uint64_t height,
                 struct stored_block *out)
{
    const struct table_host *from = &table->hosts[host];
    TALLY_ASSERT(height >= 1 && height <= from->block_count);
    struct bytes_reader reader;
    bytes_reader_init(&reader, from->blocks[height - 1].bytes.data,
                      from->blocks[height - 1].bytes.size);
    stored_block_read(&reader, table->n, out);
    TALLY_ASSERT(bytes_reader_done(&reader));
}

uint64_t table_ordered(const struct table *table, uint16_t host)
{
    uint64_t count = 0;
    for (uint64_t height = 1; height <= table_height(table, host); height++) {
        struct stored_block stored;
        table_block(table, host, height, &stored);
        count += stored.block.header.batch_count;
    }
    return count;
}

bool table_agrees(const struct table *table, uint16_t a, uint16_t b)
{
    for (uint64_t height = 1; height <= table_height(table, a) && height <= table_height(table, b);
         height++) {
        if (!hash_equal(&table->hosts[a].blocks[height - 1].hash,
                        &table->hosts[b].blocks[height - 1].hash)) {
            return false;
        }
    }
    return true;
}
