/*
 * The journal: no synced record is ever forgotten, whatever the disk does, and a loss that cannot
 * be survived is always noticed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/prng.h"
#include "crypto/start.h"
#include "netsim/engine/disk.h"
#include "node/journal.h"
#include "node/record_file.h"
#include "tests/support/cmocka.h"

enum {
    RECORDS_MAX = 256,
    RECORD_SIZE_MAX = 300,
    FILE_ONE_HEADER = RECORD_FILE_HEADER_SIZE,
};

#define DIRECTORY "data/journal"
#define FILE_ONE  DIRECTORY "/journal-0000000000000001.log"
#define FILE_TWO  DIRECTORY "/journal-0000000000000002.log"

static struct hash chain_id;
static struct public_key key;

/* The record that always has number `number` in these tests; its size varies with it. */
static size_t record_make(uint64_t number, uint8_t record[RECORD_SIZE_MAX])
{
    struct prng prng;
    prng_init(&prng, number);
    size_t size = (size_t)prng_below(&prng, RECORD_SIZE_MAX + 1);
    prng_fill(&prng, record, size);
    return size;
}

/* Every third record is live. */
static bool record_is_live(uint64_t number)
{
    return number % 3 == 0;
}

static bool live(void *context, uint64_t number, const uint8_t *record, size_t size)
{
    (void)context;
    (void)record;
    (void)size;
    return record_is_live(number);
}

/* What a replay saw. */
struct seen {
    bool present[RECORDS_MAX];
    uint64_t last;
};

static void see(void *context, uint64_t number, const uint8_t *record, size_t size)
{
    struct seen *seen = context;
    uint8_t expected[RECORD_SIZE_MAX];
    assert_true(number > seen->last);
    assert_true(number < RECORDS_MAX);
    assert_int_equal(size, record_make(number, expected));
    if (size > 0) {
        assert_memory_equal(record, expected, size);
    }
    seen->present[number] = true;
    seen->last = number;
}

static enum journal_status create(struct disk *disk, struct journal **journal)
{
    const struct file_system *system = disk_system(disk);
    enum file_status status = directory_create(system, "data");
    if (status != FILE_OK) {
        return status == FILE_FULL ? JOURNAL_FULL : JOURNAL_IO;
    }
    return journal_create(system, DIRECTORY, &chain_id, &key, journal);
}

static enum journal_status open_expecting(struct disk *disk, const struct journal_mark *expected,
                                          struct seen *seen, struct journal **journal)
{
    memset(seen, 0, sizeof(*seen));
    return journal_open(disk_system(disk), DIRECTORY, &chain_id, &key, expected, see, seen,
                        journal);
}

static void append(struct journal *journal, uint64_t expected_number)
{
    uint8_t record[RECORD_SIZE_MAX];
    size_t size = record_make(expected_number, record);
    uint64_t number = 0;
    assert_int_equal(journal_append(journal, record, size, &number), JOURNAL_OK);
    assert_int_equal(number, expected_number);
}

/* A journal with `count` synced records in groups of 3, left open. */
static struct journal *filled(struct disk *disk, uint64_t count)
{
    struct journal *journal = NULL;
    assert_int_equal(create(disk, &journal), JOURNAL_OK);
    for (uint64_t number = 1; number <= count; number++) {
        append(journal, number);
        if (number % 3 == 0 || number == count) {
            assert_int_equal(journal_sync(journal), JOURNAL_OK);
        }
    }
    return journal;
}

/* ---- Plain life --------------------------------------------------------------------------- */

static void test_records_come_back_in_order_with_their_numbers(void **state)
{
    (void)state;
    struct disk *disk = disk_new(1);
    struct journal *journal = filled(disk, 20);
    assert_int_equal(journal_durable(journal), 20);
    journal_close(journal);
    struct seen seen;
    assert_int_equal(open_expecting(disk, NULL, &seen, &journal), JOURNAL_OK);
    assert_int_equal(seen.last, 20);
    append(journal, 21);
    assert_int_equal(journal_durable(journal), 20);
    assert_int_equal(journal_sync(journal), JOURNAL_OK);
    assert_int_equal(journal_durable(journal), 21);
    journal_close(journal);
    disk_free(disk);
}

