/*
 * A stand-in for crypto/sign.c, for programs that run thousands of schedules a second.
 *
 * Given to the linker as an object it defines the symbols of crypto/sign.h and sign_verify_many, so
 * that the real ones are never taken out of the library; it is in no library itself. A "signature"
 * is a keyed mix of the message under the *public* key: distinct for distinct messages and signers,
 * checkable, and worth nothing against an adversary. The simulated adversary honours that by never
 * signing for a key that it does not own.
 */
#include <sodium.h>
#include <string.h>

#include "base/bytes.h"
#include "crypto/sign_many.h"
#include "netsim/engine/sign_meter.h"

/* Multiplies to 128 bits and folds. */
static uint64_t mix(uint64_t left, uint64_t right)
{
    __extension__ typedef unsigned __int128 uint128;
    uint128 product =
        (uint128)(left ^ UINT64_C(0x9E3779B97F4A7C15)) * (right ^ UINT64_C(0xD6E8FEB86659FD93));
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* The stand-in for a signature of a key over a message. */
static void compute(const struct public_key *key, const void *message, size_t size,
                    struct signature *out)
{
    const uint8_t *bytes = message;
    uint64_t words[4];
    for (size_t i = 0; i < 4; i++) {
        words[i] = bytes_get_u64(key->bytes + 8 * i);
    }
    uint64_t state = mix(words[0] ^ words[2], words[1] ^ words[3] ^ size);
    size_t offset = 0;
    for (; offset + 8 <= size; offset += 8) {
        state = mix(state, bytes_get_u64(bytes + offset) + offset + 1);
    }
    if (offset < size) {
        uint64_t last = 0;
        for (size_t i = 0; offset + i < size; i++) {
            last |= (uint64_t)bytes[offset + i] << (8 * i);
        }
        state = mix(state, last + offset + 1);
    }
    for (size_t i = 0; i < sizeof out->bytes; i += 8) {
        state = mix(state, words[1] + i);
        bytes_put_u64(out->bytes + i, state);
    }
}

void sign_key_from_seed(const uint8_t seed[SIGN_SEED_SIZE], struct public_key *public_key,
                        struct secret_key *secret_key)
{
    for (size_t i = 0; i < SIGN_PUBLIC_KEY_SIZE; i++) {
        public_key->bytes[i] = (uint8_t)(seed[i] ^ 0x5Au);
    }
    memcpy(secret_key->bytes, seed, SIGN_SEED_SIZE);
    memcpy(secret_key->bytes + SIGN_SEED_SIZE, public_key->bytes, SIGN_PUBLIC_KEY_SIZE);
}

void sign_key_generate(struct public_key *public_key, struct secret_key *secret_key)
{
    uint8_t seed[SIGN_SEED_SIZE];
    randombytes_buf(seed, sizeof seed);
    sign_key_from_seed(seed, public_key, secret_key);
}

void sign_key_wipe(struct secret_key *secret_key)
{
    sodium_memzero(secret_key, sizeof *secret_key);
}

void sign_key_public(const struct secret_key *secret_key, struct public_key *public_key)
{
    memcpy(public_key->bytes, secret_key->bytes + SIGN_SEED_SIZE, SIGN_PUBLIC_KEY_SIZE);
}

bool public_key_equal(const struct public_key *a, const struct public_key *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

void sign_create(const struct secret_key *secret_key, const void *message, size_t size,
                 struct signature *out)
{
    struct public_key key;
    sign_meter.created++;
    sign_key_public(secret_key, &key);
    compute(&key, message, size, out);
}

bool sign_verify(const struct public_key *public_key, const void *message, size_t size,
                 const struct signature *signature)
{
    struct signature expected;
    sign_meter.verified++;
    compute(public_key, message, size, &expected);
    return memcmp(expected.bytes, signature->bytes, sizeof expected.bytes) == 0;
}

void sign_verify_many(struct sign_item *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct sign_item *item = &items[i];
        item->valid = sign_verify(item->public_key, item->message, item->size, item->signature);
    }
}
