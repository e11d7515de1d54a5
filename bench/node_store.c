/*
 * bench/node_store.c - how fast a node's three ways to the disk are: journal, batch log, store
 *
 *     node_store [DIRECTORY]                      default: /tmp
 *
 * Journal: records of a vote's size, so many in a group, each group with its sync. Batch log:
 * batches of 1 MiB, each with its sync. Store: what a block of 2,000 matched and settled
 * instructions leaves behind (its receipts, events and their keys, as node/execution writes them),
 * without a sync as results are, and a synced small batch as final blocks are.
 *
 * Elapsed time; the limit is a bare file in the same directory that is written and synced the same
 * way. Every 20 blocks a checkpoint writes the names that lead to events, as in a node.
 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/support/figure.h"
#include "bench/support/machine.h"
#include "bench/support/small_market.h"
#include "crypto/start.h"
#include "host/file.h"
#include "ledger/command/event.h"
#include "ledger/command/receipt.h"
#include "ledger/state/snapshot.h"
#include "node/batch_log.h"
#include "node/checkpoint.h"
#include "node/journal.h"
#include "node/record_file.h"
#include "node/stored.h"

enum {
    PATH_SIZE = 600,
    VOTE = 160,
    VOTE_GROUPS = 101,
    BATCH = 1 << 20,
    BATCHES = 48,
    PAIRS = 1000, /* of a block */
    BLOCKS = 60,  /* with results: about 7 MiB */
    CHECKPOINT_BLOCKS = 20,
    CHECKPOINTS = 3,
    SMALL = 1000, /* keys in a synced batch */
    SMALL_BATCHES = 30,
    ITEM = 100, /* bytes under each */
};

static char directory[PATH_SIZE];

