#include "consensus/message.h"

#include "base/assert.h"

uint64_t report_lane_held(const struct report *report, uint16_t lane)
{
    return report->lane_held == NULL ? 0 : bytes_get_u64(report->lane_held + (size_t)lane * 8);
}

static void report_write(struct bytes_writer *writer, uint16_t validator_count,
                         const struct report *report)
{
    bytes_write_u64(writer, report->exec_height);
    if (report->lane_held == NULL) {
        bytes_write_zero(writer, (size_t)validator_count * 8);
    } else {
        bytes_write_copy(writer, report->lane_held, (size_t)validator_count * 8);
    }
}

static void report_read(struct bytes_reader *reader, uint16_t validator_count, struct report *out)
{
    out->exec_height = bytes_read_u64(reader);
    out->lane_held = bytes_read_view(reader, (size_t)validator_count * 8);
}

/* Starts reading a message of one kind; the reader has failed if it is of another. */
static void message_open(struct bytes_reader *reader, const uint8_t *bytes, size_t size,
                         enum message_kind kind)
{
    bytes_reader_init(reader, bytes, size);
    if (bytes_read_u8(reader) != (uint8_t)kind) {
        bytes_reader_fail(reader);
    }
}

void message_vote_write(struct bytes_writer *writer, uint16_t validator_count,
                        const struct message_vote *message)
{
    TALLY_ASSERT(message->vote.kind != VOTE_BATCH);
    vote_write(writer, &message->vote);
    report_write(writer, validator_count, &message->report);
}

bool message_vote_read(const uint8_t *bytes, size_t size, uint16_t validator_count,
                       struct message_vote *out)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes, size);
    vote_read(&reader, validator_count, &out->vote);
    report_read(&reader, validator_count, &out->report);
    return bytes_reader_done(&reader) && out->vote.kind != VOTE_BATCH;
}

void message_batch_write(struct bytes_writer *writer, const struct batch *batch)
{
    bytes_write_u8(writer, MESSAGE_BATCH);
    batch_write(writer, batch);
}

bool message_batch_read(const uint8_t *bytes, size_t size, uint16_t validator_count,
                        struct batch *out)
{
    return size >= 1 && bytes[0] == MESSAGE_BATCH &&
           batch_read(bytes + 1, size - 1, validator_count, out);
}

void message_proposal_write(struct bytes_writer *writer, const struct message_proposal *message)
{
    bytes_write_u8(writer, MESSAGE_PROPOSAL);
    bytes_write_copy(writer, message->signature.bytes, SIGN_SIGNATURE_SIZE);
    block_write(writer, &message->block);
}

bool message_proposal_read(const uint8_t *bytes, size_t size, uint16_t validator_count,
                           struct message_proposal *out)
{
    struct bytes_reader reader;
    message_open(&reader, bytes, size, MESSAGE_PROPOSAL);
    bytes_read_copy(&reader, out->signature.bytes, SIGN_SIGNATURE_SIZE);
    const size_t start = reader.offset;
    block_read(&reader, validator_count, &out->block);
    if (!bytes_reader_done(&reader)) {
        return false;
    }
    out->block_bytes = bytes + start;
    out->block_size = (uint32_t)(size - start);
    header_hash(&out->block.header, &out->hash);
    return true;
}

void message_certificate_write(struct bytes_writer *writer, uint16_t validator_count,
                               const struct certificate *certificate)
{
    bytes_write_u8(writer, MESSAGE_CERTIFICATE);
    certificate_write(writer, validator_count, certificate);
}

bool message_certificate_read(const uint8_t *bytes, size_t size, uint16_t validator_count,
                              struct certificate *out)
{
    struct bytes_reader reader;
    message_open(&reader, bytes, size, MESSAGE_CERTIFICATE);
    certificate_read(&reader, validator_count, out);
    return bytes_reader_done(&reader);
}

