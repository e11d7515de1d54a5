/*
 * The batch log: a batch that was synced can be read back whatever the disk does, and where one is
 * lost after all, that is known and never another batch is given for it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/prng.h"
#include "crypto/start.h"
#include "netsim/engine/disk.h"
#include "node/batch_log.h"
#include "node/record_file.h"
#include "tests/support/cmocka.h"

enum {
    BATCHES_MAX = 128,
    BATCH_SIZE_MAX = 600,
    SEGMENT_SIZE = 2048,
};

#define DIRECTORY "data/batches"

static struct hash chain_id;

/* The batch that always has number `number` in these tests. */
static size_t batch_make(uint64_t number, uint8_t batch[BATCH_SIZE_MAX],
                         struct batch_log_entry *entry)
{
    struct prng prng;
    prng_init(&prng, number);
    size_t size = (size_t)prng_below(&prng, BATCH_SIZE_MAX + 1);
    prng_fill(&prng, batch, size);
    memset(entry, 0, sizeof(*entry));
    hash_compute(&entry->digest, HASH_BATCH, &number, sizeof(number));
    entry->epoch = 3;
    entry->lane_sequence = number;
    entry->author = (uint16_t)(number % 4);
    entry->content_valid = number % 5 != 0;
    return size;
}

static enum batch_log_status open_log(struct disk *disk, struct batch_log **log)
{
    const struct file_system *system = disk_system(disk);
    enum file_status status = directory_create(system, "data");
    if (status != FILE_OK) {
        *log = NULL;
        return status == FILE_FULL ? BATCH_LOG_FULL : BATCH_LOG_IO;
    }
    return batch_log_open(system, DIRECTORY, &chain_id, SEGMENT_SIZE, log);
}

static void append(struct batch_log *log, uint64_t number)
{
    uint8_t batch[BATCH_SIZE_MAX];
    struct batch_log_entry entry;
    size_t size = batch_make(number, batch, &entry);
    assert_int_equal(batch_log_append(log, &entry, batch, size), BATCH_LOG_OK);
}

/* Whether a batch is there; if it is, it must be the right one. */
static bool holds(struct batch_log *log, uint64_t number)
{
    uint8_t expected[BATCH_SIZE_MAX];
    uint8_t found[BATCH_SIZE_MAX];
    struct batch_log_entry entry;
    struct batch_log_entry known;
    size_t size = batch_make(number, expected, &entry);
    size_t found_size = 0;
    if (batch_log_read(log, &entry.digest, found, sizeof(found), &found_size) != BATCH_LOG_OK) {
        return false;
    }
    assert_int_equal(found_size, size);
    if (size > 0) {
        assert_memory_equal(found, expected, size);
    }
    assert_int_equal(batch_log_find(log, &entry.digest, &known), BATCH_LOG_OK);
    assert_int_equal(known.size, size);
    assert_int_equal(known.epoch, entry.epoch);
    assert_int_equal(known.lane_sequence, number);
    assert_int_equal(known.author, entry.author);
    assert_int_equal(known.content_valid, entry.content_valid);
    return true;
}

static struct batch_log *filled(struct disk *disk, uint64_t count)
{
    struct batch_log *log = NULL;
    assert_int_equal(open_log(disk, &log), BATCH_LOG_OK);
    for (uint64_t number = 1; number <= count; number++) {
        append(log, number);
        assert_true(holds(log, number)); /* also before it is synced */
        if (number % 3 == 0 || number == count) {
            assert_int_equal(batch_log_sync(log), BATCH_LOG_OK);
        }
    }
    return log;
}

static struct batch_log_summary summary_of(struct batch_log *log)
{
    struct batch_log_summary summary;
    batch_log_summary_read(log, &summary);
    return summary;
}

static void segment_path(char path[64], uint64_t segment, const char *suffix)
{
    (void)snprintf(path, 64, DIRECTORY "/batches-%016llx%s", (unsigned long long)segment, suffix);
}

