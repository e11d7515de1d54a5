/*
 * Goal: a crash keeps what host/file.h promises and no more, every unsynced write by itself, whole,
 * torn or not at all; faults come at the operation that they were planned for; space is counted;
 * time is what the prices say.
 */
#include "netsim/engine/disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static struct disk *disk;
static struct file file;

static int set_up(void **state)
{
    (void)state;
    disk = disk_new(1);
    file_init(&file);
    return directory_create(disk_system(disk), "data") == FILE_OK &&
                   directory_sync(disk_system(disk), ".") == FILE_OK
               ? 0
               : 1;
}

static int tear_down(void **state)
{
    (void)state;
    disk_free(disk);
    return 0;
}

static void make(const char *path, const char *text)
{
    assert_int_equal(file_open(&file, disk_system(disk), path, FILE_WRITE_CREATE), FILE_OK);
    assert_int_equal(file_truncate(&file, 0), FILE_OK);
    assert_int_equal(file_write(&file, 0, text, strlen(text)), FILE_OK);
    assert_int_equal(file_sync(&file), FILE_OK);
    assert_int_equal(directory_sync(disk_system(disk), "data"), FILE_OK);
}

/* The bytes of a file as text; "-" when there is none. */
static const char *text_of(const char *path)
{
    static char text[4][64];
    static unsigned next;
    char *out = text[next++ % 4];
    size_t size;
    if (disk_size(disk, path) == UINT64_MAX) {
        return "-";
    }
    uint8_t *bytes = disk_take(disk, path, &size);
    assert_true(size < sizeof text[0]);
    memcpy(out, bytes, size);
    out[size] = '\0';
    free(bytes);
    return out;
}

static void power_cut(void)
{
    disk_crash(disk);
    disk_restart(disk);
}

static void what_is_synced_survives(void **state)
{
    (void)state;
    make("data/a", "synced");
    power_cut();
    assert_string_equal(text_of("data/a"), "synced");
}

static void a_file_without_a_synced_name_may_vanish(void **state)
{
    (void)state;
    unsigned seen = 0;
    for (unsigned i = 0; i < 40; i++) {
        assert_int_equal(file_open(&file, disk_system(disk), "data/a", FILE_CREATE), FILE_OK);
        power_cut();
        bool there = disk_size(disk, "data/a") != UINT64_MAX;
        seen |= there ? 1 : 2;
        if (there) {
            assert_int_equal(file_unlink(disk_system(disk), "data/a"), FILE_OK);
            assert_int_equal(directory_sync(disk_system(disk), "data"), FILE_OK);
        }
    }
    assert_int_equal(seen, 3); /* sometimes, and sometimes not */
}

/* Overlapping writes and a truncation: every selection of them is possible, and nothing else. */
static void unsynced_writes_survive_one_by_one(void **state)
{
    (void)state;
    bool kept_all = false;
    bool kept_none = false;
    bool second_alone = false;
    bool torn = false;
    for (uint64_t seed = 0; seed < 400; seed++) {
        disk_free(disk);
        disk = disk_new(seed);
        assert_int_equal(directory_create(disk_system(disk), "data"), FILE_OK);
        assert_int_equal(directory_sync(disk_system(disk), "."), FILE_OK);
        make("data/a", "abcdef");
        assert_int_equal(file_write(&file, 0, "XX", 2), FILE_OK);
        assert_int_equal(file_write(&file, 4, "YYYY", 4), FILE_OK);
        assert_int_equal(file_truncate(&file, 7), FILE_OK);
        assert_string_equal(text_of("data/a"), "XXcdYYY");
        power_cut();
        const char *text = text_of("data/a");
        kept_all = kept_all || strcmp(text, "XXcdYYY") == 0;
        kept_none = kept_none || strcmp(text, "abcdef") == 0;
        second_alone = second_alone || strcmp(text, "abcdYYYY") == 0;
        torn = torn || strncmp(text, "aXcd", 4) == 0 || strncmp(text, "Xbcd", 4) == 0;
        assert_true(text[2] == 'c' && text[3] == 'd');
        assert_true(strlen(text) >= 6 && strlen(text) <= 8);
    }
    assert_true(kept_all && kept_none && second_alone && torn);
    const struct disk_damage *damage = disk_damage(disk);
    assert_int_equal(damage->kept + damage->torn + damage->lost, 3);
}

