/*
 * record_file.h: a file of records that survive a crash, the common ground of the journal and the
 * batch log.
 *
 * Problem. After a power cut the end of an append-only file may be missing or torn, in any
 * arrangement; that is harmless, since what was never synced was never relied upon. But a damaged
 * record that *had* been synced is a loss, and for votes a loss is fatal if it is overlooked. The
 * reader must tell the two apart.
 *
 * Rule. Each record carries, beside its own number, `durable`: the highest record number known to
 * be synced when it was written. A record that fails its checks is
 *   - torn    if no later record in the file has durable >= its number: cut off, go on;
 *   - LOST    if one has: it was synced once and is gone.
 * The last synced records have no later one to speak for them; for these a 64-byte mark file is
 * overwritten (not synced) after each sync. It survives the death of the process, and whatever part
 * of it the disk keeps can only ever understate, never invent.
 *
 *   number   1   2   3 | 4   5   6 |         group 1 = {1,2,3}, group 2 = {4,5,6}
 *   durable  0   0   0 | 3   3   3 |
 *   5 unreadable, 6 fine:   6 says 3 -> 5 was never synced -> torn, the file ends after 4
 *   2 unreadable, 4 fine:   4 says 3 -> 2 was synced       -> LOST
 *
 * Group commit. Appending only queues; one write and one sync carry all that is queued. When the
 * disk is full, what was half written is cut off again, everything stays queued, and the next
 * record_file_sync tries anew: FILE_FULL is recoverable. Any other failure is final for this
 * object: it answers FILE_IO from then on.
 *
 * On disk (little-endian): a header of 96 bytes, then records.
 *
 *   header  0  8  magic "TALLYREC"        record  0  4  magic "TREC"
 *           8  4  version, 1                      4  4  body size
 *          12  4  kind (whose file)               8  8  number
 *          16  16 instance id (random)           16  8  durable
 *          32  32 chain id                       24  4  CRC32C of the body
 *          64  8  file number                    28  4  CRC32C of the 28 bytes before
 *          72  8  first number after the         32  .. body
 *                 carried-over part
 *          80  8  bytes carried over at rotation (all durable before the file got its name)
 *          88  4  zero
 *          92  4  CRC32C of the 92 bytes before
 *
 * The owner id says whose file it is: the chain id, or a hash of chain id and key. Both record CRCs
 * are seeded from instance id and file number, so bytes of another file, or record-like bytes
 * inside a body, are not taken for a record.
 *
 * The mark file: magic "TALLYMRK", version u32 1, zero u32, instance [16], durable number u64, zero
 * [20], CRC32C of the 60 bytes before. A mark that is damaged counts as none.
 *
 * One thread at a time.
 */
#ifndef TALLY_NODE_RECORD_FILE_H
#define TALLY_NODE_RECORD_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/hash.h"
#include "host/file.h"

#define RECORD_FILE_HEADER_SIZE 96u
#define RECORD_HEADER_SIZE      32u
#define RECORD_BODY_SIZE_MAX    (8u << 20)
#define RECORD_MARK_SIZE        64u
#define RECORD_INSTANCE_SIZE    16u

/* No record or file has a number above this; a larger one on the disk is damage. */
#define RECORD_NUMBER_MAX (UINT64_MAX / 2)

/* What a file must be, to be the one that is opened. */
struct record_file_identity {
    uint32_t kind;
    struct hash owner;
    uint64_t file_number; /* as in its name */
};

struct record_file_header {
    uint32_t kind;
    uint8_t instance[RECORD_INSTANCE_SIZE];
    struct hash owner;
    uint64_t file_number;
    uint64_t first_number; /* of the records after the carried-over part */
    uint64_t carried_size; /* bytes of the carried-over part */
};

struct record_file {
    struct file file;
    struct record_file_header header;
    uint32_t seed;           /* of the record CRCs, from the instance id */
    uint64_t size;           /* bytes of header and durable records: where the next group goes */
    uint64_t next_number;    /* of the next record appended */
    uint64_t durable_number; /* highest synced; first_number - 1 when there is none */
    /* Encoded records not yet synced, behind as many bytes as stand before them in their block of
     * the file: what lies in memory as in the file is written past the page cache (host/file.h). */
    uint8_t *pending;
    size_t pending_size;
    size_t pending_capacity; /* of the memory, or what it is to be when it is NULL */
    bool failed;
};

/* Records that were synced together, still in memory. */
struct record_stretch {
    uint8_t *memory; /* NULL: none; to be freed */
    size_t capacity;
    uint64_t offset; /* of the first one in its file */
    size_t size;
    uint32_t seed; /* of the file's record CRCs */
};

enum record_check {
    RECORD_OK,
    RECORD_TORN_TAIL, /* an unsynced tail was found; nothing is missing */
    RECORD_LOST,      /* records that had been synced are missing or damaged */
    RECORD_FOREIGN,   /* a valid header of another version, kind, owner or file number */
    RECORD_HEADER,    /* no valid header: not such a file, or its very beginning is damaged */
    RECORD_STOPPED,   /* the visitor returned false */
    RECORD_IO,        /* the disk failed while reading */
    RECORD_MEMORY,    /* no memory for the scan */
};

/*
 * Called for each valid record in file order; `offset` is where the record begins. The body is
 * borrowed for the call. Returns false to stop.
 */
