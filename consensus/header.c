#include "consensus/header.h"

#include "base/assert.h"

void header_write(struct bytes_writer *writer, const struct header *header)
{
    bytes_write_u64(writer, header->epoch);
    bytes_write_u64(writer, header->view);
    bytes_write_u64(writer, header->height);
    bytes_write_u64(writer, header->parent_view);
    bytes_write_copy(writer, header->parent_hash.bytes, HASH_SIZE);
    bytes_write_u64(writer, header->ts_ms);
    bytes_write_copy(writer, header->body_root.bytes, HASH_SIZE);
    bytes_write_u32(writer, header->batch_count);
    bytes_write_u64(writer, header->exec_height);
    bytes_write_copy(writer, header->result_root.bytes, HASH_SIZE);
    bytes_write_u8(writer, header->epoch_flags);
    bytes_write_copy(writer, header->next_set_hash.bytes, HASH_SIZE);
    bytes_write_copy(writer, header->just_root.bytes, HASH_SIZE);
    bytes_write_u16(writer, header->proposer);
}

void header_read(struct bytes_reader *reader, struct header *header)
{
    header->epoch = bytes_read_u64(reader);
    header->view = bytes_read_u64(reader);
    header->height = bytes_read_u64(reader);
    header->parent_view = bytes_read_u64(reader);
    bytes_read_copy(reader, header->parent_hash.bytes, HASH_SIZE);
    header->ts_ms = bytes_read_u64(reader);
    bytes_read_copy(reader, header->body_root.bytes, HASH_SIZE);
    header->batch_count = bytes_read_u32(reader);
    header->exec_height = bytes_read_u64(reader);
    bytes_read_copy(reader, header->result_root.bytes, HASH_SIZE);
    header->epoch_flags = bytes_read_u8(reader);
    bytes_read_copy(reader, header->next_set_hash.bytes, HASH_SIZE);
    bytes_read_copy(reader, header->just_root.bytes, HASH_SIZE);
    header->proposer = bytes_read_u16(reader);

    const bool placed = header->height >= 1 && header->parent_view < header->view &&
                        header->exec_height < header->height;
    const bool reserved_zero = header->epoch_flags == 0 && hash_is_zero(&header->next_set_hash);
    if (!placed || !reserved_zero) {
        bytes_reader_fail(reader);
    }
}

void header_hash(const struct header *header, struct hash *out)
{
    uint8_t bytes[HEADER_SIZE];
    struct bytes_writer writer;
    bytes_writer_init(&writer, bytes, sizeof bytes);
    header_write(&writer, header);
    TALLY_ASSERT(bytes_writer_ok(&writer));
    TALLY_ASSERT(writer.size == HEADER_SIZE);
    hash_compute(out, HASH_HEADER, bytes, sizeof bytes);
}
