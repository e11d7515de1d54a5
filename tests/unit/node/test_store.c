/*
 * The store on a real LevelDB: what was put is found under its own key and no other, in order,
 * after a restart, and for its own chain alone.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/store.h"
#include "tests/support/cmocka.h"

static char directory[64];
static struct hash chain_id = {{9}};
static struct store *store;
static struct store_batch *batch;

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(directory, sizeof(directory), "/tmp/tally-store-XXXXXX");
    assert_non_null(mkdtemp(directory));
    assert_int_equal(store_open(directory, &chain_id, &store), STORE_OK);
    batch = store_batch_new();
    assert_non_null(batch);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    char command[96];
    store_close(store);
    store_batch_free(batch);
    (void)snprintf(command, sizeof(command), "rm -rf %s", directory);
    return system(command);
}

static struct hash hash_of(uint8_t number)
{
    struct hash hash;
    memset(&hash, number, sizeof(hash));
    return hash;
}

static void write_and_clear(enum store_durability durability)
{
    assert_int_equal(store_write(store, batch, durability), STORE_OK);
    store_batch_clear(batch);
    assert_int_equal(store_batch_size(batch), 0);
}

static void reopen(void)
{
    store_close(store);
    assert_int_equal(store_open(directory, &chain_id, &store), STORE_OK);
}

static void expect(enum store_status status, struct store_bytes *bytes, const char *text)
{
    assert_int_equal(status, STORE_OK);
    assert_int_equal(bytes->size, strlen(text));
    assert_memory_equal(bytes->data, text, bytes->size);
    store_bytes_free(bytes);
}

static void test_each_kind_is_found_under_its_own_key(void **state)
{
    (void)state;
    struct hash id = hash_of(7);
    struct store_bytes bytes;
    uint64_t height = 0;
    uint32_t index = 0;
    store_put_block(batch, 5, "block", 5);
    store_put_roots(batch, 5, "roots", 5);
    assert_int_equal(store_append_checkpoint(store, batch, 5, "part", 4), STORE_OK);
    store_put_envelope(batch, &id, 5, 77);
    store_put_settled(batch, "ALICEDEFXXX", "REF/1", 5, 5, 78);
    store_put_part(batch, 9, 40, 5, 79);
    store_put_meta(batch, "cursor", "", 0);
    assert_int_equal(store_get_block(store, 5, &bytes), STORE_NOT_FOUND);
    write_and_clear(STORE_LAZY);
    assert_int_equal(store_sync_results(store, batch), STORE_OK);
    write_and_clear(STORE_SYNC);
    reopen();
    expect(store_get_block(store, 5, &bytes), &bytes, "block");
    expect(store_get_roots(store, 5, &bytes), &bytes, "roots");
    expect(store_get_checkpoint(store, 5, &bytes), &bytes, "part");
    expect(store_get_meta(store, "cursor", &bytes), &bytes, ""); /* empty is not "not found" */
    assert_int_equal(store_get_envelope(store, &id, &height, &index), STORE_OK);
    assert_int_equal(height, 5);
    assert_int_equal(index, 77);
    assert_int_equal(store_get_settled(store, "ALICEDEFXXX", "REF/1", 5, &height, &index),
                     STORE_OK);
    assert_int_equal(index, 78);
    assert_int_equal(store_get_part(store, 9, 40, &height, &index), STORE_OK);
    assert_int_equal(index, 79);
    assert_int_equal(store_get_part(store, 9, 41, &height, &index), STORE_NOT_FOUND);
    assert_int_equal(store_get_part(store, 40, 9, &height, &index), STORE_NOT_FOUND);
    id = hash_of(8);
    assert_int_equal(store_get_envelope(store, &id, &height, &index), STORE_NOT_FOUND);
    assert_int_equal(store_get_settled(store, "ALICEDEFXXX", "REF/", 4, &height, &index),
                     STORE_NOT_FOUND);
    assert_int_equal(store_get_settled(store, "BOBBUS33XXX", "REF/1", 5, &height, &index),
                     STORE_NOT_FOUND);
    assert_int_equal(store_get_meta(store, "curso", &bytes), STORE_NOT_FOUND);
}

