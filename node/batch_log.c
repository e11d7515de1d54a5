/*
 * batch_log.c: see batch_log.h.
 *
 * Large groups of batches are written past the page cache (record_file.h), so what was synced last
 * is kept in memory: execution, and members that lack a batch, ask for just that.
 *
 * Segments are record files (record_file.h) whose numbers run on from one to the next. One mutex
 * guards index and queue; the disk is never waited for while it is held. Readers open the segment's
 * file by themselves, so that rolling over and retiring need not wait for them.
 *
 * Not deterministic: the instance id, the index's seed, and the disk.
 */
#include "node/batch_log.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "node/batch_index.h"
#include "node/record_file.h"

STATUS_DEFINE(batch_log_status, BATCH_LOG_STATUS_LIST)

enum {
    KIND_BATCHES = 2,
    ENTRY_SIZE = BATCH_LOG_ENTRY_SIZE, /* before the signed batch in each record */
    INDEX_HEADER_SIZE = 64,
    INDEX_ENTRY_SIZE = 72,
    INDEX_VERSION = 1,
    NAME_SIZE = 40,
    SUFFIX_OFFSET = 24, /* in "batches-<16 digits>.log" */
    RECENT_COUNT = 64,  /* groups kept in memory, */
    RECENT_BYTES_MAX = 16 << 20,
};

static const char index_magic[8] = {'T', 'A', 'L', 'L', 'Y', 'I', 'D', 'X'};

_Static_assert(BATCH_LOG_BATCH_SIZE_MAX + ENTRY_SIZE <= RECORD_BODY_SIZE_MAX,
               "a batch and its entry fit in one record");

/* A group that was synced lately. */
struct recent {
    uint64_t segment;
    struct record_stretch stretch;
};

struct batch_log {
    const struct file_system *system;
    char directory[FILE_PATH_SIZE_MAX];
    struct hash chain_id;
    uint64_t segment_bytes;
    struct file lock;
    struct file mark;
    pthread_mutex_t mutex;      /* guards what follows */
    struct record_file records; /* the segment appended to */
    struct batch_index index;
    struct batch_log_summary summary;
    uint64_t next_number; /* of the first record of a new segment */
    uint8_t instance[RECORD_INSTANCE_SIZE];
    bool begun; /* a segment was found: the next one must go on where it ends */
    struct recent recents[RECENT_COUNT]; /* a ring */
    size_t recent_first;
    size_t recent_count;
    size_t recent_bytes; /* of memory */
};

static enum batch_log_status status_of(enum file_status status)
{
    switch (status) {
    case FILE_OK:
        return BATCH_LOG_OK;
    case FILE_FULL:
        return BATCH_LOG_FULL;
    case FILE_LOCKED:
        return BATCH_LOG_LOCKED;
    case FILE_TOO_LARGE:
        return BATCH_LOG_TOO_LARGE;
    case FILE_NOT_FOUND:
        return BATCH_LOG_NOT_FOUND;
    default:
        return BATCH_LOG_IO;
    }
}

static void log_lock(struct batch_log *log)
{
    int result = pthread_mutex_lock(&log->mutex);
    TALLY_ASSERT(result == 0);
}

static void log_unlock(struct batch_log *log)
{
    int result = pthread_mutex_unlock(&log->mutex);
    TALLY_ASSERT(result == 0);
}

/* ---- Names ------------------------------------------------------------------------------ */

static enum file_status path_of(const struct batch_log *log, uint64_t segment, const char *suffix,
                                char path[FILE_PATH_SIZE_MAX])
{
    char name[NAME_SIZE];
    (void)snprintf(name, sizeof(name), "batches-%016llx%s", (unsigned long long)segment, suffix);
    return file_path_join(path, log->directory, name);
}

struct listing {
    uint64_t *segments; /* sorted */
    size_t count;
    size_t capacity;
    bool failed;
};

