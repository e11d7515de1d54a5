/*
 * Goal: the hash of names is what its header says, by AES rounds written here a second time byte by
 * byte, or SipHash-1-3; either way every bit of the key, its size, the seed and the secret count,
 * and the hashes of names like ours spread evenly.
 */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/map_hash.h"
#include "base/prng.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

typedef uint64_t hash_function(uint64_t seed, const void *data, size_t size);

static hash_function *const functions[] = {map_hash, map_hash_by_siphash};

enum {
    FUNCTIONS = 2,
    SIZE_MAX_TRIED = 80,
};

static uint64_t rotated(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static void sip_rounds(uint64_t v[4], int count)
{
    for (int i = 0; i < count; i++) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = rotated(v[1], 13) ^ v[0];
        v[3] = rotated(v[3], 16) ^ v[2];
        v[0] = rotated(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = rotated(v[1], 17) ^ v[2];
        v[3] = rotated(v[3], 21) ^ v[0];
        v[2] = rotated(v[2], 32);
    }
}

/* SipHash as the paper has it, byte by byte, with so many rounds a word and at the end. */
static uint64_t siphash(const uint8_t key[16], const uint8_t *data, size_t size, int each, int last)
{
    uint64_t k[2] = {bytes_get_u64(key), bytes_get_u64(key + 8)};
    uint64_t v[4] = {k[0] ^ UINT64_C(0x736f6d6570736575), k[1] ^ UINT64_C(0x646f72616e646f6d),
                     k[0] ^ UINT64_C(0x6c7967656e657261), k[1] ^ UINT64_C(0x7465646279746573)};
    for (size_t at = 0; at <= size; at += 8) {
        uint64_t word = 0;
        for (size_t i = 0; i < 8; i++) {
            uint64_t byte = at + i < size ? data[at + i] : i == 7 ? size % 256 : 0;
            word |= byte << 8 * i;
        }
        v[3] ^= word;
        sip_rounds(v, each);
        v[0] ^= word;
    }
    v[2] ^= 0xff;
    sip_rounds(v, last);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* ----------------------------------------------------- AES as FIPS 197 has it, byte by byte */

static uint8_t doubled(uint8_t byte)
{
    return (uint8_t)(byte << 1 ^ (byte >> 7) * 0x1b);
}

static uint8_t product(uint8_t a, uint8_t b)
{
    uint8_t sum = 0;
    for (int i = 0; i < 8; i++) {
        sum ^= (uint8_t)((b >> i & 1) * a);
        a = doubled(a);
    }
    return sum;
}

/* SubBytes: the inverse in the field, that is the 254th power, and the affine map. */
static uint8_t substituted(uint8_t byte)
{
    uint8_t inverse = 1;
    for (int i = 0; i < 254; i++) {
        inverse = product(inverse, byte);
    }
    uint8_t out = 0x63;
    for (unsigned i = 0; i < 5; i++) {
        out ^= (uint8_t)(inverse << i | inverse >> (8 - i));
    }
    return out;
}

/* One round: SubBytes, ShiftRows, MixColumns, AddRoundKey. Byte 4c + r is in column c and row r. */
static void aes_round(uint8_t state[16], const uint8_t key[16])
{
    uint8_t moved[16];
    for (size_t at = 0; at < 16; at++) {
        moved[at] = substituted(state[(at + at % 4 * 4) % 16]);
    }
    for (size_t at = 0; at < 16; at++) {
        const uint8_t *column = moved + at / 4 * 4;
        size_t row = at % 4;
        state[at] = (uint8_t)(doubled(column[row]) ^ doubled(column[(row + 1) % 4]) ^
                              column[(row + 1) % 4] ^ column[(row + 2) % 4] ^
                              column[(row + 3) % 4] ^ key[at]);
    }
}

/* FIPS 197, appendix B: the first round of its example. */
static void the_rounds_here_are_those_of_the_standard(void **state)
{
    static const char before[] = "193de3bea0f4e22b9ac68d2ae9f84808";
    static const char key[] = "a0fafe1788542cb123a339392a6c7605";
    static const char after[] = "a49c7ff2689f352b6b5bea43026a5049";
    uint8_t bytes[3][16];
    (void)state;
    assert_int_equal(sodium_hex2bin(bytes[0], 16, before, 32, NULL, NULL, NULL), 0);
    assert_int_equal(sodium_hex2bin(bytes[1], 16, key, 32, NULL, NULL, NULL), 0);
    assert_int_equal(sodium_hex2bin(bytes[2], 16, after, 32, NULL, NULL, NULL), 0);
    aes_round(bytes[0], bytes[1]);
    assert_memory_equal(bytes[0], bytes[2], 16);
}

/* --------------------------------------------------------------------- the rule of the header */

/* At most sixteen bytes, spread over sixteen. */
static void spread(uint8_t out[16], const uint8_t *data, size_t size)
{
    memset(out, 0, 16);
    if (size >= 8) {
        memcpy(out, data, 8);
        memcpy(out + 8, data + size - 8, 8);
    } else if (size >= 4) {
        memcpy(out, data, 4);
        memcpy(out + 8, data + size - 4, 4);
    } else if (size > 0) {
        out[0] = data[0];
        out[1] = data[size / 2];
        out[8] = data[size - 1];
    }
}

/* `bytes` come in, and four rounds go over it. */
static void absorb(uint8_t state[16], const uint8_t bytes[16], const uint8_t keys[5][16])
{
    for (size_t i = 0; i < 16; i++) {
        state[i] ^= bytes[i];
    }
    for (size_t round = 1; round < 5; round++) {
        aes_round(state, keys[round]);
    }
}

static uint64_t by_aes(const uint8_t secret[16], uint64_t seed, const uint8_t *data, size_t size)
{
    static const uint64_t sha512[10] = {UINT64_C(0x428a2f98d728ae22), UINT64_C(0x7137449123ef65cd),
                                        UINT64_C(0xb5c0fbcfec4d3b2f), UINT64_C(0xe9b5dba58189dbbc),
                                        UINT64_C(0x3956c25bf348b538), UINT64_C(0x59f111f1b605d019),
                                        UINT64_C(0x923f82a4af194f9b), UINT64_C(0xab1c5ed5da6d8118),
                                        UINT64_C(0xd807aa98a3030242), UINT64_C(0x12835b0145706fbe)};
    uint8_t keys[5][16];
    uint8_t state[16];
    uint8_t last[16];
    for (size_t i = 0; i < 10; i++) {
        bytes_put_u64(keys[i / 2] + i % 2 * 8, sha512[i] ^ bytes_get_u64(secret + i % 2 * 8));
    }
    bytes_put_u64(state, seed);
    bytes_put_u64(state + 8, size);
    absorb(state, keys[0], (const uint8_t(*)[16])keys);
    for (size_t at = 0; at + 16 < size; at += 16) {
        absorb(state, data + at, (const uint8_t(*)[16])keys);
    }
    spread(last, size > 16 ? data + size - 16 : data, size > 16 ? 16 : size);
    absorb(state, last, (const uint8_t(*)[16])keys);
    return bytes_get_u64(state);
}

static bool has_aes(void)
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("aes");
#else
    return false;
#endif
}

static void the_hash_is_four_rounds_of_aes_a_block(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 11);
    if (!has_aes()) {
        print_message("skipped: this processor has no AES instructions\n");
        skip();
    }
    for (size_t size = 0; size < SIZE_MAX_TRIED; size++) {
        uint8_t data[SIZE_MAX_TRIED];
        uint8_t secret[MAP_SECRET_SIZE];
        uint64_t seed = prng_next(&prng);
        prng_fill(&prng, data, size);
        prng_fill(&prng, secret, sizeof(secret));
        map_secret_set(secret);
        assert_true(map_hash(seed, data, size) == by_aes(secret, seed, data, size));
        memset(secret, 0, sizeof(secret));
        map_secret_set(secret);
        assert_true(map_hash(seed, data, size) == by_aes(secret, seed, data, size));
    }
}

