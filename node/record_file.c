/*
 * record_file.c: see record_file.h.
 *
 * Not deterministic: what the disk answers. Everything read back is checked before it is believed.
 */
#include "node/record_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/mutant.h"

enum {
    VERSION = 1,
    SEARCH_WINDOW_SIZE = 64 << 10,
    CARRY_FLUSH_SIZE = 1 << 20,
};

static const char header_magic[8] = {'T', 'A', 'L', 'L', 'Y', 'R', 'E', 'C'};
static const char mark_magic[8] = {'T', 'A', 'L', 'L', 'Y', 'M', 'R', 'K'};
static const uint8_t record_magic[4] = {'T', 'R', 'E', 'C'};

_Static_assert(RECORD_FILE_HEADER_SIZE == 8 + 4 + 4 + RECORD_INSTANCE_SIZE + HASH_SIZE + 8 * 3 + 8,
               "the header's layout in record_file.h");
_Static_assert(RECORD_MARK_SIZE == 8 + 4 + 4 + RECORD_INSTANCE_SIZE + 8 + 20 + 4,
               "the mark's layout in record_file.h");

/* A record's header as it stands in the file. */
struct record_head {
    uint32_t size;
    uint64_t number;
    uint64_t durable;
    uint32_t body_checksum;
};

/* ---- Encoding --------------------------------------------------------------------------- */

static void header_encode(const struct record_file_header *header,
                          uint8_t bytes[RECORD_FILE_HEADER_SIZE])
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, bytes, RECORD_FILE_HEADER_SIZE);
    bytes_write_copy(&writer, header_magic, sizeof(header_magic));
    bytes_write_u32(&writer, VERSION);
    bytes_write_u32(&writer, header->kind);
    bytes_write_copy(&writer, header->instance, sizeof(header->instance));
    bytes_write_copy(&writer, header->owner.bytes, sizeof(header->owner.bytes));
    bytes_write_u64(&writer, header->file_number);
    bytes_write_u64(&writer, header->first_number);
    bytes_write_u64(&writer, header->carried_size);
    bytes_write_u32(&writer, 0);
    bytes_write_u32(&writer, crc32c(0, bytes, writer.size));
    TALLY_ASSERT(bytes_writer_ok(&writer));
    TALLY_ASSERT(writer.size == RECORD_FILE_HEADER_SIZE);
}

/* RECORD_OK, RECORD_FOREIGN or RECORD_HEADER. */
static enum record_check header_decode(struct record_file_header *header,
                                       const uint8_t bytes[RECORD_FILE_HEADER_SIZE],
                                       const struct record_file_identity *identity)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes, RECORD_FILE_HEADER_SIZE);
    const uint8_t *magic = bytes_read_view(&reader, sizeof(header_magic));
    uint32_t version = bytes_read_u32(&reader);
    header->kind = bytes_read_u32(&reader);
    bytes_read_copy(&reader, header->instance, sizeof(header->instance));
    bytes_read_copy(&reader, header->owner.bytes, sizeof(header->owner.bytes));
    header->file_number = bytes_read_u64(&reader);
    header->first_number = bytes_read_u64(&reader);
    header->carried_size = bytes_read_u64(&reader);
    uint32_t reserved = bytes_read_u32(&reader);
    uint32_t checksum = bytes_read_u32(&reader);
    TALLY_ASSERT(bytes_reader_done(&reader));
    if (memcmp(magic, header_magic, sizeof(header_magic)) != 0 || reserved != 0 ||
        checksum != crc32c(0, bytes, RECORD_FILE_HEADER_SIZE - 4) || header->first_number == 0 ||
        header->first_number > RECORD_NUMBER_MAX) {
        return RECORD_HEADER;
    }
    bool ours = version == VERSION && header->kind == identity->kind &&
                hash_equal(&header->owner, &identity->owner) &&
                header->file_number == identity->file_number;
    return ours ? RECORD_OK : RECORD_FOREIGN;
}

static uint32_t seed_of(const struct record_file_header *header)
{
    uint8_t number[8];
    bytes_put_u64(number, header->file_number);
    uint32_t seed = crc32c(0, header->instance, sizeof(header->instance));
    return crc32c(seed, number, sizeof(number));
}

