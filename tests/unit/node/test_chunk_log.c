/*
 * Goal: whatever happens, the chunks of the last checkpoint that was written are there, each as it
 * was then; what is out of date is cleared away; what is lost or cannot be is told.
 */
#include "node/chunk_log.h"

#include <stdio.h>
#include <string.h>

#include "netsim/engine/disk.h"
#include "tests/support/cmocka.h"

enum {
    FILE_BYTES = 200,
    PARTS = 12,
    KIND = 5,
    CHUNK_BYTES_MAX = 60,
    HEAD = 16,
    CHECKPOINTS = 25,
    OPERATIONS_MAX = 2000,
};

/* What the store would keep, in one atomic write. */
struct kept {
    struct result_place places[PARTS];
    uint32_t versions[PARTS]; /* of the content; 0: none */
    uint64_t begin;
    uint64_t end;
};

static struct disk *disk;
static struct chunk_log *chunks;
static struct kept kept;  /* written */
static struct kept batch; /* to be written */

static uint64_t part_of(uint32_t i)
{
    return (uint64_t)KIND << 32 | i;
}

static void open_kept(void)
{
    assert_int_equal(
        chunk_log_open(disk_system(disk), "c", FILE_BYTES, kept.begin, kept.end, &chunks),
        STORE_OK);
    for (uint32_t i = 0; i < PARTS; i++) {
        if (kept.versions[i] > 0) {
            assert_int_equal(chunk_log_note(chunks, part_of(i), &kept.places[i]), STORE_OK);
        }
    }
    batch = kept;
}

static int set_up(void **state)
{
    (void)state;
    disk = disk_new(3);
    memset(&kept, 0, sizeof kept);
    open_kept();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    chunk_log_close(chunks);
    chunks = NULL;
    disk_free(disk);
    return 0;
}

static uint32_t chunk_make(uint32_t part, uint32_t version, uint8_t *bytes)
{
    uint32_t size = 5 + (part * 11 + version * 7) % (CHUNK_BYTES_MAX - 5);
    memset(bytes, (int)(part * 16 + version), size);
    bytes[0] = (uint8_t)version;
    return size;
}

static void moved(void *context, uint64_t part, const struct result_place *place)
{
    struct kept *written = context;
    assert_int_equal(part >> 32, KIND);
    assert_true((uint32_t)part < PARTS);
    written->places[(uint32_t)part] = *place;
}

/* Parts change by turns, the first ones never after the first time: those are moved. */
static bool changes(uint32_t part, uint32_t checkpoint)
{
    return checkpoint == 1 || (part >= 3 && (part + checkpoint) % 3 == 0);
}

static enum store_status checkpoint(uint32_t number)
{
    enum store_status status = STORE_OK;
    for (uint32_t i = 0; status == STORE_OK && i < PARTS; i++) {
        if (changes(i, number)) {
            uint8_t bytes[CHUNK_BYTES_MAX];
            uint32_t size = chunk_make(i, number, bytes);
            status = chunk_log_append(chunks, part_of(i), bytes, size, &batch.places[i]);
            batch.versions[i] = number;
        }
    }
    if (status == STORE_OK) {
        status = chunk_log_finish(chunks, moved, &batch, &batch.begin, &batch.end);
    }
    if (status == STORE_OK) {
        kept = batch;
        status = chunk_log_clear(chunks);
    }
    return status;
}

static void assert_kept(void)
{
    for (uint32_t i = 0; i < PARTS; i++) {
        uint8_t bytes[CHUNK_BYTES_MAX];
        struct store_bytes found;
        uint32_t size = chunk_make(i, kept.versions[i], bytes);
        enum store_status status = chunk_log_read(chunks, part_of(i), &found);
        if (kept.versions[i] == 0) {
            assert_int_equal(status, STORE_NOT_FOUND);
            continue;
        }
        assert_int_equal(status, STORE_OK);
        assert_int_equal(found.size, size);
        assert_memory_equal(found.data, bytes, size);
        store_bytes_free(&found);
    }
}

static void the_last_checkpoint_is_read(void **state)
{
    (void)state;
    for (uint32_t number = 1; number <= CHECKPOINTS; number++) {
        assert_int_equal(checkpoint(number), STORE_OK);
        assert_kept();
        chunk_log_close(chunks);
        open_kept();
        assert_kept();
    }
    struct store_bytes found;
    assert_int_equal(chunk_log_read(chunks, part_of(PARTS), &found), STORE_NOT_FOUND);
    assert_int_equal(chunk_log_read(chunks, UINT64_MAX, &found), STORE_NOT_FOUND);
}