/* The segment in the name of a .log file, or 0. */
static uint64_t segment_of_name(const char *name)
{
    static const char digits[] = "0123456789abcdef";
    if (strlen(name) != SUFFIX_OFFSET + 4 || strncmp(name, "batches-", 8) != 0 ||
        strcmp(name + SUFFIX_OFFSET, ".log") != 0) {
        return 0;
    }
    uint64_t segment = 0;
    for (size_t i = 8; i < SUFFIX_OFFSET; i++) {
        const char *digit = strchr(digits, name[i]);
        if (digit == NULL) {
            return 0;
        }
        segment = segment << 4 | (uint64_t)(digit - digits);
    }
    return segment;
}

static void listing_add(void *context, const char *name)
{
    struct listing *listing = context;
    uint64_t segment = segment_of_name(name);
    if (segment == 0 || listing->failed) {
        return;
    }
    if (listing->count == listing->capacity) {
        size_t capacity = listing->capacity == 0 ? 64 : 2 * listing->capacity;
        uint64_t *grown = realloc(listing->segments, capacity * sizeof(*grown));
        if (grown == NULL) {
            listing->failed = true;
            return;
        }
        listing->segments = grown;
        listing->capacity = capacity;
    }
    size_t place = listing->count;
    while (place > 0 && listing->segments[place - 1] > segment) {
        listing->segments[place] = listing->segments[place - 1];
        place -= 1;
    }
    listing->segments[place] = segment;
    listing->count += 1;
}

/* ---- Entries ---------------------------------------------------------------------------- */

static void entry_encode(const struct batch_log_entry *entry, uint8_t bytes[ENTRY_SIZE])
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, bytes, ENTRY_SIZE);
    bytes_write_copy(&writer, entry->digest.bytes, sizeof(entry->digest.bytes));
    bytes_write_u64(&writer, entry->epoch);
    bytes_write_u64(&writer, entry->lane_sequence);
    bytes_write_u16(&writer, entry->author);
    bytes_write_bool(&writer, entry->content_valid);
    bytes_write_zero(&writer, 5);
    TALLY_ASSERT(bytes_writer_ok(&writer));
    TALLY_ASSERT(writer.size == ENTRY_SIZE);
}

static bool entry_decode(struct batch_log_entry *entry, const uint8_t *bytes, size_t size)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes, size);
    bytes_read_copy(&reader, entry->digest.bytes, sizeof(entry->digest.bytes));
    entry->epoch = bytes_read_u64(&reader);
    entry->lane_sequence = bytes_read_u64(&reader);
    entry->author = bytes_read_u16(&reader);
    entry->content_valid = bytes_read_bool(&reader);
    (void)bytes_read_view(&reader, 5);
    return !reader.failed && bytes_reader_left(&reader) <= BATCH_LOG_BATCH_SIZE_MAX;
}

struct load {
    struct batch_log *log;
    uint64_t segment;
    bool failed; /* without memory */
};

/* Takes one record of a segment into the index. */
static bool load_record(void *context, uint64_t number, uint64_t offset, const uint8_t *body,
                        size_t size)
{
    (void)number;
    struct load *load = context;
    struct batch_place place = {.offset = offset};
    if (!entry_decode(&place.entry, body, size)) {
        return true; /* not written by us: as good as damaged, and never found by digest */
    }
    place.entry.size = (uint32_t)(size - ENTRY_SIZE);
    place.entry.segment = load->segment;
    if (batch_index_find(&load->log->index, &place.entry.digest) != NULL) {
        return true;
    }
    load->failed = !batch_index_add(&load->log->index, &place);
    return !load->failed;
}

/* ---- Index files ------------------------------------------------------------------------ */