static void without_aes_it_is_siphash(void **state)
{
    (void)state;
    for (size_t size = 0; size < SIZE_MAX_TRIED && !has_aes(); size++) {
        uint8_t data[SIZE_MAX_TRIED] = {1};
        assert_true(map_hash(5, data, size) == map_hash_by_siphash(5, data, size));
    }
}

/* The form above is checked against libsodium's SipHash-2-4, then ours against it with 1 and 3. */
static void the_hash_is_siphash_1_3(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 3);
    for (size_t size = 0; size < 300; size++) {
        uint8_t data[300];
        uint8_t key[16];
        uint8_t expected[8];
        uint64_t seed = prng_next(&prng);
        prng_fill(&prng, data, size);
        bytes_put_u64(key, seed);
        bytes_put_u64(key + 8, seed ^ UINT64_C(0x9e3779b97f4a7c15));
        assert_int_equal(crypto_shorthash_siphash24(expected, data, size, key), 0);
        assert_true(siphash(key, data, size, 2, 4) == bytes_get_u64(expected));
        assert_true(map_hash_by_siphash(seed, data, size) == siphash(key, data, size, 1, 3));
    }
}

static void every_byte_of_the_secret_makes_another_hash(void **state)
{
    static const uint8_t none[MAP_SECRET_SIZE] = {0};
    (void)state;
    for (size_t at = 0; at < MAP_SECRET_SIZE; at++) {
        uint8_t secret[MAP_SECRET_SIZE] = {0};
        uint8_t key[16];
        uint64_t without[FUNCTIONS];
        for (size_t f = 0; f < FUNCTIONS; f++) {
            without[f] = functions[f](7, "name", 4);
        }
        secret[at] = 1;
        map_secret_set(secret);
        for (size_t f = 0; f < FUNCTIONS; f++) {
            assert_true(functions[f](7, "name", 4) != without[f]);
        }
        bytes_put_u64(key, 7 ^ bytes_get_u64(secret));
        bytes_put_u64(key + 8, 7 ^ bytes_get_u64(secret + 8) ^ UINT64_C(0x9e3779b97f4a7c15));
        assert_true(map_hash_by_siphash(7, "name", 4) ==
                    siphash(key, (const uint8_t *)"name", 4, 1, 3));
        map_secret_set(none);
        for (size_t f = 0; f < FUNCTIONS; f++) {
            assert_true(functions[f](7, "name", 4) == without[f]);
        }
    }
}