static void test_batches_come_back_over_segments_and_restarts(void **state)
{
    (void)state;
    struct disk *disk = disk_new(1);
    struct batch_log *log = filled(disk, 50);
    assert_true(summary_of(log).last_segment > 4);
    batch_log_close(log);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(open_log(disk, &log), BATCH_LOG_OK);
        assert_int_equal(summary_of(log).batch_count, 50);
        assert_false(summary_of(log).damaged);
        for (uint64_t number = 1; number <= 50; number++) {
            assert_true(holds(log, number));
        }
        assert_false(holds(log, 51));
        batch_log_close(log);
    }
    disk_free(disk);
}

static void test_a_batch_is_written_once(void **state)
{
    (void)state;
    struct disk *disk = disk_new(1);
    struct batch_log *log = filled(disk, 3);
    uint64_t bytes = summary_of(log).bytes;
    append(log, 2);
    assert_int_equal(batch_log_sync(log), BATCH_LOG_OK);
    assert_int_equal(summary_of(log).bytes, bytes);
    assert_int_equal(summary_of(log).batch_count, 3);
    batch_log_close(log);
    disk_free(disk);
}

static void test_a_lost_or_damaged_index_file_is_rebuilt(void **state)
{
    (void)state;
    struct disk *disk = disk_new(1);
    struct batch_log *log = filled(disk, 40);
    uint64_t last = summary_of(log).last_segment;
    batch_log_close(log);
    for (uint64_t segment = 1; segment < last; segment++) {
        char path[64];
        segment_path(path, segment, ".index");
        assert_int_not_equal(disk_size(disk, path), UINT64_MAX);
        if (segment % 2 == 0) {
            disk_rot(disk, path, 70, 1);
        } else {
            assert_int_equal(file_unlink(disk_system(disk), path), FILE_OK);
        }
    }
    assert_int_equal(open_log(disk, &log), BATCH_LOG_OK);
    assert_false(summary_of(log).damaged);
    for (uint64_t number = 1; number <= 40; number++) {
        assert_true(holds(log, number));
    }
    batch_log_close(log);
    disk_free(disk);
}

/* Damage in any byte of a full segment: its batch is gone, all others stay, and the log says so. */
static void test_damage_in_a_segment_loses_only_what_it_hit(void **state)
{
    (void)state;
    for (uint64_t offset = RECORD_FILE_HEADER_SIZE; offset < SEGMENT_SIZE; offset += 61) {
        struct disk *disk = disk_new(offset);
        struct batch_log *log = filled(disk, 12);
        batch_log_close(log);
        char path[64];
        segment_path(path, 1, ".log");
        disk_rot(disk, path, offset, 0x80);
        assert_int_equal(open_log(disk, &log), BATCH_LOG_OK);
        uint64_t lost = 0;
        for (uint64_t number = 1; number <= 12; number++) {
            lost += holds(log, number) ? 0 : 1;
        }
        assert_true(lost <= 1);
        batch_log_close(log);
        segment_path(path, 1, ".index"); /* without it the segment is read, and the loss noticed */
        assert_int_equal(file_unlink(disk_system(disk), path), FILE_OK);
        assert_int_equal(open_log(disk, &log), BATCH_LOG_OK);
        assert_int_equal(summary_of(log).damaged, lost > 0);
        append(log, 60);
        assert_int_equal(batch_log_sync(log), BATCH_LOG_OK);
        assert_true(holds(log, 60));
        batch_log_close(log);
        disk_free(disk);
    }
}