/* Of a thousand writes to one place the older ones have reached the disk by themselves. */
static void what_waits_for_long_is_written_back(void **state)
{
    (void)state;
    unsigned lowest = 1000;
    make("data/a", "0000");
    for (unsigned cut = 0; cut < 20; cut++) {
        for (unsigned i = 1; i < 1000; i++) {
            char text[5];
            (void)snprintf(text, sizeof text, "%04u", i);
            assert_int_equal(file_write(&file, 0, text, 4), FILE_OK);
        }
        assert_string_equal(text_of("data/a"), "0999");
        power_cut();
        assert_int_equal(file_open(&file, disk_system(disk), "data/a", FILE_WRITE), FILE_OK);
        unsigned found = (unsigned)strtoul(text_of("data/a"), NULL, 10);
        lowest = found < lowest ? found : lowest;
        assert_true(found >= 700); /* also torn ones begin with these digits */
    }
    assert_true(lowest < 999);
}

static void the_end_of_a_process_loses_nothing(void **state)
{
    (void)state;
    make("data/a", "abc");
    assert_int_equal(file_write(&file, 3, "def", 3), FILE_OK);
    assert_int_equal(file_lock(&file), FILE_OK);
    disk_kill(disk);
    assert_string_equal(text_of("data/a"), "abcdef");
    assert_int_equal(file_open(&file, disk_system(disk), "data/a", FILE_WRITE), FILE_OK);
    assert_int_equal(file_lock(&file), FILE_OK); /* free again */
    struct file second;
    assert_int_equal(file_open(&second, disk_system(disk), "data/a", FILE_WRITE), FILE_OK);
    assert_int_equal(file_lock(&second), FILE_LOCKED);
}

static void an_unsynced_unlink_may_come_back_whole(void **state)
{
    (void)state;
    unsigned seen = 0;
    for (unsigned i = 0; i < 40; i++) {
        make("data/a", "abc");
        file_close(&file);
        assert_int_equal(file_unlink(disk_system(disk), "data/a"), FILE_OK);
        assert_int_equal(disk_used(disk), 0);
        assert_int_equal(disk_size(disk, "data/a"), UINT64_MAX);
        power_cut();
        bool back = disk_size(disk, "data/a") != UINT64_MAX;
        seen |= back ? 1 : 2;
        assert_string_equal(text_of("data/a"), back ? "abc" : "-");
        assert_int_equal(disk_used(disk), back ? 3 : 0);
        assert_true(disk_damage(disk)->names > 0 || !back);
    }
    assert_int_equal(seen, 3);
}

static void a_rename_is_all_or_nothing(void **state)
{
    (void)state;
    unsigned seen = 0;
    for (unsigned i = 0; i < 40; i++) {
        make("data/old", "old");
        file_close(&file);
        make("data/new", "new!");
        file_close(&file);
        assert_int_equal(file_rename(disk_system(disk), "data/new", "data/old"), FILE_OK);
        assert_int_equal(disk_used(disk), 4); /* the space of the file replaced is free */
        power_cut();
        bool renamed = disk_size(disk, "data/new") == UINT64_MAX;
        seen |= renamed ? 1 : 2;
        assert_string_equal(text_of("data/old"), renamed ? "new!" : "old");
        if (!renamed) {
            assert_int_equal(file_unlink(disk_system(disk), "data/new"), FILE_OK);
        }
        assert_int_equal(directory_sync(disk_system(disk), "data"), FILE_OK);
    }
    assert_int_equal(seen, 3);
}

static void nodes_of_unlinked_files_are_used_again(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2000; i++) {
        make("data/a", "x");
        file_close(&file);
        assert_int_equal(file_unlink(disk_system(disk), "data/a"), FILE_OK);
        assert_int_equal(directory_sync(disk_system(disk), "data"), FILE_OK);
    }
    assert_int_equal(disk_used(disk), 0);
}

/* ---- Faults -------------------------------------------------------------------------------- */

