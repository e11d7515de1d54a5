#include "crypto/sign.h"

#include <sodium.h>
#include <string.h>

#include "crypto/sign_known.h"

_Static_assert(SIGN_SEED_SIZE == crypto_sign_SEEDBYTES, "as libsodium has it");
_Static_assert(SIGN_PUBLIC_KEY_SIZE == crypto_sign_PUBLICKEYBYTES, "as libsodium has it");
_Static_assert(SIGN_SECRET_KEY_SIZE == crypto_sign_SECRETKEYBYTES, "as libsodium has it");
_Static_assert(SIGN_SIGNATURE_SIZE == crypto_sign_BYTES, "as libsodium has it");

void sign_key_from_seed(const uint8_t seed[SIGN_SEED_SIZE], struct public_key *public_key,
                        struct secret_key *secret_key)
{
    int result = crypto_sign_seed_keypair(public_key->bytes, secret_key->bytes, seed);
    TALLY_ASSERT(result == 0);
}

void sign_key_generate(struct public_key *public_key, struct secret_key *secret_key)
{
    int result = crypto_sign_keypair(public_key->bytes, secret_key->bytes);
    TALLY_ASSERT(result == 0);
}

void sign_key_public(const struct secret_key *secret_key, struct public_key *public_key)
{
    int result = crypto_sign_ed25519_sk_to_pk(public_key->bytes, secret_key->bytes);
    TALLY_ASSERT(result == 0);
}

void sign_key_wipe(struct secret_key *secret_key)
{
    sodium_memzero(secret_key, sizeof(*secret_key));
}

void sign_create(const struct secret_key *secret_key, const void *message, size_t size,
                 struct signature *out)
{
    TALLY_ASSERT(message != NULL || size == 0);
    unsigned long long written = 0;
    int result = crypto_sign_detached(out->bytes, &written, message, size, secret_key->bytes);
    TALLY_ASSERT(result == 0);
    TALLY_ASSERT(written == SIGN_SIGNATURE_SIZE);
}

bool sign_verify(const struct public_key *public_key, const void *message, size_t size,
                 const struct signature *signature)
{
    TALLY_ASSERT(message != NULL || size == 0);
    const struct sign_known *known = sign_known_find(public_key);
    if (known != NULL) {
        return sign_known_verify(known, message, size, signature);
    }
    return crypto_sign_verify_detached(signature->bytes, message, size, public_key->bytes) == 0;
}

bool public_key_equal(const struct public_key *a, const struct public_key *b)
{
    return memcmp(a->bytes, b->bytes, SIGN_PUBLIC_KEY_SIZE) == 0;
}