static void index_header_write(struct bytes_writer *writer, const struct record_file_header *header,
                               uint64_t segment_size, uint64_t next_number, size_t count)
{
    bytes_write_copy(writer, index_magic, sizeof(index_magic));
    bytes_write_u32(writer, INDEX_VERSION);
    bytes_write_u32(writer, 0);
    bytes_write_copy(writer, header->instance, sizeof(header->instance));
    bytes_write_u64(writer, header->file_number);
    bytes_write_u64(writer, segment_size);
    bytes_write_u64(writer, next_number);
    bytes_write_u64(writer, count);
}

/* Writes the index file of the closed segment `header` describes. Failing is harmless: the next
 * opening reads the segment instead. */
static void index_save(struct batch_log *log, const struct record_file_header *header,
                       uint64_t segment_size, uint64_t next_number)
{
    uint64_t segment = header->file_number;
    size_t count = 0;
    for (size_t i = 0; i < log->index.count; i++) {
        count += log->index.places[i].entry.segment == segment ? 1 : 0;
    }
    size_t capacity = INDEX_HEADER_SIZE + count * INDEX_ENTRY_SIZE + 4;
    uint8_t *bytes = malloc(capacity);
    char path[FILE_PATH_SIZE_MAX];
    if (bytes == NULL || path_of(log, segment, ".index", path) != FILE_OK) {
        free(bytes);
        return;
    }
    struct bytes_writer writer;
    bytes_writer_init(&writer, bytes, capacity);
    index_header_write(&writer, header, segment_size, next_number, count);
    for (size_t i = 0; i < log->index.count; i++) {
        const struct batch_place *place = &log->index.places[i];
        if (place->entry.segment != segment) {
            continue;
        }
        uint8_t *entry = bytes_write_reserve(&writer, ENTRY_SIZE);
        TALLY_ASSERT(entry != NULL);
        entry_encode(&place->entry, entry);
        bytes_write_u64(&writer, place->offset);
        bytes_write_u32(&writer, place->entry.size);
        bytes_write_u32(&writer, 0);
    }
    bytes_write_u32(&writer, crc32c(0, bytes, writer.size));
    TALLY_ASSERT(bytes_writer_ok(&writer));
    TALLY_ASSERT(writer.size == capacity);
    enum file_status ignored = file_replace(log->system, path, bytes, capacity);
    (void)ignored;
    free(bytes);
}

/* Takes the bytes of an index file into the index. False: damaged or not of this segment. */
static bool index_decode(struct batch_log *log, const struct record_file_header *header,
                         uint64_t segment_size, const uint8_t *bytes, size_t size,
                         uint64_t *next_number)
{
    if (size < INDEX_HEADER_SIZE + 4 || (size - INDEX_HEADER_SIZE - 4) % INDEX_ENTRY_SIZE != 0 ||
        bytes_get_u32(bytes + size - 4) != crc32c(0, bytes, size - 4)) {
        return false;
    }
    size_t count = (size - INDEX_HEADER_SIZE - 4) / INDEX_ENTRY_SIZE;
    uint8_t expected[INDEX_HEADER_SIZE];
    struct bytes_writer writer;
    *next_number = bytes_get_u64(bytes + 48);
    bytes_writer_init(&writer, expected, sizeof(expected));
    index_header_write(&writer, header, segment_size, *next_number, count);
    TALLY_ASSERT(writer.size == INDEX_HEADER_SIZE);
    if (memcmp(expected, bytes, sizeof(expected)) != 0 || *next_number < header->first_number ||
        *next_number - header->first_number > segment_size / RECORD_HEADER_SIZE) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const uint8_t *entry = bytes + INDEX_HEADER_SIZE + i * INDEX_ENTRY_SIZE;
        struct batch_place place;
        if (!entry_decode(&place.entry, entry, ENTRY_SIZE)) {
            return false;
        }
        place.offset = bytes_get_u64(entry + ENTRY_SIZE);
        place.entry.size = bytes_get_u32(entry + ENTRY_SIZE + 8);
        place.entry.segment = header->file_number;
        if (batch_index_find(&log->index, &place.entry.digest) == NULL &&
            !batch_index_add(&log->index, &place)) {
            return false;
        }
    }
    return true;
}