void message_status_write(struct bytes_writer *writer, uint16_t validator_count,
                          const struct message_status *message)
{
    bytes_write_u8(writer, MESSAGE_STATUS);
    bytes_write_u64(writer, message->epoch);
    bytes_write_u64(writer, message->view);
    bytes_write_u64(writer, message->final_view);
    bytes_write_u64(writer, message->final_height);
    bytes_write_u64(writer, message->gap_view);
    report_write(writer, validator_count, &message->report);
}

bool message_status_read(const uint8_t *bytes, size_t size, uint16_t validator_count,
                         struct message_status *out)
{
    struct bytes_reader reader;
    message_open(&reader, bytes, size, MESSAGE_STATUS);
    out->epoch = bytes_read_u64(&reader);
    out->view = bytes_read_u64(&reader);
    out->final_view = bytes_read_u64(&reader);
    out->final_height = bytes_read_u64(&reader);
    out->gap_view = bytes_read_u64(&reader);
    report_read(&reader, validator_count, &out->report);
    return bytes_reader_done(&reader);
}

void message_certificate_request_write(struct bytes_writer *writer,
                                       const struct message_certificate_request *message)
{
    bytes_write_u8(writer, MESSAGE_CERTIFICATE_REQUEST);
    bytes_write_u64(writer, message->epoch);
    bytes_write_u64(writer, message->view);
    bytes_write_u8(writer, message->kind);
}

bool message_certificate_request_read(const uint8_t *bytes, size_t size,
                                      struct message_certificate_request *out)
{
    struct bytes_reader reader;
    message_open(&reader, bytes, size, MESSAGE_CERTIFICATE_REQUEST);
    out->epoch = bytes_read_u64(&reader);
    out->view = bytes_read_u64(&reader);
    out->kind = bytes_read_u8(&reader);
    return bytes_reader_done(&reader) && out->kind <= CERTIFICATE_FINALIZATION && out->view >= 1;
}

static void hash_request_write(struct bytes_writer *writer, enum message_kind kind,
                               const struct message_hash_request *message)
{
    bytes_write_u8(writer, (uint8_t)kind);
    bytes_write_u64(writer, message->epoch);
    bytes_write_copy(writer, message->hash.bytes, HASH_SIZE);
}

static bool hash_request_read(const uint8_t *bytes, size_t size, enum message_kind kind,
                              struct message_hash_request *out)
{
    struct bytes_reader reader;
    message_open(&reader, bytes, size, kind);
    out->epoch = bytes_read_u64(&reader);
    bytes_read_copy(&reader, out->hash.bytes, HASH_SIZE);
    return bytes_reader_done(&reader);
}

void message_block_request_write(struct bytes_writer *writer,
                                 const struct message_hash_request *message)
{
    hash_request_write(writer, MESSAGE_BLOCK_REQUEST, message);
}

bool message_block_request_read(const uint8_t *bytes, size_t size, struct message_hash_request *out)
{
    return hash_request_read(bytes, size, MESSAGE_BLOCK_REQUEST, out);
}

void message_justification_request_write(struct bytes_writer *writer,
                                         const struct message_hash_request *message)
{
    hash_request_write(writer, MESSAGE_JUSTIFICATION_REQUEST, message);
}

bool message_justification_request_read(const uint8_t *bytes, size_t size,
                                        struct message_hash_request *out)
{
    return hash_request_read(bytes, size, MESSAGE_JUSTIFICATION_REQUEST, out);
}

void message_block_write(struct bytes_writer *writer, const struct block *block)
{
    TALLY_ASSERT(block->justification_size > 0);
    bytes_write_u8(writer, MESSAGE_BLOCK);
    block_write(writer, block);
}

bool message_block_read(const uint8_t *bytes, size_t size, uint16_t validator_count,
                        struct message_block *out)
{
    struct bytes_reader reader;
    message_open(&reader, bytes, size, MESSAGE_BLOCK);
    const size_t start = reader.offset;
    block_read(&reader, validator_count, &out->block);
    if (!bytes_reader_done(&reader) || out->block.justification_size == 0) {
        return false;
    }
    out->block_bytes = bytes + start;
    out->block_size = (uint32_t)(size - start);
    header_hash(&out->block.header, &out->hash);
    return true;
}

