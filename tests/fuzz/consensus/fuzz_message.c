/* Goal: whatever reads as a message between validators is written back to the same bytes. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "consensus/message.h"

#define COMMITTEE 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Writes a range's blocks back one by one; false if one is malformed. */
static bool rewrite_range(struct bytes_writer *writer, struct message_range *range)
{
    message_range_write(writer, range->count);
    while (range->count > 0) {
        struct stored_block stored;
        if (!message_range_next(range, &stored)) {
            return false;
        }
        stored_block_write(writer, stored.block_bytes, stored.block_size, stored.certificate,
                           stored.certificate_size);
    }
    return true;
}

/* Decodes and encodes the messages that carry votes, blocks and batches. */
static bool rewrite_payload(struct bytes_writer *writer, const uint8_t *data, size_t size)
{
    struct message_vote vote;
    struct batch batch;
    struct message_proposal proposal;
    struct certificate certificate;
    struct message_block block;
    struct message_justification justification;
    struct message_range range;
    if (message_vote_read(data, size, COMMITTEE, &vote)) {
        message_vote_write(writer, COMMITTEE, &vote);
    } else if (message_batch_read(data, size, COMMITTEE, &batch)) {
        message_batch_write(writer, &batch);
    } else if (message_proposal_read(data, size, COMMITTEE, &proposal)) {
        message_proposal_write(writer, &proposal);
    } else if (message_certificate_read(data, size, COMMITTEE, &certificate)) {
        message_certificate_write(writer, COMMITTEE, &certificate);
    } else if (message_block_read(data, size, COMMITTEE, &block)) {
        message_block_write(writer, &block.block);
    } else if (message_justification_read(data, size, &justification)) {
        message_justification_write(writer, &justification);
    } else if (message_range_read(data, size, COMMITTEE, &range)) {
        return rewrite_range(writer, &range);
    } else {
        return false;
    }
    return true;
}

/* The same for STATUS and the requests. */
static bool rewrite_request(struct bytes_writer *writer, const uint8_t *data, size_t size)
{
    struct message_status status;
    struct message_certificate_request certificate;
    struct message_hash_request hash;
    struct message_batch_request batches;
    struct message_range_request range;
    if (message_status_read(data, size, COMMITTEE, &status)) {
        message_status_write(writer, COMMITTEE, &status);
    } else if (message_certificate_request_read(data, size, &certificate)) {
        message_certificate_request_write(writer, &certificate);
    } else if (message_block_request_read(data, size, &hash)) {
        message_block_request_write(writer, &hash);
    } else if (message_justification_request_read(data, size, &hash)) {
        message_justification_request_write(writer, &hash);
    } else if (message_batch_request_read(data, size, &batches)) {
        message_batch_request_write(writer, &batches);
    } else if (message_range_request_read(data, size, &range)) {
        message_range_request_write(writer, &range);
    } else {
        return false;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *again = malloc(size + 1);
    TALLY_ASSERT(again != NULL);
    struct bytes_writer writer;
    bytes_writer_init(&writer, again, size);
    const bool payload = rewrite_payload(&writer, data, size);
    if (!payload) {
        bytes_writer_init(&writer, again, size);
    }
    if (payload || rewrite_request(&writer, data, size)) {
        TALLY_ASSERT(bytes_writer_ok(&writer));
        TALLY_ASSERT(writer.size == size);
        TALLY_ASSERT(memcmp(again, data, size) == 0);
    }
    free(again);
    return 0;
}