static void record_head_encode(const struct record_head *head, uint32_t seed,
                               uint8_t bytes[RECORD_HEADER_SIZE])
{
    memcpy(bytes, record_magic, sizeof(record_magic));
    bytes_put_u32(bytes + 4, head->size);
    bytes_put_u64(bytes + 8, head->number);
    bytes_put_u64(bytes + 16, head->durable);
    bytes_put_u32(bytes + 24, head->body_checksum);
    bytes_put_u32(bytes + 28, crc32c(seed, bytes, 28));
}

static bool record_head_decode(struct record_head *head, uint32_t seed,
                               const uint8_t bytes[RECORD_HEADER_SIZE])
{
    head->size = bytes_get_u32(bytes + 4);
    head->number = bytes_get_u64(bytes + 8);
    head->durable = bytes_get_u64(bytes + 16);
    head->body_checksum = bytes_get_u32(bytes + 24);
    return memcmp(bytes, record_magic, sizeof(record_magic)) == 0 &&
           bytes_get_u32(bytes + 28) == crc32c(seed, bytes, 28) &&
           head->size <= RECORD_BODY_SIZE_MAX && head->durable < head->number &&
           head->number <= RECORD_NUMBER_MAX;
}

/* ---- Creating, appending, syncing ------------------------------------------------------- */

static void records_begin(struct record_file *records, const struct record_file_header *header)
{
    records->header = *header;
    records->seed = seed_of(header);
    records->size = RECORD_FILE_HEADER_SIZE + header->carried_size;
    records->next_number = header->first_number;
    records->durable_number = header->first_number - 1;
    records->pending = NULL;
    records->pending_size = 0;
    records->pending_capacity = 0;
    records->failed = false;
}

enum file_status record_file_create(struct record_file *records, const struct file_system *system,
                                    const char *path, const struct record_file_header *header)
{
    TALLY_ASSERT(header->first_number > 0);
    TALLY_ASSERT(header->carried_size == 0);
    records_begin(records, header);
    enum file_status status = file_open(&records->file, system, path, FILE_CREATE);
    if (status != FILE_OK) {
        return status;
    }
    uint8_t bytes[RECORD_FILE_HEADER_SIZE];
    header_encode(header, bytes);
    status = file_write(&records->file, 0, bytes, sizeof(bytes));
    if (status == FILE_OK) {
        status = file_sync(&records->file);
    }
    if (status != FILE_OK) {
        record_file_close(records);
    }
    return status;
}

/* How many bytes stand before the queue in its memory. */
static size_t pending_lead(const struct record_file *records)
{
    return records->size % FILE_BLOCK_SIZE;
}

static uint8_t *pending_begin(const struct record_file *records)
{
    return records->pending == NULL ? NULL : records->pending + pending_lead(records);
}

static bool pending_reserve(struct record_file *records, size_t size)
{
    size_t used = pending_lead(records) + records->pending_size;
    size_t needed = used + size;
    if (records->pending != NULL && needed <= records->pending_capacity) {
        return true;
    }
    size_t capacity = records->pending_capacity == 0 ? FILE_BLOCK_SIZE : records->pending_capacity;
    while (capacity < needed) {
        capacity *= 2;
    }
    uint8_t *grown = aligned_alloc(FILE_BLOCK_SIZE, capacity);
    if (grown == NULL) {
        return false;
    }
    if (records->pending_size > 0) {
        memcpy(grown + pending_lead(records), pending_begin(records), records->pending_size);
    }
    free(records->pending);
    records->pending = grown;
    records->pending_capacity = capacity;
    return true;
}

static enum file_status pending_add(struct record_file *records, uint64_t number, const void *head,
                                    size_t head_size, const void *tail, size_t tail_size)
{
    if (head_size > RECORD_BODY_SIZE_MAX || tail_size > RECORD_BODY_SIZE_MAX - head_size ||
        !pending_reserve(records, RECORD_HEADER_SIZE + head_size + tail_size)) {
        return FILE_TOO_LARGE;
    }
    uint8_t *place = pending_begin(records) + records->pending_size;
    uint8_t *body = place + RECORD_HEADER_SIZE;
    if (head_size > 0) {
        memcpy(body, head, head_size);
    }
    if (tail_size > 0) {
        memcpy(body + head_size, tail, tail_size);
    }
    /* Carried-over records are below first_number, and nothing speaks for those after them yet. */
    uint64_t durable = number < records->header.first_number ? 0 : records->durable_number;
    struct record_head record = {
        .size = (uint32_t)(head_size + tail_size),
        .number = number,
        .durable = durable,
        .body_checksum = crc32c(records->seed, body, head_size + tail_size),
    };
    record_head_encode(&record, records->seed, place);
    records->pending_size += RECORD_HEADER_SIZE + head_size + tail_size;
    return FILE_OK;
}