static void test_rotation_keeps_live_records_and_numbers(void **state)
{
    (void)state;
    struct disk *disk = disk_new(1);
    struct journal *journal = filled(disk, 30);
    uint64_t before = journal_size(journal);
    assert_int_equal(journal_rotate(journal, live, NULL), JOURNAL_OK);
    assert_true(journal_size(journal) < before);
    assert_int_equal(disk_size(disk, FILE_ONE), UINT64_MAX);
    append(journal, 31);
    assert_int_equal(journal_sync(journal), JOURNAL_OK);
    journal_close(journal);
    struct seen seen;
    assert_int_equal(open_expecting(disk, NULL, &seen, &journal), JOURNAL_OK);
    for (uint64_t number = 1; number <= 31; number++) {
        assert_int_equal(seen.present[number], number == 31 || record_is_live(number));
    }
    assert_int_equal(journal_rotate(journal, live, NULL), JOURNAL_OK);
    append(journal, 32);
    journal_close(journal);
    disk_free(disk);
}

static void test_rotation_is_due_only_when_it_would_help(void **state)
{
    (void)state;
    struct disk *disk = disk_new(1);
    struct journal *journal = filled(disk, 30);
    assert_false(journal_rotation_due(journal, 1u << 20));
    assert_true(journal_rotation_due(journal, 1000));
    assert_int_equal(journal_rotate(journal, live, NULL), JOURNAL_OK);
    assert_false(journal_rotation_due(journal, 100)); /* all it holds is live */
    journal_close(journal);
    disk_free(disk);
}

/* ---- What must be refused ------------------------------------------------------------------ */

static void test_missing_existing_foreign_and_locked_are_told_apart(void **state)
{
    (void)state;
    struct disk *disk = disk_new(1);
    struct journal *journal = NULL;
    struct journal *other = NULL;
    struct seen seen;
    assert_int_equal(open_expecting(disk, NULL, &seen, &journal), JOURNAL_MISSING);
    assert_int_equal(create(disk, &journal), JOURNAL_OK);
    assert_int_equal(open_expecting(disk, NULL, &seen, &other), JOURNAL_LOCKED);
    assert_int_equal(create(disk, &other), JOURNAL_LOCKED);
    journal_close(journal);
    assert_int_equal(create(disk, &journal), JOURNAL_EXISTS);
    struct public_key other_key = key;
    other_key.bytes[0] ^= 1;
    assert_int_equal(journal_open(disk_system(disk), DIRECTORY, &chain_id, &other_key, NULL, see,
                                  &seen, &journal),
                     JOURNAL_FOREIGN);
    struct hash other_chain = chain_id;
    other_chain.bytes[31] ^= 1;
    assert_int_equal(
        journal_open(disk_system(disk), DIRECTORY, &other_chain, &key, NULL, see, &seen, &journal),
        JOURNAL_FOREIGN);
    disk_free(disk);
}

static void test_a_record_that_is_too_large_is_refused(void **state)
{
    (void)state;
    struct disk *disk = disk_new(1);
    struct journal *journal = filled(disk, 1);
    uint8_t *record = calloc(1, JOURNAL_RECORD_SIZE_MAX + 1);
    uint64_t number = 0;
    assert_int_equal(journal_append(journal, record, JOURNAL_RECORD_SIZE_MAX + 1, &number),
                     JOURNAL_TOO_LARGE);
    append(journal, 2);
    free(record);
    journal_close(journal);
    disk_free(disk);
}

/* Each byte of a healthy file is damaged in turn: never may opening say OK with a record missing.
 *  */
static void test_damage_of_any_synced_byte_is_noticed(void **state)
{
    (void)state;
    struct disk *disk = disk_new(7);
    journal_close(filled(disk, 9));
    uint64_t size = disk_size(disk, FILE_ONE);
    for (uint64_t offset = 0; offset < size; offset++) {
        disk_rot(disk, FILE_ONE, offset, 0x10);
        struct journal *journal = NULL;
        struct seen seen;
        enum journal_status status = open_expecting(disk, NULL, &seen, &journal);
        assert_int_equal(status, JOURNAL_LOST);
        assert_null(journal);
        disk_rot(disk, FILE_ONE, offset, 0x10);
    }
    disk_free(disk);
}

