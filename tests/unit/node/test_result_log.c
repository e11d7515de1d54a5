/*
 * Goal: results are read back from the place they were given, and as nothing else; what was synced
 * is there after any crash, and what was not is cut off and comes to the same places again; lost,
 * short and rotten files are told.
 */
#include "node/result_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/prng.h"
#include "netsim/engine/disk.h"
#include "tests/support/cmocka.h"

enum {
    FILE_BYTES = 100, /* pieces of up to 80 bytes cross the border now and then */
    PIECES = 12,
    HEAD = 16,
    OPERATIONS_MAX = 200,
};

static struct disk *disk;
static struct result_log *results;
static struct result_place places[PIECES];

static const struct result_form form = {"results-", FILE_BYTES, UINT64_C(4) << 20};

static int set_up(void **state)
{
    (void)state;
    disk = disk_new(1);
    assert_int_equal(result_log_open(disk_system(disk), "r", &form, 0, 0, &results), STORE_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    result_log_close(results);
    results = NULL;
    disk_free(disk);
    return 0;
}

/* Piece i: of height i + 1, 10 to 64 bytes. */
static uint32_t piece_make(uint32_t i, uint8_t *bytes)
{
    uint32_t size = 10 + i * 7 % 55;
    memset(bytes, (int)(i + 1), size);
    bytes[0] = 0xa0;
    return size;
}

static enum store_status append(uint32_t i)
{
    uint8_t bytes[80];
    uint32_t size = piece_make(i, bytes);
    return result_log_append(results, i + 1u, bytes, size, &places[i]);
}

static void assert_piece(uint32_t i)
{
    uint8_t bytes[80];
    uint32_t size = piece_make(i, bytes);
    struct store_bytes found;
    assert_int_equal(result_log_read(results, i + 1u, &places[i], &found), STORE_OK);
    assert_int_equal(found.size, size);
    assert_memory_equal(found.data, bytes, size);
    store_bytes_free(&found);
}

static void reopen(uint64_t end)
{
    result_log_close(results);
    assert_int_equal(result_log_open(disk_system(disk), "r", &form, 0, end, &results), STORE_OK);
}

static enum store_status reopen_status(uint64_t end)
{
    result_log_close(results);
    return result_log_open(disk_system(disk), "r", &form, 0, end, &results);
}

static uint64_t fill(void)
{
    uint64_t end;
    for (uint32_t i = 0; i < PIECES; i++) {
        assert_int_equal(append(i), STORE_OK);
    }
    assert_int_equal(result_log_sync(results, &end), STORE_OK);
    assert_true(end > 3 * FILE_BYTES);
    return end;
}

static void pieces_are_read_from_their_places(void **state)
{
    (void)state;
    uint64_t end = fill();
    for (int turn = 0; turn < 2; turn++) {
        for (uint32_t i = 0; i < PIECES; i++) {
            assert_piece(i);
        }
        reopen(end);
    }
    assert_int_equal(places[PIECES - 1].offset + places[PIECES - 1].size, end);
}

static void another_place_or_height_is_not_taken(void **state)
{
    (void)state;
    uint64_t end = fill();
    struct store_bytes found;
    struct result_place place = places[2];
    assert_int_equal(result_log_read(results, 4, &place, &found), STORE_CORRUPT);
    place.size--;
    assert_int_equal(result_log_read(results, 3, &place, &found), STORE_CORRUPT);
    place = (struct result_place){places[2].offset + 1, places[2].size};
    assert_int_equal(result_log_read(results, 3, &place, &found), STORE_CORRUPT);
    place = (struct result_place){places[2].offset, HEAD};
    assert_int_equal(result_log_read(results, 3, &place, &found), STORE_CORRUPT);
    place = (struct result_place){UINT64_MAX - 5, 20};
    assert_int_equal(result_log_read(results, 3, &place, &found), STORE_CORRUPT);
    place = (struct result_place){end, 20};
    assert_int_equal(result_log_read(results, 3, &place, &found), STORE_NOT_FOUND);
    assert_null(found.data);
}

/* Blocks executed again come to the same places, wherever the checkpoint was. */
static void behind_the_end_is_cut_and_appended_again(void **state)
{
    (void)state;
    uint64_t end = fill();
    struct result_place before[PIECES];
    for (uint32_t kept = PIECES; kept-- > 0;) {
        struct store_bytes found;
        memcpy(before, places, sizeof before);
        reopen(places[kept].offset);
        assert_int_equal(result_log_read(results, kept + 1u, &places[kept], &found),
                         STORE_NOT_FOUND);
        for (uint32_t i = kept; i < PIECES; i++) {
            assert_int_equal(append(i), STORE_OK);
            assert_int_equal(before[i].offset, places[i].offset);
            assert_int_equal(before[i].size, places[i].size);
        }
        for (uint32_t i = 0; i < PIECES; i++) {
            assert_piece(i);
        }
        uint64_t again;
        assert_int_equal(result_log_sync(results, &again), STORE_OK);
        assert_int_equal(again, end);
    }
}

static void a_lost_or_short_file_is_told(void **state)
{
    (void)state;
    uint64_t end = fill();
    char name[40];
    for (uint64_t number = end / FILE_BYTES + 1; number-- > 0;) {
        size_t size;
        (void)snprintf(name, sizeof name, "r/results-%016llx", (unsigned long long)number);
        uint8_t *bytes = disk_take(disk, name, &size);
        assert_non_null(bytes);
        disk_cut(disk, name, size - 1);
        assert_int_equal(reopen_status(end), STORE_CORRUPT);
        assert_int_equal(file_unlink(disk_system(disk), name), FILE_OK);
        assert_int_equal(reopen_status(end), STORE_CORRUPT);
        disk_put(disk, name, bytes, size);
        free(bytes);
    }
    reopen(end); /* nothing was cut by the refusals */
    assert_piece(0);
    assert_piece(PIECES - 1);
}

static void every_rotten_byte_is_found_out(void **state)
{
    (void)state;
    struct store_bytes found;
    (void)fill();
    for (uint64_t at = places[3].offset; at < places[3].offset + places[3].size; at++) {
        char name[40];
        (void)snprintf(name, sizeof name, "r/results-%016llx",
                       (unsigned long long)(at / FILE_BYTES));
        disk_rot(disk, name, at % FILE_BYTES, 0x10);
        assert_int_equal(result_log_read(results, 4, &places[3], &found), STORE_CORRUPT);
        disk_rot(disk, name, at % FILE_BYTES, 0x10);
    }
    assert_piece(3);
}

/* Appends all with a sync after every fourth; the end as of the last sync that was answered. */
static enum store_status run(uint64_t *end, uint32_t *synced)
{
    for (uint32_t i = 0; i < PIECES; i++) {
        enum store_status status = append(i);
        if (status == STORE_OK && i % 4 == 3) {
            uint64_t now;
            status = result_log_sync(results, &now);
            *end = status == STORE_OK ? now : *end;
            *synced = status == STORE_OK ? i + 1 : *synced;
        }
        if (status != STORE_OK) {
            return status;
        }
    }
    return STORE_OK;
}

static void play_with(enum fault_kind fault, enum store_status expected)
{
    uint64_t operation = 0;
    bool met = true;
    while (met && operation < OPERATIONS_MAX) {
        uint64_t end = 0;
        uint32_t synced = 0;
        (void)tear_down(NULL);
        (void)set_up(NULL);
        operation++;
        disk_plan(disk, fault, operation);
        enum store_status status = run(&end, &synced);
        met = disk_met(disk);
        assert_int_equal(status, met ? expected : STORE_OK);
        result_log_close(results);
        results = NULL;
        disk_crash(disk);
        disk_restart(disk);
        reopen(end);
        for (uint32_t i = 0; i < synced; i++) {
            assert_piece(i);
        }
        for (uint32_t i = synced; i < PIECES; i++) {
            assert_int_equal(append(i), STORE_OK);
            assert_piece(i);
        }
    }
    assert_in_range(operation, 20, OPERATIONS_MAX - 1);
}

static void what_was_synced_survives_every_crash(void **state)
{
    (void)state;
    play_with(FAULT_CRASH, STORE_IO);
}

static void what_was_synced_survives_every_failure(void **state)
{
    (void)state;
    play_with(FAULT_IO, STORE_IO);
    play_with(FAULT_FULL, STORE_FULL);
}

/* Results that are made in the log's own room come to the same file, also beside copied ones. */
static void room_is_appended_without_a_copy(void **state)
{
    (void)state;
    uint64_t sizes[2] = {0, 0};
    for (int turn = 0; turn < 2; turn++) {
        reopen(0);
        for (uint32_t i = 0; i < PIECES; i++) {
            uint8_t *room = result_log_room(results, 100 + i);
            assert_non_null(room);
            uint32_t size = piece_make(i, room);
            if (turn == 0 || i % 2 == 0) {
                assert_int_equal(append(i), STORE_OK);
            } else {
                assert_int_equal(result_log_append(results, i + 1u, room, size, &places[i]),
                                 STORE_OK);
            }
        }
        for (uint32_t i = 0; i < PIECES; i++) {
            assert_piece(i);
        }
        assert_int_equal(result_log_sync(results, &sizes[turn]), STORE_OK);
    }
    assert_int_equal(sizes[0], sizes[1]);
}

/* Not more than so much is left to one sync. */
static void much_is_synced_on_the_way(void **state)
{
    (void)state;
    static uint8_t chunk[1 << 20];
    struct result_place place;
    struct result_log *large;
    const struct result_form large_form = {"results-", UINT64_C(1) << 30, UINT64_C(4) << 20};
    uint64_t end;
    assert_int_equal(result_log_open(disk_system(disk), "l", &large_form, 0, 0, &large), STORE_OK);
    disk_prices(disk)->sync_ns = 1000;
    for (uint32_t i = 0; i < 10; i++) {
        assert_int_equal(result_log_append(large, i, chunk, sizeof chunk, &place), STORE_OK);
    }
    assert_in_range(disk_elapsed_ns(disk), 2000, 4000);
    assert_int_equal(result_log_sync(large, &end), STORE_OK);
    assert_int_equal(end, place.offset + place.size);
    (void)disk_elapsed_ns(disk);
    assert_int_equal(result_log_sync(large, &end), STORE_OK); /* nothing is left to sync */
    assert_int_equal(disk_elapsed_ns(disk), 0);
    result_log_close(large);
}

/* A disk that looks at how what is written lies in memory. */
static uint32_t writes_long;

static enum file_status write_seen(void *context, int handle, uint64_t offset, const void *data,
                                   size_t size)
{
    const struct file_system *system = disk_system(context);
    if (size >= FILE_PAST_CACHE_MIN) {
        assert_int_equal((uintptr_t)data % FILE_BLOCK_SIZE, offset % FILE_BLOCK_SIZE);
        writes_long++;
    }
    return system->operations->write(system->context, handle, offset, data, size);
}

/* Piece i of those: made from its number, none so long that no other fits beside it in a file. */
static uint32_t large_make(uint32_t i, uint8_t *bytes)
{
    struct prng prng;
    prng_init(&prng, i);
    uint32_t size = 1 + (uint32_t)prng_below(&prng, 90000);
    prng_fill(&prng, bytes, size);
    return size;
}

static void assert_large(struct result_log *log, uint32_t i, const struct result_place *place)
{
    static uint8_t bytes[90000];
    struct store_bytes found;
    uint32_t size = large_make(i, bytes);
    assert_int_equal(result_log_read(log, i, place, &found), STORE_OK);
    assert_int_equal(found.size, size);
    assert_memory_equal(found.data, bytes, size);
    store_bytes_free(&found);
}

/* Most of what is appended waits in memory and goes to the files as it lies there; all of it is
 * read as if it were there already, before and after, and when the log is opened at any end. */
static void much_waits_in_memory_and_is_read_there(void **state)
{
    (void)state;
    enum {
        COUNT = 60
    };
    static uint8_t bytes[90000];
    const struct result_form block_form = {"results-", UINT64_C(1) << 20, UINT64_C(4) << 20};
    struct file_operations operations = *disk_system(disk)->operations;
    struct file_system system = {&operations, disk};
    assert_ptr_equal(disk_system(disk)->context, disk);
    operations.write = write_seen;
    writes_long = 0;
    struct result_place in_order[COUNT];
    struct result_log *log;
    uint64_t end = 0;
    for (uint32_t i = 0; i < COUNT; i++) {
        if (i % 16 == 0) {
            assert_int_equal(result_log_open(&system, "m", &block_form, 0, end, &log), STORE_OK);
        }
        uint32_t size = large_make(i, bytes);
        uint8_t *room = i % 2 == 0 ? bytes : result_log_room(log, size);
        assert_non_null(room);
        (void)large_make(i, room);
        assert_int_equal(result_log_append(log, i, room, size, &in_order[i]), STORE_OK);
        for (uint32_t j = 0; j <= i; j++) {
            assert_large(log, j, &in_order[j]);
        }
        if (i % 16 == 7 || i % 16 == 15) {
            assert_int_equal(result_log_sync(log, &end), STORE_OK);
            assert_int_equal(end, in_order[i].offset + in_order[i].size);
            assert_large(log, i, &in_order[i]);
        }
        if (i % 16 == 15) {
            result_log_close(log);
        }
    }
    result_log_close(log);
    assert_true(end > 2 * block_form.file_bytes);
    assert_in_range(writes_long, 4, COUNT / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pieces_are_read_from_their_places, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_place_or_height_is_not_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(behind_the_end_is_cut_and_appended_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_lost_or_short_file_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_rotten_byte_is_found_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_synced_survives_every_crash, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_synced_survives_every_failure, set_up, tear_down),
        cmocka_unit_test_setup_teardown(room_is_appended_without_a_copy, set_up, tear_down),
        cmocka_unit_test_setup_teardown(much_is_synced_on_the_way, set_up, tear_down),
        cmocka_unit_test_setup_teardown(much_waits_in_memory_and_is_read_there, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
