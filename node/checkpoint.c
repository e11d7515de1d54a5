#include "node/checkpoint.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "consensus/quorum.h"
#include "ledger/state/snapshot.h"
#include "node/leaf_pack.h"
#include "node/log.h"
#include "node/stored.h"

uint64_t checkpoint_part(enum record_kind kind, uint32_t chunk)
{
    return (uint64_t)kind << 32 | chunk;
}

/* ---- When --------------------------------------------------------------------------------- */

uint64_t checkpoint_head_start(const struct checkpoint_pace *pace)
{
    return pace->self < pace->validator_count ? pace->bytes / pace->validator_count * pace->self
                                              : 0;
}

/* Who is no member always may. Of heights that are never more than `renewal_blocks_max` apart one
 * is in the turn of each member. */
static bool has_turn(const struct checkpoint_pace *pace, uint64_t height)
{
    if (pace->self >= pace->validator_count) {
        return true;
    }
    const uint16_t faults = quorum_faults(pace->validator_count);
    const uint16_t at_once = faults > 0 ? faults : 1;
    const uint16_t turns = (uint16_t)((pace->validator_count + at_once - 1) / at_once);
    return height / pace->renewal_blocks_max % turns == pace->self % turns;
}

bool checkpoint_due(const struct checkpoint_pace *pace, uint64_t bytes, uint64_t height)
{
    TALLY_ASSERT(pace->bytes > 0 && pace->renewal_blocks_max > 0);
    return bytes >= pace->bytes &&
           (has_turn(pace, height) || bytes / pace->bytes >= CHECKPOINT_WAIT_MAX);
}

uint64_t checkpoint_carry(const struct checkpoint_pace *pace, uint64_t bytes)
{
    return bytes % pace->bytes;
}

enum {
    PACKED_HEAD_SIZE = 4, /* the chunk's size */
    PACKED_BYTES_MAX =    /* packing adds a few bytes to a slot that is like no other */
        SNAPSHOT_CHUNK_BYTES_MAX + SNAPSHOT_CHUNK_BYTES_MAX / 64 + 8 * SNAPSHOT_CHUNK_SLOTS,
};

/* ---- Chunks, packed ----------------------------------------------------------------------- */

/* Returns the packed size. */
static size_t chunk_pack(const uint8_t *chunk, size_t size, uint8_t *out)
{
    struct leaf_models models = {.last = {NULL, 0}};
    size_t written = PACKED_HEAD_SIZE;
    bytes_put_u32(out, (uint32_t)size);
    for (size_t at = 0; at < size;) {
        size_t count = snapshot_chunk_piece(chunk, size, at);
        TALLY_ASSERT(leaf_pack_bound(count) <= PACKED_BYTES_MAX - written);
        written += leaf_pack(&models, chunk + at, count, out + written);
        at += count;
    }
    return written;
}

/* The chunk again, to be freed; NULL when it is not whole, or memory is short. */
static uint8_t *chunk_unpack(const struct store_bytes *packed, size_t *size)
{
    struct leaf_models models = {.last = {NULL, 0}};
    struct bytes_reader reader;
    bytes_reader_init(&reader, packed->data, packed->size);
    *size = bytes_read_u32(&reader);
    if (reader.failed || *size == 0 || *size > SNAPSHOT_CHUNK_BYTES_MAX) {
        return NULL;
    }
    uint8_t *chunk = malloc(*size);
    size_t at = 0;
    bool whole = chunk != NULL;
    while (whole && at < *size) {
        uint16_t count = 0;
        whole = leaf_unpack(&models, &reader, chunk + at, *size - at, &count);
        at += count;
    }
    if (!whole || !bytes_reader_done(&reader)) {
        free(chunk);
        return NULL;
    }
    return chunk;
}

/* ---- Taking and restoring ----------------------------------------------------------------- */

static enum checkpoint_result result_of(enum store_status status)
{
    if (status == STORE_OK) {
        return CHECKPOINT_OK;
    }
    return status == STORE_MEMORY ? CHECKPOINT_MEMORY : CHECKPOINT_STORE;
}

static enum checkpoint_result put_chunk(struct ledger *ledger, enum record_kind kind,
                                        uint32_t chunk, uint8_t *scratch, struct store *store,
                                        struct store_batch *batch)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, scratch, SNAPSHOT_CHUNK_BYTES_MAX);
    snapshot_chunk_write(ledger, kind, chunk, &writer);
    TALLY_ASSERT(!writer.failed); /* the scratch holds the largest chunk there is */
    uint8_t *packed = store_checkpoint_room(store, PACKED_BYTES_MAX);
    if (packed == NULL) {
        return CHECKPOINT_MEMORY;
    }
    size_t size = chunk_pack(scratch, writer.size, packed);
    return result_of(store_append_checkpoint(store, batch, checkpoint_part(kind, chunk), packed,
                                             (uint32_t)size));
}