static void test_a_newest_segment_cut_short_is_noticed_and_left_alone(void **state)
{
    (void)state;
    struct disk *disk = disk_new(3);
    struct batch_log *log = filled(disk, 2);
    uint64_t last = summary_of(log).last_segment;
    batch_log_close(log);
    char path[64];
    segment_path(path, last, ".log");
    uint64_t size = disk_size(disk, path);
    assert_true(size > RECORD_FILE_HEADER_SIZE);
    disk_cut(disk, path, size - 1);
    for (int i = 0; i < 3; i++) { /* said again at each opening */
        assert_int_equal(open_log(disk, &log), BATCH_LOG_OK);
        assert_true(summary_of(log).damaged);
        assert_false(holds(log, 2));
        assert_true(holds(log, 1));
        append(log, 70 + (uint64_t)i);
        assert_int_equal(batch_log_sync(log), BATCH_LOG_OK);
        assert_true(holds(log, 70 + (uint64_t)i));
        batch_log_close(log);
    }
    assert_int_equal(disk_size(disk, path), size - 1);
    disk_free(disk);
}

static void test_foreign_and_locked_are_told_apart(void **state)
{
    (void)state;
    struct disk *disk = disk_new(1);
    struct batch_log *log = filled(disk, 4);
    struct batch_log *other = NULL;
    assert_int_equal(open_log(disk, &other), BATCH_LOG_LOCKED);
    batch_log_close(log);
    struct hash other_chain = chain_id;
    other_chain.bytes[0] ^= 1;
    assert_int_equal(
        batch_log_open(disk_system(disk), DIRECTORY, &other_chain, SEGMENT_SIZE, &other),
        BATCH_LOG_FOREIGN);
    disk_free(disk);
}

static void test_sizes_are_checked(void **state)
{
    (void)state;
    struct disk *disk = disk_new(1);
    struct batch_log *log = filled(disk, 4);
    uint8_t batch[BATCH_SIZE_MAX];
    struct batch_log_entry entry;
    size_t size = batch_make(1, batch, &entry);
    size_t read_size = 0;
    assert_true(size > 0);
    assert_int_equal(batch_log_read(log, &entry.digest, batch, size - 1, &read_size),
                     BATCH_LOG_TOO_LARGE);
    uint8_t room[BATCH_LOG_ENTRY_SIZE + BATCH_SIZE_MAX];
    const uint8_t *found = NULL;
    assert_int_equal(batch_log_read_in(log, &entry.digest, room, BATCH_LOG_ENTRY_SIZE + size - 1,
                                       &found, &read_size),
                     BATCH_LOG_TOO_LARGE);
    assert_int_equal(batch_log_read_in(log, &entry.digest, room, BATCH_LOG_ENTRY_SIZE + size,
                                       &found, &read_size),
                     BATCH_LOG_OK);
    assert_int_equal(read_size, size);
    assert_memory_equal(found, batch, size);
    entry.digest.bytes[0] ^= 1;
    assert_int_equal(batch_log_read_in(log, &entry.digest, room, sizeof room, &found, &read_size),
                     BATCH_LOG_NOT_FOUND);
    assert_int_equal(batch_log_append(log, &entry, batch, BATCH_LOG_BATCH_SIZE_MAX + 1),
                     BATCH_LOG_TOO_LARGE);
    assert_int_equal(batch_log_find(log, &entry.digest, &entry), BATCH_LOG_NOT_FOUND);
    batch_log_close(log);
    disk_free(disk);
}

/* A batch of 40 KiB, made from its number. */
enum {
    LARGE_SIZE = 40 << 10,
    LARGE_COUNT = 900, /* 36 MB: more than is kept in memory */
    LARGE_SEGMENT = 20 << 20,
};

static uint8_t *large_make(uint64_t number, struct batch_log_entry *entry)
{
    static uint8_t batch[LARGE_SIZE];
    memset(batch, (int)number, sizeof batch);
    memcpy(batch, &number, sizeof number);
    memset(entry, 0, sizeof *entry);
    hash_compute(&entry->digest, HASH_BATCH, &number, sizeof number);
    entry->lane_sequence = number;
    return batch;
}

static bool holds_large(struct batch_log *log, uint64_t number)
{
    static uint8_t found[LARGE_SIZE];
    struct batch_log_entry entry;
    const uint8_t *expected = large_make(number, &entry);
    size_t size = 0;
    if (batch_log_read(log, &entry.digest, found, sizeof found, &size) != BATCH_LOG_OK) {
        return false;
    }
    assert_int_equal(size, LARGE_SIZE);
    assert_memory_equal(found, expected, size);
    return true;
}

