/*
 * A stand-in for crypto/sign.c, for programs that run thousands of schedules a second.
 *
 * Including this header in a test program defines the symbols of crypto/sign.h there, so the linker
 * never takes the real ones out of the library: include it in one file of a program, or not at all.
 * A "signature" is a keyed mix of the message under the *public* key: distinct for distinct
 * messages and signers, checkable, and worth nothing against an adversary. The simulated adversary
 * honours that by never signing for a key it does not own.
 */
#ifndef TALLY_TESTS_SUPPORT_CONSENSUS_SIGN_FAST_H
#define TALLY_TESTS_SUPPORT_CONSENSUS_SIGN_FAST_H

#include "crypto/sign.h"

#include <string.h>

/* Multiplies to 128 bits and folds. */
static uint64_t sign_fast_mix(uint64_t left, uint64_t right)
{
    __extension__ typedef unsigned __int128 uint128;
    uint128 product =
        (uint128)(left ^ UINT64_C(0x9E3779B97F4A7C15)) * (right ^ UINT64_C(0xD6E8FEB86659FD93));
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* The stand-in for a signature of a key over a message. */
static void sign_fast_compute(const uint8_t key[32], const void *message, size_t size,
                              struct signature *out)
{
    const uint8_t *bytes = message;
    uint64_t words[4];
    memcpy(words, key, sizeof words);
    uint64_t state = sign_fast_mix(words[0] ^ words[2], words[1] ^ words[3] ^ size);
    for (size_t offset = 0; offset < size; offset += 8) {
        uint64_t word = 0;
        memcpy(&word, bytes + offset, size - offset < 8 ? size - offset : 8);
        state = sign_fast_mix(state, word + offset + 1);
    }
    for (size_t offset = 0; offset < sizeof out->bytes; offset += 8) {
        state = sign_fast_mix(state, words[1] + offset);
        memcpy(out->bytes + offset, &state, 8);
    }
}

/* The functions of crypto/sign.h that the core and the cluster call. */
void sign_key_from_seed(const uint8_t seed[32], struct public_key *public_key,
                        struct secret_key *secret_key)
{
    for (size_t i = 0; i < 32; i++) {
        public_key->bytes[i] = (uint8_t)(seed[i] ^ 0x5Au);
    }
    memcpy(secret_key->bytes, seed, 32);
    memcpy(secret_key->bytes + 32, public_key->bytes, 32);
}

/* As in crypto/sign.h. */
void sign_create(const struct secret_key *key, const void *message, size_t size,
                 struct signature *out)
{
    sign_fast_compute(key->bytes + 32, message, size, out);
}

/* As in crypto/sign.h. */
bool sign_verify(const struct public_key *key, const void *message, size_t size,
                 const struct signature *signature)
{
    struct signature expected;
    sign_fast_compute(key->bytes, message, size, &expected);
    return memcmp(expected.bytes, signature->bytes, sizeof expected.bytes) == 0;
}

#endif
