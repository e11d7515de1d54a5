#include "tests/support/crypto/odd_signature.h"

#include <sodium.h>
#include <string.h>

/* L, the lowest byte first. */
static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                                  0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
                                  0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};

/* A point of order 8; the others are its multiples. */
static const uint8_t eighth[32] = {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
                                   0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
                                   0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a};

/* Who signs, and the number that R is a multiple by. */
struct signer {
    uint8_t scalar[32];
    uint8_t nonce[32];
};

void odd_small_point(size_t at, uint8_t out[32])
{
    memset(out, 0, 32);
    out[0] = 1;
    for (size_t i = 0; i < at; i++) {
        int added = crypto_core_ed25519_add(out, out, eighth);
        TALLY_ASSERT(added == 0);
    }
}

void odd_key_beyond_p(size_t at, uint8_t out[32])
{
    memset(out, 0xff, 32);
    out[0] = (uint8_t)(0xed + at / 2);
    out[31] = at % 2 == 0 ? 0x7f : 0xff;
}

static void scalar_draw(struct prng *prng, uint8_t out[32])
{
    uint8_t wide[64];
    prng_fill(prng, wide, sizeof(wide));
    crypto_core_ed25519_scalar_reduce(out, wide);
}

static void base_multiple(const uint8_t scalar[32], uint8_t out[32])
{
    int made = crypto_scalarmult_ed25519_base_noclamp(out, scalar);
    TALLY_ASSERT(made == 0);
}

static void point_add(uint8_t point[32], const uint8_t other[32])
{
    int added = crypto_core_ed25519_add(point, point, other);
    TALLY_ASSERT(added == 0);
}

/* k = SHA-512(R | A | M) modulo L. */
static void challenge(const struct odd_signature *odd, uint8_t k[32])
{
    crypto_hash_sha512_state hash;
    uint8_t digest[64];
    crypto_hash_sha512_init(&hash);
    crypto_hash_sha512_update(&hash, odd->signature.bytes, 32);
    crypto_hash_sha512_update(&hash, odd->public_key.bytes, 32);
    crypto_hash_sha512_update(&hash, odd->message, odd->size);
    crypto_hash_sha512_final(&hash, digest);
    crypto_core_ed25519_scalar_reduce(k, digest);
}

/* S = nonce + k times the scalar, for the R and A that stand there. */
static void answer(const struct signer *signer, struct odd_signature *out)
{
    uint8_t k[32];
    challenge(out, k);
    crypto_core_ed25519_scalar_mul(k, k, signer->scalar);
    crypto_core_ed25519_scalar_add(out->signature.bytes + 32, signer->nonce, k);
}

static void honest(struct prng *prng, struct signer *signer, struct odd_signature *out)
{
    scalar_draw(prng, signer->scalar);
    scalar_draw(prng, signer->nonce);
    base_multiple(signer->scalar, out->public_key.bytes);
    base_multiple(signer->nonce, out->signature.bytes);
    out->size = prng_below(prng, 60);
    prng_fill(prng, out->message, out->size);
    answer(signer, out);
}

