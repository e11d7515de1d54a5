#include "consensus/block.h"

#include "base/assert.h"

uint32_t block_body_size(uint16_t validator_count, uint32_t batch_count)
{
    const uint64_t size =
        4 + (uint64_t)batch_count * BLOCK_REFERENCE_SIZE + (uint64_t)validator_count * 8;
    TALLY_ASSERT(size <= UINT32_MAX);
    return (uint32_t)size;
}

bool block_body_open(const uint8_t *body, uint32_t body_size, uint16_t validator_count,
                     struct block_body *out)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, body, body_size);
    out->validator_count = validator_count;
    out->batch_count = bytes_read_u32(&reader);
    const uint64_t references_size = (uint64_t)out->batch_count * BLOCK_REFERENCE_SIZE;
    if (reader.failed || references_size > bytes_reader_left(&reader)) {
        return false;
    }
    out->references = bytes_read_view(&reader, (size_t)references_size);
    out->cut = bytes_read_view(&reader, (size_t)validator_count * 8);
    if (!bytes_reader_done(&reader)) {
        return false;
    }
    for (uint32_t i = 0; i < out->batch_count; i++) {
        if (bytes_get_u16(out->references + (size_t)i * BLOCK_REFERENCE_SIZE) >= validator_count) {
            return false;
        }
    }
    return true;
}

void block_body_reference(const struct block_body *body, uint32_t index,
                          struct block_reference *out)
{
    TALLY_ASSERT(index < body->batch_count);
    struct bytes_reader reader;
    bytes_reader_init(&reader, body->references + (size_t)index * BLOCK_REFERENCE_SIZE,
                      BLOCK_REFERENCE_SIZE);
    out->lane = bytes_read_u16(&reader);
    bytes_read_copy(&reader, out->digest.bytes, HASH_SIZE);
}

uint64_t block_body_cut(const struct block_body *body, uint16_t lane)
{
    TALLY_ASSERT(lane < body->validator_count);
    return bytes_get_u64(body->cut + (size_t)lane * 8);
}

void block_body_root(const uint8_t *body, uint32_t body_size, struct hash *out)
{
    hash_compute(out, HASH_BODY, body, body_size);
}

void block_justification_root(const uint8_t *justification, uint32_t size, struct hash *out)
{
    hash_compute(out, HASH_JUSTIFICATION, justification, size);
}

void block_write(struct bytes_writer *writer, const struct block *block)
{
    header_write(writer, &block->header);
    bytes_write_u32(writer, block->justification_size);
    bytes_write_copy(writer, block->justification, block->justification_size);
    bytes_write_u32(writer, block->body_size);
    bytes_write_copy(writer, block->body, block->body_size);
}

static void block_open(struct bytes_reader *reader, struct block *out)
{
    header_read(reader, &out->header);
    out->justification_size = bytes_read_u32(reader);
    out->justification = bytes_read_view(reader, out->justification_size);
    out->body_size = bytes_read_u32(reader);
    out->body = bytes_read_view(reader, out->body_size);
}

/* Whether a block that was opened is what its header commits to. */
static bool block_check(const struct block *block, uint16_t validator_count)
{
    struct block_body body;
    struct hash root;
    block_body_root(block->body, block->body_size, &root);
    if (!hash_equal(&root, &block->header.body_root) ||
        !block_body_open(block->body, block->body_size, validator_count, &body) ||
        body.batch_count != block->header.batch_count) {
        return false;
    }
    if (block->justification_size == 0) {
        return true;
    }
    block_justification_root(block->justification, block->justification_size, &root);
    return hash_equal(&root, &block->header.just_root);
}

void block_read(struct bytes_reader *reader, uint16_t validator_count, struct block *out)
{
    block_open(reader, out);
    if (!reader->failed && !block_check(out, validator_count)) {
        bytes_reader_fail(reader);
    }
}

void stored_block_write(struct bytes_writer *writer, const uint8_t *block_bytes,
                        uint32_t block_size, const uint8_t *certificate, uint32_t certificate_size)
{
    bytes_write_u32(writer, block_size);
    bytes_write_copy(writer, block_bytes, block_size);
    bytes_write_u32(writer, certificate_size);
    bytes_write_copy(writer, certificate, certificate_size);
}

void stored_block_open(struct bytes_reader *reader, struct stored_block *out)
{
    out->block_size = bytes_read_u32(reader);
    out->block_bytes = bytes_read_view(reader, out->block_size);
    out->certificate_size = bytes_read_u32(reader);
    out->certificate = bytes_read_view(reader, out->certificate_size);
    if (reader->failed) {
        return;
    }
    struct bytes_reader block_reader;
    bytes_reader_init(&block_reader, out->block_bytes, out->block_size);
    block_open(&block_reader, &out->block);
    if (!bytes_reader_done(&block_reader)) {
        bytes_reader_fail(reader);
    }
}

bool stored_block_check(const struct stored_block *stored, uint16_t validator_count)
{
    const bool certificate_fits = stored->certificate_size == 0 ||
                                  stored->certificate_size == certificate_size(validator_count);
    return stored->block.justification_size > 0 && certificate_fits &&
           block_check(&stored->block, validator_count);
}

void stored_block_read(struct bytes_reader *reader, uint16_t validator_count,
                       struct stored_block *out)
{
    stored_block_open(reader, out);
    if (!reader->failed && !stored_block_check(out, validator_count)) {
        bytes_reader_fail(reader);
    }
}
