/*
 * Goal: no bytes make the decoders of snapshots crash or read beyond their input. The first byte
 * chooses between a manifest and a chunk; a chunk is checked against the extents of the second
 * byte.
 */
#include <string.h>

#include "base/assert.h"
#include "ledger/state/snapshot.h"

static void try_manifest(const uint8_t *data, size_t size)
{
    struct snapshot_manifest manifest;
    if (snapshot_manifest_decode(&manifest, data, size) != SNAPSHOT_OK) {
        return;
    }
    uint8_t again[SNAPSHOT_MANIFEST_BYTES_MAX];
    struct bytes_writer writer;
    bytes_writer_init(&writer, again, sizeof(again));
    snapshot_manifest_encode(&manifest, &writer);
    TALLY_ASSERT(bytes_writer_ok(&writer));
    TALLY_ASSERT(writer.size == size);
    TALLY_ASSERT(memcmp(again, data, size) == 0);
}

static void try_chunk(uint8_t extent, const uint8_t *data, size_t size)
{
    static struct hash scratch[SNAPSHOT_CHUNK_SLOTS];
    struct snapshot_manifest manifest = {.height = 1};
    uint32_t kind = size > 0 ? data[0] % RECORD_KIND_COUNT : 0;
    manifest.parts.extent[kind] = (uint32_t)extent * 3;
    enum snapshot_check check =
        snapshot_chunk_verify(&manifest, (enum record_kind)kind, 0, data, size, scratch);
    TALLY_ASSERT(check != SNAPSHOT_OK); /* no bytes lead to the root of zeros */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    if (data[0] % 2 == 0) {
        try_manifest(data + 1, size - 1);
    } else {
        try_chunk(data[1], data + 2, size - 2);
    }
    return 0;
}
