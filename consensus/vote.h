/*
 * vote.h: the signed statements of a validator.
 *
 * Problem. A signature must mean exactly one thing, on one chain, in one epoch, for ever.
 *
 * Rule. Whatever is signed is these 89 bytes, constant in length:
 *
 *     "TALLY-S1" (8) | chain_id (32) | kind u8 | epoch u64 | view u64 | hash (32)
 *
 *     kind        view           hash              says
 *     NOTARIZE    the view       block hash        "this block may stand in this view"; once a view
 *     NULLIFY     the view       zero              "I give this view up, and never finalize it"
 *     FINALIZE    the view       block hash        "I saw it notarized and did not give up"
 *     BATCH       the lane_seq   batch digest      "this is number lane_seq of my lane"
 *
 * Exclusivity, for one validator, one epoch and one view, across restarts:
 *     E1  at most one NOTARIZE.                     E2  at most one FINALIZE.
 *     E3  FINALIZE and NULLIFY never both, in either order.
 *     E4  no NOTARIZE after NULLIFY.                E5  NULLIFY after NOTARIZE is allowed.
 *     E6  votes are only for the current view, except FINALIZE, which may trail.
 * Two statements that break E1, E2 or E3, or two BATCH statements with one lane_seq, are evidence
 * (evidence.h).
 *
 * Encoding of a vote, 115 bytes: kind u8 | epoch u64 | view u64 | hash 32 | signer u16 |
 * signature 64. A NULLIFY's hash is present and zero, so the length is constant.
 *
 * Source: Chan and Pass, "Simplex Consensus" (2023), section 3 (vote, dummy vote, finalize).
 */
#ifndef TALLY_CONSENSUS_VOTE_H
#define TALLY_CONSENSUS_VOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "consensus/quorum.h"
#include "crypto/hash.h"
#include "crypto/sign.h"

/* Numbered for ever: the number is signed, and is also the kind byte of the message. */
enum vote_kind {
    VOTE_NOTARIZE = 1,
    VOTE_NULLIFY = 2,
    VOTE_FINALIZE = 3,
    VOTE_BATCH = 4,
};

#define VOTE_SIGN_BYTES_SIZE 89
#define VOTE_SIZE            115

struct vote {
    enum vote_kind kind;
    uint64_t epoch;
    uint64_t view;    /* a BATCH statement's lane_seq */
    struct hash hash; /* zero for NULLIFY */
    uint16_t signer;
    struct signature signature;
};

/* Writes the bytes that are signed. */
void vote_sign_bytes(enum vote_kind kind, const struct hash *chain_id, uint64_t epoch,
                     uint64_t view, const struct hash *hash, uint8_t out[VOTE_SIGN_BYTES_SIZE]);

/* Signs a vote: fills vote->signature from its other fields. */
void vote_sign(struct vote *vote, const struct hash *chain_id, const struct secret_key *secret_key);

/* Tells whether the signature is the given key's over this statement on this chain. */
TALLY_MUST_CHECK bool vote_verify(const struct vote *vote, const struct hash *chain_id,
                                  const struct public_key *public_key);

/* Appends the VOTE_SIZE bytes of a vote. */
void vote_write(struct bytes_writer *writer, const struct vote *vote);

/*
 * Reads a vote. Fails the reader if it is short, the kind is unknown, the view is zero, a NULLIFY's
 * hash is not zero or another's is, or signer is not below validator_count.
 */
void vote_read(struct bytes_reader *reader, uint16_t validator_count, struct vote *vote);

#endif
