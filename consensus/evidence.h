/*
 * evidence.h: proof, verifiable by anyone alone, that a validator broke a rule.
 *
 * Rule. Evidence is two signed statements (vote.h) of one validator in one epoch that an honest
 * validator never both makes:
 *
 *     kind                     statements                     must agree    must differ
 *     1 DOUBLE_NOTARIZE        NOTARIZE, NOTARIZE             view          hash
 *     2 DOUBLE_FINALIZE        FINALIZE, FINALIZE             view          hash
 *     3 FINALIZE_AND_NULLIFY   FINALIZE, NULLIFY              view
 *     4 DOUBLE_BATCH           BATCH, BATCH                   lane_seq      hash
 *     5 INVALID_BATCH          BATCH, nothing
 *     6 FINALIZE_AND_NOTARIZE  FINALIZE, NOTARIZE             view          hash
 *
 * A proposal's signature is its leader's NOTARIZE, so an equivocating leader is kind 1. Kind 5
 * proves who signed the batch; that its content is invalid is seen by checking the batch with that
 * digest, which the driver archives beside the evidence. Kind 6 is sound because whoever finalizes
 * has left the view and looks at its own NOTARIZE first.
 *
 * Encoding: kind u8 | u16 count | count votes of VOTE_SIZE. Of two statements of one kind the one
 * with the lower hash comes first, else FINALIZE; so one offence has one encoding per pair of
 * signatures.
 */
#ifndef TALLY_CONSENSUS_EVIDENCE_H
#define TALLY_CONSENSUS_EVIDENCE_H

#include "consensus/certificate.h"

enum evidence_kind {
    EVIDENCE_DOUBLE_NOTARIZE = 1,
    EVIDENCE_DOUBLE_FINALIZE = 2,
    EVIDENCE_FINALIZE_AND_NULLIFY = 3,
    EVIDENCE_DOUBLE_BATCH = 4,
    EVIDENCE_INVALID_BATCH = 5,
    EVIDENCE_FINALIZE_AND_NOTARIZE = 6,
};

#define EVIDENCE_SIZE_MAX (3 + 2 * VOTE_SIZE)

struct evidence {
    enum evidence_kind kind;
    uint16_t vote_count;
    struct vote votes[2];
};

/* Tells which offence two statements make, 0 if none. Checks no signature. */
enum evidence_kind evidence_classify(const struct vote *a, const struct vote *b);

/* Makes evidence of two statements that evidence_classify calls an offence. */
void evidence_make(struct evidence *evidence, const struct vote *a, const struct vote *b);

/*
 * Makes evidence against one validator out of two certificates of one epoch and view; false if it
 * did not sign both or the statements are no offence. Two conflicting quorums overlap in more than
 * a third of the validators, and all of those are convicted.
 */
TALLY_MUST_CHECK bool evidence_between(struct evidence *evidence, const struct certificate *a,
                                       const struct certificate *b, uint16_t signer);

/* Writes the canonical form, which evidence_read takes apart. */
void evidence_write(struct bytes_writer *writer, const struct evidence *evidence);

/* Takes evidence apart; false if malformed or if the statements do not make the named offence. */
TALLY_MUST_CHECK bool evidence_read(const uint8_t *bytes, size_t size, uint16_t validator_count,
                                    struct evidence *out);

/* Tells whether every signature is the accused's. */
TALLY_MUST_CHECK bool evidence_verify(const struct evidence *evidence, const struct hash *chain_id,
                                      const struct public_key *validators,
                                      uint16_t validator_count);

#endif