enum file_status record_file_append(struct record_file *records, const void *head, size_t head_size,
                                    const void *tail, size_t tail_size, uint64_t *number,
                                    uint64_t *offset)
{
    TALLY_ASSERT(records->file.handle >= 0 && !records->file.syncing);
    TALLY_ASSERT(records->next_number > records->durable_number);
    if (records->failed) {
        return FILE_IO;
    }
    uint64_t place = records->size + records->pending_size;
    enum file_status status =
        pending_add(records, records->next_number, head, head_size, tail, tail_size);
    if (status != FILE_OK) {
        return status;
    }
    *number = records->next_number;
    if (offset != NULL) {
        *offset = place;
    }
    records->next_number += 1;
    return FILE_OK;
}

/* What became of writing or syncing the queue: FILE_OK, FILE_FULL or FILE_IO. */
static enum file_status flush_result(struct record_file *records, enum file_status status)
{
    if (status == FILE_FULL && file_truncate(&records->file, records->size) == FILE_OK) {
        return FILE_FULL;
    }
    if (status != FILE_OK) {
        records->failed = true;
        return FILE_IO;
    }
    return FILE_OK;
}

/* Writes the queue, if there is one, and syncs it one way or the other. */
static enum file_status queue_flush(struct record_file *records,
                                    enum file_status (*sync)(struct file *file))
{
    TALLY_ASSERT(!records->file.syncing);
    if (records->failed) {
        return FILE_IO;
    }
    if (records->pending_size == 0) {
        return FILE_OK;
    }
    enum file_status status =
        file_write(&records->file, records->size, pending_begin(records), records->pending_size);
    if (status == FILE_OK) {
        status = sync(&records->file);
    }
    return flush_result(records, status);
}

enum file_status record_file_flush_begin(struct record_file *records)
{
    return queue_flush(records, file_sync_begin);
}

enum file_status record_file_flush_end(struct record_file *records)
{
    if (!records->file.syncing) {
        TALLY_ASSERT(records->pending_size == 0);
        return FILE_OK;
    }
    return flush_result(records, file_sync_end(&records->file));
}

void record_file_settle(struct record_file *records)
{
    TALLY_ASSERT(!records->failed && !records->file.syncing);
    records->size += records->pending_size;
    records->pending_size = 0;
    records->durable_number = records->next_number - 1;
}

void record_file_settle_keep(struct record_file *records, struct record_stretch *stretch)
{
    uint8_t *memory = stretch->memory;
    size_t capacity = stretch->capacity;
    *stretch = (struct record_stretch){
        .memory = records->pending,
        .capacity = records->pending_capacity,
        .offset = records->size,
        .size = records->pending_size,
        .seed = records->seed,
    };
    record_file_settle(records);
    records->pending = memory;
    /* New memory is to be as much as the queue needed: growing faults every page in twice. */
    records->pending_capacity = memory != NULL ? capacity : stretch->capacity;
}

enum file_status record_file_sync(struct record_file *records)
{
    enum file_status status = queue_flush(records, file_sync);
    if (status == FILE_OK && records->pending_size > 0) {
        record_file_settle(records);
    }
    return status;
}

enum file_status record_file_carry(struct record_file *records, uint64_t number, const void *body,
                                   size_t size)
{
    TALLY_ASSERT(number < records->header.first_number);
    TALLY_ASSERT(records->next_number == records->header.first_number);
    enum file_status status = pending_add(records, number, body, size, NULL, 0);
    if (status != FILE_OK || records->pending_size < CARRY_FLUSH_SIZE) {
        return status;
    }
    status =
        file_write(&records->file, records->size, pending_begin(records), records->pending_size);
    if (status == FILE_OK) {
        records->size += records->pending_size;
        records->pending_size = 0;
    }
    return status;
}

