/*
 * batch_log.h: The batch log: every signed batch this node holds, by digest.
 *
 * Blocks name batches by digest; the bytes stand here, written once, as they came. A validator
 * votes for a block only when all its batches are durable here, and a notarization therefore proves
 * that f+1 honest members can serve them. Final blocks keep referring to the log: its segments are
 * the history, and none is ever removed.
 *
 *   segment 1: [a][b][c]   segment 2: [d][e]   segment 3: [f] <- append here
 *   index:     a -> (1, 96)  b -> (1, 4321) ...  f -> (3, 96)
 *
 * The index is in memory, about 90 bytes a batch; a segment that is full gets an index file, so
 * opening reads only the newest segment in full. An index file that is missing or damaged is
 * rebuilt.
 *
 * Damage. A batch that cannot be read back is reported as BATCH_LOG_NOT_FOUND and can be fetched
 * from peers again. `damaged` in the summary says that something synced was lost: then the node may
 * not know the highest lane_seq it has signed, and must not author batches in this epoch. It is
 * said again at each opening.
 *
 * Batches are queued by batch_log_append and durable after batch_log_sync (one sync per turn,
 * before the journal's or beside it: turn.h). What went past the page cache last stays in memory
 * for its readers. The full disk is handled as in the journal. One thread appends and syncs; any
 * thread may read.
 *
 * Files: batches-<16 hex digits>.log and .index, mark, in a directory of their own.
 */
#ifndef TALLY_NODE_BATCH_LOG_H
#define TALLY_NODE_BATCH_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "crypto/hash.h"
#include "host/file.h"

#define BATCH_LOG_BATCH_SIZE_MAX ((8u << 20) - 64u)
/* What stands before a batch where batch_log_read_in() reads it. */
#define BATCH_LOG_ENTRY_SIZE 56u

/* clang-format off */
#define BATCH_LOG_STATUS_LIST(X)                                                                   \
    X(BATCH_LOG_OK, "ok", "")                                                                      \
    X(BATCH_LOG_NOT_FOUND, "the batch is not here", "ask the other members")                       \
    X(BATCH_LOG_FULL, "no space left for batches", "free disk space; voting pauses until then")    \
    X(BATCH_LOG_TOO_LARGE, "a batch is larger than allowed", "")                                   \
    X(BATCH_LOG_FOREIGN, "the batch log belongs to another chain", "check the directory")          \
    X(BATCH_LOG_LOCKED, "another process uses this batch log", "stop the other process")           \
    X(BATCH_LOG_MEMORY, "out of memory", "")                                                       \
    X(BATCH_LOG_IO, "the disk of the batch log failed", "look at the system log; the node stops")
/* clang-format on */

STATUS_DECLARE(batch_log_status, BATCH_LOG_STATUS_LIST);

/* What is known of a batch without reading it. */
struct batch_log_entry {
    struct hash digest;
    uint64_t epoch;
    uint64_t lane_sequence;
    uint16_t author;
    bool content_valid; /* what checking its envelopes said */
    uint32_t size;      /* of the signed batch */
    uint64_t segment;
};

struct batch_log;

typedef void batch_log_visit(void *context, const struct batch_log_entry *entry);

struct batch_log_summary {
    uint64_t batch_count;
    uint64_t bytes;        /* on disk */
    uint64_t last_segment; /* appended to */
    bool damaged;          /* synced batches were lost (see above) */
};

/*
 * Opens the log in `directory`, making it if there is none. Copies the path, borrows `system`.
 * `segment_bytes` is when a segment is closed. On BATCH_LOG_OK *log is owned by the caller.
 */
TALLY_MUST_CHECK enum batch_log_status batch_log_open(const struct file_system *system,
                                                      const char *directory,
                                                      const struct hash *chain_id,
                                                      uint64_t segment_bytes,
                                                      struct batch_log **log);

/* Closes without syncing; frees. Accepts NULL. */
void batch_log_close(struct batch_log *log);

/*
 * Queues a signed batch (copied). `entry` says digest, epoch, lane_sequence, author and
 * content_valid; its size and segment are ignored. One that is held already is BATCH_LOG_OK and
 * not written again.
 */
TALLY_MUST_CHECK enum batch_log_status batch_log_append(struct batch_log *log,
                                                        const struct batch_log_entry *entry,
                                                        const void *batch, size_t size);

/* Makes everything appended durable. BATCH_LOG_FULL: try again later; BATCH_LOG_IO: stop. */
TALLY_MUST_CHECK enum batch_log_status batch_log_sync(struct batch_log *log);

/*
 * The same in two steps, so that another file can be synced meanwhile; nothing is appended in
 * between. The end is due after BATCH_LOG_OK of the begin, and only then.
 */
TALLY_MUST_CHECK enum batch_log_status batch_log_sync_begin(struct batch_log *log);
TALLY_MUST_CHECK enum batch_log_status batch_log_sync_end(struct batch_log *log);

/* Finds what is known of a batch, queued ones included. */
TALLY_MUST_CHECK enum batch_log_status batch_log_find(struct batch_log *log,
                                                      const struct hash *digest,
                                                      struct batch_log_entry *entry);

/*
 * Reads a signed batch and checks its checksum. BATCH_LOG_TOO_LARGE if `capacity` is less than its
 * size; BATCH_LOG_NOT_FOUND also when it is damaged on disk.
 */
TALLY_MUST_CHECK enum batch_log_status batch_log_read(struct batch_log *log,
                                                      const struct hash *digest, uint8_t *batch,
                                                      size_t capacity, size_t *size);

/*
 * The same without a copy: reads what the log has of the batch into `room`, of which
 * BATCH_LOG_ENTRY_SIZE and the batch's size are needed; *batch is where in it the batch begins.
 */
TALLY_MUST_CHECK enum batch_log_status batch_log_read_in(struct batch_log *log,
                                                         const struct hash *digest, uint8_t *room,
                                                         size_t capacity, const uint8_t **batch,
                                                         size_t *size);

/* Visits all entries from segment `from` on, in the order in which they were appended. `visit` may
 * call batch_log_read. */
void batch_log_each(struct batch_log *log, uint64_t from, batch_log_visit *visit, void *context);

/* How much there is, and whether something was lost. */
void batch_log_summary_read(struct batch_log *log, struct batch_log_summary *summary);

#endif
