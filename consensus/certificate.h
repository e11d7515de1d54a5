/*
 * certificate.h: q signatures on one statement, as proof that a quorum said it.
 *
 * Problem. A certificate is checked by validators, by newcomers and by clients years later,
 * offline. There must be one rule for what a valid one looks like, and no room for a second form.
 *
 * Rule. A certificate is
 *
 *     kind u8 | epoch u64 | view u64 | hash 32 | bitmap ceil(n / 8) | q signatures of 64
 *
 * where bit i (byte i / 8, bit i % 8) says that validator i signed. It is canonical: exactly q bits
 * are set, none at or above n, signatures follow in ascending order of index, and all are over the
 * same 89 bytes (vote.h). "Exactly q" because more signatures prove nothing more: a fixed size
 * makes every buffer bound exact, and nobody can make others verify more than q signatures.
 *
 *     n = 4:  49 + 1 + 3 * 64 = 242 bytes     n = 50: 49 + 7 + 34 * 64 = 2,232 bytes
 *
 *     kind           statement   meaning
 *     NOTARIZATION   NOTARIZE    at most one block per view can have it
 *     NULLIFICATION  NULLIFY     the view can never become final; hash is zero
 *     FINALIZATION   FINALIZE    the block and all its ancestors are final
 */
#ifndef TALLY_CONSENSUS_CERTIFICATE_H
#define TALLY_CONSENSUS_CERTIFICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "consensus/vote.h"

/* Equal to the kind of vote that it collects; numbered for ever. */
enum certificate_kind {
    CERTIFICATE_NOTARIZATION = VOTE_NOTARIZE,
    CERTIFICATE_NULLIFICATION = VOTE_NULLIFY,
    CERTIFICATE_FINALIZATION = VOTE_FINALIZE,
};

#define CERTIFICATE_FIXED_SIZE  49
#define CERTIFICATE_BITMAP_MAX  (CONSENSUS_VALIDATORS_MAX / 8)
#define CERTIFICATE_SIGNERS_MAX 86 /* quorum_size(CONSENSUS_VALIDATORS_MAX) */
#define CERTIFICATE_SIZE_MAX                           \
    (CERTIFICATE_FIXED_SIZE + CERTIFICATE_BITMAP_MAX + \
     CERTIFICATE_SIGNERS_MAX * SIGN_SIGNATURE_SIZE)

_Static_assert(CONSENSUS_VALIDATORS_MAX % 8 == 0, "the largest bitmap has whole bytes");
_Static_assert(CERTIFICATE_SIGNERS_MAX == 2 * CONSENSUS_VALIDATORS_MAX / 3 + 1,
               "the largest quorum");

/* The fields before the signatures, and where bitmap and signatures are (borrowed). */
struct certificate {
    enum certificate_kind kind;
    uint64_t epoch;
    uint64_t view;
    struct hash hash; /* zero for a nullification */
    const uint8_t *bitmap;
    const uint8_t *signatures;
};

/* The size of every certificate of an epoch with so many validators. */
size_t certificate_size(uint16_t validator_count);

/*
 * Reads one certificate; out borrows the reader's memory. Fails the reader if it is short or not
 * canonical. Checks no signature.
 */
void certificate_read(struct bytes_reader *reader, uint16_t validator_count,
                      struct certificate *out);

/* Appends a certificate in the same form. */
void certificate_write(struct bytes_writer *writer, uint16_t validator_count,
                       const struct certificate *certificate);

/* Tells whether validator index is among the signers. */
bool certificate_signed_by(const struct certificate *certificate, uint16_t index);

/* Takes one signer's vote out of a certificate. index must be among the signers. */
void certificate_vote(const struct certificate *certificate, uint16_t index, struct vote *out);

/* Tells whether all q signatures are valid. validators has validator_count keys. */
TALLY_MUST_CHECK bool certificate_verify(const struct certificate *certificate,
                                         const struct hash *chain_id,
                                         const struct public_key *validators,
                                         uint16_t validator_count);

/*
 * The same for one who has verified some of these very signatures before, for the same statement:
 * their bits are set in `known`, a bitmap like the certificate's, and they are not checked again.
 */
TALLY_MUST_CHECK bool certificate_verify_rest(const struct certificate *certificate,
                                              const struct hash *chain_id,
                                              const struct public_key *validators,
                                              uint16_t validator_count, const uint8_t *known);

/*
 * Collects a certificate: certificate_begin writes the fixed fields and an empty bitmap, then
 * certificate_add appends signatures in ascending order of index until it returns true, which says
 * that the q-th is in and the certificate complete. Adding more, or out of order, asserts.
 */
struct certificate_builder {
    struct bytes_writer *writer; /* borrowed */
    uint8_t *bitmap;
    uint16_t validator_count;
    uint16_t signer_count;
    uint16_t index_next;
};

/* Writes the head of a certificate, then one signature after the other, in ascending order of their
 * signers; certificate_add returns false when the writer is full or the order is broken. */
void certificate_begin(struct certificate_builder *builder, struct bytes_writer *writer,
                       uint16_t validator_count, enum certificate_kind kind, uint64_t epoch,
                       uint64_t view, const struct hash *hash);
bool certificate_add(struct certificate_builder *builder, uint16_t index,
                     const struct signature *signature);

#endif
