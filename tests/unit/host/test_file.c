/*
 * Files: the real disk keeps the contract of file.h, and file_replace leaves the old content or the
 * new one whatever operation fails.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/prng.h"
#include "host/file.h"
#include "netsim/engine/disk.h"
#include "tests/support/cmocka.h"

static char directory[64];

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(directory, sizeof(directory), "/tmp/tally-file-XXXXXX");
    return mkdtemp(directory) == NULL ? 1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    char command[96];
    (void)snprintf(command, sizeof(command), "rm -rf %s", directory);
    return system(command);
}

static const char *path_in(const char *name)
{
    static char path[FILE_PATH_SIZE_MAX];
    assert_int_equal(file_path_join(path, directory, name), FILE_OK);
    return path;
}

static void test_reading_gives_back_what_was_written(void **state)
{
    (void)state;
    const struct file_system *system = file_system_posix();
    struct file file;
    uint8_t bytes[16] = {0};
    size_t read_size = 0;
    uint64_t size = 0;
    assert_int_equal(file_open(&file, system, path_in("a"), FILE_CREATE), FILE_OK);
    assert_int_equal(file_write(&file, 0, "hello", 5), FILE_OK);
    assert_int_equal(file_write(&file, 8, "gap", 3), FILE_OK);
    assert_int_equal(file_sync(&file), FILE_OK);
    assert_int_equal(file_read(&file, 0, bytes, sizeof(bytes), &read_size), FILE_OK);
    assert_int_equal(read_size, 11);
    assert_memory_equal(bytes, "hello\0\0\0gap", 11);
    assert_int_equal(file_read(&file, 11, bytes, sizeof(bytes), &read_size), FILE_OK);
    assert_int_equal(read_size, 0);
    assert_int_equal(file_truncate(&file, 2), FILE_OK);
    assert_int_equal(file_size(&file, &size), FILE_OK);
    assert_int_equal(size, 2);
    file_close(&file);
    file_close(&file);
}

/* Long writes may go past the page cache: what is there must be the same as if they did not, at
 * every remainder by a block, over bytes that are read between, and beside short writes. */
static void test_long_writes_leave_what_short_ones_would(void **state)
{
    (void)state;
    enum {
        SIZE = 1 << 20,
        WRITES = 60
    };
    struct prng prng;
    struct file file;
    struct file reader;
    size_t end = 0;
    size_t read_size = 0;
    uint8_t *expected = calloc(1, SIZE);
    uint8_t *found = malloc(SIZE);
    uint8_t *memory = aligned_alloc(FILE_BLOCK_SIZE, SIZE + FILE_BLOCK_SIZE);
    assert_non_null(expected);
    assert_non_null(found);
    assert_non_null(memory);
    prng_init(&prng, 7);
    assert_int_equal(file_open(&file, file_system_posix(), path_in("long"), FILE_CREATE), FILE_OK);
    assert_int_equal(file_open(&reader, file_system_posix(), path_in("long"), FILE_READ), FILE_OK);
    for (unsigned i = 0; i < WRITES; i++) {
        size_t size = i % 3 == 0 ? 1 + (size_t)prng_below(&prng, 9000)
                                 : FILE_PAST_CACHE_MIN - 1 + (size_t)prng_below(&prng, 200000);
        size_t offset = (size_t)prng_below(&prng, SIZE - size + 1);
        offset = i % 4 == 0 ? offset / FILE_BLOCK_SIZE * FILE_BLOCK_SIZE : offset;
        uint8_t *bytes = memory + (offset + (i % 5 == 0)) % FILE_BLOCK_SIZE;
        prng_fill(&prng, bytes, size);
        assert_int_equal(file_write(&file, offset, bytes, size), FILE_OK);
        memcpy(expected + offset, bytes, size);
        end = offset + size > end ? offset + size : end;
        assert_int_equal(file_read(&reader, 0, found, SIZE, &read_size), FILE_OK);
        assert_int_equal(read_size, end);
        assert_memory_equal(found, expected, end);
    }
    assert_int_equal(file_sync(&file), FILE_OK);
    file_close(&file);
    file_close(&reader);
    free(memory);
    free(found);
    free(expected);
}

/* Two files are synced side by side; one that is closed too early is waited for. */
static void test_a_sync_in_two_steps(void **state)
{
    (void)state;
    const struct file_system *system = file_system_posix();
    struct file first;
    struct file second;
    assert_int_equal(file_open(&first, system, path_in("first"), FILE_CREATE), FILE_OK);
    assert_int_equal(file_open(&second, system, path_in("second"), FILE_CREATE), FILE_OK);
    for (uint64_t i = 0; i < 10; i++) {
        assert_int_equal(file_write(&first, i, "a", 1), FILE_OK);
        assert_int_equal(file_write(&second, i, "b", 1), FILE_OK);
        assert_int_equal(file_sync_begin(&first), FILE_OK);
        assert_int_equal(file_sync(&second), FILE_OK);
        assert_int_equal(file_sync_end(&first), FILE_OK);
    }
    assert_int_equal(file_sync_begin(&first), FILE_OK);
    file_close(&first);
    assert_int_equal(file_open(&first, system, path_in("first"), FILE_WRITE), FILE_OK);
    assert_int_equal(file_sync_begin(&first), FILE_OK);
    assert_int_equal(file_sync_end(&first), FILE_OK);
    file_close(&first);
    file_close(&second);
}