/* What was synced last in large groups is read from memory, whatever became of the file meanwhile;
 * what came long before, from the file; all of it over segments and after a restart. */
static void test_large_groups_are_read_from_memory_for_a_while(void **state)
{
    (void)state;
    struct disk *disk = disk_new(1);
    struct batch_log *log = NULL;
    char path[64];
    assert_int_equal(directory_create(disk_system(disk), "data"), FILE_OK);
    assert_int_equal(batch_log_open(disk_system(disk), DIRECTORY, &chain_id, LARGE_SEGMENT, &log),
                     BATCH_LOG_OK);
    for (uint64_t number = 1; number <= LARGE_COUNT; number++) {
        struct batch_log_entry entry;
        const uint8_t *batch = large_make(number, &entry);
        assert_int_equal(batch_log_append(log, &entry, batch, LARGE_SIZE), BATCH_LOG_OK);
        if (number % (2 + number / 64) == 0 || number == LARGE_COUNT) {
            assert_int_equal(batch_log_sync(log), BATCH_LOG_OK);
        }
        assert_true(holds_large(log, number));
        assert_true(holds_large(log, 1 + number / 2));
    }
    for (uint64_t number = 1; number <= LARGE_COUNT; number++) {
        assert_true(holds_large(log, number));
    }
    segment_path(path, 1, ".log");
    disk_rot(disk, path, RECORD_FILE_HEADER_SIZE + 200, 1);
    assert_false(holds_large(log, 1));
    segment_path(path, 2, ".log");
    size_t size = (size_t)disk_size(disk, path);
    size_t file_size = 0;
    uint8_t *file = disk_take(disk, path, &file_size);
    assert_int_equal(size, file_size);
    disk_cut(disk, path, RECORD_FILE_HEADER_SIZE);
    assert_true(holds_large(log, LARGE_COUNT));
    assert_true(holds_large(log, LARGE_COUNT - 100));
    disk_put(disk, path, file, file_size);
    free(file);
    batch_log_close(log);
    assert_int_equal(batch_log_open(disk_system(disk), DIRECTORY, &chain_id, LARGE_SEGMENT, &log),
                     BATCH_LOG_OK);
    for (uint64_t number = 2; number <= LARGE_COUNT; number++) {
        assert_true(holds_large(log, number));
    }
    batch_log_close(log);
    disk_free(disk);
}

static void count_entry(void *context, const struct batch_log_entry *entry)
{
    uint64_t *expected = context;
    assert_int_equal(entry->lane_sequence, *expected);
    *expected += 1;
}

static void test_entries_are_visited_in_order(void **state)
{
    (void)state;
    struct disk *disk = disk_new(1);
    struct batch_log *log = filled(disk, 30);
    batch_log_close(log);
    assert_int_equal(open_log(disk, &log), BATCH_LOG_OK);
    append(log, 31); /* queued only */
    uint64_t next = 1;
    batch_log_each(log, 0, count_entry, &next);
    assert_int_equal(next, 32);
    batch_log_close(log);
    disk_free(disk);
}

static void test_a_full_disk_is_survived_without_loss(void **state)
{
    (void)state;
    struct disk *disk = disk_new(1);
    struct batch_log *log = filled(disk, 10);
    disk_space(disk, disk_used(disk) + 50);
    for (uint64_t number = 11; number <= 20; number++) {
        append(log, number);
    }
    uint64_t used = disk_used(disk);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(batch_log_sync(log), BATCH_LOG_FULL);
        assert_int_equal(disk_used(disk), used);
        assert_true(holds(log, 15));
    }
    disk_space(disk, UINT64_MAX);
    assert_int_equal(batch_log_sync(log), BATCH_LOG_OK);
    batch_log_close(log);
    assert_int_equal(open_log(disk, &log), BATCH_LOG_OK);
    for (uint64_t number = 1; number <= 20; number++) {
        assert_true(holds(log, number));
    }
    batch_log_close(log);
    disk_free(disk);
}

