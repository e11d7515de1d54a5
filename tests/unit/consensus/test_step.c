/*
 * Goal: validators that exchange effects directly, in memory, agree on one growing chain with
 * batches in it, also when some of them are killed and restarted from what they made durable.
 */
#include "tests/support/cmocka.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/prng.h"
#include "consensus/block.h"
#include "consensus/message.h"
#include "consensus/step.h"
#include "crypto/start.h"

#define NODES_MAX    7
#define QUEUE_MAX    65536
#define RECORDS_MAX  8192
#define BATCHES_MAX  4096
#define BLOCKS_MAX   4096
#define UTC_START_MS 1700000000000u

struct blob {
    uint8_t *bytes;
    size_t size;
};

struct held {
    struct hash digest;
    struct blob signed_bytes;
};

/* One node and its disk: all that survives a kill. */
struct node {
    bool up;
    void *memory;
    struct consensus *core;
    struct secret_key secret_key;
    uint64_t deadline_ms;
    struct blob records[RECORDS_MAX];
    uint32_t record_count;
    struct held batches[BATCHES_MAX];
    uint32_t batch_count;
    struct blob blocks[BLOCKS_MAX]; /* index height - 1 */
    struct hash block_hashes[BLOCKS_MAX];
    struct hash results[BLOCKS_MAX + 1];
    uint64_t height;
    uint64_t batches_ordered;
};

struct packet {
    uint64_t at_ms;
    uint64_t order;
    uint16_t from;
    uint16_t to;
    struct blob bytes;
};

struct network {
    uint16_t n;
    uint64_t now_ms;
    uint64_t order;
    uint32_t loss_percent;
    struct prng prng;
    struct node nodes[NODES_MAX];
    struct public_key keys[NODES_MAX];
    struct packet queue[QUEUE_MAX];
    uint32_t packet_count;
    uint32_t alarm_count;
    uint32_t evidence_count;
    uint32_t halt_count;
    uint32_t skip_count;
};

static struct blob blob_copy(const uint8_t *bytes, size_t size)
{
    struct blob blob = {malloc(size), size};
    assert_non_null(blob.bytes);
    memcpy(blob.bytes, bytes, size);
    return blob;
}

static void network_config(struct network *net, uint16_t self, struct consensus_config *config)
{
    *config = (struct consensus_config){.chain_id = {{1, 2, 3}},
                                        .epoch = 1,
                                        .validator_count = net->n,
                                        .self = self,
                                        .validators = net->keys,
                                        .secret_key = &net->nodes[self].secret_key,
                                        .anchor = {.hash = {{1, 2, 3}}, .ts_ms = UTC_START_MS},
                                        .seed = 77u + self};
    consensus_config_defaults(config);
    config->trace = true;
    config->timing.d0_ms = 40;
    config->timing.retry_ms = 160;
    config->limits.batch_bytes_max = 4096;
    config->limits.skipped_views_max = 128;
}

static void step(struct network *net, uint16_t self, struct consensus_event event);

static void send(struct network *net, uint16_t from, uint16_t to, const uint8_t *bytes, size_t size)
{
    if (prng_chance(&net->prng, net->loss_percent, 100)) {
        return;
    }
    assert_true(net->packet_count < QUEUE_MAX);
    net->queue[net->packet_count++] =
        (struct packet){.at_ms = net->now_ms + 1 + prng_below(&net->prng, 15),
                        .order = net->order++,
                        .from = from,
                        .to = to,
                        .bytes = blob_copy(bytes, size)};
}

static void send_all(struct network *net, uint16_t from, uint16_t to, const uint8_t *bytes,
                     size_t size)
{
    for (uint16_t i = 0; i < net->n; i++) {
        if (i != from && (to == CONSENSUS_ALL || to == i)) {
            send(net, from, i, bytes, size);
        }
    }
}

static void on_send_batch(struct network *net, uint16_t self, const struct consensus_effect *effect)
{
    const struct node *node = &net->nodes[self];
    for (uint32_t i = 0; i < node->batch_count; i++) {
        if (hash_equal(&node->batches[i].digest, &effect->send_batch.digest)) {
            const struct blob *stored = &node->batches[i].signed_bytes;
            uint8_t *bytes = malloc(stored->size + 1);
            bytes[0] = MESSAGE_BATCH;
            memcpy(bytes + 1, stored->bytes, stored->size);
            send_all(net, self, effect->send_batch.to, bytes, stored->size + 1);
            free(bytes);
            return;
        }
    }
}