/* 255 and 256 sort wrongly when keys are not big-endian. */
static void test_the_last_height_is_the_highest_number(void **state)
{
    (void)state;
    static const uint64_t heights[] = {1, 255, 256, 65536, UINT64_C(1) << 40, 3};
    uint64_t last = 99;
    assert_int_equal(store_last_height(store, &last), STORE_NOT_FOUND);
    static const uint64_t part = UINT64_C(63) << 32; /* a neighbour among the keys */
    assert_int_equal(store_append_checkpoint(store, batch, part, "x", 1), STORE_OK);
    for (size_t i = 0; i < sizeof(heights) / sizeof(heights[0]); i++) {
        store_put_block(batch, heights[i], "b", 1);
    }
    write_and_clear(STORE_LAZY);
    assert_int_equal(store_last_height(store, &last), STORE_OK);
    assert_int_equal(last, UINT64_C(1) << 40);
}

static void test_another_chain_and_a_second_process_are_refused(void **state)
{
    (void)state;
    struct store *other = NULL;
    struct hash other_chain = hash_of(3);
    assert_int_equal(store_open(directory, &chain_id, &other), STORE_LOCKED);
    assert_null(other);
    store_close(store);
    assert_int_equal(store_open(directory, &other_chain, &other), STORE_CHAIN);
    assert_int_equal(store_open("/nonexistent/directory", &chain_id, &other), STORE_IO);
    assert_int_equal(store_open(directory, &chain_id, &store), STORE_OK);
}

/* What an older release wrote has other layouts: it is refused by name, and left as it is. */
static void test_another_format_is_refused(void **state)
{
    (void)state;
    static const uint8_t format[4] = {1};
    struct store *other = NULL;
    store_put_meta(batch, "format", format, sizeof(format));
    write_and_clear(STORE_SYNC);
    store_close(store);
    store = NULL;
    for (int attempt = 0; attempt < 2; attempt++) {
        assert_int_equal(store_open(directory, &chain_id, &other), STORE_FORMAT);
        assert_null(other);
    }
    assert_non_null(strstr(store_status_hint(STORE_FORMAT), "start the release that wrote it"));
}

/* A large batch moves in memory as it grows: what was put first must still be right. */
static void test_a_large_batch_is_one_write(void **state)
{
    (void)state;
    enum {
        COUNT = 5000,
        SIZE = 200
    };
    uint8_t value[SIZE];
    for (uint64_t part = 0; part < COUNT; part++) {
        memset(value, (int)(part % 251), sizeof(value));
        store_put_block(batch, part, value, sizeof(value));
    }
    assert_true(store_batch_size(batch) >= (size_t)COUNT * SIZE);
    write_and_clear(STORE_SYNC);
    for (uint64_t part = 0; part < COUNT; part += 97) {
        struct store_bytes bytes;
        assert_int_equal(store_get_block(store, part, &bytes), STORE_OK);
        assert_int_equal(bytes.size, SIZE);
        assert_int_equal(bytes.data[SIZE - 1], part % 251);
        store_bytes_free(&bytes);
    }
}

/* How many of the store's files have this ending. */
static unsigned file_count(const char *ending)
{
    unsigned count = 0;
    DIR *listing = opendir(directory);
    assert_non_null(listing);
    for (const struct dirent *entry = readdir(listing); entry != NULL; entry = readdir(listing)) {
        const char *dot = strrchr(entry->d_name, '.');
        count += dot != NULL && strcmp(dot, ending) == 0;
    }
    (void)closedir(listing);
    return count;
}

/* Twenty seconds of load stay in the log, so that they are not merged time and again; all of it is
 * found after a restart. */
