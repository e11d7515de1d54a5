/*
 * node/result_log.h: results of blocks: appended once, checked when read, cut at a checkpoint
 *
 * Problem. What a block comes to (receipts, events) is several times as long as what was ordered,
 * is never changed, and is asked for rarely. LevelDB would write each byte three times and more:
 * into its log, into a table, and again with every merge. And it need not be synced: it can be
 * computed again.
 *
 * Rule. All results form one stream of bytes, cut into files of one size. An append goes
 * behind everything that is there and gives the offset, which the store keeps under the block's
 * height (store.h). Each piece carries a checksum over height, size and content:
 *
 *     0   8  height          12   4  CRC32C of the 12 bytes before and the content
 *     8   4  size            16      content
 *
 * Appended is not durable. result_log_sync() makes it so; the store does that before it writes a
 * checkpoint, and writes the end of the stream with it. Opening takes that end and cuts off what
 * stands behind it: those are results of blocks that are executed again, and they come to the same
 * bytes at the same offsets. So a torn tail needs no search, and a place that lies behind the end
 * is one of a block that is not executed again yet.
 *
 *     checkpoint at end 700; appended up to 950; crash, of which 810 bytes survive in some order
 *     opened with end 700 -> cut to 700 -> executed again -> 950
 *
 * If a file is missing or shorter than the end says, synced data was lost: STORE_CORRUPT.
 *
 * What was appended last is in memory and goes to the files in long stretches, past the page cache,
 * and with a sync. A process that dies loses it, which is no more than a power cut loses.
 *
 * Not too much is left to one sync, since other files on the same disk wait for it: after so many
 * bytes an append syncs.
 *
 * One thread appends and syncs; any thread reads.
 */
#ifndef TALLY_NODE_RESULT_LOG_H
#define TALLY_NODE_RESULT_LOG_H

#include <stdint.h>

#include "host/file.h"
#include "node/store.h"

/* What a node leaves to one sync. */
#define RESULT_UNSYNCED_BYTES_MAX (UINT64_C(4) << 20)

struct result_log;

/* What makes a stream; for ever the same for one. */
struct result_form {
    const char *prefix; /* of its files' names; borrowed */
    uint64_t file_bytes;
    uint64_t unsynced_bytes_max; /* above which an append syncs */
};

/*
 * Opens the stream in `directory`, which is made if it is not there, and cuts it to `end` bytes.
 * What stands in files before `begin` is not needed any more and is removed.
 * `system` is borrowed. STORE_CORRUPT: there are fewer. A failure changes nothing but what stands
 * before the begin or behind the end.
 */
TALLY_MUST_CHECK enum store_status result_log_open(const struct file_system *system,
                                                   const char *directory,
                                                   const struct result_form *form, uint64_t begin,
                                                   uint64_t end, struct result_log **file);
/* Closes without syncing. Accepts NULL. */
void result_log_close(struct result_log *file);

/* Room in which the results of a height may be made that are appended next; lent until then. NULL
 * without memory. */
uint8_t *result_log_room(struct result_log *file, size_t size);

/* Appends the results of a height: those made in result_log_room(), or others, which are copied
 * there. After a failure there is no way on but to open it again. */
TALLY_MUST_CHECK enum store_status result_log_append(struct result_log *file, uint64_t height,
                                                     const void *data, uint32_t size,
                                                     struct result_place *place);
/* Makes everything durable; *end is what result_log_open() is to be given then. */
TALLY_MUST_CHECK enum store_status result_log_sync(struct result_log *file, uint64_t *end);

/* Removes the files in which everything stands before `begin`. */
TALLY_MUST_CHECK enum store_status result_log_drop(struct result_log *file, uint64_t begin);

/* Reads a piece. STORE_NOT_FOUND: behind the end; STORE_CORRUPT: not what was appended for this
 * height. */
TALLY_MUST_CHECK enum store_status result_log_read(struct result_log *file, uint64_t height,
                                                   const struct result_place *place,
                                                   struct store_bytes *data);

#endif
