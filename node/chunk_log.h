/*
 * node/chunk_log.h - the chunks of checkpoints: written once, the old ones cleared away by the file
 *
 * Problem. A checkpoint holds megabytes that replace those of checkpoints before. LevelDB would
 * copy each byte through its batch, its log, its memory, a table, and again with every merge.
 *
 * Rule. Chunks are pieces of a stream of files (result_log.h); the store keeps the place of each
 * chunk's latest piece under its key, and with the checkpoint the begin and end of the stream. A
 * checkpoint
 *
 *   1. appends the chunks that changed;
 *   2. cleans: while more than half of the stream, and more than two files, is out of date, the
 *      begin moves over the oldest file, and chunks whose latest piece is there are appended again;
 *   3. syncs the stream, then writes places, begin and end in one synced batch of the store;
 *   4. removes the files before the begin.
 *
 *     files 4 [A b] 5 [C A] 6 [B]    A of 4, then B: live are C A B    begin 5: C and A as they are
 *
 * A crash before 3 is done leaves the places, begin and end of the checkpoint before: what was
 * appended since is cut off, and nothing of the old one was removed. So there is always one whole
 * checkpoint. Cleaning copies at most as much as became out of date.
 *
 * One thread.
 */
#ifndef TALLY_NODE_CHUNK_LOG_H
#define TALLY_NODE_CHUNK_LOG_H

#include "node/result_log.h"

enum {
    CHUNK_KINDS = 64, /* a part is kind << 32 | chunk */
    CHUNK_NUMBER_MAX = 1 << 24,
};

struct chunk_log;

/* A chunk was appended again, at another place. */
typedef void chunk_moved(void *context, uint64_t part, const struct result_place *place);

/* Opens the stream between the begin and the end of the last checkpoint. STORE_CORRUPT: something
 * of it is missing. The places follow with chunk_log_note(). */
TALLY_MUST_CHECK enum store_status chunk_log_open(const struct file_system *system,
                                                  const char *directory, uint64_t file_bytes,
                                                  uint64_t begin, uint64_t end,
                                                  struct chunk_log **log);
/* Accepts NULL. */
void chunk_log_close(struct chunk_log *log);

/* The latest piece of a part is there. STORE_CORRUPT: it cannot be. */
TALLY_MUST_CHECK enum store_status chunk_log_note(struct chunk_log *log, uint64_t part,
                                                  const struct result_place *place);

/* Room for a chunk that is appended next; NULL without memory. */
uint8_t *chunk_log_room(struct chunk_log *log, size_t size);
/* Appends a chunk, made in that room or elsewhere. Not durable. */
TALLY_MUST_CHECK enum store_status chunk_log_append(struct chunk_log *log, uint64_t part,
                                                    const void *data, uint32_t size,
                                                    struct result_place *place);
/* Is there a piece of a part? */
bool chunk_log_has(const struct chunk_log *log, uint64_t part);
/* The latest piece of a part. STORE_NOT_FOUND: there is none. */
TALLY_MUST_CHECK enum store_status chunk_log_read(const struct chunk_log *log, uint64_t part,
                                                  struct store_bytes *data);

/* Steps 2 and the first half of 3; says of each chunk that moved where it is now. */
TALLY_MUST_CHECK enum store_status chunk_log_finish(struct chunk_log *log, chunk_moved *moved,
                                                    void *context, uint64_t *begin, uint64_t *end);
/* Step 4. */
TALLY_MUST_CHECK enum store_status chunk_log_clear(struct chunk_log *log);

#endif