static void test_what_came_last_is_not_merged_at_once(void **state)
{
    (void)state;
    enum {
        BLOCKS = 48,
        BLOCK_SIZE = 1 << 20
    };
    uint8_t *block = malloc(BLOCK_SIZE);
    assert_non_null(block);
    for (uint64_t height = 1; height <= BLOCKS; height++) {
        memset(block, (int)height, BLOCK_SIZE);
        store_put_block(batch, height, block, BLOCK_SIZE);
        write_and_clear(STORE_LAZY);
    }
    assert_int_equal(file_count(".ldb"), 0);
    reopen();
    for (uint64_t height = 1; height <= BLOCKS; height++) {
        struct store_bytes bytes;
        assert_int_equal(store_get_block(store, height, &bytes), STORE_OK);
        assert_int_equal(bytes.size, BLOCK_SIZE);
        assert_int_equal(bytes.data[0], height);
        assert_int_equal(bytes.data[BLOCK_SIZE - 1], height);
        store_bytes_free(&bytes);
    }
    free(block);
}

/* What stood behind the last stored end is gone after a restart, and comes back to its place. */
static void test_results_are_kept_up_to_the_stored_end(void **state)
{
    (void)state;
    struct store_bytes bytes;
    struct result_place first;
    struct result_place second;
    struct result_place again;
    assert_int_equal(store_append_results(store, 5, "receipts", 8, &first), STORE_OK);
    assert_int_equal(store_sync_results(store, batch), STORE_OK);
    write_and_clear(STORE_SYNC);
    assert_int_equal(store_append_results(store, 6, "events", 6, &second), STORE_OK);
    expect(store_get_results(store, 6, &second, &bytes), &bytes, "events");
    reopen();
    expect(store_get_results(store, 5, &first, &bytes), &bytes, "receipts");
    assert_int_equal(store_get_results(store, 6, &first, &bytes), STORE_CORRUPT);
    assert_int_equal(store_get_results(store, 6, &second, &bytes), STORE_NOT_FOUND);
    assert_int_equal(store_append_results(store, 6, "events", 6, &again), STORE_OK);
    assert_int_equal(again.offset, second.offset);
    assert_int_equal(again.size, second.size);
    expect(store_get_results(store, 6, &second, &bytes), &bytes, "events");
}

/* Results that were durable and are gone: the store is damaged, and says so. */
static void test_lost_results_are_told(void **state)
{
    (void)state;
    struct store *other = NULL;
    struct result_place place;
    char path[128];
    assert_int_equal(store_append_results(store, 5, "receipts", 8, &place), STORE_OK);
    assert_int_equal(store_sync_results(store, batch), STORE_OK);
    write_and_clear(STORE_SYNC);
    store_close(store);
    store = NULL;
    (void)snprintf(path, sizeof(path), "%s/results/results-0000000000000000", directory);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(store_open(directory, &chain_id, &other), STORE_CORRUPT);
    assert_null(other);
}

/* ---- Names of milestones ------------------------------------------------------------------ */

static void note(const char *reference, uint64_t height, uint32_t index)
{
    store_put_settled(batch, "ALICEDEFXXX", reference, strlen(reference), height, index);
}

/* What a block leaves: its roots, which say that its names are all there. */
static void block_write(uint64_t height)
{
    store_put_roots(batch, height, "roots", 5);
    write_and_clear(STORE_LAZY);
}

static void checkpoint(void)
{
    assert_int_equal(store_sync_results(store, batch), STORE_OK);
    write_and_clear(STORE_SYNC);
}

static void expect_place(const char *reference, uint64_t height, uint32_t index)
{
    uint64_t found_height = 0;
    uint32_t found_index = 0;
    assert_int_equal(store_get_settled(store, "ALICEDEFXXX", reference, strlen(reference),
                                       &found_height, &found_index),
                     STORE_OK);
    assert_int_equal(found_height, height);
    assert_int_equal(found_index, index);
}

