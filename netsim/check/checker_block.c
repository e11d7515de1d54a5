#include "netsim/check/checker_block.h"

#include "base/assert.h"
#include "base/bytes.h"
#include "netsim/check/layout.h"

#include <string.h>

/* Of the body, as in consensus/block.h; all integers are little-endian. */
enum {
    COUNT_BYTES = 4,
    LANE_BYTES = 2,
    REFERENCE_BYTES = 34,
    CUT_BYTES = 8
};

static void hash_read(struct bytes_reader *reader, struct hash *hash)
{
    bytes_read_copy(reader, hash->bytes, sizeof hash->bytes);
}

static void read_header(const uint8_t *start, struct checker_block *block)
{
    struct bytes_reader header;
    struct hash ignored;
    bytes_reader_init(&header, start, LAYOUT_HEADER_BYTES);
    hash_compute(&block->hash, HASH_HEADER, start, LAYOUT_HEADER_BYTES);
    block->epoch = bytes_read_u64(&header);
    block->view = bytes_read_u64(&header);
    block->height = bytes_read_u64(&header);
    block->parent_view = bytes_read_u64(&header);
    hash_read(&header, &block->parent_hash);
    block->ts_ms = bytes_read_u64(&header);
    hash_read(&header, &block->body_root);
    block->references_count = bytes_read_u32(&header);
    block->exec_height = bytes_read_u64(&header);
    hash_read(&header, &block->result_root);
    (void)bytes_read_u8(&header); /* epoch flags */
    hash_read(&header, &ignored); /* next set */
    hash_read(&header, &ignored); /* justification */
    block->proposer = bytes_read_u16(&header);
    TALLY_ASSERT(bytes_reader_done(&header));
}

/* Has the body the size that its count calls for, and known lanes? */
static bool body_is_whole(const struct checker_block *block)
{
    uint64_t size = COUNT_BYTES + (uint64_t)block->references_count * REFERENCE_BYTES +
                    (uint64_t)block->lanes_count * CUT_BYTES;
    if (block->body_size != size || bytes_get_u32(block->body) != block->references_count) {
        return false;
    }
    for (uint32_t place = 0; place < block->references_count; place++) {
        if (bytes_get_u16(block->body + COUNT_BYTES + (size_t)place * REFERENCE_BYTES) >=
            block->lanes_count) {
            return false;
        }
    }
    return true;
}

bool checker_block_read(const uint8_t *bytes, size_t size, uint32_t lanes_count,
                        struct checker_block *block)
{
    struct bytes_reader reader;
    struct hash root;
    memset(block, 0, sizeof *block);
    bytes_reader_init(&reader, bytes, size);
    const uint8_t *header = bytes_read_view(&reader, LAYOUT_HEADER_BYTES);
    (void)bytes_read_view(&reader, bytes_read_u32(&reader)); /* justification */
    block->body_size = bytes_read_u32(&reader);
    block->body = bytes_read_view(&reader, block->body_size);
    if (block->body == NULL || !bytes_reader_done(&reader)) {
        return false;
    }
    read_header(header, block);
    block->lanes_count = lanes_count;
    hash_compute(&root, HASH_BODY, block->body, block->body_size);
    return memcmp(&root, &block->body_root, sizeof root) == 0 && body_is_whole(block);
}

void checker_block_reference(const struct checker_block *block, uint32_t place,
                             struct checker_reference *reference)
{
    TALLY_ASSERT(place < block->references_count);
    const uint8_t *start = block->body + COUNT_BYTES + (size_t)place * REFERENCE_BYTES;
    reference->lane = bytes_get_u16(start);
    memcpy(reference->digest.bytes, start + LANE_BYTES, sizeof reference->digest.bytes);
}

uint64_t checker_block_cut(const struct checker_block *block, uint32_t lane)
{
    TALLY_ASSERT(lane < block->lanes_count);
    return bytes_get_u64(block->body + COUNT_BYTES +
                         (size_t)block->references_count * REFERENCE_BYTES +
                         (size_t)lane * CUT_BYTES);
}
