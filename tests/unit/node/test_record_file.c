/*
 * Record files: torn or lost is decided as the table in docs/data-storage.md says, for every place
 * at which a file can be damaged.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/start.h"
#include "netsim/engine/disk.h"
#include "node/record_file.h"
#include "tests/support/cmocka.h"

enum {
    KIND = 9,
    BODY = 20,
    STRIDE = RECORD_HEADER_SIZE + BODY,
};

static const struct record_file_header header = {
    .kind = KIND, .instance = {1, 2, 3}, .owner = {{4}}, .file_number = 5, .first_number = 1};

static struct record_file_identity identity_of(void)
{
    return (struct record_file_identity){KIND, header.owner, header.file_number};
}

/* Where record `number` of a file without carried-over part begins. */
static uint64_t place_of(uint64_t number)
{
    return RECORD_FILE_HEADER_SIZE + (number - 1) * STRIDE;
}

static void append(struct record_file *records, uint64_t expected)
{
    uint8_t body[BODY];
    uint64_t number = 0;
    uint64_t offset = 0;
    memset(body, (int)expected, sizeof(body));
    assert_int_equal(record_file_append(records, body, 7, body + 7, BODY - 7, &number, &offset),
                     FILE_OK);
    assert_int_equal(number, expected);
    assert_int_equal(offset, place_of(expected));
}

/* The example of record_file.h: groups {1,2,3} and {4,5,6}. The mark is left empty. */
static struct disk *two_groups(void)
{
    struct disk *disk = disk_new(1);
    struct record_file records;
    assert_int_equal(record_file_create(&records, disk_system(disk), "f", &header), FILE_OK);
    for (uint64_t number = 1; number <= 6; number++) {
        append(&records, number);
        if (number % 3 == 0) {
            assert_int_equal(record_file_sync(&records), FILE_OK);
        }
    }
    record_file_close(&records);
    return disk;
}

static bool see(void *context, uint64_t number, uint64_t offset, const uint8_t *body, size_t size)
{
    uint64_t *seen = context;
    uint8_t expected[BODY];
    memset(expected, (int)number, sizeof(expected));
    assert_int_equal(offset, place_of(number));
    assert_int_equal(size, BODY);
    assert_memory_equal(body, expected, BODY);
    *seen = *seen * 10 + number;
    return true;
}

/* Opens with this mark (0: none) and closes again; *seen lists the records visited as digits. */
static enum record_check open_with_mark(struct disk *disk, uint64_t marked, uint64_t *seen)
{
    struct record_file_identity identity = identity_of();
    struct record_file records;
    struct record_scan scan;
    struct file mark;
    *seen = 0;
    assert_int_equal(file_open(&mark, disk_system(disk), "mark", FILE_WRITE_CREATE), FILE_OK);
    if (marked > 0) {
        struct record_file marking = {.header = header, .durable_number = marked};
        record_mark_write(&mark, &marking);
        assert_int_equal(record_mark_read(&mark, header.instance), marked);
    }
    enum record_check check =
        record_file_open(&records, disk_system(disk), "f", &identity, &mark, see, seen, &scan);
    if (check == RECORD_OK || check == RECORD_TORN_TAIL) {
        assert_int_equal(records.next_number, scan.last_number + 1);
        record_file_close(&records);
    }
    file_close(&mark);
    return check;
}

static enum record_check survey(struct disk *disk, uint64_t *seen)
{
    struct record_file_identity identity = identity_of();
    struct record_file records;
    struct record_scan scan;
    *seen = 0;
    enum record_check check =
        record_file_survey(&records, disk_system(disk), "f", &identity, see, seen, &scan);
    if (check == RECORD_OK || check == RECORD_TORN_TAIL || check == RECORD_LOST) {
        record_file_close(&records);
    }
    return check;
}

static void test_damage_in_the_last_group_is_torn_in_an_earlier_one_lost(void **state)
{
    (void)state;
    for (uint64_t number = 1; number <= 6; number++) {
        for (uint64_t byte = 0; byte < STRIDE; byte += 3) {
            struct disk *disk = two_groups();
            uint64_t seen = 0;
            uint64_t size = disk_size(disk, "f");
            disk_rot(disk, "f", place_of(number) + byte, 0x20);
            enum record_check check = open_with_mark(disk, 0, &seen);
            if (number <= 3) {
                assert_int_equal(check, RECORD_LOST);
                assert_int_equal(disk_size(disk, "f"), size); /* nothing was touched */
            } else {
                assert_int_equal(check, RECORD_TORN_TAIL);
                assert_int_equal(disk_size(disk, "f"), place_of(number));
            }
            disk_free(disk);
        }
    }
}

static void test_the_mark_speaks_for_the_last_group(void **state)
{
    (void)state;
    struct disk *disk = two_groups();
    uint64_t seen = 0;
    assert_int_equal(open_with_mark(disk, 6, &seen), RECORD_OK);
    assert_int_equal(seen, 123456);
    uint64_t size = disk_size(disk, "f");
    disk_cut(disk, "f", size - 1);
    assert_int_equal(open_with_mark(disk, 6, &seen), RECORD_LOST);
    assert_int_equal(disk_size(disk, "f"), size - 1);
    assert_int_equal(open_with_mark(disk, 5, &seen), RECORD_TORN_TAIL);
    assert_int_equal(seen, 12345);
    disk_rot(disk, "mark", 32, 0xff); /* a damaged mark is none */
    assert_int_equal(open_with_mark(disk, 0, &seen), RECORD_OK);
    disk_free(disk);
}