/* Chi-squared over the low bits of the fold that the map uses, for sequential account names. */
static void names_spread_evenly(hash_function *function, size_t size)
{
    enum {
        BINS = 1024,
        SAMPLES = 200000
    };
    static uint32_t bins[BINS];
    memset(bins, 0, sizeof(bins));
    for (uint32_t i = 0; i < SAMPLES; i++) {
        char name[40] = {0};
        (void)snprintf(name, sizeof(name), "SECURITIES-ACCOUNT-%010u", i);
        uint64_t hash = function(42, name + sizeof(name) - 11 - size, size);
        bins[(hash ^ hash >> 32) % BINS]++;
    }
    double expected = (double)SAMPLES / BINS;
    double chi_squared = 0;
    for (int i = 0; i < BINS; i++) {
        chi_squared += (bins[i] - expected) * (bins[i] - expected) / expected;
    }
    /* 1023 degrees of freedom: mean 1023, standard deviation 45; six of those either way. */
    assert_true(chi_squared > 750 && chi_squared < 1300);
}

static void similar_keys_spread_evenly(void **state)
{
    (void)state;
    for (size_t f = 0; f < FUNCTIONS; f++) {
        names_spread_evenly(functions[f], 8);
        names_spread_evenly(functions[f], 12);
        names_spread_evenly(functions[f], 29);
    }
}

static void every_input_bit_moves_half_the_output(void **state)
{
    static const size_t sizes[] = {1, 3, 4, 7, 8, 12, 16, 17, 39};
    (void)state;
    struct prng prng;
    prng_init(&prng, 5);
    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]) * FUNCTIONS; s++) {
        hash_function *function = functions[s % FUNCTIONS];
        size_t size = sizes[s / FUNCTIONS];
        for (size_t bit = 0; bit < size * 8; bit++) {
            uint64_t flips = 0;
            for (int round = 0; round < 1000; round++) {
                uint8_t key[39];
                prng_fill(&prng, key, sizeof(key));
                uint64_t before = function(9, key, size);
                key[bit / 8] ^= (uint8_t)(1u << bit % 8);
                flips += (uint64_t)__builtin_popcountll(before ^ function(9, key, size));
            }
            assert_in_range(flips, 31000, 33000);
        }
    }
}

/* Keys of equal bytes are told apart by their size, as far as one could be taken for another. */
static void size_and_seed_count(void **state)
{
    static const uint8_t zeros[SIZE_MAX_TRIED] = {0};
    (void)state;
    for (size_t f = 0; f < FUNCTIONS; f++) {
        for (size_t size = 0; size < SIZE_MAX_TRIED; size++) {
            for (size_t other = 0; other < size; other++) {
                assert_true(functions[f](1, zeros, size) != functions[f](1, zeros, other));
            }
            assert_true(functions[f](1, zeros, size) != functions[f](2, zeros, size));
        }
    }
}

/* Whoever chooses a seed and the bytes cannot make up for a difference of one by the other. */
static void seed_and_bytes_do_not_cancel_out(void **state)
{
    static const size_t sizes[] = {4, 8, 12, 16, 21, 32, 35};
    (void)state;
    for (size_t s = 0; s < FUNCTIONS * sizeof(sizes) / sizeof(sizes[0]); s++) {
        hash_function *function = functions[s % FUNCTIONS];
        size_t size = sizes[s / FUNCTIONS];
        uint8_t key[36] = "REFERENCE-OF-A-PARTY-THAT-IS-LONGER";
        uint64_t first = function(77, key, size);
        for (size_t bit = 0; bit < 8 * size; bit++) {
            key[bit / 8] ^= (uint8_t)(1u << bit % 8);
            for (size_t other = 0; other < 64; other++) {
                assert_true(function(77 ^ UINT64_C(1) << other, key, size) != first);
            }
            key[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

static void misuse_is_asserted(void **state)
{
    (void)state;
    expect_assert_failure((void)map_hash(1, NULL, 1));
    expect_assert_failure((void)map_hash_by_siphash(1, NULL, 1));
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rounds_here_are_those_of_the_standard),
        cmocka_unit_test(the_hash_is_four_rounds_of_aes_a_block),
        cmocka_unit_test(without_aes_it_is_siphash),
        cmocka_unit_test(the_hash_is_siphash_1_3),
        cmocka_unit_test(every_byte_of_the_secret_makes_another_hash),
        cmocka_unit_test(similar_keys_spread_evenly),
        cmocka_unit_test(every_input_bit_moves_half_the_output),
        cmocka_unit_test(size_and_seed_count),
        cmocka_unit_test(seed_and_bytes_do_not_cancel_out),
        cmocka_unit_test(misuse_is_asserted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
