/* The prices of files and of the store, on the disk that holds a directory. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "crypto/hash.h"
#include "host/file.h"
#include "netsim/lab/calibrate.h"
#include "node/store.h"

enum {
    SYNCS = 101,
    RECORD = 160, /* a vote in the journal */
    SMALL = 128,
    CHUNK = 64 << 10,
    CHUNKS = 129,
    LARGE = 1 << 20,
    LARGE_SYNCS = 15,
};

static uint64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* The median time of a sync after so many bytes were appended; 0 when the file failed. */
static uint64_t sync_measure(struct file *file, uint64_t *offset, size_t size, size_t count,
                             uint64_t *write_ns)
{
    static uint8_t data[LARGE];
    static uint64_t syncs[CHUNKS];
    static uint64_t writes[CHUNKS];
    memset(data, 7, size);
    for (size_t i = 0; i < count; i++) {
        uint64_t begin = now_ns();
        if (file_write(file, *offset, data, size) != FILE_OK) {
            return 0;
        }
        uint64_t written = now_ns();
        if (file_sync(file) != FILE_OK) {
            return 0;
        }
        writes[i] = written - begin;
        syncs[i] = now_ns() - written;
        *offset += size;
    }
    *write_ns = calibrate_median(writes, count);
    return calibrate_median(syncs, count);
}

static bool files_measure(struct cost_model *costs, const char *directory)
{
    char path[FILE_PATH_SIZE_MAX];
    struct file file;
    uint64_t offset = 0;
    uint64_t small_write_ns = 0;
    uint64_t large_write_ns = 0;
    file_init(&file);
    if (file_path_join(path, directory, "calibrate.journal") != FILE_OK ||
        file_open(&file, file_system_posix(), path, FILE_CREATE) != FILE_OK) {
        return false;
    }
    uint64_t small_ns = sync_measure(&file, &offset, RECORD, SYNCS, &small_write_ns);
    uint64_t large_ns = sync_measure(&file, &offset, LARGE, LARGE_SYNCS, &large_write_ns);
    file_close(&file);
    (void)unlink(path);
    costs->sync_ns = small_ns;
    costs->sync_kib_ns = large_ns > small_ns ? (large_ns - small_ns) / (LARGE / 1024) : 0;
    costs->write_kib_ns = large_write_ns / (LARGE / 1024);
    return small_ns != 0 && large_ns != 0;
}

/* What a block leaves behind in the store, with so many bytes of receipts: processor time,
 * LevelDB's own threads included; 0 when the disk failed. */
static uint64_t block_measure(struct store *store, struct store_batch *batch, uint64_t *height,
                              size_t size)
{
    static uint8_t data[CHUNK];
    struct hash hash;
    uint64_t ns[CHUNKS];
    for (size_t i = 0; i < CHUNKS; i++) {
        hash_compute(&hash, HASH_RECORD, height, sizeof *height);
        for (size_t at = 0; at < CHUNK; at += sizeof hash.bytes) { /* nothing to compress */
            hash_compute(&hash, HASH_RECORD, &hash, sizeof hash);
            memcpy(data + at, hash.bytes, sizeof hash.bytes);
        }
        *height += 1;
        uint64_t begin = calibrate_cpu_ns();
        store_batch_clear(batch);
        struct result_place place;
        if (store_append_results(store, *height, data, (uint32_t)size, &place) != STORE_OK) {
            return 0;
        }
        store_put_roots(batch, *height, data, SMALL);
        store_put_envelope(batch, &hash, *height, 0);
        if (store_write(store, batch, STORE_LAZY) != STORE_OK) {
            return 0;
        }
        ns[i] = calibrate_cpu_ns() - begin;
    }
    return calibrate_median(ns, CHUNKS);
}

static bool store_measure(struct cost_model *costs, const char *directory)
{
    char path[FILE_PATH_SIZE_MAX];
    struct store *store;
    struct hash chain_id;
    uint64_t height = 0;
    hash_compute(&chain_id, HASH_GENESIS, "calibrate", 9);
    if (file_path_join(path, directory, "calibrate.store") != FILE_OK ||
        store_open(path, &chain_id, &store) != STORE_OK) {
        return false;
    }
    struct store_batch *batch = store_batch_new();
    TALLY_ASSERT(batch != NULL);
    uint64_t small_ns = block_measure(store, batch, &height, SMALL);
    uint64_t large_ns = block_measure(store, batch, &height, CHUNK);
    store_batch_free(batch);
    store_close(store);
    costs->store_block_ns = small_ns;
    costs->store_kib_ns = large_ns > small_ns ? (large_ns - small_ns) * 1024 / (CHUNK - SMALL) : 0;
    return small_ns > 0 && large_ns > 0;
}

bool calibrate_storage(struct cost_model *costs, const char *directory, FILE *log)
{
    (void)fprintf(log, "files and LevelDB in %s\n", directory);
    if (!files_measure(costs, directory) || !store_measure(costs, directory)) {
        (void)fprintf(stderr, "tally-sim calibrate: %s: cannot be written to\n", directory);
        return false;
    }
    return true;
}
