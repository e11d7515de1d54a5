/*
 * node/store_logs.h - LevelDB's logs to the disk, each of them
 *
 * Problem. LevelDB begins another log whenever its buffer is full, and does not sync the one
 * before. The buffer becomes a table a moment later, and the table is synced; but until then a
 * power cut may take lazy batches at the end of the old log and leave a later synced one, which
 * stands in the new.
 *
 *     log 3: [lazy][lazy]   log 7: [synced]        the power goes: [synced] alone may be left
 *
 * Rule. Before a batch is written that speaks for lazy ones (a checkpoint: blocks below it are not
 * executed again), every log in the directory is synced, and then the directory. A log that is gone
 * when its turn comes has become a table, which was synced before its log was removed.
 */
#ifndef TALLY_NODE_STORE_LOGS_H
#define TALLY_NODE_STORE_LOGS_H

#include "base/assert.h"
#include "host/file.h"

/* Syncs every file of `directory` whose name ends in ".log", and the directory. */
TALLY_MUST_CHECK enum file_status store_logs_sync(const struct file_system *system,
                                                  const char *directory);

#endif