enum file_status record_file_carry_end(struct record_file *records)
{
    TALLY_ASSERT(records->next_number == records->header.first_number);
    enum file_status status =
        file_write(&records->file, records->size, pending_begin(records), records->pending_size);
    if (status != FILE_OK) {
        return status;
    }
    records->size += records->pending_size;
    records->pending_size = 0;
    records->header.carried_size = records->size - RECORD_FILE_HEADER_SIZE;
    uint8_t bytes[RECORD_FILE_HEADER_SIZE];
    header_encode(&records->header, bytes);
    status = file_write(&records->file, 0, bytes, sizeof(bytes));
    return status == FILE_OK ? file_sync(&records->file) : status;
}

void record_file_close(struct record_file *records)
{
    file_close(&records->file);
    free(records->pending);
    records->pending = NULL;
    records->pending_size = 0;
    records->pending_capacity = 0;
}

/* ---- Reading ---------------------------------------------------------------------------- */

/* Takes a record from memory, where `left` bytes stand from its beginning on. */
static enum file_status memory_read(uint32_t seed, const uint8_t *place, size_t left, uint8_t *body,
                                    size_t capacity, size_t *size)
{
    struct record_head head;
    if (left < RECORD_HEADER_SIZE || !record_head_decode(&head, seed, place) ||
        head.size > left - RECORD_HEADER_SIZE) {
        return FILE_NOT_FOUND;
    }
    if (head.size > capacity) {
        return FILE_TOO_LARGE;
    }
    memcpy(body, place + RECORD_HEADER_SIZE, head.size);
    if (crc32c(seed, body, head.size) != head.body_checksum) {
        return FILE_NOT_FOUND;
    }
    *size = head.size;
    return FILE_OK;
}

enum file_status record_stretch_read(const struct record_stretch *stretch, uint64_t offset,
                                     uint8_t *body, size_t capacity, size_t *size)
{
    uint64_t within = offset - stretch->offset;
    if (stretch->memory == NULL || offset < stretch->offset || within >= stretch->size) {
        return FILE_NOT_FOUND;
    }
    const uint8_t *place = stretch->memory + stretch->offset % FILE_BLOCK_SIZE + within;
    return memory_read(stretch->seed, place, stretch->size - (size_t)within, body, capacity, size);
}

static enum file_status disk_read(const struct record_file *records, uint64_t offset, uint8_t *body,
                                  size_t capacity, size_t *size)
{
    uint8_t bytes[RECORD_HEADER_SIZE];
    struct record_head head;
    size_t read_size = 0;
    enum file_status status = file_read(&records->file, offset, bytes, sizeof(bytes), &read_size);
    if (status != FILE_OK) {
        return status;
    }
    if (read_size < sizeof(bytes) || !record_head_decode(&head, records->seed, bytes)) {
        return FILE_NOT_FOUND;
    }
    if (head.size > capacity) {
        return FILE_TOO_LARGE;
    }
    status = file_read(&records->file, offset + RECORD_HEADER_SIZE, body, head.size, &read_size);
    if (status != FILE_OK) {
        return status;
    }
    bool intact = crc32c(records->seed, body, head.size) == head.body_checksum ||
                  MUTANT(RECORD_CHECKSUM_IGNORED);
    if (read_size < head.size || !intact) {
        return FILE_NOT_FOUND;
    }
    *size = head.size;
    return FILE_OK;
}

enum file_status record_file_read(struct record_file *records, uint64_t offset, uint8_t *body,
                                  size_t capacity, size_t *size)
{
    if (offset < records->size) {
        return disk_read(records, offset, body, capacity, size);
    }
    uint64_t within = offset - records->size;
    if (within >= records->pending_size) {
        return FILE_NOT_FOUND;
    }
    return memory_read(records->seed, pending_begin(records) + within,
                       records->pending_size - (size_t)within, body, capacity, size);
}

enum file_status record_file_peek(struct record_file *records, const struct file_system *system,
                                  const char *path, const uint8_t instance[RECORD_INSTANCE_SIZE],
                                  uint64_t file_number)
{
    struct record_file_header header = {.file_number = file_number, .first_number = 1};
    memcpy(header.instance, instance, sizeof(header.instance));
    records_begin(records, &header);
    records->size = UINT64_MAX; /* nothing is queued: every offset is the file's */
    return file_open(&records->file, system, path, FILE_READ);
}

