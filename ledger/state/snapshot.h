/*
 * ledger/state/snapshot.h - the whole state in chunks that verify by themselves
 *
 * Problem. A node that joins, or starts again, must get the state without executing all blocks,
 * from peers it does not trust, and must then go on exactly like the others.
 *
 * Rule. A snapshot can be taken at a height whose state root is renewed (snapshot_ready()). It is a
 * manifest {height, time, result, extents and roots of all kinds} and, per kind, chunks of
 * 4^SNAPSHOT_CHUNK_HEIGHT consecutive slots. A chunk carries its records (an empty one for a free
 * slot) and the path from its subtree to the kind's root, so each is checked alone, in any order,
 * against the manifest, and the manifest against a certified state and result root. Restoring puts
 * records back into their slots and then rebuilds every index, queue and heap from them.
 *
 * Height and time are not under the state root: the result root covers the height, and the caller
 * compares the time with the timestamp in the header of that height.
 *
 * Order of use: snapshot_restore_begin(manifest), snapshot_restore_chunk() for every chunk of every
 * kind, snapshot_restore_end(). Between begin and end nothing else may be called.
 */
#ifndef TALLY_LEDGER_STATE_SNAPSHOT_H
#define TALLY_LEDGER_STATE_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/ledger.h"

enum {
    SNAPSHOT_VERSION = 1,
    SNAPSHOT_CHUNK_HEIGHT = 4, /* 256 slots */
    SNAPSHOT_CHUNK_SLOTS = 1 << (2 * SNAPSHOT_CHUNK_HEIGHT),
    SNAPSHOT_MANIFEST_BYTES_MAX = 1024,
    SNAPSHOT_CHUNK_BYTES_MAX =
        64 + MERKLE_PATH_MAX * HASH_SIZE + SNAPSHOT_CHUNK_SLOTS * (RECORD_BYTES_MAX + 34),
};

struct snapshot_manifest {
    struct hash chain_id;
    uint64_t height;
    uint64_t time_ms;
    struct result result;
    struct state_parts parts;
};

/* X(NAME, number, text) */
#define SNAPSHOT_CHECKS(X)                                             \
    X(OK, 0, "good")                                                   \
    X(MALFORMED, 1, "not a well-formed encoding")                      \
    X(CHAIN, 2, "of another chain")                                    \
    X(ROOT, 3, "does not lead to the state root")                      \
    X(RANGE, 4, "kind, chunk number or extent out of range")           \
    X(RECORD, 5, "a record is not well-formed or contradicts another") \
    X(INCOMPLETE, 6, "a chunk is missing")                             \
    X(INVARIANT, 7, "the restored state breaks an invariant")

enum snapshot_check {
#define X(name, number, text) SNAPSHOT_##name = (number),
    SNAPSHOT_CHECKS(X)
#undef X
};

/* One line for people. Never NULL. */
const char *snapshot_check_text(enum snapshot_check check);

/* Was the state root renewed in the last block (or is this the genesis)? */
bool snapshot_ready(const struct ledger *ledger);
/* pre: snapshot_ready(). */
void snapshot_manifest_take(const struct ledger *ledger, struct snapshot_manifest *manifest);
void snapshot_manifest_encode(const struct snapshot_manifest *manifest,
                              struct bytes_writer *writer);
TALLY_MUST_CHECK enum snapshot_check snapshot_manifest_decode(struct snapshot_manifest *manifest,
                                                              const void *bytes, size_t size);
/* Chunks of a kind: from 0 to one less. */
uint32_t snapshot_chunk_count(const struct snapshot_manifest *manifest, enum record_kind kind);
/* Writes one chunk. pre: snapshot_ready(), chunk below the count. Fails the writer when it does not
 * fit. */
void snapshot_chunk_write(struct ledger *ledger, enum record_kind kind, uint32_t chunk,
                          struct bytes_writer *writer);
/*
 * How many bytes of a chunk from `at` on belong together: the head with its path (at 0), one record
 * with its size and salt, or free slots up to the next record. For who packs chunks. pre: written
 * as above; `at` below the size, 0 or the end of the piece before. reads: the chunk.
 */
size_t snapshot_chunk_piece(const uint8_t *chunk, size_t size, size_t at);
/* Checks a chunk against a manifest, without a ledger. `scratch` holds SNAPSHOT_CHUNK_SLOTS hashes.
 */
TALLY_MUST_CHECK enum snapshot_check snapshot_chunk_verify(const struct snapshot_manifest *manifest,
                                                           enum record_kind kind, uint32_t chunk,
                                                           const void *bytes, size_t size,
                                                           struct hash *scratch);
/*
 * Has the chunk changed since the last call of snapshot_changes_clear()? For checkpoints that write
 * only what changed.
 */
bool snapshot_chunk_changed(const struct ledger *ledger, enum record_kind kind, uint32_t chunk);
void snapshot_changes_clear(struct ledger *ledger);

/*
 * Restoring. pre: the ledger is fresh from ledger_new() with the same genesis. The caller has
 * checked the manifest's result root against a certificate, if it came from outside. On any failure
 * the ledger is unusable: begin again with ledger_new().
 */
TALLY_MUST_CHECK enum snapshot_check snapshot_restore_begin(
    struct ledger *ledger, const struct snapshot_manifest *manifest);
TALLY_MUST_CHECK enum snapshot_check snapshot_restore_chunk(struct ledger *ledger,
                                                            enum record_kind kind, uint32_t chunk,
                                                            const void *bytes, size_t size);
TALLY_MUST_CHECK enum snapshot_check snapshot_restore_end(struct ledger *ledger);

#endif