static enum store_status find(const char *reference)
{
    uint64_t height;
    uint32_t index;
    return store_get_settled(store, "ALICEDEFXXX", reference, strlen(reference), &height, &index);
}

/* The latest place counts, whether it is in memory or in the row of any checkpoint. */
static void test_the_latest_milestone_is_found(void **state)
{
    (void)state;
    note("A", 5, 9);
    note("B", 5, 10);
    note("B", 5, 11);
    assert_int_equal(find("A"), STORE_NOT_FOUND); /* not written */
    block_write(5);
    expect_place("A", 5, 9);
    expect_place("B", 5, 11);
    checkpoint();
    expect_place("A", 5, 9);
    expect_place("B", 5, 11);
    note("A", 8, 2);
    block_write(8);
    expect_place("A", 8, 2);
    checkpoint();
    note("B", UINT64_C(1) << 31, 0); /* the row's base height is far above its first block */
    note("C", 9, 3);
    block_write(UINT64_C(1) << 31);
    checkpoint();
    for (int turn = 0; turn < 2; turn++) {
        expect_place("A", 8, 2);
        expect_place("B", UINT64_C(1) << 31, 0);
        expect_place("C", 9, 3);
        assert_int_equal(find("D"), STORE_NOT_FOUND);
        assert_int_equal(find(""), STORE_NOT_FOUND);
        reopen();
    }
}

/* Behind the checkpoint nothing is known after a crash: what is not found then may come again. */
static void test_names_behind_the_checkpoint_are_pending_until_noted_again(void **state)
{
    (void)state;
    note("A", 5, 1);
    block_write(5);
    checkpoint();
    note("B", 6, 1);
    block_write(6);
    store_put_block(batch, 7, "block", 5); /* final, and perhaps executed */
    write_and_clear(STORE_SYNC);
    for (int turn = 0; turn < 2; turn++) {
        reopen();
        expect_place("A", 5, 1);
        assert_int_equal(find("B"), STORE_PENDING);
        assert_int_equal(find("C"), STORE_PENDING);
        note("B", 6, 1);
        block_write(6);
        expect_place("B", 6, 1);
        assert_int_equal(find("C"), STORE_PENDING);
    }
    block_write(7);
    assert_int_equal(find("C"), STORE_NOT_FOUND);
    checkpoint();
    reopen();
    expect_place("B", 6, 1);
    assert_int_equal(find("C"), STORE_NOT_FOUND);
}

/* A checkpoint that was made and not written forgets nothing. */
static void test_an_unwritten_checkpoint_keeps_the_names(void **state)
{
    (void)state;
    note("A", 5, 1);
    block_write(5);
    assert_int_equal(store_sync_results(store, batch), STORE_OK);
    expect_place("A", 5, 1);
    store_batch_clear(batch);
    note("B", 6, 1);
    block_write(6);
    checkpoint();
    reopen();
    expect_place("A", 5, 1);
    expect_place("B", 6, 1);
}

/* As many as fill every bucket, over several checkpoints. */
static void test_many_names(void **state)
{
    (void)state;
    enum {
        BLOCKS = 6,
        NAMES = 5000
    };
    char reference[STORE_REFERENCE_SIZE_MAX + 1];
    for (uint32_t height = 1; height <= BLOCKS; height++) {
        for (uint32_t i = 0; i < NAMES; i++) {
            (void)snprintf(reference, sizeof(reference), "R%u-%u", height, i);
            note(reference, height, i);
        }
        block_write(height);
        if (height % 2 == 0) {
            checkpoint();
        }
    }
    for (int turn = 0; turn < 2; turn++) {
        for (uint32_t height = 1; height <= BLOCKS; height++) {
            for (uint32_t i = height; i < NAMES; i += 97) {
                (void)snprintf(reference, sizeof(reference), "R%u-%u", height, i);
                expect_place(reference, height, i);
            }
        }
        assert_int_equal(find("R1-5000"), STORE_NOT_FOUND);
        reopen();
    }
}