static const char *path_of(const char *name)
{
    static char path[PATH_SIZE + 32];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static struct hash hash_of(uint64_t number)
{
    struct hash out;
    hash_compute(&out, HASH_RECORD, &number, sizeof number);
    return out;
}

/* ------------------------------------------------------------------------------------- journal */

static void journal_measure(struct journal *journal, uint32_t group)
{
    static uint8_t record[VOTE];
    double times[VOTE_GROUPS];
    double bare[VOTE_GROUPS];
    int file = machine_file_open(directory);
    for (uint32_t i = 0; i < VOTE_GROUPS; i++) {
        uint64_t number;
        double start = machine_wall_seconds();
        for (uint32_t k = 0; k < group; k++) {
            figure_require(journal_append(journal, record, sizeof record, &number) == JOURNAL_OK,
                           "the journal failed");
        }
        figure_require(journal_sync(journal) == JOURNAL_OK, "the journal failed");
        times[i] = machine_wall_seconds() - start;
        bare[i] = machine_append_us(file, (size_t)group * (VOTE + RECORD_HEADER_SIZE));
    }
    (void)close(file);
    figure_print(&(struct figure){.layer = "journal",
                                  .what = figure_label("groups of %u, each synced", group),
                                  .value = group / figure_median(times, VOTE_GROUPS),
                                  .unit = "records/s",
                                  .limit = group / figure_median(bare, VOTE_GROUPS) * 1e6,
                                  .limit_what = "bare file, write and fdatasync"});
}

static void journals(void)
{
    struct journal *journal;
    struct hash chain_id = hash_of(1);
    struct public_key key = {{7}};
    figure_require(journal_create(file_system_posix(), path_of("journal"), &chain_id, &key,
                                  &journal) == JOURNAL_OK,
                   "no journal can be made");
    journal_measure(journal, 1);
    journal_measure(journal, 10);
    journal_measure(journal, 100);
    journal_close(journal);
}

/* ----------------------------------------------------------------------------------- batch log */

static void batch_logs(void)
{
    struct batch_log *log;
    struct hash chain_id = hash_of(1);
    uint8_t *batch = malloc(BATCH);
    figure_require(batch != NULL, "not enough memory");
    for (size_t at = 0; at < BATCH; at += HASH_SIZE) { /* nothing to compress */
        struct hash hash = hash_of(at);
        memcpy(batch + at, hash.bytes, HASH_SIZE);
    }
    figure_require(batch_log_open(file_system_posix(), path_of("batches"), &chain_id,
                                  UINT64_C(64) << 20, &log) == BATCH_LOG_OK,
                   "no batch log can be made");
    double times[BATCHES];
    double bare[BATCHES];
    int file = machine_file_open(directory);
    for (uint64_t i = 0; i < BATCHES; i++) {
        double start = machine_wall_seconds();
        struct batch_log_entry entry = {
            .digest = hash_of(i), .epoch = 1, .lane_sequence = i + 1, .content_valid = true};
        figure_require(batch_log_append(log, &entry, batch, BATCH) == BATCH_LOG_OK,
                       "the batch log failed");
        figure_require(batch_log_sync(log) == BATCH_LOG_OK, "the batch log failed");
        times[i] = machine_wall_seconds() - start;
        bare[i] = machine_append_us(file, BATCH);
    }
    (void)close(file);
    figure_print(&(struct figure){.layer = "batch log",
                                  .what = "batches of 1 MiB, each synced",
                                  .value = 1 / figure_median(times, BATCHES),
                                  .unit = "MiB/s",
                                  .limit = 1e6 / figure_median(bare, BATCHES),
                                  .limit_what = "bare file, write and fdatasync"});
    batch_log_close(log);
    free(batch);
}

/* --------------------------------------------------------------------------------------- store */

/* Leaves of one kind, copied. */
struct leaves {
    struct ledger_leaf *leaves;
    uint32_t count;
    uint8_t *bytes;
};

/* What one side's envelope left behind. */
struct side {
    struct leaves receipts;
    struct leaves events;
};

static struct leaves leaves_of(const struct ledger_leaf *leaves, uint32_t count)
{
    size_t size = 0;
    for (uint32_t i = 0; i < count; i++) {
        size += leaves[i].size;
    }
    struct leaves out = {malloc((count + 1u) * sizeof *leaves), count, malloc(size + 1)};
    figure_require(out.leaves != NULL && out.bytes != NULL, "not enough memory");
    uint8_t *bytes = out.bytes;
    for (uint32_t i = 0; i < count; i++) {
        out.leaves[i] = leaves[i];
        out.leaves[i].bytes = memcpy(bytes, leaves[i].bytes, leaves[i].size);
        bytes += leaves[i].size;
    }
    return out;
}

static void leaves_free(struct leaves *leaves)
{
    free(leaves->leaves);
    free(leaves->bytes);
}

static struct side side_of(const struct small_market *market)
{
    const struct ledger_output *output = &market->output;
    return (struct side){leaves_of(output->receipts, output->receipt_count),
                         leaves_of(output->events, output->event_count)};
}

/* As execution does it; returns the bytes of the results. */
static double side_put(struct store *store, struct store_batch *batch, const struct side *side,
                       uint64_t height)
{
    struct stored_roots roots = {.height = height, .state_height = height};
    struct hash envelope = hash_of(height);
    figure_require(stored_leaves_append(store, height, side->receipts.leaves, side->receipts.count,
                                        &roots.receipts) == STORE_OK &&
                       stored_leaves_append(store, height, side->events.leaves, side->events.count,
                                            &roots.events) == STORE_OK,
                   "the store failed");
    store_put_envelope(batch, &envelope, height, 0);
    stored_roots_put(batch, &roots);
    return (double)roots.receipts.size + roots.events.size;
}

/* A pair is found by the references of both sides, at the later of two milestones. */
static void keys_put(struct store_batch *batch, uint64_t height)
{
    for (uint32_t i = 0; i < PAIRS; i++) {
        char reference[STORE_REFERENCE_SIZE_MAX + 1];
        int size = snprintf(reference, sizeof reference, "R%llu-%u", (unsigned long long)height, i);
        store_put_settled(batch, "SELLDEFFXXX", reference, (size_t)size, height, i);
        store_put_settled(batch, "BUYRDEFFXXX", reference, (size_t)size, height, i);
    }
}

/* Bytes that this process has handed to write() so far; 0 where the kernel does not tell. */
static double bytes_written(void)
{
    unsigned long long out = 0;
    char line[64];
    FILE *file = fopen("/proc/self/io", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "wchar: %llu", &out) == 1) {
            break;
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return (double)out;
}

/* What was written for those bytes: results once; keys into LevelDB's log, its tables, and what it
 * has merged so far. */
static void written_print(double written, double each)
{
    figure_print(&(struct figure){.layer = "store",
                                  .what = "the same, written to files, merges included",
                                  .value = written / BLOCKS / (2 * PAIRS),
                                  .unit = "bytes each",
                                  .limit = each,
                                  .limit_what = "those bytes, once",
                                  .cost = true});
}

/* Results of blocks, not synced, as execution writes them. */
static void results_measure(struct store *store, const struct side sides[2])
{
    struct store_batch *batch = store_batch_new();
    double bytes = 0;
    double written = bytes_written();
    figure_require(batch != NULL, "not enough memory");
    double start = machine_wall_seconds();
    double cpu = machine_cpu_seconds();
    for (uint64_t i = 0; i < BLOCKS; i++) {
        store_batch_clear(batch);
        bytes += side_put(store, batch, &sides[0], 2 * i + 1);
        bytes += side_put(store, batch, &sides[1], 2 * i + 2);
        keys_put(batch, 2 * i + 2);
        figure_require(store_write(store, batch, STORE_LAZY) == STORE_OK, "the store failed");
        bytes += (double)store_batch_size(batch);
        if ((i + 1) % CHECKPOINT_BLOCKS == 0) {
            store_batch_clear(batch);
            figure_require(store_sync_results(store, batch) == STORE_OK &&
                               store_write(store, batch, STORE_SYNC) == STORE_OK,
                           "the store failed");
            bytes += (double)store_batch_size(batch) +
                     (double)CHECKPOINT_BLOCKS * 2 * PAIRS * NAME_ENTRY_SIZE;
        }
    }
    double seconds = machine_wall_seconds() - start;
    cpu = machine_cpu_seconds() - cpu;
    written = bytes_written() - written;
    double each = bytes / BLOCKS / (2 * PAIRS);
    double disk = machine_disk_mib_per_s(directory) * (1 << 20);
    figure_print(
        &(struct figure){.layer = "store",
                         .what = figure_label("results of %u instructions a block", 2 * PAIRS),
                         .value = seconds / BLOCKS / (2 * PAIRS) * 1e9,
                         .unit = "ns an instruction",
                         .limit = each / disk * 1e9,
                         .limit_what = figure_label("bare file, the same %.0f bytes each", each),
                         .cost = true});
    figure_print(&(struct figure){.layer = "store",
                                  .what = "the same, processor, with LevelDB's threads",
                                  .value = cpu / BLOCKS / (2 * PAIRS) * 1e9,
                                  .unit = "ns an instruction",
                                  .cost = true});
    written_print(written, each);
    store_batch_free(batch);
}

/* Small values, synced. */
static void small_measure(struct store *store)
{
    static const uint8_t value[ITEM];
    struct store_batch *batch = store_batch_new();
    double times[SMALL_BATCHES];
    double bare[SMALL_BATCHES];
    int file = machine_file_open(directory);
    figure_require(batch != NULL, "not enough memory");
    for (uint64_t i = 0; i < SMALL_BATCHES; i++) {
        double start = machine_wall_seconds();
        store_batch_clear(batch);
        for (uint64_t k = 0; k < SMALL; k++) {
            store_put_block(batch, bytes_get_u64(hash_of(i * SMALL + k).bytes), value,
                            sizeof value);
        }
        figure_require(store_write(store, batch, STORE_SYNC) == STORE_OK, "the store failed");
        times[i] = machine_wall_seconds() - start;
        bare[i] = machine_append_us(file, store_batch_size(batch));
    }
    (void)close(file);
    figure_print(&(struct figure){
        .layer = "store",
        .what = figure_label("values of %u bytes, %u in a synced batch", ITEM, SMALL),
        .value = SMALL / figure_median(times, SMALL_BATCHES),
        .unit = "values/s",
        .limit = SMALL / figure_median(bare, SMALL_BATCHES) * 1e6,
        .limit_what = "bare file, write and fdatasync"});
    store_batch_free(batch);
}

static void stores(void)
{
    static struct small_market market;
    struct hash chain_id = hash_of(1);
    struct store *store;
    struct side sides[2];
    small_market_open(&market, 4 * PAIRS);
    small_market_fund(&market);
    small_market_sides(&market, SMALL_MARKET_SELLER, 150000, 100000, PAIRS);
    sides[0] = side_of(&market);
    small_market_sides(&market, SMALL_MARKET_BUYER, 150000, 100000, PAIRS);
    sides[1] = side_of(&market);
    small_market_close(&market);
    figure_require(store_open(path_of("store"), &chain_id, &store) == STORE_OK,
                   "no store can be made");
    results_measure(store, sides);
    small_measure(store);
    store_close(store);
    for (int i = 0; i < 2; i++) {
        leaves_free(&sides[i].receipts);
        leaves_free(&sides[i].events);
    }
}

/* Trades of so many blocks, and the small ones after which the state root is renewed. */
static void market_trade(struct small_market *market, uint32_t blocks)
{
    for (uint32_t i = 0; i < blocks; i++) {
        small_market_sides(market, SMALL_MARKET_SELLER, 150000, 100000, PAIRS);
        small_market_sides(market, SMALL_MARKET_BUYER, 150000, 100000, PAIRS);
    }
    while (!snapshot_ready(market->ledger)) {
        small_market_sides(market, SMALL_MARKET_SELLER, 1000, 0, 1);
    }
}

static void checkpoint_write(const struct small_market *market, struct store *store,
                             struct store_batch *batch)
{
    store_batch_clear(batch);
    figure_require(checkpoint_take(market->ledger, store, batch) == CHECKPOINT_OK &&
                       store_sync_results(store, batch) == STORE_OK &&
                       store_write(store, batch, STORE_SYNC) == STORE_OK,
                   "the store failed");
}

/* What a checkpoint takes, by the instruction that it is of. */
static void checkpoints(void)
{
    static struct small_market market;
    const uint32_t room = 2 * PAIRS * CHECKPOINT_BLOCKS * CHECKPOINTS + 1000;
    const double each = CHECKPOINT_BLOCKS * 2 * PAIRS;
    struct store_batch *batch = store_batch_new();
    struct hash chain_id = hash_of(1);
    struct store *store;
    double times[CHECKPOINTS];
    double written[CHECKPOINTS];
    figure_require(batch != NULL && store_open(path_of("other"), &chain_id, &store) == STORE_OK,
                   "no store can be made");
    small_market_open(&market, room);
    small_market_fund(&market);
    for (uint32_t i = 0; i < CHECKPOINTS; i++) {
        market_trade(&market, CHECKPOINT_BLOCKS);
        double start = machine_cpu_seconds();
        written[i] = bytes_written();
        checkpoint_write(&market, store, batch);
        written[i] = bytes_written() - written[i];
        times[i] = machine_cpu_seconds() - start;
    }
    figure_print(&(struct figure){.layer = "store",
                                  .what = "a checkpoint, processor",
                                  .value = figure_median(times, CHECKPOINTS) / each * 1e9,
                                  .unit = "ns an instruction",
                                  .cost = true});
    figure_print(&(struct figure){.layer = "store",
                                  .what = "the same, written to files",
                                  .value = figure_median(written, CHECKPOINTS) / each,
                                  .unit = "bytes each",
                                  .cost = true});
    store_batch_free(batch);
    store_close(store);
    small_market_close(&market);
}

static int path_remove(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

int main(int argc, char **argv)
{
    figure_require(crypto_start() == CRYPTO_START_OK, "the cryptographic library fails");
    (void)snprintf(directory, sizeof directory, "%s/bench-store-XXXXXX",
                   argc > 1 ? argv[1] : "/tmp");
    figure_require(mkdtemp(directory) != NULL, "the directory cannot be written to");
    journals();
    batch_logs();
    stores();
    checkpoints();
    figure_require(nftw(directory, path_remove, 16, FTW_DEPTH | FTW_PHYS) == 0,
                   "the directory cannot be removed");
    return 0;
}
