#include "consensus/batch.h"

#include "base/assert.h"
#include "crypto/hash_long.h"

static void batch_write_prefix(struct bytes_writer *writer, const struct batch *batch)
{
    bytes_write_copy(writer, batch->chain_id.bytes, HASH_SIZE);
    bytes_write_u64(writer, batch->epoch);
    bytes_write_u16(writer, batch->author);
    bytes_write_u64(writer, batch->lane_seq);
    bytes_write_u32(writer, batch->payload_size);
}

static void batch_statement(const struct batch *batch, struct vote *out)
{
    out->kind = VOTE_BATCH;
    out->epoch = batch->epoch;
    out->view = batch->lane_seq;
    out->hash = batch->digest;
    out->signer = batch->author;
    out->signature = batch->signature;
}

void batch_digest(const uint8_t prefix[BATCH_PREFIX_SIZE], const uint8_t *payload, size_t size,
                  struct hash *digest)
{
    struct hash content;
    struct hash_state state;
    hash_long(&content, payload, size);
    hash_begin(&state, HASH_BATCH);
    hash_add(&state, prefix, BATCH_PREFIX_SIZE);
    hash_add(&state, content.bytes, HASH_SIZE);
    hash_end(&state, digest);
}

void batch_sign(struct batch *batch, const struct secret_key *secret_key)
{
    TALLY_ASSERT(batch->lane_seq >= 1);
    TALLY_ASSERT(batch->payload_size >= 1);
    uint8_t prefix[BATCH_PREFIX_SIZE];
    struct bytes_writer writer;
    bytes_writer_init(&writer, prefix, sizeof prefix);
    batch_write_prefix(&writer, batch);
    TALLY_ASSERT(writer.size == BATCH_PREFIX_SIZE);
    batch_digest(prefix, batch->payload, batch->payload_size, &batch->digest);

    struct vote statement;
    batch_statement(batch, &statement);
    vote_sign(&statement, &batch->chain_id, secret_key);
    batch->signature = statement.signature;
}

void batch_write(struct bytes_writer *writer, const struct batch *batch)
{
    batch_write_prefix(writer, batch);
    bytes_write_copy(writer, batch->payload, batch->payload_size);
    bytes_write_copy(writer, batch->signature.bytes, SIGN_SIGNATURE_SIZE);
}

bool batch_open(const uint8_t *bytes, size_t size, uint16_t validator_count, struct batch *out)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes, size);
    bytes_read_copy(&reader, out->chain_id.bytes, HASH_SIZE);
    out->epoch = bytes_read_u64(&reader);
    out->author = bytes_read_u16(&reader);
    out->lane_seq = bytes_read_u64(&reader);
    out->payload_size = bytes_read_u32(&reader);
    out->payload = bytes_read_view(&reader, out->payload_size);
    bytes_read_copy(&reader, out->signature.bytes, SIGN_SIGNATURE_SIZE);
    return bytes_reader_done(&reader) && out->payload_size > 0 && out->lane_seq > 0 &&
           out->author < validator_count;
}

bool batch_read(const uint8_t *bytes, size_t size, uint16_t validator_count, struct batch *out)
{
    if (!batch_open(bytes, size, validator_count, out)) {
        return false;
    }
    batch_digest(bytes, out->payload, out->payload_size, &out->digest);
    return true;
}

bool batch_verify(const struct batch *batch, const struct public_key *author)
{
    struct vote statement;
    batch_statement(batch, &statement);
    return vote_verify(&statement, &batch->chain_id, author);
}