static void a_fault_comes_at_its_operation(void **state)
{
    (void)state;
    static const enum file_status expected[] = {
        [FAULT_CRASH] = FILE_IO, [FAULT_IO] = FILE_IO, [FAULT_FULL] = FILE_FULL};
    for (enum fault_kind kind = FAULT_CRASH; kind <= FAULT_FULL; kind++) {
        make("data/a", "abcdef");
        disk_plan(disk, kind, 2);
        assert_int_equal(file_write(&file, 6, "g", 1), FILE_OK);
        assert_false(disk_met(disk));
        assert_int_equal(file_write(&file, 7, "hijk", 4), expected[kind]);
        assert_true(disk_met(disk));
        assert_true(disk_size(disk, "data/a") < 11); /* a prefix at most */
        assert_int_equal(disk_is_crashed(disk), kind == FAULT_CRASH);
        assert_int_equal(file_write(&file, 7, "h", 1), kind == FAULT_CRASH ? FILE_IO : FILE_OK);
        power_cut();
        assert_false(disk_is_crashed(disk));
    }
}

static void a_disk_is_full_at_its_size(void **state)
{
    (void)state;
    make("data/a", "abcdef");
    disk_space(disk, 8);
    assert_int_equal(disk_space_left(disk), 2);
    assert_int_equal(file_write(&file, 0, "ABCDEF", 6), FILE_OK); /* no growth */
    assert_int_equal(file_write(&file, 6, "gh", 2), FILE_OK);
    assert_int_equal(file_write(&file, 8, "i", 1), FILE_FULL);
    assert_int_equal(disk_space_left(disk), 0);
    assert_int_equal(file_truncate(&file, 4), FILE_OK);
    assert_int_equal(disk_used(disk), 4);
    assert_int_equal(disk_operate(disk, 3, true), FILE_OK); /* a store's */
    assert_int_equal(disk_operate(disk, 2, true), FILE_FULL);
    assert_int_equal(disk_used(disk), 7);
    disk_space(disk, 0);
    assert_int_equal(disk_space_left(disk), 0);
}

static void rot_turns_one_bit(void **state)
{
    (void)state;
    assert_false(disk_rot_within(disk, "data", 5));
    make("data/a", "aaaa");
    make("data/b", "bbbb");
    for (uint64_t draw = 0; draw < 64; draw++) {
        unsigned changed = 0;
        disk_put(disk, "data/a", "aaaa", 4);
        disk_put(disk, "data/b", "bbbb", 4);
        assert_true(disk_rot_within(disk, "data", draw));
        const char *a = text_of("data/a");
        const char *b = text_of("data/b");
        for (unsigned i = 0; i < 4; i++) {
            changed += (unsigned)__builtin_popcount((unsigned)(uint8_t)a[i] ^ 'a');
            changed += (unsigned)__builtin_popcount((unsigned)(uint8_t)b[i] ^ 'b');
        }
        assert_int_equal(changed, 1);
    }
    disk_rot(disk, "data/a", 3, 1);
    power_cut();
    assert_int_equal(text_of("data/a")[3], 'a' ^ 1); /* durable */
    expect_assert_failure(disk_rot(disk, "data/a", 4, 1));
    disk_cut(disk, "data/a", 2);
    assert_int_equal(disk_size(disk, "data/a"), 2);
}

/* ---- Time ---------------------------------------------------------------------------------- */

/* A sync in two steps lasts as long as what is done meanwhile, or longer; its bytes are durable
 * at its end. */
static void what_is_done_during_a_sync_is_done_beside_it(void **state)
{
    (void)state;
    struct file other;
    make("data/a", "");
    assert_int_equal(file_open(&other, disk_system(disk), "data/b", FILE_WRITE_CREATE), FILE_OK);
    (void)disk_elapsed_ns(disk);
    *disk_prices(disk) = (struct disk_prices){.sync_ns = 5000, .slow_permille = 1000};
    assert_int_equal(file_sync_begin(&file), FILE_OK);
    assert_int_equal(disk_elapsed_ns(disk), 0);
    expect_assert_failure((void)(file_write(&file, 0, "x", 1) == FILE_OK));
    expect_assert_failure((void)(file_sync(&file) == FILE_OK));
    disk_prices(disk)->sync_ns = 3000;
    assert_int_equal(file_sync(&other), FILE_OK);
    assert_int_equal(disk_elapsed_ns(disk), 3000);
    assert_int_equal(file_sync_end(&file), FILE_OK);
    assert_int_equal(disk_elapsed_ns(disk), 2000);
    assert_int_equal(file_sync_begin(&file), FILE_OK);
    disk_prices(disk)->sync_ns = 4000;
    assert_int_equal(file_sync(&other), FILE_OK);
    assert_int_equal(file_sync_end(&file), FILE_OK);
    assert_int_equal(disk_elapsed_ns(disk), 4000);
    disk_plan(disk, FAULT_IO, 2);
    assert_int_equal(file_sync_begin(&file), FILE_OK);
    assert_int_equal(file_sync_end(&file), FILE_IO);
    file_close(&other);
}

