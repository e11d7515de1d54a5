/*
 * Envelopes for the tests of node/replica: signed, of a chosen size, and told apart by their nonce.
 */
#ifndef TALLY_TESTS_UNIT_REPLICA_ENVELOPES_H
#define TALLY_TESTS_UNIT_REPLICA_ENVELOPES_H

#include <string.h>

#include "base/assert.h"
#include "crypto/sign.h"
#include "ledger/command/envelope.h"

enum {
    ENVELOPE_SMALLEST = ENVELOPE_HEAD_BYTES + 2 + 1 + SIGN_SIGNATURE_SIZE
};

/* The id of an invented chain. */
static inline struct hash envelopes_chain(uint8_t number)
{
    struct hash chain;
    memset(chain.bytes, number, sizeof chain.bytes);
    return chain;
}

/* Writes an envelope with one command that fills it up to `size`; pre: at least ENVELOPE_SMALLEST.
 *  */
static inline void envelopes_make(uint8_t *out, size_t size, uint8_t chain, uint32_t nonce,
                                  uint64_t valid_until_ms)
{
    struct public_key key;
    struct secret_key secret;
    uint8_t seed[32] = {7};
    sign_key_from_seed(seed, &key, &secret);
    struct bic party;
    TALLY_ASSERT(bic_parse("BANKDEFFXXX", 11, &party));
    struct nonce_secret number = {{0}};
    memcpy(number.bytes, &nonce, sizeof nonce);
    struct hash chain_id = envelopes_chain(chain);
    struct envelope_builder builder;
    TALLY_ASSERT(
        envelope_begin(&builder, out, size, &chain_id, &party, &key, &number, valid_until_ms));
    uint8_t command[ENVELOPE_COMMAND_BYTES_MAX] = {0};
    size_t left = size - ENVELOPE_HEAD_BYTES - SIGN_SIGNATURE_SIZE;
    while (left > 0) {
        size_t part = left - 2 < sizeof command ? left - 2 : sizeof command;
        part -= left - 2 - part > 0 && left - 2 - part < 3 ? 3 : 0; /* leave room for one more */
        TALLY_ASSERT(envelope_append(&builder, command, part));
        left -= part + 2;
    }
    size_t made;
    struct hash id;
    TALLY_ASSERT(envelope_seal(&builder, &secret, &made, &id));
    TALLY_ASSERT(made == size);
}

#endif
