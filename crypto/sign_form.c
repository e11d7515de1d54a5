#include "crypto/sign_form.h"

#include <sodium.h>
#include <string.h>

#include "base/bytes.h"

enum {
    WORDS = 4, /* a number of 32 bytes, the lowest word first */
};

#define SIGN_OF_X (UINT64_C(1) << 63) /* the highest bit of an encoded point */

/* L, the order of the base point (RFC 8032, section 5.1). */
static const uint64_t order[WORDS] = {UINT64_C(0x5812631a5cf5d3ed), UINT64_C(0x14def9dea2f79cd6), 0,
                                      UINT64_C(0x1000000000000000)};

/* p, the order of the field. */
static const uint64_t prime[WORDS] = {UINT64_C(0xffffffffffffffed), UINT64_MAX, UINT64_MAX,
                                      UINT64_C(0x7fffffffffffffff)};

/* The y of the eight points of small order: of order 4, 1, 8, 8 and 2. */
static const uint64_t small_order[][WORDS] = {
    {0, 0, 0, 0},
    {1, 0, 0, 0},
    {UINT64_C(0xb027b2c28f95e826), UINT64_C(0xf098eff289f4c345), UINT64_C(0x3933c6d305acdfd5),
     UINT64_C(0x05fc536d880238b1)},
    {UINT64_C(0x4fd84d3d706a17c7), UINT64_C(0x0f67100d760b3cba), UINT64_C(0xc6cc392cfa53202a),
     UINT64_C(0x7a03ac9277fdc74e)},
    {UINT64_C(0xffffffffffffffec), UINT64_MAX, UINT64_MAX, UINT64_C(0x7fffffffffffffff)},
};

static void words_get(const uint8_t bytes[32], uint64_t out[WORDS])
{
    for (size_t i = 0; i < WORDS; i++) {
        out[i] = bytes_get_u64(bytes + 8 * i);
    }
}

static bool words_below(const uint64_t a[WORDS], const uint64_t b[WORDS])
{
    for (size_t i = WORDS; i-- > 0;) {
        if (a[i] != b[i]) {
            return a[i] < b[i];
        }
    }
    return false;
}

/* Of an encoded point without its highest bit, the sign of x. */
static bool y_is_of_small_order(const uint64_t y[WORDS])
{
    bool found = false;
    for (size_t i = 0; i < sizeof(small_order) / sizeof(small_order[0]); i++) {
        found = found || memcmp(y, small_order[i], sizeof(small_order[i])) == 0;
    }
    return found;
}

/* An R that is not canonical is not looked for: it equals no encoding (point 4). */
bool sign_form_valid(const struct public_key *public_key, const struct signature *signature)
{
    uint64_t key_y[WORDS];
    uint64_t r_y[WORDS];
    uint64_t s[WORDS];
    words_get(public_key->bytes, key_y);
    words_get(signature->bytes, r_y);
    words_get(signature->bytes + 32, s);
    key_y[WORDS - 1] &= ~SIGN_OF_X;
    r_y[WORDS - 1] &= ~SIGN_OF_X;
    return words_below(s, order) && words_below(key_y, prime) && !y_is_of_small_order(key_y) &&
           !y_is_of_small_order(r_y);
}

void sign_challenge(const struct public_key *public_key, const void *message, size_t size,
                    const struct signature *signature, uint8_t out[32])
{
    crypto_hash_sha512_state hash;
    uint8_t digest[crypto_hash_sha512_BYTES];
    crypto_hash_sha512_init(&hash);
    crypto_hash_sha512_update(&hash, signature->bytes, 32);
    crypto_hash_sha512_update(&hash, public_key->bytes, SIGN_PUBLIC_KEY_SIZE);
    crypto_hash_sha512_update(&hash, message, size);
    crypto_hash_sha512_final(&hash, digest);
    crypto_core_ed25519_scalar_reduce(out, digest);
}
