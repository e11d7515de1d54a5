#include "consensus/vote.h"

#include <string.h>

#include "base/assert.h"
#include "base/mutant.h"

static const char vote_context[8] = {'T', 'A', 'L', 'L', 'Y', '-', 'S', '1'};

void vote_sign_bytes(enum vote_kind kind, const struct hash *chain_id, uint64_t epoch,
                     uint64_t view, const struct hash *hash, uint8_t out[VOTE_SIGN_BYTES_SIZE])
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, out, VOTE_SIGN_BYTES_SIZE);
    bytes_write_copy(&writer, vote_context, sizeof vote_context);
    bytes_write_copy(&writer, chain_id->bytes, HASH_SIZE);
    bytes_write_u8(&writer, (uint8_t)kind);
    bytes_write_u64(&writer, epoch);
    bytes_write_u64(&writer, view);
    bytes_write_copy(&writer, hash->bytes, HASH_SIZE);
    TALLY_ASSERT(bytes_writer_ok(&writer));
    TALLY_ASSERT(writer.size == VOTE_SIGN_BYTES_SIZE);
}

void vote_sign(struct vote *vote, const struct hash *chain_id, const struct secret_key *secret_key)
{
    TALLY_ASSERT(secret_key != NULL);
    TALLY_ASSERT((vote->kind == VOTE_NULLIFY) == hash_is_zero(&vote->hash));
    uint8_t bytes[VOTE_SIGN_BYTES_SIZE];
    vote_sign_bytes(vote->kind, chain_id, vote->epoch, vote->view, &vote->hash, bytes);
    sign_create(secret_key, bytes, sizeof bytes, &vote->signature);
}

bool vote_verify(const struct vote *vote, const struct hash *chain_id,
                 const struct public_key *public_key)
{
    if (MUTANT(VOTE_UNVERIFIED)) {
        return true;
    }
    uint8_t bytes[VOTE_SIGN_BYTES_SIZE];
    vote_sign_bytes(vote->kind, chain_id, vote->epoch, vote->view, &vote->hash, bytes);
    return sign_verify(public_key, bytes, sizeof bytes, &vote->signature);
}

void vote_write(struct bytes_writer *writer, const struct vote *vote)
{
    bytes_write_u8(writer, (uint8_t)vote->kind);
    bytes_write_u64(writer, vote->epoch);
    bytes_write_u64(writer, vote->view);
    bytes_write_copy(writer, vote->hash.bytes, HASH_SIZE);
    bytes_write_u16(writer, vote->signer);
    bytes_write_copy(writer, vote->signature.bytes, SIGN_SIGNATURE_SIZE);
}

void vote_read(struct bytes_reader *reader, uint16_t validator_count, struct vote *vote)
{
    const uint8_t kind = bytes_read_u8(reader);
    vote->kind = (enum vote_kind)kind;
    vote->epoch = bytes_read_u64(reader);
    vote->view = bytes_read_u64(reader);
    bytes_read_copy(reader, vote->hash.bytes, HASH_SIZE);
    vote->signer = bytes_read_u16(reader);
    bytes_read_copy(reader, vote->signature.bytes, SIGN_SIGNATURE_SIZE);

    const bool known = kind >= VOTE_NOTARIZE && kind <= VOTE_BATCH;
    const bool hash_fits = (kind == VOTE_NULLIFY) == hash_is_zero(&vote->hash);
    if (!known || !hash_fits || vote->view == 0 || vote->signer >= validator_count) {
        bytes_reader_fail(reader);
    }
}
