#include "consensus/journal_record.h"

#include "base/assert.h"

void journal_record_write(struct bytes_writer *writer, uint16_t validator_count,
                          const struct journal_record *record)
{
    bytes_write_u8(writer, (uint8_t)record->kind);
    switch (record->kind) {
    case JOURNAL_BEGIN:
        bytes_write_u16(writer, JOURNAL_RECORD_VERSION);
        bytes_write_copy(writer, record->chain_id.bytes, HASH_SIZE);
        bytes_write_u64(writer, record->epoch);
        bytes_write_u16(writer, record->self);
        break;
    case JOURNAL_NOTARIZE:
        TALLY_ASSERT(record->vote.kind == VOTE_NOTARIZE);
        vote_write(writer, &record->vote);
        bytes_write_copy(writer, record->block_bytes, record->block_size);
        break;
    case JOURNAL_VOTE:
        vote_write(writer, &record->vote);
        break;
    case JOURNAL_CERTIFICATE:
        certificate_write(writer, validator_count, &record->certificate);
        break;
    case JOURNAL_BLOCK:
        bytes_write_copy(writer, record->block_bytes, record->block_size);
        break;
    case JOURNAL_FLOOR:
        bytes_write_u64(writer, record->view);
        break;
    case JOURNAL_MUTE:
        bytes_write_u16(writer, record->reason);
        break;
    case JOURNAL_LANE_BARRED:
        bytes_write_u16(writer, record->lane);
        break;
    }
}

static void read_block(struct bytes_reader *reader, uint16_t validator_count,
                       struct journal_record *out)
{
    const size_t start = reader->offset;
    block_read(reader, validator_count, &out->block);
    if (reader->failed || out->block.justification_size == 0) {
        bytes_reader_fail(reader);
        return;
    }
    out->block_bytes = reader->data + start;
    out->block_size = (uint32_t)(reader->offset - start);
}

static void read_begin(struct bytes_reader *reader, struct journal_record *out)
{
    if (bytes_read_u16(reader) != JOURNAL_RECORD_VERSION) {
        bytes_reader_fail(reader);
    }
    bytes_read_copy(reader, out->chain_id.bytes, HASH_SIZE);
    out->epoch = bytes_read_u64(reader);
    out->self = bytes_read_u16(reader);
}

bool journal_record_read(const uint8_t *bytes, size_t size, uint16_t validator_count,
                         struct journal_record *out)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes, size);
    const uint8_t kind = bytes_read_u8(&reader);
    out->kind = (enum journal_record_kind)kind;
    switch (kind) {
    case JOURNAL_BEGIN:
        read_begin(&reader, out);
        break;
    case JOURNAL_NOTARIZE:
        vote_read(&reader, validator_count, &out->vote);
        if (out->vote.kind != VOTE_NOTARIZE) {
            return false;
        }
        read_block(&reader, validator_count, out);
        break;
    case JOURNAL_VOTE:
        vote_read(&reader, validator_count, &out->vote);
        if (out->vote.kind != VOTE_NULLIFY && out->vote.kind != VOTE_FINALIZE) {
            return false;
        }
        break;
    case JOURNAL_CERTIFICATE:
        certificate_read(&reader, validator_count, &out->certificate);
        break;
    case JOURNAL_BLOCK:
        read_block(&reader, validator_count, out);
        break;
    case JOURNAL_FLOOR:
        out->view = bytes_read_u64(&reader);
        break;
    case JOURNAL_MUTE:
        out->reason = bytes_read_u16(&reader);
        break;
    case JOURNAL_LANE_BARRED:
        out->lane = bytes_read_u16(&reader);
        if (out->lane >= validator_count) {
            return false;
        }
        break;
    default:
        return false;
    }
    return bytes_reader_done(&reader);
}
