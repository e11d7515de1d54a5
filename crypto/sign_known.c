#include "crypto/sign_known.h"

#include <string.h>

#include "crypto/sign_form.h"
#include "crypto/sign_many.h"

static struct {
    struct sign_known keys[SIGN_KNOWN_MAX];
    size_t count;
} all_known;

void sign_known_add(const struct public_key *public_key)
{
    if (all_known.count == SIGN_KNOWN_MAX || sign_known_find(public_key) != NULL) {
        return;
    }
    all_known.count += sign_known_prepare(public_key, &all_known.keys[all_known.count]) ? 1 : 0;
}

const struct sign_known *sign_known_find(const struct public_key *public_key)
{
    for (size_t i = 0; i < all_known.count; i++) {
        if (public_key_equal(&all_known.keys[i].public_key, public_key)) {
            return &all_known.keys[i];
        }
    }
    return NULL;
}

#if defined(__x86_64__)

/* Minus the base point (RFC 8032, section 5.1): y = 4/5, and x odd. */
static const uint8_t minus_base[32] = {
    0x58, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
    0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0xe6};

/* The multiples of B. */
static struct {
    struct known_tables tables;
    bool made;
} base;

bool sign_known_prepare(const struct public_key *public_key, struct sign_known *out)
{
    if (!sign_way_supported(SIGN_WAY_IFMA)) {
        return false;
    }
    base.made = base.made || known_tables_make_ifma(minus_base, &base.tables);
    out->public_key = *public_key;
    return base.made && known_tables_make_ifma(public_key->bytes, &out->tables);
}

bool sign_known_verify(const struct sign_known *known, const void *message, size_t size,
                       const struct signature *signature)
{
    uint8_t challenge[32];
    struct known_digits k;
    struct known_digits s;
    uint8_t r[32];
    TALLY_ASSERT(message != NULL || size == 0);
    if (!sign_form_valid(&known->public_key, signature)) {
        return false;
    }
    sign_challenge(&known->public_key, message, size, signature, challenge);
    known_digits_put(challenge, &k);
    known_digits_put(signature->bytes + 32, &s);
    known_combine_ifma(&known->tables, &k, &base.tables, &s, r);
    return memcmp(r, signature->bytes, sizeof(r)) == 0;
}

#else

bool sign_known_prepare(const struct public_key *public_key, struct sign_known *out)
{
    (void)public_key;
    (void)out;
    return false;
}

bool sign_known_verify(const struct sign_known *known, const void *message, size_t size,
                       const struct signature *signature)
{
    return sign_verify(&known->public_key, message, size, signature);
}

#endif

/* A key that has no tables is judged as ever. */
static bool verify_prepared(const struct public_key *public_key, const void *message, size_t size,
                            const struct signature *signature)
{
    static struct sign_known known;
    return sign_known_prepare(public_key, &known)
               ? sign_known_verify(&known, message, size, signature)
               : sign_verify(public_key, message, size, signature);
}

bool sign_known_check(void)
{
    return sign_check_verifier(verify_prepared) == SIGN_CHECK_OK;
}