static void a_power_cut_during_a_sync_may_take_its_bytes(void **state)
{
    (void)state;
    bool kept = false;
    bool lost = false;
    for (unsigned i = 0; i < 64 && !(kept && lost); i++) {
        make("data/a", "old");
        assert_int_equal(file_write(&file, 0, "new", 3), FILE_OK);
        assert_int_equal(file_sync_begin(&file), FILE_OK);
        disk_crash(disk);
        file_close(&file);
        disk_restart(disk);
        kept = kept || strcmp(text_of("data/a"), "new") == 0;
        lost = lost || strcmp(text_of("data/a"), "old") == 0;
    }
    assert_true(kept && lost);
}

static void operations_cost_what_the_prices_say(void **state)
{
    (void)state;
    static uint8_t bytes[8192];
    make("data/a", "");
    assert_int_equal(disk_elapsed_ns(disk), 0);
    *disk_prices(disk) = (struct disk_prices){
        .write_kib_ns = 10, .sync_ns = 5000, .sync_kib_ns = 100, .slow_permille = 1000};
    assert_int_equal(file_write(&file, 0, bytes, 8192), FILE_OK);
    assert_int_equal(disk_elapsed_ns(disk), 80);
    assert_int_equal(disk_elapsed_ns(disk), 0);
    assert_int_equal(file_sync(&file), FILE_OK);
    assert_int_equal(disk_elapsed_ns(disk), 5800);
    assert_int_equal(file_sync(&file), FILE_OK); /* nothing to make durable */
    assert_int_equal(disk_elapsed_ns(disk), 5000);
    disk_prices(disk)->slow_permille = 3000;
    disk_prices(disk)->extra_ns = 7;
    assert_int_equal(directory_sync(disk_system(disk), "data"), FILE_OK);
    assert_int_equal(disk_elapsed_ns(disk), 15007);
    assert_int_equal(disk_operate(disk, 1024, true), FILE_OK);
    assert_int_equal(disk_elapsed_ns(disk), 30 + 15300 + 7);
    assert_int_equal(disk_operate(disk, 1024, false), FILE_OK);
    assert_int_equal(disk_elapsed_ns(disk), 30);
}

static void stalls_come_as_often_as_told(void **state)
{
    (void)state;
    unsigned stalls = 0;
    make("data/a", "x");
    *disk_prices(disk) =
        (struct disk_prices){.stall_permille = 200, .stall_ns = 1000000, .spread_ns = 50};
    for (unsigned i = 0; i < 1000; i++) {
        assert_int_equal(file_sync(&file), FILE_OK);
        uint64_t elapsed_ns = disk_elapsed_ns(disk);
        assert_true(elapsed_ns <= 50 || (elapsed_ns >= 1000000 && elapsed_ns <= 1000050));
        stalls += elapsed_ns >= 1000000 ? 1 : 0;
    }
    assert_in_range(stalls, 150, 250);
}

static void a_disk_that_has_no_power_answers_nothing(void **state)
{
    (void)state;
    make("data/a", "x");
    disk_crash(disk);
    size_t size;
    uint8_t byte;
    assert_int_equal(file_read(&file, 0, &byte, 1, &size), FILE_IO);
    assert_int_equal(file_sync(&file), FILE_IO);
    assert_int_equal(disk_operate(disk, 1, false), FILE_IO);
    assert_int_equal(directory_create(disk_system(disk), "other"), FILE_IO);
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_synced_survives, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_without_a_synced_name_may_vanish, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unsynced_writes_survive_one_by_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_waits_for_long_is_written_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_end_of_a_process_loses_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_unsynced_unlink_may_come_back_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_rename_is_all_or_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nodes_of_unlinked_files_are_used_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_fault_comes_at_its_operation, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_disk_is_full_at_its_size, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rot_turns_one_bit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(operations_cost_what_the_prices_say, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_done_during_a_sync_is_done_beside_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_power_cut_during_a_sync_may_take_its_bytes, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(stalls_come_as_often_as_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_disk_that_has_no_power_answers_nothing, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