typedef bool record_visit(void *context, uint64_t number, uint64_t offset, const uint8_t *body,
                          size_t size);

/* What a scan found. */
struct record_scan {
    uint64_t end;         /* offset after the last record that counts */
    uint64_t last_number; /* its number; first_number - 1 if there is none */
    uint64_t lost_offset; /* RECORD_LOST: where the first damaged bytes begin */
};

/*
 * Makes the file `path`, which must not exist, with a synced header. The directory is not synced.
 * Copies the header.
 */
TALLY_MUST_CHECK enum file_status record_file_create(struct record_file *records,
                                                     const struct file_system *system,
                                                     const char *path,
                                                     const struct record_file_header *header);

/*
 * Opens an existing file and visits its records. On RECORD_OK and RECORD_TORN_TAIL the tail is cut
 * off, the file is synced and ready for appending; on everything else it is unchanged and closed
 * again. `mark` is the open mark file, which speaks for the last records. `visit` may be NULL.
 */
TALLY_MUST_CHECK enum record_check record_file_open(struct record_file *records,
                                                    const struct file_system *system,
                                                    const char *path,
                                                    const struct record_file_identity *identity,
                                                    const struct file *mark, record_visit *visit,
                                                    void *context, struct record_scan *scan);

/*
 * Reads a file without changing it, and goes on behind damaged records instead of stopping at the
 * first. Result as above; `records` is open for reading afterwards unless RECORD_HEADER, RECORD_IO
 * or RECORD_MEMORY.
 */
TALLY_MUST_CHECK enum record_check record_file_survey(struct record_file *records,
                                                      const struct file_system *system,
                                                      const char *path,
                                                      const struct record_file_identity *identity,
                                                      record_visit *visit, void *context,
                                                      struct record_scan *scan);

/*
 * Queues a record of two parts (either may be empty); *number is what it got, *offset where it
 * will stand (may be NULL). FILE_TOO_LARGE over RECORD_BODY_SIZE_MAX or without memory.
 */
TALLY_MUST_CHECK enum file_status record_file_append(struct record_file *records, const void *head,
                                                     size_t head_size, const void *tail,
                                                     size_t tail_size, uint64_t *number,
                                                     uint64_t *offset);

/* Writes and syncs all that is queued. FILE_OK, FILE_FULL (try again later), FILE_IO (for good). */
TALLY_MUST_CHECK enum file_status record_file_sync(struct record_file *records);

/*
 * record_file_sync in three steps, for a caller that lets others read meanwhile, or that has
 * another file to sync: flush_begin writes the queue and begins the sync, flush_end waits for it,
 * and neither changes anything that record_file_read looks at; settle, after FILE_OK of both and
 * under the caller's lock, counts the queue as durable. Nothing is appended in between. The end is
 * due after FILE_OK of the begin, and only then.
 */
TALLY_MUST_CHECK enum file_status record_file_flush_begin(struct record_file *records);
TALLY_MUST_CHECK enum file_status record_file_flush_end(struct record_file *records);
void record_file_settle(struct record_file *records);

/*
 * Settles, and hands out what was queued, for a caller whose readers come soon: what went past the
 * page cache has to be fetched from the disk otherwise. The memory that is in `stretch` is taken in
 * exchange, for the next queue.
 */
void record_file_settle_keep(struct record_file *records, struct record_stretch *stretch);

/* Reads and checks the record at `offset` as record_file_read does; FILE_NOT_FOUND also when it is
 * not in the stretch. */
TALLY_MUST_CHECK enum file_status record_stretch_read(const struct record_stretch *stretch,
                                                      uint64_t offset, uint8_t *body,
                                                      size_t capacity, size_t *size);

/*
 * Rotation: takes over a record of an older file under its old number, before anything is appended.
 * Numbers rise and stay below first_number. Then record_file_carry_end writes the final header and
 * syncs. FILE_FULL and FILE_IO: throw the new file away.
 */
TALLY_MUST_CHECK enum file_status record_file_carry(struct record_file *records, uint64_t number,
                                                    const void *body, size_t size);
TALLY_MUST_CHECK enum file_status record_file_carry_end(struct record_file *records);

/*
 * Opens a file for record_file_read alone, without looking at its header: instance and file number,
 * from which the checksums are seeded, are the caller's. A wrong one makes every read fail.
 */
TALLY_MUST_CHECK enum file_status record_file_peek(struct record_file *records,
                                                   const struct file_system *system,
                                                   const char *path,
                                                   const uint8_t instance[RECORD_INSTANCE_SIZE],
                                                   uint64_t file_number);

/*
 * Reads the body of the record at `offset` into `body`, also one that is only queued, and checks
 * it. FILE_NOT_FOUND if there is no such record or it is damaged; FILE_TOO_LARGE if `capacity` is
 * too small.
 */
TALLY_MUST_CHECK enum file_status record_file_read(struct record_file *records, uint64_t offset,
                                                   uint8_t *body, size_t capacity, size_t *size);

/* Overwrites the mark file with the highest durable number. Not synced; a failure is harmless,
 * since the mark then merely understates. */
void record_mark_write(struct file *mark, const struct record_file *records);

/* The number in the mark file, or 0 if it is missing, damaged or of another instance. */
uint64_t record_mark_read(const struct file *mark, const uint8_t instance[RECORD_INSTANCE_SIZE]);

/* Closes without syncing and frees the queue. */
void record_file_close(struct record_file *records);

#endif