static void test_modes_locks_and_rights(void **state)
{
    (void)state;
    const struct file_system *system = file_system_posix();
    struct file file;
    struct file other;
    struct stat properties;
    assert_int_equal(file_open(&file, system, path_in("x"), FILE_READ), FILE_NOT_FOUND);
    assert_int_equal(file_open(&file, system, path_in("x"), FILE_WRITE), FILE_NOT_FOUND);
    assert_int_equal(file_open(&file, system, path_in("x"), FILE_CREATE), FILE_OK);
    assert_int_equal(stat(path_in("x"), &properties), 0);
    assert_int_equal(properties.st_mode & 0777, 0600);
    assert_int_equal(file_open(&other, system, path_in("x"), FILE_CREATE), FILE_EXISTS);
    assert_int_equal(file_open(&other, system, path_in("x"), FILE_WRITE_CREATE), FILE_OK);
    assert_int_equal(file_lock(&file), FILE_OK);
    assert_int_equal(file_lock(&other), FILE_LOCKED);
    file_close(&file);
    assert_int_equal(file_lock(&other), FILE_OK);
    file_close(&other);
    assert_int_equal(file_unlink(system, path_in("x")), FILE_OK);
    assert_int_equal(file_unlink(system, path_in("x")), FILE_NOT_FOUND);
}

static void count_name(void *context, const char *name)
{
    unsigned *seen = context;
    *seen += strcmp(name, "sub") == 0 ? 1 : strcmp(name, "new") == 0 ? 10 : 1000;
}

static void test_directories(void **state)
{
    (void)state;
    const struct file_system *system = file_system_posix();
    unsigned seen = 0;
    assert_int_equal(directory_create(system, path_in("sub")), FILE_OK);
    assert_int_equal(directory_create(system, path_in("sub")), FILE_OK);
    assert_int_equal(directory_create(system, path_in("no/such")), FILE_NOT_FOUND);
    assert_int_equal(file_replace(system, path_in("old"), "1", 1), FILE_OK);
    char to[FILE_PATH_SIZE_MAX];
    assert_int_equal(file_path_join(to, directory, "new"), FILE_OK);
    assert_int_equal(file_rename(system, path_in("old"), to), FILE_OK);
    assert_int_equal(directory_sync(system, directory), FILE_OK);
    assert_int_equal(directory_list(system, directory, count_name, &seen), FILE_OK);
    assert_int_equal(seen, 11);
    assert_int_equal(directory_list(system, path_in("none"), count_name, &seen), FILE_NOT_FOUND);
}

static void test_long_paths_and_large_files_are_refused(void **state)
{
    (void)state;
    char name[FILE_PATH_SIZE_MAX + 8];
    char path[FILE_PATH_SIZE_MAX];
    uint8_t bytes[4];
    size_t size = 0;
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    assert_int_equal(file_path_join(path, directory, name), FILE_PATH);
    assert_int_equal(file_replace(file_system_posix(), name, "1", 1), FILE_PATH);
    assert_int_equal(file_replace(file_system_posix(), path_in("five"), "12345", 5), FILE_OK);
    assert_int_equal(file_read_all(file_system_posix(), path_in("five"), bytes, 4, &size),
                     FILE_TOO_LARGE);
}

static void test_a_directory_that_cannot_be_written_is_reported(void **state)
{
    (void)state;
    struct file file;
    /* /dev/full takes opens and refuses every byte. */
    assert_int_equal(file_open(&file, file_system_posix(), "/dev/full", FILE_WRITE), FILE_OK);
    assert_int_equal(file_write(&file, 0, "1", 1), FILE_FULL);
    uint8_t *blocks = aligned_alloc(FILE_BLOCK_SIZE, FILE_PAST_CACHE_MIN);
    assert_non_null(blocks);
    memset(blocks, 1, FILE_PAST_CACHE_MIN);
    assert_int_equal(file_write(&file, 0, blocks, FILE_PAST_CACHE_MIN), FILE_FULL);
    free(blocks);
    file_close(&file);
}

/* Replaces "old" by "new, longer" with a fault at each operation, then looks what is there. */
static void replace_everywhere(enum fault_kind kind)
{
    static const char fresh[] = "new, longer";
    bool met = true;
    for (uint64_t operation = 1; met; operation++) {
        for (uint64_t seed = 0; seed < 20; seed++) {
            struct disk *disk = disk_new(seed);
            const struct file_system *system = disk_system(disk);
            char found[32];
            size_t size = 0;
            assert_int_equal(directory_create(system, "d"), FILE_OK);
            assert_int_equal(file_replace(system, "d/f", "old", 3), FILE_OK);
            disk_plan(disk, kind, operation);
            enum file_status status = file_replace(system, "d/f", fresh, sizeof(fresh) - 1);
            met = disk_met(disk);
            disk_crash(disk);
            disk_restart(disk);
            assert_int_equal(file_read_all(system, "d/f", found, sizeof(found), &size), FILE_OK);
            bool is_new = size == sizeof(fresh) - 1 && memcmp(found, fresh, size) == 0;
            bool is_old = size == 3 && memcmp(found, "old", 3) == 0;
            assert_true(is_new || is_old);
            assert_true(is_new || status != FILE_OK);
            assert_int_equal(file_replace(system, "d/f", "again", 5), FILE_OK);
            disk_free(disk);
        }
    }
}

static void test_replacing_is_all_or_nothing(void **state)
{
    (void)state;
    replace_everywhere(FAULT_CRASH);
    replace_everywhere(FAULT_IO);
    replace_everywhere(FAULT_FULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reading_gives_back_what_was_written, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_long_writes_leave_what_short_ones_would, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_sync_in_two_steps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_modes_locks_and_rights, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_directories, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long_paths_and_large_files_are_refused, set_up,
                                        tear_down),
        cmocka_unit_test(test_a_directory_that_cannot_be_written_is_reported),
        cmocka_unit_test(test_replacing_is_all_or_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