/* ---- Envelopes ---------------------------------------------------------------------------- */

static enum store_status find_envelope(unsigned number, uint64_t *height, uint32_t *index)
{
    struct hash id;
    hash_compute(&id, HASH_ENVELOPE, &number, sizeof(number));
    return store_get_envelope(store, &id, height, index);
}

static void note_envelope(unsigned number, uint64_t height, uint32_t index)
{
    struct hash id;
    hash_compute(&id, HASH_ENVELOPE, &number, sizeof(number));
    store_put_envelope(batch, &id, height, index);
}

static void expect_envelope(unsigned number, uint64_t height, uint32_t index)
{
    uint64_t found_height = 0;
    uint32_t found_index = 0;
    assert_int_equal(find_envelope(number, &found_height, &found_index), STORE_OK);
    assert_int_equal(found_height, height);
    assert_int_equal(found_index, index);
}

/* The place noted last counts: in memory, in the keys of any checkpoint, and of two in one. */
static void test_the_last_place_of_an_envelope_is_found(void **state)
{
    (void)state;
    uint64_t height;
    uint32_t index;
    note_envelope(1, 5, 9);
    note_envelope(2, 5, 10);
    assert_int_equal(find_envelope(1, &height, &index), STORE_NOT_FOUND); /* not written */
    block_write(5);
    expect_envelope(1, 5, 9);
    checkpoint();
    expect_envelope(1, 5, 9);
    note_envelope(1, 8, 2);
    note_envelope(3, 8, 7);
    note_envelope(3, 8, 6);
    block_write(8);
    for (int turn = 0; turn < 2; turn++) {
        expect_envelope(1, 8, 2);
        expect_envelope(2, 5, 10);
        expect_envelope(3, 8, 6);
        assert_int_equal(find_envelope(4, &height, &index), STORE_NOT_FOUND);
        checkpoint();
        reopen();
    }
}

/* Behind the checkpoint nothing is known after a crash: what is not found then may come again. */
static void test_envelopes_behind_the_checkpoint_are_pending_until_noted_again(void **state)
{
    (void)state;
    uint64_t height;
    uint32_t index;
    note_envelope(1, 5, 1);
    block_write(5);
    checkpoint();
    note_envelope(2, 6, 1);
    block_write(6);
    store_put_block(batch, 6, "block", 5); /* final, and executed */
    write_and_clear(STORE_SYNC);
    reopen();
    expect_envelope(1, 5, 1);
    assert_int_equal(find_envelope(2, &height, &index), STORE_PENDING);
    note_envelope(2, 6, 1);
    block_write(6);
    expect_envelope(2, 6, 1);
    assert_int_equal(find_envelope(3, &height, &index), STORE_NOT_FOUND);
}

static uint32_t keys_written[UINT8_MAX + 1]; /* so far, by their first byte */

static enum store_status counting_write(void *context, const struct store_change *changes,
                                        size_t change_count, enum store_durability durability)
{
    for (size_t i = 0; i < change_count; i++) {
        keys_written[changes[i].key[0]]++;
    }
    return store_leveldb_operations()->write(context, changes, change_count, durability);
}

static void keys_written_assert(uint32_t envelopes, uint32_t rows_of_names)
{
    assert_int_equal(keys_written['I'], envelopes);
    assert_int_equal(keys_written['T'], rows_of_names);
}