/* ---- Scanning --------------------------------------------------------------------------- */

struct scanner {
    struct record_file *records;
    uint64_t file_size;
    uint64_t carried_end;
    uint64_t offset;      /* where the next record should begin */
    uint64_t last_number; /* of the last valid record after the carried part */
    uint64_t carried_last;
    uint8_t *body;
    size_t body_capacity; /* no body is larger than the file, nor than RECORD_BODY_SIZE_MAX */
    record_visit *visit;
    void *context;
    struct record_scan *scan;
};

/* Reads the header at `offset`. RECORD_OK: valid; RECORD_HEADER: not a record; RECORD_IO. */
static enum record_check scanner_head(struct scanner *scanner, uint64_t offset,
                                      struct record_head *head)
{
    uint8_t bytes[RECORD_HEADER_SIZE];
    size_t read_size = 0;
    if (file_read(&scanner->records->file, offset, bytes, sizeof(bytes), &read_size) != FILE_OK) {
        return RECORD_IO;
    }
    bool valid =
        read_size == sizeof(bytes) && record_head_decode(head, scanner->records->seed, bytes);
    return valid ? RECORD_OK : RECORD_HEADER;
}

/* Reads header and body at `offset` and checks both, not the number. Results as above. */
static enum record_check scanner_record(struct scanner *scanner, uint64_t offset,
                                        struct record_head *head)
{
    enum record_check check = scanner_head(scanner, offset, head);
    if (check != RECORD_OK) {
        return check;
    }
    if (head->size > scanner->body_capacity) {
        return RECORD_HEADER;
    }
    size_t read_size = 0;
    if (file_read(&scanner->records->file, offset + RECORD_HEADER_SIZE, scanner->body, head->size,
                  &read_size) != FILE_OK) {
        return RECORD_IO;
    }
    bool intact =
        crc32c(scanner->records->seed, scanner->body, head->size) == head->body_checksum ||
        MUTANT(RECORD_CHECKSUM_IGNORED);
    bool valid = read_size == head->size && intact;
    return valid ? RECORD_OK : RECORD_HEADER;
}

/* Whether a valid record at the scanner's offset has the number that belongs there. */
static bool scanner_number_fits(const struct scanner *scanner, uint64_t number)
{
    if (scanner->offset < scanner->carried_end) {
        return number > scanner->carried_last && number < scanner->records->header.first_number;
    }
    return number == scanner->last_number + 1;
}

/* What searching behind a damaged place found. */
struct scanner_search {
    bool lost;            /* a later record says that the damaged one had been synced */
    bool found;           /* a whole later record */
    uint64_t next_offset; /* where it begins */
};

/* Looks at one place that begins like a record. */
static enum record_check search_candidate(struct scanner *scanner, uint64_t offset,
                                          struct scanner_search *search)
{
    struct record_head head;
    enum record_check check = scanner_head(scanner, offset, &head);
    if (check != RECORD_OK) {
        return check == RECORD_IO ? RECORD_IO : RECORD_OK;
    }
    if (head.durable > scanner->last_number) {
        search->lost = true;
    }
    if (!search->found && head.number > scanner->last_number) {
        check = scanner_record(scanner, offset, &head);
        if (check == RECORD_OK) {
            search->found = true;
            search->next_offset = offset;
        }
    }
    return check == RECORD_IO ? RECORD_IO : RECORD_OK;
}

/*
 * Searches all that follows a damaged place, byte by byte, for records. Windows overlap by the
 * magic's length less one, so that no magic is cut in two.
 */
static enum record_check scanner_search(struct scanner *scanner, uint64_t from,
                                        struct scanner_search *search)
{
    uint8_t *window = malloc(SEARCH_WINDOW_SIZE);
    if (window == NULL) {
        return RECORD_MEMORY;
    }
    enum record_check result = RECORD_OK;
    uint64_t offset = from;
    while (result == RECORD_OK && offset + RECORD_HEADER_SIZE <= scanner->file_size &&
           !(search->lost && search->found)) {
        size_t size = 0;
        if (file_read(&scanner->records->file, offset, window, SEARCH_WINDOW_SIZE, &size) !=
            FILE_OK) {
            result = RECORD_IO;
            break;
        }
        if (size < sizeof(record_magic)) {
            break;
        }
        for (size_t i = 0; i + sizeof(record_magic) <= size && result == RECORD_OK; i++) {
            if (memcmp(window + i, record_magic, sizeof(record_magic)) == 0) {
                result = search_candidate(scanner, offset + i, search);
            }
        }
        offset += size - sizeof(record_magic) + 1;
    }
    free(window);
    return result;
}

