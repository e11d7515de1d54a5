/*
 * sample_genesis.h: a small network with keys derived from fixed seeds, for tests.
 *
 * Four validators; five parties, in this order: operator, registrar, settlement bank, two
 * participants, auditor; one key each. Validator i's signing key has seed byte 0x10 + i and its
 * channel key 0x30 + i; party i's have 0x50 + i and 0x70 + i.
 */
#ifndef TALLY_TESTS_SUPPORT_CLIENT_SAMPLE_GENESIS_H
#define TALLY_TESTS_SUPPORT_CLIENT_SAMPLE_GENESIS_H

#include "client/genesis.h"
#include "crypto/sign.h"

enum {
    SAMPLE_VALIDATOR_COUNT = 4,
    SAMPLE_OPERATOR = 0,
    SAMPLE_REGISTRAR = 1,
    SAMPLE_BANK = 2,
    SAMPLE_SELLER = 3,
    SAMPLE_BUYER = 4,
    SAMPLE_AUDITOR = 5,
    SAMPLE_PARTY_COUNT = 6,
};

/* Fills a consistent genesis with its chain id. */
void sample_genesis(struct genesis *genesis);

/* The secret keys behind it. */
void sample_validator_key(unsigned validator, struct secret_key *out);
void sample_validator_channel(unsigned validator, struct secret_key *out);
void sample_party_key(unsigned party, struct secret_key *out);
void sample_party_channel(unsigned party, struct secret_key *out);

#endif