static void test_a_file_cut_short_is_noticed(void **state)
{
    (void)state;
    struct disk *disk = disk_new(7);
    journal_close(filled(disk, 9));
    size_t size = 0;
    uint8_t *whole = disk_take(disk, FILE_ONE, &size);
    for (size_t cut = 0; cut < size; cut++) {
        disk_put(disk, FILE_ONE, whole, size);
        disk_cut(disk, FILE_ONE, cut);
        struct journal *journal = NULL;
        struct seen seen;
        assert_int_equal(open_expecting(disk, NULL, &seen, &journal), JOURNAL_LOST);
        if (cut % 16 == 0) { /* the disk in memory has a bounded number of files */
            disk_free(disk);
            disk = disk_new(7);
            journal_close(filled(disk, 9));
            free(whole);
            whole = disk_take(disk, FILE_ONE, &size);
        }
    }
    free(whole);
    disk_free(disk);
}

static void test_a_torn_tail_is_cut_off(void **state)
{
    (void)state;
    struct disk *disk = disk_new(7);
    journal_close(filled(disk, 9));
    size_t size = 0;
    uint8_t *whole = disk_take(disk, FILE_ONE, &size);
    uint8_t *longer = calloc(1, size + 100);
    memcpy(longer, whole, size);
    memset(longer + size, 'T', 60);
    disk_put(disk, FILE_ONE, longer, size + 100);
    struct journal *journal = NULL;
    struct seen seen;
    assert_int_equal(open_expecting(disk, NULL, &seen, &journal), JOURNAL_OK);
    assert_int_equal(seen.last, 9);
    assert_int_equal(disk_size(disk, FILE_ONE), size);
    append(journal, 10);
    assert_int_equal(journal_sync(journal), JOURNAL_OK);
    journal_close(journal);
    assert_int_equal(open_expecting(disk, NULL, &seen, &journal), JOURNAL_OK);
    assert_int_equal(seen.last, 10);
    journal_close(journal);
    free(whole);
    free(longer);
    disk_free(disk);
}

/* A restored snapshot of the journal is whole, but older than what the store remembers. */
static void test_a_rolled_back_journal_is_noticed(void **state)
{
    (void)state;
    struct disk *disk = disk_new(7);
    struct journal *journal = filled(disk, 9);
    size_t size = 0;
    size_t mark_size = 0;
    uint8_t *snapshot = disk_take(disk, FILE_ONE, &size);
    uint8_t *mark_snapshot = disk_take(disk, DIRECTORY "/mark", &mark_size);
    append(journal, 10);
    assert_int_equal(journal_sync(journal), JOURNAL_OK);
    struct journal_mark mark;
    struct journal_mark copy;
    uint8_t bytes[JOURNAL_MARK_SIZE];
    journal_mark_read(journal, &mark);
    journal_mark_encode(&mark, bytes);
    journal_mark_decode(&copy, bytes);
    journal_close(journal);
    struct seen seen;
    assert_int_equal(open_expecting(disk, &copy, &seen, &journal), JOURNAL_OK);
    journal_close(journal);
    disk_put(disk, FILE_ONE, snapshot, size);
    assert_int_equal(open_expecting(disk, NULL, &seen, &journal), JOURNAL_LOST);
    disk_put(disk, DIRECTORY "/mark", mark_snapshot, mark_size);
    assert_int_equal(open_expecting(disk, &copy, &seen, &journal), JOURNAL_ROLLED_BACK);
    copy.number = 9;
    copy.instance[0] ^= 1;
    assert_int_equal(open_expecting(disk, &copy, &seen, &journal), JOURNAL_ROLLED_BACK);
    free(snapshot);
    free(mark_snapshot);
    disk_free(disk);
}

/* ---- The full disk -------------------------------------------------------------------------- */

static void test_a_full_disk_is_survived_without_loss(void **state)
{
    (void)state;
    struct disk *disk = disk_new(7);
    struct journal *journal = filled(disk, 9);
    uint64_t size = disk_size(disk, FILE_ONE);
    disk_space(disk, disk_used(disk) + 100);
    for (uint64_t number = 10; number < 20; number++) {
        append(journal, number);
    }
    for (int i = 0; i < 3; i++) {
        assert_int_equal(journal_sync(journal), JOURNAL_FULL);
        assert_int_equal(disk_size(disk, FILE_ONE), size);
        assert_int_equal(journal_durable(journal), 9);
    }
    assert_int_equal(journal_sync(journal), JOURNAL_FULL);
    disk_space(disk, UINT64_MAX);
    append(journal, 20);
    assert_int_equal(journal_sync(journal), JOURNAL_OK);
    assert_int_equal(journal_durable(journal), 20);
    disk_space(disk, disk_used(disk) + 100);
    assert_int_equal(journal_rotate(journal, live, NULL), JOURNAL_FULL);
    disk_space(disk, UINT64_MAX);
    append(journal, 21);
    assert_int_equal(journal_sync(journal), JOURNAL_OK);
    assert_int_equal(journal_rotate(journal, live, NULL), JOURNAL_OK);
    journal_close(journal);
    struct seen seen;
    assert_int_equal(open_expecting(disk, NULL, &seen, &journal), JOURNAL_OK);
    assert_true(seen.present[9] && seen.present[12] && seen.present[21]);
    journal_close(journal);
    disk_free(disk);
}