static void on_send_blocks(struct network *net, uint16_t self,
                           const struct consensus_effect *effect)
{
    const struct node *node = &net->nodes[self];
    static uint8_t bytes[1u << 20];
    struct bytes_writer writer;
    const uint64_t from = effect->send_blocks.from_height;
    uint32_t count = 0;
    bytes_writer_init(&writer, bytes, sizeof bytes);
    message_range_write(&writer, 0);
    for (uint64_t height = from; height <= node->height; height++) {
        const struct blob *stored = &node->blocks[height - 1];
        bytes_write_copy(&writer, stored->bytes, stored->size);
        count++;
        struct bytes_reader reader;
        struct stored_block block;
        bytes_reader_init(&reader, stored->bytes, stored->size);
        stored_block_read(&reader, net->n, &block);
        assert_true(bytes_reader_done(&reader));
        if (count >= effect->send_blocks.count && block.certificate_size > 0) {
            break;
        }
    }
    assert_true(bytes_writer_ok(&writer));
    bytes_put_u32(bytes + 1, count);
    send_all(net, self, effect->send_blocks.to, bytes, writer.size);
}

/* Stores a final block; the "ledger" is a chain of hashes over the blocks. */
static void on_commit(struct network *net, uint16_t self, const struct consensus_effect *effect,
                      struct consensus_event *executed)
{
    struct node *node = &net->nodes[self];
    const uint64_t height = effect->commit.height;
    static uint8_t bytes[1u << 16];
    struct bytes_writer writer;
    bytes_writer_init(&writer, bytes, sizeof bytes);
    stored_block_write(&writer, effect->commit.block_bytes, effect->commit.block_size,
                       effect->commit.certificate, effect->commit.certificate_size);
    assert_true(bytes_writer_ok(&writer));
    assert_true(height <= node->height + 1);
    struct block block;
    struct bytes_reader reader;
    bytes_reader_init(&reader, effect->commit.block_bytes, effect->commit.block_size);
    block_read(&reader, net->n, &block);
    assert_true(bytes_reader_done(&reader));
    if (height == node->height + 1) {
        node->height = height;
        node->blocks[height - 1] = blob_copy(bytes, writer.size);
        node->block_hashes[height - 1] = effect->commit.hash;
        node->batches_ordered += block.header.batch_count;
        uint8_t chained[64];
        memcpy(chained, node->results[height - 1].bytes, 32);
        memcpy(chained + 32, effect->commit.hash.bytes, 32);
        hash_compute(&node->results[height], HASH_RESULT, chained, sizeof chained);
    }
    for (uint16_t i = 0; i < net->n; i++) {
        if (net->nodes[i].height >= height) {
            assert_memory_equal(net->nodes[i].block_hashes[height - 1].bytes,
                                effect->commit.hash.bytes, 32);
        }
    }
    *executed = (struct consensus_event){.kind = CONSENSUS_EXECUTED,
                                         .executed = {.height = height,
                                                      .result_root = node->results[height],
                                                      .has_content = block.header.batch_count > 0}};
}

/* Events that effects of one step lead to, to be given once the step's effects are read. */
struct follow_up {
    struct consensus_event events[1200];
    uint32_t count;
};

