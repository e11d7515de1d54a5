#include "tests/support/consensus/sim_disk.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

static void *grown(void *array, uint32_t *capacity, size_t item_size)
{
    *capacity = *capacity == 0 ? 64 : *capacity * 2;
    array = realloc(array, *capacity * item_size);
    TALLY_ASSERT(array != NULL);
    return array;
}

void sim_log_append(struct sim_log *log, const void *bytes, size_t size)
{
    if (log->count == log->capacity) {
        log->records = grown(log->records, &log->capacity, sizeof(struct sim_message *));
    }
    log->records[log->count++] = sim_message_copy(bytes, size);
}

void sim_log_truncate(struct sim_log *log, uint32_t count)
{
    TALLY_ASSERT(count <= log->count);
    while (log->count > count) {
        sim_message_release(log->records[--log->count]);
    }
    if (log->durable_count > count) {
        log->durable_count = count;
    }
}

void sim_disk_init(struct sim_disk *disk)
{
    memset(disk, 0, sizeof *disk);
}

static void log_free(struct sim_log *log)
{
    sim_log_truncate(log, 0);
    free(log->records);
}

void sim_disk_free(struct sim_disk *disk)
{
    log_free(&disk->journal);
    log_free(&disk->batch_log);
    log_free(&disk->store);
    free(disk->batches);
    free(disk->block_hashes);
}

void sim_disk_append_batch(struct sim_disk *disk, const struct sim_batch *batch, const void *bytes,
                           size_t size)
{
    if (disk->batch_log.count == disk->batches_capacity) {
        disk->batches = grown(disk->batches, &disk->batches_capacity, sizeof *disk->batches);
    }
    disk->batches[disk->batch_log.count] = *batch;
    sim_log_append(&disk->batch_log, bytes, size);
}

uint32_t sim_disk_find_batch(const struct sim_disk *disk, const struct hash *digest)
{
    for (uint32_t i = disk->batch_log.count; i > 0; i--) { /* the recent ones are asked for */
        if (memcmp(&disk->batches[i - 1].digest, digest, sizeof *digest) == 0) {
            return i - 1;
        }
    }
    return UINT32_MAX;
}

void sim_disk_append_block(struct sim_disk *disk, const struct hash *hash, const void *bytes,
                           size_t size)
{
    if (disk->store.count == disk->hashes_capacity) {
        disk->block_hashes =
            grown(disk->block_hashes, &disk->hashes_capacity, sizeof *disk->block_hashes);
    }
    disk->block_hashes[disk->store.count] = *hash;
    sim_log_append(&disk->store, bytes, size);
}

uint32_t sim_disk_records(const struct sim_disk *disk)
{
    return disk->journal.count + disk->batch_log.count + disk->store.count;
}

static void log_crash(struct sim_log *log, struct prng *prng, bool torn)
{
    uint32_t kept = log->durable_count;
    while (kept < log->count && (!torn || prng_chance(prng, 1, 2))) {
        kept++;
    }
    sim_log_truncate(log, kept);
    log->durable_count = kept;
}

void sim_disk_crash(struct sim_disk *disk, struct prng *prng, bool torn)
{
    log_crash(&disk->journal, prng, torn);
    log_crash(&disk->batch_log, prng, torn);
    log_crash(&disk->store, prng, torn);
}