/* ---- Faults at the n-th operation ------------------------------------------------------------ */

/* What a run had achieved when it ended. */
struct run {
    bool created;
    uint64_t durable;
    uint64_t appended;
    bool rotated; /* a rotation was begun: records that are not live may be gone */
};

/* Creates, appends, syncs and rotates until an error; JOURNAL_FULL is met by trying again once. */
static void run_scenario(struct disk *disk, struct run *run)
{
    struct journal *journal = NULL;
    memset(run, 0, sizeof(*run));
    if (create(disk, &journal) != JOURNAL_OK) {
        return;
    }
    run->created = true;
    enum journal_status status = JOURNAL_OK;
    for (int step = 0; step < 12 && status == JOURNAL_OK; step++) {
        for (int i = 0; i < step % 4 && status == JOURNAL_OK; i++) {
            append(journal, run->appended + 1);
            run->appended += 1;
        }
        status = journal_sync(journal);
        if (status == JOURNAL_FULL) {
            status = journal_sync(journal);
        }
        run->durable = journal_durable(journal);
        if (status == JOURNAL_OK && step % 5 == 4) {
            run->rotated = true;
            status = journal_rotate(journal, live, NULL);
            status = status == JOURNAL_FULL ? JOURNAL_OK : status;
        }
    }
    journal_close(journal);
}

static void check_after(struct disk *disk, const struct run *run)
{
    struct seen seen;
    struct journal *journal = NULL;
    enum journal_status status = open_expecting(disk, NULL, &seen, &journal);
    if (status == JOURNAL_MISSING) {
        assert_false(run->created);
        return;
    }
    assert_int_equal(status, JOURNAL_OK);
    assert_true(seen.last <= run->appended);
    for (uint64_t number = 1; number <= run->durable; number++) {
        assert_true(seen.present[number] || (run->rotated && !record_is_live(number)));
    }
    assert_true(journal_durable(journal) >= run->durable);
    append(journal, journal_durable(journal) + 1);
    assert_int_equal(journal_sync(journal), JOURNAL_OK);
    journal_close(journal);
}

static void fault_everywhere(enum fault_kind kind)
{
    for (uint64_t seed = 0; seed < 6; seed++) {
        bool met = true;
        for (uint64_t operation = 1; met; operation++) {
            struct disk *disk = disk_new(seed * 1000 + operation);
            struct run run;
            disk_plan(disk, kind, operation);
            run_scenario(disk, &run);
            met = disk_met(disk);
            if (seed % 2 == 0 || kind == FAULT_CRASH) {
                disk_crash(disk);
                disk_restart(disk);
            } else {
                disk_kill(disk);
            }
            check_after(disk, &run);
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
    memset(key.bytes, 7, sizeof(key.bytes));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records_come_back_in_order_with_their_numbers),
        cmocka_unit_test(test_rotation_keeps_live_records_and_numbers),
        cmocka_unit_test(test_rotation_is_due_only_when_it_would_help),
        cmocka_unit_test(test_missing_existing_foreign_and_locked_are_told_apart),
        cmocka_unit_test(test_a_record_that_is_too_large_is_refused),
        cmocka_unit_test(test_damage_of_any_synced_byte_is_noticed),
        cmocka_unit_test(test_a_file_cut_short_is_noticed),
        cmocka_unit_test(test_a_torn_tail_is_cut_off),
        cmocka_unit_test(test_a_rolled_back_journal_is_noticed),
        cmocka_unit_test(test_a_full_disk_is_survived_without_loss),
        cmocka_unit_test(test_crash_at_every_operation),
        cmocka_unit_test(test_error_at_every_operation),
        cmocka_unit_test(test_full_at_every_operation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
