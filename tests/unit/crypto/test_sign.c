/*
 * Goal: signatures are Ed25519 as RFC 8032 has it, and any change to any bit makes one invalid.
 */
#include <sodium.h>
#include <string.h>

#include "base/prng.h"
#include "crypto/sign.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static void decode(const char *hex, void *out, size_t size)
{
    assert_int_equal(sodium_hex2bin(out, size, hex, strlen(hex), NULL, NULL, NULL), 0);
}

/* RFC 8032, section 7.1, tests 1 to 3. */
static const struct {
    const char *seed;
    const char *public_key;
    const char *message;
    const char *signature;
} published[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
     "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
     "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
};

static void published_vectors_hold(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(published) / sizeof(published[0]); i++) {
        uint8_t seed[SIGN_SEED_SIZE];
        uint8_t message[2] = {0};
        size_t size = strlen(published[i].message) / 2;
        struct public_key expected_key;
        struct signature expected;
        decode(published[i].seed, seed, sizeof(seed));
        decode(published[i].message, message, sizeof(message));
        decode(published[i].public_key, &expected_key, sizeof(expected_key));
        decode(published[i].signature, &expected, sizeof(expected));

        struct public_key public_key;
        struct secret_key secret_key;
        struct signature signature;
        sign_key_from_seed(seed, &public_key, &secret_key);
        assert_true(public_key_equal(&public_key, &expected_key));
        sign_create(&secret_key, message, size, &signature);
        assert_memory_equal(&signature, &expected, sizeof(signature));
        assert_true(sign_verify(&public_key, message, size, &signature));
    }
}

struct signed_message {
    struct public_key public_key;
    struct signature signature;
    uint8_t message[16];
};

static void make_signed(struct signed_message *made)
{
    const uint8_t seed[SIGN_SEED_SIZE] = {7};
    struct secret_key secret_key;
    sign_key_from_seed(seed, &made->public_key, &secret_key);
    memset(made->message, 0x5c, sizeof(made->message));
    sign_create(&secret_key, made->message, sizeof(made->message), &made->signature);
}

static bool is_valid(const struct signed_message *made)
{
    return sign_verify(&made->public_key, made->message, sizeof(made->message), &made->signature);
}

static void any_flipped_bit_is_noticed(void **state)
{
    (void)state;
    struct signed_message made;
    make_signed(&made);
    assert_true(is_valid(&made));
    uint8_t *parts[] = {made.public_key.bytes, made.signature.bytes, made.message};
    const size_t sizes[] = {sizeof(made.public_key), sizeof(made.signature), sizeof(made.message)};
    for (size_t part = 0; part < 3; part++) {
        for (size_t bit = 0; bit < 8 * sizes[part]; bit++) {
            parts[part][bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_false(is_valid(&made));
            parts[part][bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
    assert_true(is_valid(&made));
    assert_false(sign_verify(&made.public_key, made.message, 15, &made.signature));
}

static void garbage_is_answered(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 1);
    for (int round = 0; round < 500; round++) {
        struct signed_message made;
        prng_fill(&prng, &made, sizeof(made));
        made.signature.bytes[63] &= 0x0f; /* some get past the range check of S */
        assert_false(is_valid(&made));
    }
}

static void generated_keys_differ_and_work(void **state)
{
    (void)state;
    struct public_key public_keys[2];
    struct public_key derived;
    struct secret_key secret_key;
    struct signature signature;
    for (int i = 0; i < 2; i++) {
        sign_key_generate(&public_keys[i], &secret_key);
        sign_key_public(&secret_key, &derived);
        assert_true(public_key_equal(&derived, &public_keys[i]));
        sign_create(&secret_key, "m", 1, &signature);
        assert_true(sign_verify(&public_keys[i], "m", 1, &signature));
    }
    assert_false(public_key_equal(&public_keys[0], &public_keys[1]));

    sign_key_wipe(&secret_key);
    assert_int_equal(sodium_is_zero(secret_key.bytes, sizeof(secret_key.bytes)), 1);
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors_hold),
        cmocka_unit_test(any_flipped_bit_is_noticed),
        cmocka_unit_test(garbage_is_answered),
        cmocka_unit_test(generated_keys_differ_and_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