static void bit_turn(struct prng *prng, uint8_t *bytes, size_t size)
{
    size_t bit = prng_below(prng, 8 * size);
    bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

/* The equation holds with R = [nonce]B where [k]A vanishes, which is one in so many messages. */
static void with_small_key(struct prng *prng, struct signer *signer, struct odd_signature *out)
{
    memset(signer->scalar, 0, sizeof(signer->scalar));
    for (int attempt = 0; attempt < 4; attempt++) {
        uint8_t k[32];
        out->message[0] = (uint8_t)attempt;
        out->size = 1;
        challenge(out, k);
        if (k[0] % 8 == 0) {
            break;
        }
    }
    memcpy(out->signature.bytes + 32, signer->nonce, 32);
    (void)prng;
}

/* A' = A + T. With R = [nonce]B - [k]T the rule is kept: T's multiple is guessed till k agrees. */
static void with_mixed_key(struct prng *prng, struct signer *signer, bool valid,
                           struct odd_signature *out)
{
    uint8_t k[32];
    uint8_t small[32];
    size_t at = 1 + prng_below(prng, 7);
    odd_small_point(at, small);
    point_add(out->public_key.bytes, small);
    for (;;) {
        size_t guess = prng_below(prng, 8);
        scalar_draw(prng, signer->nonce);
        base_multiple(signer->nonce, out->signature.bytes);
        odd_small_point((8 - guess) * at % 8, small);
        point_add(out->signature.bytes, small);
        challenge(out, k);
        if (!valid || k[0] % 8 == guess) {
            break;
        }
    }
    answer(signer, out);
}

/* As many times L as said, while the 32 bytes hold it. */
static void order_add(struct prng *prng, uint8_t s[32])
{
    uint64_t times = 1 + prng_below(prng, 15);
    for (uint64_t i = 0; i < times && s[31] < 0xe0; i++) {
        sodium_add(s, order, sizeof(order));
    }
}

static void key_disturb(struct prng *prng, enum odd_kind kind, struct signer *signer,
                        struct odd_signature *out)
{
    switch (kind) {
    case ODD_BIT_OF_KEY:
        bit_turn(prng, out->public_key.bytes, 32);
        break;
    case ODD_KEY_BEYOND_P:
        odd_key_beyond_p(prng_below(prng, ODD_KEYS_NOT_CANONICAL), out->public_key.bytes);
        with_small_key(prng, signer, out);
        break;
    case ODD_KEY_SMALL:
        odd_small_point(prng_below(prng, ODD_SMALL_POINTS), out->public_key.bytes);
        out->public_key.bytes[31] ^= prng_below(prng, 3) == 0 ? 0x80 : 0;
        with_small_key(prng, signer, out);
        break;
    case ODD_KEY_NO_POINT:
        prng_fill(prng, out->public_key.bytes, 32);
        answer(signer, out);
        break;
    default:
        with_mixed_key(prng, signer, kind == ODD_KEY_MIXED_VALID, out);
        break;
    }
}

static void r_disturb(struct prng *prng, enum odd_kind kind, struct signer *signer,
                      struct odd_signature *out)
{
    uint8_t small[32];
    switch (kind) {
    case ODD_R_SMALL:
        odd_small_point(prng_below(prng, ODD_SMALL_POINTS), out->signature.bytes);
        out->signature.bytes[31] ^= prng_below(prng, 3) == 0 ? 0x80 : 0;
        memset(signer->nonce, 0, sizeof(signer->nonce));
        break;
    case ODD_R_BEYOND_P:
        odd_key_beyond_p(prng_below(prng, ODD_KEYS_NOT_CANONICAL), out->signature.bytes);
        memset(signer->nonce, 0, sizeof(signer->nonce));
        break;
    default:
        odd_small_point(1 + prng_below(prng, 7), small);
        point_add(out->signature.bytes, small);
        break;
    }
    answer(signer, out);
}

bool odd_kind_fits(enum odd_kind kind, size_t valid, size_t count)
{
    if (kind == ODD_NOTHING || kind == ODD_KEY_MIXED_VALID) {
        return valid == count;
    }
    return kind == ODD_KEY_MIXED || valid == 0;
}

void odd_signature_draw(struct prng *prng, enum odd_kind kind, struct odd_signature *out)
{
    struct signer signer;
    honest(prng, &signer, out);
    switch (kind) {
    case ODD_NOTHING:
        break;
    case ODD_BIT_OF_R:
        bit_turn(prng, out->signature.bytes, 32);
        break;
    case ODD_BIT_OF_S:
        bit_turn(prng, out->signature.bytes + 32, 32);
        break;
    case ODD_BIT_OF_MESSAGE:
        out->message[out->size++] = 0;
        bit_turn(prng, out->message, out->size);
        break;
    case ODD_S_PLUS_ORDER:
        order_add(prng, out->signature.bytes + 32);
        break;
    case ODD_R_SMALL:
    case ODD_R_SHIFTED:
    case ODD_R_BEYOND_P:
        r_disturb(prng, kind, &signer, out);
        break;
    case ODD_RANDOM:
        prng_fill(prng, out->public_key.bytes, 32);
        prng_fill(prng, out->signature.bytes, 64);
        break;
    default:
        key_disturb(prng, kind, &signer, out);
        break;
    }
}
