#include "crypto/hash.h"

#include <sodium.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"

#define PERSONAL_SIZE crypto_generichash_blake2b_PERSONALBYTES

/* Every name fits behind the prefix. */
#define HASH_PREFIX "tally1:"
#define HASH_DOMAIN_FITS(symbol, name)                                                        \
    _Static_assert(sizeof(HASH_PREFIX name) - 1 <= PERSONAL_SIZE, "the domain's name is too " \
                                                                  "long");
HASH_DOMAIN_LIST(HASH_DOMAIN_FITS)

_Static_assert(sizeof(struct hash_state) >= sizeof(crypto_generichash_blake2b_state),
               "the opaque state holds libsodium's");
_Static_assert(_Alignof(struct hash_state) >= _Alignof(crypto_generichash_blake2b_state),
               "the opaque state is aligned for libsodium's");

/* The personalisation of each domain, padded with zeros. */
#define HASH_DOMAIN_PERSONAL(symbol, name) {HASH_PREFIX name},
static const struct {
    char bytes[PERSONAL_SIZE + 1];
} personals[] = {HASH_DOMAIN_LIST(HASH_DOMAIN_PERSONAL)};

const uint8_t *hash_domain_personal(enum hash_domain domain)
{
    TALLY_ASSERT((unsigned)domain < HASH_DOMAIN_COUNT);
    return (const uint8_t *)personals[domain].bytes;
}

/* libsodium's results are checked: it fails only on sizes out of range, which would be a bug. */
static void must_succeed(int result)
{
    TALLY_ASSERT(result == 0);
}

void hash_compute(struct hash *out, enum hash_domain domain, const void *data, size_t size)
{
    TALLY_ASSERT(data != NULL || size == 0);
    must_succeed(crypto_generichash_blake2b_salt_personal(out->bytes, HASH_SIZE, data, size, NULL,
                                                          0, NULL, hash_domain_personal(domain)));
}

void hash_begin(struct hash_state *state, enum hash_domain domain)
{
    must_succeed(crypto_generichash_blake2b_init_salt_personal(
        (void *)state->opaque, NULL, 0, HASH_SIZE, NULL, hash_domain_personal(domain)));
}

void hash_add(struct hash_state *state, const void *data, size_t size)
{
    TALLY_ASSERT(data != NULL || size == 0);
    if (size > 0) {
        must_succeed(crypto_generichash_blake2b_update((void *)state->opaque, data, size));
    }
}

void hash_end(struct hash_state *state, struct hash *out)
{
    must_succeed(crypto_generichash_blake2b_final((void *)state->opaque, out->bytes, HASH_SIZE));
}

void hash_add_u32(struct hash_state *state, uint32_t value)
{
    uint8_t bytes[4];
    bytes_put_u32(bytes, value);
    hash_add(state, bytes, sizeof(bytes));
}

void hash_add_u64(struct hash_state *state, uint64_t value)
{
    uint8_t bytes[8];
    bytes_put_u64(bytes, value);
    hash_add(state, bytes, sizeof(bytes));
}

void hash_keyed(struct hash *out, enum hash_domain domain, const void *key, size_t key_size,
                const void *data, size_t size)
{
    TALLY_ASSERT(key_size >= crypto_generichash_blake2b_KEYBYTES_MIN);
    TALLY_ASSERT(key_size <= crypto_generichash_blake2b_KEYBYTES_MAX);
    must_succeed(crypto_generichash_blake2b_salt_personal(
        out->bytes, HASH_SIZE, data, size, key, key_size, NULL, hash_domain_personal(domain)));
}

bool hash_equal(const struct hash *a, const struct hash *b)
{
    return memcmp(a->bytes, b->bytes, HASH_SIZE) == 0;
}

int hash_compare(const struct hash *a, const struct hash *b)
{
    return memcmp(a->bytes, b->bytes, HASH_SIZE);
}

bool hash_is_zero(const struct hash *hash)
{
    static const struct hash zero;
    return memcmp(hash->bytes, zero.bytes, HASH_SIZE) == 0;
}