static bool index_load(struct batch_log *log, const struct record_file_header *header,
                       uint64_t segment_size, uint64_t *next_number)
{
    char path[FILE_PATH_SIZE_MAX];
    if (path_of(log, header->file_number, ".index", path) != FILE_OK) {
        return false;
    }
    /* A segment can hold no more entries than its size allows. */
    size_t capacity = INDEX_HEADER_SIZE + 4 +
                      (size_t)(segment_size / (RECORD_HEADER_SIZE + ENTRY_SIZE)) * INDEX_ENTRY_SIZE;
    uint8_t *bytes = malloc(capacity);
    if (bytes == NULL) {
        return false;
    }
    size_t size = 0;
    bool loaded = file_read_all(log->system, path, bytes, capacity, &size) == FILE_OK &&
                  index_decode(log, header, segment_size, bytes, size, next_number);
    free(bytes);
    return loaded;
}

/* ---- Opening ---------------------------------------------------------------------------- */

/* Looks at the header and size of a segment without reading its records. */
static bool visit_nothing(void *context, uint64_t number, uint64_t offset, const uint8_t *body,
                          size_t size)
{
    (void)context;
    (void)number;
    (void)offset;
    (void)body;
    (void)size;
    return false;
}

static enum batch_log_status check_status(enum record_check check)
{
    switch (check) {
    case RECORD_FOREIGN:
        return BATCH_LOG_FOREIGN;
    case RECORD_IO:
        return BATCH_LOG_IO;
    case RECORD_MEMORY:
        return BATCH_LOG_MEMORY;
    case RECORD_STOPPED:
        return BATCH_LOG_MEMORY; /* load_record stops for want of memory only */
    case RECORD_OK:
    case RECORD_TORN_TAIL:
    case RECORD_LOST:
    case RECORD_HEADER:
        break;
    }
    return BATCH_LOG_OK;
}

/* Takes note of a segment that was found, in order. A gap in the numbers means that records of the
 * one before are gone. */
static void segment_note(struct batch_log *log, const struct record_file_header *header,
                         uint64_t next_number)
{
    if (log->begun && header->first_number != log->next_number) {
        log->summary.damaged = true;
    }
    log->begun = true;
    log->next_number = next_number;
    memcpy(log->instance, header->instance, sizeof(log->instance));
}

/* Takes a closed segment into the index, from its index file or by reading it. */
static enum batch_log_status segment_load(struct batch_log *log, uint64_t segment)
{
    char path[FILE_PATH_SIZE_MAX];
    if (path_of(log, segment, ".log", path) != FILE_OK) {
        return BATCH_LOG_IO;
    }
    struct record_file_identity identity = {KIND_BATCHES, log->chain_id, segment};
    struct record_file records;
    struct record_scan scan;
    uint64_t size = 0;
    uint64_t next_number = 0;
    file_init(&records.file);
    enum record_check check =
        record_file_survey(&records, log->system, path, &identity, visit_nothing, NULL, &scan);
    bool open = records.file.handle >= 0;
    if (open && check == RECORD_STOPPED && file_size(&records.file, &size) == FILE_OK &&
        index_load(log, &records.header, size, &next_number)) {
        segment_note(log, &records.header, next_number);
        log->summary.bytes += size;
        record_file_close(&records);
        return BATCH_LOG_OK;
    }
    if (open) {
        record_file_close(&records);
    }
    batch_index_forget(&log->index, segment);
    struct load load = {log, segment, false};
    check = record_file_survey(&records, log->system, path, &identity, load_record, &load, &scan);
    if (check == RECORD_OK || check == RECORD_TORN_TAIL || check == RECORD_LOST) {
        segment_note(log, &records.header, scan.last_number + 1);
        log->summary.bytes += scan.end;
        if (check == RECORD_OK) {
            index_save(log, &records.header, scan.end, log->next_number);
        }
    }
    /* A closed segment was synced to its end: a torn tail is a loss too. */
    log->summary.damaged = log->summary.damaged || check != RECORD_OK;
    if (records.file.handle >= 0) {
        record_file_close(&records);
    }
    return check_status(check);
}

