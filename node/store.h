/*
 * store.h: The store: everything final, in LevelDB and, beside it, the results of blocks in a file.
 *
 * The node writes here what can no longer change: final blocks, their results, receipts and events,
 * the state's checkpoint, and a few facts about itself. Values are bytes that others encode; the
 * store knows keys, atomicity and durability.
 *
 *   key (big-endian numbers, so that keys sort by height)     value
 *   'B' height u64                      block       final block as the core's COMMIT gave it
 *   'O' height u64                      roots       result root, the roots below it, and the places
 *                                                   of receipts and events (stored.h)
 *   'C' part u64                        checkpoint  where one chunk of the state stands
 *   'I' envelope id [32]                envelope    height u64, index u32
 *   'P' instruction u64, settled u64    part        height u64, event index u32
 *   'T' bucket u16, height u64          names       places of milestones by the hash of party and
 *                                                   reference (name_index.h)
 *   'M' name ...                        meta        named facts (marks, cursors; "chain", "format")
 *
 * The chunks of a checkpoint are in a stream of their own, too (chunk_log.h).
 *
 * Receipts and events are long, never change and can be computed again: they are appended to a
 * stream of their own (result_log.h), and LevelDB keeps where they stand. What was appended is
 * there for certain only up to the end that was stored with a synced batch; results behind it are
 * not found after a crash until they are appended again.
 *
 * The names of milestones and the places of envelopes (envelope_index.h) are kept in memory until
 * they are written, just before a checkpoint. After a crash they are noted again as the blocks
 * behind the checkpoint are executed again, and until then what is not found may be one of those:
 * STORE_PENDING.
 *
 * All writes of one step go into one store_batch: all of it or nothing survives a crash. A batch
 * written with STORE_SYNC is durable. Of the lazy ones a crash keeps a prefix, which is not always
 * all that came before a synced one: LevelDB changes logs without a sync (store_logs.h). So a
 * checkpoint, which speaks for the results of the blocks below it, has store_sync_results before
 * it.
 *
 * Errors. Any failed write means that LevelDB's state is unknown: the node must stop (also on
 * STORE_FULL; after space is freed it starts again). Damage is never repaired in place: the
 * directory is moved away and the node fetches the state from its peers (docs/runbook.md).
 *
 * Reading may go on from any thread beside one writer; chunks are read at the start only. Behind
 * the functions stands a table of operations (struct store_operations), so that tests can put a
 * failing store in LevelDB's place.
 */
#ifndef TALLY_NODE_STORE_H
#define TALLY_NODE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "crypto/hash.h"
#include "host/file.h"
#include "node/name_index.h"

#define STORE_META_NAME_SIZE_MAX 32u
#define STORE_REFERENCE_SIZE_MAX 35u
#define STORE_PARTY_SIZE         11u

/* clang-format off */
#define STORE_STATUS_LIST(X)                                                                       \
    X(STORE_OK, "ok", "")                                                                          \
    X(STORE_NOT_FOUND, "not in the store", "")                                                     \
    X(STORE_PENDING, "not in the store, or not again yet after a restart", "ask again")            \
    X(STORE_FULL, "no space left for the store", "free disk space and start the node again")       \
    X(STORE_LOCKED, "another process uses the store", "stop the other process")                    \
    X(STORE_CORRUPT, "the store is damaged",                                                       \
      "move its directory away; the node fetches the state from its peers")                        \
    X(STORE_CHAIN, "the store is of another chain", "check the data directory and the genesis")    \
    X(STORE_FORMAT, "the store is of another release's format",                                    \
      "start the release that wrote it; this one cannot read it, nothing was changed")             \
    X(STORE_MEMORY, "out of memory", "")                                                           \
    X(STORE_IO, "the disk of the store failed", "look at the system log; the node stops")
/* clang-format on */

STATUS_DECLARE(store_status, STORE_STATUS_LIST);

enum store_durability {
    STORE_LAZY,
    STORE_SYNC
};