/* Handles a place where no fitting record stands. */
static enum record_check scanner_damage(struct scanner *scanner, bool survey, bool *lost)
{
    struct scanner_search search = {false, false, 0};
    bool carried = scanner->offset < scanner->carried_end;
    enum record_check check = scanner_search(scanner, scanner->offset, &search);
    if (check != RECORD_OK) {
        return check;
    }
    if ((carried || search.lost) && !*lost) {
        *lost = true;
        scanner->scan->lost_offset = scanner->offset;
    }
    if (!survey || !*lost || !search.found) {
        return RECORD_TORN_TAIL; /* the scan ends here */
    }
    scanner->offset = search.next_offset;
    return RECORD_OK;
}

static enum record_check scanner_run(struct scanner *scanner, bool survey)
{
    bool lost = false;
    bool torn = false;
    bool resumed = false; /* behind damage numbers jump */
    while (scanner->offset < scanner->file_size) {
        struct record_head head;
        enum record_check check = scanner_record(scanner, scanner->offset, &head);
        if (check == RECORD_IO) {
            return RECORD_IO;
        }
        bool fits = check == RECORD_OK && (resumed || scanner_number_fits(scanner, head.number));
        if (!fits) {
            check = scanner_damage(scanner, survey, &lost);
            if (check == RECORD_TORN_TAIL) {
                torn = true;
                break;
            }
            if (check != RECORD_OK) {
                return check;
            }
            resumed = true;
            continue;
        }
        resumed = false;
        if (scanner->visit != NULL && !scanner->visit(scanner->context, head.number,
                                                      scanner->offset, scanner->body, head.size)) {
            return RECORD_STOPPED;
        }
        if (head.number < scanner->records->header.first_number) {
            scanner->carried_last = head.number;
        } else {
            scanner->last_number = head.number;
        }
        scanner->offset += RECORD_HEADER_SIZE + (uint64_t)head.size;
    }
    if (lost || scanner->offset < scanner->carried_end) {
        return RECORD_LOST;
    }
    return torn ? RECORD_TORN_TAIL : RECORD_OK;
}

static enum record_check records_scan(struct record_file *records, bool survey, record_visit *visit,
                                      void *context, struct record_scan *scan)
{
    struct scanner scanner = {
        .records = records,
        .carried_end = RECORD_FILE_HEADER_SIZE + records->header.carried_size,
        .offset = RECORD_FILE_HEADER_SIZE,
        .last_number = records->header.first_number - 1,
        .visit = visit,
        .context = context,
        .scan = scan,
    };
    if (file_size(&records->file, &scanner.file_size) != FILE_OK) {
        return RECORD_IO;
    }
    scanner.body_capacity =
        scanner.file_size < RECORD_BODY_SIZE_MAX ? (size_t)scanner.file_size : RECORD_BODY_SIZE_MAX;
    scanner.body = malloc(scanner.body_capacity + 1);
    if (scanner.body == NULL) {
        return RECORD_MEMORY;
    }
    enum record_check check = scanner_run(&scanner, survey);
    free(scanner.body);
    scan->end = scanner.offset;
    scan->last_number = scanner.last_number;
    return check;
}

/* Opens the file and reads its header. */
static enum record_check records_attach(struct record_file *records,
                                        const struct file_system *system, const char *path,
                                        enum file_mode mode,
                                        const struct record_file_identity *identity)
{
    enum file_status status = file_open(&records->file, system, path, mode);
    if (status != FILE_OK) {
        return status == FILE_NOT_FOUND ? RECORD_HEADER : RECORD_IO;
    }
    uint8_t bytes[RECORD_FILE_HEADER_SIZE];
    size_t size = 0;
    struct record_file_header header;
    enum record_check check = RECORD_IO;
    status = file_read(&records->file, 0, bytes, sizeof(bytes), &size);
    if (status == FILE_OK) {
        check = size < sizeof(bytes) ? RECORD_HEADER : header_decode(&header, bytes, identity);
    }
    if (check != RECORD_OK) {
        file_close(&records->file);
        return check;
    }
    records_begin(records, &header);
    return RECORD_OK;
}