/* ---- Faults at the n-th operation ------------------------------------------------------------ */

struct run {
    bool synced[BATCHES_MAX];
    uint64_t appended;
};

/* Two lives of a log, each appending and syncing until an error. */
static void run_scenario(struct disk *disk, struct run *run)
{
    memset(run, 0, sizeof(*run));
    for (int life = 0; life < 2; life++) {
        struct batch_log *log = NULL;
        if (open_log(disk, &log) != BATCH_LOG_OK) {
            return;
        }
        enum batch_log_status status = BATCH_LOG_OK;
        for (int step = 0; step < 6 && status == BATCH_LOG_OK; step++) {
            for (int i = 0; i < step % 4; i++) {
                run->appended += 1;
                uint8_t batch[BATCH_SIZE_MAX];
                struct batch_log_entry entry;
                size_t size = batch_make(run->appended, batch, &entry);
                status = batch_log_append(log, &entry, batch, size);
            }
            status = status == BATCH_LOG_OK ? batch_log_sync(log) : status;
            status = status == BATCH_LOG_FULL ? batch_log_sync(log) : status;
            for (uint64_t number = 1; status == BATCH_LOG_OK && number <= run->appended; number++) {
                run->synced[number] = true;
            }
        }
        batch_log_close(log);
        if (status != BATCH_LOG_OK) {
            return;
        }
    }
}

static void fault_everywhere(enum fault_kind kind)
{
    for (uint64_t seed = 0; seed < 4; seed++) {
        bool met = true;
        for (uint64_t operation = 1; met; operation++) {
            struct disk *disk = disk_new(seed * 1000 + operation);
            struct run run;
            struct batch_log *log = NULL;
            disk_plan(disk, kind, operation);
            run_scenario(disk, &run);
            met = disk_met(disk);
            disk_crash(disk);
            disk_restart(disk);
            assert_int_equal(open_log(disk, &log), BATCH_LOG_OK);
            assert_false(summary_of(log).damaged);
            for (uint64_t number = 1; number <= run.appended; number++) {
                assert_true(holds(log, number) || !run.synced[number]);
            }
            append(log, 100);
            assert_int_equal(batch_log_sync(log), BATCH_LOG_OK);
            batch_log_close(log);
            disk_free(disk);
            assert_true(operation < 1000);
        }
    }
}

static void test_crash_at_every_operation(void **state)
{
    (void)state;
    fault_everywhere(FAULT_CRASH);
}

static void test_error_at_every_operation(void **state)
{
    (void)state;
    fault_everywhere(FAULT_IO);
}

static void test_full_at_every_operation(void **state)
{
    (void)state;
    fault_everywhere(FAULT_FULL);
}

int main(void)
{
    if (crypto_start() != CRYPTO_START_OK) {
        return 1;
    }
    hash_compute(&chain_id, HASH_GENESIS, "chain", 5);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_batches_come_back_over_segments_and_restarts),
        cmocka_unit_test(test_a_batch_is_written_once),
        cmocka_unit_test(test_a_lost_or_damaged_index_file_is_rebuilt),
        cmocka_unit_test(test_damage_in_a_segment_loses_only_what_it_hit),
        cmocka_unit_test(test_a_newest_segment_cut_short_is_noticed_and_left_alone),
        cmocka_unit_test(test_foreign_and_locked_are_told_apart),
        cmocka_unit_test(test_sizes_are_checked),
        cmocka_unit_test(test_large_groups_are_read_from_memory_for_a_while),
        cmocka_unit_test(test_entries_are_visited_in_order),
        cmocka_unit_test(test_a_full_disk_is_survived_without_loss),
        cmocka_unit_test(test_crash_at_every_operation),
        cmocka_unit_test(test_error_at_every_operation),
        cmocka_unit_test(test_full_at_every_operation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
