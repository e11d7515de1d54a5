#include "consensus/evidence.h"

#include "base/assert.h"

enum evidence_kind evidence_classify(const struct vote *a, const struct vote *b)
{
    if (a->signer != b->signer || a->epoch != b->epoch || a->view != b->view) {
        return 0;
    }
    if (a->kind == b->kind) {
        if (hash_equal(&a->hash, &b->hash)) {
            return 0;
        }
        switch (a->kind) {
        case VOTE_NOTARIZE:
            return EVIDENCE_DOUBLE_NOTARIZE;
        case VOTE_FINALIZE:
            return EVIDENCE_DOUBLE_FINALIZE;
        case VOTE_BATCH:
            return EVIDENCE_DOUBLE_BATCH;
        case VOTE_NULLIFY:
            return 0;
        }
    }
    if (a->kind != VOTE_FINALIZE && b->kind != VOTE_FINALIZE) {
        return 0;
    }
    const struct vote *other = a->kind == VOTE_FINALIZE ? b : a;
    if (other->kind == VOTE_NULLIFY) {
        return EVIDENCE_FINALIZE_AND_NULLIFY;
    }
    const bool of_another_block = other->kind == VOTE_NOTARIZE && !hash_equal(&a->hash, &b->hash);
    return of_another_block ? EVIDENCE_FINALIZE_AND_NOTARIZE : 0;
}

/* The written order of two statements: FINALIZE before another kind, else the lower hash first. */
static bool statements_ordered(const struct vote *first, const struct vote *second)
{
    if (first->kind != second->kind) {
        return first->kind == VOTE_FINALIZE;
    }
    return hash_compare(&first->hash, &second->hash) < 0;
}

void evidence_make(struct evidence *evidence, const struct vote *a, const struct vote *b)
{
    evidence->kind = evidence_classify(a, b);
    TALLY_ASSERT(evidence->kind != 0);
    evidence->vote_count = 2;
    const bool ordered = statements_ordered(a, b);
    evidence->votes[0] = ordered ? *a : *b;
    evidence->votes[1] = ordered ? *b : *a;
}

bool evidence_between(struct evidence *evidence, const struct certificate *a,
                      const struct certificate *b, uint16_t signer)
{
    if (!certificate_signed_by(a, signer) || !certificate_signed_by(b, signer)) {
        return false;
    }
    struct vote first;
    struct vote second;
    certificate_vote(a, signer, &first);
    certificate_vote(b, signer, &second);
    if (evidence_classify(&first, &second) == 0) {
        return false;
    }
    evidence_make(evidence, &first, &second);
    return true;
}

void evidence_write(struct bytes_writer *writer, const struct evidence *evidence)
{
    TALLY_ASSERT(evidence->vote_count >= 1);
    TALLY_ASSERT(evidence->vote_count <= 2);
    bytes_write_u8(writer, (uint8_t)evidence->kind);
    bytes_write_u16(writer, evidence->vote_count);
    for (uint16_t i = 0; i < evidence->vote_count; i++) {
        vote_write(writer, &evidence->votes[i]);
    }
}

bool evidence_read(const uint8_t *bytes, size_t size, uint16_t validator_count,
                   struct evidence *out)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes, size);
    const uint8_t kind = bytes_read_u8(&reader);
    out->kind = (enum evidence_kind)kind;
    out->vote_count = bytes_read_u16(&reader);
    if (out->vote_count != (kind == EVIDENCE_INVALID_BATCH ? 1 : 2)) {
        return false;
    }
    for (uint16_t i = 0; i < out->vote_count; i++) {
        vote_read(&reader, validator_count, &out->votes[i]);
    }
    if (!bytes_reader_done(&reader)) {
        return false;
    }
    if (kind == EVIDENCE_INVALID_BATCH) {
        return out->votes[0].kind == VOTE_BATCH;
    }
    return kind != 0 && kind == evidence_classify(&out->votes[0], &out->votes[1]) &&
           statements_ordered(&out->votes[0], &out->votes[1]);
}

bool evidence_verify(const struct evidence *evidence, const struct hash *chain_id,
                     const struct public_key *validators, uint16_t validator_count)
{
    for (uint16_t i = 0; i < evidence->vote_count; i++) {
        const struct vote *vote = &evidence->votes[i];
        TALLY_ASSERT(vote->signer < validator_count);
        if (!vote_verify(vote, chain_id, &validators[vote->signer])) {
            return false;
        }
    }
    return evidence->vote_count >= 1;
}
