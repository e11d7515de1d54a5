#include "tests/support/client/sample_genesis.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "ledger/register/key.h"
#include "ledger/register/party.h"

static const struct {
    const char *bic;
    const char *name;
    uint32_t roles;
    uint32_t rights;
} sample_parties[SAMPLE_PARTY_COUNT] = {
    {"OPERDEFFXXX", "Operator", PARTY_OPERATOR, KEY_ADMINISTER | KEY_SUBMIT | KEY_READ_ALL},
    {"REGIDEFFXXX", "Registrar", PARTY_REGISTRAR, KEY_SUBMIT | KEY_ADMINISTER},
    {"CASHDEFFXXX", "Settlement bank", PARTY_SETTLEMENT_BANK, KEY_SUBMIT | KEY_ADMINISTER},
    {"SELLFRPPXXX", "Seller", PARTY_PARTICIPANT, KEY_SUBMIT | KEY_ADMINISTER},
    {"BUYRITMMXXX", "Buyer", PARTY_PARTICIPANT, KEY_SUBMIT | KEY_ADMINISTER},
    {"AUDTNL2AXXX", "Auditor", PARTY_AUDITOR, KEY_READ_ALL},
};

static void seeded(unsigned seed_byte, struct public_key *public_key, struct secret_key *secret_key)
{
    uint8_t seed[SIGN_SEED_SIZE];

    memset(seed, (int)seed_byte, sizeof seed);
    sign_key_from_seed(seed, public_key, secret_key);
}

void sample_validator_key(unsigned validator, struct secret_key *out)
{
    struct public_key ignored;
    seeded(0x10 + validator, &ignored, out);
}

void sample_validator_channel(unsigned validator, struct secret_key *out)
{
    struct public_key ignored;
    seeded(0x30 + validator, &ignored, out);
}

void sample_party_key(unsigned party, struct secret_key *out)
{
    struct public_key ignored;
    seeded(0x50 + party, &ignored, out);
}

void sample_party_channel(unsigned party, struct secret_key *out)
{
    struct public_key ignored;
    seeded(0x70 + party, &ignored, out);
}

void sample_genesis(struct genesis *genesis)
{
    struct secret_key secret;
    struct genesis_fault fault;

    genesis_init(genesis);
    strcpy(genesis->chain_name, "Sample market");
    genesis->created_ms = UINT64_C(1795334400000); /* 2026-11-22T08:00:00Z */
    genesis->tolerance_count = 1;
    genesis->tolerances[0] = (struct genesis_tolerance){"EUR", 10000000, 200, 2500};
    genesis->rate_count = 1;
    genesis->rates[0] = (struct genesis_rate){"USD", 10825, 10000};
    genesis->holiday_count = 1;
    genesis->holidays[0] = 20261225;
    genesis->validator_count = SAMPLE_VALIDATOR_COUNT;
    for (unsigned i = 0; i < SAMPLE_VALIDATOR_COUNT; i++) {
        struct genesis_validator *validator = &genesis->validators[i];
        (void)snprintf(validator->name, sizeof validator->name, "Validator %u", i);
        (void)snprintf(validator->address, sizeof validator->address, "127.0.0.1:%u", 7100 + i);
        seeded(0x10 + i, &validator->signing, &secret);
        seeded(0x30 + i, &validator->channel, &secret);
    }
    genesis->party_count = SAMPLE_PARTY_COUNT;
    genesis->key_count = SAMPLE_PARTY_COUNT;
    for (unsigned i = 0; i < SAMPLE_PARTY_COUNT; i++) {
        strcpy(genesis->parties[i].bic, sample_parties[i].bic);
        strcpy(genesis->parties[i].name, sample_parties[i].name);
        genesis->parties[i].roles = sample_parties[i].roles;
        genesis->parties[i].validator =
            i < SAMPLE_VALIDATOR_COUNT ? (uint16_t)i : GENESIS_NO_VALIDATOR;
        genesis->keys[i].party = (uint16_t)i;
        genesis->keys[i].rights = sample_parties[i].rights;
        genesis->keys[i].limit = INT64_MAX;
        seeded(0x50 + i, &genesis->keys[i].signing, &secret);
        seeded(0x70 + i, &genesis->keys[i].channel, &secret);
    }
    TALLY_ASSERT(genesis_consistent(genesis, &fault));
    genesis_identify(genesis);
}