/* Makes segment `segment` the one appended to. */
static enum file_status segment_begin(struct batch_log *log, uint64_t segment,
                                      uint64_t first_number, struct record_file *records)
{
    char fresh[FILE_PATH_SIZE_MAX];
    char path[FILE_PATH_SIZE_MAX];
    enum file_status status = path_of(log, segment, ".log.new", fresh);
    if (status == FILE_OK) {
        status = path_of(log, segment, ".log", path);
    }
    if (status == FILE_OK) {
        status = file_unlink(log->system, fresh);
        status = status == FILE_NOT_FOUND ? FILE_OK : status;
    }
    if (status != FILE_OK) {
        return status;
    }
    struct record_file_header header = {.kind = KIND_BATCHES,
                                        .owner = log->chain_id,
                                        .file_number = segment,
                                        .first_number = first_number};
    memcpy(header.instance, log->instance, sizeof(header.instance));
    status = record_file_create(records, log->system, fresh, &header);
    if (status != FILE_OK) {
        return status;
    }
    status = file_rename(log->system, fresh, path);
    if (status == FILE_OK) {
        status = directory_sync(log->system, log->directory);
    }
    if (status != FILE_OK) {
        record_file_close(records);
    }
    return status;
}

/* Opens the newest segment for appending. *usable false: it is damaged, begin another. */
static enum batch_log_status segment_resume(struct batch_log *log, uint64_t segment, bool *usable)
{
    char path[FILE_PATH_SIZE_MAX];
    if (path_of(log, segment, ".log", path) != FILE_OK) {
        return BATCH_LOG_IO;
    }
    struct record_file_identity identity = {KIND_BATCHES, log->chain_id, segment};
    struct load load = {log, segment, false};
    struct record_scan scan;
    enum record_check check = record_file_open(&log->records, log->system, path, &identity,
                                               &log->mark, load_record, &load, &scan);
    *usable = check == RECORD_OK || check == RECORD_TORN_TAIL;
    if (*usable) {
        segment_note(log, &log->records.header, log->records.next_number);
        return BATCH_LOG_OK;
    }
    return check == RECORD_LOST || check == RECORD_HEADER ? segment_load(log, segment)
                                                          : check_status(check);
}

static enum batch_log_status log_load(struct batch_log *log, const struct listing *listing)
{
    bool usable = false;
    for (size_t i = 0; i < listing->count; i++) {
        bool newest = i + 1 == listing->count;
        enum batch_log_status status = newest ? segment_resume(log, listing->segments[i], &usable)
                                              : segment_load(log, listing->segments[i]);
        if (status != BATCH_LOG_OK) {
            return status;
        }
    }
    uint64_t last = listing->count == 0 ? 0 : listing->segments[listing->count - 1];
    log->summary.last_segment = last;
    uint64_t mark = record_mark_read(&log->mark, log->instance);
    if (usable) {
        return BATCH_LOG_OK;
    }
    /* Numbers of lost records are not used again, so that the gap stays visible. */
    log->next_number = mark >= log->next_number ? mark + 1 : log->next_number;
    log->summary.last_segment = last + 1;
    return status_of(segment_begin(log, last + 1, log->next_number, &log->records));
}

static enum file_status log_files_open(struct batch_log *log)
{
    char path[FILE_PATH_SIZE_MAX];
    enum file_status status = directory_create(log->system, log->directory);
    if (status == FILE_OK) {
        status = file_path_join(path, log->directory, "lock");
    }
    if (status == FILE_OK) {
        status = file_open(&log->lock, log->system, path, FILE_WRITE_CREATE);
    }
    if (status == FILE_OK) {
        status = file_lock(&log->lock);
    }
    if (status == FILE_OK) {
        status = file_path_join(path, log->directory, "mark");
    }
    return status == FILE_OK ? file_open(&log->mark, log->system, path, FILE_WRITE_CREATE) : status;
}