static enum checkpoint_result put_kind(struct ledger *ledger,
                                       const struct snapshot_manifest *manifest,
                                       enum record_kind kind, uint8_t *scratch, struct store *store,
                                       struct store_batch *batch)
{
    uint32_t count = snapshot_chunk_count(manifest, kind);
    enum checkpoint_result result = CHECKPOINT_OK;
    for (uint32_t chunk = 0; result == CHECKPOINT_OK && chunk < count; chunk++) {
        /* One that rotted on the disk is not there any more, and is written from memory. */
        if (snapshot_chunk_changed(ledger, kind, chunk) ||
            !store_has_checkpoint(store, checkpoint_part(kind, chunk))) {
            result = put_chunk(ledger, kind, chunk, scratch, store, batch);
        }
    }
    return result;
}

enum checkpoint_result checkpoint_take(struct ledger *ledger, struct store *store,
                                       struct store_batch *batch)
{
    TALLY_ASSERT(snapshot_ready(ledger));
    uint8_t *scratch = malloc(SNAPSHOT_CHUNK_BYTES_MAX);
    if (scratch == NULL) {
        return CHECKPOINT_MEMORY;
    }
    struct snapshot_manifest manifest;
    snapshot_manifest_take(ledger, &manifest);
    enum checkpoint_result result = CHECKPOINT_OK;
    for (unsigned kind = 0; result == CHECKPOINT_OK && kind < RECORD_KIND_COUNT; kind++) {
        result = put_kind(ledger, &manifest, (enum record_kind)kind, scratch, store, batch);
    }
    if (result == CHECKPOINT_OK) {
        struct bytes_writer writer;
        bytes_writer_init(&writer, scratch, SNAPSHOT_MANIFEST_BYTES_MAX);
        snapshot_manifest_encode(&manifest, &writer);
        TALLY_ASSERT(!writer.failed);
        store_put_meta(batch, STORED_CHECKPOINT, scratch, writer.size);
        snapshot_changes_clear(ledger);
    }
    free(scratch);
    return result;
}

static enum checkpoint_result restore_chunks(struct ledger *ledger, struct store *store,
                                             const struct snapshot_manifest *manifest)
{
    for (unsigned kind = 0; kind < RECORD_KIND_COUNT; kind++) {
        uint32_t count = snapshot_chunk_count(manifest, (enum record_kind)kind);
        for (uint32_t chunk = 0; chunk < count; chunk++) {
            struct store_bytes bytes;
            uint64_t part = checkpoint_part((enum record_kind)kind, chunk);
            if (store_get_checkpoint(store, part, &bytes) != STORE_OK) {
                return CHECKPOINT_BROKEN;
            }
            size_t size;
            uint8_t *whole = chunk_unpack(&bytes, &size);
            enum snapshot_check check =
                whole == NULL
                    ? SNAPSHOT_MALFORMED
                    : snapshot_restore_chunk(ledger, (enum record_kind)kind, chunk, whole, size);
            free(whole);
            store_bytes_free(&bytes);
            if (check != SNAPSHOT_OK) {
                LOG(LOG_WARNING, "checkpoint chunk refused", log_u64("kind", kind),
                    log_u64("chunk", chunk), log_text("why", snapshot_check_text(check)));
                return CHECKPOINT_BROKEN;
            }
        }
    }
    return CHECKPOINT_OK;
}

enum checkpoint_result checkpoint_restore(struct ledger *ledger, struct store *store)
{
    struct store_bytes bytes;
    enum store_status status = store_get_meta(store, STORED_CHECKPOINT, &bytes);
    if (status != STORE_OK) {
        return status == STORE_NOT_FOUND ? CHECKPOINT_NONE : CHECKPOINT_STORE;
    }
    struct snapshot_manifest manifest;
    enum snapshot_check check = snapshot_manifest_decode(&manifest, bytes.data, bytes.size);
    store_bytes_free(&bytes);
    if (check != SNAPSHOT_OK) {
        return CHECKPOINT_BROKEN;
    }
    if (snapshot_restore_begin(ledger, &manifest) != SNAPSHOT_OK) {
        return CHECKPOINT_BROKEN;
    }
    enum checkpoint_result result = restore_chunks(ledger, store, &manifest);
    if (result == CHECKPOINT_OK) {
        check = snapshot_restore_end(ledger);
        if (check != SNAPSHOT_OK) {
            LOG(LOG_WARNING, "checkpoint refused", log_text("why", snapshot_check_text(check)));
            return CHECKPOINT_BROKEN;
        }
        snapshot_changes_clear(ledger);
    }
    return result;
}
