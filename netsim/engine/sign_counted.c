/*
 * The real signatures, counted: the linker sends every call of sign_create, sign_verify and
 * sign_verify_many here (--wrap), and the functions themselves are then called by the names that
 * it gives them.
 */
#include "crypto/sign_many.h"
#include "netsim/engine/sign_meter.h"

void sign_create_real(const struct secret_key *secret_key, const void *message, size_t size,
                      struct signature *out) __asm__("__real_sign_create");
bool sign_verify_real(const struct public_key *public_key, const void *message, size_t size,
                      const struct signature *signature) __asm__("__real_sign_verify");
void sign_create_counted(const struct secret_key *secret_key, const void *message, size_t size,
                         struct signature *out) __asm__("__wrap_sign_create");
bool sign_verify_counted(const struct public_key *public_key, const void *message, size_t size,
                         const struct signature *signature) __asm__("__wrap_sign_verify");
void sign_verify_many_real(struct sign_item *items,
                           size_t count) __asm__("__real_sign_verify_many");
void sign_verify_many_counted(struct sign_item *items,
                              size_t count) __asm__("__wrap_sign_verify_many");

void sign_create_counted(const struct secret_key *secret_key, const void *message, size_t size,
                         struct signature *out)
{
    sign_meter.created++;
    sign_create_real(secret_key, message, size, out);
}

bool sign_verify_counted(const struct public_key *public_key, const void *message, size_t size,
                         const struct signature *signature)
{
    sign_meter.verified++;
    return sign_verify_real(public_key, message, size, signature);
}

/* Each item counts once, also if the real one calls sign_verify() for it. */
void sign_verify_many_counted(struct sign_item *items, size_t count)
{
    uint64_t verified = sign_meter.verified + count;
    sign_verify_many_real(items, count);
    sign_meter.verified = verified;
}
