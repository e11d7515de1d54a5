#include "base/map_hash.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"

static uint64_t map_secret[2];

static inline uint64_t rotate(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static inline void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

static inline void sip_word(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
}

/* The last word: the bytes beyond the whole words, and above them the size. */
static uint64_t sip_last(const uint8_t *bytes, size_t size)
{
    uint64_t last = (uint64_t)size << 56;
    for (size_t at = 0; at < size % 8; at++) {
        last |= (uint64_t)bytes[size - size % 8 + at] << (8 * at);
    }
    return last;
}

uint64_t map_hash_by_siphash(uint64_t seed, const void *data, size_t size)
{
    TALLY_ASSERT(data != NULL || size == 0);
    const uint8_t *bytes = data;
    uint64_t key[2] = {seed ^ map_secret[0], seed ^ map_secret[1] ^ UINT64_C(0x9e3779b97f4a7c15)};
    uint64_t v[4] = {
        key[0] ^ UINT64_C(0x736f6d6570736575),
        key[1] ^ UINT64_C(0x646f72616e646f6d),
        key[0] ^ UINT64_C(0x6c7967656e657261),
        key[1] ^ UINT64_C(0x7465646279746573),
    };
    for (size_t at = 0; at + 8 <= size; at += 8) {
        sip_word(v, bytes_get_u64(bytes + at));
    }
    sip_word(v, sip_last(bytes, size));
    v[2] ^= 0xff;
    for (int round = 0; round < 3; round++) {
        sip_round(v);
    }
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

#if defined(__x86_64__)

enum {
    AES_ROUNDS = 4,
    BLOCK_SIZE = 16,
};

#define INLINED __attribute__((target("aes"), always_inline)) static inline

typedef uint64_t block __attribute__((vector_size(BLOCK_SIZE)));
typedef long long signed_block __attribute__((vector_size(BLOCK_SIZE)));

/* The first ten round constants of SHA-512 (FIPS 180-4, 4.2.3), and the secret upon each pair. */
static block aes_keys[1 + AES_ROUNDS] = {
    {UINT64_C(0x428a2f98d728ae22), UINT64_C(0x7137449123ef65cd)},
    {UINT64_C(0xb5c0fbcfec4d3b2f), UINT64_C(0xe9b5dba58189dbbc)},
    {UINT64_C(0x3956c25bf348b538), UINT64_C(0x59f111f1b605d019)},
    {UINT64_C(0x923f82a4af194f9b), UINT64_C(0xab1c5ed5da6d8118)},
    {UINT64_C(0xd807aa98a3030242), UINT64_C(0x12835b0145706fbe)},
};

static void aes_secret_set(const uint64_t before[2], const uint64_t after[2])
{
    for (size_t i = 0; i <= AES_ROUNDS; i++) {
        aes_keys[i] ^= (block){before[0] ^ after[0], before[1] ^ after[1]};
    }
}

INLINED block block_load(const uint8_t *bytes)
{
    block out;
    memcpy(&out, bytes, sizeof(out));
    return out;
}

/* At most one block, spread over a whole one: of one size, different bytes make different ones. */
INLINED block block_spread(const uint8_t *bytes, size_t size)
{
    if (size >= 8) {
        return (block){bytes_get_u64(bytes), bytes_get_u64(bytes + size - 8)};
    }
    if (size >= 4) {
        return (block){bytes_get_u32(bytes), bytes_get_u32(bytes + size - 4)};
    }
    if (size == 0) {
        return (block){0, 0};
    }
    return (block){bytes[0] | (uint64_t)bytes[size / 2] << 8, bytes[size - 1]};
}

INLINED block block_mix(block state)
{
    for (size_t i = 1; i <= AES_ROUNDS; i++) {
        state = (block)__builtin_ia32_aesenc128((signed_block)state, (signed_block)aes_keys[i]);
    }
    return state;
}

__attribute__((target("aes"))) static uint64_t hash_by_aes(uint64_t seed, const uint8_t *bytes,
                                                           size_t size)
{
    block state = block_mix(aes_keys[0] ^ (block){seed, size});
    if (size <= BLOCK_SIZE) {
        return block_mix(state ^ block_spread(bytes, size))[0];
    }
    for (size_t at = 0; at < size - BLOCK_SIZE; at += BLOCK_SIZE) {
        state = block_mix(state ^ block_load(bytes + at));
    }
    return block_mix(state ^ block_load(bytes + size - BLOCK_SIZE))[0];
}

uint64_t map_hash(uint64_t seed, const void *data, size_t size)
{
    TALLY_ASSERT(data != NULL || size == 0);
    if (__builtin_cpu_supports("aes")) {
        return hash_by_aes(seed, data, size);
    }
    return map_hash_by_siphash(seed, data, size);
}

#else

static void aes_secret_set(const uint64_t before[2], const uint64_t after[2])
{
    (void)before;
    (void)after;
}

uint64_t map_hash(uint64_t seed, const void *data, size_t size)
{
    return map_hash_by_siphash(seed, data, size);
}

#endif

void map_secret_set(const uint8_t secret[MAP_SECRET_SIZE])
{
    uint64_t words[2] = {bytes_get_u64(secret), bytes_get_u64(secret + 8)};
    aes_secret_set(map_secret, words);
    memcpy(map_secret, words, sizeof(map_secret));
}
