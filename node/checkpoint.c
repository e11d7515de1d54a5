#include "node/checkpoint.h"

#include <stdlib.h>

#include "ledger/state/snapshot.h"
#include "node/log.h"
#include "node/stored.h"

uint64_t checkpoint_part(enum record_kind kind, uint32_t chunk)
{
    return (uint64_t)kind << 32 | chunk;
}

static bool put_kind(struct ledger *ledger, const struct snapshot_manifest *manifest,
                     enum record_kind kind, uint8_t *scratch, struct store_batch *batch)
{
    uint32_t count = snapshot_chunk_count(manifest, kind);
    for (uint32_t chunk = 0; chunk < count; chunk++) {
        if (!snapshot_chunk_changed(ledger, kind, chunk)) {
            continue;
        }
        struct bytes_writer writer;
        bytes_writer_init(&writer, scratch, SNAPSHOT_CHUNK_BYTES_MAX);
        snapshot_chunk_write(ledger, kind, chunk, &writer);
        if (writer.failed) {
            return false;
        }
        store_put_checkpoint(batch, checkpoint_part(kind, chunk), scratch, writer.size);
    }
    return true;
}

enum checkpoint_result checkpoint_take(struct ledger *ledger, struct store_batch *batch)
{
    TALLY_ASSERT(snapshot_ready(ledger));
    uint8_t *scratch = malloc(SNAPSHOT_CHUNK_BYTES_MAX);
    if (scratch == NULL) {
        return CHECKPOINT_MEMORY;
    }
    struct snapshot_manifest manifest;
    snapshot_manifest_take(ledger, &manifest);
    bool whole = true;
    for (unsigned kind = 0; whole && kind < RECORD_KIND_COUNT; kind++) {
        whole = put_kind(ledger, &manifest, (enum record_kind)kind, scratch, batch);
    }
    TALLY_ASSERT(whole); /* the scratch holds the largest chunk there is */
    struct bytes_writer writer;
    bytes_writer_init(&writer, scratch, SNAPSHOT_MANIFEST_BYTES_MAX);
    snapshot_manifest_encode(&manifest, &writer);
    TALLY_ASSERT(!writer.failed);
    store_put_meta(batch, STORED_CHECKPOINT, scratch, writer.size);
    free(scratch);
    snapshot_changes_clear(ledger);
    return CHECKPOINT_OK;
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
            enum snapshot_check check = snapshot_restore_chunk(ledger, (enum record_kind)kind,
                                                               chunk, bytes.data, bytes.size);
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