static void obey(struct network *net, uint16_t self, const struct consensus_effect *effect,
                 struct follow_up *follow)
{
    struct node *node = &net->nodes[self];
    assert_true(follow->count < 1200);
    switch (effect->kind) {
    case CONSENSUS_PERSIST:
        assert_true(node->record_count < RECORDS_MAX);
        node->records[node->record_count++] =
            blob_copy(effect->persist.bytes, effect->persist.size);
        break;
    case CONSENSUS_SEND:
        send_all(net, self, effect->send.to, effect->send.bytes, effect->send.size);
        break;
    case CONSENSUS_STORE_BATCH:
        assert_true(node->batch_count < BATCHES_MAX);
        node->batches[node->batch_count++] =
            (struct held){effect->store_batch.digest,
                          blob_copy(effect->store_batch.bytes, effect->store_batch.size)};
        follow->events[follow->count++] =
            (struct consensus_event){.kind = CONSENSUS_BATCH_CHECKED,
                                     .batch_checked = {.digest = effect->store_batch.digest,
                                                       .author = effect->store_batch.author,
                                                       .lane_seq = effect->store_batch.lane_seq,
                                                       .valid = true}};
        break;
    case CONSENSUS_SEND_BATCH:
        on_send_batch(net, self, effect);
        break;
    case CONSENSUS_SEND_BLOCKS:
        on_send_blocks(net, self, effect);
        break;
    case CONSENSUS_COMMIT:
        on_commit(net, self, effect, &follow->events[follow->count++]);
        break;
    case CONSENSUS_BATCH_REFUSED:
        break;
    case CONSENSUS_EVIDENCE:
        net->evidence_count++;
        break;
    case CONSENSUS_ALARM:
        net->alarm_count++;
        break;
    case CONSENSUS_HALT:
        net->halt_count++;
        break;
    case CONSENSUS_TRACE:
        net->skip_count += effect->trace.code == CONSENSUS_TRACE_SKIP ? 1 : 0;
        break;
    }
}

static void step(struct network *net, uint16_t self, struct consensus_event event)
{
    struct node *node = &net->nodes[self];
    struct consensus_effects effects;
    struct follow_up *follow = calloc(1, sizeof *follow);
    event.now_ms = net->now_ms;
    event.utc_ms = UTC_START_MS + net->now_ms;
    consensus_step(node->core, &event, &effects);
    for (size_t i = 0; i < effects.count; i++) {
        obey(net, self, &effects.items[i], follow);
    }
    node->deadline_ms = effects.next_deadline_ms;
    for (uint32_t i = 0; i < follow->count; i++) {
        step(net, self, follow->events[i]);
    }
    free(follow);
}

static void start(struct network *net, uint16_t self)
{
    struct node *node = &net->nodes[self];
    struct consensus_config config;
    network_config(net, self, &config);
    const size_t footprint = consensus_footprint(&config);
    assert_true(footprint > 0);
    free(node->memory);
    node->memory = malloc(footprint);
    node->core = consensus_new(node->memory, &config);
    node->up = true;
    for (uint64_t height = 1; height <= node->height; height++) {
        step(net, self,
             (struct consensus_event){
                 .kind = CONSENSUS_RESTORE_FINAL,
                 .restore_final = {node->blocks[height - 1].bytes, node->blocks[height - 1].size}});
    }
    for (uint32_t i = 0; i < node->batch_count; i++) {
        const struct blob *stored = &node->batches[i].signed_bytes;
        step(net, self,
             (struct consensus_event){.kind = CONSENSUS_RESTORE_BATCH,
                                      .restore_batch = {stored->bytes, stored->size, true}});
    }
    for (uint32_t i = 0; i < node->record_count; i++) {
        step(net, self,
             (struct consensus_event){
                 .kind = CONSENSUS_RESTORE_RECORD,
                 .restore_record = {node->records[i].bytes, node->records[i].size}});
    }
    step(net, self,
         (struct consensus_event){.kind = CONSENSUS_START,
                                  .start = {.journal = node->record_count > 0
                                                           ? CONSENSUS_JOURNAL_INTACT
                                                           : CONSENSUS_JOURNAL_CREATED}});
    for (uint64_t height = 1; height <= node->height; height++) {
        struct consensus_summary summary;
        consensus_summary(node->core, &summary);
        if (height >= summary.exec_height) {
            step(net, self,
                 (struct consensus_event){
                     .kind = CONSENSUS_EXECUTED,
                     .executed = {.height = height, .result_root = node->results[height]}});
        }
    }
}

static struct network *network_new(uint16_t n, uint64_t seed)
{
    struct network *net = calloc(1, sizeof *net);
    assert_non_null(net);
    net->n = n;
    net->now_ms = 1000;
    prng_init(&net->prng, seed);
    for (uint16_t i = 0; i < n; i++) {
        const uint8_t key_seed[32] = {(uint8_t)(i + 1)};
        sign_key_from_seed(key_seed, &net->keys[i], &net->nodes[i].secret_key);
    }
    for (uint16_t i = 0; i < n; i++) {
        start(net, i);
    }
    return net;
}

