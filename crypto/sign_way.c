/* The ways of sign_many.h. Apart from sign_verify_many(), which a stand-in may replace. */
#include "crypto/sign_many.h"

#include <sodium.h>
#include <string.h>

#include "base/bytes.h"
#include "crypto/sign_lanes.h"

enum {
    WORDS = 4, /* a number of 32 bytes, the lowest word first */
};

static void verify_each(struct sign_item *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct sign_item *item = &items[i];
        item->valid = sign_verify(item->public_key, item->message, item->size, item->signature);
    }
}

#if defined(__x86_64__)

bool sign_way_supported(enum sign_way way)
{
    switch (way) {
    case SIGN_WAY_EACH:
        return true;
    case SIGN_WAY_IFMA:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512ifma");
    case SIGN_WAY_COUNT:
        break;
    }
    return false;
}

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

/*
 * Points 1, 2 and 3 of the rule (sign.h), but for whether A is on the curve. An R that is not
 * canonical is not looked for: it equals no encoding (point 4).
 */
static bool form_is_valid(const uint64_t key[WORDS], const uint64_t r[WORDS],
                          const uint64_t s[WORDS])
{
    const uint64_t sign = UINT64_C(1) << 63;
    const uint64_t key_y[WORDS] = {key[0], key[1], key[2], key[3] & ~sign};
    const uint64_t r_y[WORDS] = {r[0], r[1], r[2], r[3] & ~sign};
    return words_below(s, order) && words_below(key_y, prime) && !y_is_of_small_order(key_y) &&
           !y_is_of_small_order(r_y);
}

/* k = SHA-512(R | A | M) modulo L. */
static void challenge(const struct sign_item *item, uint8_t out[32])
{
    crypto_hash_sha512_state hash;
    uint8_t digest[crypto_hash_sha512_BYTES];
    crypto_hash_sha512_init(&hash);
    crypto_hash_sha512_update(&hash, item->signature->bytes, 32);
    crypto_hash_sha512_update(&hash, item->public_key->bytes, SIGN_PUBLIC_KEY_SIZE);
    crypto_hash_sha512_update(&hash, item->message, item->size);
    crypto_hash_sha512_final(&hash, digest);
    crypto_core_ed25519_scalar_reduce(out, digest);
}

/* Puts an item into a lane. False: it is invalid whatever comes out there. */
static bool lane_put(struct sign_lanes *group, uint32_t lane, const struct sign_item *item)
{
    uint64_t key[WORDS];
    uint64_t r[WORDS];
    uint64_t s[WORDS];
    uint8_t k[32];
    TALLY_ASSERT(item->message != NULL || item->size == 0);
    words_get(item->public_key->bytes, key);
    words_get(item->signature->bytes, r);
    words_get(item->signature->bytes + 32, s);
    if (!form_is_valid(key, r, s)) {
        return false;
    }
    challenge(item, k);
    sign_lanes_put(group, lane, item->public_key, k, item->signature);
    return true;
}

/* At most SIGN_LANES. A lane without an item, or with an invalid one, is left at zero. */
static void verify_group(struct sign_item *items, uint32_t count)
{
    struct sign_lanes group;
    uint8_t formed = 0;
    memset(&group, 0, sizeof(group));
    for (uint32_t i = 0; i < count; i++) {
        formed |= (uint8_t)(lane_put(&group, i, &items[i]) << i);
    }
    uint8_t equal = formed == 0 ? 0 : sign_lanes_check_ifma(&group);
    for (uint32_t i = 0; i < count; i++) {
        items[i].valid = (formed & equal) >> i & 1;
    }
}

void sign_verify_many_by(enum sign_way way, struct sign_item *items, size_t count)
{
    TALLY_ASSERT(sign_way_supported(way));
    if (way == SIGN_WAY_EACH) {
        verify_each(items, count);
        return;
    }
    for (size_t done = 0; done < count; done += SIGN_LANES) {
        size_t left = count - done;
        verify_group(items + done, left < SIGN_LANES ? (uint32_t)left : SIGN_LANES);
    }
}

#else

bool sign_way_supported(enum sign_way way)
{
    return way == SIGN_WAY_EACH;
}

void sign_verify_many_by(enum sign_way way, struct sign_item *items, size_t count)
{
    TALLY_ASSERT(sign_way_supported(way));
    verify_each(items, count);
}

#endif
