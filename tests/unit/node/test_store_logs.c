/*
 * LevelDB's logs and the power: what store_logs_sync has been through is there afterwards, in the
 * log that LevelDB writes and in those that it has left.
 */
#include <string.h>

#include "netsim/engine/disk.h"
#include "node/store_logs.h"
#include "tests/support/cmocka.h"

enum {
    ROUNDS = 50
};

static const char *const names[] = {"store/000003.log", "store/000007.log", "store/000004.ldb",
                                    "store/LOG", "store/.log"};
enum {
    NAMES = sizeof names / sizeof names[0],
    LOGS = 2 /* the first of them */
};

static struct disk *disk_with_files(uint64_t seed)
{
    struct disk *disk = disk_new(seed);
    assert_non_null(disk);
    assert_int_equal(directory_create(disk_system(disk), "store"), FILE_OK);
    for (size_t i = 0; i < NAMES; i++) {
        struct file file;
        assert_int_equal(file_open(&file, disk_system(disk), names[i], FILE_CREATE), FILE_OK);
        assert_int_equal(file_write(&file, 0, "lazy", 4), FILE_OK);
        file_close(&file);
    }
    return disk;
}

/* Whether a file holds what was written. */
static bool is_whole(struct disk *disk, const char *name)
{
    char bytes[8];
    size_t size = 0;
    return file_read_all(disk_system(disk), name, bytes, sizeof bytes, &size) == FILE_OK &&
           size == 4 && memcmp(bytes, "lazy", 4) == 0;
}

/* Power cuts right after it: both logs are whole in each round; without it, not in each. */
static void test_all_logs_survive(void **state)
{
    (void)state;
    unsigned lost_without = 0;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        for (unsigned synced = 0; synced < 2; synced++) {
            struct disk *disk = disk_with_files(seed);
            if (synced != 0) {
                assert_int_equal(store_logs_sync(disk_system(disk), "store"), FILE_OK);
            }
            disk_crash(disk);
            disk_restart(disk);
            for (size_t i = 0; i < LOGS; i++) {
                bool whole = is_whole(disk, names[i]);
                assert_true(whole || synced == 0);
                lost_without += whole ? 0 : 1;
            }
            disk_free(disk);
        }
    }
    assert_true(lost_without > 0);
}

/* Each operation fails once: said, until none is met any more. */
static void test_a_failing_disk_is_told(void **state)
{
    (void)state;
    bool met = true;
    unsigned faults = 0;
    for (uint64_t n = 1; met; n++) {
        struct disk *disk = disk_with_files(n);
        disk_plan(disk, FAULT_IO, n);
        enum file_status status = store_logs_sync(disk_system(disk), "store");
        met = disk_met(disk);
        assert_int_equal(status == FILE_OK, !met);
        faults += met ? 1 : 0;
        disk_free(disk);
    }
    assert_true(faults >= LOGS + 1); /* each log, and the directory */
}

static void test_a_directory_that_is_missing_is_told(void **state)
{
    (void)state;
    struct disk *disk = disk_new(1);
    assert_non_null(disk);
    assert_int_not_equal(store_logs_sync(disk_system(disk), "store"), FILE_OK);
    disk_free(disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_logs_survive),
        cmocka_unit_test(test_a_failing_disk_is_told),
        cmocka_unit_test(test_a_directory_that_is_missing_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