/* A checkpoint writes what was noted since the last one that was written, and no more. */
static void test_a_checkpoint_writes_what_is_new(void **state)
{
    (void)state;
    static char path[FILE_PATH_SIZE_MAX];
    static struct store_operations counting;
    void *context = NULL;
    const struct store_files files = {
        .system = file_system_posix(), .directory = path, .chunk_file_bytes = 1 << 20};
    store_close(store);
    (void)snprintf(path, sizeof(path), "%s/counted", directory);
    assert_int_equal(store_leveldb_open(path, &context), STORE_OK);
    counting = *store_leveldb_operations();
    counting.write = counting_write;
    assert_int_equal(store_open_over(&counting, context, &files, &chain_id, &store), STORE_OK);
    note_envelope(1, 5, 1);
    note_envelope(2, 5, 2);
    note("A", 5, 3);
    block_write(5);
    keys_written_assert(0, 0);
    checkpoint();
    keys_written_assert(2, 1);
    note_envelope(3, 6, 1);
    note("B", 6, 2);
    block_write(6);
    assert_int_equal(store_sync_results(store, batch), STORE_OK);
    store_batch_clear(batch); /* it is not written */
    keys_written_assert(3, 2);
    note_envelope(4, 7, 1);
    block_write(7);
    checkpoint();
    keys_written_assert(5, 3);
    checkpoint();
    keys_written_assert(5, 3);
    for (unsigned i = 1; i <= 4; i++) {
        expect_envelope(i, i < 3 ? 5 : i + 3, i == 2 ? 2 : 1);
    }
}

/* More than the index begins with room for, and than one batch of keys holds. */
static void test_many_envelopes(void **state)
{
    (void)state;
    enum {
        BLOCKS = 4,
        ENVELOPES = 3000
    };
    uint64_t none;
    uint32_t index;
    for (unsigned height = 1; height <= BLOCKS; height++) {
        for (unsigned i = 0; i < ENVELOPES; i++) {
            note_envelope(height * ENVELOPES + i, height, i);
        }
        block_write(height);
        if (height == 2) {
            checkpoint();
        }
    }
    for (int turn = 0; turn < 2; turn++) {
        for (unsigned height = 1; height <= BLOCKS; height++) {
            for (unsigned i = height; i < ENVELOPES; i += 7) {
                expect_envelope(height * ENVELOPES + i, height, i);
            }
        }
        assert_int_equal(find_envelope(1, &none, &index), STORE_NOT_FOUND);
        checkpoint();
        reopen();
    }
}

/* ---- Rows --------------------------------------------------------------------------------- */

/* What cannot be a row is damage; of several entries of a name the latest one counts. */
static void test_rows_are_checked_for_form(void **state)
{
    (void)state;
    uint8_t row[3 * NAME_ENTRY_SIZE] = {0};
    const struct name_hash none = {.bits = UINT64_MAX};
    const struct name_hash zero = {.bits = 0};
    struct name_place place = {0, 0};
    bool found = false;
    assert_false(name_row_find(row, 0, 9, &none, &place, &found));
    assert_false(name_row_find(row, NAME_ENTRY_SIZE - 1, 9, &none, &place, &found));
    assert_false(name_row_find(row, NAME_ENTRY_SIZE + 1, 9, &none, &place, &found));
    assert_true(name_row_find(row, sizeof(row), 9, &none, &place, &found));
    assert_false(found);
    row[8] = 10; /* of a block before the first one */
    assert_false(name_row_find(row, sizeof(row), 9, &none, &place, &found));
    row[NAME_ENTRY_SIZE + 12] = 3;
    assert_true(name_row_find(row, sizeof(row), 10, &zero, &place, &found));
    assert_true(found);
    assert_int_equal(place.height, 10);
    assert_int_equal(place.index, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_each_kind_is_found_under_its_own_key, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_the_last_height_is_the_highest_number, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_another_chain_and_a_second_process_are_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_another_format_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_large_batch_is_one_write, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_came_last_is_not_merged_at_once, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_results_are_kept_up_to_the_stored_end, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_lost_results_are_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_latest_milestone_is_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_names_behind_the_checkpoint_are_pending_until_noted_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_unwritten_checkpoint_keeps_the_names, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_many_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_last_place_of_an_envelope_is_found, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            test_envelopes_behind_the_checkpoint_are_pending_until_noted_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_checkpoint_writes_what_is_new, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_envelopes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_rows_are_checked_for_form, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