static void network_free(struct network *net)
{
    for (uint16_t i = 0; i < net->n; i++) {
        struct node *node = &net->nodes[i];
        free(node->memory);
        for (uint32_t k = 0; k < node->record_count; k++) {
            free(node->records[k].bytes);
        }
        for (uint32_t k = 0; k < node->batch_count; k++) {
            free(node->batches[k].signed_bytes.bytes);
        }
        for (uint64_t k = 0; k < node->height; k++) {
            free(node->blocks[k].bytes);
        }
    }
    for (uint32_t i = 0; i < net->packet_count; i++) {
        free(net->queue[i].bytes.bytes);
    }
    free(net);
}

/* The next thing that happens: the earliest packet or deadline. */
static void advance(struct network *net)
{
    uint32_t next = UINT32_MAX;
    for (uint32_t i = 0; i < net->packet_count; i++) {
        if (next == UINT32_MAX || net->queue[i].at_ms < net->queue[next].at_ms ||
            (net->queue[i].at_ms == net->queue[next].at_ms &&
             net->queue[i].order < net->queue[next].order)) {
            next = i;
        }
    }
    uint16_t timed = 0;
    uint64_t deadline_ms = UINT64_MAX;
    for (uint16_t i = 0; i < net->n; i++) {
        if (net->nodes[i].up && net->nodes[i].deadline_ms < deadline_ms) {
            timed = i;
            deadline_ms = net->nodes[i].deadline_ms;
        }
    }
    if (next == UINT32_MAX || deadline_ms < net->queue[next].at_ms) {
        assert_true(deadline_ms != UINT64_MAX);
        net->now_ms = deadline_ms > net->now_ms ? deadline_ms : net->now_ms;
        step(net, timed, (struct consensus_event){.kind = CONSENSUS_TIME});
        return;
    }
    const struct packet packet = net->queue[next];
    net->queue[next] = net->queue[--net->packet_count];
    net->now_ms = packet.at_ms > net->now_ms ? packet.at_ms : net->now_ms;
    if (net->nodes[packet.to].up) {
        step(net, packet.to,
             (struct consensus_event){.kind = CONSENSUS_MESSAGE,
                                      .message = {.from = packet.from,
                                                  .bytes = packet.bytes.bytes,
                                                  .size = packet.bytes.size}});
    }
    free(packet.bytes.bytes);
}

static void run_until(struct network *net, uint64_t until_ms)
{
    while (net->now_ms < until_ms) {
        advance(net);
    }
}

static void submit(struct network *net, uint16_t to)
{
    uint8_t payload[64];
    prng_fill(&net->prng, payload, sizeof payload);
    step(net, to,
         (struct consensus_event){.kind = CONSENSUS_LOCAL_BATCH,
                                  .local_batch = {payload, sizeof payload}});
}

static uint64_t lowest_ordered(const struct network *net)
{
    uint64_t lowest = UINT64_MAX;
    for (uint16_t i = 0; i < net->n; i++) {
        if (net->nodes[i].batches_ordered < lowest) {
            lowest = net->nodes[i].batches_ordered;
        }
    }
    return lowest;
}

/* Goal: without faults every batch is ordered soon, at every size from one validator to seven. */
static void test_batches_become_final(void **state)
{
    (void)state;
    for (uint16_t n = 1; n <= 7; n++) {
        struct network *net = network_new(n, n);
        for (uint32_t i = 0; i < 30; i++) {
            submit(net, (uint16_t)(i % n));
            run_until(net, net->now_ms + 20);
        }
        run_until(net, net->now_ms + 2000);
        assert_int_equal(lowest_ordered(net), 30);
        assert_int_equal(net->alarm_count, 0);
        assert_int_equal(net->halt_count, 0);
        network_free(net);
    }
}

