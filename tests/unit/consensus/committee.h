/*
 * committee.h: keys of n validators, and things signed by them, for the tests of codecs.
 */
#ifndef TALLY_TESTS_UNIT_CONSENSUS_COMMITTEE_H
#define TALLY_TESTS_UNIT_CONSENSUS_COMMITTEE_H

#include "tests/support/cmocka.h"

#include <stdlib.h>
#include <string.h>

#include "consensus/certificate.h"
#include "crypto/start.h"

struct committee {
    uint16_t n;
    struct hash chain_id;
    struct public_key keys[CONSENSUS_VALIDATORS_MAX];
    struct secret_key secrets[CONSENSUS_VALIDATORS_MAX];
};

/* A committee of n validators whose keys depend on their number only. */
static inline void committee_init(struct committee *committee, uint16_t n)
{
    assert_int_equal(crypto_start(), CRYPTO_START_OK);
    committee->n = n;
    committee->chain_id = (struct hash){{0xC4, 0xA1}};
    for (uint16_t i = 0; i < n; i++) {
        const uint8_t seed[SIGN_SEED_SIZE] = {(uint8_t)(i + 1), 0x55};
        sign_key_from_seed(seed, &committee->keys[i], &committee->secrets[i]);
    }
}

/* A signed vote for the block whose hash begins with a byte. */
static inline struct vote committee_vote(const struct committee *committee, enum vote_kind kind,
                                         uint64_t view, uint8_t hash_byte, uint16_t signer)
{
    struct vote vote = {.kind = kind, .epoch = 1, .view = view, .signer = signer};
    vote.hash.bytes[0] = hash_byte;
    vote_sign(&vote, &committee->chain_id, &committee->secrets[signer]);
    return vote;
}

/* Encodes a certificate of the first q validators. Returns its size. */
static inline size_t committee_certificate(const struct committee *committee,
                                           enum certificate_kind kind, uint64_t view,
                                           uint8_t hash_byte, uint8_t *out)
{
    struct bytes_writer writer;
    struct certificate_builder builder;
    struct hash hash = {{hash_byte}};
    bytes_writer_init(&writer, out, CERTIFICATE_SIZE_MAX);
    certificate_begin(&builder, &writer, committee->n, kind, 1, view, &hash);
    bool complete = false;
    for (uint16_t i = 0; !complete; i++) {
        const struct vote vote =
            committee_vote(committee, (enum vote_kind)kind, view, hash_byte, i);
        complete = certificate_add(&builder, i, &vote.signature);
    }
    assert_true(bytes_writer_ok(&writer));
    return writer.size;
}

#endif
