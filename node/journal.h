/*
 * journal.h: The journal: what this validator has promised, on disk before anybody hears of it.
 *
 * A validator that forgets a vote may vote differently in the same view, and then safety is broken
 * with no attacker present. So each vote, and what justified it, is a record here, synced before
 * the message leaves (docs: persistence before send). The bytes of a record are the core's; the
 * journal knows their order and that they are whole.
 *
 * What opening can find, and what it means for the node:
 *
 *   JOURNAL_OK           all is there; a torn tail, never synced, was cut off
 *   JOURNAL_MISSING      no journal. On a first start: journal_create. Otherwise LOST.
 *   JOURNAL_LOST         a synced record is damaged or gone
 *   JOURNAL_ROLLED_BACK  whole, but older than the store, which remembers the journal's mark at
 *                        each final block: a restored snapshot, a cloned disk
 *   JOURNAL_FOREIGN      of another chain or another key
 *
 * After the last four this key must never vote again: the node follows as an observer (mute) and
 * returns under a new key. Nobody repairs a journal.
 *
 * Numbers. Each record gets the next number, from 1, never reused, also across restarts and
 * rotations.
 *
 * Rotation. When the file has grown past journal_rotation_due, journal_rotate copies the records
 * that are still live into a new file, syncs it, gives it its name, and only then removes the old
 * one. A crash in between leaves one or both; opening takes the newest complete one.
 *
 * Files: journal-<16 hex digits>.log, mark, lock in a directory of their own. One thread at a time.
 * Format: node/record_file.h, docs/data-storage.md.
 */
#ifndef TALLY_NODE_JOURNAL_H
#define TALLY_NODE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "crypto/hash.h"
#include "crypto/sign.h"
#include "host/file.h"

#define JOURNAL_RECORD_SIZE_MAX (4u << 20)
#define JOURNAL_MARK_SIZE       24u

/* clang-format off */
#define JOURNAL_STATUS_LIST(X)                                                                     \
    X(JOURNAL_OK, "ok", "")                                                                        \
    X(JOURNAL_MISSING, "there is no journal",                                                      \
      "if this key has voted before, it must not vote again")                                      \
    X(JOURNAL_LOST, "the journal is damaged: synced votes are missing",                            \
      "this key must not vote again; it follows, and votes no more; see the runbook")              \
    X(JOURNAL_ROLLED_BACK, "the journal is older than the store",                                  \
      "was a snapshot or backup restored? this key must not vote again")                           \
    X(JOURNAL_FOREIGN, "the journal belongs to another chain or key",                              \
      "check the directory and the signing key in the configuration")                              \
    X(JOURNAL_EXISTS, "there is a journal already", "use it, or move it away for good")            \
    X(JOURNAL_LOCKED, "another process uses this journal", "never run one key twice")              \
    X(JOURNAL_FULL, "no space left for the journal", "free disk space; voting pauses until then")  \
    X(JOURNAL_TOO_LARGE, "a record is larger than allowed", "")                                    \
    X(JOURNAL_IO, "the disk of the journal failed", "look at the system log; the node stops")
/* clang-format on */

STATUS_DECLARE(journal_status, JOURNAL_STATUS_LIST);

/* Identifies a journal and how far it had come; the store keeps one with each final block. */
struct journal_mark {
    uint8_t instance[16]; /* random, made with the journal */
    uint64_t number;      /* highest durable record */
};

/* A mark as the store keeps it: instance, then the number as u64 little-endian. */
void journal_mark_encode(const struct journal_mark *mark, uint8_t bytes[JOURNAL_MARK_SIZE]);
/* Reads such bytes back; any bytes are a mark. */
void journal_mark_decode(struct journal_mark *mark, const uint8_t bytes[JOURNAL_MARK_SIZE]);

struct journal;

/* One record of a replay or rotation; the bytes are borrowed for the call. */
typedef void journal_visit(void *context, uint64_t number, const uint8_t *record, size_t size);
/* Whether a record must be kept at rotation. */
typedef bool journal_live(void *context, uint64_t number, const uint8_t *record, size_t size);

/*
 * Makes a new journal for `key` on chain `chain_id` in `directory`, which is made too. Copies the
 * path, borrows `system` for life. JOURNAL_EXISTS, JOURNAL_LOCKED, JOURNAL_FULL, JOURNAL_IO.
 */
TALLY_MUST_CHECK enum journal_status journal_create(const struct file_system *system,
                                                    const char *directory,
                                                    const struct hash *chain_id,
                                                    const struct public_key *key,
                                                    struct journal **journal);

/*
 * Opens the journal and visits all its records in order. `expected` is the store's mark, or NULL
 * when the store has none. On JOURNAL_OK *journal is owned by the caller; otherwise it is NULL, and
 * what was visited must not be used.
 */
TALLY_MUST_CHECK enum journal_status journal_open(
    const struct file_system *system, const char *directory, const struct hash *chain_id,
    const struct public_key *key, const struct journal_mark *expected, journal_visit *visit,
    void *context, struct journal **journal);

/* Queues a record (copied); *number is its number. Durable only after journal_sync. */
TALLY_MUST_CHECK enum journal_status journal_append(struct journal *journal, const void *record,
                                                    size_t size, uint64_t *number);

/*
 * Makes everything appended durable: one write, one sync. JOURNAL_FULL: nothing half written
 * remains, the records stay queued, call again when there is space; meanwhile nothing that waits
 * for them may be sent. JOURNAL_IO: stop the node.
 */
TALLY_MUST_CHECK enum journal_status journal_sync(struct journal *journal);

/* The highest durable number (0: none), and the mark to be stored with a final block. */
uint64_t journal_durable(const struct journal *journal);
void journal_mark_read(const struct journal *journal, struct journal_mark *mark);

/* Bytes of the current file, queued records included. */
uint64_t journal_size(const struct journal *journal);

/*
 * True when the file exceeds `bytes_max` and twice what the last rotation kept (so that a journal
 * of many live records is not rotated over and over).
 */
bool journal_rotation_due(const struct journal *journal, uint64_t bytes_max);

/*
 * Copies the live records to a new file and removes the old one. Nothing may be queued
 * (journal_sync first). JOURNAL_FULL: the old file stays in use, nothing has changed. JOURNAL_LOST:
 * a record could not be read back: stop. JOURNAL_IO: stop.
 */
TALLY_MUST_CHECK enum journal_status journal_rotate(struct journal *journal, journal_live *live,
                                                    void *context);

/* Closes without syncing; frees. Accepts NULL. */
void journal_close(struct journal *journal);

#endif