static void test_a_survey_goes_on_behind_the_damage(void **state)
{
    (void)state;
    struct disk *disk = two_groups();
    uint64_t seen = 0;
    disk_rot(disk, "f", place_of(2) + RECORD_HEADER_SIZE + 3, 1);
    assert_int_equal(survey(disk, &seen), RECORD_LOST);
    assert_int_equal(seen, 13456);
    disk_rot(disk, "f", place_of(3) + 9, 1);
    assert_int_equal(survey(disk, &seen), RECORD_LOST);
    assert_int_equal(seen, 1456);
    disk_free(disk);
}

/* A body that holds the bytes of a record is not taken for one when the search passes over it. */
static void test_a_record_within_a_body_is_not_believed(void **state)
{
    (void)state;
    struct disk *disk = two_groups();
    size_t size = 0;
    uint8_t *bytes = disk_take(disk, "f", &size);
    struct record_file_header other_header = header;
    other_header.file_number = 6;
    struct record_file records;
    uint64_t number = 0;
    assert_int_equal(record_file_create(&records, disk_system(disk), "g", &other_header), FILE_OK);
    assert_int_equal(record_file_append(&records, bytes + RECORD_FILE_HEADER_SIZE,
                                        size - RECORD_FILE_HEADER_SIZE, NULL, 0, &number, NULL),
                     FILE_OK);
    assert_int_equal(record_file_sync(&records), FILE_OK);
    record_file_close(&records);
    disk_rot(disk, "g", RECORD_FILE_HEADER_SIZE + 8, 1);
    struct record_file_identity identity = {KIND, header.owner, 6};
    struct record_scan scan;
    uint64_t seen = 0;
    assert_int_equal(
        record_file_survey(&records, disk_system(disk), "g", &identity, see, &seen, &scan),
        RECORD_TORN_TAIL);
    assert_int_equal(seen, 0);
    record_file_close(&records);
    free(bytes);
    disk_free(disk);
}

static void test_the_header_says_whose_file_it_is(void **state)
{
    (void)state;
    struct disk *disk = two_groups();
    struct file mark;
    assert_int_equal(file_open(&mark, disk_system(disk), "mark", FILE_WRITE_CREATE), FILE_OK);
    for (int i = 0; i < 3; i++) {
        struct record_file_identity identity = identity_of();
        struct record_file records;
        struct record_scan scan;
        identity.kind += i == 0 ? 1 : 0;
        identity.owner.bytes[0] ^= i == 1 ? 1 : 0;
        identity.file_number += i == 2 ? 1 : 0;
        assert_int_equal(
            record_file_open(&records, disk_system(disk), "f", &identity, &mark, NULL, NULL, &scan),
            RECORD_FOREIGN);
    }
    file_close(&mark);
    for (uint64_t offset = 0; offset < RECORD_FILE_HEADER_SIZE; offset++) {
        uint64_t seen = 0;
        disk_rot(disk, "f", offset, 2);
        assert_int_equal(open_with_mark(disk, 0, &seen), RECORD_HEADER);
        disk_rot(disk, "f", offset, 2);
    }
    disk_free(disk);
}

static void test_reading_queued_written_and_damaged_records(void **state)
{
    (void)state;
    struct disk *disk = disk_new(1);
    struct record_file records;
    uint8_t body[BODY];
    size_t size = 0;
    assert_int_equal(record_file_create(&records, disk_system(disk), "f", &header), FILE_OK);
    append(&records, 1);
    assert_int_equal(record_file_read(&records, place_of(1), body, sizeof(body), &size), FILE_OK);
    assert_int_equal(record_file_sync(&records), FILE_OK);
    append(&records, 2);
    for (uint64_t number = 1; number <= 2; number++) {
        assert_int_equal(record_file_read(&records, place_of(number), body, sizeof(body), &size),
                         FILE_OK);
        assert_int_equal(size, BODY);
        assert_int_equal(body[BODY - 1], number);
    }
    assert_int_equal(record_file_read(&records, place_of(1), body, BODY - 1, &size),
                     FILE_TOO_LARGE);
    assert_int_equal(record_file_read(&records, place_of(3), body, BODY, &size), FILE_NOT_FOUND);
    assert_int_equal(record_file_read(&records, place_of(1) + 1, body, BODY, &size),
                     FILE_NOT_FOUND);
    disk_rot(disk, "f", place_of(1) + RECORD_HEADER_SIZE, 1);
    assert_int_equal(record_file_read(&records, place_of(1), body, BODY, &size), FILE_NOT_FOUND);
    record_file_close(&records);
    disk_free(disk);
}

static void test_after_a_failed_sync_nothing_more_is_written(void **state)
{
    (void)state;
    struct disk *disk = disk_new(1);
    struct record_file records;
    uint64_t number = 0;
    assert_int_equal(record_file_create(&records, disk_system(disk), "f", &header), FILE_OK);
    append(&records, 1);
    disk_plan(disk, FAULT_IO, 2); /* the write passes, the sync fails */
    assert_int_equal(record_file_sync(&records), FILE_IO);
    assert_int_equal(record_file_sync(&records), FILE_IO);
    assert_int_equal(record_file_append(&records, "x", 1, NULL, 0, &number, NULL), FILE_IO);
    record_file_close(&records);
    disk_free(disk);
}

int main(void)
{
    if (crypto_start() != CRYPTO_START_OK) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_damage_in_the_last_group_is_torn_in_an_earlier_one_lost),
        cmocka_unit_test(test_the_mark_speaks_for_the_last_group),
        cmocka_unit_test(test_a_survey_goes_on_behind_the_damage),
        cmocka_unit_test(test_a_record_within_a_body_is_not_believed),
        cmocka_unit_test(test_the_header_says_whose_file_it_is),
        cmocka_unit_test(test_reading_queued_written_and_damaged_records),
        cmocka_unit_test(test_after_a_failed_sync_nothing_more_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
