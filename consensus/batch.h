/*
 * batch.h: the signed batch, the unit in which payload travels.
 *
 * Problem. Blocks name payload by digest. A digest must bind who wrote the batch and which number
 * it has in the author's lane, so that nobody else's signature and no second number fits it.
 *
 * Rule.
 *
 *     batch  = chain_id 32 | epoch u64 | author u16 | lane_seq u64 | u32 size | payload | signature
 *     digest = H("batch", everything before the payload | hash_long(payload))
 *
 * The signature is over the BATCH statement (vote.h) with view = lane_seq and hash = digest.
 * Numbers start at 1 in each epoch and have no gaps. The payload is opaque here; it is never empty.
 * Its size stands before it, so the digest binds every byte before the signature (hash_long.h).
 */
#ifndef TALLY_CONSENSUS_BATCH_H
#define TALLY_CONSENSUS_BATCH_H

#include "consensus/vote.h"

#define BATCH_PREFIX_SIZE 54
#define BATCH_FIXED_SIZE  (BATCH_PREFIX_SIZE + SIGN_SIGNATURE_SIZE)

/* A batch taken apart; payload borrows the encoding. */
struct batch {
    struct hash chain_id;
    uint64_t epoch;
    uint16_t author;
    uint64_t lane_seq;
    const uint8_t *payload;
    uint32_t payload_size;
    struct signature signature;
    struct hash digest; /* computed while reading or signing, not encoded */
};

/* The digest of a batch from what stands before its payload, and the payload. */
void batch_digest(const uint8_t prefix[BATCH_PREFIX_SIZE], const uint8_t *payload, size_t size,
                  struct hash *digest);

/* Computes the digest of the other fields and signs it. */
void batch_sign(struct batch *batch, const struct secret_key *secret_key);

/* Appends a signed batch. */
void batch_write(struct bytes_writer *writer, const struct batch *batch);

/*
 * Takes signed batch bytes apart and computes the digest. Returns false if they are short or have
 * bytes left over, the payload is empty, the author is not below validator_count, or lane_seq is
 * zero. Checks no signature.
 */
TALLY_MUST_CHECK bool batch_read(const uint8_t *bytes, size_t size, uint16_t validator_count,
                                 struct batch *out);

/* The same without the digest, which is left as it was: for bytes whose digest is known. */
TALLY_MUST_CHECK bool batch_open(const uint8_t *bytes, size_t size, uint16_t validator_count,
                                 struct batch *out);

/* Tells whether the signature is the author's. pre: the digest is there. */
TALLY_MUST_CHECK bool batch_verify(const struct batch *batch, const struct public_key *author);

#endif