/* The disk holds what is live, as much again, and some files. */
static void what_is_out_of_date_is_cleared_away(void **state)
{
    (void)state;
    for (uint32_t number = 1; number <= 4 * CHECKPOINTS; number++) {
        assert_int_equal(checkpoint(number), STORE_OK);
        uint64_t live = 0;
        for (uint32_t i = 0; i < PARTS; i++) {
            live += kept.places[i].size;
        }
        /* What cleaning itself appended comes on top: at most what is live. */
        assert_in_range(disk_used(disk), live, 3 * live + 4 * FILE_BYTES);
    }
    assert_true(kept.begin > 10 * FILE_BYTES);
    assert_kept();
}

static void play_with(enum fault_kind fault, enum store_status expected)
{
    uint64_t operation = 0;
    bool met = true;
    while (met && operation < OPERATIONS_MAX) {
        (void)tear_down(NULL);
        (void)set_up(NULL);
        operation++;
        disk_plan(disk, fault, operation);
        enum store_status status = STORE_OK;
        for (uint32_t number = 1; status == STORE_OK && number <= CHECKPOINTS; number++) {
            status = checkpoint(number);
        }
        met = disk_met(disk);
        assert_int_equal(status, met ? expected : STORE_OK);
        chunk_log_close(chunks);
        chunks = NULL;
        disk_crash(disk);
        disk_restart(disk);
        open_kept();
        assert_kept();
        for (uint32_t number = CHECKPOINTS + 1; number <= CHECKPOINTS + 4; number++) {
            assert_int_equal(checkpoint(number), STORE_OK);
            assert_kept();
        }
    }
    assert_in_range(operation, 100, OPERATIONS_MAX - 1);
}

static void a_checkpoint_survives_every_crash(void **state)
{
    (void)state;
    play_with(FAULT_CRASH, STORE_IO);
}

static void a_checkpoint_survives_every_failure(void **state)
{
    (void)state;
    play_with(FAULT_IO, STORE_IO);
}

static void rot_in(uint32_t part)
{
    char name[40];
    uint64_t at = kept.places[part].offset + HEAD;
    (void)snprintf(name, sizeof name, "c/chunks-%016llx", (unsigned long long)(at / FILE_BYTES));
    disk_rot(disk, name, at % FILE_BYTES, 0x10);
}

/* Rot is told to who reads, and does not stop cleaning: it may be a part of an older state. */
static void a_rotten_chunk_is_told_and_given_up(void **state)
{
    (void)state;
    struct store_bytes found;
    uint32_t number = 1;
    assert_int_equal(checkpoint(number), STORE_OK);
    rot_in(1); /* one that never changes */
    assert_int_equal(chunk_log_read(chunks, part_of(1), &found), STORE_CORRUPT);
    while (kept.begin <= kept.places[1].offset) {
        number++;
        assert_int_equal(checkpoint(number), STORE_OK);
    }
    assert_false(chunk_log_has(chunks, part_of(1)));
    assert_true(chunk_log_has(chunks, part_of(0)));
    assert_int_equal(chunk_log_read(chunks, part_of(1), &found), STORE_NOT_FOUND);
    chunk_log_close(chunks);
    open_kept(); /* its place stands before the begin */
    assert_int_equal(chunk_log_read(chunks, part_of(1), &found), STORE_NOT_FOUND);
    kept.versions[1] = 0;
    assert_kept();
}

static void what_cannot_be_is_told(void **state)
{
    (void)state;
    const struct result_place place = {.offset = 0, .size = 20};
    struct chunk_log *other;
    const struct file_system *system = disk_system(disk);
    for (uint32_t number = 1; number <= CHECKPOINTS; number++) {
        assert_int_equal(checkpoint(number), STORE_OK);
    }
    assert_int_equal(chunk_log_note(chunks, (uint64_t)CHUNK_KINDS << 32, &place), STORE_CORRUPT);
    assert_int_equal(chunk_log_note(chunks, CHUNK_NUMBER_MAX, &place), STORE_CORRUPT);
    chunk_log_close(chunks);
    chunks = NULL;
    assert_int_equal(chunk_log_open(system, "c", FILE_BYTES, kept.begin + 1, kept.end, &other),
                     STORE_CORRUPT);
    assert_int_equal(chunk_log_open(system, "c", FILE_BYTES,
                                    kept.end / FILE_BYTES * FILE_BYTES + FILE_BYTES, kept.end,
                                    &other),
                     STORE_CORRUPT);
    assert_int_equal(
        chunk_log_open(system, "c", FILE_BYTES, kept.begin - FILE_BYTES, kept.end, &other),
        STORE_CORRUPT); /* that file was removed */
    assert_int_equal(
        chunk_log_open(system, "c", FILE_BYTES, kept.begin, kept.end + FILE_BYTES, &other),
        STORE_CORRUPT);
    open_kept(); /* nothing was changed by the refusals */
    assert_kept();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_last_checkpoint_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_out_of_date_is_cleared_away, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_checkpoint_survives_every_crash, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_checkpoint_survives_every_failure, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_rotten_chunk_is_told_and_given_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_is_told, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