/* Bytes owned by the reader; given back with store_bytes_free. */
struct store_bytes {
    uint8_t *data;
    size_t size;
};

/* Where results stand in their stream, their head included; size 0: there are none. */
struct result_place {
    uint64_t offset;
    uint32_t size;
};

/* One change of a batch. Borrowed for the call of `write`. */
struct store_change {
    const uint8_t *key;
    size_t key_size;
    const uint8_t *value;
    size_t value_size;
};

/* Key and value are borrowed for the call. */
typedef bool store_visit(void *visitor, const uint8_t *key, size_t key_size, const uint8_t *value,
                         size_t value_size);

/* What stands behind a store: LevelDB, or a test's memory. */
struct store_operations {
    enum store_status (*get)(void *context, const uint8_t *key, size_t key_size,
                             struct store_bytes *value);
    enum store_status (*write)(void *context, const struct store_change *changes,
                               size_t change_count, enum store_durability durability);
    /* Makes every batch that was written before durable. */
    enum store_status (*settle)(void *context);
    /* The highest key that begins with `prefix` (one byte); STORE_NOT_FOUND if there is none. */
    enum store_status (*last)(void *context, const uint8_t *prefix, size_t prefix_size,
                              uint8_t *key, size_t key_capacity, size_t *key_size);
    /* Visits the values of all keys that begin with `prefix`, from the highest key down, until it
     * says false. */
    enum store_status (*each)(void *context, const uint8_t *prefix, size_t prefix_size,
                              store_visit *visit, void *visitor);
    void (*close)(void *context);
};

struct store;
struct store_batch;

/* Opens or makes the LevelDB store in `directory`. *store is owned by the caller on STORE_OK. */
TALLY_MUST_CHECK enum store_status store_open(const char *directory, const struct hash *chain_id,
                                              struct store **store);

/* Where a store has its files beside LevelDB's. */
struct store_files {
    const struct file_system *system; /* borrowed */
    const char *directory;            /* of results and chunks */
    uint64_t chunk_file_bytes;        /* for ever the same */
    uint8_t secret[NAME_SECRET_SIZE]; /* of the hashes of names, in a store that is made now */
};

/* As store_open over other operations and files; `context` is closed by store_close, or now on an
 * error. */
TALLY_MUST_CHECK enum store_status store_open_over(const struct store_operations *operations,
                                                   void *context, const struct store_files *files,
                                                   const struct hash *chain_id,
                                                   struct store **store);

/* Closes it and what stands behind it. Accepts NULL. */
void store_close(struct store *store);

/* The LevelDB operations (node/store_leveldb.c), for store_open. */
TALLY_MUST_CHECK enum store_status store_leveldb_open(const char *directory, void **context);
const struct store_operations *store_leveldb_operations(void);

/* Frees what a reading function gave; afterwards the bytes are empty. */
void store_bytes_free(struct store_bytes *bytes);

/* ---- Writing ---------------------------------------------------------------------------- */

/* An empty batch, owned by the caller, reusable after store_batch_clear. NULL without memory. */
struct store_batch *store_batch_new(void);
void store_batch_free(struct store_batch *batch);
void store_batch_clear(struct store_batch *batch);
size_t store_batch_size(const struct store_batch *batch); /* bytes of keys and values */

/* Each copies its values into the batch. That memory was missing is remembered, and answered by
 * store_write. */
void store_put_block(struct store_batch *batch, uint64_t height, const void *block, size_t size);
void store_put_roots(struct store_batch *batch, uint64_t height, const void *data, size_t size);
/* Of an envelope and of a milestone: found at once, durable with the next checkpoint. */
void store_put_envelope(struct store_batch *batch, const struct hash *envelope_id, uint64_t height,
                        uint32_t index);
/* `party` has STORE_PARTY_SIZE characters; `reference` at most STORE_REFERENCE_SIZE_MAX. */
void store_put_settled(struct store_batch *batch, const char *party, const char *reference,
                       size_t reference_size, uint64_t height, uint32_t event_index);