enum batch_log_status batch_log_open(const struct file_system *system, const char *directory,
                                     const struct hash *chain_id, uint64_t segment_bytes,
                                     struct batch_log **out)
{
    TALLY_ASSERT(segment_bytes > RECORD_FILE_HEADER_SIZE);
    *out = NULL;
    struct batch_log *log = calloc(1, sizeof(*log));
    if (log == NULL || strlen(directory) >= FILE_PATH_SIZE_MAX) {
        free(log);
        return BATCH_LOG_MEMORY;
    }
    log->system = system;
    memcpy(log->directory, directory, strlen(directory) + 1);
    log->chain_id = *chain_id;
    log->segment_bytes = segment_bytes;
    log->next_number = 1;
    randombytes_buf(log->instance, sizeof(log->instance));
    uint64_t seed;
    randombytes_buf(&seed, sizeof(seed));
    batch_index_init(&log->index, seed);
    file_init(&log->lock);
    file_init(&log->mark);
    file_init(&log->records.file);
    TALLY_ASSERT(pthread_mutex_init(&log->mutex, NULL) == 0);
    struct listing listing = {NULL, 0, 0, false};
    enum file_status status = log_files_open(log);
    if (status == FILE_OK) {
        status = directory_list(system, directory, listing_add, &listing);
    }
    enum batch_log_status result = status_of(status);
    if (result == BATCH_LOG_OK) {
        result = listing.failed ? BATCH_LOG_MEMORY : log_load(log, &listing);
    }
    free(listing.segments);
    if (result != BATCH_LOG_OK) {
        batch_log_close(log);
        return result;
    }
    record_mark_write(&log->mark, &log->records);
    *out = log;
    return BATCH_LOG_OK;
}

void batch_log_close(struct batch_log *log)
{
    if (log == NULL) {
        return;
    }
    record_file_close(&log->records);
    for (size_t i = 0; i < RECENT_COUNT; i++) {
        free(log->recents[i].stretch.memory);
    }
    batch_index_free(&log->index);
    file_close(&log->mark);
    file_close(&log->lock);
    (void)pthread_mutex_destroy(&log->mutex);
    free(log);
}

/* ---- Writing ---------------------------------------------------------------------------- */

enum batch_log_status batch_log_append(struct batch_log *log, const struct batch_log_entry *entry,
                                       const void *batch, size_t size)
{
    if (size > BATCH_LOG_BATCH_SIZE_MAX) {
        return BATCH_LOG_TOO_LARGE;
    }
    uint8_t head[ENTRY_SIZE];
    entry_encode(entry, head);
    log_lock(log);
    enum file_status status = FILE_OK;
    bool added = true;
    if (batch_index_find(&log->index, &entry->digest) == NULL) {
        struct batch_place place = {.entry = *entry};
        uint64_t number = 0;
        place.entry.size = (uint32_t)size;
        place.entry.segment = log->records.header.file_number;
        status = record_file_append(&log->records, head, sizeof(head), batch, size, &number,
                                    &place.offset);
        added = status != FILE_OK || batch_index_add(&log->index, &place);
    }
    log_unlock(log);
    return added ? status_of(status) : BATCH_LOG_MEMORY;
}

/* Closes the full segment and begins the next; when there is no room for it, goes on in the old. */
static enum batch_log_status log_roll(struct batch_log *log)
{
    struct record_file fresh;
    file_init(&fresh.file);
    uint64_t segment = log->records.header.file_number + 1;
    enum file_status status = segment_begin(log, segment, log->records.next_number, &fresh);
    if (status == FILE_FULL) {
        return BATCH_LOG_OK;
    }
    if (status != FILE_OK) {
        return BATCH_LOG_IO;
    }
    index_save(log, &log->records.header, log->records.size, log->records.next_number);
    log_lock(log);
    log->summary.bytes += log->records.size;
    log->summary.last_segment = segment;
    record_file_close(&log->records);
    log->records = fresh;
    log_unlock(log);
    return BATCH_LOG_OK;
}

