/*
 * Goal: no bytes on the disk crash the opening of a record file, and a file that opens well stays
 * as it is when it is opened again, and can be appended to.
 *
 * Input: the file. Its header is replaced by a valid one, so that the records are reached.
 */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "netsim/engine/disk.h"
#include "node/record_file.h"

static struct record_file_header header = {.kind = 7, .file_number = 1, .first_number = 1};

static bool count_record(void *context, uint64_t number, uint64_t offset, const uint8_t *body,
                         size_t size)
{
    (void)body;
    (void)size;
    uint64_t *count = context;
    TALLY_ASSERT(number == *count + 1);
    TALLY_ASSERT(offset >= RECORD_FILE_HEADER_SIZE);
    *count += 1;
    return true;
}

/* Opens, counts and closes; false if it was refused. */
static bool open_and_count(struct disk *disk, bool append, uint64_t *count)
{
    struct record_file records;
    struct record_scan scan;
    struct file mark;
    struct record_file_identity identity = {header.kind, header.owner, header.file_number};
    const struct file_system *system = disk_system(disk);
    *count = 0;
    TALLY_ASSERT(file_open(&mark, system, "d/mark", FILE_WRITE_CREATE) == FILE_OK);
    enum record_check check =
        record_file_open(&records, system, "d/f", &identity, &mark, count_record, count, &scan);
    bool good = check == RECORD_OK || check == RECORD_TORN_TAIL;
    if (good && append) {
        uint64_t number = 0;
        TALLY_ASSERT(record_file_append(&records, "x", 1, NULL, 0, &number, NULL) == FILE_OK);
        TALLY_ASSERT(number == *count + 1);
        TALLY_ASSERT(record_file_sync(&records) == FILE_OK);
    }
    if (good) {
        record_file_close(&records);
    }
    file_close(&mark);
    return good;
}

/* A file of two synced records of our own: where mutations begin. */
static uint8_t *sample_file(struct disk *disk, size_t *size)
{
    struct record_file records;
    uint64_t number = 0;
    TALLY_ASSERT(record_file_create(&records, disk_system(disk), "d/s", &header) == FILE_OK);
    for (int i = 0; i < 2; i++) {
        TALLY_ASSERT(record_file_append(&records, "body", 4, "tail", 4, &number, NULL) == FILE_OK);
        TALLY_ASSERT(record_file_sync(&records) == FILE_OK);
    }
    record_file_close(&records);
    return disk_take(disk, "d/s", size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 4096) {
        return 0;
    }
    struct disk *disk = disk_new(1);
    TALLY_ASSERT(directory_create(disk_system(disk), "d") == FILE_OK);
    size_t sample_size = 0;
    uint8_t *sample = sample_file(disk, &sample_size);
    size_t file_bytes = sample_size > size ? sample_size : size;
    uint8_t *bytes = calloc(1, file_bytes);
    TALLY_ASSERT(bytes != NULL);
    /* The input is laid over the sample by exclusive or: the empty input is the sample itself. */
    memcpy(bytes, sample, sample_size);
    for (size_t i = RECORD_FILE_HEADER_SIZE; i < size; i++) {
        bytes[i] ^= data[i];
    }
    disk_put(disk, "d/f", bytes, file_bytes);
    uint64_t first = 0;
    uint64_t second = 0;
    if (open_and_count(disk, true, &first)) {
        TALLY_ASSERT(open_and_count(disk, false, &second));
        TALLY_ASSERT(second == first + 1);
    }
    free(sample);
    free(bytes);
    disk_free(disk);
    return 0;
}
