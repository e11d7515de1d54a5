#include "crypto/sign_many.h"

void sign_verify_many(struct sign_item *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct sign_item *item = &items[i];
        item->valid = sign_verify(item->public_key, item->message, item->size, item->signature);
    }
}
