/*
 * The real signatures, counted: the linker sends every call of sign_create and sign_verify here
 * (--wrap), and the functions themselves are then called by the names that it gives them.
 */
#include "crypto/sign.h"
#include "netsim/engine/sign_meter.h"

void sign_create_real(const struct secret_key *secret_key, const void *message, size_t size,
                      struct signature *out) __asm__("__real_sign_create");
bool sign_verify_real(const struct public_key *public_key, const void *message, size_t size,
                      const struct signature *signature) __asm__("__real_sign_verify");
void sign_create_counted(const struct secret_key *secret_key, const void *message, size_t size,
                         struct signature *out) __asm__("__wrap_sign_create");
bool sign_verify_counted(const struct public_key *public_key, const void *message, size_t size,
                         const struct signature *signature) __asm__("__wrap_sign_verify");

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
