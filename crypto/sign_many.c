#include "crypto/sign_many.h"

void sign_verify_many(struct sign_item *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct sign_item *item = &items[i];
        item->valid = sign_verify(item->public_key, item->message, item->size, item->signature);
    }
}

bool sign_many_check(void)
{
    return sign_check_many(sign_verify_many) == SIGN_CHECK_OK;
}
