/* Goal: whatever reads as a stored block, a block or a batch is written back to the same bytes. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "consensus/batch.h"
#include "consensus/block.h"

#define COMMITTEE 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_block(const uint8_t *data, size_t size, uint8_t *again)
{
    struct bytes_reader reader;
    struct bytes_writer writer;
    struct block block;
    bytes_reader_init(&reader, data, size);
    block_read(&reader, COMMITTEE, &block);
    if (!bytes_reader_done(&reader)) {
        return;
    }
    bytes_writer_init(&writer, again, size);
    block_write(&writer, &block);
    TALLY_ASSERT(writer.size == size);
    TALLY_ASSERT(memcmp(again, data, size) == 0);
    struct block_body body;
    const bool opened = block_body_open(block.body, block.body_size, COMMITTEE, &body);
    TALLY_ASSERT(opened);
    for (uint32_t i = 0; i < body.batch_count; i++) {
        struct block_reference reference;
        block_body_reference(&body, i, &reference);
        TALLY_ASSERT(reference.lane < COMMITTEE);
    }
}

static void check_stored_block(const uint8_t *data, size_t size, uint8_t *again)
{
    struct bytes_reader reader;
    struct bytes_writer writer;
    struct stored_block stored;
    bytes_reader_init(&reader, data, size);
    stored_block_read(&reader, COMMITTEE, &stored);
    if (!bytes_reader_done(&reader)) {
        return;
    }
    bytes_writer_init(&writer, again, size);
    stored_block_write(&writer, stored.block_bytes, stored.block_size, stored.certificate,
                       stored.certificate_size);
    TALLY_ASSERT(writer.size == size);
    TALLY_ASSERT(memcmp(again, data, size) == 0);
}

static void check_batch(const uint8_t *data, size_t size, uint8_t *again)
{
    struct bytes_writer writer;
    struct batch batch;
    if (!batch_read(data, size, COMMITTEE, &batch)) {
        return;
    }
    bytes_writer_init(&writer, again, size);
    batch_write(&writer, &batch);
    TALLY_ASSERT(writer.size == size);
    TALLY_ASSERT(memcmp(again, data, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *again = malloc(size + 1);
    TALLY_ASSERT(again != NULL);
    check_block(data, size, again);
    check_stored_block(data, size, again);
    check_batch(data, size, again);
    free(again);
    return 0;
}