/* Takes the oldest of what is kept. */
static void recent_take(struct batch_log *log, struct record_stretch *stretch)
{
    struct recent *oldest = &log->recents[log->recent_first];
    *stretch = oldest->stretch;
    oldest->stretch.memory = NULL;
    log->recent_bytes -= stretch->capacity;
    log->recent_first = (log->recent_first + 1) % RECENT_COUNT;
    log->recent_count--;
}

/* Counts the queue as durable, and keeps it in place of the oldest ones when it is not in the page
 * cache. */
static void queue_settle(struct batch_log *log)
{
    if (log->records.pending_size < FILE_PAST_CACHE_MIN) {
        record_file_settle(&log->records);
        return;
    }
    struct record_stretch stretch = {.memory = NULL};
    size_t needed = log->records.pending_capacity;
    while (log->recent_count == RECENT_COUNT ||
           (log->recent_count > 0 && log->recent_bytes + needed > RECENT_BYTES_MAX)) {
        free(stretch.memory);
        recent_take(log, &stretch);
    }
    record_file_settle_keep(&log->records, &stretch);
    size_t place = (log->recent_first + log->recent_count) % RECENT_COUNT;
    log->recents[place] =
        (struct recent){.segment = log->records.header.file_number, .stretch = stretch};
    log->recent_bytes += stretch.capacity;
    log->recent_count++;
}

enum batch_log_status batch_log_sync_begin(struct batch_log *log)
{
    return status_of(record_file_flush_begin(&log->records));
}

enum batch_log_status batch_log_sync_end(struct batch_log *log)
{
    if (log->records.pending_size == 0) {
        return BATCH_LOG_OK;
    }
    enum file_status status = record_file_flush_end(&log->records);
    if (status != FILE_OK) {
        return status_of(status);
    }
    log_lock(log);
    queue_settle(log);
    log_unlock(log);
    record_mark_write(&log->mark, &log->records);
    return log->records.size < log->segment_bytes ? BATCH_LOG_OK : log_roll(log);
}

enum batch_log_status batch_log_sync(struct batch_log *log)
{
    enum batch_log_status status = batch_log_sync_begin(log);
    return status == BATCH_LOG_OK ? batch_log_sync_end(log) : status;
}

/* ---- Reading ---------------------------------------------------------------------------- */

enum batch_log_status batch_log_find(struct batch_log *log, const struct hash *digest,
                                     struct batch_log_entry *entry)
{
    log_lock(log);
    const struct batch_place *place = batch_index_find(&log->index, digest);
    if (place != NULL) {
        *entry = place->entry;
    }
    log_unlock(log);
    return place != NULL ? BATCH_LOG_OK : BATCH_LOG_NOT_FOUND;
}

/* Reads one record of a segment through a file of its own. */
static enum file_status segment_read(const struct batch_log *log, const struct batch_place *place,
                                     const uint8_t instance[RECORD_INSTANCE_SIZE], uint8_t *body,
                                     size_t capacity, size_t *size)
{
    char path[FILE_PATH_SIZE_MAX];
    enum file_status status = path_of(log, place->entry.segment, ".log", path);
    if (status != FILE_OK) {
        return status;
    }
    struct record_file records;
    status = record_file_peek(&records, log->system, path, instance, place->entry.segment);
    if (status != FILE_OK) {
        return status;
    }
    status = record_file_read(&records, place->offset, body, capacity, size);
    record_file_close(&records);
    return status;
}