/* The settlement of a part: of the instruction with this sequence, after which so much of it had
 * settled. */
void store_put_part(struct store_batch *batch, uint64_t instruction, uint64_t settled,
                    uint64_t height, uint32_t event_index);
void store_put_meta(struct store_batch *batch, const char *name, const void *data, size_t size);
/* Writes the batch atomically. STORE_OK, or the node must stop. The batch is unchanged. */
TALLY_MUST_CHECK enum store_status store_write(struct store *store, const struct store_batch *batch,
                                               enum store_durability durability);

/* Room in which the results can be made that are appended next; lent until then. NULL without
 * memory. */
uint8_t *store_results_room(struct store *store, size_t size);
/*
 * Appends results of a height, from that room or from elsewhere, and says where; not durable. Then
 * the place is put into a batch. When it fails the node must stop. One thread.
 */
TALLY_MUST_CHECK enum store_status store_append_results(struct store *store, uint64_t height,
                                                        const void *data, uint32_t size,
                                                        struct result_place *place);
/* Room in which a chunk of a checkpoint can be made that is appended next; NULL without memory. */
uint8_t *store_checkpoint_room(struct store *store, size_t size);
/*
 * Appends a chunk (chunk_log.h), from that room or from elsewhere, and puts its place into the
 * checkpoint's batch; `part` is its kind << 32 and number. When it fails, or the batch is not
 * written, the node must stop. One thread, that of results.
 */
TALLY_MUST_CHECK enum store_status store_append_checkpoint(struct store *store,
                                                           struct store_batch *batch, uint64_t part,
                                                           const void *data, uint32_t size);
/* Is there a chunk of this part? */
bool store_has_checkpoint(const struct store *store, uint64_t part);
/* Makes durable what was appended, written and noted so far, and puts where it ends into a batch,
 * which is to be written with STORE_SYNC together with the checkpoint behind which blocks are
 * executed again. Nothing is noted or appended between the two. */
TALLY_MUST_CHECK enum store_status store_sync_results(struct store *store,
                                                      struct store_batch *batch);

/* ---- Reading ---------------------------------------------------------------------------- */

/* STORE_OK and bytes for the caller to free, or STORE_NOT_FOUND; else the disk's fault. Each reads
 * what the function of the same name put. store_get_settled() finds the place of the greatest
 * height and index, store_get_envelope() the one put last; both are STORE_PENDING while they cannot
 * know. */
TALLY_MUST_CHECK enum store_status store_get_block(struct store *store, uint64_t height,
                                                   struct store_bytes *block);
TALLY_MUST_CHECK enum store_status store_get_roots(struct store *store, uint64_t height,
                                                   struct store_bytes *data);
TALLY_MUST_CHECK enum store_status store_get_checkpoint(struct store *store, uint64_t part,
                                                        struct store_bytes *data);
TALLY_MUST_CHECK enum store_status store_get_envelope(struct store *store,
                                                      const struct hash *envelope_id,
                                                      uint64_t *height, uint32_t *index);
TALLY_MUST_CHECK enum store_status store_get_settled(struct store *store, const char *party,
                                                     const char *reference, size_t reference_size,
                                                     uint64_t *height, uint32_t *event_index);
TALLY_MUST_CHECK enum store_status store_get_part(struct store *store, uint64_t instruction,
                                                  uint64_t settled, uint64_t *height,
                                                  uint32_t *event_index);
TALLY_MUST_CHECK enum store_status store_get_meta(struct store *store, const char *name,
                                                  struct store_bytes *data);

/* Results from their place. STORE_NOT_FOUND also while they are not appended again after a crash;
 * STORE_CORRUPT when they are not those of this height. */
TALLY_MUST_CHECK enum store_status store_get_results(struct store *store, uint64_t height,
                                                     const struct result_place *place,
                                                     struct store_bytes *data);

/* The highest height that has a block. STORE_NOT_FOUND when there is none. */
TALLY_MUST_CHECK enum store_status store_last_height(struct store *store, uint64_t *height);

#endif
