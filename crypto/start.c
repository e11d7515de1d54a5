#include "crypto/start.h"

#include <sodium.h>

#include "crypto/hash_many.h"
#include "crypto/sign_known.h"
#include "crypto/sign_many.h"
#include "crypto/stream.h"

STATUS_DEFINE(crypto_start_status, CRYPTO_START_LIST)

enum crypto_start_status crypto_start_with(sign_verify_function *verify)
{
    if (sodium_init() < 0) {
        return CRYPTO_START_NO_LIBRARY;
    }
    if (sign_check_verifier(verify) != SIGN_CHECK_OK) {
        return CRYPTO_START_RULE_DIFFERS;
    }
    if (!sign_many_check()) {
        return CRYPTO_START_MANY_DIFFERS;
    }
    if (!sign_known_check()) {
        return CRYPTO_START_KNOWN_DIFFERS;
    }
    if (!hash_many_check()) {
        return CRYPTO_START_HASH_DIFFERS;
    }
    if (!stream_check()) {
        return CRYPTO_START_STREAM_DIFFERS;
    }
    return CRYPTO_START_OK;
}

enum crypto_start_status crypto_start(void)
{
    return crypto_start_with(sign_verify);
}
