/*
 * Goal: no bytes in a segment or index file crash the opening of a batch log, what it then reads
 * back under a digest was stored under that digest, and it can always be appended to.
 *
 * Input: which file is damaged, then bytes laid over it by exclusive or.
 */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "netsim/engine/disk.h"
#include "node/batch_log.h"
#include "node/record_file.h"

enum {
    BATCHES = 3,
    SEGMENT_SIZE = 300, /* closed by its first batch */
    KIND_BATCHES = 2,
};

static const struct hash chain_id = {{7}};
static const char *const paths[] = {
    "d/batches-0000000000000001.log",
    "d/batches-0000000000000001.index",
    "d/batches-0000000000000002.log",
    "d/mark",
};
enum {
    PATH_COUNT = sizeof(paths) / sizeof(paths[0])
};

static struct batch_log_entry entry_make(uint8_t number)
{
    struct batch_log_entry entry;
    memset(&entry, 0, sizeof(entry));
    memset(entry.digest.bytes, number, sizeof(entry.digest.bytes));
    entry.epoch = 1;
    entry.lane_sequence = number;
    entry.content_valid = true;
    return entry;
}

/* The first segment, empty and with a fixed instance id, so that runs repeat. */
static void segment_make(const struct file_system *system)
{
    struct record_file records;
    struct record_file_header header = {
        .kind = KIND_BATCHES, .owner = chain_id, .file_number = 1, .first_number = 1};
    TALLY_ASSERT(record_file_create(&records, system, paths[0], &header) == FILE_OK);
    record_file_close(&records);
}

static void append(struct batch_log *log, uint8_t number)
{
    uint8_t batch[200];
    memset(batch, number, sizeof(batch));
    struct batch_log_entry entry = entry_make(number);
    TALLY_ASSERT(batch_log_append(log, &entry, batch, sizeof(batch)) == BATCH_LOG_OK);
    TALLY_ASSERT(batch_log_sync(log) == BATCH_LOG_OK);
}

/* A log of three batches, of which the first is in a closed segment with an index file. */
static void log_make(const struct file_system *system)
{
    struct batch_log *log = NULL;
    TALLY_ASSERT(directory_create(system, "d") == FILE_OK);
    segment_make(system);
    TALLY_ASSERT(batch_log_open(system, "d", &chain_id, SEGMENT_SIZE, &log) == BATCH_LOG_OK);
    append(log, 1);
    batch_log_close(log);
    TALLY_ASSERT(batch_log_open(system, "d", &chain_id, 1u << 20, &log) == BATCH_LOG_OK);
    append(log, 2);
    append(log, 3);
    batch_log_close(log);
}

static void damage(struct disk *disk, const char *path, const uint8_t *data, size_t size)
{
    size_t file_bytes = 0;
    uint8_t *bytes = disk_take(disk, path, &file_bytes);
    size_t end = size > file_bytes ? size : file_bytes;
    uint8_t *damaged = calloc(1, end + 1);
    TALLY_ASSERT(damaged != NULL);
    memcpy(damaged, bytes, file_bytes);
    for (size_t i = 0; i < size; i++) {
        damaged[i] ^= data[i];
    }
    disk_put(disk, path, damaged, end);
    free(bytes);
    free(damaged);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > 4096) {
        return 0;
    }
    struct disk *disk = disk_new(1);
    const struct file_system *system = disk_system(disk);
    struct batch_log *log = NULL;
    log_make(system);
    damage(disk, paths[data[0] % PATH_COUNT], data + 1, size - 1);
    enum batch_log_status status = batch_log_open(system, "d", &chain_id, 1u << 20, &log);
    TALLY_ASSERT(status == BATCH_LOG_OK || status == BATCH_LOG_FOREIGN);
    for (uint8_t number = 1; status == BATCH_LOG_OK && number <= BATCHES; number++) {
        struct batch_log_entry entry = entry_make(number);
        uint8_t batch[4096];
        size_t batch_size = 0;
        enum batch_log_status read =
            batch_log_read(log, &entry.digest, batch, sizeof(batch), &batch_size);
        TALLY_ASSERT(read == BATCH_LOG_OK || read == BATCH_LOG_NOT_FOUND ||
                     read == BATCH_LOG_TOO_LARGE);
    }
    if (status == BATCH_LOG_OK) {
        append(log, 9);
    }
    batch_log_close(log);
    disk_free(disk);
    return 0;
}