/* Where a batch stands; false when it is not here. */
static bool place_find(struct batch_log *log, const struct hash *digest, struct batch_place *place)
{
    log_lock(log);
    const struct batch_place *found = batch_index_find(&log->index, digest);
    if (found != NULL) {
        *place = *found;
    }
    log_unlock(log);
    return found != NULL;
}

/* Reads what is still in memory, queued or kept, under the lock. FILE_NOT_FOUND: it is not. */
static enum file_status memory_read(struct batch_log *log, const struct batch_place *place,
                                    uint8_t *body, size_t capacity, size_t *size)
{
    if (place->entry.segment == log->records.header.file_number &&
        place->offset >= log->records.size) {
        return record_file_read(&log->records, place->offset, body, capacity, size);
    }
    enum file_status status = FILE_NOT_FOUND;
    for (size_t i = 0; status == FILE_NOT_FOUND && i < log->recent_count; i++) {
        const struct recent *recent = &log->recents[(log->recent_first + i) % RECENT_COUNT];
        if (recent->segment == place->entry.segment) {
            status = record_stretch_read(&recent->stretch, place->offset, body, capacity, size);
        }
    }
    return status;
}

enum batch_log_status batch_log_read_in(struct batch_log *log, const struct hash *digest,
                                        uint8_t *room, size_t capacity, const uint8_t **batch,
                                        size_t *size)
{
    struct batch_place place;
    if (!place_find(log, digest, &place)) {
        return BATCH_LOG_NOT_FOUND;
    }
    size_t body_size = 0;
    size_t body_size_right = ENTRY_SIZE + (size_t)place.entry.size;
    if (body_size_right > capacity) {
        return BATCH_LOG_TOO_LARGE;
    }
    log_lock(log);
    enum file_status status = memory_read(log, &place, room, body_size_right, &body_size);
    log_unlock(log);
    if (status == FILE_NOT_FOUND) {
        status = segment_read(log, &place, log->instance, room, body_size_right, &body_size);
    }
    if (status == FILE_OK &&
        (body_size != body_size_right || memcmp(room, digest->bytes, sizeof(digest->bytes)) != 0)) {
        status = FILE_NOT_FOUND;
    }
    *batch = room + ENTRY_SIZE;
    *size = place.entry.size;
    /* A record that is larger than the index says is damaged. */
    return status == FILE_TOO_LARGE ? BATCH_LOG_NOT_FOUND : status_of(status);
}

enum batch_log_status batch_log_read(struct batch_log *log, const struct hash *digest,
                                     uint8_t *batch, size_t capacity, size_t *size)
{
    struct batch_place place;
    if (!place_find(log, digest, &place)) {
        return BATCH_LOG_NOT_FOUND;
    }
    if (place.entry.size > capacity) {
        return BATCH_LOG_TOO_LARGE;
    }
    size_t room_size = ENTRY_SIZE + (size_t)place.entry.size;
    uint8_t *room = malloc(room_size);
    if (room == NULL) {
        return BATCH_LOG_MEMORY;
    }
    const uint8_t *found;
    enum batch_log_status status = batch_log_read_in(log, digest, room, room_size, &found, size);
    if (status == BATCH_LOG_OK) {
        memcpy(batch, found, *size);
    }
    free(room);
    return status;
}

void batch_log_each(struct batch_log *log, uint64_t from, batch_log_visit *visit, void *context)
{
    bool more = true;
    for (size_t i = 0; more; i++) {
        struct batch_log_entry entry;
        log_lock(log);
        more = i < log->index.count;
        if (more) {
            entry = log->index.places[i].entry;
        }
        log_unlock(log);
        if (more && entry.segment >= from) {
            visit(context, &entry);
        }
    }
}

void batch_log_summary_read(struct batch_log *log, struct batch_log_summary *summary)
{
    log_lock(log);
    *summary = log->summary;
    summary->batch_count = log->index.count;
    summary->bytes += log->records.size;
    log_unlock(log);
}