enum record_check record_file_open(struct record_file *records, const struct file_system *system,
                                   const char *path, const struct record_file_identity *identity,
                                   const struct file *mark, record_visit *visit, void *context,
                                   struct record_scan *scan)
{
    memset(scan, 0, sizeof(*scan));
    enum record_check check = records_attach(records, system, path, FILE_WRITE, identity);
    if (check != RECORD_OK) {
        return check;
    }
    check = records_scan(records, false, visit, context, scan);
    bool complete = check == RECORD_OK || check == RECORD_TORN_TAIL;
    if (complete && record_mark_read(mark, records->header.instance) > scan->last_number) {
        scan->lost_offset = scan->end;
        check = RECORD_LOST;
    }
    if (check == RECORD_TORN_TAIL && file_truncate(&records->file, scan->end) != FILE_OK) {
        check = RECORD_IO;
    }
    /* What was just read may stand in the page cache only, if the process died before its sync. */
    bool usable = check == RECORD_OK || check == RECORD_TORN_TAIL;
    if (usable && file_sync(&records->file) != FILE_OK) {
        check = RECORD_IO;
    }
    if (check != RECORD_OK && check != RECORD_TORN_TAIL) {
        record_file_close(records);
        return check;
    }
    records->size = scan->end;
    records->next_number = scan->last_number + 1;
    records->durable_number = scan->last_number;
    return check;
}

enum record_check record_file_survey(struct record_file *records, const struct file_system *system,
                                     const char *path, const struct record_file_identity *identity,
                                     record_visit *visit, void *context, struct record_scan *scan)
{
    memset(scan, 0, sizeof(*scan));
    enum record_check check = records_attach(records, system, path, FILE_READ, identity);
    if (check != RECORD_OK) {
        return check;
    }
    check = records_scan(records, true, visit, context, scan);
    records->size = scan->end;
    if (check == RECORD_IO || check == RECORD_MEMORY) {
        record_file_close(records);
    }
    return check;
}

/* ---- The mark --------------------------------------------------------------------------- */

void record_mark_write(struct file *mark, const struct record_file *records)
{
    uint8_t bytes[RECORD_MARK_SIZE];
    struct bytes_writer writer;
    bytes_writer_init(&writer, bytes, sizeof(bytes));
    bytes_write_copy(&writer, mark_magic, sizeof(mark_magic));
    bytes_write_u32(&writer, VERSION);
    bytes_write_u32(&writer, 0);
    bytes_write_copy(&writer, records->header.instance, RECORD_INSTANCE_SIZE);
    bytes_write_u64(&writer, records->durable_number);
    bytes_write_zero(&writer, 20);
    bytes_write_u32(&writer, crc32c(0, bytes, writer.size));
    TALLY_ASSERT(bytes_writer_ok(&writer));
    TALLY_ASSERT(writer.size == RECORD_MARK_SIZE);
    enum file_status ignored = file_write(mark, 0, bytes, sizeof(bytes));
    (void)ignored;
}

uint64_t record_mark_read(const struct file *mark, const uint8_t instance[RECORD_INSTANCE_SIZE])
{
    uint8_t bytes[RECORD_MARK_SIZE];
    size_t size = 0;
    if (file_read(mark, 0, bytes, sizeof(bytes), &size) != FILE_OK || size < sizeof(bytes)) {
        return 0;
    }
    bool valid = memcmp(bytes, mark_magic, sizeof(mark_magic)) == 0 &&
                 bytes_get_u32(bytes + 8) == VERSION &&
                 bytes_get_u32(bytes + 60) == crc32c(0, bytes, 60) &&
                 memcmp(bytes + 16, instance, RECORD_INSTANCE_SIZE) == 0 &&
                 bytes_get_u64(bytes + 32) <= RECORD_NUMBER_MAX;
    return valid ? bytes_get_u64(bytes + 32) : 0;
}