void message_justification_write(struct bytes_writer *writer,
                                 const struct message_justification *message)
{
    bytes_write_u8(writer, MESSAGE_JUSTIFICATION);
    bytes_write_copy(writer, message->hash.bytes, HASH_SIZE);
    bytes_write_copy(writer, message->justification, message->justification_size);
}

bool message_justification_read(const uint8_t *bytes, size_t size,
                                struct message_justification *out)
{
    struct bytes_reader reader;
    message_open(&reader, bytes, size, MESSAGE_JUSTIFICATION);
    bytes_read_copy(&reader, out->hash.bytes, HASH_SIZE);
    const size_t left = bytes_reader_left(&reader);
    if (reader.failed || left == 0 || left > UINT32_MAX) {
        return false;
    }
    out->justification_size = (uint32_t)left;
    out->justification = bytes_read_view(&reader, left);
    return bytes_reader_done(&reader);
}

void message_batch_request_write(struct bytes_writer *writer,
                                 const struct message_batch_request *message)
{
    TALLY_ASSERT(message->digest_count >= 1);
    TALLY_ASSERT(message->digest_count <= MESSAGE_BATCH_REQUEST_MAX);
    bytes_write_u8(writer, MESSAGE_BATCH_REQUEST);
    bytes_write_u64(writer, message->epoch);
    bytes_write_u16(writer, message->digest_count);
    for (uint16_t i = 0; i < message->digest_count; i++) {
        bytes_write_copy(writer, message->digests[i].bytes, HASH_SIZE);
    }
}

bool message_batch_request_read(const uint8_t *bytes, size_t size,
                                struct message_batch_request *out)
{
    struct bytes_reader reader;
    message_open(&reader, bytes, size, MESSAGE_BATCH_REQUEST);
    out->epoch = bytes_read_u64(&reader);
    out->digest_count = bytes_read_u16(&reader);
    if (out->digest_count == 0 || out->digest_count > MESSAGE_BATCH_REQUEST_MAX) {
        return false;
    }
    for (uint16_t i = 0; i < out->digest_count; i++) {
        bytes_read_copy(&reader, out->digests[i].bytes, HASH_SIZE);
    }
    return bytes_reader_done(&reader);
}

void message_range_request_write(struct bytes_writer *writer,
                                 const struct message_range_request *message)
{
    bytes_write_u8(writer, MESSAGE_RANGE_REQUEST);
    bytes_write_u64(writer, message->epoch);
    bytes_write_u64(writer, message->from_height);
    bytes_write_u32(writer, message->count);
}

bool message_range_request_read(const uint8_t *bytes, size_t size,
                                struct message_range_request *out)
{
    struct bytes_reader reader;
    message_open(&reader, bytes, size, MESSAGE_RANGE_REQUEST);
    out->epoch = bytes_read_u64(&reader);
    out->from_height = bytes_read_u64(&reader);
    out->count = bytes_read_u32(&reader);
    return bytes_reader_done(&reader) && out->from_height >= 1 && out->count >= 1 &&
           out->count <= MESSAGE_RANGE_BLOCKS_MAX;
}

void message_range_write(struct bytes_writer *writer, uint32_t count)
{
    bytes_write_u8(writer, MESSAGE_RANGE);
    bytes_write_u32(writer, count);
}

bool message_range_read(const uint8_t *bytes, size_t size, uint16_t validator_count,
                        struct message_range *out)
{
    message_open(&out->reader, bytes, size, MESSAGE_RANGE);
    out->count = bytes_read_u32(&out->reader);
    out->validator_count = validator_count;
    out->known_height = 0;
    return !out->reader.failed && out->count >= 1;
}

bool message_range_next(struct message_range *range, struct stored_block *out)
{
    TALLY_ASSERT(range->count >= 1);
    range->count--;
    stored_block_open(&range->reader, out);
    if (range->reader.failed) {
        return false;
    }
    if (out->block.header.height > range->known_height &&
        !stored_block_check(out, range->validator_count)) {
        return false;
    }
    if (range->count == 0) {
        return bytes_reader_done(&range->reader);
    }
    return !range->reader.failed;
}