/* Goal: an idle network makes heartbeat blocks only, and all of them become final. */
static void test_idle_network_beats_slowly(void **state)
{
    (void)state;
    struct network *net = network_new(4, 9);
    run_until(net, net->now_ms + 60000);
    for (uint16_t i = 0; i < net->n; i++) {
        assert_in_range(net->nodes[i].height, 12, 24);
    }
    network_free(net);
}

/* Goal: results are certified soon after execution, though nothing else happens. */
static void test_results_are_certified(void **state)
{
    (void)state;
    struct network *net = network_new(4, 3);
    submit(net, 0);
    run_until(net, net->now_ms + 1000);
    for (uint16_t i = 0; i < net->n; i++) {
        struct consensus_summary summary;
        consensus_summary(net->nodes[i].core, &summary);
        assert_true(summary.certified_exec_height >= 1);
    }
    network_free(net);
}

/* Goal: loss of every fifth message and repeated kills cost time, never agreement or batches. */
static void test_kills_and_loss(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct network *net = network_new(4, seed);
        net->loss_percent = 20;
        uint32_t submitted = 0;
        for (uint32_t round = 0; round < 12; round++) {
            const uint16_t victim = (uint16_t)prng_below(&net->prng, net->n);
            for (uint16_t i = 0; i < net->n; i++) {
                submit(net, i);
                submitted++;
            }
            run_until(net, net->now_ms + 100 + prng_below(&net->prng, 200));
            net->nodes[victim].up = false;
            run_until(net, net->now_ms + 100 + prng_below(&net->prng, 1500));
            start(net, victim);
        }
        net->loss_percent = 0;
        run_until(net, net->now_ms + 20000);
        if (lowest_ordered(net) != submitted || net->halt_count > 0 || net->alarm_count > 0) {
            printf("seed %llu: %llu of %u ordered, %u alarms\n", (unsigned long long)seed,
                   (unsigned long long)lowest_ordered(net), submitted, net->alarm_count);
        }
        assert_int_equal(lowest_ordered(net), submitted);
        assert_int_equal(net->evidence_count, 0);
        assert_int_equal(net->alarm_count, 0);
        assert_int_equal(net->halt_count, 0);
        network_free(net);
    }
}

/* Goal: a node that was away for long catches up by ranges. */
static void test_long_absence(void **state)
{
    (void)state;
    struct network *net = network_new(4, 5);
    net->nodes[3].up = false;
    for (uint32_t i = 0; i < 200; i++) {
        submit(net, (uint16_t)(i % 3));
        run_until(net, net->now_ms + 60);
    }
    start(net, 3);
    run_until(net, net->now_ms + 5000);
    assert_int_equal(lowest_ordered(net), 200);
    assert_int_equal(net->alarm_count, 0);
    network_free(net);
}

/* Goal: a dead leader is waited for a few times only, and a living one never skipped. */
static void test_dead_leader_is_skipped(void **state)
{
    (void)state;
    struct network *net = network_new(4, 8);
    for (uint32_t i = 0; i < 100; i++) {
        submit(net, (uint16_t)(i % 3));
        run_until(net, net->now_ms + 50);
    }
    assert_int_equal(net->skip_count, 0);
    net->nodes[3].up = false;
    for (uint32_t i = 0; i < 200; i++) {
        submit(net, (uint16_t)(i % 3));
        run_until(net, net->now_ms + 50);
    }
    assert_true(net->skip_count > 30);
    const uint32_t skip_count = net->skip_count;
    start(net, 3);
    run_until(net, net->now_ms + 1000);
    net->skip_count = 0;
    for (uint32_t i = 0; i < 100; i++) {
        submit(net, (uint16_t)(i % 3));
        run_until(net, net->now_ms + 50);
    }
    assert_true(net->skip_count < skip_count / 10);
    assert_int_equal(net->alarm_count, 0);
    network_free(net);
}

static int start_cryptography(void **state)
{
    (void)state;
    return crypto_start() == CRYPTO_START_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_batches_become_final),
        cmocka_unit_test(test_idle_network_beats_slowly),
        cmocka_unit_test(test_results_are_certified),
        cmocka_unit_test(test_kills_and_loss),
        cmocka_unit_test(test_long_absence),
        cmocka_unit_test(test_dead_leader_is_skipped),
    };
    return cmocka_run_group_tests(tests, start_cryptography, NULL);
}
